//! Deciding: whose turn it is, what can be decided, and what it does to the account.

use serde_json::{Value, json};

use super::{Setting, actions};
use crate::support::book::pages;
use crate::support::cases::{in_queue, png};
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{days_ago, days_ahead};
use crate::support::fixture::with;
use crate::support::http::Call;
use crate::support::operations::{
    change_enrolment_status, create_conversion_completion, create_conversion_decision, create_conversion_reversal,
    create_conversion_withdrawal, create_evidence_file, get_conversion, get_evidence_file, list_conversions,
};
use crate::support::session::Session;

crate::support::on_both! {
    steps_go_on_until_it_is_converted,
    only_whose_turn_it_is_decides,
    issuer_and_bureau_have_their_steps,
    a_part_can_be_approved,
    returned_for_completion_and_rejected,
    withdrawn_by_whoever_applied,
    undone_by_the_receiver,
    decisions_say_something_possible,
    an_ended_enrolment_receives_nothing,
    a_learners_conversions_come_page_by_page,
}

fn id(conversion: &Value) -> &str {
    conversion["id"].as_str().expect("an id")
}

fn approve(conversion: &Value) -> crate::support::http::Call {
    create_conversion_decision(id(conversion), &json!({"outcome": "approved"}))
}

fn steps_go_on_until_it_is_converted(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.stepwise(), json!({"draws": "full"}))]);
    let conversion = setting.apply();
    assert_eq!(conversion["status"], json!("pending"));
    let step = &conversion["step"];
    assert_eq!((&step["number"], &step["name"], &step["by"]), (&json!(1), &json!("学院审核"), &json!("receiver")));
    assert_eq!((&step["turn"], &step["overdue"]), (&json!(setting.college.institution_id), &json!(false)));
    assert_ne!(setting.purses()[1], "0", "what it draws is set aside");
    let waiting = setting.college.send(list_conversions().query("turn", "mine").query("limit", "200")).is(200);
    assert!(waiting.items().iter().any(|item| item["id"] == conversion["id"]));

    let decided = setting.reviewer.send(approve(&conversion)).is(200);
    let step = &decided["step"];
    assert_eq!((&step["number"], &step["by"], &step["turn"]), (&json!(2), &json!("nobody"), &json!(null)));
    assert_eq!(decided["status"], json!("pending"));
    assert_eq!(setting.purses()[2], "0", "not before the notice has ended");
    // Nobody decides during a notice; the step that was meant is over.
    setting.reviewer.send(approve(&conversion)).problem(409, "wrong-state");
    let first = create_conversion_decision(id(&conversion), &json!({"outcome": "approved", "step": 1}));
    setting.reviewer.send(first).problem(409, "wrong-state");
}

fn only_whose_turn_it_is_decides(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.reviewed()]);
    let conversion = setting.apply();
    setting.college.send(approve(&conversion)).problem(409, "another-person-required");
    for stranger in [city.school(), city.client("awarding_body", 0)] {
        stranger.send(approve(&conversion)).problem(404, "not-found");
        stranger.send(get_conversion(id(&conversion))).problem(404, "not-found");
    }
    // The bureau may know of it and decides only once the last day has passed.
    city.bureau().send(get_conversion(id(&conversion))).is(200);
    city.bureau().send(approve(&conversion)).problem(403, "forbidden");
    let writer = setting.reviewer.token_for("conversions:write");
    let answer = approve(&conversion).token(&writer).send(&city.base).expect("an answer");
    assert_eq!(answer.problem(403, "insufficient-scope")["scope"], "conversions:decide");
    setting.reviewer.send(approve(&conversion)).is(200);
    setting.reviewer.send(approve(&conversion)).problem(409, "wrong-state");
}

fn issuer_and_bureau_have_their_steps(city: &City) {
    let steps = json!([
        {"name": "发证机构核实", "by": "issuer", "working_days": 5},
        {"name": "主管部门备案", "by": "bureau", "working_days": 5},
        {"name": "教务处审核", "by": "receiver", "working_days": 5},
    ]);
    let procedure = json!({"procedure": {"is": "steps", "steps": steps}, "draws": "full"});
    let setting = Setting::new(city, |setting| vec![with(&setting.rule(), procedure.clone())]);
    let conversion = setting.apply();
    let (issuer, bureau) = (city.accredited("skill_certificate"), city.bureau());
    let mine = |client: &Client| in_queue(client, list_conversions().query("turn", "mine"), id(&conversion)).is_some();
    let turn = |seen: &Value| (seen["step"]["by"].clone(), seen["step"]["turn"].clone());
    assert_eq!(turn(&conversion), (json!("issuer"), json!(issuer.institution_id)));
    assert_eq!([mine(issuer), mine(bureau), mine(setting.college)], [true, false, false]);
    for early in [bureau, &setting.reviewer] {
        early.send(approve(&conversion)).problem(403, "forbidden");
    }
    let seen = issuer.send(approve(&conversion)).is(200);
    assert_eq!(turn(&seen.json), (json!("bureau"), json!(bureau.institution_id)));
    assert_eq!([mine(issuer), mine(bureau), mine(setting.college)], [false, true, false]);
    issuer.send(approve(&conversion)).problem(403, "forbidden");
    setting.reviewer.send(approve(&conversion)).problem(403, "forbidden");
    let seen = bureau.send(approve(&conversion)).is(200);
    assert_eq!(turn(&seen.json), (json!("receiver"), json!(setting.college.institution_id)));
    assert_eq!([mine(issuer), mine(bureau), mine(setting.college)], [false, false, true]);
    assert_eq!(setting.purses()[2], "0", "not before the last of them");
    let done = setting.reviewer.send(approve(&conversion)).is(200);
    assert_eq!(done.str("status"), "converted");
    assert_eq!(setting.purses(), ["0", "0", "2"]);
    let by: Vec<&Value> = done["history"].as_array().expect("a history").iter().map(|e| &e["institution_id"]).collect();
    let college = json!(setting.college.institution_id);
    assert_eq!(by[1..4], [&json!(issuer.institution_id), &json!(bureau.institution_id), &college]);
    // Whoever decided a step goes on knowing what became of it.
    assert_eq!(issuer.send(get_conversion(id(&conversion))).is(200).str("status"), "converted");
}

fn a_part_can_be_approved(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.exempting()]);
    let conversion = setting.apply();
    assert_eq!(conversion["credits"], json!("5"));
    let part = json!({"outcome": "partly_approved", "exempts": [setting.courses[1]], "reason": "一门内容不符"});
    let decided = setting.reviewer.send(create_conversion_decision(id(&conversion), &part)).is(200);
    assert_eq!((&decided["asked"], &decided["credits"]), (&json!("5"), &json!("2")));
    assert_eq!(decided["exempts"].as_array().map(Vec::len), Some(1));
    assert_eq!(decided["exempts"][0]["course_code"], json!(setting.courses[1]));
    assert_eq!(actions(&decided.json), ["applied", "partly_approved", "converted"]);
    assert_eq!(decided["history"][1]["reason"], json!("一门内容不符"));
    assert_eq!(setting.purses(), ["4", "0", "2"]);
}

fn returned_for_completion_and_rejected(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.reviewed(), json!({"draws": "full"}))]);
    let before = setting.purses();
    let conversion = setting.apply();
    let returned = json!({"outcome": "returned", "reason": "请补充证书原件扫描件"});
    let answer = setting.reviewer.send(create_conversion_decision(id(&conversion), &returned)).is(200);
    assert_eq!((answer.str("status"), &answer["step"]["turn"]), ("returned", &json!(null)));
    let due = answer["step"]["due_on"].as_str().expect("the applicant has a last day").to_owned();
    assert!(due > days_ahead(12).to_string(), "ten working days, of which five were the step's: {due}");
    setting.reviewer.send(approve(&conversion)).problem(409, "wrong-state");
    let session = Session::of(city, &setting.student);
    let file = session.send(create_evidence_file("image/png", png())).is(201).id();
    city.college().send(get_evidence_file(&file)).problem(404, "not-found");
    let note = json!({"note": "已补充", "evidence_file_ids": [file]});
    let unknown = json!({"note": "已补充", "evidence_file_ids": [setting.student.id]});
    let answer = session.send(create_conversion_completion(id(&conversion), &unknown));
    answer.problem_at(400, "invalid-request", "/evidence_file_ids/0");
    let completed = session.send(create_conversion_completion(id(&conversion), &note)).is(200);
    assert_eq!(completed["step"]["due_on"], conversion["step"]["due_on"], "the clock goes on where it was stopped");
    assert_eq!(completed["evidence_files"][0]["id"], json!(file));
    assert_eq!(setting.reviewer.send(get_evidence_file(&file)).is(200).bytes, png(), "whoever decides may look at it");
    city.school().send(get_evidence_file(&file)).problem(404, "not-found");
    session.send(create_conversion_completion(id(&conversion), &note)).problem(409, "wrong-state");
    let rejected = json!({"outcome": "rejected", "reason": "证书与专业无关"});
    let answer = setting.reviewer.send(create_conversion_decision(id(&conversion), &rejected)).is(200);
    assert_eq!(answer.str("status"), "rejected");
    assert_eq!(actions(&answer.json), ["applied", "returned", "completed", "rejected"]);
    assert_eq!(setting.purses(), before, "what was set aside is back");
    // The certificate is free again.
    assert_eq!(setting.apply()["status"], json!("pending"));
}

fn withdrawn_by_whoever_applied(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.reviewed(), json!({"draws": "full"}))]);
    let before = setting.purses();
    let conversion = setting.apply();
    let other = Session::of(city, &city.student());
    other.send(create_conversion_withdrawal(id(&conversion), &json!({}))).problem(404, "not-found");
    city.school().send(create_conversion_withdrawal(id(&conversion), &json!({}))).problem(404, "not-found");
    let session = Session::of(city, &setting.student);
    let call = create_conversion_withdrawal(id(&conversion), &json!({"reason": "想改用别的成果"}));
    let answer = session.send(call.clone()).is(200);
    assert_eq!(answer.str("status"), "withdrawn");
    assert_eq!(setting.purses(), before);
    session.send(call).is(200);
    session.send(create_conversion_withdrawal(id(&conversion), &json!({}))).problem(409, "wrong-state");
    setting.reviewer.send(approve(&conversion)).problem(409, "wrong-state");
}

fn undone_by_the_receiver(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.rule(), json!({"draws": "full"}))]);
    let before = setting.purses();
    let conversion = setting.apply();
    assert_ne!(setting.purses(), before);
    let body = json!({"reason": "认定有误"});
    let undo = || create_conversion_reversal(id(&conversion), &body);
    city.bureau().send(undo()).problem(403, "forbidden");
    city.school().send(undo()).problem(404, "not-found");
    setting
        .college
        .send(create_conversion_reversal(id(&conversion), &json!({"reason": " "})))
        .problem(400, "invalid-request");
    let answer = setting.college.send(undo()).is(200);
    assert_eq!((answer.str("status"), actions(&answer.json).last()), ("reversed", Some(&"reversed")));
    assert_eq!(setting.purses(), before, "planned, converted, undone: nothing has changed");
    setting.college.send(undo()).problem(409, "wrong-state");
    assert_eq!(setting.apply()["status"], json!("converted"), "and it can be converted again");
}

fn decisions_say_something_possible(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.exempting()]);
    let conversion = setting.apply();
    let faults = [
        (json!({"outcome": "rejected"}), "/reason"),
        (json!({"outcome": "returned", "reason": ""}), "/reason"),
        (json!({"outcome": "approved", "credits": "1"}), "/credits"),
        (json!({"outcome": "partly_approved", "reason": "x", "credits": "6"}), "/credits"),
        (json!({"outcome": "partly_approved", "reason": "x", "credits": "4"}), "/credits"),
        (json!({"outcome": "partly_approved", "reason": "x", "exempts": ["NOPE"]}), "/exempts/0"),
        (json!({"outcome": "partly_approved", "reason": "x"}), "/credits"),
    ];
    for (fault, pointer) in faults {
        let answer = setting.reviewer.send(create_conversion_decision(id(&conversion), &fault));
        answer.problem_at(400, "invalid-request", pointer);
    }
    let nothing = json!({"outcome": "partly_approved", "reason": "x", "exempts": []});
    setting.reviewer.send(create_conversion_decision(id(&conversion), &nothing)).problem(422, "nothing-to-convert");
    assert_eq!(setting.purses(), ["4", "0", "0"]);
}

fn a_learners_conversions_come_page_by_page(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.reviewed()]);
    let mut made = Vec::new();
    for _ in 0..3 {
        let conversion = setting.apply();
        setting.college.send(create_conversion_withdrawal(id(&conversion), &json!({"reason": "材料有误"}))).is(200);
        made.push(id(&conversion).to_owned());
    }
    let of_learner = list_conversions().query("learner_id", &setting.student.id);
    let first = setting.college.send(of_learner.clone().query("limit", "2")).is(200);
    assert_eq!(first.items().len(), 2, "a page is as long as it was asked to be");
    let all = pages(setting.college, of_learner.query("limit", "1"));
    let ids: Vec<&str> = all.iter().map(id).collect();
    assert_eq!(ids, made, "each once, with what was done with it");
    assert!(all.iter().all(|item| actions(item) == ["applied", "withdrawn"]));
    // A learner walks its own the same way, without naming itself.
    let session = Session::of(city, &setting.student);
    let mut page = session.send(list_conversions().query("limit", "2")).is(200);
    assert_eq!(page.items().len(), 2);
    page = session.send(Call { path: page.str("next").to_owned(), ..list_conversions() }).is(200);
    assert_eq!(page.items().iter().map(id).collect::<Vec<_>>(), made[2..]);
}

fn an_ended_enrolment_receives_nothing(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.reviewed()]);
    let conversion = setting.apply();
    let plan = setting.plan();
    let change = json!({"status": "withdrawn", "from": days_ago(1).to_string(), "reason": "退学"});
    setting.college.send(change_enrolment_status(&setting.student.enrolment_id, &change)).is(200);
    setting.reviewer.send(approve(&conversion)).problem(422, "enrolment-not-live");
    let rejected = json!({"outcome": "rejected", "reason": "已退学"});
    setting.reviewer.send(create_conversion_decision(id(&conversion), &rejected)).is(200);
    let answer = setting.college.send(super::apply_all(plan.str("plan_id")));
    assert!(matches!(answer.status, 404 | 422), "{answer:?}");
}
