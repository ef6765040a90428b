//! Enrolments: their status history, and credits that follow a learner from programme to programme.

use serde_json::{Value, json};

use crate::support::book::{Balances, check, statement};
use crate::support::city::City;
use crate::support::clock::{cohort, completed, days_ago, today};
use crate::support::fixture::{course, enrolment, opening, with};
use crate::support::fresh;
use crate::support::operations::{
    change_enrolment_status, get_balances, get_enrolment, list_enrolments, open_enrolment, open_learner,
    post_achievement, revoke_achievement, transfer_enrolment,
};

crate::support::on_both! {
    second_programme_can_be_added,
    status_has_a_history,
    impossible_changes_are_refused,
    another_institution_knows_nothing,
    ended_enrolment_takes_no_later_course,
    two_enrolments_are_ambiguous,
    transfer_moves_the_credits,
    transfer_can_name_lots,
    transfer_is_for_the_receiving_institution,
    revoking_after_a_transfer_takes_from_where_the_lot_lies,
}

fn add(city: &City, learner: &str, programme: &str) -> String {
    let body = enrolment(programme, &fresh::code("T"));
    city.school().send(open_enrolment(learner, &body)).is(201).id()
}

fn change(status: &str, from: chrono::NaiveDate) -> Value {
    json!({"status": status, "from": from.to_string(), "reason": "测试"})
}

fn second_programme_can_be_added(city: &City) {
    let student = city.student();
    let programme = city.new_programme(city.school(), "secondary");
    let body = with(&enrolment(&programme, &fresh::code("T")), json!({"from": days_ago(100).to_string()}));
    let key = fresh::key();
    let made = city.school().send(open_enrolment(&student.id, &body).key(&key)).is(201);
    let again = city.school().send(open_enrolment(&student.id, &body).key(&key)).is(201);
    assert_eq!(made.id(), again.id());
    let found = city.school().send(get_enrolment(&made.id())).is(200);
    assert_eq!((&found["cohort"], &found["status"]), (&json!(cohort()), &json!("enrolled")));
    assert_eq!(found["from"], days_ago(100).to_string());
    let listed = city.school().send(list_enrolments(&student.id)).is(200);
    assert_eq!(listed.items().len(), 2);
    let first = city.school().send(get_enrolment(&student.enrolment_id)).is(200);
    assert_eq!(first["from"], format!("{}-09-01", cohort()), "a cohort begins on 1 September");
    let nowhere = with(&body, json!({"programme_id": "018f3a3e-0000-7000-8000-000000000000"}));
    city.school().send(open_enrolment(&student.id, &nowhere)).problem(422, "unknown-programme");
    let foreign = with(&body, json!({"programme_id": city.programme(city.other_school(), "secondary")}));
    city.school().send(open_enrolment(&student.id, &foreign)).problem(422, "unknown-programme");
}

fn status_has_a_history(city: &City) {
    let (school, student) = (city.school(), city.student());
    let changes = [("suspended", 90), ("enrolled", 60), ("withdrawn", 10)];
    for (status, days) in changes {
        let call = change_enrolment_status(&student.enrolment_id, &change(status, days_ago(days)));
        assert_eq!(school.send(call).is(200)["status"], status);
    }
    let found = school.send(get_enrolment(&student.enrolment_id)).is(200);
    let history = found["status_history"].as_array().expect("a history");
    let told: Vec<(&str, &str)> =
        history.iter().filter_map(|row| Some((row["status"].as_str()?, row["from"].as_str()?))).collect();
    let wanted: Vec<(&str, String)> = [("enrolled", format!("{}-09-01", cohort()))]
        .into_iter()
        .chain(changes.map(|(status, days)| (status, days_ago(days).to_string())))
        .collect();
    let wanted: Vec<(&str, &str)> = wanted.iter().map(|(status, from)| (*status, from.as_str())).collect();
    assert_eq!(told, wanted);
}

fn impossible_changes_are_refused(city: &City) {
    let (school, student) = (city.school(), city.student());
    let id = &student.enrolment_id;
    for (body, pointer) in [
        (json!({"status": "flown", "from": today().to_string()}), "/status"),
        (json!({"status": "withdrawn", "from": "2026-02-30"}), "/from"),
        (json!({"status": "withdrawn"}), "/from"),
    ] {
        school.send(change_enrolment_status(id, &body)).problem_at(400, "invalid-request", pointer);
    }
    school.send(change_enrolment_status(id, &change("withdrawn", days_ago(30)))).is(200);
    let back = school.send(change_enrolment_status(id, &change("enrolled", days_ago(10))));
    back.problem(422, "status-change-not-allowed");
    assert_eq!(school.send(get_enrolment(id)).is(200)["status"], "withdrawn");
}

fn another_institution_knows_nothing(city: &City) {
    let student = city.student();
    let (other, id) = (city.other_school(), &student.enrolment_id);
    other.send(get_enrolment(id)).problem(404, "not-found");
    other.send(change_enrolment_status(id, &change("withdrawn", days_ago(1)))).problem(404, "not-found");
    let body = enrolment(&city.programme(other, "secondary"), &fresh::code("T"));
    other.send(open_enrolment(&student.id, &body)).problem(404, "not-found");
    assert_eq!(city.school().send(get_enrolment(id)).is(200)["status"], "enrolled");
}

fn ended_enrolment_takes_no_later_course(city: &City) {
    let (school, other, student) = (city.school(), city.other_school(), city.student());
    let body = opening(&student.person, Some(enrolment(&city.programme(other, "secondary"), &fresh::code("T"))));
    other.send(open_learner(&body)).is(200);
    let end = change("transferred_out", days_ago(40));
    school.send(change_enrolment_status(&student.enrolment_id, &end)).is(200);
    let learner = json!({"id": student.id});
    let within = course(&learner, &fresh::code("C"), "2");
    school.send(post_achievement(&within)).is(201);
    let after = with(&course(&learner, &fresh::code("C"), "3"), json!({"completed_on": days_ago(20).to_string()}));
    school.send(post_achievement(&after)).problem(422, "credit-type-required");
    school.send(post_achievement(&with(&after, json!({"credit_type": "secondary"})))).is(201);
    // To whom the learner has gone reads on; who is left behind does not.
    school.send(get_balances(&student.id)).problem(404, "not-found");
    let balances = check(other, &student.id);
    assert_eq!(balances.in_programme(&student.enrolment_id), "2");
    assert_eq!(balances.available("secondary"), "3");
    assert_eq!(balances.total("secondary"), "5");
}

fn two_enrolments_are_ambiguous(city: &City) {
    let (school, student) = (city.school(), city.student());
    let programme = city.new_programme(school, "secondary");
    let second = add(city, &student.id, &programme);
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "2");
    school.send(post_achievement(&result)).problem(422, "enrolment-ambiguous");
    assert_eq!(Balances::of(school, &student.id).seq(), 0);
    school.send(post_achievement(&with(&result, json!({"enrolment_id": second})))).is(201);
    let named = course(&json!({"id": student.id}), &fresh::code("C"), "3");
    school.send(post_achievement(&with(&named, json!({"programme_id": programme})))).is(201);
    let balances = check(school, &student.id);
    assert_eq!((balances.in_programme(&second), balances.in_programme(&student.enrolment_id)), ("5", "0"));
}

fn transfer_moves_the_credits(city: &City) {
    let (school, student) = (city.school(), city.student());
    for credits in ["2", "3.5"] {
        school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), credits))).is(201);
    }
    let target = add(city, &student.id, &city.new_programme(school, "secondary"));
    let body = json!({"to_enrolment_id": target, "lots": "all", "reason": "转专业"});
    let key = fresh::key();
    let moved = school.send(transfer_enrolment(&student.enrolment_id, &body).key(&key)).is(200);
    let transactions = moved["transactions"].as_array().expect("transactions");
    assert!(!transactions.is_empty() && transactions.iter().all(|one| one["kind"] == "transfer"), "{moved:?}");
    let again = school.send(transfer_enrolment(&student.enrolment_id, &body).key(&key)).is(200);
    assert_eq!(again["transactions"], moved["transactions"]);
    let balances = check(school, &student.id);
    assert_eq!((balances.in_programme(&target), balances.in_programme(&student.enrolment_id)), ("5.5", "0"));
    assert_eq!((balances.total("secondary"), balances.earned()), ("5.5", "5.5"));
    let newest = &statement(school, &student.id)[0];
    assert_eq!(newest["effective_on"], today().to_string(), "a transfer counts from the day it is decided");
    let nothing = school.send(transfer_enrolment(&student.enrolment_id, &body));
    nothing.problem(422, "nothing-to-transfer");
}

fn transfer_can_name_lots(city: &City) {
    let (school, student) = (city.school(), city.student());
    let learner = json!({"id": student.id});
    let first = school.send(post_achievement(&course(&learner, &fresh::code("C"), "2"))).is(201).id();
    school.send(post_achievement(&course(&learner, &fresh::code("C"), "3"))).is(201);
    let target = add(city, &student.id, &city.new_programme(school, "secondary"));
    let body = json!({"to_enrolment_id": target, "lots": [first]});
    school.send(transfer_enrolment(&student.enrolment_id, &body)).is(200);
    let balances = check(school, &student.id);
    assert_eq!((balances.in_programme(&target), balances.in_programme(&student.enrolment_id)), ("2", "3"));
    let again = school.send(transfer_enrolment(&student.enrolment_id, &body));
    assert!(matches!(again.status, 409 | 422), "a lot moved twice: {again:?}");
    let foreign = city.student();
    let theirs = school.send(post_achievement(&course(&json!({"id": foreign.id}), &fresh::code("C"), "9"))).is(201);
    let body = json!({"to_enrolment_id": target, "lots": [theirs.id()]});
    let refused = school.send(transfer_enrolment(&student.enrolment_id, &body));
    assert!(matches!(refused.status, 404 | 409 | 422), "another learner's lot moved: {refused:?}");
    assert_eq!(check(school, &student.id).total("secondary"), "5");
    assert_eq!(check(school, &foreign.id).total("secondary"), "9");
}

fn transfer_is_for_the_receiving_institution(city: &City) {
    let (school, other, student) = (city.school(), city.other_school(), city.student());
    school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "2"))).is(201);
    let target = add(city, &student.id, &city.new_programme(school, "secondary"));
    let body = json!({"to_enrolment_id": target, "lots": "all"});
    other.send(transfer_enrolment(&student.enrolment_id, &body)).problem(404, "not-found");
    let nowhere = json!({"to_enrolment_id": "018f3a3e-0000-7000-8000-000000000000", "lots": "all"});
    let refused = school.send(transfer_enrolment(&student.enrolment_id, &nowhere));
    assert!(matches!(refused.status, 404 | 422), "{refused:?}");
    let own = json!({"to_enrolment_id": student.enrolment_id, "lots": "all"});
    let refused = school.send(transfer_enrolment(&student.enrolment_id, &own));
    assert!(matches!(refused.status, 400 | 422), "credits moved to where they are: {refused:?}");
    let wrong =
        school.send(transfer_enrolment(&student.enrolment_id, &json!({"to_enrolment_id": target, "lots": "some"})));
    wrong.problem_at(400, "invalid-request", "/lots");
    assert_eq!(check(school, &student.id).in_programme(&student.enrolment_id), "2");
}

fn revoking_after_a_transfer_takes_from_where_the_lot_lies(city: &City) {
    let (school, student) = (city.school(), city.student());
    let learner = json!({"id": student.id});
    let revoked = school.send(post_achievement(&course(&learner, &fresh::code("C"), "2"))).is(201).id();
    school.send(post_achievement(&course(&learner, &fresh::code("C"), "3"))).is(201);
    let target = add(city, &student.id, &city.new_programme(school, "secondary"));
    let body = json!({"to_enrolment_id": target, "lots": "all"});
    school.send(transfer_enrolment(&student.enrolment_id, &body)).is(200);
    let answer = school.send(revoke_achievement(&revoked, "录入错误")).is(200);
    let kinds: Vec<&str> = answer["transactions"]
        .as_array()
        .expect("transactions")
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        ["transfer", "reversal"],
        "the lot goes back to the purse of its deposit, then the mirror is posted"
    );
    let balances = check(school, &student.id);
    assert_eq!((balances.in_programme(&target), balances.in_programme(&student.enrolment_id)), ("3", "0"));
    let newest = &statement(school, &student.id)[0];
    assert_eq!(newest["effective_on"], completed().to_string(), "a reversal counts when its original did");
}

mod locks {
    use std::time::Duration;

    use super::change;
    use crate::support::city::City;
    use crate::support::clock::days_ago;
    use crate::support::operations::change_enrolment_status;
    use crate::support::rows::Rows;
    use crate::support::store::Backend;

    crate::support::on_postgres_alone! {
        status_changes_under_the_learners_lock,
    }

    /// A conversion or an award holds the learner's lock while it reads where the enrolment stands: the change waits for it.
    fn status_changes_under_the_learners_lock() {
        let city = City::shared(Backend::Postgres);
        let student = city.student();
        let mut rows = Rows::open(&city.store);
        let head = format!("learner_head WHERE learner_id = {}", city.literal(&student.id));
        rows.must(&format!("BEGIN; SELECT 1 FROM {head} FOR UPDATE"));
        std::thread::scope(|scope| {
            let end = change("withdrawn", days_ago(1));
            let changed =
                scope.spawn(move || city.school().send(change_enrolment_status(&student.enrolment_id, &end)).status);
            std::thread::sleep(Duration::from_millis(800));
            assert!(!changed.is_finished(), "the status changed beside whoever holds the lock");
            rows.must("COMMIT");
            assert_eq!(changed.join().expect("it answers"), 200);
        });
    }
}
