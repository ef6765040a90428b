//! What happens when days have passed: a notice ends, a deadline escalates, nothing is rejected.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Setting, actions};
use crate::support::cases::in_queue;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{days_ago, today};
use crate::support::fixture::with;
use crate::support::operations::{
    change_enrolment_status, create_conversion_completion, create_conversion_decision, get_conversion, list_conversions,
};
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    notices_end_and_deadlines_escalate,
    a_notice_that_ended_for_nobody_is_the_receivers,
    one_that_does_not_get_on_holds_up_no_other,
    what_is_not_completed_in_time_lapses,
}

/// The conversion as it waits in a client's queue.
#[track_caller]
fn queued(client: &Client, id: &str) -> Option<Value> {
    in_queue(client, list_conversions().query("turn", "mine"), id)
}

/// A conversion on notice.
#[track_caller]
fn on_notice(setting: &Setting) -> String {
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id").to_owned();
    setting.reviewer.send(create_conversion_decision(&id, &json!({"outcome": "approved"}))).is(200);
    id
}

/// Lets the step that a conversion is at have ended yesterday.
fn run_out(city: &City, id: &str) {
    let set = format!("UPDATE conversion SET due_on = '{}' WHERE id = {}", days_ago(1), city.literal(id));
    Rows::open(&city.store).must(&set);
}

fn notices_end_and_deadlines_escalate(backend: Backend) {
    let mut city = City::own(backend);
    let (noticed, late, programme) = {
        let setting = Setting::new(&city, |setting| vec![setting.stepwise()]);
        let conversion = setting.apply();
        let noticed = conversion["id"].as_str().expect("an id").to_owned();
        setting.reviewer.send(create_conversion_decision(&noticed, &json!({"outcome": "approved"}))).is(200);
        let other = Setting::new(&city, |setting| vec![setting.reviewed()]);
        let late = other.apply()["id"].as_str().expect("an id").to_owned();
        (noticed, late, setting.student.id.clone())
    };
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    rows.must(&format!("UPDATE conversion SET due_on = '{}'", days_ago(1)));
    drop(rows);
    city.serve_again();

    // The notice is over: whoever looks, or the housekeeping, finds it converted.
    let answer = city.college().send(get_conversion(&noticed)).is(200);
    assert_eq!(answer.str("status"), "converted");
    assert_eq!(actions(&answer.json), ["applied", "approved", "notice_ended", "converted"]);
    assert_eq!(answer["history"][2]["by"], json!("system"));
    assert!(!programme.is_empty());

    // The deadline is over: it is still the college's turn, and the bureau may decide as well.
    assert!(queued(city.college(), &late).is_some_and(|item| item["step"]["overdue"] == true));
    assert!(
        queued(city.bureau(), &late).is_some_and(|item| item["step"]["overdue"] == true),
        "and in the bureau's queue"
    );
    let answer = city.college().send(get_conversion(&late)).is(200);
    assert_eq!((answer.str("status"), &answer["step"]["overdue"]), ("pending", &json!(true)));
    assert_eq!(answer["step"]["turn"], json!(city.college().institution_id));
    let decided = city.bureau().send(create_conversion_decision(&late, &json!({"outcome": "approved"}))).is(200);
    assert_eq!(decided.str("status"), "converted");
    assert_eq!(decided["history"][1]["institution_id"], json!(city.bureau().institution_id));
    assert!(queued(city.bureau(), &late).is_none());
}

fn a_notice_that_ended_for_nobody_is_the_receivers(backend: Backend) {
    let city = City::own(backend);
    let setting = Setting::new(&city, |setting| vec![with(&setting.stepwise(), json!({"draws": "full"}))]);
    let id = on_notice(&setting);
    assert!(queued(setting.college, &id).is_none(), "nobody decides during a notice");
    let left = json!({"status": "withdrawn", "from": days_ago(1).to_string(), "reason": "退学"});
    setting.college.send(change_enrolment_status(&setting.student.enrolment_id, &left)).is(200);
    run_out(&city, &id);
    let seen = setting.college.send(get_conversion(&id)).is(200);
    assert_eq!(actions(&seen.json), ["applied", "approved", "notice_ended"]);
    let step = &seen["step"];
    assert_eq!((seen.str("status"), &step["by"], &step["overdue"]), ("pending", &json!("receiver"), &json!(false)));
    let due = step["due_on"].as_str().expect("a last day");
    assert!(due > &*today().to_string(), "{due}");
    assert!(queued(setting.college, &id).is_some(), "it waits for the receiver");
    assert!(queued(city.bureau(), &id).is_none());
    // Left alone it comes before the bureau, and whoever ends it gives back what is held.
    run_out(&city, &id);
    assert!(queued(city.bureau(), &id).is_some_and(|item| item["step"]["overdue"] == true));
    let rejected = json!({"outcome": "rejected", "reason": "已退学"});
    city.bureau().send(create_conversion_decision(&id, &rejected)).is(200);
    assert!(queued(setting.college, &id).is_none() && queued(city.bureau(), &id).is_none());
    let mut rows = Rows::open(&city.store);
    let learner = city.literal(&setting.student.id);
    assert_eq!(rows.count(&format!("balance WHERE purse = 'held' AND amount <> 0 AND learner_id = {learner}")), 0);
}

fn what_is_not_completed_in_time_lapses(backend: Backend) {
    let mut city = City::own(backend);
    let returned = |setting: &Setting| {
        let id = setting.apply()["id"].as_str().expect("an id").to_owned();
        let back = json!({"outcome": "returned", "reason": "请补充原件"});
        setting.reviewer.send(create_conversion_decision(&id, &back)).is(200);
        id
    };
    let unseen = {
        let setting = Setting::new(&city, |setting| vec![with(&setting.reviewed(), json!({"draws": "full"}))]);
        let before = setting.purses();
        let id = returned(&setting);
        assert_ne!(setting.purses(), before, "its credits are held");
        // On the last day it is in time; after it nothing is completed any more.
        let set = format!("UPDATE conversion SET due_on = '{}' WHERE id = {}", today(), city.literal(&id));
        Rows::open(&city.store).must(&set);
        assert_eq!(setting.college.send(get_conversion(&id)).is(200).str("status"), "returned");
        run_out(&city, &id);
        let late = create_conversion_completion(&id, &json!({"note": "已补充"}));
        assert_eq!(setting.college.send(late).problem(409, "period-over")["until"], days_ago(1).to_string());
        let seen = setting.college.send(get_conversion(&id)).is(200);
        assert_eq!(seen.str("status"), "withdrawn");
        assert_eq!(actions(&seen.json), ["applied", "returned", "lapsed"]);
        assert_eq!(seen["history"][2]["by"], json!("system"));
        assert_eq!(setting.purses(), before, "what was held is back");
        // It may be applied for again: the evidence is free.
        let again = returned(&setting);
        run_out(&city, &again);
        again
    };
    // Nobody looks at this one: the service itself lets it lapse.
    city.server.stop();
    city.serve_again();
    let (mut rows, since) = (Rows::open(&city.store), Instant::now());
    let status = format!("SELECT status AS v FROM conversion WHERE id = {}", city.literal(&unseen));
    while rows.texts(&status) != ["withdrawn"] {
        assert!(since.elapsed() < Duration::from_secs(60), "it did not lapse");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn one_that_does_not_get_on_holds_up_no_other(backend: Backend) {
    let mut city = City::own(backend);
    let (bad, good) = {
        let setting = Setting::new(&city, |setting| vec![setting.stepwise()]);
        let other = Setting::new(&city, |setting| vec![setting.stepwise()]);
        (on_notice(&setting), on_notice(&other))
    };
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    rows.unguard("conversion");
    // More than are read at once, all of them before the good one, and none of them reads.
    let (bad, good) = (city.literal(&bad), city.literal(&good));
    let (id, nothing) = match backend {
        Backend::Sqlite => ("randomblob(16)", "X'00'"),
        Backend::Postgres => ("gen_random_uuid()", "'\\x00'::bytea"),
    };
    rows.must(&format!("UPDATE conversion SET due_on = '{}', sealed = {nothing} WHERE id = {bad}", days_ago(9)));
    let columns = "application_id, plan_id, line_no, institution_id, enrolment_id, programme_id, rule_set_id, \
                   rule_set_version, rule_code, status, asked, credits, credit_type, module, exempts, sealed, term, \
                   actor_kind, actor_id, applied_on, step, step_by, turn_id, due_on, days_left, decided_on, version, \
                   created_at, updated_at";
    rows.must(&format!(
        "INSERT INTO conversion (learner_id, id, {columns}) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 \
         FROM n WHERE i < 600) SELECT learner_id, {id}, {columns} FROM conversion, n WHERE id = {bad}"
    ));
    rows.must(&format!("UPDATE conversion SET due_on = '{}' WHERE id = {good}", days_ago(1)));
    city.serve_again();
    let since = Instant::now();
    let status = format!("SELECT status AS v FROM conversion WHERE id = {good}");
    while rows.texts(&status) != ["converted"] {
        assert!(since.elapsed() < Duration::from_secs(60), "the notice of the good one did not end");
        std::thread::sleep(Duration::from_millis(100));
    }
}
