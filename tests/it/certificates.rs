//! The bureau's catalogue of certificates and other examined results.

use serde_json::{Value, json};

use crate::support::book::{Balances, pages};
use crate::support::city::City;
use crate::support::fixture::with;
use crate::support::fresh;
use crate::support::operations::{
    create_certificate, get_certificate, list_certificates, post_achievement, update_certificate,
};

crate::support::on_both! {
    bureau_catalogues_a_certificate,
    change_needs_the_current_version,
    only_the_bureau_may_write,
    wrong_entries_are_pointed_out,
    changed_amount_holds_from_then_on,
}

fn entry(code: &str) -> Value {
    json!({
        "kind": "skill_certificate", "code": code, "level": "advanced", "name": "演示智能制造",
        "credits": "6", "valid_from": "2020-01-01", "valid_to": null,
    })
}

fn bureau_catalogues_a_certificate(city: &City) {
    let code = fresh::code("X");
    let body = with(&entry(&code), json!({"body_id": city.client("awarding_body", 0).institution_id}));
    let made = city.bureau().send(create_certificate(&body)).is(201);
    let found = city.school().send(get_certificate(&made.id())).is(200);
    for member in ["kind", "code", "level", "name", "credits", "valid_from", "body_id"] {
        assert_eq!(found[member], body[member], "{member}");
    }
    let listed = pages(city.school(), list_certificates().query("code", &code));
    assert_eq!(listed.len(), 1);
    let others = pages(city.school(), list_certificates().query("kind", "competition"));
    assert!(others.iter().all(|item| item["kind"] == "competition"));
    city.bureau().send(create_certificate(&body)).problem(409, "already-exists");
    // Without a kind it is a 1+X certificate.
    let mut plain = entry(&fresh::code("X"));
    plain.as_object_mut().expect("an object").remove("kind");
    assert_eq!(city.bureau().send(create_certificate(&plain)).is(201)["kind"], "skill_certificate");
}

fn change_needs_the_current_version(city: &City) {
    let bureau = city.bureau();
    let id = bureau.send(create_certificate(&entry(&fresh::code("X")))).is(201).id();
    let change = json!({"credits": "5.5", "valid_to": "2030-12-31"});
    bureau.send(update_certificate(&id, "", &change).without("if-match")).problem(428, "precondition-required");
    bureau.send(update_certificate(&id, "\"v2\"", &change)).problem(412, "precondition-failed");
    assert_eq!(bureau.send(get_certificate(&id)).is(200)["credits"], "6");
    let changed = bureau.send(update_certificate(&id, "\"v1\"", &change)).is(200);
    assert_eq!((&changed["credits"], &changed["valid_to"]), (&change["credits"], &change["valid_to"]));
    assert_eq!(changed.header("etag"), Some("\"v2\""));
}

fn only_the_bureau_may_write(city: &City) {
    let id = city.bureau().send(create_certificate(&entry(&fresh::code("X")))).is(201).id();
    for client in [city.school(), city.client("awarding_body", 0)] {
        client.send(create_certificate(&entry(&fresh::code("X")))).problem(403, "insufficient-scope");
        let raise = json!({"credits": "100"});
        client.send(update_certificate(&id, "\"v1\"", &raise)).problem(403, "insufficient-scope");
    }
    assert_eq!(city.bureau().send(get_certificate(&id)).is(200)["credits"], "6");
}

fn wrong_entries_are_pointed_out(city: &City) {
    let good = entry(&fresh::code("X"));
    let faults = [
        (json!({"credits": "401"}), "/credits"),
        (json!({"credits": "1.2345"}), "/credits"),
        (json!({"level": "3"}), "/level"),
        (json!({"kind": "skill_level", "level": "6"}), "/level"),
        (json!({"kind": "diploma"}), "/kind"),
        (json!({"valid_to": "2019-12-31"}), "/valid_to"),
        (json!({"name": ""}), "/name"),
        (json!({"colour": "red"}), "/colour"),
    ];
    for (change, pointer) in faults {
        let answer = city.bureau().send(create_certificate(&with(&good, change)));
        answer.problem_at(400, "invalid-request", pointer);
    }
}

fn changed_amount_holds_from_then_on(city: &City) {
    let (bureau, student, later) = (city.bureau(), city.student(), city.student());
    let body = city.accredited("skill_certificate");
    let code = fresh::code("X");
    let catalogued = with(&entry(&code), json!({"level": "intermediate"}));
    let id = bureau.send(create_certificate(&catalogued)).is(201).id();
    body.send(post_achievement(&city.certificate(&student, &code, &fresh::code("N")))).is(201);
    bureau.send(update_certificate(&id, "\"v1\"", &json!({"credits": "2"}))).is(200);
    body.send(post_achievement(&city.certificate(&later, &code, &fresh::code("N")))).is(201);
    assert_eq!(Balances::of(city.school(), &student.id).available("skill"), "6", "a catalogue change rewrote the book");
    assert_eq!(Balances::of(city.school(), &later.id).available("skill"), "2");
}
