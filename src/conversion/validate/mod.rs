//! Validation of a rule set: what could never work, contradicts itself, or would let credits go round in circles is
//! refused with a reason and a place, before anybody publishes it.
//!
//! Shape: `document` and `rule` look at each part alone, `together` and `cycle` at rules beside one another, `cap` at limits,
//! `outer` at the higher authority, `reach` at catalogues and plans. Cost: linear in the document except for rows of one
//! table and caps of one rule, which are compared in pairs within their limits.

mod cap;
mod cycle;
mod document;
mod outer;
mod policy;
mod reach;
mod rule;
mod selector;
mod target;
#[cfg(test)]
mod tests;
mod together;
mod value;
mod words;

use super::cases;
use super::fault::{Fault, Faults};
use super::known::{Known, OpenProgramme};
use super::rule_set::{RULES_MAX, RuleSetDocument, RuleSetVersion};
use crate::domain::invalid::Reason;

/// What a rule set is checked against besides itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// What rules may name; not checked when absent.
    pub known: Option<&'a Known>,
    /// Sets of higher authorities that hold at the same time.
    pub outer: &'a [RuleSetVersion],
    /// Programmes that the set can reach; empty targets are not looked for when there are none.
    pub programmes: &'a [OpenProgramme],
}

/// Checks a document. The texts are expected in their one spelling ([`super::tidy::tidy`]).
pub fn validate(document: &RuleSetDocument, context: &Context<'_>) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    document::check(document, &mut faults);
    if document.rules.len() > RULES_MAX {
        faults.field("/rules", Reason::TooMany { max: RULES_MAX });
        return Err(faults.into_vec());
    }
    for (i, rule) in document.rules.iter().enumerate() {
        if faults.is_full() {
            break;
        }
        rule::check(rule, &format!("/rules/{i}"), &mut faults);
    }
    cap::check_set(document, &mut faults);
    together::check(&document.rules, &mut faults);
    cycle::check(&document.rules, &mut faults);
    outer::check(document, context.outer, &mut faults);
    reach::check(document, context, &mut faults);
    // Cases say something about a set that is otherwise in order.
    if !faults.is_empty() {
        return Err(faults.into_vec());
    }
    match cases::check_all(document) {
        failed if failed.is_empty() => Ok(()),
        failed => Err(failed),
    }
}
