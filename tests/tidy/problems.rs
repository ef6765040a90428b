//! Every problem code has its entry in the documentation, and the documentation has no other.
use std::collections::BTreeSet;

use crate::source::{files, read};

/// Lower-case letters in words joined by hyphens.
fn is_code(text: &str) -> bool {
    text.len() > 3 && text.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
}

/// The codes that `docs/problems.md` explains: its headings of the form "## `code`" or "### code".
fn documented() -> BTreeSet<String> {
    read("docs/problems.md")
        .lines()
        .filter_map(|line| line.strip_prefix("##"))
        .map(|heading| heading.trim_start_matches('#').trim().trim_matches('`').to_owned())
        .filter(|heading| is_code(heading))
        .collect()
}

/// The codes of the registry, whose lines read `Variant = 409 "code" "Title" / "说明";`.
fn registered() -> Vec<String> {
    let registry = files("src/http", "rs").into_iter().filter(|file| file.path.starts_with("src/http/registry"));
    let codes: Vec<String> = registry
        .flat_map(|file| {
            let code = |line: &str| {
                let (_, rest) = line.split_once(" = ")?;
                let (status, rest) = rest.split_once(" \"")?;
                let entry = status.len() == 3 && status.chars().all(|c| c.is_ascii_digit());
                entry.then(|| rest.split('"').next().unwrap_or_default().to_owned())
            };
            file.text.lines().filter_map(code).collect::<Vec<_>>()
        })
        .collect();
    assert!(codes.len() > 10, "src/http/registry*.rs: {} codes found only", codes.len());
    codes
}

#[test]
fn codes_are_well_formed_and_unique() {
    let mut seen = BTreeSet::new();
    for code in registered() {
        assert!(is_code(&code), "{code}: lower-case words joined by hyphens");
        assert!(seen.insert(code.clone()), "{code} stands twice");
    }
}

#[test]
fn registry_and_documentation_have_the_same_codes() {
    let registered: BTreeSet<String> = registered().into_iter().collect();
    let documented = documented();
    let missing: Vec<_> = registered.difference(&documented).collect();
    let gone: Vec<_> = documented.difference(&registered).collect();
    assert!(missing.is_empty(), "no heading in docs/problems.md: {missing:?}");
    assert!(gone.is_empty(), "docs/problems.md explains what the registry does not have: {gone:?}");
}

#[test]
fn codes_in_the_api_document_are_known() {
    let documented = documented();
    let document: serde_json::Value = serde_json::from_str(&read("openapi/xuefen-v1.json")).expect("JSON");
    let mut named = Vec::new();
    enumerated(&document["components"]["schemas"]["Problem"]["properties"]["code"], &mut named);
    let unknown: Vec<&String> = named.iter().filter(|code| !documented.contains(*code)).collect();
    assert!(unknown.is_empty(), "the API document names codes without documentation: {unknown:?}");
}

fn enumerated(value: &serde_json::Value, into: &mut Vec<String>) {
    for code in value["enum"].as_array().into_iter().flatten() {
        into.extend(code.as_str().map(str::to_owned));
    }
}
