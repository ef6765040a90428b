//! Credits that were transferred to another programme count there: for plans, for caps, and for further transfers (I9).

use serde_json::{Value, json};

use super::{Setting, apply_all, plan, publish, rule};
use crate::support::city::City;
use crate::support::clock::cohort;
use crate::support::fixture::{Student, course, enrolment, with};
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    create_conversion_decision, create_programme_version, get_balances, open_enrolment, post_achievement,
    transfer_enrolment,
};

crate::support::on_both! {
    a_grant_counts_where_it_was_transferred,
    a_transferred_course_exempts_nothing_where_it_counts,
    a_transferred_exemption_is_done,
    there_and_back_counts_once,
    what_came_by_a_transfer_stops_another,
}

/// A second programme of the college, of 8 credits of which half may be converted; its courses have these codes.
#[track_caller]
fn second(city: &City, setting: &Setting<'_>, courses: &[String]) -> String {
    let programme = city.new_programme(setting.college, "higher");
    let course = |code: &String| json!({"code": code, "name": format!("课程{code}"), "credits": "3", "required": true});
    let body = json!({
        "cohort": cohort(), "total_credits": "8", "conversion_cap_share": "0.5",
        "modules": [{"code": "PRO", "name": "专业课", "min_credits": "3",
                     "courses": courses.iter().map(course).collect::<Vec<_>>()}],
    });
    setting.college.send(create_programme_version(&programme, &body)).is(201);
    programme
}

/// The learner changes programme: an enrolment in it.
#[track_caller]
fn join(setting: &Setting<'_>, programme: &str) -> String {
    let body = enrolment(programme, &fresh::code("T"));
    setting.college.send(open_enrolment(&setting.student.id, &body)).is(201).id()
}

fn moving(setting: &Setting<'_>, from: &str, to: &str) -> Answer {
    setting.college.send(transfer_enrolment(from, &json!({"to_enrolment_id": to, "lots": "all"})))
}

#[track_caller]
fn ask(setting: &Setting<'_>, programme: &str) -> Answer {
    plan(setting.college, &setting.student, programme)
}

/// The reasons why nothing in the plan is used.
fn reasons(plan: &Answer) -> Vec<&str> {
    assert_eq!(plan["lines"], json!([]));
    plan["unused"].as_array().expect("a list").iter().filter_map(|one| one["reason"].as_str()).collect()
}

#[track_caller]
fn in_programme(setting: &Setting<'_>, enrolment: &str) -> String {
    let answer = setting.college.send(get_balances(&setting.student.id)).is(200);
    let balances = answer["balances"].as_array().expect("balances");
    let one = balances.iter().filter_map(|one| one["programmes"].as_array()).flatten();
    one.into_iter()
        .find(|one| one["enrolment_id"] == enrolment)
        .and_then(|one| one["credits"].as_str())
        .unwrap_or("0")
        .to_owned()
}

fn a_grant_counts_where_it_was_transferred(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.rule()]);
    let other = second(city, &setting, &[fresh::code("C")]);
    publish(setting.college, &setting.reviewer, &other, vec![setting.rule()]);
    setting.apply();
    let joined = join(&setting, &other);
    // Nothing has moved: the certificate may be used once in each of the two.
    let before = ask(&setting, &other);
    assert_eq!((before.str("credits"), &before["cap"]["used"]), ("2", &json!("2")));
    let early = before.str("plan_id").to_owned();
    moving(&setting, &setting.student.enrolment_id, &joined).is(200);
    assert_eq!(in_programme(&setting, &joined), "2");
    let after = ask(&setting, &other);
    assert_eq!(reasons(&after), ["already-used"]);
    assert_eq!(after["cap"], json!({"share": "0.5", "credits": "4", "used": "2"}));
    setting.college.send(apply_all(&early)).problem(409, "already-used");
    assert_eq!(in_programme(&setting, &joined), "2");
    // Where it came from it takes nothing of the cap any more, and is not used afresh either.
    let left = ask(&setting, &setting.programme);
    assert_eq!((reasons(&left), &left["cap"]["used"]), (vec!["already-used"], &json!("0")));
    // Another certificate finds what is left of half the programme: 2 of 4.
    let another = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let body = city.certificate(&setting.student, &another, &fresh::code("NO"));
    city.accredited("skill_certificate").send(post_achievement(&body)).is(201);
    let three = with(&rule(&another), json!({"value": {"is": "fixed", "credits": "3"}}));
    publish(setting.college, &setting.reviewer, &other, vec![three]);
    let capped = ask(&setting, &other);
    assert_eq!((capped.str("credits"), &capped["cap"]["used"]), ("2", &json!("4")));
}

/// A course that the student passed, worth 3 credits.
#[track_caller]
fn passed(setting: &Setting<'_>, student: &Student, code: &str) -> String {
    let body = with(
        &course(&json!({"id": student.id}), code, "3"),
        json!({"enrolment_id": student.enrolment_id, "score": {"scale": "percentage", "value": "86"}}),
    );
    setting.college.send(post_achievement(&body)).is(201).id()
}

/// A rule that exempts from `to` for having passed `code`.
fn recognising(code: &str, to: &str) -> Value {
    with(
        &rule("ANY"),
        json!({
            "sources": [{"kinds": ["course"], "codes": [code]}],
            "value": {"is": "target_course"},
            "target": {"place": {"in": "courses", "codes": [to]}},
        }),
    )
}

fn a_transferred_course_exempts_nothing_where_it_counts(city: &City) {
    let setting = Setting::without_rules(city);
    let (earned, wanted) = (fresh::code("OLD"), fresh::code("NEW"));
    passed(&setting, &setting.student, &earned);
    let other = second(city, &setting, std::slice::from_ref(&wanted));
    publish(setting.college, &setting.reviewer, &other, vec![recognising(&earned, &wanted)]);
    let joined = join(&setting, &other);
    let before = ask(&setting, &other);
    assert_eq!(before.str("credits"), "3", "not moved, it may be recognised");
    moving(&setting, &setting.student.enrolment_id, &joined).is(200);
    assert_eq!(in_programme(&setting, &joined), "3");
    assert!(reasons(&ask(&setting, &other)).contains(&"already-used"));
    setting.college.send(apply_all(before.str("plan_id"))).problem(409, "already-used");
    assert_eq!(in_programme(&setting, &joined), "3");
}

fn a_transferred_exemption_is_done(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.exempting()]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    setting.reviewer.send(create_conversion_decision(id, &json!({"outcome": "approved"}))).is(200);
    // The other programme has the first of the two courses, and another certificate would exempt it.
    let other = second(city, &setting, &setting.courses[..1]);
    let another = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let body = city.certificate(&setting.student, &another, &fresh::code("NO"));
    city.accredited("skill_certificate").send(post_achievement(&body)).is(201);
    let exempting = with(
        &rule(&another),
        json!({
            "value": {"is": "target_course"},
            "target": {"place": {"in": "courses", "codes": [setting.courses[0]]}},
        }),
    );
    publish(setting.college, &setting.reviewer, &other, vec![exempting]);
    let joined = join(&setting, &other);
    assert_eq!(ask(&setting, &other).str("credits"), "3");
    moving(&setting, &setting.student.enrolment_id, &joined).is(200);
    let after = ask(&setting, &other);
    assert_eq!(reasons(&after), ["already-used", "course-already-done"]);
    assert_eq!(after["cap"]["used"], json!("5"), "what came with the learner stands even beyond half");
}

fn there_and_back_counts_once(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.rule()]);
    let other = second(city, &setting, &[fresh::code("C")]);
    publish(setting.college, &setting.reviewer, &other, vec![setting.rule()]);
    setting.apply();
    let joined = join(&setting, &other);
    let first = setting.student.enrolment_id.as_str();
    moving(&setting, first, &joined).is(200);
    moving(&setting, &joined, first).is(200);
    assert_eq!((in_programme(&setting, first), in_programme(&setting, &joined)), ("2".into(), "0".into()));
    let back = ask(&setting, &setting.programme);
    assert_eq!((reasons(&back), &back["cap"]["used"]), (vec!["already-used"], &json!("2")));
    // It counts in the first again: in the other it may be used once, and then cannot follow.
    let there = ask(&setting, &other);
    assert_eq!(there.str("credits"), "2");
    setting.college.send(apply_all(there.str("plan_id"))).is(201);
    moving(&setting, first, &joined).problem(422, "nothing-to-transfer");
    assert_eq!((in_programme(&setting, first), in_programme(&setting, &joined)), ("2".into(), "2".into()));
}

fn what_came_by_a_transfer_stops_another(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.rule()]);
    let programmes = [0, 1].map(|_| second(city, &setting, &[fresh::code("C")]));
    setting.apply();
    let joined = programmes.each_ref().map(|programme| {
        publish(setting.college, &setting.reviewer, programme, vec![setting.rule()]);
        join(&setting, programme)
    });
    // Used in the first and in the second; what the first granted is transferred to the third, so the second's may not be.
    let there = ask(&setting, &programmes[0]);
    setting.college.send(apply_all(there.str("plan_id"))).is(201);
    moving(&setting, &setting.student.enrolment_id, &joined[1]).is(200);
    assert_eq!(in_programme(&setting, &joined[1]), "2");
    moving(&setting, &joined[0], &joined[1]).problem(422, "nothing-to-transfer");
    assert_eq!((in_programme(&setting, &joined[0]), in_programme(&setting, &joined[1])), ("2".into(), "2".into()));
}
