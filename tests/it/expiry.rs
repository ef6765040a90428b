//! How long credits are good: what ends, what does not, and that it makes no difference whether it has been posted.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::jobs::{Offer, publish};
use crate::support::book::{check, figure, statement, trial_balance};
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{days_ago, days_ahead, today};
use crate::support::fixture::Student;
use crate::support::fresh;
use crate::support::operations::{
    change_enrolment_status, create_award, create_expiry_policy, list_expiry_policies, post_conversion_plans,
    post_conversions,
};
use crate::support::plan::{Planned, confirm_conduct, pass};
use crate::support::process::run;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    policies_are_the_bureaus_and_stay,
    what_lies_free_ends_once,
}

fn policy(credit_type: &str, months: Option<u32>) -> Value {
    json!({"credit_type": credit_type, "months": months, "effective_from": today().to_string(),
           "basis": "《演示学分有效期规定》（演示文件 3 号）"})
}

fn policies_are_the_bureaus_and_stay(backend: Backend) {
    let city = City::own(backend);
    let bureau = city.bureau();
    let training = policy("training", Some(60));
    city.school().send(create_expiry_policy(&training)).problem(403, "insufficient-scope");
    let with = |member: &str, value: Value| {
        let mut body = training.clone();
        body[member] = value;
        body
    };
    for (member, value) in [
        ("months", json!(0)),
        ("months", json!(601)),
        ("effective_from", json!(days_ago(1).to_string())),
        ("basis", json!(" ")),
    ] {
        let pointer = format!("/{member}");
        bureau.send(create_expiry_policy(&with(member, value))).problem_at(400, "invalid-request", &pointer);
    }
    let made = bureau.send(create_expiry_policy(&training)).is(201);
    assert_eq!((&made["months"], &made["institution_id"]), (&json!(60), &json!(bureau.institution_id)));
    bureau.send(create_expiry_policy(&with("months", json!(12)))).problem(409, "already-exists");
    let lifted = with("effective_from", json!(days_ahead(30).to_string()));
    let mut lifted = lifted;
    lifted["months"] = Value::Null;
    bureau.send(create_expiry_policy(&lifted)).is(201);
    let listed = city.school().send(list_expiry_policies()).is(200);
    let months: Vec<&Value> = listed.items().iter().map(|one| &one["months"]).collect();
    assert_eq!(months, [&json!(60), &Value::Null]);
}

fn what_lies_free_ends_once(backend: Backend) {
    let mut city = City::own(backend);
    let school = city.school();
    let offer = Offer::new(&city, school);
    // One rule that draws nothing, one certificate each.
    publish(&city, school, &offer.rules("ENG1"));
    let holder = offer.holder(&city, school);
    pass(school, &holder, "CHN1", "4");
    let redrawn = drawing(&city, school);
    let held = redrawn.holder(&city, school);
    let plan = school.send(post_conversion_plans(&wanted(&held, &redrawn))).is(200);
    school.send(post_conversions(&json!({"plan_id": plan.str("plan_id"), "lines": "all"}))).is(201);
    assert_eq!(skill(&city, &held, "held"), "4");
    // Of another learner the programme is over, and of a third one it was completed.
    let left = offer.holder(&city, school);
    pass(school, &left, "CHN1", "4");
    let end = json!({"status": "withdrawn", "from": today().to_string()});
    school.send(change_enrolment_status(&left.enrolment_id, &end)).is(200);
    let planned = Planned::new(&city, school, "secondary");
    let graduate = planned.student(&city, school);
    planned.complete(school, &graduate);
    confirm_conduct(school, &graduate);
    let body =
        json!({"enrolment_id": graduate.enrolment_id, "outcome": "graduated", "diploma_number": fresh::code("KFD")});
    school.send(create_award(&body)).is(201);

    let lines = |city: &City| {
        let plan = city.school().at(&city.base).send(post_conversion_plans(&wanted(&holder, &offer))).is(200);
        plan["lines"].as_array().expect("lines").len()
    };
    assert_eq!(lines(&city), 1);
    for credit_type in ["skill", "secondary"] {
        city.bureau().send(create_expiry_policy(&policy(credit_type, Some(1)))).is(201);
    }
    // Nothing has been posted yet, and a plan knows all the same.
    assert_eq!(skill(&city, &holder, "total"), "4");
    assert_eq!(lines(&city), 0);

    city.server.stop();
    city.serve_again();
    let since = Instant::now();
    while skill(&city, &holder, "total") != "0" || secondary(&city, &left, "total") != "0" {
        assert!(since.elapsed() < Duration::from_secs(60), "nothing expires");
        std::thread::sleep(Duration::from_millis(200));
    }
    let told = |student: &Student| {
        let all = statement(&city.bureau().at(&city.base), &student.id);
        all.into_iter().filter(|one| one["kind"] == "expiry").collect::<Vec<_>>()
    };
    let own = told(&holder);
    assert_eq!((own.len(), &own[0]["cause"]), (1, &json!("expiry_policy")), "{own:?}");
    assert_eq!(own[0]["effective_on"], today().to_string(), "the day on which the policy began");
    // What counts in a programme, is held or redeemed does not end.
    assert_eq!(secondary(&city, &holder, "total"), "4");
    assert_eq!((skill(&city, &held, "held"), told(&held).len()), ("4".to_owned(), 0));
    assert_eq!((secondary(&city, &graduate, "redeemed"), told(&graduate).len()), ("10".to_owned(), 0));
    assert_eq!(told(&left).len(), 2, "the certificate, and the course of the programme that is over");
    assert_eq!(lines(&city), 0);
    let bureau = city.bureau().at(&city.base);
    let before = settled(&bureau);
    assert!(figure(&before, "skill", "expired") >= 8_000 && figure(&before, "secondary", "expired") >= 4_000);
    check(&bureau, &holder.id);

    // Again, and nothing more is posted.
    city.server.stop();
    city.serve_again();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(figure(&trial_balance(&bureau), "skill", "expired"), figure(&before, "skill", "expired"));
    let told_again = statement(&bureau, &holder.id);
    assert_eq!(told_again.iter().filter(|one| one["kind"] == "expiry").count(), 1);
    city.server.stop();
    let verified = run(&city.store.arguments(&["verify"]));
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

/// The trial balance once the others' credits have ended as well.
fn settled(bureau: &Client) -> Value {
    let mut before = trial_balance(bureau);
    loop {
        std::thread::sleep(Duration::from_secs(2));
        let now = trial_balance(bureau);
        if figure(&now, "skill", "expired") == figure(&before, "skill", "expired") {
            return now;
        }
        before = now;
    }
}

/// A programme whose rule draws on the certificate, and is decided by hand.
fn drawing(city: &City, school: &Client) -> Offer {
    let offer = Offer::new(city, school);
    let mut rules = offer.rules("ENG1");
    rules["rules"][0]["draws"] = json!("full");
    rules["rules"][0]["procedure"] =
        json!({"is": "steps", "steps": [{"name": "教务审核", "by": "receiver", "working_days": 10}]});
    publish(city, school, &rules);
    offer
}

fn wanted(student: &Student, offer: &Offer) -> Value {
    json!({"learner_id": student.id, "programme_id": offer.programme})
}

fn skill(city: &City, student: &Student, member: &str) -> String {
    amount(city, student, "skill", member)
}

fn secondary(city: &City, student: &Student, member: &str) -> String {
    amount(city, student, "secondary", member)
}

fn amount(city: &City, student: &Student, credit_type: &str, member: &str) -> String {
    let balances = check(&city.bureau().at(&city.base), &student.id);
    let rows = balances.0["balances"].as_array().cloned().unwrap_or_default();
    let row = rows.iter().find(|row| row["credit_type"] == credit_type);
    row.and_then(|row| row[member].as_str()).unwrap_or("0").to_owned()
}
