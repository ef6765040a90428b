//! The trial balance: every credit type sums to zero, and moves by exactly what was posted.

use serde_json::json;

use crate::support::book::{check, figure, trial_balance};
use crate::support::city::City;
use crate::support::decimal::thousandths;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::operations::{open_enrolment, post_achievement, revoke_achievement, transfer_enrolment};

crate::support::on_both_quietly! {
    demo_city_balances,
    deposits_move_what_was_posted,
    transfers_and_records_move_nothing,
    revocation_moves_it_back,
}

fn demo_city_balances(city: &City) {
    let trial = trial_balance(city.bureau());
    for credit_type in ["secondary", "higher"] {
        assert!(figure(&trial, credit_type, "issued") > 0, "the demo has posted {credit_type} credits: {trial}");
    }
    // The system account of conversions is owed what they granted.
    assert!(figure(&trial, "higher", "converted") > 0, "the demo has converted into higher credits: {trial}");
    assert_eq!(
        trial["credit_types"].as_array().map(Vec::len),
        trial_balance(city.school())["credit_types"].as_array().map(Vec::len)
    );
}

fn deposits_move_what_was_posted(city: &City) {
    let (school, student) = (city.school(), city.student());
    let certificate = city.result("skill_certificate", &student);
    let before = trial_balance(city.bureau());
    for credits in ["0.125", "4", "2.5"] {
        school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), credits))).is(201);
    }
    city.accredited("skill_certificate").send(post_achievement(&certificate)).is(201);
    let after = trial_balance(city.bureau());
    let moved =
        |credit_type: &str, member: &str| figure(&after, credit_type, member) - figure(&before, credit_type, member);
    assert_eq!((moved("secondary", "issued"), moved("secondary", "held_by_learners")), (6_625, 6_625));
    assert_eq!((moved("skill", "issued"), moved("skill", "held_by_learners")), (4_000, 4_000));
    for credit_type in ["higher", "undergraduate", "training"] {
        assert_eq!(moved(credit_type, "issued"), 0, "{credit_type}");
    }
    assert_eq!(thousandths(check(school, &student.id).earned()), 10_625);
}

fn transfers_and_records_move_nothing(city: &City) {
    let (school, student) = (city.school(), city.student());
    school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    let programme = city.new_programme(school, "secondary");
    let body = crate::support::fixture::enrolment(&programme, &fresh::code("T"));
    let target = school.send(open_enrolment(&student.id, &body)).is(201).id();
    let mut before = trial_balance(school);
    let all = json!({"to_enrolment_id": target, "lots": "all"});
    school.send(transfer_enrolment(&student.enrolment_id, &all)).is(200);
    city.accredited("experience").send(post_achievement(&city.result("experience", &student))).is(201);
    let mut after = trial_balance(school);
    before["as_of"] = json!(null);
    after["as_of"] = json!(null);
    assert_eq!(before, after);
}

fn revocation_moves_it_back(city: &City) {
    let (school, student) = (city.school(), city.student());
    let before = trial_balance(school);
    let posted = school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    school.send(revoke_achievement(&posted.id(), "测试")).is(200);
    let after = trial_balance(school);
    let held = |trial: &serde_json::Value| figure(trial, "secondary", "held_by_learners");
    assert_eq!(held(&after), held(&before));
}
