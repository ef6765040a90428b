//! Finding what was posted, and naming the learner.

use serde_json::json;

use crate::support::book::{Balances, check, pages};
use crate::support::city::City;
use crate::support::fixture::{course, enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::operations::{
    get_achievement, get_transaction, list_achievements, list_learner_achievements, open_learner, post_achievement,
};

crate::support::on_both! {
    reference_finds_ones_own_post,
    achievement_is_for_those_concerned,
    learner_is_named_in_exactly_one_way,
    wrong_account_number_is_seen,
    student_number_is_the_callers_own,
    missing_account_can_be_opened_with_the_post,
    name_must_fit_the_document,
    learners_achievements_are_paged,
}

fn reference_finds_ones_own_post(city: &City) {
    let (school, student) = (city.school(), city.student());
    let mut result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    result["external_ref"] = json!(format!("2025-2026-1/网络 & 安全？/{}", fresh::number()));
    let reference = result["external_ref"].as_str().expect("text");
    let posted = school.send(post_achievement(&result)).is(201);
    let found = school.send(list_achievements().query("external_ref", reference)).is(200);
    assert_eq!(found.items().len(), 1, "{found:?}");
    assert_eq!((&found.items()[0]["id"], &found.items()[0]["external_ref"]), (&posted["id"], &json!(reference)));
    let theirs = city.other_school().send(list_achievements().query("external_ref", reference)).is(200);
    assert!(theirs.items().is_empty());
}

fn achievement_is_for_those_concerned(city: &City) {
    let (school, student) = (city.school(), city.student());
    let posted = school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    let transaction = posted["transaction"]["id"].as_str().expect("an id").to_owned();
    for client in [city.other_school(), city.client("training_provider", 0)] {
        client.send(get_achievement(&posted.id())).problem(404, "not-found");
        client.send(get_transaction(&transaction)).problem(404, "not-found");
        let answer = client.send(list_learner_achievements(&student.id));
        assert!(matches!(answer.status, 403 | 404), "{answer:?}");
    }
    school.send(get_achievement("not-an-id")).problem(404, "not-found");
}

fn learner_is_named_in_exactly_one_way(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id, "account_no": student.account_no}), &fresh::code("C"), "4");
    school.send(post_achievement(&result)).problem_at(400, "invalid-request", "/learner");
    school.send(post_achievement(&with(&result, json!({"learner": {}})))).problem_at(
        400,
        "invalid-request",
        "/learner",
    );
    let odd = with(&result, json!({"learner": {"phone": "1"}}));
    school.send(post_achievement(&odd)).problem_at(400, "invalid-request", "/learner/phone");
    assert_eq!(Balances::of(school, &student.id).seq(), 0);
}

fn wrong_account_number_is_seen(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&student.by_account(), &fresh::code("C"), "4");
    for place in 1..12 {
        let mut digits = student.account_no.clone().into_bytes();
        digits[place] = b'0' + (digits[place] - b'0' + 1) % 10;
        let wrong = String::from_utf8(digits).expect("digits");
        let body = with(&result, json!({"learner": {"account_no": wrong}}));
        school.send(post_achievement(&body)).problem_at(400, "invalid-request", "/learner/account_no");
    }
    assert_eq!(Balances::of(school, &student.id).seq(), 0);
}

fn student_number_is_the_callers_own(city: &City) {
    let (school, other, student) = (city.school(), city.other_school(), city.student());
    city.accredit(other, "course");
    let result = course(&json!({"student_no": student.student_no}), &fresh::code("C"), "4");
    let theirs = with(&result, json!({"credit_type": "secondary"}));
    other.send(post_achievement(&theirs)).problem(422, "unknown-learner");
    school.send(post_achievement(&result)).is(201);
    assert_eq!(check(school, &student.id).earned(), "4");
}

fn missing_account_can_be_opened_with_the_post(city: &City) {
    let (body, school) = (city.accredited("skill_certificate"), city.school());
    let person = Person::new();
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let learner = json!({"id_document": person.document(), "name": person.name});
    let result = with(
        &city.certificate(&city.student(), &code, &fresh::code("N")),
        json!({"learner": learner, "open_if_missing": false}),
    );
    body.send(post_achievement(&result)).problem(422, "unknown-learner");
    let posted = body.send(post_achievement(&with(&result, json!({"open_if_missing": true})))).is(201);
    assert!(!posted.text().contains("code\":\"") || posted["activation"].is_null(), "a poster gets no code");
    let programme = city.programme(school, "secondary");
    let opening = opening(&person, Some(enrolment(&programme, &fresh::code("T"))));
    let found = school.send(open_learner(&opening)).is(200);
    assert_eq!(found["existing"], true);
    assert_eq!(check(school, &found.id()).available("skill"), "4");
    // The next one finds the account.
    let second = city.catalogued("skill_certificate", Some("intermediate"), "2");
    let again = with(
        &city.certificate(&city.student(), &second, &fresh::code("N")),
        json!({"learner": learner, "open_if_missing": true}),
    );
    body.send(post_achievement(&again)).is(201);
    assert_eq!(check(school, &found.id()).available("skill"), "6");
}

fn name_must_fit_the_document(city: &City) {
    let (school, student) = (city.school(), city.student());
    let learner = json!({"id_document": student.person.document(), "name": "完全不同"});
    for open in [false, true] {
        let result = with(&course(&learner, &fresh::code("C"), "4"), json!({"open_if_missing": open}));
        let refused = school.send(post_achievement(&result));
        assert!(
            matches!(
                (refused.status, refused["code"].as_str()),
                (422, Some("name-mismatch")) | (409, Some("identity-under-review"))
            ),
            "{refused:?}"
        );
        assert!(!refused.text().contains(&student.person.name), "the true name is given away");
    }
    assert_eq!(Balances::of(school, &student.id).seq(), 0);
    let nameless = with(
        &course(&json!({"id_document": student.person.document()}), &fresh::code("C"), "4"),
        json!({"open_if_missing": true}),
    );
    school.send(post_achievement(&nameless)).problem_at(400, "invalid-request", "/learner/name");
}

fn learners_achievements_are_paged(city: &City) {
    let (school, student) = (city.school(), city.student());
    let mut posted: Vec<String> = (0..5)
        .map(|_| {
            school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "1"))).is(201).id()
        })
        .collect();
    let listed = pages(school, list_learner_achievements(&student.id).query("limit", "2"));
    let mut ids: Vec<String> = listed.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)).collect();
    ids.sort_unstable();
    posted.sort_unstable();
    assert_eq!(ids, posted);
}
