//! Auditors search the trail: with the scope for it alone, below their own bureau, page by page; and leave an event.

use serde_json::{Value, json};

use super::{auditor, event_of, events, marked};
use crate::support::city::City;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::operations::{
    get_learner, get_transaction, list_audit_events, list_institutions, post_achievement, post_achievement_batch,
};

crate::support::on_both! {
    filters_find_what_they_name,
    searches_are_events_themselves,
    only_auditors_of_bureaus_search,
    wrong_filters_are_pointed_out,
    posts_leave_no_event,
}

fn filters_find_what_they_name(city: &City) {
    let (auditor, school, student) = (auditor(city), city.school(), city.student());
    let (call, request) = marked(get_learner(&student.id));
    school.send(call).is(200);
    let event = event_of(&auditor, &request);
    assert_eq!(event["address"], "127.0.0.1", "a look says where from: {event}");
    let (id, at) = (&event["id"], event["at"].as_str().expect("an instant"));
    let found = |filters: &[(&str, &str)]| events(&auditor, filters).iter().any(|event| event["id"] == *id);
    let learner = ("learner_id", &*student.id);
    assert!(found(&[learner]));
    assert!(found(&[learner, ("actor_id", &school.id)]));
    assert!(!found(&[learner, ("actor_id", &city.other_school().id)]));
    assert!(found(&[learner, ("institution_id", &school.institution_id), ("action", "view_learner")]));
    assert!(!found(&[learner, ("institution_id", &city.other_school().institution_id)]));
    assert!(!found(&[learner, ("action", "view_enrolment")]));
    assert!(found(&[learner, ("outcome", "done")]) && !found(&[learner, ("outcome", "refused")]));
    assert!(found(&[learner, ("since", at)]) && !found(&[learner, ("until", at)]));
    let (call, request) = marked(get_learner(&student.id));
    city.other_school().send(call).problem(404, "not-found");
    event_of(&auditor, &request);
    let object = format!("learner {}", student.id);
    let refused = events(&auditor, &[("object", &object)]);
    assert!(refused.iter().any(|event| event["request_id"] == *request), "{refused:?}");
    // The latest first; a page at a time it is the same list.
    let all = events(&auditor, &[learner, ("until", at)]);
    let paged = events(&auditor, &[learner, ("until", at), ("limit", "1")]);
    let key = |event: &Value| {
        let at = event["at"].as_str().and_then(|at| at.parse::<chrono::DateTime<chrono::Utc>>().ok());
        (at.expect("an instant"), event["id"].as_str().map(str::to_owned))
    };
    assert_eq!(all.iter().map(key).collect::<Vec<_>>(), paged.iter().map(key).collect::<Vec<_>>());
    assert!(all.windows(2).all(|pair| key(&pair[0]) >= key(&pair[1])), "{all:?}");
}

fn searches_are_events_themselves(city: &City) {
    let auditor = auditor(city);
    let (call, request) = marked(list_audit_events().query("limit", "1"));
    auditor.send(call).is(200);
    let event = event_of(&auditor, &request);
    assert_eq!(
        (event["action"].as_str(), event["actor_id"].as_str()),
        (Some("search_audit_events"), Some(&*auditor.id))
    );
}

fn only_auditors_of_bureaus_search(city: &City) {
    for client in city.clients() {
        client.send(list_audit_events()).problem(403, "insufficient-scope");
    }
    let school = city.client_with(city.school(), "audit:read");
    school.send(list_audit_events()).problem(403, "forbidden");
    auditor(city).send(list_institutions()).problem(403, "insufficient-scope");
}

fn wrong_filters_are_pointed_out(city: &City) {
    let auditor = auditor(city);
    for (name, value) in [
        ("actor_id", "nobody"),
        ("learner_id", "410299196201010019"),
        ("institution_id", ""),
        ("request_id", "1"),
        ("outcome", "perhaps"),
        ("action", "看"),
        ("object", "learner \u{0}"),
        ("since", "yesterday"),
        ("until", "2026-02-30T00:00:00Z"),
        ("cursor", "AAAA"),
        ("limit", "0"),
    ] {
        let answer = auditor.send(list_audit_events().query(name, value));
        answer.problem_at(400, "invalid-request", &format!("/query/{name}"));
    }
    let answer = auditor.send(list_audit_events().query("colour", "red"));
    assert_eq!(answer.status, 400, "{answer:?}");
}

/// Posting is as fast as it was: the ledger itself says who posted, and the trail does not say it again.
fn posts_leave_no_event(city: &City) {
    let (auditor, student) = (auditor(city), city.student());
    let poster = city.second_client(city.school());
    let learner = json!({"id": student.id});
    for _ in 0..5 {
        let posted = poster.send(post_achievement(&course(&learner, &fresh::code("C"), "1"))).is(201);
        poster.send(get_transaction(posted["transaction"]["id"].as_str().expect("a transaction"))).is(200);
    }
    let items: Vec<Value> = (0..5).map(|_| course(&learner, &fresh::code("C"), "1")).collect();
    poster.send(post_achievement_batch(&json!({"items": items}))).is(200);
    let (call, request) = marked(get_learner(&student.id));
    poster.send(call).is(200);
    event_of(&auditor, &request);
    let seen = events(&auditor, &[("actor_id", &poster.id)]);
    let mut actions: Vec<&str> = seen.iter().filter_map(|event| event["action"].as_str()).collect();
    actions.retain(|action| *action != "issue_token");
    assert_eq!(actions, ["view_learner"], "{seen:?}");
}
