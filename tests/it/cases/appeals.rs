//! Appeals to the bureau's panel.

use serde_json::{Value, json};

use crate::support::book::{check, statement};
use crate::support::cases::{Presenter, certificate_claim, decide, decision, in_queue};
use crate::support::city::City;
use crate::support::fixture::with;
use crate::support::fresh;
use crate::support::operations::{
    get_achievement, list_precedents, list_recognition_cases, post_recognition_appeal, post_recognition_decision,
};

crate::support::on_both! {
    panel_recognises_what_was_recognised_in_part,
    panel_recognises_what_was_rejected,
    rejected_appeal_leaves_the_decision,
    appeal_never_makes_it_worse,
    who_decided_first_does_not_decide_the_appeal,
}

fn claim(city: &City) -> (String, Value) {
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let claim = certificate_claim(&code, &fresh::code("N"));
    (code, claim)
}

fn reason() -> Value {
    json!({"reason": "目录内的证书应当全部认定"})
}

/// A case that the school decided with `outcome` and the learner appealed against.
#[track_caller]
fn appealed(city: &City, presenter: &Presenter, outcome: &str) -> (String, String) {
    let (code, claim) = claim(city);
    let case = presenter.present(city.school(), &claim).is(201).id();
    decide(city.school(), &case, outcome).is(200);
    let appeal = presenter.session.send(post_recognition_appeal(&case, &reason())).is(200);
    assert_eq!((appeal.str("state"), appeal["turn"]["party"].as_str()), ("appealed", Some("bureau")));
    (case, code)
}

fn panel_recognises_what_was_recognised_in_part(city: &City) {
    let presenter = Presenter::new(city);
    let learner = presenter.student.id.clone();
    let (case, code) = appealed(city, &presenter, "partly");
    assert_eq!(check(city.school(), &learner).available("skill"), "2");
    decide(city.school(), &case, "recognised").problem(403, "forbidden");
    presenter.session.send(post_recognition_appeal(&case, &reason())).problem(409, "already-appealed");
    assert!(in_queue(city.bureau(), list_recognition_cases(), &case).is_some(), "it is in the bureau's queue");
    let done = decide(city.bureau(), &case, "recognised").is(200);
    assert_eq!((done.str("state"), done.str("outcome"), done.str("credits")), ("final", "recognised", "4"));
    assert_eq!(check(city.school(), &learner).available("skill"), "4");
    let posted = city.school().send(get_achievement(done.str("achievement_id"))).is(200);
    assert_eq!((posted["revision"].as_i64(), posted.str("credits")), (Some(2), "4"));
    assert_eq!(posted.str("institution_id"), city.school().institution_id, "the school's, corrected in its place");
    presenter.session.send(post_recognition_appeal(&case, &reason())).problem(409, "already-appealed");
    decide(city.bureau(), &case, "rejected").problem(409, "wrong-state");
    let register = list_precedents().query("code", &code).send(&city.base).expect("an answer").is(200);
    let of = |instance: &str| register.items().iter().find(|entry| entry["instance"] == instance).cloned();
    let (first, appeal) = (of("first").expect("the school's"), of("appeal").expect("the panel's"));
    assert_eq!((&appeal["replaces"], appeal["credits"].as_str()), (&first["id"], Some("4")));
}

fn panel_recognises_what_was_rejected(city: &City) {
    let presenter = Presenter::new(city);
    let (case, _) = appealed(city, &presenter, "rejected");
    assert_eq!(check(city.school(), &presenter.student.id).seq(), 0);
    let done = decide(city.bureau(), &case, "partly").is(200);
    assert_eq!((done.str("outcome"), done.str("credits")), ("partly", "2"));
    assert_eq!(check(city.school(), &presenter.student.id).available("skill"), "2");
    assert_eq!(city.audited("appeal_decided_recognition_case", &format!("recognition_case {case}")), 1);
}

fn rejected_appeal_leaves_the_decision(city: &City) {
    let presenter = Presenter::new(city);
    let (case, _) = appealed(city, &presenter, "partly");
    decide(city.bureau(), &case, "returned").problem_at(400, "invalid-request", "/outcome");
    let done = decide(city.bureau(), &case, "rejected").is(200);
    assert_eq!((done.str("state"), done.str("outcome"), done.str("credits")), ("final", "partly", "2"));
    assert_eq!(
        done["steps"].as_array().and_then(|steps| steps.last()).map(|step| &step["outcome"]),
        Some(&json!("rejected"))
    );
    let entries = statement(city.school(), &presenter.student.id);
    assert_eq!(entries.len(), 1, "the account stays as it was");
}

fn appeal_never_makes_it_worse(city: &City) {
    let presenter = Presenter::new(city);
    let (case, _) = appealed(city, &presenter, "partly");
    let less = with(&decision("partly"), json!({"credits": "1"}));
    let call = post_recognition_decision(&case, &less);
    city.bureau().send(call).problem_at(400, "invalid-request", "/credits");
    let more = with(&decision("partly"), json!({"credits": "3"}));
    let done = city.bureau().send(post_recognition_decision(&case, &more)).is(200);
    assert_eq!(done.str("credits"), "3");
    assert_eq!(check(city.school(), &presenter.student.id).available("skill"), "3");
    // What was recognised in full leaves nothing to appeal against.
    let full = presenter.present(city.school(), &claim(city).1).is(201).id();
    presenter.session.send(post_recognition_appeal(&full, &reason())).problem(409, "wrong-state");
    decide(city.school(), &full, "recognised").is(200);
    presenter.session.send(post_recognition_appeal(&full, &reason())).problem(409, "wrong-state");
}

fn who_decided_first_does_not_decide_the_appeal(city: &City) {
    let presenter = Presenter::new(city);
    let bureau = city.bureau();
    let case = presenter.present(bureau, &claim(city).1).is(201);
    assert_eq!(case["turn"]["party"], "bureau");
    let case = case.id();
    city.school().send(post_recognition_decision(&case, &decision("rejected"))).problem(404, "not-found");
    decide(bureau, &case, "rejected").is(200);
    presenter.session.send(post_recognition_appeal(&case, &reason())).is(200);
    decide(bureau, &case, "recognised").problem(409, "four-eyes");
    let done = decide(&city.colleague(bureau), &case, "recognised").is(200);
    assert_eq!((done.str("state"), done.str("credits")), ("final", "4"));
    assert_eq!(check(city.school(), &presenter.student.id).available("skill"), "4");
}
