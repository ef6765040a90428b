//! First decisions, and what they write.

use serde_json::{Value, json};

use crate::support::book::{Balances, check, pages, statement};
use crate::support::cases::{Presenter, certificate_claim, decide, decision};
use crate::support::city::City;
use crate::support::clock::completed;
use crate::support::fixture::{with, without};
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{
    create_course, get_achievement, get_recognition_case, list_precedents, post_achievement, post_recognition_decision,
    revoke_achievement,
};

crate::support::on_both! {
    what_is_recognised_is_in_the_account,
    part_of_it_counts_and_never_more_than_catalogued,
    without_a_catalogue_it_is_recorded,
    course_counts_in_its_programme_once_it_is_catalogued,
    evidence_that_gave_credit_is_not_recognised,
    two_decisions_at_once_make_one,
    decision_sent_twice_posts_once,
    decision_has_its_parts,
    precedents_tell_nobody,
    register_is_read_page_by_page,
}

fn claim(city: &City) -> (String, Value) {
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let claim = certificate_claim(&code, &fresh::code("N"));
    (code, claim)
}

fn course_claim(code: &str) -> Value {
    json!({"kind": "course", "course": {"code": code, "name": "演示课程"}, "completed_on": completed().to_string(),
           "score": {"scale": "percentage", "value": "86"}})
}

fn what_is_recognised_is_in_the_account(city: &City) {
    let presenter = Presenter::new(city);
    let learner = presenter.student.id.clone();
    let school = city.school();
    let (code, claim) = claim(city);
    let case = presenter.present(school, &claim).is(201).id();
    let done = decide(school, &case, "recognised").is(200);
    assert_eq!((done.str("state"), done.str("outcome"), done.str("credits")), ("final", "recognised", "4"));
    assert_eq!(done["turn"]["party"], "nobody");
    let balances = check(school, &learner);
    assert_eq!((balances.available("skill"), balances.earned()), ("4", "4"));
    let entries = statement(school, &learner);
    assert_eq!((entries[0]["kind"].as_str(), entries[0]["cause"].as_str()), (Some("deposit"), Some("recognition")));
    assert_eq!(entries[0]["institution_id"], school.institution_id);
    let achievement = done.str("achievement_id");
    let posted = school.send(get_achievement(achievement)).is(200);
    assert_eq!((posted.str("status"), posted.str("code")), ("recognised", &*code));
    assert_eq!(posted.str("institution_id"), school.institution_id);
    assert_eq!(posted.str("external_ref"), format!("recognition-case/{case}"));
    // The learner sees the decision and its reason.
    let seen = presenter.session.send(get_recognition_case(&case)).is(200);
    assert_eq!(seen["steps"][1]["text"], "材料属实");
    assert_eq!(city.audited("decided_recognition_case", &format!("recognition_case {case}")), 1);
    // The certificate has given its credits, whoever posts it.
    let number = claim["skill_certificate"]["number"].as_str().expect("a number");
    let post = city.certificate(&presenter.student, &code, number);
    city.accredited("skill_certificate").send(post_achievement(&post)).problem(409, "evidence-already-credited");
    // What was recognised is revoked as any achievement is.
    school.send(revoke_achievement(achievement, "材料不实")).is(200);
    assert_eq!(check(school, &learner).earned(), "0");
}

fn part_of_it_counts_and_never_more_than_catalogued(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let (_, claim) = claim(city);
    let case = presenter.present(school, &claim).is(201).id();
    let partly = |credits: Value| {
        school.send(post_recognition_decision(&case, &with(&decision("partly"), json!({"credits": credits}))))
    };
    partly(json!("4.5")).problem(422, "credits-not-as-catalogued");
    partly(json!("400.5")).problem_at(400, "invalid-request", "/credits");
    partly(json!("0")).problem_at(400, "invalid-request", "/credits");
    partly(json!("-1")).problem_at(400, "invalid-request", "/credits");
    assert_eq!(Balances::of(school, &presenter.student.id).seq(), 0, "nothing was posted");
    let standing = school.send(get_recognition_case(&case)).is(200);
    assert_eq!((standing.str("state"), &standing["outcome"]), ("submitted", &Value::Null));
    let done = partly(json!("1.5")).is(200);
    assert_eq!((done.str("state"), done.str("outcome"), done.str("credits")), ("decided", "partly", "1.5"));
    assert_eq!(done["turn"]["party"], "presenter", "it can be appealed against");
    assert_eq!(check(school, &presenter.student.id).available("skill"), "1.5");
}

fn without_a_catalogue_it_is_recorded(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let claim = json!({"kind": "examination", "completed_on": completed().to_string(),
                       "examination": {"code": fresh::code("EX"), "score": "476", "number": fresh::code("N")}});
    let case = presenter.present(school, &claim).is(201).id();
    let done = decide(school, &case, "recognised").is(200);
    assert_eq!((done.str("outcome"), done.str("credits")), ("recognised", "0"));
    let entries = statement(school, &presenter.student.id);
    assert_eq!((entries.len(), entries[0]["kind"].as_str()), (1, Some("record")));
    assert_eq!(school.send(get_achievement(done.str("achievement_id"))).is(200).str("status"), "recorded");
}

fn course_counts_in_its_programme_once_it_is_catalogued(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let code = fresh::code("C");
    let case = presenter.present(school, &course_claim(&code)).is(201).id();
    decide(school, &case, "recognised").problem(422, "course-not-catalogued");
    let course = json!({"code": code, "name": "演示课程", "credits": "3", "from_cohort": 2015});
    school.send(create_course(&course)).is(201);
    let done = decide(school, &case, "recognised").is(200);
    assert_eq!(done.str("credits"), "3");
    let balances = check(school, &presenter.student.id);
    assert_eq!(balances.in_programme(&presenter.student.enrolment_id), "3");
}

fn evidence_that_gave_credit_is_not_recognised(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let number = fresh::code("N");
    let post = city.certificate(&presenter.student, &code, &number);
    city.accredited("skill_certificate").send(post_achievement(&post)).is(201);
    let case = presenter.present(school, &certificate_claim(&code, &number)).is(201).id();
    let refused = decide(school, &case, "recognised").problem(409, "evidence-already-credited");
    assert!(refused.pointers().is_empty(), "the decision has no such field: {refused:?}");
    decide(school, &case, "rejected").is(200);
    assert_eq!(check(school, &presenter.student.id).earned(), "4");
}

fn two_decisions_at_once_make_one(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let colleague = city.colleague(school);
    for _ in 0..3 {
        let before = Balances::of(school, &presenter.student.id).seq();
        let case = presenter.present(school, &claim(city).1).is(201).id();
        let outcomes = [(school, "recognised"), (&colleague, "recognised"), (school, "rejected")];
        let answers: Vec<_> = std::thread::scope(|scope| {
            let sent = outcomes.map(|(client, outcome)| {
                let call = post_recognition_decision(&case, &decision(outcome));
                scope.spawn(move || client.send(call))
            });
            sent.into_iter().map(|thread| thread.join().expect("an answer")).collect()
        });
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.clone().problem(409, "wrong-state");
        }
        let standing = school.send(get_recognition_case(&case)).is(200);
        let posted = u64::from(standing.str("outcome") == "recognised");
        assert_eq!(check(school, &presenter.student.id).seq(), before + posted);
    }
}

fn decision_sent_twice_posts_once(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let case = presenter.present(school, &claim(city).1).is(201).id();
    let call = post_recognition_decision(&case, &decision("recognised"));
    let first = school.send(call.clone()).is(200);
    let again = school.send(call.clone()).is(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again["achievement_id"], first["achievement_id"]);
    assert_eq!(check(school, &presenter.student.id).seq(), 1);
    school.send(call.json(&decision("rejected"))).problem(422, "idempotency-key-reused");
    school
        .send(post_recognition_decision(&case, &decision("recognised")).without("idempotency-key"))
        .problem(400, "idempotency-key-required");
}

fn decision_has_its_parts(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let case = presenter.present(school, &claim(city).1).is(201).id();
    let at = |body: Value, pointer: &str| {
        school.send(post_recognition_decision(&case, &body)).problem_at(400, "invalid-request", pointer);
    };
    at(without(&decision("recognised"), "precedent"), "/precedent");
    at(without(&decision("rejected"), "precedent"), "/precedent");
    at(with(&decision("recognised"), json!({"credits": "4"})), "/credits");
    at(without(&decision("partly"), "credits"), "/credits");
    at(with(&decision("rejected"), json!({"reason": " "})), "/reason");
    at(with(&decision("rejected"), json!({"outcome": "perhaps"})), "/outcome");
    at(with(&decision("rejected"), json!({"precedent": {"basis": "", "summary": "x"}})), "/precedent/basis");
    assert_eq!(school.send(get_recognition_case(&case)).is(200).str("state"), "submitted");
}

fn precedents_tell_nobody(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let (code, claim) = claim(city);
    let case = presenter.present(school, &claim).is(201).id();
    let number = claim["skill_certificate"]["number"].as_str().expect("a number");
    let person = &presenter.student.person;
    let spaced: String = person.number.chars().flat_map(|c| [c, ' ']).collect();
    for secret in
        [&person.name, &person.number, &spaced, &presenter.student.account_no, &presenter.student.student_no, number]
    {
        let text = json!({"precedent": {"basis": "第十二条", "summary": format!("该生（{secret}）材料属实")}});
        let body = with(&decision("recognised"), text);
        let call = post_recognition_decision(&case, &body);
        school.send(call).problem_at(422, "personal-data", "/precedent/summary");
    }
    assert_eq!(Balances::of(school, &presenter.student.id).seq(), 0, "what was refused was not posted");
    decide(school, &case, "recognised").is(200);
    // For everybody, without a token.
    let call = list_precedents().query("code", &code);
    let register = call.send(&city.base).expect("an answer").is(200);
    let [entry] = register.items() else { panic!("one precedent: {register:?}") };
    assert_eq!((entry["outcome"].as_str(), entry["credits"].as_str()), (Some("recognised"), Some("4")));
    assert_eq!((entry["title"].as_str(), entry["instance"].as_str()), (Some("演示目录项"), Some("first")));
    let text = register.text();
    for secret in [&presenter.student.id, &case, &person.name, number, &presenter.student.account_no] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // A code that no catalogue has is what somebody typed.
    let typed = fresh::code("MYNAMEIS");
    let claim = certificate_claim(&typed, &fresh::code("N"));
    let case = presenter.present(school, &claim).is(201).id();
    decide(school, &case, "rejected").is(200);
    let call = Call { operation: Some("list_precedents"), ..list_precedents().query("limit", "200") };
    assert!(!call.send(&city.base).expect("an answer").is(200).text().contains(&typed));
}

fn register_is_read_page_by_page(city: &City) {
    let presenter = Presenter::new(city);
    let school = city.school();
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    for _ in 0..3 {
        let case = presenter.present(school, &certificate_claim(&code, &fresh::code("N"))).is(201).id();
        decide(school, &case, "rejected").is(200);
    }
    let call = list_precedents().query("code", &code);
    let all = pages(school, call.clone().query("limit", "2"));
    let mut ids: Vec<&str> = all.iter().filter_map(|entry| entry["id"].as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let count = |call: Call| call.send(&city.base).expect("an answer").is(200).items().len();
    assert_eq!(count(call.clone().query("kind", "skill_certificate")), 3);
    assert_eq!(count(call.clone().query("kind", "course")), 0);
    assert_eq!(count(call.clone().query("institution_id", &school.institution_id)), 3);
    assert_eq!(count(call.clone().query("institution_id", &city.bureau().institution_id)), 0);
    call.query("cursor", "made-up").send(&city.base).expect("an answer").problem(400, "invalid-request");
}
