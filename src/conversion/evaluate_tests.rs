//! Plans over several sets and over what earlier conversions gave.

use serde_json::{Value, json};

use super::cases;
use super::evaluate::{Effort, evaluate, evaluate_within};
use super::input::PlanInput;
use super::rule_set::RuleSetVersion;

fn document(caps: &Value, rules: &[Value]) -> Value {
    json!({
        "name": "规则", "authority": "city", "basis": "办法", "effective_from": "2026-01-01", "caps": caps, "rules": rules,
    })
}

fn rule(code: &str, credits: &str) -> Value {
    json!({
        "code": code, "title": "证书", "sources": [{"kinds": ["skill_certificate"], "codes": [code]}],
        "value": {"is": "fixed", "credits": credits}, "target": {"place": {"in": "programme"}},
        "exclusivity": {"scope": "programme"},
    })
}

fn laid(mut rule: Value, members: Value) -> Value {
    let members = members.as_object().cloned().unwrap_or_default();
    rule.as_object_mut().expect("a rule").extend(members);
    rule
}

fn certificate(code: &str) -> Value {
    json!({"kind": "skill_certificate", "code": code, "credits": "1"})
}

fn input(document: &Value, given: &Value) -> PlanInput {
    cases::input(&serde_json::from_value(document.clone()).expect("a document"), given).expect("an input")
}

/// The same with another set beside it.
fn beside(mut input: PlanInput, document: &Value) -> PlanInput {
    let document = serde_json::from_value(document.clone()).expect("a document");
    let set = RuleSetVersion { rule_set: uuid::Uuid::from_u128(77), document, ..input.rule_sets[0].clone() };
    input.rule_sets.push(set);
    input
}

fn credits_cap(credits: usize) -> Value {
    json!([{"code": "all", "per": "programme", "most": {"is": "credits", "credits": credits.to_string()}}])
}

fn credits(input: &PlanInput) -> String {
    evaluate(input).credits.to_string()
}

#[test]
fn an_upgrade_adds_to_all_that_was_given_wherever_it_counts_now() {
    let by_level = json!({
        "exclusivity": {"scope": "programme", "highest_only": true, "upgrade_adds_difference": true},
    });
    let set = document(&json!([]), &[laid(rule("X", "10"), by_level)]);
    let past = |programme: Value, credits: &str| {
        let mut past = json!({
            "conversion": 500, "evidence": 9, "evidence_family": "F", "rule": "X", "credits": credits,
            "scope": "programme:00000000-0000-0000-0000-000000001000",
        });
        if !programme.is_null() {
            past["programme"] = programme;
        }
        past
    };
    let held = json!([laid(certificate("X"), json!({"family": "F", "level": "advanced"}))]);
    // Three stayed in the programme, two went to another with a transfer.
    let uses = json!([past(Value::Null, "3"), past(json!(8), "2")]);
    assert_eq!(credits(&input(&set, &json!({"evidence": held, "uses": uses}))), "5");
    let reversed = json!([past(json!(8), "2"), past(Value::Null, "3")]);
    assert_eq!(credits(&input(&set, &json!({"evidence": held, "uses": reversed}))), "5");
    // A conversion of two achievements stands in two uses and gave its credits once.
    let mut twice = past(Value::Null, "3");
    twice["evidence"] = json!(10);
    let both = json!([past(Value::Null, "3"), twice]);
    assert_eq!(credits(&input(&set, &json!({"evidence": held, "uses": both}))), "7");
}

#[test]
fn the_cap_of_a_set_is_shown_with_what_its_own_rules_convert() {
    let capped = document(&credits_cap(5), &[rule("A", "4")]);
    let given = json!({
        "evidence": [certificate("A"), certificate("B")], "total_credits": "40", "conversion_cap_share": "0.5",
    });
    let two = beside(input(&capped, &given), &document(&json!([]), &[rule("B", "6")]));
    let plan = evaluate(&two);
    let cap = plan.cap.expect("a cap");
    assert_eq!((plan.credits.to_string(), plan.bound.to_string()), ("10".into(), "10".into()));
    assert_eq!((cap.credits.to_string(), cap.used.to_string(), cap.share), ("5".into(), "4".into(), None));
    // The plan's own, once it leaves less.
    let mut tight = two;
    tight.programme.plan.conversion_cap_share = Some("0.25".into());
    let cap = evaluate(&tight).cap.expect("a cap");
    assert_eq!((cap.credits.to_string(), cap.used.to_string()), ("10".into(), "10".into()));
    assert_eq!(cap.share.as_deref(), Some("0.25"));
}

#[test]
fn no_plan_passes_the_bound_whatever_the_sets_cap() {
    let cut = Effort { time: Some(std::time::Duration::ZERO), nodes: None };
    let mut open = 0;
    for most in 3..16 {
        let codes = ["A", "B", "C", "D", "E", "F"];
        let rules = |from: usize| -> Vec<Value> {
            (from..from + 3).map(|at| rule(codes[at], &(3 + (at * most) % 5).to_string())).collect()
        };
        let evidence: Vec<Value> = codes.iter().map(|code| certificate(code)).collect();
        let first = document(&credits_cap(most), &rules(0));
        let one = input(&first, &json!({"evidence": evidence, "total_credits": "100"}));
        let two = beside(one, &document(&credits_cap(most + 2), &rules(3)));
        let (best, found) = (evaluate(&two), evaluate_within(&two, cut));
        assert!(best.optimal && best.bound == best.credits);
        assert!(found.credits <= best.credits && best.credits <= found.bound, "{most}: {found:?}");
        open += usize::from(!found.optimal);
    }
    assert!(open > 0, "some searches are cut");
}

/// Two sources: a certificate taught in class, and a course taught online.
fn together(caps: Value) -> PlanInput {
    let both = laid(
        rule("A", "4"),
        json!({"sources": [{"kinds": ["skill_certificate"]}, {"kinds": ["course"], "codes": ["B"]}], "caps": caps}),
    );
    let evidence = json!([
        laid(certificate("A"), json!({"delivery": "taught"})),
        {"kind": "course", "code": "B", "credits": "1", "delivery": "online"},
    ]);
    input(&document(&json!([]), &[both]), &json!({"evidence": evidence}))
}

#[test]
fn one_achievement_must_be_all_that_a_cap_is_about() {
    let cap = |per: &str, over: Value| json!([{"code": "c", "over": over, "per": per, "most": {"is": "credits", "credits": "1"}}]);
    for per in ["item", "programme"] {
        let online_certificates = json!({"kinds": ["skill_certificate"], "deliveries": ["online"]});
        assert_eq!(credits(&together(cap(per, online_certificates))), "4", "{per}");
        let online_courses = json!({"kinds": ["course"], "deliveries": ["online"]});
        assert_eq!(credits(&together(cap(per, online_courses))), "1", "{per}");
    }
}

#[test]
fn a_cap_on_achievements_counts_those_it_is_about() {
    let cap = |per: &str, count: usize| {
        let over = json!({"kinds": ["skill_certificate"]});
        json!([{"code": "c", "over": over, "per": per, "most": {"is": "achievements", "count": count}}])
    };
    for per in ["item", "programme"] {
        assert_eq!(credits(&together(cap(per, 1))), "4", "{per}: the course is not of it");
        assert_eq!(credits(&together(cap(per, 0))), "0", "{per}");
    }
}

#[test]
fn a_school_year_begins_in_august() {
    let per_year = json!([{"code": "y", "per": "year", "most": {"is": "credits", "credits": "5"}}]);
    let set = document(&per_year, &[rule("A", "4")]);
    let given = |on: &str| {
        json!({"on": "2026-09-10", "evidence": [certificate("A")], "uses": [{
            "conversion": 500, "evidence": 9, "rule": "A", "family": "A", "credits": "3", "on": on,
        }]})
    };
    assert_eq!(credits(&input(&set, &given("2026-08-15"))), "2");
    assert_eq!(credits(&input(&set, &given("2026-07-31"))), "4");
}
