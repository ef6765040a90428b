//! Use beyond what the rules allow is impossible, however many act at once.

use serde_json::json;

use super::{Setting, apply_all, enrol_again, plan, programme, publish};
use crate::support::city::City;
use crate::support::fixture::with;
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{create_conversion_decision, create_conversion_reversal};

crate::support::on_both! {
    one_certificate_at_two_institutions,
    one_learner_applies_many_times,
    one_conversion_is_decided_once,
}

/// Runs `work` for each number below `count`, all at once.
fn at_once<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = (0..count).map(|n| scope.spawn(move || work(n))).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    })
}

#[track_caller]
fn one_of(answers: Vec<Answer>, made: u16, refused: &str) {
    let won = answers.iter().filter(|answer| answer.status == made).count();
    assert_eq!(won, 1, "{answers:?}");
    for answer in answers.into_iter().filter(|answer| answer.status != made) {
        answer.problem(409, refused);
    }
}

fn one_certificate_at_two_institutions(city: &City) {
    let family = fresh::code("F");
    for _ in 0..5 {
        let setting = Setting::without_rules(city);
        let once = with(&setting.rule(), json!({"exclusivity": {"scope": "life", "family": family}}));
        setting.publish(vec![once.clone()]);
        let school = city.school();
        let (elsewhere, _) = programme(city, school, "secondary");
        enrol_again(school, &setting.student, &elsewhere);
        publish(school, &city.second_client(school), &elsewhere, vec![with(&once, json!({"code": fresh::code("R")}))]);
        let plans = [setting.plan(), plan(school, &setting.student, &elsewhere)];
        let clients = [setting.college, school];
        let answers = at_once(2, |n| clients[n].send(apply_all(plans[n].str("plan_id"))));
        one_of(answers, 201, "already-used");
    }
}

fn one_learner_applies_many_times(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.rule(), json!({"draws": "full"}))]);
    let plan = setting.plan();
    let answers = at_once(8, |_| setting.college.send(apply_all(plan.str("plan_id"))));
    one_of(answers, 201, "already-used");
    assert_eq!(setting.purses()[2], "2");
}

fn one_conversion_is_decided_once(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.reviewed()]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    let outcomes = [
        json!({"outcome": "approved"}),
        json!({"outcome": "rejected", "reason": "不符"}),
        json!({"outcome": "returned", "reason": "补正"}),
        json!({"outcome": "approved"}),
    ];
    let answers = at_once(4, |n| setting.reviewer.send(create_conversion_decision(id, &outcomes[n])));
    one_of(answers, 200, "wrong-state");
    let granted = setting.purses()[2].clone();
    assert!(granted == "0" || granted == "2", "{granted}");
    if granted == "2" {
        let body = json!({"reason": "误认"});
        let answers = at_once(4, |_| setting.college.send(create_conversion_reversal(id, &body)));
        one_of(answers, 200, "wrong-state");
        assert_eq!(setting.purses(), ["4", "0", "0"]);
    }
}
