//! Every problem code has its entry in the documentation, and the documentation has no other.
use std::collections::BTreeSet;

use crate::source::{files, read, split};

/// Lower-case words with hyphens in the problem registry that are no codes: names of headers, languages, media types.
const NOT_CODES: &[&str] = &["about-blank", "retry-after", "urn", "zh", "en", "zh-cn", "zh-hans"];

fn is_code(text: &str) -> bool {
    text.len() > 3
        && text
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
        && !NOT_CODES.contains(&text)
}

/// The codes that `docs/problems.md` explains: its headings of the form "## `code`" or "### code".
fn documented() -> BTreeSet<String> {
    let codes: BTreeSet<String> = read("docs/problems.md")
        .lines()
        .filter_map(|line| line.strip_prefix("##"))
        .map(|heading| heading.trim_start_matches('#').trim().trim_matches('`').to_owned())
        .filter(|heading| is_code(heading))
        .collect();
    assert!(
        codes.len() > 10,
        "docs/problems.md has headings for {} codes only",
        codes.len()
    );
    codes
}

/// String literals of the registry `src/http/problem*.rs` without its tests.
fn literals() -> BTreeSet<String> {
    let registry: Vec<_> = files("src/http", "rs")
        .into_iter()
        .filter(|f| f.path.starts_with("src/http/problem"))
        .collect();
    assert!(!registry.is_empty(), "no src/http/problem*.rs");
    registry
        .iter()
        .flat_map(|file| split(file.text.split("#[cfg(test)]").next().unwrap_or_default()).strings)
        .collect()
}

#[test]
fn every_documented_code_exists() {
    let literals = literals();
    let gone: Vec<String> = documented()
        .into_iter()
        .filter(|code| !literals.contains(code))
        .collect();
    assert!(
        gone.is_empty(),
        "docs/problems.md explains codes that src/http/problem*.rs does not know: {gone:?}"
    );
}

#[test]
fn every_code_is_documented() {
    let documented = documented();
    // A code of one word can only be told from other words by being documented; those with a hyphen always show.
    let missing: Vec<String> = literals()
        .into_iter()
        .filter(|text| text.contains('-') && is_code(text) && !documented.contains(text))
        .collect();
    assert!(missing.is_empty(), "not in docs/problems.md: {missing:?}");
}

#[test]
fn codes_in_the_api_document_are_known() {
    let documented = documented();
    let document: serde_json::Value = serde_json::from_str(&read("openapi/xuefen-v1.json")).expect("JSON");
    let mut named = Vec::new();
    enumerated(
        &document["components"]["schemas"]["Problem"]["properties"]["code"],
        &mut named,
    );
    let unknown: Vec<&String> = named.iter().filter(|code| !documented.contains(*code)).collect();
    assert!(
        unknown.is_empty(),
        "the API document names codes without documentation: {unknown:?}"
    );
}

fn enumerated(value: &serde_json::Value, into: &mut Vec<String>) {
    for code in value["enum"].as_array().into_iter().flatten() {
        into.extend(code.as_str().map(str::to_owned));
    }
}
