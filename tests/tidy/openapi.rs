//! The API document's operations: names, summaries in both languages, and a test for each.
use std::collections::BTreeSet;

use serde_json::Value;

use crate::source::{files, is_word, read};

/// First words that an `operationId` may have.
const VERBS: &[&str] =
    &["change", "create", "get", "issue", "list", "open", "post", "reissue", "revoke", "transfer", "update"];

/// Operations that no file of `tests/it` names yet. The list may only shrink.
const NOT_YET_COVERED: &[&str] = &[];

struct Operation {
    place: String,
    id: String,
    body: Value,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&read("openapi/xuefen-v1.json")).expect("the API document is JSON");
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, body) in methods.as_object().expect("methods") {
            if ["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                let place = format!("{} {path}", method.to_uppercase());
                let id = body["operationId"].as_str().unwrap_or_default().to_owned();
                operations.push(Operation { place, id, body: body.clone() });
            }
        }
    }
    assert!(!operations.is_empty(), "the API document has no operation");
    operations
}

#[test]
fn operations_are_named_verb_resource() {
    let mut seen = BTreeSet::new();
    for Operation { place, id, .. } in operations() {
        let snake = id
            .split('_')
            .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        assert!(snake && id.contains('_'), "{place}: operationId {id:?} is not <verb>_<resource> in snake_case");
        let verb = id.split('_').next().unwrap_or_default();
        assert!(VERBS.contains(&verb), "{place}: {verb} is not among the verbs {VERBS:?}");
        assert!(seen.insert(id.clone()), "{place}: operationId {id} is used twice");
    }
}

#[test]
fn summaries_are_in_both_languages() {
    for Operation { place, body, .. } in operations() {
        let summary = body["summary"].as_str().unwrap_or_default();
        let (english, chinese) = summary.split_once(" · ").unwrap_or_default();
        let ascii = english.chars().any(|c| c.is_ascii_alphabetic()) && !english.chars().any(is_han);
        assert!(ascii && chinese.chars().any(is_han), "{place}: summary {summary:?} is not \"English · 中文\"");
    }
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[test]
fn responses_are_described() {
    for Operation { place, body, .. } in operations() {
        let responses = body["responses"].as_object().unwrap_or_else(|| panic!("{place}: no responses"));
        assert!(responses.keys().any(|status| status.starts_with('2')), "{place}: no success is documented");
        for (status, response) in responses {
            let described =
                response["$ref"].is_string() || response["description"].as_str().is_some_and(|d| !d.is_empty());
            assert!(described, "{place}: response {status} has no description");
        }
    }
}

#[test]
fn every_operation_is_tested() {
    let tests = files("tests/it", "rs");
    let named = |id: &str| tests.iter().any(|file| file.text.split(|c| !is_word(c)).any(|word| word == id));
    let operations: Vec<String> = operations().into_iter().map(|operation| operation.id).collect();
    let missing: Vec<&String> =
        operations.iter().filter(|id| !named(id) && !NOT_YET_COVERED.contains(&id.as_str())).collect();
    assert!(missing.is_empty(), "no file of tests/it names {missing:?} (a line \"Covers: …\" in its head does)");
    for id in NOT_YET_COVERED {
        assert!(operations.iter().any(|known| known == id), "{id} is no operation any more: take it off the list");
        assert!(!named(id), "{id} is covered now: take it off the list");
    }
}

#[test]
fn references_lead_somewhere() {
    fn walk<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|one| walk(one, found));
            }
            Value::Array(items) => items.iter().for_each(|one| walk(one, found)),
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(&read("openapi/xuefen-v1.json")).expect("the API document is JSON");
    let mut found = Vec::new();
    walk(&document, &mut found);
    assert!(found.len() > 100, "{} references", found.len());
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
}
