//! Idempotency keys: the same request once more moves nothing once more.

use serde_json::json;

use crate::support::book::{Balances, check};
use crate::support::city::City;
use crate::support::fixture::{course, enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::http::Answer;
use crate::support::operations::{
    open_enrolment, open_learner, open_learner_batch, post_achievement, post_achievement_batch, transfer_enrolment,
};

crate::support::on_both! {
    key_is_required,
    same_key_and_body_answer_the_same,
    same_key_with_another_body_is_refused,
    key_belongs_to_client_and_operation,
    refusals_are_not_kept,
    concurrent_requests_with_one_key_have_one_effect,
    batch_is_replayed_as_a_whole,
    odd_keys_are_refused,
}

fn key_is_required(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let target = json!({"to_enrolment_id": student.enrolment_id, "lots": "all"});
    let calls = [
        post_achievement(&result),
        post_achievement_batch(&json!({"items": [result]})),
        open_learner(&opening(&Person::new(), None)),
        open_learner_batch(&json!({"items": []})),
        open_enrolment(&student.id, &enrolment("018f3a3e-0000-7000-8000-000000000000", "x")),
        transfer_enrolment(&student.enrolment_id, &target),
    ];
    for call in calls {
        school.send(call.without("idempotency-key")).problem(400, "idempotency-key-required");
    }
    assert_eq!(Balances::of(school, &student.id).seq(), 0);
}

fn same_key_and_body_answer_the_same(city: &City) {
    let (school, student) = (city.school(), city.student());
    let call = post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"));
    let first = school.send(call.clone()).is(201);
    let again = school.send(call.clone()).is(201);
    assert_eq!(first.json, again.json);
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 1));
}

fn same_key_with_another_body_is_refused(city: &City) {
    let (school, student) = (city.school(), city.student());
    let body = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let key = fresh::key();
    school.send(post_achievement(&body).key(&key)).is(201);
    let other = course(&json!({"id": student.id}), &fresh::code("C"), "3");
    school.send(post_achievement(&other).key(&key)).problem(422, "idempotency-key-reused");
    assert_eq!(check(school, &student.id).earned(), "4");
    school.send(post_achievement(&other)).is(201);
    assert_eq!(check(school, &student.id).earned(), "7");
}

fn key_belongs_to_client_and_operation(city: &City) {
    let (school, other, student) = (city.school(), city.other_school(), city.student());
    city.accredit(other, "course");
    let key = fresh::key();
    let body = course(&student.by_account(), &fresh::code("C"), "4");
    school.send(post_achievement(&body).key(&key)).is(201);
    let theirs = with(&body, json!({"credit_type": "secondary"}));
    other.send(post_achievement(&theirs).key(&key)).is(201);
    school.send(open_learner(&opening(&Person::new(), None)).key(&key)).is(201);
    let batch = json!({"items": [course(&student.by_account(), &fresh::code("C"), "1")]});
    school.send(post_achievement_batch(&batch).key(&key)).is(200);
    assert_eq!(check(school, &student.id).earned(), "9");
}

fn refusals_are_not_kept(city: &City) {
    let (school, student) = (city.school(), city.student());
    let key = fresh::key();
    let body = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let failed = with(&body, json!({"score": {"scale": "percentage", "value": "30"}}));
    school.send(post_achievement(&failed).key(&key)).problem(422, "not-passed");
    school.send(post_achievement(&failed).key(&key)).problem(422, "not-passed");
    // Only what was done is stored, so the mended request may use the key.
    school.send(post_achievement(&body).key(&key)).is(201);
    assert_eq!(check(school, &student.id).earned(), "4");
}

fn concurrent_requests_with_one_key_have_one_effect(city: &City) {
    let (school, student) = (city.school(), city.student());
    let call = post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"));
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..12).map(|_| scope.spawn(|| school.send(call.clone()))).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    });
    let ids: Vec<String> = answers.iter().filter(|answer| answer.status != 409).map(Answer::id).collect();
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let originals = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count();
    assert_eq!(originals, 1, "one request does it, the others wait for its answer");
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 1));
}

fn batch_is_replayed_as_a_whole(city: &City) {
    let (school, student) = (city.school(), city.student());
    let learner = json!({"id": student.id});
    let good: Vec<_> = (0..5).map(|_| course(&learner, &fresh::code("C"), "1")).collect();
    let bad = with(&good[0], json!({"external_ref": fresh::reference(), "kind": "diploma"}));
    let mut items = good.clone();
    items.push(bad);
    let call = post_achievement_batch(&json!({"items": items}));
    let first = school.send(call.clone()).is(200);
    assert_eq!((&first["accepted"], &first["rejected"]), (&json!(5), &json!(1)), "{first:?}");
    let again = school.send(call.clone()).is(200);
    assert_eq!(again["results"], first["results"], "the same answer, not \"unchanged\"");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    // Under another key the same items are repeats.
    let repeated = school.send(call.clone().fresh_key()).is(200);
    assert_eq!((&repeated["unchanged"], &repeated["accepted"]), (&json!(5), &json!(0)), "{repeated:?}");
    let other = json!({"items": good[..2]});
    let key = call.headers.iter().find(|(name, _)| name == "idempotency-key").expect("a key").1.clone();
    school.send(post_achievement_batch(&other).key(&key)).problem(422, "idempotency-key-reused");
    assert_eq!(check(school, &student.id).earned(), "5");
}

fn odd_keys_are_refused(city: &City) {
    let (school, student) = (city.school(), city.student());
    let body = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    for key in ["k".repeat(256), String::new(), "with space".to_owned(), "钥匙".to_owned()] {
        let answer = school.send(post_achievement(&body).key(&key));
        assert_eq!(answer.status, 400, "{key:?}: {answer:?}");
        assert!(matches!(answer["code"].as_str(), Some("invalid-request" | "idempotency-key-required")), "{answer:?}");
    }
    school.send(post_achievement(&body).key(&format!("{}{}", "k".repeat(249), fresh::code("")))).is(201);
    assert_eq!(check(school, &student.id).earned(), "4");
}
