//! Balances now, at an instant of the past, and at an effective date.

use serde_json::json;

use crate::support::book::{Balances, check};
use crate::support::city::City;
use crate::support::clock::{days_ago, days_ahead, now, rfc3339};
use crate::support::fixture::{course, with};
use crate::support::fresh;
use crate::support::operations::{get_balances, post_achievement, revoke_achievement};

crate::support::on_both! {
    instant_of_the_past_is_answered_from_the_chain,
    future_is_refused,
    effective_date_counts_what_counted_then,
    corrections_reach_back_by_effective_date_only,
    kinds_and_levels_stand_apart,
}

fn instant_of_the_past_is_answered_from_the_chain(city: &City) {
    let (school, student) = (city.school(), city.student());
    let before = rfc3339(now());
    let mut instants = Vec::new();
    for credits in ["1", "2", "4"] {
        let posted =
            school.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), credits))).is(201);
        instants.push(posted["transaction"]["posted_at"].as_str().expect("an instant").to_owned());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let at = |instant: &str| Balances(school.send(get_balances(&student.id).query("as_of", instant)).is(200).json);
    assert_eq!((at(&before).seq(), at(&before).earned()), (0, "0"));
    for (place, earned) in ["1", "3", "7"].into_iter().enumerate() {
        let then = at(&instants[place]);
        assert_eq!((then.seq(), then.earned()), (place as u64 + 1, earned), "{}", then.0);
        assert_eq!(then.in_programme(&student.enrolment_id), earned);
    }
    // Other offsets name the same instant.
    let beijing = chrono::DateTime::parse_from_rfc3339(&instants[1]).expect("an instant");
    let beijing = beijing.with_timezone(&chrono::FixedOffset::east_opt(8 * 3600).expect("an offset")).to_rfc3339();
    assert_eq!(at(&beijing).earned(), "3");
    assert_eq!(Balances::of(school, &student.id).earned(), "7");
}

fn future_is_refused(city: &City) {
    let (school, student) = (city.school(), city.student());
    let later = rfc3339(now() + chrono::Duration::hours(1));
    let refused = school.send(get_balances(&student.id).query("as_of", &later)).problem(400, "invalid-request");
    assert!(refused.pointers().iter().any(|pointer| pointer.ends_with("/as_of")), "{refused:?}");
    for wrong in ["now", "2026-02-30T00:00:00Z", "2026-01-01", "1e400"] {
        let refused = school.send(get_balances(&student.id).query("as_of", wrong));
        refused.problem_at(400, "invalid-request", "/query/as_of");
    }
    for wrong in ["2026-02-30", "today", "2026-1-1"] {
        let refused = school.send(get_balances(&student.id).query("effective_on", wrong));
        refused.problem_at(400, "invalid-request", "/query/effective_on");
    }
}

fn effective_date_counts_what_counted_then(city: &City) {
    let (school, student) = (city.school(), city.student());
    for (days, credits) in [(60, "1"), (300, "2"), (100, "4")] {
        let result = course(&json!({"id": student.id}), &fresh::code("C"), credits);
        let result = with(&result, json!({"completed_on": days_ago(days).to_string()}));
        school.send(post_achievement(&result)).is(201);
    }
    let on = |days: u64| {
        let call = get_balances(&student.id).query("effective_on", &days_ago(days).to_string());
        Balances(school.send(call).is(200).json).total("secondary").to_owned()
    };
    let told: Vec<String> = [301, 300, 101, 100, 61, 60, 0].into_iter().map(on).collect();
    assert_eq!(told, ["0", "2", "2", "6", "6", "7", "7"]);
    check(school, &student.id);
}

fn corrections_reach_back_by_effective_date_only(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let result = with(&result, json!({"completed_on": days_ago(200).to_string()}));
    let posted = school.send(post_achievement(&result)).is(201);
    let instant = posted["transaction"]["posted_at"].as_str().expect("an instant").to_owned();
    std::thread::sleep(std::time::Duration::from_millis(5));
    school.send(revoke_achievement(&posted.id(), "测试")).is(200);
    let then = school.send(get_balances(&student.id).query("as_of", &instant)).is(200);
    assert_eq!(then["earned_total"], "4", "what the account said then cannot change");
    let call = get_balances(&student.id).query("effective_on", &days_ago(100).to_string());
    assert_eq!(
        Balances(school.send(call).is(200).json).total("secondary"),
        "0",
        "a reversal counts when its original did"
    );
    let ahead = get_balances(&student.id).query("effective_on", &days_ahead(30).to_string());
    assert!(matches!(school.send(ahead).status, 200 | 400));
}

fn kinds_and_levels_stand_apart(city: &City) {
    let (school, student) = (city.school(), city.student());
    for kind in ["course", "skill_certificate", "training"] {
        city.accredited(kind).send(post_achievement(&city.result(kind, &student))).is(201);
    }
    let balances = check(school, &student.id);
    assert_eq!((balances.total("secondary"), balances.available("secondary")), ("4", "0"));
    assert_eq!(balances.available("skill"), "4");
    assert_ne!(balances.available("training"), "0");
    assert_eq!(balances.seq(), 3);
}
