//! Every boundary case of every published rule: the rule is data, evaluation gives the published result.
//!
//! `tests/golden/published-rules.json` is what was published; `tests/golden/published/` says for each case which template it
//! runs and what it supposes, or which requirement of a programme it belongs to (those run in `requirements`).

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use xuefen::conversion::cases::{Outcome, meets, run};
use xuefen::conversion::json;
use xuefen::conversion::rule::Expectation;
use xuefen::conversion::rule_set::RuleSetDocument;
use xuefen::conversion::templates;

/// Cases in the published file.
const PUBLISHED: usize = 83;

fn golden(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is a text"))
}

/// The template of a case, with the members that the case changes.
fn document(template: &str, changed: &Value) -> RuleSetDocument {
    let template = templates::find(template).unwrap_or_else(|| panic!("template {template}"));
    let mut value = serde_json::to_value(&template.document).expect("JSON");
    for (pointer, new) in changed.as_object().into_iter().flatten() {
        *value.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = new.clone();
    }
    json::from_value(value).expect("a rule set")
}

/// What our expectation must say, so that it is the published one and not one of our own.
fn agrees(published: &Value, ours: &Expectation) -> Result<(), String> {
    const REFUSALS: &[(&str, &str)] = &[
        ("per_certificate_cap", "per-certificate-cap"),
        ("course_class", "course-class"),
        ("course_already_converted", "course-already-converted"),
        ("national_bank_credit", "national-bank-credit"),
        ("total_share", "total-share"),
        ("online_share", "online-share"),
        ("similarity", "similarity-below-minimum"),
        ("team_rank", "team-rank"),
        ("certificate_expired", "expired"),
        ("score", "score-below-minimum"),
        ("class_share", "class-share"),
        ("excluded_course", "excluded-course"),
        ("age", "person-condition"),
        ("person_condition", "person-condition"),
        ("direction", "direction"),
        ("target_gt_source", "target-above-source"),
        ("already_redeemed", "already-redeemed"),
        ("max_years", "expired"),
        ("share", "share"),
        ("double_count", "double-count"),
        ("window", "outside-window"),
        ("hours", "hours-below-minimum"),
        ("practice_share", "practice-share-below-minimum"),
    ];
    let number = |value: &Value| value.as_f64().map(|number| number.to_string());
    for (member, value) in published.as_object().expect("an expectation") {
        let (wanted, found) = match member.as_str() {
            // Days are counted as the choice of R28 says.
            "converted" | "credit" | "days" => (number(value), ours.credits.map(|credits| credits.to_string())),
            "grade" => (Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)), ours.score.clone()),
            "courses" => (number(value), ours.courses.map(|count| count.to_string())),
            "rejected" => {
                let code =
                    REFUSALS.iter().find(|(published, _)| published == value).map(|(_, code)| (*code).to_owned());
                (code, ours.refused.clone())
            }
            "expired" => (Some("expired".to_owned()), ours.refused.clone()),
            // Allowed: something is given or a course exempted, and nothing refused. "Policy" asks for a choice: allowed.
            "ok" | "policy" => {
                let gives = ours.refused.is_none()
                    && (ours.courses.is_some_and(|courses| courses > 0)
                        || ours.credits.is_some_and(|credits| credits.thousandths() > 0));
                (Some("allowed".to_owned()), gives.then(|| "allowed".to_owned()))
            }
            // Of the achievements held only these count: the other one is refused.
            "counted" => (Some("lower-of-family".to_owned()), ours.refused.clone()),
            other => return Err(format!("nobody checks \"{other}\"")),
        };
        if wanted.is_none() || wanted != found {
            return Err(format!("{member}: published {wanted:?}, expected here {found:?}"));
        }
    }
    Ok(())
}

/// The same for a requirement of a programme: what is short, by how much, and nothing beside it.
fn same_shortfalls(published: &Value, ours: &[Value]) -> Result<(), String> {
    const REFUSALS: &[(&str, &str, Option<&str>)] = &[
        ("max", "requirement-most", None),
        ("category_min", "requirement-each", None),
        ("deadline", "requirement-late", None),
        ("accredited_min", "requirement-least", Some("accredited")),
        ("elective_min", "requirement-least", Some("elective_share")),
    ];
    let missing = |one: &Value, amount: &Value| {
        let found = one["missing"].as_str().and_then(|text| text.parse::<f64>().ok());
        found.is_some() && found == amount.as_f64()
    };
    for (member, value) in published.as_object().expect("an expectation") {
        let fits = match member.as_str() {
            "ok" => *value == true && ours.is_empty(),
            "short" if value.is_number() => !ours.is_empty() && ours.iter().all(|one| missing(one, value)),
            "short" => {
                let named = value.as_object().expect("what is short");
                let is = |one: &Value, name: &str| {
                    if name == "total" { one["code"] == "total-credits" } else { one["about"] == name }
                };
                named.len() == ours.len()
                    && named.iter().all(|(name, amount)| ours.iter().any(|one| is(one, name) && missing(one, amount)))
            }
            "rejected" => {
                let known = REFUSALS.iter().find(|(published, ..)| published == value);
                known.is_some_and(|(_, code, about)| {
                    ours.len() == 1 && ours[0]["code"] == *code && about.is_none_or(|about| ours[0]["about"] == about)
                })
            }
            other => return Err(format!("nobody checks \"{other}\"")),
        };
        if !fits {
            return Err(format!("{member}: published {value}, expected here {ours:?}"));
        }
    }
    Ok(())
}

#[test]
fn every_published_case_gives_the_published_result() {
    let published = golden("published-rules.json");
    let mut covered = 0;
    let mut wrong = Vec::new();
    for rule in items(&published["rules"]) {
        let id = text(&rule["id"]);
        let mapping = golden(&format!("published/{id}.json"));
        let mut names: BTreeSet<&str> = items(&rule["tests"]).iter().map(|case| text(&case["name"])).collect();
        assert_eq!(names.len(), items(&rule["tests"]).len(), "{id}: names are unique");
        for case in items(&mapping["cases"]) {
            let name = text(&case["name"]);
            let original = items(&rule["tests"]).iter().find(|test| test["name"] == case["name"]);
            assert!(original.is_some() || name.starts_with("+ "), "{id} {name}: not a published case");
            if original.is_some() {
                covered += 1;
                assert!(names.remove(name), "{id} {name}: twice");
            }
            match text(&case["engine"]) {
                "rules" => {
                    let expect: Expectation = serde_json::from_value(case["expect"].clone()).expect("an expectation");
                    if let Some(Err(fault)) = original.map(|test| agrees(&test["expect"], &expect)) {
                        wrong.push(format!("{id} {name}: {fault}"));
                    }
                    let document = document(text(&mapping["template"]), &case["changed"]);
                    let found = run(&document, &case["given"]).unwrap_or_else(|fault| panic!("{id} {name}: {fault}"));
                    if !meets(&found, &expect) || (expect.refused.is_none() && refused_anyway(&found, &expect)) {
                        wrong.push(format!("{id} {name}: expected {expect:?}, found {found:?}"));
                    }
                }
                "requirement" => {
                    let file = golden(text(&case["file"]));
                    let mut listed = ["cases", "plans"].iter().flat_map(|list| items(&file[*list]));
                    let there = listed.find(|it| it["name"] == name).filter(|_| file["rule"] == id);
                    let there = there.unwrap_or_else(|| panic!("{id} {name}: not in {}", case["file"]));
                    let published = original.unwrap_or_else(|| panic!("{id} {name}: not a published case"));
                    if let Err(fault) = same_shortfalls(&published["expect"], items(&there["expect"])) {
                        wrong.push(format!("{id} {name}: {fault}"));
                    }
                    assert!(!text(&file["choice"]).is_empty(), "{id}: the choice is written down");
                }
                other => panic!("{id} {name}: no engine {other}"),
            }
        }
        assert!(names.is_empty(), "{id}: without a mapping: {names:?}");
        if items(&mapping["cases"]).iter().any(|case| case["engine"] == "rules") {
            let template = templates::find(id).unwrap_or_else(|| panic!("{id}: a template"));
            assert_eq!(template.title, text(&rule["title"]), "{id}");
            assert_eq!(template.mark, text(&rule["mark"]), "{id}");
        }
    }
    assert!(wrong.is_empty(), "{} of {covered} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(covered, PUBLISHED);
    assert_eq!(items(&published["rules"]).len(), 32);
}

/// Credits or courses were expected and something refused them.
fn refused_anyway(found: &Outcome, expect: &Expectation) -> bool {
    let something =
        expect.credits.is_some_and(|credits| credits.thousandths() > 0) || expect.courses.is_some_and(|n| n > 0);
    something && found.credits.thousandths() == 0 && found.courses == 0
}

#[test]
fn a_longer_validity_than_the_nation_allows_is_refused() {
    use xuefen::conversion::rule_set::{Authority, RuleSetVersion};
    use xuefen::conversion::validate::{Context, validate};
    let nation = templates::find("R33").expect("a template").document.clone();
    let outer = [RuleSetVersion {
        rule_set: uuid::Uuid::nil(),
        version: 1,
        institution: uuid::Uuid::nil(),
        document: nation.clone(),
    }];
    let context = Context { outer: &outer, ..Context::default() };
    let mut own = RuleSetDocument { authority: Authority::Institution, valid_years_max: None, ..nation };
    assert_eq!(validate(&own, &context), Ok(()));
    own.rules[0].time.valid_years = Some(8);
    let faults = validate(&own, &context).expect_err("eight years");
    assert_eq!(
        (faults[0].pointer.as_str(), faults[0].what.code()),
        ("/rules/0/time/valid_years", "above-outer-authority")
    );
}
