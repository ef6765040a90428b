//! Writing: who may, what may be kept, and never over somebody else's change.

use serde_json::json;

use super::{document, fresh_rule, published, rule, submitted, tag};
use crate::support::city::City;
use crate::support::fixture::with;
use crate::support::operations::{
    create_rule_set, create_rule_set_draft, create_rule_set_submission, get_rule_set, get_rule_set_version,
    update_rule_set_draft,
};

crate::support::on_both! {
    draft_is_what_was_written,
    rewriting_needs_the_newest_state,
    authority_decides_who_writes,
    faulty_documents_are_pointed_out,
    too_many_rules_are_refused,
    rewriting_what_is_in_review_makes_it_a_draft,
    next_version_begins_as_a_copy,
}

fn draft_is_what_was_written(city: &City) {
    let body = document(city, "city");
    let made = city.bureau().send(create_rule_set(&body)).is(201);
    let address = format!("/api/v1/rule-sets/{}/versions/1", made.id());
    assert_eq!(made.header("location"), Some(&*address));
    let found = city.bureau().send(get_rule_set(&made.id())).is(200);
    assert_eq!((found.str("state"), &found["version"]), ("draft", &json!(1)));
    for member in ["name", "basis", "effective_from", "cohort_from"] {
        assert_eq!(found["document"][member], body[member], "{member}");
    }
    let (kept, sent) = (&found["document"]["rules"][0], &body["rules"][0]);
    for member in ["code", "title", "clause", "sources", "value", "target"] {
        let rule = (&kept[member], &sent[member]);
        assert!(rule.0 == rule.1 || member == "target" && rule.0["place"] == rule.1["place"], "{member}: {rule:?}");
    }
    assert_eq!(found["created"]["by"], city.bureau().id.as_str());
    assert_eq!(found["versions"][0]["rules"], json!(1));
    assert_eq!(found.str("digest").len(), 64);
}

fn rewriting_needs_the_newest_state(city: &City) {
    let body = document(city, "institution");
    let made = city.college().send(create_rule_set(&body)).is(201);
    let (id, first) = (made.id(), tag(&made));
    let change = with(&body, json!({"name": "改过的规则"}));
    let call = update_rule_set_draft(&id, &first, &change);
    city.college().send(call.clone().without("if-match")).problem(428, "precondition-required");
    let changed = city.college().send(call.clone()).is(200);
    assert_ne!(tag(&changed), first);
    assert_ne!(changed["digest"], made["digest"]);
    city.college().send(call).problem(412, "precondition-failed");
    let found = city.college().send(get_rule_set(&id)).is(200);
    assert_eq!((found.str("name"), &found["document"]["name"]), ("改过的规则", &json!("改过的规则")));
    let moved = with(&body, json!({"authority": "city"}));
    let answer = city.college().send(update_rule_set_draft(&id, &tag(&changed), &moved));
    answer.problem_at(400, "invalid-request", "/authority");
}

fn authority_decides_who_writes(city: &City) {
    let of_city = document(city, "city");
    let of_school = document(city, "institution");
    city.school().send(create_rule_set(&of_city)).problem(403, "authority-not-yours");
    city.bureau().send(create_rule_set(&of_school)).problem(403, "authority-not-yours");
    let province = with(&of_city, json!({"authority": "province"}));
    city.bureau().send(create_rule_set(&province)).problem(403, "authority-not-yours");
    city.client("awarding_body", 0).send(create_rule_set(&of_school)).problem(403, "authority-not-yours");
    let reader = city.school().token_for("rules:read");
    let answer = create_rule_set(&of_school).token(&reader).send(&city.base).expect("an answer");
    assert_eq!(answer.problem(403, "insufficient-scope")["scope"], "rules:write");

    // Another school's set is not there to be written, and once it is public, not theirs to write.
    let made = city.school().send(create_rule_set(&of_school)).is(201);
    let call = update_rule_set_draft(&made.id(), &tag(&made), &of_school);
    city.other_school().send(call.clone()).problem(404, "not-found");
    city.bureau().send(call.clone()).problem(404, "not-found");
    city.school().send(create_rule_set_submission(&made.id(), &tag(&made))).is(200);
    city.other_school().send(call).problem(403, "forbidden");
}

fn faulty_documents_are_pointed_out(city: &City) {
    let body = document(city, "institution");
    let mut unknown_member = body.clone();
    unknown_member["rules"][0]["colour"] = json!("red");
    let mut unknown_value = body.clone();
    unknown_value["rules"][0]["value"] = json!({"is": "guess"});
    let mut float = body.clone();
    float["rules"][0]["value"]["credits"] = json!(0.1 + 0.2);
    let faults = [
        (with(&body, json!({"name": " "})), "/name"),
        (with(&body, json!({"effective_from": "2026-02-30"})), "/effective_from"),
        (with(&body, json!({"authority": "district"})), "/authority"),
        (unknown_member, "/rules/0/colour"),
        (unknown_value, "/rules/0/value/is"),
    ];
    for (faulty, pointer) in faults {
        city.school().send(create_rule_set(&faulty)).problem_at(400, "invalid-request", pointer);
    }
    city.school().send(create_rule_set(&float)).problem(400, "invalid-request");
}

fn too_many_rules_are_refused(city: &City) {
    let mut body = document(city, "institution");
    body["rules"] = (0..10_000).map(|n| rule(&format!("R-{n}"), "X-KF-001")).collect();
    let refused = city.school().send(create_rule_set(&body)).problem(422, "too-many-rules");
    assert_eq!(refused["limit"], json!(5_000));
    let large = with(&body, json!({"basis": "长".repeat(3 << 20)}));
    city.school().send(create_rule_set(&large)).problem(413, "payload-too-large");
}

fn rewriting_what_is_in_review_makes_it_a_draft(city: &City) {
    let body = document(city, "institution");
    let (id, reviewed) = submitted(city.school(), &body);
    city.other_school().send(get_rule_set(&id)).is(200);
    let mut more = body;
    more["rules"].as_array_mut().expect("rules").push(fresh_rule(city));
    let changed = city.school().send(update_rule_set_draft(&id, &reviewed, &more)).is(200);
    assert_eq!((changed.str("state"), &changed["submitted"]), ("draft", &json!(null)));
    city.other_school().send(get_rule_set(&id)).problem(404, "not-found");
}

fn next_version_begins_as_a_copy(city: &City) {
    let school = city.school();
    let second = city.second_client(school);
    let body = document(city, "institution");
    let (id, first) = published(school, &second, &body);
    city.other_school().send(create_rule_set_draft(&id, &json!({"version": 1}))).problem(403, "forbidden");
    let unknown = school.send(create_rule_set_draft(&id, &json!({"version": 9})));
    unknown.problem_at(400, "invalid-request", "/version");
    let next = school.send(create_rule_set_draft(&id, &json!({"version": 1}))).is(201);
    assert_eq!((&next["version"], next.str("state")), (&json!(2), "draft"));
    assert_eq!(next["document"], first["document"]);
    assert_ne!(tag(&next), tag(&first), "a tag never stands for two states");
    let again = school.send(create_rule_set_draft(&id, &json!({"version": 1})));
    assert_eq!(again.problem(409, "rule-set-state")["state"], "draft");

    // Others still see the published one as the newest.
    let seen = city.other_school().send(get_rule_set(&id)).is(200);
    assert_eq!((&seen["version"], seen["versions"].as_array().map(Vec::len)), (&json!(1), Some(1)));
    city.other_school().send(get_rule_set_version(&id, "2")).problem(404, "not-found");
    school.send(get_rule_set_version(&id, "2")).is(200);
    school.send(get_rule_set_version(&id, "x")).problem(404, "not-found");
}
