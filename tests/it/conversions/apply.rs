//! Applying: by whom, with what, and what it does to the account.

use serde_json::{Value, json};

use super::{Setting, actions, apply_all, rule};
use crate::support::city::City;
use crate::support::fixture::with;
use crate::support::operations::{
    create_conversion_decision, get_conversion, get_conversion_evaluation, list_conversions, list_statement,
    post_conversions, revoke_achievement,
};
use crate::support::session::Session;

crate::support::on_both! {
    what_a_rule_decides_is_converted_at_once,
    one_key_applies_once,
    draws_are_used_up,
    a_learner_applies_for_itself,
    nobody_else_applies,
    lines_are_chosen_and_checked,
    a_plan_grows_stale,
    a_later_version_changes_nothing_decided,
}

fn what_a_rule_decides_is_converted_at_once(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.rule()]);
    assert_eq!(setting.purses(), ["4", "0", "0"]);
    let conversion = setting.apply();
    assert_eq!((&conversion["status"], &conversion["credits"]), (&json!("converted"), &json!("2")));
    assert_eq!((&conversion["decision"], &conversion["step"]), (&json!("automatic"), &json!(null)));
    assert_eq!(actions(&conversion), ["applied", "converted"]);
    assert_eq!(conversion["evidence"], json!([{"achievement_id": setting.achievement}]));
    assert_eq!(setting.purses(), ["4", "0", "2"], "the certificate keeps its credits");

    // The statement says what it is about, and whose credits those are.
    let id = conversion["id"].as_str().expect("an id");
    let statement = setting.college.send(list_statement(&setting.student.id)).is(200);
    let newest = &statement.items()[0];
    assert_eq!((newest["kind"].as_str(), newest["conversion_id"].as_str()), (Some("conversion"), Some(id)));
    assert_eq!(newest["achievement_id"], json!(null));
    assert_eq!(newest["entries"][0]["lot"], json!({"conversion_id": id}));

    // Evaluated again from what was stored, the same comes out; the feed brings it; the certificate is used.
    let again = setting.college.send(get_conversion_evaluation(id)).is(200);
    assert_eq!(again["same"], json!(true));
    let seen = setting.college.send(list_conversions().query("learner_id", &setting.student.id)).is(200);
    assert_eq!(seen.items().len(), 1);
    let plan = setting.plan();
    assert_eq!(plan["lines"], json!([]));
}

fn one_key_applies_once(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.rule()]);
    let plan = setting.plan();
    let call = apply_all(plan.str("plan_id"));
    let first = setting.college.send(call.clone()).is(201);
    let again = setting.college.send(call).is(201);
    assert_eq!(again["items"], first["items"]);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    setting.college.send(apply_all(plan.str("plan_id"))).problem(409, "already-used");
    assert_eq!(setting.purses(), ["4", "0", "2"]);
}

fn draws_are_used_up(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.rule(), json!({"draws": "full"}))]);
    let conversion = setting.apply();
    let drawn = conversion["draws"][0]["amount"].as_str().expect("it draws").to_owned();
    let left = 4.0 - drawn.parse::<f64>().expect("an amount");
    assert!(left < 4.0, "something is used up");
    assert_eq!(setting.purses(), [format!("{left}"), "0".into(), "2".into()]);
}

fn a_learner_applies_for_itself(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.reviewed()]);
    let session = Session::of(city, &setting.student);
    let plan = setting.plan();
    let made = session.send(apply_all(plan.str("plan_id"))).is(201);
    let id = made["items"][0]["id"].as_str().expect("an id");
    let seen = session.send(list_conversions()).is(200);
    assert_eq!(seen.items()[0]["id"], json!(id));
    assert_eq!(seen.items()[0]["step"]["turn"], json!(setting.college.institution_id));
    assert_eq!(seen.items()[0]["history"][0]["by"], json!("learner"));
    // Another learner knows of neither plan nor conversion.
    let other = city.student();
    let stranger = Session::of(city, &other);
    stranger.send(get_conversion(id)).problem(404, "not-found");
    stranger.send(apply_all(plan.str("plan_id"))).problem(404, "not-found");
    stranger.send(list_conversions().query("learner_id", &setting.student.id)).problem(404, "not-found");
}

fn nobody_else_applies(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.rule()]);
    let plan = setting.plan();
    for stranger in [city.school(), city.client("awarding_body", 0), city.bureau()] {
        let answer = stranger.send(apply_all(plan.str("plan_id")));
        assert!(matches!(answer.status, 403 | 404), "{answer:?}");
    }
    let reader = setting.college.token_for("conversions:read");
    let answer = apply_all(plan.str("plan_id")).token(&reader).send(&city.base).expect("an answer");
    assert_eq!(answer.problem(403, "insufficient-scope")["scope"], "conversions:write");
    setting.college.send(apply_all("0197a6f0-1111-7abc-8def-0123456789ab")).problem(404, "not-found");
}

fn lines_are_chosen_and_checked(city: &City) {
    let setting = Setting::new(city, |setting| {
        let exempting = with(
            &setting.exempting(),
            json!({"target": {"place": {"in": "courses", "codes": setting.courses, "most": 1}}}),
        );
        vec![exempting]
    });
    let plan = setting.plan();
    let with_lines = |lines: Value| post_conversions(&json!({"plan_id": plan.str("plan_id"), "lines": lines}));
    let college = setting.college;
    college.send(with_lines(json!([9]))).problem_at(400, "invalid-request", "/lines/0");
    college.send(with_lines(json!([1, 1]))).problem_at(400, "invalid-request", "/lines/1");
    college.send(with_lines(json!([]))).problem_at(400, "invalid-request", "/lines");
    college.send(with_lines(json!("some"))).problem_at(400, "invalid-request", "/lines");
    college.send(with_lines(json!([-1]))).problem(400, "invalid-request");
    let made = college.send(with_lines(json!([1]))).is(201);
    let conversion = &made["items"][0];
    assert_eq!((&conversion["status"], &conversion["credits"]), (&json!("pending"), &json!("3")));
    assert_eq!(conversion["exempts"][0]["course_code"], json!(setting.courses[0]));
    assert_eq!(conversion["exempts"][0]["score"], json!("85"));
    assert_eq!(setting.purses(), ["4", "0", "0"], "nothing is granted before the decision");
}

fn a_plan_grows_stale(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.rule()]);
    let plan = setting.plan();
    let body = city.accredited("skill_certificate");
    body.send(revoke_achievement(&setting.achievement, "作废")).is(200);
    let refused = setting.college.send(apply_all(plan.str("plan_id"))).problem(409, "plan-outdated");
    assert_eq!(refused["line"], json!(1));
    let detail = refused["detail"].as_str().expect("words");
    let words = detail.strip_prefix("转换方案已过时，请重新生成方案：");
    assert!(words.is_some_and(|words| words.len() > 10), "{detail}");
    assert_eq!(setting.purses(), ["0", "0", "0"]);
}

fn a_later_version_changes_nothing_decided(city: &City) {
    let setting = Setting::without_rules(city);
    let first = setting.reviewed();
    setting.publish(vec![first.clone()]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    // Another set gives more from today on; what was applied for stays as it was.
    let more = with(&rule(&setting.certificate), json!({"value": {"is": "fixed", "credits": "4"}}));
    setting.publish(vec![more]);
    let decision = json!({"outcome": "approved"});
    let decided = setting.reviewer.send(create_conversion_decision(id, &decision)).is(200);
    assert_eq!((decided.str("status"), decided.str("credits")), ("converted", "2"));
    let again = setting.college.send(get_conversion_evaluation(id)).is(200);
    assert_eq!(again["same"], json!(true));
}
