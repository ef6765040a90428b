//! What recognition cases and objections have in common: whose turn it is and until when, and what has been done.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// Working days for a first decision on a presented achievement.
pub const DECISION_DAYS: u32 = 20;
/// Working days in which a decision can be appealed against, and an answer taken to the bureau.
pub const APPEAL_DAYS: u32 = 15;
/// Working days for the bureau to decide an appeal or an objection.
pub const BUREAU_DAYS: u32 = 20;
/// Working days for an issuer to answer an objection, and to correct what the bureau told it to.
pub const ANSWER_DAYS: u32 = 10;
/// Most open cases, and as many open objections, of one learner.
pub const OPEN_MAX: usize = 20;
/// Most cases presented for one learner in a day, withdrawn ones included: presenting and withdrawing again and again would
/// fill the disk with evidence.
pub const CASES_A_DAY: usize = 30;
/// Longest text that a learner or reviewer writes, graphemes.
pub const TEXT_MAX: usize = 2_000;

text_enum! {
    /// Whose turn it is.
    pub enum Party {
        Presenter = "presenter" / "申请人",
        Institution = "institution" / "受理机构",
        Bureau = "bureau" / "主管部门",
        Nobody = "nobody" / "已办结",
    }
}

/// Whose turn it is, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Turn {
    /// Whose.
    pub party: Party,
    /// The last day; null where nothing is due.
    pub until: Option<NaiveDate>,
    /// Whether that day has passed. A deadline that has passed brings the bureau in and never closes a case.
    pub overdue: bool,
}

impl Turn {
    /// Nothing is to be done.
    pub const DONE: Self = Self { party: Party::Nobody, until: None, overdue: false };

    /// `party`'s turn until `due`. Once that day has passed, it is the bureau's.
    pub fn of(party: Party, due: Option<NaiveDate>, today: NaiveDate) -> Self {
        let overdue = due.is_some_and(|due| due < today);
        let party = if overdue && party == Party::Institution { Party::Bureau } else { party };
        Self { party, until: due, overdue }
    }

    /// A right that lapses on `due`, after which nothing is to be done.
    pub fn right(party: Party, due: Option<NaiveDate>, today: NaiveDate) -> Self {
        let turn = Self::of(party, due, today);
        if turn.overdue { Self::DONE } else { turn }
    }
}

text_enum! {
    /// What has been done in a case or objection.
    pub enum StepKind {
        Presented = "presented" / "提交",
        Returned = "returned" / "退回补正",
        Completed = "completed" / "补正提交",
        Withdrawn = "withdrawn" / "撤回",
        Decided = "decided" / "认定决定",
        Appealed = "appealed" / "申诉",
        AppealDecided = "appeal_decided" / "申诉决定",
        Raised = "raised" / "提出异议",
        Answered = "answered" / "答复",
        Escalated = "escalated" / "提请主管部门处理",
        Ordered = "ordered" / "责成更正",
        Settled = "settled" / "办结",
    }
}

/// The day that stands in queues where nothing is due: the last that both databases and every client can write.
pub const NOTHING_DUE: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => panic!("31 December is in every year"),
};

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        crate::domain::time::parse_date(text).expect("a date")
    }

    #[test]
    fn a_passed_deadline_brings_the_bureau_in() {
        let due = Some(day("2026-10-12"));
        let on = |party, today| {
            let turn = Turn::of(party, due, day(today));
            (turn.party, turn.overdue)
        };
        assert_eq!(on(Party::Institution, "2026-10-12"), (Party::Institution, false), "the last day is in time");
        assert_eq!(on(Party::Institution, "2026-10-13"), (Party::Bureau, true));
        assert_eq!(on(Party::Bureau, "2026-10-13"), (Party::Bureau, true), "never closed");
        assert_eq!(Turn::of(Party::Presenter, None, day("2026-10-13")).until, None);
        assert_eq!(Turn::right(Party::Presenter, due, day("2026-10-12")).party, Party::Presenter);
        assert_eq!(Turn::right(Party::Presenter, due, day("2026-10-13")), Turn::DONE);
    }
}
