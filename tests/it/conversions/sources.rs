//! Sources in unusual places: redeemed for a diploma, held for another conversion, earned after they were exempted.

use serde_json::{Value, json};

use super::{Setting, apply_all, plan, programme, publish, publish_next, rule};
use crate::support::book::check;
use crate::support::city::City;
use crate::support::fixture::{course, enrolment, opening, with};
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    create_award, create_conversion_decision, create_conversion_reversal, create_conversion_withdrawal,
    get_enrolment_progress, list_conversions, open_enrolment, open_learner, post_achievement,
};
use crate::support::plan::{Planned, confirm_conduct};

crate::support::on_both! {
    redeemed_evidence_is_good_and_redeemed_credits_are_not,
    what_another_application_holds_is_not_to_be_had,
    a_plan_of_rules_that_were_followed_by_others_is_outdated,
    an_exempted_course_that_is_earned_as_well_counts_once,
}

/// Nobody has applied for anything, and nothing is held.
#[track_caller]
fn nothing_reserved(setting: &Setting<'_>, programme: &str) {
    let all = setting.college.send(list_conversions().query("learner_id", &setting.student.id)).is(200);
    assert!(all.items().iter().all(|one| one["programme_id"] != programme), "{all:?}");
}

fn redeemed_evidence_is_good_and_redeemed_credits_are_not(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let graduate = planned.student(city, school);
    planned.complete(school, &graduate);
    confirm_conduct(school, &graduate);
    let award =
        json!({"enrolment_id": graduate.enrolment_id, "outcome": "graduated", "diploma_number": fresh::code("KFD")});
    let diploma = school.send(create_award(&award)).is(201).str("diploma_achievement_id").to_owned();
    // A college whose rules take the first course as evidence, the second one's credits, and the diploma as a block.
    let college = city.college();
    let (onward, _) = programme(city, college, "higher");
    let joined = college.send(open_learner(&opening(&graduate.person, Some(enrolment(&onward, &fresh::code("T"))))));
    let joined = joined.is(200)["enrolment"]["id"].as_str().expect("an id").to_owned();
    let of = |code: &str, course: &str, parts: Value| {
        let sources = json!([{"kinds": ["course"], "codes": [course]}]);
        with(&with(&rule("ANY"), json!({"code": code, "sources": sources})), parts)
    };
    let rules = vec![
        of("EVIDENCE", &planned.courses[0], json!({})),
        of("DRAWING", &planned.courses[1], json!({"draws": "full"})),
    ];
    let reviewer = city.second_client(college);
    publish(college, &reviewer, &onward, rules);
    let ask = || plan(college, &graduate, &onward);
    let first = ask();
    let lines: Vec<&str> =
        first["lines"].as_array().expect("lines").iter().filter_map(|one| one["rule"]["code"].as_str()).collect();
    assert_eq!(lines, ["EVIDENCE"]);
    let reasons: Vec<&str> =
        first["unused"].as_array().expect("a list").iter().filter_map(|one| one["reason"].as_str()).collect();
    assert!(reasons.contains(&"already-redeemed"), "{first:?}");
    // The block for the diploma is worth more than the course within it, and only one of the two is to be had.
    let block = json!({
        "code": "BLOCK", "sources": [{"kinds": ["diploma"]}], "value": {"is": "block", "credits": "20"},
    });
    publish(college, &reviewer, &onward, vec![with(&rule("ANY"), block)]);
    let both = ask();
    assert_eq!(both.str("credits"), "20", "{both:?}");
    assert_eq!(both["lines"][0]["evidence"], json!([{"achievement_id": diploma}]));
    let made = college.send(apply_all(first.str("plan_id"))).is(201);
    assert_eq!(made["items"][0]["status"], "converted");
    let balances = check(college, &graduate.id);
    assert_eq!(balances.in_programme(&joined), "2");
    assert_eq!(check(city.bureau(), &graduate.id).total("secondary"), "10", "what was redeemed stays redeemed");
    // The diploma stands for the course that was used here.
    college.send(apply_all(both.str("plan_id"))).problem(409, "already-used");
    assert_eq!(ask().str("credits"), "0");
    let id = made["items"][0]["id"].as_str().expect("an id");
    reviewer.send(create_conversion_reversal(id, &json!({"reason": "改用学历"}))).is(200);
    college.send(apply_all(ask().str("plan_id"))).is(201);
    assert_eq!(check(college, &graduate.id).in_programme(&joined), "20");
}

fn what_another_application_holds_is_not_to_be_had(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.reviewed(), json!({"draws": "full"}))]);
    let (other, _) = programme(city, setting.college, "higher");
    setting.college.send(open_enrolment(&setting.student.id, &enrolment(&other, &fresh::code("T")))).is(201);
    let elsewhere = with(&setting.rule(), json!({"draws": "full"}));
    publish(setting.college, &setting.reviewer, &other, vec![elsewhere]);
    let there = plan(setting.college, &setting.student, &other);
    assert_eq!(there.str("credits"), "2");
    // The first application is being decided, and holds what the second plan would draw.
    let conversion = setting.apply();
    assert_eq!(setting.purses(), ["0", "4", "0"]);
    let refused = setting.college.send(apply_all(there.str("plan_id"))).problem(409, "plan-outdated");
    assert_eq!((&refused["line"], &refused["reason"]), (&json!(1), &json!("credits-not-available")));
    assert_eq!(setting.purses(), ["0", "4", "0"]);
    nothing_reserved(&setting, &other);
    let now = plan(setting.college, &setting.student, &other);
    assert_eq!(now["unused"][0]["reason"], "credits-not-available");
    // Withdrawn, it is to be had again: by the very plan that was refused.
    let id = conversion["id"].as_str().expect("an id");
    setting.college.send(create_conversion_withdrawal(id, &json!({"reason": "改投"}))).is(200);
    assert_eq!(setting.college.send(apply_all(there.str("plan_id"))).is(201)["items"][0]["status"], "converted");
    assert_eq!(setting.purses(), ["0", "0", "2"]);
}

fn a_plan_of_rules_that_were_followed_by_others_is_outdated(city: &City) {
    let setting = Setting::without_rules(city);
    let ruled = with(&setting.rule(), json!({"draws": "full"}));
    let set = setting.publish(vec![ruled.clone()]);
    let of_first = setting.plan();
    let more = json!({"rules": [with(&ruled, json!({"value": {"is": "fixed", "credits": "3"}}))]});
    publish_next(setting.college, &setting.reviewer, &set, 1, more);
    let of_second = setting.plan();
    let gone = json!({"rules": [with(&ruled, json!({"code": fresh::code("R")}))]});
    publish_next(setting.college, &setting.reviewer, &set, 2, gone);
    for (plan, reason) in [(&of_first, "尚未生效或已停用"), (&of_second, "尚未生效或已停用")] {
        let refused = setting.college.send(apply_all(plan.str("plan_id"))).problem(409, "plan-outdated");
        assert!(refused["detail"].as_str().is_some_and(|words| words.contains(reason)), "{refused:?}");
        assert_eq!(setting.purses(), ["4", "0", "0"]);
    }
    nothing_reserved(&setting, &setting.programme);
    let applied = setting.apply();
    assert_eq!((&applied["rule"]["version"], &applied["credits"]), (&json!(3), &json!("2")));
}

fn an_exempted_course_that_is_earned_as_well_counts_once(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.exempting()]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    setting.reviewer.send(create_conversion_decision(id, &json!({"outcome": "approved"}))).is(200);
    let progress = || setting.college.send(get_enrolment_progress(&setting.student.enrolment_id)).is(200);
    let sums = |answer: &Answer| {
        let total = &answer["total"];
        (total["earned"].clone(), total["granted"].clone(), answer["modules"][0]["missing"].clone())
    };
    let exempted = progress();
    assert_eq!(sums(&exempted), (json!("0"), json!("5"), json!("0")));
    assert_eq!((&exempted["counted_once"], &exempted["converted"]["used"]), (&json!([]), &json!("5")));
    // The school posts the first of the two as passed: both stand in the book, and the course counts once, as earned.
    let earned = with(
        &course(&json!({"id": setting.student.id}), &setting.courses[0], "3"),
        json!({"enrolment_id": setting.student.enrolment_id}),
    );
    setting.college.send(post_achievement(&earned)).is(201);
    let balances = check(setting.college, &setting.student.id);
    assert_eq!(balances.in_programme(&setting.student.enrolment_id), "8");
    let both = progress();
    assert_eq!(sums(&both), (json!("3"), json!("2"), json!("0")));
    assert_eq!(both["counted_once"], json!([setting.courses[0]]));
    // A certificate that would exempt it finds it done, and the exemption undone leaves what was earned.
    let another = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let body = city.certificate(&setting.student, &another, &fresh::code("NO"));
    city.accredited("skill_certificate").send(post_achievement(&body)).is(201);
    let target = json!({"place": {"in": "courses", "codes": [setting.courses[0]]}});
    let more = with(&rule(&another), json!({"value": {"is": "target_course"}, "target": target}));
    publish(setting.college, &setting.reviewer, &setting.programme, vec![more]);
    let offered = setting.plan();
    assert_eq!(offered["lines"], json!([]));
    let reasons: Vec<&Value> = offered["unused"].as_array().expect("a list").iter().map(|one| &one["reason"]).collect();
    assert!(reasons.contains(&&json!("course-already-done")), "{offered:?}");
    setting.reviewer.send(create_conversion_reversal(id, &json!({"reason": "已修得"}))).is(200);
    let alone = progress();
    assert_eq!(sums(&alone), (json!("3"), json!("0"), json!("2")));
    assert_eq!((&alone["counted_once"], &alone["converted"]["used"]), (&json!([]), &json!("0")));
    assert_eq!(check(setting.college, &setting.student.id).in_programme(&setting.student.enrolment_id), "3");
    // The freed certificate exempts the course that is still missing.
    assert_eq!(setting.plan().str("credits"), "2");
}
