//! Every problem code has its entry in the documentation, in the registry's words, and the documentation has no other.
use std::collections::BTreeSet;

use xuefen::domain::credit::CreditAmount;
use xuefen::http::language::Language;
use xuefen::http::problem::Problem;
use xuefen::http::registry::Code;
use xuefen::services::refusal::Refusal;

use crate::source::read;

/// Lower-case letters in words joined by hyphens.
fn is_code(text: &str) -> bool {
    text.len() > 3 && text.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
}

/// The codes that `docs/problems.md` explains, with the line below each heading "## `code`": status and texts.
fn explained() -> Vec<(String, String)> {
    let text = read("docs/problems.md");
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let Some(heading) = line.strip_prefix("##") else { continue };
        let code = heading.trim_start_matches('#').trim().trim_matches('`');
        if is_code(code) {
            let says = lines.by_ref().find(|line| !line.trim().is_empty()).unwrap_or_default();
            found.push((code.to_owned(), says.to_owned()));
        }
    }
    found
}

/// The codes that `docs/problems.md` explains.
fn documented() -> BTreeSet<String> {
    explained().into_iter().map(|(code, _)| code).collect()
}

/// The codes of the registry.
fn registered() -> impl Iterator<Item = &'static str> {
    Code::ALL.iter().map(|code| code.as_str())
}

#[test]
fn codes_are_well_formed_and_unique() {
    let mut seen = BTreeSet::new();
    for code in registered() {
        assert!(is_code(code), "{code}: lower-case words joined by hyphens");
        assert!(seen.insert(code), "{code} stands twice");
    }
}

#[test]
fn registry_and_documentation_have_the_same_codes() {
    let registered: BTreeSet<String> = registered().map(str::to_owned).collect();
    let documented = documented();
    let missing: Vec<_> = registered.difference(&documented).collect();
    let gone: Vec<_> = documented.difference(&registered).collect();
    assert!(missing.is_empty(), "no heading in docs/problems.md: {missing:?}");
    assert!(gone.is_empty(), "docs/problems.md explains what the registry does not have: {gone:?}");
}

#[test]
fn the_documentation_says_what_the_registry_says() {
    let explained = explained();
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let wanted = format!("**{}** · {} · {}.", code.status().as_u16(), code.zh(), code.title());
        let entries: Vec<&String> =
            explained.iter().filter(|(known, _)| known == code.as_str()).map(|(_, says)| says).collect();
        if entries != [&wanted] {
            wrong.push(format!("{}: {wanted}\n  not {entries:?}", code.as_str()));
        }
    }
    assert!(wrong.is_empty(), "docs/problems.md says otherwise of {} codes:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_example_of_a_problem_is_what_is_answered() {
    let text = read("docs/problems.md");
    let example = text.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let example: serde_json::Value = serde_json::from_str(example).expect("JSON");
    let request = example["instance"].as_str().and_then(|text| text.strip_prefix("urn:request:")).expect("a request");
    let credits = CreditAmount::from_thousandths;
    let refusal = Refusal::CreditsNotAsCatalogued { catalogued: credits(4000), posted: credits(5000) };
    let answered = Problem::from(refusal.at("/credits")).body(Language::Chinese, Some(request));
    assert_eq!(example, answered);
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
