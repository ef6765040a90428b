//! Every refusal of a rule set, each beside the nearest thing that is allowed.

use serde_json::{Value as Json, json};

use super::super::known::{Known, OpenProgramme};
use super::super::rule_set::{RuleSetDocument, RuleSetVersion};
use super::{Context, validate};
use crate::domain::kind::AchievementKind;

/// A rule that is in order: a certificate exempts courses.
fn rule(code: &str) -> Json {
    json!({
        "code": code, "title": "证书免修课程",
        "sources": [{"kinds": ["skill_certificate"], "codes": [format!("X-{code}")], "levels": ["intermediate"]}],
        "value": {"is": "target_course"},
        "target": {"place": {"in": "courses", "classes": ["专业核心必修"]}},
        "exclusivity": {"scope": "programme"}
    })
}

fn document(rules: Json) -> Json {
    json!({
        "name": "试验规则集", "authority": "institution", "basis": "试行办法 第1号",
        "effective_from": "2026-01-01", "rules": rules
    })
}

/// Lays `patch` over `base`: members of objects are merged, everything else is replaced.
fn laid(mut base: Json, patch: Json) -> Json {
    match (&mut base, patch) {
        (Json::Object(base), Json::Object(patch)) => {
            for (key, value) in patch {
                let old = base.remove(&key).unwrap_or(Json::Null);
                base.insert(key, if value.is_object() { laid(old, value) } else { value });
            }
        }
        (base, patch) => *base = patch,
    }
    base
}

fn read(json: Json) -> RuleSetDocument {
    serde_json::from_value(json).expect("a rule set")
}

fn faults_of(document: &RuleSetDocument, context: &Context<'_>) -> Vec<String> {
    let faults = validate(document, context).err().unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| {
            assert!(!fault.what.message_zh().is_empty() && !fault.what.message_en().is_empty());
            format!("{} {}", fault.pointer, fault.what.code())
        })
        .collect()
}

fn faults(json: Json) -> Vec<String> {
    faults_of(&read(json), &Context::default())
}

/// Faults of the good rule with `patch` laid over it.
fn patched(patch: Json) -> Vec<String> {
    faults(document(json!([laid(rule("A"), patch)])))
}

#[track_caller]
fn refuses(patch: Json, expected: &[&str]) {
    assert_eq!(patched(patch.clone()), expected, "{patch}");
}

#[test]
fn a_plain_set_is_in_order() {
    assert_eq!(faults(document(json!([rule("A"), rule("B")]))), [""; 0]);
}

#[test]
fn heads_are_checked() {
    let head = |patch: Json| faults(laid(document(json!([rule("A")])), patch));
    assert_eq!(head(json!({"effective_to": "2025-12-31"})), ["/effective_to bounds-reversed"]);
    assert_eq!(head(json!({"effective_to": "2026-01-01"})), [""; 0]);
    assert_eq!(head(json!({"cohort_from": 2025, "cohort_to": 2024})), ["/cohort_to bounds-reversed"]);
    assert_eq!(head(json!({"cohort_from": 1999})), ["/cohort_from out-of-range"]);
    assert_eq!(head(json!({"name": ""})), ["/name empty"]);
    assert_eq!(head(json!({"basis_url": "javascript:alert(1)"})), ["/basis_url format"]);
    assert_eq!(head(json!({"valid_years_max": 7})), ["/rules/0/time/valid_years required"]);
    assert_eq!(faults(document(json!([]))), ["/rules empty"]);
}

#[test]
fn ten_thousand_rules_are_too_many() {
    let mut set = read(document(json!([rule("A")])));
    set.rules = (0..10_000).map(|_| set.rules[0].clone()).collect();
    assert_eq!(faults_of(&set, &Context::default()), ["/rules too-many"]);
}

#[test]
fn five_thousand_rules_in_a_chain_are_checked_quickly() {
    let step = |i: usize| {
        let mut rule = rule(&format!("R{i}"));
        rule["sources"] = json!([{"kinds": ["course"], "codes": [format!("C{i}")]}]);
        rule["target"]["place"] = json!({"in": "courses", "codes": [format!("C{}", i + 1)]});
        rule
    };
    let mut rules: Vec<Json> = (0..4_999).map(step).collect();
    assert_eq!(faults(document(json!(rules))), [""; 0]);
    let mut last = step(4_999);
    last["target"]["place"]["codes"] = json!(["C0"]);
    rules.push(last);
    assert_eq!(faults(document(json!(rules))), ["/rules/0 conversion-cycle"]);
}

#[test]
fn ratios_and_amounts_are_bounded() {
    let place = json!({"place": {"in": "module", "codes": ["M1"], "classes": []}});
    let value = |value: Json| patched(json!({"value": value, "target": place}));
    assert_eq!(
        value(json!({"is": "ratio", "numerator": 0, "denominator": 0})),
        ["/rules/0/value/numerator out-of-range", "/rules/0/value/denominator out-of-range"]
    );
    assert_eq!(value(json!({"is": "ratio", "numerator": 1, "denominator": 1})), [""; 0]);
    assert_eq!(
        value(json!({"is": "ratio", "numerator": u32::MAX, "denominator": 1})),
        ["/rules/0/value/numerator out-of-range"]
    );
    assert_eq!(value(json!({"is": "fixed", "credits": "0"})), ["/rules/0/value/credits out-of-range"]);
    assert_eq!(value(json!({"is": "fixed", "credits": "400.5"})), ["/rules/0/value/credits out-of-range"]);
    assert_eq!(value(json!({"is": "fixed", "credits": "0.4"})), ["/rules/0/value/credits worth-nothing"]);
    assert_eq!(value(json!({"is": "hours_per", "hours": 16})), ["/rules/0/value/is property-of-other-kind"]);
    refuses(json!({"rounding": {"mode": "down", "step": "0"}}), &["/rules/0/rounding/step out-of-range"]);
    refuses(json!({"rounding": {"mode": "down", "step": "11"}}), &["/rules/0/rounding/step out-of-range"]);
}

#[test]
fn selectors_that_can_match_nothing_are_refused() {
    let source = |patch: Json| {
        let mut rule = rule("A");
        rule["sources"][0] = laid(rule["sources"][0].clone(), patch);
        faults(document(json!([rule])))
    };
    let at = |place: &str| format!("/rules/0/sources/0{place}");
    assert_eq!(source(json!({"levels": ["3"]})), [at("/levels/0 word-of-other-kind")]);
    assert_eq!(source(json!({"levels": ["expert"]})), [at("/levels/0 unknown")]);
    assert_eq!(source(json!({"prizes": ["first"]})), [at("/prizes property-of-other-kind")]);
    assert_eq!(source(json!({"kinds": []})), [at("/kinds required")]);
    assert_eq!(source(json!({"fact": {"fact": "veteran"}})), [at(" exactly-one")]);
    assert_eq!(source(json!({"tags_any": ["a"], "tags_none": ["a"]})), [at("/tags_any selects-nothing")]);
    assert_eq!(source(json!({"tags_any": ["a", "b"], "tags_none": ["a"]})), [""; 0]);
    assert_eq!(source(json!({"score_min": "90", "score_max": "60"})), [at("/score_max bounds-reversed")]);
    assert_eq!(source(json!({"score_min": "90", "score_max": "90"})), [""; 0]);
    assert_eq!(source(json!({"score_min": "90", "score_max": "good"})), [at("/score_max mismatch")]);
    assert_eq!(source(json!({"score_min": "high"})), [at("/score_min not-a-number")]);
    assert_eq!(source(json!({"codes": ["X", "X"]})), [at("/codes/1 duplicate")]);
    assert_eq!(source(json!({"codes": ["证书"]})), [at("/codes/0 format")]);
    assert_eq!(source(json!({"codes": ["*"]})), [at("/codes/0 format")]);
    // Certificates have levels and courses have hours: only a kind with both would fit.
    let two =
        |levels: Json| source(json!({"kinds": ["skill_certificate", "course"], "levels": levels, "hours_min": 40}));
    assert_eq!(two(json!([])), [""; 0]);
    assert_eq!(two(json!(["advanced"])), [at("/hours_min property-of-other-kind")]);
    refuses(json!({"sources": []}), &["/rules/0/sources empty"]);
    let many: Vec<Json> = (0..6).map(|_| json!({"kinds": ["course"]})).collect();
    refuses(json!({"sources": many}), &["/rules/0/sources too-many"]);
}

#[test]
fn facts_alone_bring_no_credits_of_their_own() {
    let fact = json!([{"fact": {"fact": "veteran"}}]);
    refuses(json!({"sources": fact}), &[]);
    refuses(json!({"sources": fact, "draws": "full"}), &["/rules/0/draws needs-achievement"]);
    refuses(json!({"sources": fact, "score": {"is": "keep"}}), &["/rules/0/score needs-achievement"]);
    refuses(
        json!({"sources": fact, "value": {"is": "ratio", "numerator": 1, "denominator": 2}}),
        &["/rules/0/value needs-achievement"],
    );
}

fn table(rows: Json) -> Json {
    json!({
        "code": "T", "title": "竞赛学分", "sources": [{"kinds": ["competition"]}],
        "value": {"is": "table", "rows": rows},
        "target": {"place": {"in": "programme"}}, "exclusivity": {"scope": "life"}
    })
}

#[test]
fn rows_are_reached_and_bounded() {
    let rows = |rows: Json| faults(document(json!([table(rows)])));
    let row = |when: Json, credits: &str| json!({"when": when, "credits": credits});
    let at = |place: &str| format!("/rules/0/value/rows{place}");
    let good = json!([row(json!({"prizes": ["first"]}), "2"), row(json!({}), "1")]);
    assert_eq!(rows(good), [""; 0]);
    let shadowed = json!([row(json!({"prizes": ["first", "second"]}), "2"), row(json!({"prizes": ["first"]}), "1")]);
    assert_eq!(rows(shadowed), [at("/1 never-reached")]);
    assert_eq!(rows(json!([])), [at(" empty"), at(" worth-nothing")]);
    assert_eq!(rows(json!([row(json!({"kinds": ["course"]}), "1")])), [at("/0/when/kinds/0 selects-nothing")]);
    assert_eq!(rows(json!([row(json!({"classes": ["a"]}), "1")])), [at("/0/when/classes property-of-other-kind")]);
    let many: Vec<Json> = (0..501).map(|i| row(json!({"tags_any": [format!("t{i}")]}), "1")).collect();
    assert_eq!(rows(json!(many)), [at(" too-many")]);
    let scored = json!([{"when": {}, "credits": "1", "score": "60"}]);
    assert_eq!(rows(scored), [at("/0/score not-allowed-here")]);
}

#[test]
fn bands_do_not_overlap_and_are_reached() {
    let bands = |bands: Json, min: Json| {
        let mut rule = laid(rule("A"), json!({"score": {"is": "bands", "bands": bands}}));
        rule["sources"] = json!([{"kinds": ["examination"], "codes": ["CET4"], "score_min": min}]);
        faults(document(json!([rule])))
    };
    let band = |from: &str, to: &str| json!({"from": from, "to": to, "record": "80"});
    let at = |place: &str| format!("/rules/0/score/bands{place}");
    assert_eq!(bands(json!([band("425", "425"), band("426", "475")]), json!("425")), [""; 0]);
    assert_eq!(bands(json!([band("425", "450"), band("450", "475")]), json!("425")), [at("/1 bands-overlap")]);
    assert_eq!(bands(json!([band("475", "425")]), Json::Null), [at("/0/to bounds-reversed")]);
    assert_eq!(bands(json!([band("300", "424.9")]), json!("425")), [at("/0 never-reached")]);
    assert_eq!(bands(json!([]), Json::Null), [at(" empty")]);
    assert_eq!(bands(json!([band("pass", "475")]), Json::Null), [at("/0/to mismatch")]);
}

#[test]
fn targets_leave_something() {
    refuses(json!({"target": {"never": ["专业核心必修"]}}), &["/rules/0/target/place/classes/0 target-never-exempted"]);
    refuses(
        json!({"target": {"majors": ["51"], "majors_excluded": ["5"]}}),
        &["/rules/0/target/majors/0 empty-target"],
    );
    refuses(json!({"target": {"majors": ["51"], "levels": ["secondary"]}}), &["/rules/0/target/majors/0 empty-target"]);
    refuses(json!({"target": {"majors": ["51"], "levels": ["higher"]}}), &[]);
    refuses(json!({"target": {"majors": ["5102011"]}}), &["/rules/0/target/majors/0 format"]);
    refuses(
        json!({"target": {"place": {"same_course": true}}}),
        &["/rules/0/target/place/same_course property-of-other-kind"],
    );
    refuses(
        json!({"value": {"is": "block", "credits": "60"}}),
        &["/rules/0/target/place mismatch", "/rules/0/value/is property-of-other-kind"],
    );
}

#[test]
fn named_courses_add_up() {
    let named = |value: Json| patched(json!({"value": laid(json!({"is": "named_courses"}), value)}));
    let a = json!({"name": "甲", "credits": "3"});
    assert_eq!(named(json!({"courses": [a, {"name": "乙"}], "total": "8"})), [""; 0]);
    assert_eq!(named(json!({"courses": [a], "total": "8"})), ["/rules/0/value/total total-mismatch"]);
    assert_eq!(named(json!({"courses": [a, a]})), ["/rules/0/value/courses/1 duplicate"]);
    assert_eq!(named(json!({"courses": [{}]})), ["/rules/0/value/courses/0 required"]);
    assert_eq!(named(json!({"courses": []})), ["/rules/0/value/courses empty"]);
}

#[test]
fn times_and_steps_are_in_order() {
    let window = |window: Json| patched(json!({"time": {"window": window}}));
    let at = |place: &str| format!("/rules/0/time/window{place}");
    assert_eq!(window(json!({"is": "dates", "from": "2026-03-02", "to": "2026-03-01"})), [at("/to bounds-reversed")]);
    assert_eq!(window(json!({"is": "yearly", "from": "02-29", "to": "04-30"})), [""; 0]);
    assert_eq!(window(json!({"is": "yearly", "from": "02-30", "to": "4-30"})), [at("/from format"), at("/to format")]);
    assert_eq!(
        window(json!({"is": "term_weeks", "first": 0, "last": 99})),
        [at("/first out-of-range"), at("/last out-of-range")]
    );
    refuses(json!({"time": {"valid_years": 0}}), &["/rules/0/time/valid_years out-of-range"]);
    let step = |by: &str, days: u32| json!({"name": "审核", "by": by, "working_days": days});
    let steps = |steps: Json| patched(json!({"procedure": {"is": "steps", "steps": steps}}));
    let at = |place: &str| format!("/rules/0/procedure/steps{place}");
    assert_eq!(steps(json!([step("receiver", 5)])), [""; 0]);
    assert_eq!(steps(json!([])), [at(" empty")]);
    assert_eq!(steps(json!([step("nobody", 5)])), [at(" nobody-decides")]);
    assert_eq!(steps(json!([step("receiver", 0)])), [at("/0/working_days out-of-range")]);
    assert_eq!(steps(json!([step("receiver", 5), step("bureau", 5)])), [at("/1/name duplicate")]);
}

#[test]
fn rules_do_not_contradict_one_another() {
    let mut other = rule("A");
    other["title"] = json!("另一条");
    other["value"] = json!({"is": "fixed", "credits": "2"});
    assert_eq!(faults(document(json!([rule("A"), other]))), ["/rules/1/code rule-code-taken"]);
    assert_eq!(faults(document(json!([rule("A"), rule("A")]))), ["/rules/1/code rule-code-taken"]);
    let mut same = rule("A");
    same["code"] = json!("B");
    assert_eq!(faults(document(json!([rule("A"), same]))), ["/rules/1 same-rule-twice"]);
    let family = |code: &str, scope: &str, credits: &str| {
        let mut rule = rule("A");
        rule["code"] = json!(code);
        rule["value"] = json!({"is": "fixed", "credits": credits});
        rule["exclusivity"] = json!({"scope": scope, "family": "x"});
        rule
    };
    let agreeing = document(json!([family("A", "life", "2"), family("B", "life", "3")]));
    assert_eq!(faults(agreeing), [""; 0]);
    let contradicting = document(json!([family("A", "life", "2"), family("B", "level", "3")]));
    assert_eq!(faults(contradicting), ["/rules/1/exclusivity exclusivity-conflict"]);
}

/// A rule by which one course exempts another.
fn exempts(code: &str, from: &str, to: Json) -> Json {
    let mut rule = rule(code);
    rule["sources"] = json!([{"kinds": ["course"], "codes": [from]}]);
    rule["target"]["place"] = json!({"in": "courses", "codes": to});
    rule
}

#[test]
fn circles_are_refused() {
    let circle = |rules: Json| faults(document(rules));
    assert_eq!(circle(json!([exempts("1", "A", json!(["B"])), exempts("2", "B", json!(["C"]))])), [""; 0]);
    let three =
        json!([exempts("1", "A", json!(["B"])), exempts("2", "B", json!(["C"])), exempts("3", "C", json!(["A"]))]);
    let refused = validate(&read(document(three)), &Context::default()).expect_err("a circle");
    assert_eq!(refused[0].what.message_zh(), "课程互相替代形成循环：1 → 2 → 3 → 1");
    // By prefix on either side.
    assert_eq!(
        circle(json!([exempts("1", "A1", json!(["B*"])), exempts("2", "B7", json!(["A1"]))])),
        ["/rules/0 conversion-cycle"]
    );
    assert_eq!(
        circle(json!([exempts("1", "A*", json!(["B1"])), exempts("2", "B1", json!(["A7"]))])),
        ["/rules/0 conversion-cycle"]
    );
    // The same course elsewhere is no circle.
    assert_eq!(circle(json!([exempts("1", "A", json!(["A"]))])), [""; 0]);
    // By name, in other letters, and through named courses.
    let mut first = exempts("1", "A", json!([]));
    first["sources"][0] = json!({"kinds": ["course"], "names": ["大学英语 B"]});
    first["value"] = json!({"is": "named_courses", "courses": [{"name": "高职英语"}]});
    let mut second = first.clone();
    second["code"] = json!("2");
    second["sources"][0]["names"] = json!(["高职英语"]);
    second["value"]["courses"] = json!([{"name": "大学英语b"}]);
    assert_eq!(circle(json!([first, second])), ["/rules/0 conversion-cycle"]);
    // Other institutions on the way: nothing comes round.
    let ids = ["0197a6f0-1111-7abc-8def-0123456789a1", "0197a6f0-1111-7abc-8def-0123456789a2"];
    let mut there = exempts("1", "A", json!(["B"]));
    there["target"]["institutions"] = json!([ids[0]]);
    let mut back = exempts("2", "B", json!(["A"]));
    back["sources"][0]["issuers"] = json!([ids[1]]);
    assert_eq!(circle(json!([there, back])), [""; 0]);
    back["sources"][0]["issuers"] = json!([ids[0]]);
    assert_eq!(circle(json!([there, back])), ["/rules/0 conversion-cycle"]);
}

fn cap(code: &str, per: &str, most: Json) -> Json {
    json!({"code": code, "per": per, "most": most})
}

#[test]
fn caps_can_bind_and_need_not_always() {
    let set = |caps: Json| faults(laid(document(json!([rule("A")])), json!({"caps": caps})));
    let share = |share: &str| json!({"is": "share", "share": share});
    assert_eq!(set(json!([cap("c", "programme", share("0.5"))])), [""; 0]);
    assert_eq!(set(json!([cap("c", "programme", share("1"))])), ["/caps/0/most cap-never-binds"]);
    assert_eq!(set(json!([cap("c", "programme", share("0"))])), ["/caps/0/most cap-always-binds"]);
    let class = json!({"is": "share", "share": "1", "base": {"classes": ["公共课"]}});
    assert_eq!(set(json!([cap("c", "programme", class)])), [""; 0]);
    let twice = json!([cap("c", "programme", share("0.5")), cap("d", "programme", share("0.4"))]);
    assert_eq!(set(twice), ["/caps/0/most cap-weaker-than-another"]);
    let equal = json!([cap("c", "programme", share("0.5")), cap("d", "programme", share("0.5"))]);
    assert_eq!(set(equal), ["/caps/1/most cap-weaker-than-another"]);
    let codes = json!([cap("c", "programme", share("0.5")), cap("c", "term", share("0.5"))]);
    assert_eq!(set(codes), ["/caps/1/code duplicate"]);
    assert_eq!(set(json!([cap("c", "term", json!({"is": "source"}))])), ["/caps/0/most mismatch"]);
}

#[test]
fn caps_of_a_rule_fit_its_value() {
    let fixed = |credits: &str| {
        let cap = cap("c", "item", json!({"is": "credits", "credits": credits}));
        patched(json!({"value": {"is": "fixed", "credits": "4"}, "caps": [cap]}))
    };
    assert_eq!(fixed("4"), [""; 0]);
    assert_eq!(fixed("4.5"), ["/rules/0/caps/0/most cap-never-binds"]);
    assert_eq!(fixed("3.5"), ["/rules/0/caps/0/most cap-always-binds"]);
    assert_eq!(fixed("0"), ["/rules/0/caps/0/most cap-always-binds"]);
    let open = cap("c", "item", json!({"is": "credits", "credits": "8"}));
    refuses(json!({"caps": [open]}), &[]);
    let courses = cap("c", "item", json!({"is": "courses", "count": 2}));
    let named = json!({"is": "named_courses", "courses": [{"name": "甲"}, {"name": "乙"}]});
    refuses(json!({"value": named, "caps": [courses]}), &["/rules/0/caps/0/most cap-never-binds"]);
    let each = cap("c", "item", json!({"is": "achievements", "count": 1}));
    refuses(json!({"caps": [each]}), &["/rules/0/caps/0/most cap-never-binds"]);
}

fn outer(patch: Json) -> Vec<RuleSetVersion> {
    let document = laid(document(json!([rule("OUT")])), laid(json!({"name": "市级规则", "authority": "city"}), patch));
    vec![RuleSetVersion {
        rule_set: uuid::Uuid::nil(),
        version: 1,
        institution: uuid::Uuid::nil(),
        document: read(document),
    }]
}

#[test]
fn bounds_nest() {
    let share = |share: &str| json!([cap("total", "programme", json!({"is": "share", "share": share}))]);
    let city = outer(json!({"caps": share("0.5"), "min_similarity": "0.8"}));
    let inner = |patch: Json| {
        let context = Context { outer: &city, ..Context::default() };
        faults_of(&read(laid(document(json!([rule("A")])), patch)), &context)
    };
    assert_eq!(inner(json!({"caps": share("0.5"), "min_similarity": "0.8"})), [""; 0]);
    assert_eq!(inner(json!({"caps": share("0.501")})), ["/caps/0/most above-outer-authority"]);
    assert_eq!(inner(json!({"min_similarity": "0.7"})), ["/min_similarity above-outer-authority"]);
    assert_eq!(inner(json!({"authority": "province", "caps": share("0.6")})), [""; 0]);
    let years = outer(json!({"valid_years_max": 7}));
    let context = Context { outer: &years, ..Context::default() };
    let aged = |years: Json| faults_of(&read(document(json!([laid(rule("A"), json!({"time": years}))]))), &context);
    assert_eq!(aged(json!({"valid_years": 7})), [""; 0]);
    assert_eq!(aged(json!({"valid_years": 8})), ["/rules/0/time/valid_years above-outer-authority"]);
    assert_eq!(aged(json!({})), ["/rules/0/time/valid_years above-outer-authority"]);
}

#[test]
fn what_rules_name_must_exist() {
    let mut known = Known::default();
    known.add_entry(AchievementKind::SkillCertificate, "X-A", Some("intermediate"));
    known.add_entry(AchievementKind::Examination, "CET4", None);
    known.majors.insert("510202".into());
    let context = Context { known: Some(&known), ..Context::default() };
    let check = |patch: Json| faults_of(&read(document(json!([laid(rule("A"), patch)]))), &context);
    let source = |code: &str, level: &str| json!({"sources": [{"kinds": ["skill_certificate"], "codes": [code], "levels": [level]}]});
    assert_eq!(check(json!({})), [""; 0]);
    assert_eq!(check(source("X-*", "intermediate")), [""; 0]);
    assert_eq!(
        check(source("X-B", "intermediate")),
        ["/rules/0/sources/0/codes/0 unknown-code", "/rules/0/sources/0/levels/0 unknown-code"]
    );
    assert_eq!(check(source("X-A", "advanced")), ["/rules/0/sources/0/levels/0 unknown-code"]);
    assert_eq!(check(source("CET4", "intermediate"))[0], "/rules/0/sources/0/codes/0 word-of-other-kind");
    assert_eq!(check(json!({"target": {"majors": ["51"]}})), [""; 0]);
    assert_eq!(check(json!({"target": {"majors": ["56"]}})), ["/rules/0/target/majors/0 unknown-code"]);
}

#[test]
fn targets_must_be_somewhere() {
    let plan = json!({"cohort": 2024, "total_credits": "100", "modules": [
        {"code": "M1", "name": "专业课", "min_credits": "0", "courses": [
            {"code": "NET101", "name": "计算机网络", "credits": "4", "required": true, "classes": ["专业核心必修"]}]}]});
    let programmes = [OpenProgramme {
        programme: uuid::Uuid::nil(),
        institution: uuid::Uuid::nil(),
        level: crate::domain::level::ProgrammeLevel::Higher,
        major_code: "510202".into(),
        plan: serde_json::from_value(plan).expect("a plan"),
    }];
    let context = Context { programmes: &programmes, ..Context::default() };
    let check = |patch: Json| faults_of(&read(document(json!([laid(rule("A"), patch)]))), &context);
    assert_eq!(check(json!({})), [""; 0]);
    let empty = ["/rules/0/target empty-target"];
    assert_eq!(check(json!({"target": {"place": {"classes": ["公共基础"]}}})), empty);
    assert_eq!(check(json!({"target": {"place": {"codes": ["NET2*"]}}})), empty);
    assert_eq!(check(json!({"target": {"place": {"codes": ["NET*"]}}})), [""; 0]);
    assert_eq!(check(json!({"target": {"levels": ["secondary"]}})), empty);
    assert_eq!(check(json!({"target": {"never": ["required"]}})), empty);
    let named = |name: &str| json!({"value": {"is": "named_courses", "courses": [{"name": name}]}});
    assert_eq!(check(named("计算机 网络")), [""; 0]);
    assert_eq!(check(named("数据库")), empty);
    let capped = cap("c", "programme", json!({"is": "credits", "credits": "8"}));
    let capped = laid(capped, json!({"over": {"classes": ["没有这一类"]}}));
    assert_eq!(check(json!({"caps": [capped]})), ["/rules/0/caps/0/over/classes/0 unknown-code"]);
    let beyond = json!({"caps": [cap("c", "programme", json!({"is": "credits", "credits": "100.5"}))]});
    assert_eq!(check(beyond), ["/rules/0/caps/0/most cap-never-binds"]);
}

#[test]
fn cases_must_come_out_as_they_say() {
    let given = json!({
        "evidence": [{"kind": "skill_certificate", "code": "X-A", "level": "intermediate", "credits": "6"}],
        "courses": [{"credits": "4", "classes": ["专业核心必修"]}]
    });
    let case = |given: &Json, expect: Json| {
        let validated = validate(
            &read(document(json!([laid(
                rule("A"),
                json!({"cases": [{"name": "例", "given": given, "expect": expect}]})
            )]))),
            &Context::default(),
        );
        validated.err().unwrap_or_default()
    };
    assert_eq!(case(&given, json!({"credits": "4", "courses": 1, "score": "免考"})), []);
    let faults = case(&given, json!({"credits": "5"}));
    assert_eq!((faults[0].pointer.as_str(), faults[0].what.code()), ("/rules/0/cases/0/expect", "case-fails"));
    assert!(faults[0].what.message_zh().contains(r#"应为 {"credits":"5"}，实际为"#), "{}", faults[0].what.message_zh());
    let low =
        laid(given.clone(), json!({"evidence": [{"kind": "skill_certificate", "code": "X-A", "level": "elementary"}]}));
    assert_eq!(case(&low, json!({"credits": "0", "refused": "level-too-low"})), []);
    for (strange, at) in [
        (json!({"colour": "red"}), "/rules/0/cases/0/given/colour"),
        (json!({"evidence": [{"kind": "juggling"}]}), "/rules/0/cases/0/given/evidence/0/kind"),
        (json!({"on": "soon"}), "/rules/0/cases/0/given/on"),
        (json!({"courses": [{"module": "NONE"}]}), "/rules/0/cases/0/given/courses/0/module"),
        (json!({"evidence": vec![json!({}); 101]}), "/rules/0/cases/0/given/evidence"),
        (json!([]), "/rules/0/cases/0/given"),
    ] {
        assert_eq!(case(&strange, json!({"credits": "0"}))[0].pointer, at, "{strange}");
    }
    assert_eq!(case(&given, json!({}))[0].what.code(), "required");
}
