//! Corrections: the next revision of a reference, with the difference in the book.

use serde_json::{Value, json};

use crate::support::book::{check, statement};
use crate::support::city::City;
use crate::support::clock::{cohort, completed, days_ago};
use crate::support::decimal::thousandths;
use crate::support::fixture::{course, enrolment, of_kind, training, with};
use crate::support::fresh;
use crate::support::operations::{
    create_course, get_achievement, list_achievements, open_enrolment, post_achievement, post_achievement_batch,
    revoke_achievement, transfer_enrolment,
};

crate::support::on_both! {
    correction_of_a_score_moves_no_credits,
    correction_of_an_amount_moves_the_difference,
    correction_needs_a_reason,
    correction_of_nothing_is_a_first_post,
    correction_can_be_repeated,
    correction_follows_a_transferred_lot,
    correction_may_name_another_course,
    batch_items_correct_for_themselves,
    old_revision_is_no_handle,
}

fn correcting(body: &Value, members: Value) -> Value {
    with(&with(body, members), json!({"on_change": "correct", "reason": "成绩录入错误"}))
}

fn correction_of_a_score_moves_no_credits(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201);
    let better = correcting(&result, json!({"score": {"scale": "percentage", "value": "91"}}));
    let second = school.send(post_achievement(&better)).is(201);
    assert_ne!(second.id(), first.id());
    assert_eq!((&second["revision"], &second["transaction"]["kind"]), (&json!(2), &json!("record")));
    let series = second.str("series_id");
    let old = school.send(get_achievement(&first.id())).is(200);
    assert_eq!((old.str("status"), old.str("superseded_by")), ("corrected", &*second.id()));
    assert_eq!(old.str("series_id"), series);
    assert_eq!(old["score"]["value"], "86", "an old revision is never edited");
    let new = school.send(get_achievement(&second.id())).is(200);
    assert_eq!((new.str("series_id"), &new["score"]["value"]), (series, &json!("91")));
    let found = school.send(list_achievements().query("external_ref", result["external_ref"].as_str().expect("text")));
    let found = found.is(200);
    assert!(found.items().iter().any(|item| item["id"] == second["id"]), "{found:?}");
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 2));
}

fn correction_of_an_amount_moves_the_difference(city: &City) {
    let (provider, student) = (city.accredited("training"), city.student());
    let result = of_kind("training", &student, &training(200));
    let first = provider.send(post_achievement(&result)).is(201);
    let shorter = correcting(&result, json!({"training": training(100)}));
    let second = provider.send(post_achievement(&shorter)).is(201);
    assert_eq!(second["revision"], 2);
    assert!(thousandths(second.str("credits")) < thousandths(first.str("credits")));
    let balances = check(city.school(), &student.id);
    assert_eq!((balances.available("training"), balances.earned()), (second.str("credits"), second.str("credits")));
    let rows = statement(city.school(), &student.id);
    let kinds: Vec<&str> = rows.iter().filter_map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, ["deposit", "reversal", "deposit"], "newest first");
    assert_eq!(rows[1]["entries"][0]["amount"], format!("-{}", first.str("credits")));
    assert_eq!(rows[1]["entries"][0]["lot"]["achievement_id"], first["id"]);
    assert_eq!(rows[0]["entries"][0]["lot"]["achievement_id"], second["id"]);
    assert!(rows.iter().all(|row| row["effective_on"] == completed().to_string()));
    // Back again: a revision is compared with the one that stands, not with the first.
    let back = provider.send(post_achievement(&correcting(&result, json!({})))).is(201);
    assert_eq!((&back["revision"], &back["credits"]), (&json!(3), &first["credits"]));
    assert_eq!(check(city.school(), &student.id).earned(), first.str("credits"));
}

fn correction_needs_a_reason(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    school.send(post_achievement(&result)).is(201);
    let silent = with(&result, json!({"on_change": "correct", "attempt": "deferred"}));
    school.send(post_achievement(&silent)).problem_at(400, "invalid-request", "/reason");
    let odd = with(&result, json!({"on_change": "overwrite"}));
    school.send(post_achievement(&odd)).problem_at(400, "invalid-request", "/on_change");
    assert_eq!(check(school, &student.id).seq(), 1);
}

fn correction_of_nothing_is_a_first_post(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = correcting(&course(&json!({"id": student.id}), &fresh::code("C"), "4"), json!({}));
    let posted = school.send(post_achievement(&result)).is(201);
    assert_eq!((&posted["revision"], &posted["transaction"]["kind"]), (&json!(1), &json!("deposit")));
    // The same content once more is what stands, whatever on_change says.
    assert_eq!(school.send(post_achievement(&result)).is(200).id(), posted.id());
    assert_eq!(check(school, &student.id).earned(), "4");
}

fn correction_can_be_repeated(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201);
    let better = correcting(&result, json!({"completed_on": days_ago(62).to_string()}));
    let second = school.send(post_achievement(&better)).is(201);
    let again = school.send(post_achievement(&better)).is(200);
    assert_eq!((again.id(), &again["revision"]), (second.id(), &json!(2)));
    // What the first revision said is other content now.
    let refused = school.send(post_achievement(&result)).problem(409, "external-ref-taken");
    assert_eq!((&refused["stands"]["id"], &refused["stands"]["revision"]), (&second["id"], &json!(2)));
    assert_ne!(refused["stands"]["id"], first["id"]);
    assert_eq!(check(school, &student.id).earned(), "4");
}

fn correction_follows_a_transferred_lot(city: &City) {
    let (school, student) = (city.school(), city.student());
    let code = fresh::code("C");
    let version =
        |credits: &str, from: i32| json!({"code": code, "name": "演示课程", "credits": credits, "from_cohort": from});
    school.send(create_course(&version("4", cohort() - 1))).is(201);
    let result = course(&json!({"id": student.id}), &code, "4");
    school.send(post_achievement(&result)).is(201);
    let programme = city.new_programme(school, "secondary");
    let target = school.send(open_enrolment(&student.id, &enrolment(&programme, &fresh::code("T")))).is(201).id();
    let move_all = json!({"to_enrolment_id": target, "lots": "all"});
    school.send(transfer_enrolment(&student.enrolment_id, &move_all)).is(200);
    // The cohort turns out to have another version of the course, so the lot is reversed and posted anew.
    school.send(create_course(&version("3", cohort()))).is(201);
    let change = json!({"credits": "3", "enrolment_id": student.enrolment_id});
    let corrected = school.send(post_achievement(&correcting(&result, change))).is(201);
    assert_eq!((&corrected["revision"], &corrected["credits"]), (&json!(2), &json!("3")));
    let balances = check(school, &student.id);
    assert_eq!(balances.in_programme(&target), "3", "a correction's deposit goes where the lot last lay");
    assert_eq!(balances.in_programme(&student.enrolment_id), "0");
}

fn correction_may_name_another_course(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201);
    let meant = json!({"code": fresh::code("C"), "name": "演示课程二", "hours": 32, "practice_hours": 0});
    let change = json!({"course": meant, "credits": "3"});
    let second = school.send(post_achievement(&correcting(&result, change))).is(201);
    assert_eq!((&second["revision"], &second["credits"]), (&json!(2), &json!("3")));
    assert_eq!(school.send(get_achievement(&first.id())).is(200)["superseded_by"], second["id"]);
    let balances = check(school, &student.id);
    assert_eq!((balances.in_programme(&student.enrolment_id), balances.earned()), ("3", "3"));
    // The first course was never taken, so it may be.
    let own = with(&result, json!({"external_ref": fresh::reference()}));
    assert_eq!(school.send(post_achievement(&own)).is(201)["credits"], "4");
    assert_eq!(check(school, &student.id).earned(), "7");
}

fn batch_items_correct_for_themselves(city: &City) {
    let (school, student) = (city.school(), city.student());
    let learner = json!({"id": student.id});
    let (one, two) = (course(&learner, &fresh::code("C"), "4"), course(&learner, &fresh::code("C"), "3"));
    for result in [&one, &two] {
        school.send(post_achievement(result)).is(201);
    }
    let score = json!({"score": {"scale": "percentage", "value": "70"}});
    let items = json!({"on_change": "refuse", "items": [correcting(&one, score.clone()), with(&two, score)]});
    let answer = school.send(post_achievement_batch(&items)).is(200);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(1), &json!(1)), "{answer:?}");
    assert_eq!(answer["results"][1]["problem"]["code"], "external-ref-taken");
    // What the batch says holds for items that say nothing.
    let reasoned = with(&two, json!({"score": {"scale": "percentage", "value": "71"}, "reason": "成绩录入错误"}));
    let items = json!({"on_change": "correct", "items": [reasoned]});
    let answer = school.send(post_achievement_batch(&items)).is(200);
    assert_eq!(answer["accepted"], 1, "{answer:?}");
    assert_eq!(check(school, &student.id).earned(), "7");
}

fn old_revision_is_no_handle(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let old = school.send(post_achievement(&result)).is(201).id();
    let new = school.send(post_achievement(&correcting(&result, json!({"attempt": "deferred"})))).is(201).id();
    let refused = school.send(revoke_achievement(&old, "作废"));
    assert!(matches!(refused.status, 409 | 422), "a corrected revision is revoked: {refused:?}");
    assert_eq!(check(school, &student.id).earned(), "4");
    school.send(revoke_achievement(&new, "作废")).is(200);
    assert_eq!(check(school, &student.id).earned(), "0");
    assert_eq!(school.send(get_achievement(&new)).is(200)["status"], "revoked");
}
