//! What would help: the certificates and examinations that add most, and rule versions to come that give less.

use chrono::NaiveDate;
use uuid::Uuid;

use super::candidates::collect;
use super::evaluate::evaluate_within;
use super::input::{Evidence, PlanInput};
use super::plan::{ConversionPlan, RuleRef};
use super::rule_set::RuleSetVersion;
use super::settle::rule_ref;
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
            hopes.push((line.most(), at, rule_ref(line), source.and_then(|source| source.score_min.clone())));
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
        let adds = evaluate_within(&with, effort).credits.thousandths() - plan.credits.thousandths();
        if adds > 0 {
            steps.push(NextStep { at, adds: CreditAmount::from_thousandths(adds), rule, score });
            steps.sort_by_key(|step| (std::cmp::Reverse(step.adds), step.at));
        }
    }
    steps.truncate(STEPS_MAX);
    steps
}

fn is_possible(possible: &[Evidence], id: Uuid) -> bool {
    possible.iter().any(|evidence| evidence.id == id)
}

/// A version to come under which the plan would be worth less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// The set.
    pub rule_set: Uuid,
    /// The version.
    pub version: i64,
    /// From when it holds.
    pub from: NaiveDate,
    /// What the plan would then be worth.
    pub credits: CreditAmount,
}

/// The published versions to come that give less than the plan, each tried on its first day in the place of the version
/// that holds now.
pub fn coming(input: &PlanInput, plan: &ConversionPlan, versions: &[RuleSetVersion], effort: Effort) -> Vec<Coming> {
    let later = versions.iter().filter(|version| version.document.effective_from > input.on);
    let mut found: Vec<Coming> = later
        .filter_map(|version| {
            let mut then = input.clone();
            then.on = version.document.effective_from;
            then.rule_sets.retain(|set| set.rule_set != version.rule_set);
            then.rule_sets.push(version.clone());
            let credits = evaluate_within(&then, effort).credits;
            let (rule_set, number) = (version.rule_set, version.version);
            (credits < plan.credits).then_some(Coming {
                rule_set,
                version: number,
                from: version.document.effective_from,
                credits,
            })
        })
        .collect();
    found.sort_by_key(|coming| (coming.from, coming.rule_set, coming.version));
    found
}
