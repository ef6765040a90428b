//! One course of one institution gives a learner credits once, however often it is taken.

use serde_json::{Value, json};

use crate::support::book::{check, statement};
use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::fixture::{Student, course, with};
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{get_achievement, post_achievement, revoke_achievement};

crate::support::on_both! {
    better_retake_supersedes,
    worse_resit_is_attached,
    incomparable_scores_keep_the_earlier,
    scales_compare_through_one_table,
    revoking_the_lot_deposits_the_best_that_remains,
    revoking_an_attached_attempt_moves_nothing,
}

fn attempt(student: &Student, code: &str, attempt: &str, scale: &str, value: &str) -> Value {
    let days = if attempt == "first" { 60 } else { 30 };
    let members = json!({
        "attempt": attempt, "score": {"scale": scale, "value": value}, "completed_on": days_ago(days).to_string(),
    });
    with(&course(&json!({"id": student.id}), code, "4"), members)
}

fn post(city: &City, body: &Value) -> Answer {
    city.school().send(post_achievement(body)).is(201)
}

fn standing(city: &City, student: &Student, transactions: u64) {
    let balances = check(city.school(), &student.id);
    assert_eq!(balances.in_programme(&student.enrolment_id), "4");
    assert_eq!((balances.earned(), balances.seq()), ("4", transactions));
}

fn better_retake_supersedes(city: &City) {
    let (student, code) = (city.student(), fresh::code("C"));
    let first = post(city, &attempt(&student, &code, "first", "percentage", "62"));
    let retake = post(city, &attempt(&student, &code, "retake", "percentage", "88"));
    assert_eq!((retake.str("credits"), &retake["transaction"]["kind"]), ("0", &json!("record")));
    assert_eq!(retake["supersedes"], first["id"]);
    assert!(retake["attached_to"].is_null());
    assert_eq!(city.school().send(get_achievement(&first.id())).is(200)["status"], "superseded");
    standing(city, &student, 2);
    // The first lot is still the one that holds the credits.
    let rows = statement(city.school(), &student.id);
    assert!(rows[0]["entries"].as_array().expect("entries").is_empty());
    assert_eq!(rows[1]["entries"][0]["lot"]["achievement_id"], first["id"]);
}

fn worse_resit_is_attached(city: &City) {
    let (student, code) = (city.student(), fresh::code("C"));
    let first = post(city, &attempt(&student, &code, "first", "percentage", "80"));
    for value in ["61", "80"] {
        let resit = post(city, &attempt(&student, &code, "resit", "percentage", value));
        assert_eq!((resit.str("credits"), &resit["attached_to"]), ("0", &first["id"]), "{value}");
        assert!(resit["supersedes"].is_null());
        assert_eq!(city.school().send(get_achievement(&resit.id())).is(200)["status"], "attached");
    }
    standing(city, &student, 3);
}

fn incomparable_scores_keep_the_earlier(city: &City) {
    let (student, code) = (city.student(), fresh::code("C"));
    let first = post(city, &attempt(&student, &code, "first", "percentage", "60"));
    let passed = post(city, &attempt(&student, &code, "retake", "pass_fail", "pass"));
    assert_eq!(passed["attached_to"], first["id"], "{passed:?}");
    standing(city, &student, 2);
}

fn scales_compare_through_one_table(city: &City) {
    let (student, code) = (city.student(), fresh::code("C"));
    let first = post(city, &attempt(&student, &code, "first", "percentage", "61"));
    let retake = post(city, &attempt(&student, &code, "retake", "five_grade", "优秀"));
    assert_eq!(retake["supersedes"], first["id"], "{retake:?}");
    let again = post(city, &attempt(&student, &code, "retake", "five_grade", "及格"));
    assert!(again["supersedes"].is_null(), "{again:?}");
    assert!(again["attached_to"].is_string(), "{again:?}");
    standing(city, &student, 3);
}

fn revoking_the_lot_deposits_the_best_that_remains(city: &City) {
    let (school, student, code) = (city.school(), city.student(), fresh::code("C"));
    let first = post(city, &attempt(&student, &code, "first", "percentage", "70"));
    post(city, &attempt(&student, &code, "resit", "percentage", "64"));
    let best = post(city, &attempt(&student, &code, "retake", "percentage", "90"));
    let answer = school.send(revoke_achievement(&first.id(), "考试作弊")).is(200);
    let kinds: Vec<&str> = answer["transactions"]
        .as_array()
        .expect("transactions")
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["reversal", "deposit"]);
    standing(city, &student, 5);
    let newest = &statement(school, &student.id)[0];
    assert_eq!(newest["entries"][0]["lot"]["achievement_id"], best["id"], "the best remaining pass holds the credits");
    let found = school.send(get_achievement(&best.id())).is(200);
    assert_eq!(found["status"], "recognised");
}

fn revoking_an_attached_attempt_moves_nothing(city: &City) {
    let (school, student, code) = (city.school(), city.student(), fresh::code("C"));
    let first = post(city, &attempt(&student, &code, "first", "percentage", "70"));
    let retake = post(city, &attempt(&student, &code, "retake", "percentage", "90"));
    school.send(revoke_achievement(&retake.id(), "成绩作废")).is(200);
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.in_programme(&student.enrolment_id)), ("4", "4"));
    assert_eq!(school.send(get_achievement(&retake.id())).is(200)["status"], "revoked");
    assert_eq!(school.send(get_achievement(&first.id())).is(200)["status"], "recognised");
    // Now the first is all there is: without it nothing is left.
    school.send(revoke_achievement(&first.id(), "成绩作废")).is(200);
    assert_eq!(check(school, &student.id).earned(), "0");
}
