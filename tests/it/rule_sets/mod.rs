//! Rule sets from the first draft to retirement.

use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::days_ahead;
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{create_rule_set, create_rule_set_publication, create_rule_set_submission};

mod comments;
mod drafts;
mod files;
mod kept;
mod review;
mod visible;

/// Cohorts that nobody of the demo belongs to: what is published here must not touch the plans of other tests.
const FAR_COHORT: i32 = 2090;

/// A document that may be published: one rule, for a certificate that the bureau has catalogued.
fn document(city: &City, authority: &str) -> Value {
    let certificate = city.catalogued("skill_certificate", Some("intermediate"), "4");
    json!({
        "name": "演示学分转换规则",
        "authority": authority,
        "basis": "《演示学分转换办法》（演示文件 1 号）",
        "effective_from": days_ahead(30).to_string(),
        "cohort_from": FAR_COHORT,
        "rules": [rule("X-1", &certificate)],
    })
}

/// A rule that gives two credits for a certificate.
fn rule(code: &str, certificate: &str) -> Value {
    json!({
        "code": code,
        "title": "中级证书计两学分",
        "clause": "第三条",
        "sources": [{"kinds": ["skill_certificate"], "codes": [certificate], "levels": ["intermediate"]}],
        "value": {"is": "fixed", "credits": "2"},
        "target": {"place": {"in": "programme"}},
        "exclusivity": {"scope": "programme"},
    })
}

/// The entity tag of an answer.
#[track_caller]
fn tag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_else(|| panic!("no ETag: {answer:?}")).to_owned()
}

/// Drafts and submits; the set's id and the tag to publish it by.
#[track_caller]
fn submitted(author: &Client, document: &Value) -> (String, String) {
    let made = author.send(create_rule_set(document)).is(201);
    let reviewed = author.send(create_rule_set_submission(&made.id(), &tag(&made))).is(200);
    assert_eq!(reviewed.str("state"), "in_review");
    (made.id(), tag(&reviewed))
}

/// Drafts, submits and publishes; the set's id and the last answer.
#[track_caller]
fn published(author: &Client, publisher: &Client, document: &Value) -> (String, Answer) {
    let (id, tag) = submitted(author, document);
    let answer = publisher.send(create_rule_set_publication(&id, &tag)).is(200);
    assert_eq!(answer.str("state"), "published");
    (id, answer)
}

/// A code that no other rule has.
fn fresh_rule(city: &City) -> Value {
    rule(&fresh::code("R"), &city.catalogued("skill_certificate", Some("intermediate"), "4"))
}
