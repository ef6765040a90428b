//! Awards: what they need, what they write in the book, and how they are undone.

use serde_json::{Value, json};

use crate::graduation_audits::audit;
use crate::support::book::{pages, statement, trial_balance};
use crate::support::city::City;
use crate::support::clock::{days_ago, days_ahead, today};
use crate::support::fresh;
use crate::support::operations::{
    create_award, create_award_reversal, create_award_reversal_confirmation, create_graduation_audit_awards,
    get_achievement, get_award, get_balances, get_enrolment, get_enrolment_progress, list_awards,
    list_graduation_audit_results, post_achievement, update_condition,
};
use crate::support::plan::{Planned, confirm_conduct, missing, pass};
use crate::support::session::Session;

crate::support::on_both! {
    graduation_redeems_and_records_the_diploma,
    what_is_missing_is_told,
    a_diploma_number_stands_once,
    completion_may_become_graduation,
    two_undo_an_award,
    only_the_school_may_confer,
    twice_at_once_is_one_award,
    a_cohort_is_awarded_from_its_audit,
}

fn body(enrolment: &str, outcome: &str, number: Option<&str>) -> Value {
    json!({"enrolment_id": enrolment, "outcome": outcome, "diploma_number": number})
}

/// What lies redeemed, and what in the purse of an enrolment.
fn purses(city: &City, learner: &str, enrolment: &str) -> (String, String) {
    let balances = city.bureau().send(get_balances(learner)).is(200);
    let row = balances["balances"].as_array().into_iter().flatten().find(|row| row["credit_type"] == "secondary");
    let redeemed = row.and_then(|row| row["redeemed"].as_str()).unwrap_or("0").to_owned();
    let purses = row.and_then(|row| row["programmes"].as_array()).into_iter().flatten();
    let own = purses.filter(|purse| purse["enrolment_id"] == enrolment).find_map(|purse| purse["credits"].as_str());
    (redeemed, own.unwrap_or("0").to_owned())
}

fn graduation_redeems_and_records_the_diploma(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let mut lots = planned.complete(school, &student);
    confirm_conduct(school, &student);
    let number = fresh::code("KFD");
    let (id, key) = (&student.enrolment_id, fresh::key());
    let call = || create_award(&body(id, "graduated", Some(&number))).key(&key);
    let award = school.send(call()).is(201);
    assert_eq!(
        (&award["outcome"], &award["state"], &award["credits"]),
        (&json!("graduated"), &json!("conferred"), &json!("10"))
    );
    let mut told: Vec<&str> =
        award["redeemed"].as_array().expect("lots").iter().filter_map(|one| one["lot"].as_str()).collect();
    told.sort_unstable();
    lots.sort_unstable();
    assert_eq!(told, lots, "the list of what was redeemed");
    assert_eq!(award["diploma_number"], number.as_str());
    assert_eq!(purses(city, &student.id, id), ("10".into(), "0".into()));
    let enrolment = school.send(get_enrolment(id)).is(200);
    assert_eq!((&enrolment["status"], &enrolment["to"]), (&json!("graduated"), &json!(today().to_string())));
    let diploma = city.bureau().send(get_achievement(award.str("diploma_achievement_id"))).is(200);
    assert_eq!(
        (&diploma["kind"], &diploma["credits"], &diploma["status"]),
        (&json!("diploma"), &json!("0"), &json!("recorded"))
    );
    let newest = statement(city.bureau(), &student.id);
    let kinds: Vec<&str> = newest.iter().take(2).filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds, ["record", "redemption"]);
    assert_eq!(newest[1]["award_id"], award.id().as_str());
    // Again: by the key, and as a new request for what stands.
    assert_eq!(school.send(call()).is(201).id(), award.id());
    assert_eq!(school.send(create_award(&body(id, "graduated", Some(&number)))).is(200).id(), award.id());
    let other = school.send(create_award(&body(id, "incomplete", None)));
    other.problem(409, "already-awarded");
    // What was redeemed still tells how far the learner came; nothing can be moved any more.
    let progress = Session::of(city, &student).send(get_enrolment_progress(id)).is(200);
    assert_eq!((&progress["met"], &progress["total"]["earned"]), (&json!(true), &json!("10")));
    let late = crate::support::fixture::with(
        &crate::support::fixture::course(&json!({"id": student.id}), &fresh::code("C"), "2"),
        json!({"enrolment_id": id}),
    );
    school.send(post_achievement(&late)).is(201);
    assert_eq!(purses(city, &student.id, id), ("10".into(), "2".into()), "a late result is not redeemed");
    trial_balance(city.bureau());
}

fn what_is_missing_is_told(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let id = &student.enrolment_id;
    pass(school, &student, &planned.courses[0], "3");
    let number = fresh::code("KFD");
    let refused = school.send(create_award(&body(id, "graduated", Some(&number)))).problem(422, "requirements-not-met");
    let told = missing(&refused.json);
    assert!(
        told.contains(&"total-credits".to_owned()) && told.contains(&"condition-open conduct".to_owned()),
        "{told:?}"
    );
    assert_eq!(refused["shortfalls"][0]["because"]["zh-CN"], "总学分要求不少于 10 学分，现有 3，还差 7。");
    assert_eq!(purses(city, &student.id, id), ("0".into(), "3".into()));
    assert_eq!(school.send(get_enrolment(id)).is(200)["status"], "enrolled");
    // The number was not used up by the refusal.
    planned.complete_rest(school, &student);
    confirm_conduct(school, &student);
    let failed = json!({"state": "failed", "reason": "处分未撤销"});
    school.send(update_condition(id, "discipline", &failed)).is(200);
    let refused = school.send(create_award(&body(id, "graduated", Some(&number))));
    assert_eq!(missing(&refused.json), ["condition-failed discipline"]);
    assert_eq!(refused["shortfalls"][0]["because"]["zh-CN"], "“处分”经学校认定不合格。", "its name, not its code");
    school.send(update_condition(id, "discipline", &json!({"state": "confirmed"}))).is(200);
    school.send(create_award(&body(id, "graduated", Some(&number)))).is(201);
}

fn a_diploma_number_stands_once(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let (first, second) = (planned.student(city, school), planned.student(city, school));
    for student in [&first, &second] {
        planned.complete(school, student);
        confirm_conduct(school, student);
    }
    let number = fresh::code("KFD");
    school.send(create_award(&body(&first.enrolment_id, "graduated", Some(&number)))).is(201);
    let taken = school.send(create_award(&body(&second.enrolment_id, "graduated", Some(&number.to_lowercase()))));
    taken.problem_at(409, "evidence-already-credited", "/diploma_number");
    let posted = crate::support::fixture::of_kind("diploma", &second, &json!({"number": number}));
    city.accredited("diploma").send(post_achievement(&posted)).problem(409, "evidence-already-credited");
    let none = school.send(create_award(&body(&second.enrolment_id, "graduated", None)));
    none.problem_at(400, "invalid-request", "/diploma_number");
    let deferred = school.send(create_award(&body(&second.enrolment_id, "deferred", Some(&number))));
    deferred.problem_at(400, "invalid-request", "/diploma_number");
    let mut late = body(&second.enrolment_id, "graduated", Some(&fresh::code("KFD")));
    late["awarded_on"] = json!(days_ahead(1).to_string());
    school.send(create_award(&late)).problem_at(400, "invalid-request", "/awarded_on");
    late["awarded_on"] = json!("2001-01-01");
    school.send(create_award(&late)).problem_at(400, "invalid-request", "/awarded_on");
    assert_eq!(school.send(get_enrolment(&second.enrolment_id)).is(200)["status"], "enrolled");
    assert_eq!(purses(city, &second.id, &second.enrolment_id), ("0".into(), "10".into()));
}

fn completion_may_become_graduation(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let id = &student.enrolment_id;
    pass(school, &student, &planned.courses[0], "3");
    let deferred = school.send(create_award(&body(id, "deferred", None))).is(201);
    assert_eq!(school.send(get_enrolment(id)).is(200)["status"], "enrolled", "延期 goes on");
    assert!(!missing(&deferred.json).is_empty());
    let mut completed = body(id, "completed", Some(&fresh::code("KFJ")));
    completed["awarded_on"] = json!(days_ago(20).to_string());
    let first = school.send(create_award(&completed)).is(201);
    assert_eq!((&first["credits"], &first["diploma_achievement_id"]), (&json!("0"), &json!(null)));
    assert_eq!(school.send(get_enrolment(id)).is(200)["status"], "completed");
    assert_eq!(purses(city, &student.id, id), ("0".into(), "3".into()), "结业 leaves the credits");
    let number = fresh::code("KFD");
    school.send(create_award(&body(id, "graduated", Some(&number)))).problem(422, "requirements-not-met");
    planned.complete_rest(school, &student);
    confirm_conduct(school, &student);
    school.send(create_award(&body(id, "incomplete", None))).problem(409, "already-awarded");
    let second = school.send(create_award(&body(id, "graduated", Some(&number)))).is(201);
    assert_eq!(second["credits"], "10");
    assert_eq!(school.send(get_enrolment(id)).is(200)["status"], "graduated");
    assert_eq!(purses(city, &student.id, id), ("10".into(), "0".into()));
}

fn two_undo_an_award(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    let number = fresh::code("KFD");
    let id = &student.enrolment_id;
    let award = school.send(create_award(&body(id, "graduated", Some(&number)))).is(201);
    let reason = json!({"reason": "发证有误"});
    let confirm = || create_award_reversal_confirmation(&award.id(), &json!({}));
    school.send(confirm()).problem(409, "wrong-state");
    city.bureau().send(create_award_reversal(&award.id(), &reason)).problem(404, "not-found");
    city.other_school().send(create_award_reversal(&award.id(), &reason)).problem(404, "not-found");
    school.send(create_award_reversal(&award.id(), &json!({"reason": " "}))).problem_at(
        400,
        "invalid-request",
        "/reason",
    );
    let asked = school.send(create_award_reversal(&award.id(), &reason)).is(200);
    assert_eq!((&asked["state"], &asked["reversal_reason"]), (&json!("reversal_requested"), &json!("发证有误")));
    school.send(create_award_reversal(&award.id(), &reason)).problem(409, "wrong-state");
    assert_eq!(purses(city, &student.id, id), ("10".into(), "0".into()), "nothing happens until the second person");
    school.send(confirm()).problem(409, "four-eyes");
    city.other_school().send(confirm()).problem(404, "not-found");
    let key = fresh::key();
    let undone = city.bureau().send(confirm().key(&key)).is(200);
    assert_eq!(undone["state"], "reversed");
    assert_eq!(city.bureau().send(confirm().key(&key)).is(200)["state"], "reversed");
    assert_eq!(purses(city, &student.id, id), ("0".into(), "10".into()));
    assert_eq!(school.send(get_enrolment(id)).is(200)["status"], "enrolled");
    let diploma = city.bureau().send(get_achievement(award.str("diploma_achievement_id"))).is(200);
    assert_eq!(diploma["status"], "revoked");
    trial_balance(city.bureau());
    // The number is free again, and the learner can graduate once more.
    let again = school.send(create_award(&body(id, "graduated", Some(&number)))).is(201);
    assert_ne!(again.id(), award.id());
    assert_eq!(purses(city, &student.id, id), ("10".into(), "0".into()));
    let changed = pages(school, list_awards().query("limit", "200"));
    let own: Vec<&Value> = changed.iter().filter(|one| one["enrolment_id"] == id.as_str()).collect();
    assert_eq!(own.len(), 2, "both stand in the feed");
}

fn only_the_school_may_confer(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    let request = body(&student.enrolment_id, "graduated", Some(&fresh::code("KFD")));
    for stranger in [city.other_school(), city.bureau()] {
        stranger.send(create_award(&request)).problem(404, "not-found");
    }
    let award = school.send(create_award(&request)).is(201);
    assert_eq!(city.bureau().send(get_award(&award.id())).is(200)["credits"], "10");
    assert_eq!(Session::of(city, &student).send(get_award(&award.id())).is(200)["outcome"], "graduated");
    city.other_school().send(get_award(&award.id())).problem(404, "not-found");
    Session::of(city, &city.student()).send(get_award(&award.id())).problem(404, "not-found");
}

fn twice_at_once_is_one_award(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    let id = &student.enrolment_id;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let one =
            |_| scope.spawn(|| school.send(create_award(&body(id, "graduated", Some(&fresh::code("KFD"))))).status);
        let all: Vec<_> = (0..6).map(one).collect();
        all.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
    assert_eq!(purses(city, &student.id, id), ("10".into(), "0".into()));
}

fn a_cohort_is_awarded_from_its_audit(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let students = [planned.student(city, school), planned.student(city, school), planned.student(city, school)];
    for student in &students[..2] {
        planned.complete(school, student);
        confirm_conduct(school, student);
    }
    let found = audit(school, &planned.programme, "final");
    let numbers: Vec<String> = (0..3).map(|_| fresh::code("KFD")).collect();
    let mut all = json!({"enrolment_ids": "all_met", "outcome": "graduated", "diploma_numbers": {}});
    all["diploma_numbers"][&students[0].enrolment_id] = json!(numbers[0]);
    let call = |body: &Value| create_graduation_audit_awards(&found.id(), body);
    let first = school.send(call(&all)).is(200);
    assert_eq!((&first["accepted"], &first["rejected"], &first["remaining"]), (&json!(1), &json!(1), &json!(0)));
    let refused = first["results"].as_array().expect("results").iter().find(|one| one["status"] == 400);
    assert_eq!(refused.expect("one without a number")["problem"]["errors"][0]["pointer"], "/diploma_number");
    all["diploma_numbers"][&students[1].enrolment_id] = json!(numbers[1]);
    let key = fresh::key();
    let second = school.send(call(&all).key(&key)).is(200);
    assert_eq!((&second["accepted"], &second["rejected"]), (&json!(1), &json!(0)));
    assert_eq!(school.send(call(&all).key(&key)).is(200).json, second.json);
    let rest = json!({"enrolment_ids": [students[0].enrolment_id, students[2].enrolment_id, city.student().enrolment_id],
                      "outcome": "graduated", "diploma_numbers": {
                          students[0].enrolment_id.as_str(): numbers[0], students[2].enrolment_id.as_str(): numbers[2]}});
    let mixed = school.send(call(&rest)).is(200);
    let statuses: Vec<u64> =
        mixed["results"].as_array().expect("results").iter().filter_map(|one| one["status"].as_u64()).collect();
    assert_eq!(statuses, [200, 422, 422]);
    assert_eq!(mixed["results"][1]["problem"]["code"], "requirements-not-met");
    let results = pages(school, list_graduation_audit_results(&found.id()));
    let decided: Vec<&str> = results.iter().filter_map(|one| one["decided"].as_str()).collect();
    assert_eq!(decided, ["graduated", "graduated"]);
    for student in &students[..2] {
        assert_eq!(purses(city, &student.id, &student.enrolment_id), ("10".into(), "0".into()));
    }
    city.other_school().send(call(&all)).problem(404, "not-found");
    city.bureau().send(call(&all)).problem(404, "not-found");
    let pre = audit(school, &planned.programme, "pre");
    school.send(create_graduation_audit_awards(&pre.id(), &all)).problem(409, "wrong-state");
    let bad = json!({"enrolment_ids": "everybody", "outcome": "graduated"});
    school.send(call(&bad)).problem_at(400, "invalid-request", "/enrolment_ids");
}
