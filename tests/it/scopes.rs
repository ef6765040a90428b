//! Every operation refuses a token that lacks its scope: driven from the committed document, so that a new operation is
//! asked as well.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::support::city::City;
use crate::support::client::Client;
use crate::support::contract::document;
use crate::support::fresh;
use crate::support::http::Call;

crate::support::on_both! {
    every_operation_refuses_a_token_without_its_scope,
}

/// Operations that a client's token is no use for at all: learners alone may do them.
const OF_LEARNERS: [&str; 3] = ["create_objection", "list_views", "post_objection_escalation"];
/// Operations that every client may ask.
const OF_EVERY_CLIENT: [&str; 2] = ["get_calendar", "get_me"];
/// Operations that anybody may ask.
const PUBLIC: [&str; 9] = [
    "get_authorization_server",
    "get_jwks",
    "get_liveness",
    "get_openapi_document",
    "get_protected_resource",
    "get_readiness",
    "issue_token",
    "list_precedents",
    "revoke_token",
];
/// Another id that nothing has, for paths: it must not be that of a body.
const OTHER_NIL: &str = "018f3a3e-0000-7000-8000-000000000001";
/// An id that nothing has.
const NIL: &str = "018f3a3e-0000-7000-8000-000000000000";

fn every_operation_refuses_a_token_without_its_scope(city: &City) {
    let document = document();
    let flows = &document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"];
    let all: BTreeSet<&str> = flows["scopes"].as_object().expect("scopes").keys().map(String::as_str).collect();
    let all_scopes = all.iter().copied().collect::<Vec<_>>().join(" ");
    let mut callers = Callers { client: city.client_with(city.bureau(), &all_scopes), tokens: BTreeMap::new() };
    let (mut asked, mut free, mut learners, mut public) = (0, Vec::new(), Vec::new(), Vec::new());
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let security = operation["security"].as_array().unwrap_or_else(|| panic!("{id} says nothing of security"));
            if security.contains(&json!({})) {
                public.push(id);
                continue;
            }
            let scopes: BTreeSet<&str> = security
                .iter()
                .filter_map(|one| one["oauth2"].as_array())
                .flatten()
                .map(|scope| scope.as_str().expect("a scope"))
                .collect();
            if !security.iter().any(|one| one.get("oauth2").is_some()) {
                learners.push(id);
                continue;
            }
            if scopes.is_empty() {
                free.push(id);
                continue;
            }
            assert!(scopes.is_subset(&all), "{id}: {scopes:?} are no scopes of the document");
            let call = call(path, method, operation, document);
            let token = callers.without(&scopes);
            let answer = call.clone().token(token).send(&city.base).expect("an answer");
            assert_eq!(
                (answer.status, answer["code"].as_str()),
                (403, Some("insufficient-scope")),
                "{id} without {scopes:?}: {answer:?}"
            );
            assert!(scopes.contains(answer["scope"].as_str().unwrap_or_default()), "{id}: {answer:?}");
            // It is the scope alone that is missing.
            if method == "get" {
                let token = callers.without(&BTreeSet::new());
                let answer = call.token(token).send(&city.base).expect("an answer");
                assert_ne!(answer["code"], "insufficient-scope", "{id} with every scope: {answer:?}");
            }
            asked += 1;
        }
    }
    let sorted = |mut ids: Vec<&'static str>| {
        ids.sort_unstable();
        ids
    };
    assert_eq!(
        (sorted(free), sorted(learners), sorted(public)),
        (OF_EVERY_CLIENT.into(), OF_LEARNERS.into(), PUBLIC.into())
    );
    assert!(asked > 100, "{asked} operations");
}

/// Tokens with every scope that there is but some.
struct Callers {
    client: Client,
    tokens: BTreeMap<Vec<String>, String>,
}

impl Callers {
    fn without(&mut self, scopes: &BTreeSet<&str>) -> &str {
        let client = &self.client;
        let key: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        self.tokens.entry(key).or_insert_with(|| {
            let held = client.scopes();
            let left: Vec<&str> = held.split(' ').filter(|scope| !scopes.contains(scope)).collect();
            client.token_for(&left.join(" "))
        })
    }
}

/// The smallest call that an operation takes.
fn call(path: &str, method: &str, operation: &'static Value, document: &'static Value) -> Call {
    let id = operation["operationId"].as_str().expect("a name");
    let method = ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().find(|own| own.eq_ignore_ascii_case(method));
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut path = path.to_owned();
    let mut queries = Vec::new();
    for parameter in parameters {
        let name = parameter["name"].as_str().expect("a name");
        let text = match sample(&parameter["schema"], document) {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let text = match name {
            "term" => "2025-2026-1".to_owned(),
            _ => text,
        };
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &text.replace(NIL, OTHER_NIL)),
            Some("query") if parameter["required"] == true => queries.push((name, text)),
            _ => {}
        }
    }
    let mut call = Call::new(id, method.expect("a method"), path);
    for (name, text) in queries {
        call = call.query(name, &text);
    }
    for parameter in parameters.iter().filter(|parameter| parameter["in"] == "header") {
        call = match parameter["name"].as_str() {
            Some("Idempotency-Key") => call.key(&fresh::key()),
            Some("If-Match") if parameter["required"] == true => call.header("If-Match", "\"v1\""),
            _ => call,
        };
    }
    let content = &operation["requestBody"]["content"];
    match content["application/json"].get("schema") {
        Some(schema) => call.json(&body(id).unwrap_or_else(|| sample(schema, document))),
        None if content.get("image/png").is_some() => call.bytes("image/png", b"\x89PNG\r\n\x1a\n".to_vec()),
        None => call,
    }
}

/// Bodies that the schema alone does not make: of a rule it says no more than what its parts are for.
fn body(operation: &str) -> Option<Value> {
    let rules = ["create_rule_set", "update_rule_set_draft", "create_rule_set_import"];
    rules.contains(&operation).then(|| {
        json!({
            "name": "演示规则", "authority": "city", "basis": "演示文件", "effective_from": "2030-01-01",
            "rules": [{
                "code": "X-1", "title": "证书计学分", "sources": [{"kinds": ["skill_certificate"]}],
                "value": {"is": "fixed", "credits": "2"}, "target": {"place": {"in": "programme"}},
                "exclusivity": {"scope": "programme"},
            }],
        })
    })
}

/// The smallest value of a schema.
fn sample(schema: &'static Value, document: &'static Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        return sample(document.pointer(pointer).unwrap_or_else(|| panic!("no {name}")), document);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    for of in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[of].as_array() {
            let choice = choices.iter().find(|one| one["type"] != "null").expect("a choice");
            return sample(choice, document);
        }
    }
    let mut all = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        match sample(part, document) {
            Value::Object(members) => all.extend(members),
            other => return other,
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") | None => {
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                all.insert(name.to_owned(), sample(&schema["properties"][name], document));
            }
            Value::Object(all)
        }
        Some("array") => {
            let least = schema["minItems"].as_u64().unwrap_or(1);
            (0..least).map(|_| sample(&schema["items"], document)).collect()
        }
        Some("boolean") => json!(false),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some(_) => json!(text(schema)),
    }
}

fn text(schema: &Value) -> String {
    let example = schema["pattern"].as_str().map(|pattern| match pattern {
        r"^\d{4}-\d{4}-[123]$" => "2025-2026-1",
        r"^\d{1,6}(\.\d{1,3})?$" => "1",
        r"^(0(\.\d{1,3})?|1(\.0{1,3})?)$" => "0.5",
        r"^[+-]\d+(\.\d{1,3})?$" => "+1",
        r"^\d{10,11}$" => "1000000000",
        r"^\d{6}$" => "410200",
        r"^\d{4}-\d{2}$" => "2026-01",
        r"^[a-z][a-z0-9_]{0,39}$" => "conduct",
        other => panic!("no example of {other}"),
    });
    let of_format = match schema["format"].as_str() {
        Some("uuid") => NIL,
        Some("date") => "2026-01-12",
        Some("date-time") => "2026-01-12T00:00:00Z",
        _ => "x",
    };
    example.unwrap_or(of_format).to_owned()
}
