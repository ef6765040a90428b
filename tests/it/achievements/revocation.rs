//! Annulled results: the mirror of the deposit, and what follows from it.

use serde_json::json;

use crate::support::book::{Balances, check, statement};
use crate::support::city::City;
use crate::support::clock::completed;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::operations::{get_achievement, post_achievement, revoke_achievement};

crate::support::on_both! {
    revocation_mirrors_the_deposit,
    revoked_reference_may_be_posted_again,
    revoked_once_is_enough,
    only_the_poster_revokes,
    revoking_a_record_leaves_the_balance,
    replayed_revocation_answers_the_same,
}

fn revocation_mirrors_the_deposit(city: &City) {
    let (school, student) = (city.school(), city.student());
    let kept = school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "3"))).is(201);
    let posted = school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    let answer = school.send(revoke_achievement(&posted.id(), "成绩作废")).is(200);
    assert_eq!((answer.id(), answer.str("status")), (posted.id(), "revoked"));
    assert_eq!(answer["transactions"][0]["kind"], "reversal");
    assert_eq!(answer["unwound"], json!([]));
    let newest = &statement(school, &student.id)[0];
    assert_eq!(newest["transaction_id"], answer["transactions"][0]["id"]);
    assert_eq!(newest["entries"][0]["amount"], "-4");
    assert_eq!(newest["entries"][0]["lot"]["achievement_id"], posted["id"]);
    assert_eq!(newest["effective_on"], completed().to_string());
    assert_eq!(check(school, &student.id).in_programme(&student.enrolment_id), "3");
    assert_eq!(school.send(get_achievement(&posted.id())).is(200)["status"], "revoked");
    assert_eq!(school.send(get_achievement(&kept.id())).is(200)["status"], "recognised");
}

fn revoked_reference_may_be_posted_again(city: &City) {
    let (school, student, other) = (city.school(), city.student(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201);
    school.send(revoke_achievement(&first.id(), "登记错人")).is(200);
    let mut moved = result.clone();
    moved["learner"] = json!({"id": other.id});
    let second = school.send(post_achievement(&moved)).is(201);
    assert_eq!(second["revision"], 2, "{second:?}");
    assert_ne!(second.id(), first.id());
    assert_eq!(check(school, &student.id).earned(), "0");
    assert_eq!(check(school, &other.id).earned(), "4");
    // And back to the first learner, as the third.
    school.send(revoke_achievement(&second.id(), "又登记错人")).is(200);
    assert_eq!(school.send(post_achievement(&result)).is(201)["revision"], 3);
    assert_eq!(check(school, &student.id).earned(), "4");
}

fn revoked_once_is_enough(city: &City) {
    let (school, student) = (city.school(), city.student());
    let posted = school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    school.send(revoke_achievement(&posted.id(), "成绩作废")).is(200);
    school.send(revoke_achievement(&posted.id(), "成绩作废")).problem(409, "already-revoked");
    school.send(revoke_achievement(&posted.id(), "")).problem_at(400, "invalid-request", "/reason");
    assert_eq!(check(school, &student.id).seq(), 2);
}

fn only_the_poster_revokes(city: &City) {
    let (school, student) = (city.school(), city.student());
    let posted = school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    for client in [city.other_school(), city.client("awarding_body", 0)] {
        client.send(revoke_achievement(&posted.id(), "别人的")).problem(404, "not-found");
    }
    let nobody = "018f3a3e-0000-7000-8000-000000000000";
    school.send(revoke_achievement(nobody, "没有")).problem(404, "not-found");
    assert_eq!(check(school, &student.id).earned(), "4");
}

fn revoking_a_record_leaves_the_balance(city: &City) {
    let (school, student) = (city.school(), city.student());
    let poster = city.accredited("experience");
    let posted = poster.send(post_achievement(&city.result("experience", &student))).is(201);
    let before = Balances::of(school, &student.id);
    poster.send(revoke_achievement(&posted.id(), "单位证明有误")).is(200);
    let after = check(school, &student.id);
    assert_eq!((after.earned(), before.earned()), ("0", "0"));
    assert_eq!(after.seq(), 2, "a revocation stands in the chain");
    assert_eq!(poster.send(get_achievement(&posted.id())).is(200)["status"], "revoked");
}

fn replayed_revocation_answers_the_same(city: &City) {
    let (school, student) = (city.school(), city.student());
    let posted = school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    let key = fresh::key();
    let first = school.send(revoke_achievement(&posted.id(), "成绩作废").key(&key)).is(200);
    let again = school.send(revoke_achievement(&posted.id(), "成绩作废").key(&key)).is(200);
    assert_eq!(first["transactions"], again["transactions"]);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let call = revoke_achievement(&posted.id(), "成绩作废").without("idempotency-key");
    school.send(call).problem(400, "idempotency-key-required");
    assert_eq!(check(school, &student.id).seq(), 2);
}
