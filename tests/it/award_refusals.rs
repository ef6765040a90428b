//! Awards that are not conferred as asked: back-dated, twice at once, 延期 again; and reversals that are taken back.

use serde_json::json;

use crate::graduation_audits::audit;
use crate::support::book::pages;
use crate::support::city::City;
use crate::support::clock::{days_ago, today};
use crate::support::fresh;
use crate::support::operations::{
    create_award, create_award_reversal, create_award_reversal_confirmation, create_graduation_audit_awards,
    get_balances, get_enrolment, list_awards, revoke_award_reversal,
};
use crate::support::plan::{Planned, confirm_conduct, missing, pass};

crate::support::on_both! {
    a_back_dated_diploma_redeems_no_later_result,
    an_earlier_day_knows_earlier_results_only,
    the_same_bulk_twice_at_once_defers_once,
    incomplete_studies_end_the_enrolment,
    a_reversal_is_taken_back_or_declined,
    numbers_for_nobody_are_refused,
}

fn a_back_dated_diploma_redeems_no_later_result(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    let body = |on: String| json!({"enrolment_id": student.enrolment_id, "outcome": "graduated", "diploma_number": fresh::code("KFD"), "awarded_on": on});
    let early = days_ago(200).to_string();
    school.send(create_award(&body(early.clone()))).problem_at(400, "invalid-request", "/awarded_on");
    // 延期 redeems nothing, but what came later is not told of that day.
    let late = json!({"enrolment_id": student.enrolment_id, "outcome": "deferred", "awarded_on": early});
    assert!(missing(&school.send(create_award(&late)).is(201).json).contains(&"total-credits".to_owned()));
    let balances = city.bureau().send(get_balances(&student.id)).is(200);
    assert_eq!(balances["balances"][0]["redeemed"], "0");
    school.send(create_award(&body(today().to_string()))).is(201);
}

fn an_earlier_day_knows_earlier_results_only(city: &City) {
    let school = city.school();
    // Nothing is asked for: everything is met on any day.
    let planned = Planned::free(city, school, "secondary");
    let student = planned.student(city, school);
    pass(school, &student, &planned.courses[0], "3");
    let body = |on: String| json!({"enrolment_id": student.enrolment_id, "outcome": "graduated", "diploma_number": fresh::code("KFD"), "awarded_on": on});
    let refused = school.send(create_award(&body(days_ago(200).to_string())));
    refused.problem_at(400, "invalid-request", "/awarded_on");
    let balances = city.bureau().send(get_balances(&student.id)).is(200);
    assert_eq!(balances["balances"][0]["redeemed"], "0", "{balances:?}");
    assert_eq!(school.send(create_award(&body(today().to_string()))).is(201)["credits"], "3");
}

fn the_same_bulk_twice_at_once_defers_once(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let students: Vec<_> = (0..4).map(|_| planned.student(city, school)).collect();
    let found = audit(school, &planned.programme, "final");
    let ids: Vec<&str> = students.iter().map(|student| student.enrolment_id.as_str()).collect();
    let body = json!({"enrolment_ids": ids, "outcome": "deferred"});
    let key = fresh::key();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let one = |_| scope.spawn(|| school.send(create_graduation_audit_awards(&found.id(), &body).key(&key)));
        let all: Vec<_> = (0..3).map(one).collect();
        all.into_iter().map(|thread| thread.join().expect("an answer").is(200)).collect()
    });
    for answer in &answers {
        assert_eq!(answer["accepted"], 4);
        assert_eq!(answer.json, answers[0].json);
    }
    let deferred = |city: &City| {
        let all = pages(city.school(), list_awards().query("limit", "200"));
        all.iter().filter(|one| ids.contains(&one["enrolment_id"].as_str().unwrap_or_default())).count()
    };
    assert_eq!(deferred(city), 4);
    // Another key, the same audit: 延期 stands.
    let again = school.send(create_graduation_audit_awards(&found.id(), &body)).is(200);
    assert_eq!((&again["accepted"], &again["unchanged"]), (&json!(0), &json!(4)));
    assert_eq!(deferred(city), 4);
}

fn incomplete_studies_end_the_enrolment(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    pass(school, &student, &planned.courses[0], "3");
    let body =
        json!({"enrolment_id": student.enrolment_id, "outcome": "incomplete", "diploma_number": fresh::code("KFY")});
    let award = school.send(create_award(&body)).is(201);
    assert_eq!((&award["outcome"], &award["credits"]), (&json!("incomplete"), &json!("0")));
    assert!(!missing(&award.json).is_empty() && award["diploma_achievement_id"].is_null());
    assert_eq!(school.send(get_enrolment(&student.enrolment_id)).is(200)["status"], "incomplete");
    let balances = city.bureau().send(get_balances(&student.id)).is(200);
    assert_eq!((&balances["balances"][0]["redeemed"], &balances["balances"][0]["total"]), (&json!("0"), &json!("3")));
    // 肄业 is the end: no diploma follows.
    let diploma =
        json!({"enrolment_id": student.enrolment_id, "outcome": "graduated", "diploma_number": fresh::code("KFD")});
    school.send(create_award(&diploma)).problem(409, "already-awarded");
}

fn a_reversal_is_taken_back_or_declined(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    let number = fresh::code("KFD");
    let body = json!({"enrolment_id": student.enrolment_id, "outcome": "graduated", "diploma_number": number});
    let award = school.send(create_award(&body)).is(201).id();
    let ask = || create_award_reversal(&award, &json!({"reason": "发证有误"}));
    let back = || revoke_award_reversal(&award);
    school.send(back()).problem(409, "wrong-state");
    let second = city.second_client(school);
    for declining in [school, &second, city.bureau()] {
        school.send(ask()).is(200);
        city.other_school().send(back()).problem(404, "not-found");
        let stands = declining.send(back()).is(200);
        assert_eq!((&stands["state"], &stands["reversal_reason"]), (&json!("conferred"), &json!(null)));
        declining.send(back()).problem(409, "wrong-state");
    }
    // The award stands as it did: the same again is answered with it, and nothing can be confirmed.
    assert_eq!(school.send(create_award(&body)).is(200).id(), award);
    second.send(create_award_reversal_confirmation(&award, &json!({}))).problem(409, "wrong-state");
    let balances = city.bureau().send(get_balances(&student.id)).is(200);
    assert_eq!(balances["balances"][0]["redeemed"], "10");
    school.send(ask()).is(200);
    assert_eq!(second.send(create_award_reversal_confirmation(&award, &json!({}))).is(200)["state"], "reversed");
}

fn numbers_for_nobody_are_refused(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let (ready, other) = (planned.student(city, school), planned.student(city, school));
    planned.complete(school, &ready);
    confirm_conduct(school, &ready);
    let found = audit(school, &planned.programme, "final");
    let numbers =
        json!({ready.enrolment_id.as_str(): fresh::code("KFD"), other.enrolment_id.as_str(): fresh::code("KFD")});
    let named = json!({"enrolment_ids": [ready.enrolment_id], "outcome": "graduated", "diploma_numbers": numbers});
    let all = json!({"enrolment_ids": "all_met", "outcome": "graduated", "diploma_numbers": numbers});
    let pointer = format!("/diploma_numbers/{}", other.enrolment_id);
    for body in [named, all] {
        let refused = school.send(create_graduation_audit_awards(&found.id(), &body));
        refused.problem_at(400, "invalid-request", &pointer);
    }
    assert_eq!(school.send(get_enrolment(&ready.enrolment_id)).is(200)["status"], "enrolled");
}
