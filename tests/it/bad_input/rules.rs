//! Results that are well formed and yet none.

use serde_json::json;

use super::Untouched;
use crate::support::book::check;
use crate::support::city::City;
use crate::support::fixture::{course, with};
use crate::support::fresh;
use crate::support::operations::post_achievement;

crate::support::on_both_quietly! {
    learner_that_does_not_exist,
    course_at_another_amount,
    fails_and_exemptions,
    scores_that_are_none,
    reference_with_other_content,
    certificate_number_of_somebody_else,
    key_with_another_body,
}

fn learner_that_does_not_exist(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    let nobody = [
        (json!({"id": "018f3a3e-0000-7000-8000-000000000000"}), "/learner/id"),
        (json!({"student_no": "nobody"}), "/learner/student_no"),
        (json!({"id_document": fresh::Person::new().document()}), "/learner/id_document"),
    ];
    for (learner, pointer) in nobody {
        untouched.refuses(&with(&good, json!({"learner": learner})), 422, "unknown-learner", pointer);
    }
    let malformed = with(&good, json!({"learner": {"id": "not an id"}}));
    untouched.refuses(&malformed, 400, "invalid-request", "/learner/id");
}

fn course_at_another_amount(city: &City) {
    let code = fresh::code("C");
    let first = city.student();
    city.school().send(post_achievement(&course(&json!({"id": first.id}), &code, "4"))).is(201);
    let untouched = Untouched::new(city);
    let other = course(&json!({"id": untouched.student.id}), &code, "4.5");
    let refused = untouched.refuses(&other, 422, "credits-not-as-catalogued", "/credits");
    assert_eq!((refused.str("catalogued"), refused.str("posted")), ("4", "4.5"));
}

fn fails_and_exemptions(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    let fails = [
        ("percentage", "59.9"),
        ("percentage", "0"),
        ("five_grade", "不及格"),
        ("five_grade", "fail"),
        ("pass_fail", "fail"),
    ];
    for (scale, value) in fails {
        let failed = with(&good, json!({"score": {"scale": scale, "value": value}}));
        untouched.refuses(&failed, 422, "not-passed", "/score");
    }
    for value in ["免修", "免考"] {
        for scale in ["percentage", "five_grade", "pass_fail"] {
            let exempt = with(&good, json!({"score": {"scale": scale, "value": value}}));
            untouched.refuses(&exempt, 422, "exemption-is-not-an-achievement", "/score");
        }
    }
}

fn scores_that_are_none(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    for (scale, value) in [
        ("percentage", "101"),
        ("percentage", "-1"),
        ("percentage", "8e1"),
        ("percentage", "好"),
        ("percentage", "85.55"),
        ("five_grade", "极好"),
    ] {
        let odd = with(&good, json!({"score": {"scale": scale, "value": value}}));
        untouched.refuses(&odd, 400, "invalid-request", "/score/value");
    }
    let odd = with(&good, json!({"score": {"scale": "stars", "value": "5"}}));
    untouched.refuses(&odd, 400, "invalid-request", "/score/scale");
}

fn reference_with_other_content(city: &City) {
    let school = city.school();
    let first = city.student();
    let result = course(&json!({"id": first.id}), &fresh::code("C"), "4");
    school.send(post_achievement(&result)).is(201);
    let untouched = Untouched::new(city);
    let other = with(&untouched.good(), json!({"external_ref": result["external_ref"]}));
    untouched.refuses(&other, 409, "external-ref-taken", "/external_ref");
    assert_eq!(check(school, &first.id).seq(), 1);
}

fn certificate_number_of_somebody_else(city: &City) {
    let body = city.accredited("skill_certificate");
    let holder = city.student();
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let number = fresh::code("NO");
    body.send(post_achievement(&city.certificate(&holder, &code, &number))).is(201);
    let untouched = Untouched::new(city);
    let second = city.certificate(&untouched.student, &code, &number);
    let refused = body.send(post_achievement(&second));
    refused.problem_at(409, "evidence-already-credited", "/skill_certificate/number");
    untouched.is_untouched();
    let impossible = [
        json!({"code": code, "level": "intermediate", "number": ""}),
        json!({"code": code, "level": "intermediate", "number": "a\u{0}"}),
        json!({"code": code, "level": "intermediate", "number": "9".repeat(65)}),
    ];
    for content in impossible {
        let odd = with(&second, json!({"skill_certificate": content}));
        body.send(post_achievement(&odd)).problem_at(400, "invalid-request", "/skill_certificate/number");
    }
    let level = with(&second, json!({"skill_certificate": {"code": code, "level": "3", "number": "1"}}));
    body.send(post_achievement(&level)).problem_at(400, "invalid-request", "/skill_certificate/level");
    let mut wrong = city.result("skill_level", &untouched.student);
    wrong["skill_level"]["level"] = json!(6);
    let examiner = city.accredited("skill_level");
    examiner.send(post_achievement(&wrong)).problem_at(400, "invalid-request", "/skill_level/level");
    wrong["skill_level"]["level"] = json!(3);
    wrong["skill_level"]["number"] = json!("S000041000001257000001");
    examiner.send(post_achievement(&wrong)).problem_at(400, "invalid-request", "/skill_level/number");
    untouched.is_untouched();
}

fn key_with_another_body(city: &City) {
    let school = city.school();
    let first = city.student();
    let key = fresh::key();
    school.send(post_achievement(&course(&json!({"id": first.id}), &fresh::code("C"), "4")).key(&key)).is(201);
    let untouched = Untouched::new(city);
    let call = post_achievement(&untouched.good()).key(&key);
    untouched.refuses_call(call, 422, "idempotency-key-reused", "/header/idempotency-key");
}
