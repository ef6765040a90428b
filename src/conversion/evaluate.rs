//! The plan: candidates, the best selection of them, and what became of everything else. Pure and deterministic.

use super::caps::converted;
use super::input::PlanInput;
use super::limits::{Most, Per};
use super::model::Model;
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
    let cap = cap_use(&model, credits);
    let room = cap.as_ref().map_or(i64::MAX, |cap| cap.credits.thousandths() - cap.used.thousandths() + credits);
    ConversionPlan {
        lines: settle(&model, &solved.selections),
        unused: unused(&model, &solved.selections),
        credits: CreditAmount::from_thousandths(credits),
        cap,
        optimal: solved.optimal,
        bound: CreditAmount::from_thousandths(solved.bound.min(room).max(credits)),
    }
}

/// The tightest cap on everything converted into the programme.
fn cap_use(model: &Model, credits: i64) -> Option<CapUse> {
    let view = &model.view;
    let plan = &view.input.programme.plan;
    let used = converted(view) + credits;
    let own = plan.conversion_cap().map(|cap| (cap, plan.conversion_cap_share.clone()));
    let of_sets = view.sets.iter().flat_map(|set| &set.document.caps).filter_map(|cap| {
        let whole = cap.per == Per::Programme && cap.over == super::limits::Over::default();
        match &cap.most {
            Most::Share { share, base } if whole && base.classes.is_empty() && base.without.is_empty() => {
                Some((share.of(plan.total_credits), Some(share.to_string())))
            }
            Most::Credits { credits } if whole => Some((*credits, None)),
            _ => None,
        }
    });
    let (credits, share) = own.into_iter().chain(of_sets).min_by_key(|(credits, _)| *credits)?;
    Some(CapUse { share, credits, used: CreditAmount::from_thousandths(used) })
}
