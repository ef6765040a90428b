//! What would help: the certificates and examinations that add most, and rule versions to come that give less.

use chrono::NaiveDate;
use uuid::Uuid;

use super::candidates::collect;
use super::evaluate::evaluate_within;
use super::input::{Evidence, PlanInput};
use super::plan::{ConversionPlan, RuleRef};
use super::rule_set::RuleSetVersion;
use super::solve::Effort;
use super::view::View;
use crate::domain::credit::CreditAmount;

/// Most steps named.
pub const STEPS_MAX: usize = 5;
/// Most possible steps for which a whole plan is made.
const PLANS_MAX: usize = 24;

/// Something not yet held that would add credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// Place among the possible ones handed in.
    pub at: usize,
    /// Credits that it adds to the plan.
    pub adds: CreditAmount,
    /// Whether that is proven: neither plan was cut short.
    pub optimal: bool,
    /// The rule by which it does.
    pub rule: RuleRef,
    /// The least score that the rule asks for.
    pub score: Option<String>,
}

/// The steps that add most, best first, then in the order handed in. `possible` are achievements that could be gained, each
/// tried alone beside everything held; `plan` is the plan without them.
pub fn next_steps(input: &PlanInput, plan: &ConversionPlan, possible: &[Evidence], effort: Effort) -> Vec<NextStep> {
    let mut wide = input.clone();
    wide.evidence.extend(possible.iter().cloned());
    let view = View::new(&wide);
    let found = collect(&view);
    // What each could add at most by its best line, and that line: only these are worth a plan of their own.
    let mut hopes: Vec<(i64, usize, RuleRef, Option<String>)> = Vec::new();
    for (at, evidence) in possible.iter().enumerate() {
        let Some(item) = view.item_at(evidence.id) else { continue };
        let of = found.lines.iter().filter(|line| {
            let others = line.items.iter().filter(|&&other| other != item);
            line.items.contains(&item)
                && others.clone().all(|&other| !is_possible(possible, view.items[other].entry.id))
        });
        if let Some(line) = of.max_by_key(|line| (line.most(), std::cmp::Reverse(line.order))) {
            let source = line.items.iter().position(|&other| other == item).and_then(|at| line.rule.sources.get(at));
            hopes.push((
                line.most(),
                at,
                RuleRef::of(line.set, line.rule),
                source.and_then(|source| source.score_min.clone()),
            ));
        }
    }
    hopes.sort_by_key(|(most, at, ..)| (std::cmp::Reverse(*most), *at));
    let mut steps: Vec<NextStep> = Vec::new();
    for (most, at, rule, score) in hopes.into_iter().take(PLANS_MAX) {
        let fifth = steps.get(STEPS_MAX - 1).map_or(0, |step| step.adds.thousandths());
        if most <= fifth {
            break;
        }
        let mut with = input.clone();
        with.evidence.push(possible[at].clone());
        let with = evaluate_within(&with, effort);
        let adds = with.credits.thousandths() - plan.credits.thousandths();
        if adds > 0 {
            let optimal = plan.optimal && with.optimal;
            steps.push(NextStep { at, adds: CreditAmount::from_thousandths(adds), optimal, rule, score });
            steps.sort_by_key(|step| (std::cmp::Reverse(step.adds), step.at));
        }
    }
    steps.truncate(STEPS_MAX);
    steps
}

fn is_possible(possible: &[Evidence], id: Uuid) -> bool {
    possible.iter().any(|evidence| evidence.id == id)
}

/// A version to come under which the learner can convert less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// The set.
    pub rule_set: Uuid,
    /// The version.
    pub version: i64,
    /// From when it holds.
    pub from: NaiveDate,
    /// The most that can then be converted.
    pub credits: CreditAmount,
    /// What the present rules would give on that day.
    pub present: CreditAmount,
}

/// The published versions to come that give less than the rules of today, each tried on its first day in the place of the
/// version that holds now. Both are asked for that day: what ends by itself before it, such as a certificate, is not the
/// version's doing. A search cut short warns of nothing that it has not shown.
pub fn coming(input: &PlanInput, versions: &[RuleSetVersion], effort: Effort) -> Vec<Coming> {
    let held = |version: &RuleSetVersion| input.rule_sets.iter().any(|set| set.rule_set == version.rule_set);
    let ours = |version: &RuleSetVersion| {
        let programmes = &version.document.programmes;
        programmes.is_empty() || programmes.contains(&input.programme.programme) || held(version)
    };
    let later = versions.iter().filter(|version| version.document.effective_from > input.on && ours(version));
    let mut found: Vec<Coming> = later
        .filter_map(|version| {
            let from = version.document.effective_from;
            let mut present = input.clone();
            present.on = from;
            present.programme.set_day(from);
            let mut then = present.clone();
            // What it follows may be written to end the day before: compared as if it went on.
            for set in present.rule_sets.iter_mut().filter(|set| set.rule_set == version.rule_set) {
                set.document.effective_to = None;
            }
            then.rule_sets.retain(|set| set.rule_set != version.rule_set);
            then.rule_sets.push(version.clone());
            let most = evaluate_within(&then, effort).bound;
            let present = evaluate_within(&present, effort).credits;
            let (rule_set, number) = (version.rule_set, version.version);
            (most < present).then_some(Coming { rule_set, version: number, from, credits: most, present })
        })
        .collect();
    found.sort_by_key(|coming| (coming.from, coming.rule_set, coming.version));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::conversion::cases;
    use crate::conversion::evaluate::evaluate;

    const CUT: Effort = Effort { time: Some(std::time::Duration::ZERO), nodes: None };

    fn document(from: &str, rules: &[Value]) -> Value {
        json!({"name": "规则", "authority": "city", "basis": "办法", "effective_from": from, "rules": rules})
    }

    fn rule(number: usize, credits: usize, window: &Value) -> Value {
        json!({
            "code": format!("R{number}"), "title": "证书",
            "sources": [{"kinds": ["skill_certificate"], "codes": [format!("E{number}")]}],
            "value": {"is": "fixed", "credits": credits.to_string()}, "target": {"place": {"in": "programme"}},
            "exclusivity": {"scope": "programme"}, "time": {"window": window},
        })
    }

    fn held(rules: &Value, given: &Value) -> PlanInput {
        cases::input(&serde_json::from_value(rules.clone()).expect("a document"), given).expect("an input")
    }

    fn version(input: &PlanInput, rules: &Value) -> RuleSetVersion {
        let document = serde_json::from_value(rules.clone()).expect("a document");
        RuleSetVersion { version: 2, document, ..input.rule_sets[0].clone() }
    }

    #[test]
    fn a_version_that_gives_less_is_told_with_what_the_present_one_would_give() {
        // Terms begin anew: in June the fourth week is over, in September it is not.
        let window = json!({"is": "term_weeks", "first": 1, "last": 4});
        let mut now = document("2026-01-01", &[rule(1, 4, &window)]);
        now["effective_to"] = json!("2026-08-31");
        let given = json!({
            "on": "2026-06-15", "evidence": [{"kind": "skill_certificate", "code": "E1"}],
            "programme": {"term_start": "2026-02-16"},
        });
        let input = held(&now, &given);
        let less = version(&input, &document("2026-09-01", &[rule(1, 3, &window)]));
        let found = coming(&input, std::slice::from_ref(&less), Effort::default());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].version, found[0].from), (2, "2026-09-01".parse().expect("a day")));
        assert_eq!((found[0].credits.to_string(), found[0].present.to_string()), ("3".into(), "4".into()));
        let same = version(&input, &document("2026-09-01", &[rule(1, 4, &window)]));
        assert_eq!(coming(&input, &[same], Effort::default()), []);
    }

    #[test]
    fn what_ends_by_itself_is_not_the_version_s_doing() {
        let now = document("2026-01-01", &[rule(1, 4, &Value::Null)]);
        let given = json!({
            "on": "2026-06-15",
            "evidence": [{"kind": "skill_certificate", "code": "E1", "valid_until": "2026-08-31"}],
        });
        let input = held(&now, &given);
        assert_eq!(evaluate(&input).credits.to_string(), "4");
        let same = version(&input, &document("2026-09-01", &[rule(1, 4, &Value::Null)]));
        assert_eq!(coming(&input, &[same], Effort::default()), []);
    }

    #[test]
    fn a_search_cut_short_warns_of_nothing_and_says_so_of_steps() {
        let mut not_best = 0;
        for total in 5..14 {
            let values = [5, 4, 3, 6, 2];
            let rules: Vec<Value> = (0..5).map(|at| rule(at, values[at] + total % 2, &Value::Null)).collect();
            let mut now = document("2026-01-01", &rules);
            now["caps"] = json!([{
                "code": "all", "per": "programme", "most": {"is": "credits", "credits": total.to_string()},
            }]);
            let evidence: Vec<Value> =
                (0..5).map(|at| json!({"kind": "skill_certificate", "code": format!("E{at}")})).collect();
            let input = held(&now, &json!({"on": "2026-06-15", "evidence": evidence}));
            let mut later = now.clone();
            later["effective_from"] = json!("2026-09-01");
            assert_eq!(coming(&input, &[version(&input, &later)], CUT), []);
            // One is not held yet.
            let mut without = input.clone();
            let possible = without.evidence.split_off(4);
            let proven = next_steps(&without, &evaluate(&without), &possible, Effort::default());
            assert!(proven.iter().all(|step| step.optimal));
            let plan = evaluate_within(&without, CUT);
            let with = evaluate_within(&input, CUT);
            not_best += usize::from(!with.optimal);
            for step in next_steps(&without, &plan, &possible, CUT) {
                assert_eq!(step.optimal, plan.optimal && with.optimal);
            }
        }
        assert!(not_best > 0, "some searches are cut");
    }
}
