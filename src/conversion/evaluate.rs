//! The plan: candidates, the best selection of them, and what became of everything else. Pure and deterministic.

use super::caps::converted;
use super::input::PlanInput;
use super::limits::{Most, Over, Per};
use super::model::{Model, Selection};
use super::plan::{CapUse, ConversionPlan};
use super::settle::settle;
pub use super::solve::Effort;
use super::solve::solve;
use super::unused::unused;
use crate::domain::credit::CreditAmount;

/// The best plan there is, however long it takes to prove it.
pub fn evaluate(input: &PlanInput) -> ConversionPlan {
    evaluate_within(input, Effort::default())
}

/// The best plan that can be found within the effort; says whether it is proven best, and what no plan can pass.
pub fn evaluate_within(input: &PlanInput, effort: Effort) -> ConversionPlan {
    let model = Model::new(input);
    let solved = solve(&model, effort);
    let credits: i64 = solved.selections.iter().map(|selection| model.credits(selection)).sum();
    // Only the plan's own cap is over every set: a set's cap says nothing of the others' lines.
    let own = model.view.input.programme.plan.conversion_cap();
    let room = own.map_or(i64::MAX, |own| own.thousandths() - converted(&model.view, None));
    ConversionPlan {
        lines: settle(&model, &solved.selections),
        unused: unused(&model, &solved.selections),
        credits: CreditAmount::from_thousandths(credits),
        cap: cap_use(&model, &solved.selections),
        optimal: solved.optimal,
        bound: CreditAmount::from_thousandths(solved.bound.min(room).max(credits)),
    }
}

/// The cap on everything converted into the programme that leaves least: the plan's own, over every set, or that of a set
/// over what its own rules convert.
fn cap_use(model: &Model, selections: &[Selection]) -> Option<CapUse> {
    let view = &model.view;
    let plan = &view.input.programme.plan;
    let used = |set: Option<usize>| {
        let of_set = |selection: &&Selection| set.is_none_or(|set| model.found.lines[selection.line].order.0 == set);
        let planned: i64 = selections.iter().filter(of_set).map(|selection| model.credits(selection)).sum();
        CreditAmount::from_thousandths(converted(view, set) + planned)
    };
    let own = plan.conversion_cap().map(|credits| CapUse {
        share: plan.conversion_cap_share.clone(),
        credits,
        used: used(None),
    });
    let of_sets = view.sets.iter().enumerate().flat_map(|(at, set)| {
        let wide = set.document.caps.iter().filter(|cap| cap.per == Per::Programme && cap.over == Over::default());
        wide.filter_map(move |cap| match &cap.most {
            Most::Share { share, base } if base.classes.is_empty() && base.without.is_empty() => {
                Some((at, share.of(plan.total_credits), Some(share.to_string())))
            }
            Most::Credits { credits } => Some((at, *credits, None)),
            _ => None,
        })
    });
    let of_sets = of_sets.map(|(at, credits, share)| CapUse { share, credits, used: used(Some(at)) });
    own.into_iter().chain(of_sets).min_by_key(|cap| (cap.credits.thousandths() - cap.used.thousandths(), cap.credits))
}
