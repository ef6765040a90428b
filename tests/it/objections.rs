//! Objections to entries and to missing ones.

use serde_json::{Value, json};

use crate::conversions::Setting;
use crate::support::book::{check, statement};
use crate::support::cases::{Presenter, in_queue};
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::fixture::{course, enrolment, with};
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    create_conversion_reversal, create_objection, get_objection, list_objections, open_enrolment, post_achievement,
    post_objection_answer, post_objection_escalation, revoke_achievement, transfer_enrolment,
};
use crate::support::session::Session;

crate::support::on_both! {
    issuer_corrects_what_is_wrong,
    missing_result_is_posted,
    bureau_orders_a_correction,
    bureau_decides_after_the_days,
    refusal_stands_unless_taken_further_in_time,
    objection_of_another_does_not_exist,
    what_is_no_objection_is_refused,
    a_conversion_is_corrected_by_undoing_it,
    a_transfer_is_corrected_by_moving_back,
}

/// A course of the learner, and the body that posted it.
#[track_caller]
fn posted(city: &City, presenter: &Presenter) -> (Answer, Value) {
    let body = course(&json!({"id": presenter.student.id}), &fresh::code("C"), "4");
    (city.school().send(post_achievement(&body)).is(201), body)
}

#[track_caller]
fn raised(presenter: &Presenter, achievement: &str) -> Answer {
    let body = json!({"kind": "entry", "achievement_id": achievement, "reason": "成绩有误\n应为 96 分"});
    presenter.session.send(create_objection(&body)).is(201)
}

fn accepted(achievement: &str) -> Value {
    json!({"outcome": "accepted", "reason": "已更正", "achievement_id": achievement})
}

#[track_caller]
fn answer(client: &Client, objection: &str, body: &Value) -> Answer {
    client.send(post_objection_answer(objection, body))
}

fn refused() -> Value {
    json!({"outcome": "refused", "reason": "成绩无误"})
}

fn issuer_corrects_what_is_wrong(city: &City) {
    let presenter = Presenter::new(city);
    let (entry, body) = posted(city, &presenter);
    let objection = raised(&presenter, &entry.id());
    assert_eq!((objection.str("state"), objection["turn"]["party"].as_str()), ("open", Some("institution")));
    assert_eq!(objection.str("institution_id"), city.school().institution_id);
    let id = objection.id();
    let queued = in_queue(city.school(), list_objections().query("state", "open"), &id).expect("in the queue");
    assert!(queued["reason"].is_null(), "{queued}");
    assert_eq!(city.school().send(get_objection(&id)).is(200).str("reason"), "成绩有误\n应为 96 分");
    assert_eq!(city.audited("view_objection", &format!("objection {id}")), 1);
    // Nothing has been corrected yet; something else, or another's, is no correction.
    answer(city.school(), &id, &accepted(&entry.id())).problem_at(422, "not-a-correction", "/achievement_id");
    let (other, _) = posted(city, &presenter);
    answer(city.school(), &id, &accepted(&other.id())).problem(422, "not-a-correction");
    let (foreign, _) = posted(city, &Presenter::new(city));
    answer(city.school(), &id, &accepted(&foreign.id())).problem(422, "not-a-correction");
    let without = json!({"outcome": "accepted", "reason": "已更正"});
    answer(city.school(), &id, &without).problem_at(400, "invalid-request", "/achievement_id");
    let both = with(&refused(), json!({"achievement_id": entry.id()}));
    answer(city.school(), &id, &both).problem_at(400, "invalid-request", "/achievement_id");
    let change =
        json!({"on_change": "correct", "reason": "学习者异议", "score": {"scale": "percentage", "value": "96"}});
    let corrected = city.school().send(post_achievement(&with(&body, change))).is(201);
    let done = answer(city.school(), &id, &accepted(&corrected.id())).is(200);
    assert_eq!((done.str("state"), done.str("outcome")), ("answered", "accepted"));
    let seen = presenter.session.send(get_objection(&id)).is(200);
    assert_eq!(seen.str("correction_id"), corrected.id());
    assert_eq!(seen["steps"][1]["text"], "已更正");
    assert_eq!(city.audited("answered_objection", &format!("objection {id}")), 1);
    answer(city.school(), &id, &refused()).problem(409, "wrong-state");
    check(city.school(), &presenter.student.id);
}

fn missing_result_is_posted(city: &City) {
    let presenter = Presenter::new(city);
    let (before, _) = posted(city, &presenter);
    let body = json!({"kind": "missing", "institution_id": city.school().institution_id, "title": "计算机网络基础",
                      "term": "2025-2026-1", "reason": "没有成绩"});
    let call = create_objection(&body);
    let id = presenter.session.send(call.clone()).is(201).id();
    let again = presenter.session.send(call).is(201);
    assert_eq!((again.id(), again.header("idempotency-replayed")), (id.clone(), Some("true")));
    presenter.session.send(create_objection(&body)).problem(409, "already-exists");
    answer(city.school(), &id, &accepted(&before.id())).problem(422, "not-a-correction");
    let (since, _) = posted(city, &presenter);
    let done = answer(city.school(), &id, &accepted(&since.id())).is(200);
    assert_eq!((done.str("state"), done.str("correction_id")), ("answered", &*since.id()));
    // Once it is answered, the same may be said again.
    presenter.session.send(create_objection(&body)).is(201);
}

fn bureau_orders_a_correction(city: &City) {
    let presenter = Presenter::new(city);
    let (entry, _) = posted(city, &presenter);
    let transaction = entry["transaction"]["id"].as_str().expect("a transaction");
    let body = json!({"kind": "entry", "transaction_id": transaction, "reason": "不是我的成绩"});
    let objection = presenter.session.send(create_objection(&body)).is(201);
    assert_eq!(objection.str("achievement_id"), entry.id());
    let id = objection.id();
    answer(city.bureau(), &id, &refused()).problem(403, "forbidden");
    answer(city.school(), &id, &refused()).is(200);
    let escalation = json!({"reason": "学校没有核对"});
    let done = presenter.session.send(post_objection_escalation(&id, &escalation)).is(200);
    assert_eq!((done.str("state"), done["turn"]["party"].as_str()), ("escalated", Some("bureau")));
    presenter.session.send(post_objection_escalation(&id, &escalation)).problem(409, "wrong-state");
    assert!(in_queue(city.bureau(), list_objections(), &id).is_some());
    answer(city.school(), &id, &refused()).problem(403, "forbidden");
    let order = json!({"outcome": "accepted", "reason": "请撤销"});
    let ordered = answer(city.bureau(), &id, &order).is(200);
    assert_eq!((ordered.str("state"), ordered["turn"]["party"].as_str()), ("ordered", Some("institution")));
    answer(city.school(), &id, &refused()).problem_at(400, "invalid-request", "/outcome");
    answer(city.school(), &id, &accepted(&entry.id())).problem(422, "not-a-correction");
    city.school().send(revoke_achievement(&entry.id(), "登记有误")).is(200);
    let done = answer(city.school(), &id, &accepted(&entry.id())).is(200);
    assert_eq!((done.str("state"), done.str("correction_id")), ("final", &*entry.id()));
    assert_eq!(check(city.school(), &presenter.student.id).earned(), "0");
    answer(city.bureau(), &id, &refused()).problem(409, "wrong-state");
}

fn bureau_decides_after_the_days(city: &City) {
    let presenter = Presenter::new(city);
    let (entry, _) = posted(city, &presenter);
    let id = raised(&presenter, &entry.id()).id();
    assert!(in_queue(city.bureau(), list_objections(), &id).is_none());
    city.let_pass("objection", &id);
    let seen = presenter.session.send(get_objection(&id)).is(200);
    assert_eq!((seen.str("state"), seen["turn"]["party"].as_str()), ("open", Some("bureau")));
    assert_eq!(seen["turn"]["overdue"], true);
    assert!(in_queue(city.bureau(), list_objections().query("overdue", "true"), &id).is_some());
    let done = answer(city.bureau(), &id, &refused()).is(200);
    assert_eq!((done.str("state"), done.str("outcome")), ("final", "refused"));
    let call = post_objection_escalation(&id, &json!({"reason": "x"}));
    presenter.session.send(call).problem(409, "wrong-state");
}

fn refusal_stands_unless_taken_further_in_time(city: &City) {
    let presenter = Presenter::new(city);
    let (entry, _) = posted(city, &presenter);
    let id = raised(&presenter, &entry.id()).id();
    answer(city.school(), &id, &refused()).is(200);
    city.let_pass("objection", &id);
    let seen = presenter.session.send(get_objection(&id)).is(200);
    assert_eq!(seen["turn"]["party"], "nobody");
    let call = post_objection_escalation(&id, &json!({"reason": "晚了"}));
    assert_eq!(presenter.session.send(call).problem(409, "period-over")["until"], "2020-01-02");
}

fn objection_of_another_does_not_exist(city: &City) {
    let (presenter, other) = (Presenter::new(city), Presenter::new(city));
    let (entry, _) = posted(city, &presenter);
    let id = raised(&presenter, &entry.id()).id();
    other.session.send(get_objection(&id)).problem(404, "not-found");
    other.session.send(post_objection_escalation(&id, &json!({"reason": "x"}))).problem(404, "not-found");
    assert!(other.session.send(list_objections()).is(200).items().is_empty());
    for client in [city.other_school(), city.college()] {
        client.send(get_objection(&id)).problem(404, "not-found");
        answer(client, &id, &refused()).problem(404, "not-found");
        assert!(in_queue(client, list_objections(), &id).is_none());
    }
    // Nor can one object to another's entry.
    let body = json!({"kind": "entry", "achievement_id": entry.id(), "reason": "x"});
    other.session.send(create_objection(&body)).problem_at(400, "invalid-request", "/achievement_id");
    let transaction = entry["transaction"]["id"].clone();
    let body = json!({"kind": "entry", "transaction_id": transaction, "reason": "x"});
    other.session.send(create_objection(&body)).problem_at(400, "invalid-request", "/transaction_id");
}

fn what_is_no_objection_is_refused(city: &City) {
    let presenter = Presenter::new(city);
    let (entry, _) = posted(city, &presenter);
    let good = json!({"kind": "entry", "achievement_id": entry.id(), "reason": "x"});
    let at = |members: Value, pointer: &str| {
        let call = create_objection(&with(&good, members));
        presenter.session.send(call).problem_at(400, "invalid-request", pointer);
    };
    at(json!({"reason": "\u{202E}"}), "/reason");
    at(json!({"reason": "长".repeat(2_001)}), "/reason");
    at(json!({"kind": "odd"}), "/kind");
    at(json!({"title": "x"}), "/title");
    at(json!({"colour": "red"}), "/colour");
    at(json!({"achievement_id": "0197a6f0-1111-7abc-8def-0123456789ab"}), "/achievement_id");
    let missing = json!({"kind": "missing", "institution_id": "0197a6f0-1111-7abc-8def-0123456789ab", "title": "x", "reason": "x"});
    presenter.session.send(create_objection(&missing)).problem_at(400, "invalid-request", "/institution_id");
    city.school().send(create_objection(&good)).problem(403, "forbidden");
    presenter.session.send_bare(create_objection(&good)).problem(403, "forbidden");
    let call = create_objection(&good).without("idempotency-key");
    presenter.session.send(call).problem(400, "idempotency-key-required");
    raised(&presenter, &entry.id());
    presenter.session.send(create_objection(&good)).problem(409, "already-exists");
}

/// The newest transaction of a learner's, which must be of this kind.
#[track_caller]
fn newest(city: &City, learner: &str, kind: &str) -> String {
    let entry = statement(city.bureau(), learner)[0].clone();
    assert_eq!(entry["kind"], kind, "{entry}");
    entry["transaction_id"].as_str().expect("an id").to_owned()
}

fn by_transaction(id: &str) -> Value {
    json!({"outcome": "accepted", "reason": "已更正", "transaction_id": id})
}

fn a_conversion_is_corrected_by_undoing_it(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.rule()]);
    let conversion = setting.apply();
    assert_eq!(conversion["status"], "converted");
    let session = Session::of(city, &setting.student);
    let entry = newest(city, &setting.student.id, "conversion");
    let body = json!({"kind": "entry", "transaction_id": entry, "reason": "课程已修过，不应转换"});
    let objection = session.send(create_objection(&body)).is(201);
    assert_eq!(objection.str("institution_id"), setting.college.institution_id, "who received it answers for it");
    assert!(objection["achievement_id"].is_null());
    let id = objection.id();
    answer(setting.college, &id, &json!({"outcome": "accepted", "reason": "x"})).problem_at(
        400,
        "invalid-request",
        "/transaction_id",
    );
    answer(setting.college, &id, &by_transaction(&entry)).problem_at(422, "not-a-correction", "/transaction_id");
    let deposit = statement(city.bureau(), &setting.student.id).last().expect("a deposit")["transaction_id"].clone();
    let deposit = deposit.as_str().expect("an id");
    answer(setting.college, &id, &by_transaction(deposit)).problem(422, "not-a-correction");
    let both = with(&by_transaction(&entry), json!({"achievement_id": setting.achievement}));
    answer(setting.college, &id, &both).problem_at(400, "invalid-request", "");
    answer(setting.college, &id, &refused()).is(200);
    session.send(post_objection_escalation(&id, &json!({"reason": "学校没有核对"}))).is(200);
    let order = json!({"outcome": "accepted", "reason": "请冲正"});
    assert_eq!(answer(city.bureau(), &id, &order).is(200).str("state"), "ordered");
    answer(setting.college, &id, &by_transaction(&entry)).problem(422, "not-a-correction");
    let undone = create_conversion_reversal(conversion["id"].as_str().expect("an id"), &json!({"reason": "异议成立"}));
    setting.college.send(undone).is(200);
    assert_eq!(setting.purses()[2], "0");
    let reversal = newest(city, &setting.student.id, "reversal");
    let done = answer(setting.college, &id, &by_transaction(&reversal)).is(200);
    assert_eq!((done.str("state"), done.str("correction_transaction_id")), ("final", &*reversal));
    assert!(done["correction_id"].is_null());
    assert_eq!(session.send(get_objection(&id)).is(200).str("correction_transaction_id"), reversal);
    // What is missing is no entry that a transaction of another kind could correct.
    let body =
        json!({"kind": "missing", "institution_id": setting.college.institution_id, "title": "x", "reason": "x"});
    let id = session.send(create_objection(&body)).is(201).id();
    answer(setting.college, &id, &by_transaction(&reversal)).problem_at(400, "invalid-request", "/transaction_id");
}

fn a_transfer_is_corrected_by_moving_back(city: &City) {
    let presenter = Presenter::new(city);
    let (school, student) = (city.school(), &presenter.student);
    posted(city, &presenter);
    let programme = city.new_programme(school, "secondary");
    let target = school.send(open_enrolment(&student.id, &enrolment(&programme, &fresh::code("T")))).is(201).id();
    let to = |enrolment: &str| json!({"to_enrolment_id": enrolment, "lots": "all", "reason": "转专业"});
    school.send(transfer_enrolment(&student.enrolment_id, &to(&target))).is(200);
    let entry = newest(city, &student.id, "transfer");
    let body = json!({"kind": "entry", "transaction_id": entry, "reason": "没有转专业"});
    let id = presenter.session.send(create_objection(&body)).is(201).id();
    school.send(transfer_enrolment(&target, &to(&student.enrolment_id))).is(200);
    let back = newest(city, &student.id, "transfer");
    let done = answer(school, &id, &by_transaction(&back)).is(200);
    assert_eq!((done.str("state"), done.str("correction_transaction_id")), ("answered", &*back));
    assert_eq!(check(school, &student.id).in_programme(&student.enrolment_id), "4");
}
