//! Audits of a cohort: what they find, and what they leave alone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::book::pages;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{cohort, days_ago};
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    change_enrolment_status, create_graduation_audit, get_graduation_audit, list_graduation_audit_results,
    list_graduation_audits,
};
use crate::support::plan::{Planned, confirm_conduct, missing, pass};

crate::support::on_both! {
    a_cohort_is_told_apart,
    what_comes_after_the_watermark_does_not_count,
    only_the_school_of_the_programme_may_ask,
}

/// Asks for an audit and waits until it is done.
#[track_caller]
pub fn audit(client: &Client, programme: &str, stage: &str) -> Answer {
    let body = json!({"programme_id": programme, "cohort": cohort(), "stage": stage});
    done(client, &client.send(create_graduation_audit(&body)).is(202).id())
}

#[track_caller]
fn done(client: &Client, id: &str) -> Answer {
    let since = Instant::now();
    loop {
        let found = client.send(get_graduation_audit(id)).is(200);
        if found["state"] == "done" {
            return found;
        }
        assert!(since.elapsed() < Duration::from_secs(90), "the audit does not get on: {found:?}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

fn of<'a>(results: &'a [Value], enrolment: &str) -> &'a Value {
    results.iter().find(|one| one["enrolment_id"] == enrolment).expect("a result")
}

fn a_cohort_is_told_apart(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let (ready, unconfirmed, short, gone) = (
        planned.student(city, school),
        planned.student(city, school),
        planned.student(city, school),
        planned.student(city, school),
    );
    planned.complete(school, &ready);
    confirm_conduct(school, &ready);
    planned.complete(school, &unconfirmed);
    pass(school, &short, &planned.courses[0], "3");
    let end = json!({"status": "withdrawn", "from": days_ago(3).to_string()});
    school.send(change_enrolment_status(&gone.enrolment_id, &end)).is(200);
    let body = json!({"programme_id": planned.programme, "cohort": cohort(), "stage": "final"});
    let begun = school.send(create_graduation_audit(&body)).is(202);
    assert_eq!((&begun["state"], &begun["total"]), (&json!("queued"), &json!(3)));
    let pre = school
        .send(create_graduation_audit(&json!({"programme_id": planned.programme, "cohort": cohort(), "stage": "pre"})))
        .is(202);
    let last = done(school, &begun.id());
    assert_eq!((&last["processed"], &last["met"], &last["total"]), (&json!(3), &json!(1), &json!(3)));
    assert!(last["finished_at"].is_string());
    let results = pages(school, list_graduation_audit_results(&begun.id()).query("limit", "1"));
    assert_eq!(results.len(), 3, "page by page");
    assert_eq!(city.looks("view_graduation_audit", &ready.id), 1, "a look at each is recorded");
    assert_eq!(
        (&of(&results, &ready.enrolment_id)["met"], &of(&results, &ready.enrolment_id)["credits"]),
        (&json!(true), &json!("10"))
    );
    assert_eq!(missing(of(&results, &unconfirmed.enrolment_id)), ["condition-open conduct"]);
    assert!(missing(of(&results, &short.enrolment_id)).contains(&"total-credits".to_owned()));
    assert!(of(&results, &short.enrolment_id)["shortfalls"][0]["because"]["en"].is_string());
    let met = pages(school, list_graduation_audit_results(&begun.id()).query("met", "true"));
    assert_eq!((met.len(), &met[0]["learner_id"]), (1, &json!(ready.id)));
    let not = pages(school, list_graduation_audit_results(&begun.id()).query("met", "false").query("limit", "1"));
    assert_eq!(not.len(), 2);
    // A term ahead, conditions are not yet asked for.
    done(school, &pre.id());
    let ahead = pages(school, list_graduation_audit_results(&pre.id()).query("met", "true"));
    assert_eq!(ahead.len(), 2);
    let listed = school.send(list_graduation_audits()).is(200);
    assert!(listed.items().iter().any(|one| one["id"] == begun.id().as_str()));
}

fn what_comes_after_the_watermark_does_not_count(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    pass(school, &student, &planned.courses[0], "3");
    let body = json!({"programme_id": planned.programme, "cohort": cohort(), "stage": "final"});
    let begun = school.send(create_graduation_audit(&body)).is(202);
    pass(school, &student, &planned.courses[1], "2");
    done(school, &begun.id());
    let results = pages(school, list_graduation_audit_results(&begun.id()));
    assert_eq!((&results[0]["credits"], &results[0]["learner_seq"]), (&json!("3"), &json!(1)));
}

fn only_the_school_of_the_programme_may_ask(city: &City) {
    let school = city.school();
    let programme = Planned::new(city, school, "secondary").programme;
    let body = json!({"programme_id": programme, "cohort": cohort(), "stage": "final"});
    for stranger in [city.other_school(), city.bureau()] {
        stranger.send(create_graduation_audit(&body)).problem_at(400, "invalid-request", "/programme_id");
    }
    let bad = json!({"programme_id": programme, "cohort": 1900, "stage": "final"});
    school.send(create_graduation_audit(&bad)).problem_at(400, "invalid-request", "/cohort");
    let bad = json!({"programme_id": programme, "cohort": cohort(), "stage": "late"});
    school.send(create_graduation_audit(&bad)).problem_at(400, "invalid-request", "/stage");
    let begun = school.send(create_graduation_audit(&body)).is(202);
    city.other_school().send(get_graduation_audit(&begun.id())).problem(404, "not-found");
    city.other_school().send(list_graduation_audit_results(&begun.id())).problem(404, "not-found");
    city.bureau().send(get_graduation_audit(&begun.id())).is(200);
    school.send(list_graduation_audit_results(&begun.id()).query("cursor", &fresh::code("x"))).problem_at(
        400,
        "invalid-request",
        "/query/cursor",
    );
}
