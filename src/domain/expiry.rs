//! When credits end: the bureau's policy by credit type. Without one they never do.

use chrono::{Days, Months, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::credit_type::CreditType;
use super::invalid::{Invalid, Reason};
use super::text::{REASON_MAX, clean_line};
use super::time::strict_date;

/// Most months: half a century.
pub const MONTHS_MAX: u32 = 600;

/// A policy to be set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExpiryPolicy {
    /// For credits of this type.
    pub credit_type: CreditType,
    /// Months after the day of completion through which they are good; null: from `effective_from` on they end no more.
    #[schema(minimum = 1, maximum = 600)]
    pub months: Option<u32>,
    /// First day of the policy, today at the earliest. What is older by then ends on that day.
    #[serde(with = "strict_date")]
    pub effective_from: NaiveDate,
    /// The document that it rests on.
    #[schema(max_length = 500)]
    pub basis: String,
}

impl NewExpiryPolicy {
    /// Checks it on a day.
    pub fn validate(&self, today: NaiveDate) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        if self.months.is_some_and(|months| !(1..=MONTHS_MAX).contains(&months)) {
            invalid.push("/months", Reason::range(1, MONTHS_MAX));
        }
        if self.effective_from < today {
            invalid.push("/effective_from", Reason::Earlier { other: "today" });
        }
        let basis = invalid.take("/basis", clean_line(&self.basis, REASON_MAX));
        match basis {
            Some(basis) if invalid.is_empty() => Ok(Self { basis, ..self.clone() }),
            _ => Err(invalid),
        }
    }
}

/// How long credits are good from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub from: NaiveDate,
    /// Months after the day of completion; none: for ever.
    pub months: Option<u32>,
}

/// The first day on which credits of something completed on `completed_on` are good no more, if it has come by `on`. `terms`
/// stand in the order of their first days; each holds until the next begins. What has ended does not come back.
pub fn ended_on(terms: &[Term], completed_on: NaiveDate, on: NaiveDate) -> Option<NaiveDate> {
    terms.iter().enumerate().find_map(|(place, term)| {
        let through = completed_on.checked_add_months(Months::new(term.months?))?;
        let ends = through.checked_add_days(Days::new(1))?.max(term.from);
        let in_time = terms.get(place + 1).is_none_or(|next| ends < next.from);
        (in_time && ends <= on).then_some(ends)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn ended(terms: &[(&str, Option<u32>)], completed_on: &str, on: &str) -> Option<NaiveDate> {
        let terms: Vec<Term> = terms.iter().map(|(from, months)| Term { from: day(from), months: *months }).collect();
        ended_on(&terms, day(completed_on), day(on))
    }

    #[test]
    fn credits_are_good_through_the_last_month_and_end_with_the_policy_at_the_earliest() {
        assert_eq!(ended(&[], "2000-01-01", "2026-01-01"), None);
        let twelve = [("2026-01-01", Some(12))];
        assert_eq!(ended(&twelve, "2025-06-30", "2026-06-30"), None);
        assert_eq!(ended(&twelve, "2025-06-30", "2026-07-01"), Some(day("2026-07-01")));
        assert_eq!(ended(&twelve, "2020-06-30", "2025-12-31"), None, "the policy has not begun");
        assert_eq!(ended(&twelve, "2020-06-30", "2027-01-01"), Some(day("2026-01-01")));
        // The 31st of a month that has fewer days.
        assert_eq!(ended(&[("2020-01-01", Some(1))], "2026-01-31", "2026-03-01"), Some(day("2026-03-01")));
    }

    #[test]
    fn a_later_policy_saves_what_has_not_ended() {
        let lifted = [("2026-01-01", Some(12)), ("2026-07-01", None)];
        assert_eq!(ended(&lifted, "2025-06-29", "2030-01-01"), Some(day("2026-06-30")), "ended the day before");
        assert_eq!(ended(&lifted, "2025-06-30", "2030-01-01"), None);
        let longer = [("2026-01-01", Some(12)), ("2026-07-01", Some(24))];
        assert_eq!(ended(&longer, "2025-06-30", "2030-01-01"), Some(day("2027-07-01")));
    }
}
