//! Institutions: the bureau creates and changes them, everybody else reads.

use serde_json::{Value, json};

use crate::support::book::pages;
use crate::support::city::City;
use crate::support::fixture::{with, without};
use crate::support::fresh;
use crate::support::operations::{create_institution, get_institution, list_institutions, update_institution};

crate::support::on_both! {
    bureau_creates_an_institution,
    change_needs_the_current_version,
    only_the_bureau_may_write,
    wrong_fields_are_pointed_out,
    list_is_read_page_by_page,
    list_can_be_narrowed_by_kind,
    registration_code_is_used_once,
}

fn new_school() -> Value {
    json!({
        "name": "演示第九中等专业学校", "short_name": "演示九职", "kind": "secondary_school",
        "uscc": fresh::unified_code(), "school_code": "4141999999", "region": "410212",
    })
}

fn bureau_creates_an_institution(city: &City) {
    let bureau = city.bureau();
    let body = with(&new_school(), json!({"authority_id": bureau.institution_id}));
    let made = bureau.send(create_institution(&body)).is(201);
    for reader in [bureau, city.school(), city.client("training_provider", 0)] {
        let found = reader.send(get_institution(&made.id())).is(200);
        for member in ["name", "short_name", "kind", "uscc", "school_code", "region", "authority_id"] {
            assert_eq!(found[member], body[member], "{member}");
        }
        assert_eq!(found["status"], "active");
        assert_eq!(found.header("etag"), Some("\"v1\""));
    }
    bureau.send(get_institution("018f3a3e-0000-7000-8000-000000000000")).problem(404, "not-found");
}

fn change_needs_the_current_version(city: &City) {
    let bureau = city.bureau();
    let id = bureau.send(create_institution(&new_school())).is(201).id();
    let change = json!({"name": "演示第十中等专业学校", "region": "410221"});
    bureau.send(update_institution(&id, "", &change).without("if-match")).problem(428, "precondition-required");
    bureau.send(update_institution(&id, "\"v9\"", &change)).problem(412, "precondition-failed");
    let unchanged = bureau.send(get_institution(&id)).is(200);
    assert_eq!(unchanged["name"], "演示第九中等专业学校");
    let changed = bureau.send(update_institution(&id, "\"v1\"", &change)).is(200);
    assert_eq!(changed.header("etag"), Some("\"v2\""));
    bureau.send(update_institution(&id, "\"v1\"", &change)).problem(412, "precondition-failed");
    let found = bureau.send(get_institution(&id)).is(200);
    assert_eq!((&found["name"], &found["region"]), (&change["name"], &change["region"]));
    assert_eq!(found["short_name"], "演示九职", "what was not named must stay");
    let unknown = json!({"uscc": fresh::unified_code()});
    bureau.send(update_institution(&id, "\"v2\"", &unknown)).problem_at(400, "invalid-request", "/uscc");
    let suspended = bureau.send(update_institution(&id, "\"v2\"", &json!({"status": "suspended"}))).is(200);
    assert_eq!(suspended["status"], "suspended");
}

fn only_the_bureau_may_write(city: &City) {
    for client in [city.school(), city.client("awarding_body", 0), city.client("training_provider", 0)] {
        client.send(create_institution(&new_school())).problem(403, "insufficient-scope");
        let own = &client.institution_id;
        let before = client.send(get_institution(own)).is(200);
        let tag = before.header("etag").expect("an institution has a version").to_owned();
        client.send(update_institution(own, &tag, &json!({"name": "别名"}))).problem(403, "insufficient-scope");
        assert_eq!(client.send(get_institution(own)).is(200)["name"], before["name"]);
    }
}

fn wrong_fields_are_pointed_out(city: &City) {
    let bureau = city.bureau();
    let good = new_school();
    let code = good["uscc"].as_str().expect("a code");
    let last = if code.ends_with('A') { "B" } else { "A" };
    let miskeyed = format!("{}{last}", &code[..17]);
    let faults = [
        (with(&good, json!({"uscc": miskeyed})), "/uscc"),
        (with(&good, json!({"uscc": "123"})), "/uscc"),
        (with(&good, json!({"name": ""})), "/name"),
        (with(&good, json!({"name": "校".repeat(101)})), "/name"),
        (with(&good, json!({"kind": "kindergarten"})), "/kind"),
        (with(&good, json!({"region": "41"})), "/region"),
        (with(&good, json!({"school_code": "12"})), "/school_code"),
        (with(&good, json!({"colour": "red"})), "/colour"),
        (without(&good, "name"), "/name"),
    ];
    for (body, pointer) in faults {
        bureau.send(create_institution(&body)).problem_at(400, "invalid-request", pointer);
    }
    let zero = with(&good, json!({"name": "演示余数零学校", "uscc": "12410200MB1A000950"}));
    let answer = bureau.send(create_institution(&zero));
    assert!(matches!(answer.status, 201 | 409), "a code with remainder 0 is valid: {answer:?}");
}

fn list_is_read_page_by_page(city: &City) {
    let bureau = city.bureau();
    let id = bureau.send(create_institution(&new_school())).is(201).id();
    let first = bureau.send(list_institutions().query("limit", "2")).is(200);
    assert_eq!(first.items().len(), 2);
    let next = first.str("next");
    assert!(next.starts_with("/api/v1/institutions?"), "{next}");
    let link = first.header("link").expect("a page that is not the last has a Link");
    assert!(link.contains(&format!("<{next}>")) && link.contains("rel=\"next\""), "{link}");
    let all = pages(bureau, list_institutions().query("limit", "2"));
    let mut ids: Vec<&str> = all.iter().filter_map(|item| item["id"].as_str()).collect();
    assert!(ids.contains(&id.as_str()));
    assert!(city.clients().iter().all(|client| ids.contains(&client.institution_id.as_str())));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "a page repeats an institution");
    for limit in ["0", "201", "-1", "many"] {
        let answer = bureau.send(list_institutions().query("limit", limit));
        answer.problem_at(400, "invalid-request", "/query/limit");
    }
    let answer = bureau.send(list_institutions().query("cursor", "garbage"));
    answer.problem_at(400, "invalid-request", "/query/cursor");
    bureau.send(list_institutions().query("colour", "red")).problem(400, "invalid-request");
}

fn list_can_be_narrowed_by_kind(city: &City) {
    let found = pages(city.bureau(), list_institutions().query("kind", "bureau"));
    assert!(!found.is_empty());
    assert!(found.iter().all(|item| item["kind"] == "bureau"));
    let answer = city.bureau().send(list_institutions().query("kind", "kindergarten"));
    answer.problem_at(400, "invalid-request", "/query/kind");
}

fn registration_code_is_used_once(city: &City) {
    let bureau = city.bureau();
    let body = new_school();
    bureau.send(create_institution(&body)).is(201);
    let again = with(&body, json!({"name": "演示另一学校"}));
    bureau.send(create_institution(&again)).problem(409, "already-exists");
}
