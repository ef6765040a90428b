//! What plans say to learners: in words, with units, and with nothing that only a machine reads.

use serde_json::{Value, json};

use super::cases;
use super::evaluate::evaluate;
use super::explain;
use super::explain_unused;
use super::input::PlanInput;

fn document(members: Value) -> Value {
    let mut document = json!({
        "name": "规则", "authority": "city", "basis": "办法", "effective_from": "2026-01-01",
        "rules": [rule(json!({}))],
    });
    merge(&mut document, members);
    document
}

/// Three credits for a certificate.
fn rule(members: Value) -> Value {
    let mut rule = json!({
        "code": "R", "title": "证书", "clause": "第三条", "sources": [{"kinds": ["skill_certificate"]}],
        "value": {"is": "fixed", "credits": "3"}, "target": {"place": {"in": "programme"}},
        "exclusivity": {"scope": "programme"},
    });
    merge(&mut rule, members);
    rule
}

fn merge(value: &mut Value, members: Value) {
    for (name, member) in members.as_object().expect("members") {
        value[name] = member.clone();
    }
}

fn input(document: &Value, given: &Value) -> PlanInput {
    let document = serde_json::from_value(document.clone()).expect("a document");
    cases::input(&document, given).expect("an input")
}

/// Why the only achievement that is not used is not, in Chinese.
#[track_caller]
fn said(document: &Value, given: &Value) -> String {
    let input = input(document, given);
    let plan = evaluate(&input);
    let [unused] = plan.unused.as_slice() else { panic!("{:?}", plan.unused) };
    let evidence = input.evidence.iter().find(|entry| entry.id == unused.achievement_id).expect("held");
    explain_unused::unused(unused, evidence).zh
}

fn certificates(count: usize) -> Value {
    json!(vec![json!({"kind": "skill_certificate", "name": "证书", "credits": "3"}); count])
}

#[track_caller]
fn begins(said: &str, wanted: &str) {
    assert!(said.starts_with(wanted), "{said}");
}

#[test]
fn conditions_on_the_person_are_said_in_words() {
    let of = |fact: Value| document(json!({"rules": [rule(json!({"person": {"facts": [fact]}}))]}));
    let given = json!({"evidence": certificates(1)});
    begins(&said(&of(json!({"fact": "veteran"})), &given), "个人条件不符合：需为退役军人，并经学校登记。");
    let aged = of(json!({"fact": "age_reached", "at_least": 40}));
    begins(&said(&aged, &given), "个人条件不符合：需年满 40 周岁，并经学校登记。");
}

#[test]
fn bounds_and_windows_say_which_way_they_go() {
    let registration = document(json!({"rules": [rule(json!({"time": {"window": {"is": "before_registration"}}}))]}));
    let given = json!({"evidence": certificates(1), "programme": {"registered_on": "2025-09-01"}});
    begins(&said(&registration, &given), "现在不在申请时间内，申请时间为入学注册之前。");
    let scored = |bound: Value| {
        let mut source = json!({"kinds": ["examination"]});
        merge(&mut source, bound);
        document(json!({"rules": [rule(json!({"sources": [source]}))]}))
    };
    let sat = json!({"evidence": [{
        "kind": "examination", "name": "考试", "score": {"scale": "percentage", "value": "70"},
    }]});
    begins(&said(&scored(json!({"score_max": "69"})), &sat), "考试 成绩 70，规则要求不高于 69。");
    begins(&said(&scored(json!({"score_min": "71"})), &sat), "考试 成绩 70，规则要求不低于 71；");
}

#[test]
fn plans_kept_from_before_are_read_and_say_the_plain_reason() {
    let kept = json!({
        "achievement_id": "00000000-0000-0000-0000-000000000001", "reason": "person-condition", "rule": null,
        "wanted": "age_reached ≥ 40", "found": null, "cap": null,
    });
    let unused: super::plan::Unused = serde_json::from_value(kept).expect("a reason");
    let input = input(&document(json!({})), &json!({"evidence": certificates(1)}));
    assert_eq!(explain_unused::unused(&unused, &input.evidence[0]).zh, "个人条件不符合。");
}

#[test]
fn limits_are_said_with_their_words_and_units() {
    let cap = |per: &str, most: Value| json!({"code": "c-1", "clause": "第九条", "per": per, "most": most});
    let share = |of: &str| document(json!({"caps": [cap("programme", json!({"is": "share", "share": of}))]}));
    let given = json!({"evidence": certificates(2), "total_credits": "8"});
    let text = said(&share("0.375"), &given);
    begins(&text, "超过“整个专业中不超过专业总学分的 37.5%（第九条）”的上限：最多 3 学分，加上这项为 3.5 学分。");
    let counted = document(json!({"caps": [cap("term", json!({"is": "achievements", "count": 1}))]}));
    let text = said(&counted, &given);
    begins(&text, "超过“每学期最多 1 项成果（第九条）”的上限：最多 1 项成果，加上这项为 2 项成果。");
    // The plan's own limit has no code that anybody knows.
    let own = json!({"evidence": certificates(2), "total_credits": "8", "conversion_cap_share": "0.375"});
    let text = said(&document(json!({})), &own);
    begins(&text, "超过“转换的学分合计不超过毕业总学分的 37.5%”的上限：最多 3 学分，加上这项为 3.5 学分。");
    // Cut in part, the line itself says so.
    let plan = evaluate(&input(&share("0.5"), &given));
    let cut = plan.lines.iter().map(|line| explain::line(line).zh).find(|text| text.contains("受上限限制"));
    let cut = cut.expect("one of the two is cut");
    assert!(cut.contains("受上限限制（“整个专业中不超过专业总学分的 50%（第九条）”，即最多 4 学分）"), "{cut}");
    assert!(!cut.contains("c-1"), "{cut}");
}

#[test]
fn rules_out_of_force_say_since_when_until_when_or_for_whom() {
    let given = |on: &str| json!({"on": on, "evidence": certificates(1)});
    let ended = document(json!({"effective_to": "2026-06-30"}));
    begins(&said(&ended, &given("2026-07-01")), "规则已于 2026-06-30 停止施行。");
    begins(&said(&ended, &given("2025-12-31")), "规则自 2026-01-01 起施行，现在还不适用。");
    let cohorts = document(json!({"cohort_from": 2025}));
    begins(&said(&cohorts, &given("2026-01-01")), "规则适用于 2025– 级，你是 2024 级。");
}
