//! The head of a rule set: names, dates, cohorts, programmes.

use super::super::fault::{Faults, What};
use super::super::rule_set::RuleSetDocument;
use super::policy;
use super::words::{line, once};
use crate::domain::enrolment::COHORTS;
use crate::domain::invalid::Reason;

/// Longest name, and title and number of the basis document.
pub const TITLE_MAX: usize = 200;
/// Most cases of all rules together: each is evaluated at every validation.
const CASES_MAX: usize = 5_000;
/// Longest address of the basis document.
const URL_MAX: usize = 500;

pub fn check(document: &RuleSetDocument, faults: &mut Faults) {
    line(&document.name, "/name", TITLE_MAX, faults);
    line(&document.basis, "/basis", TITLE_MAX, faults);
    if let Some(url) = &document.basis_url {
        line(url, "/basis_url", URL_MAX, faults);
        if !["https://", "http://"].iter().any(|scheme| url.starts_with(scheme) && url.len() > scheme.len()) {
            faults.field("/basis_url", Reason::Format { expected: "https://…" });
        }
    }
    if let Some(to) = document.effective_to
        && to < document.effective_from
    {
        let (from, to) = (document.effective_from.to_string(), to.to_string());
        faults.push("/effective_to", What::Reversed { from, to });
    }
    for (cohort, at) in [(document.cohort_from, "/cohort_from"), (document.cohort_to, "/cohort_to")] {
        if cohort.is_some_and(|cohort| !COHORTS.contains(&cohort)) {
            faults.field(at, Reason::range(COHORTS.start(), COHORTS.end()));
        }
    }
    if let (Some(from), Some(to)) = (document.cohort_from, document.cohort_to)
        && to < from
    {
        faults.push("/cohort_to", What::Reversed { from: from.to_string(), to: to.to_string() });
    }
    once(&document.programmes, "/programmes", faults);
    policy::years(document.valid_years_max, "/valid_years_max", faults);
    if document.rules.is_empty() && document.caps.is_empty() {
        faults.field("/rules", Reason::Empty);
    }
    if document.rules.iter().map(|rule| rule.cases.len()).sum::<usize>() > CASES_MAX {
        faults.field("/rules", Reason::TooMany { max: CASES_MAX });
    }
    for (i, rule) in document.rules.iter().enumerate() {
        let Some(most) = document.valid_years_max else { break };
        let at = format!("/rules/{i}/time/valid_years");
        match rule.time.valid_years {
            None => faults.field(at, Reason::Required),
            Some(years) if years > most => faults.field(at, Reason::range(1, most)),
            Some(_) => {}
        }
    }
}
