//! Objections 异议: to an entry that stands (我有异议) and to one that is missing (缺少成绩).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::case::{Party, TEXT_MAX, Turn};
use super::ids::{AchievementId, InstitutionId, TransactionId};
use super::invalid::{Invalid, Reason};
use super::term::Term;
use super::text::{TITLE_MAX, clean_line, clean_text};

text_enum! {
    /// What an objection is to.
    pub enum ObjectionKind {
        Entry = "entry" / "我有异议",
        Missing = "missing" / "缺少成绩",
    }
}

text_enum! {
    /// Where an objection stands.
    pub enum ObjectionState {
        Open = "open" / "待答复",
        Answered = "answered" / "已答复",
        Escalated = "escalated" / "主管部门处理中",
        Ordered = "ordered" / "责成更正",
        Final = "final" / "已办结",
    }
}

text_enum! {
    /// What came of it.
    pub enum ObjectionOutcome {
        Accepted = "accepted" / "成立",
        Refused = "refused" / "不成立",
    }
}

impl ObjectionState {
    /// Whose turn it is in an objection that is due on `due`.
    pub fn turn(self, due: Option<NaiveDate>, today: NaiveDate) -> Turn {
        match self {
            Self::Open | Self::Ordered => Turn::of(Party::Institution, due, today),
            Self::Answered => Turn::right(Party::Presenter, due, today),
            Self::Escalated => Turn::of(Party::Bureau, due, today),
            Self::Final => Turn::DONE,
        }
    }

    /// Whether somebody has to do something yet.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Escalated | Self::Ordered)
    }
}

/// An objection as a learner raises it. To an entry: exactly one of `transaction_id` and `achievement_id`. To a missing
/// one: the institution that should have posted it, and what.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewObjection {
    /// What it is to.
    pub kind: ObjectionKind,
    /// The transaction of one's own that is wrong.
    #[serde(default)]
    pub transaction_id: Option<TransactionId>,
    /// The achievement of one's own that is wrong.
    #[serde(default)]
    pub achievement_id: Option<AchievementId>,
    /// Who should have posted what is missing.
    #[serde(default)]
    pub institution_id: Option<InstitutionId>,
    /// The course, certificate or training that is missing.
    #[serde(default)]
    #[schema(max_length = 400)]
    pub title: Option<String>,
    /// The term of a missing result.
    #[serde(default)]
    pub term: Option<Term>,
    /// Why.
    #[schema(max_length = 4000)]
    pub reason: String,
}

/// What an objection is to, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A transaction.
    Transaction(Uuid),
    /// An achievement.
    Achievement(Uuid),
    /// Nothing stands at this institution.
    Missing(InstitutionId),
}

/// The words of an objection; sealed where it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionText {
    /// What is missing.
    pub title: Option<String>,
    /// Of which term.
    pub term: Option<Term>,
    /// Why.
    pub reason: String,
}

impl NewObjection {
    /// Checks what can be checked without a look-up.
    pub fn validate(&self) -> Result<(Subject, ObjectionText), Invalid> {
        let mut invalid = Invalid::default();
        let reason = invalid.take("/reason", clean_text(&self.reason, TEXT_MAX));
        let title = self.title.as_deref().and_then(|title| invalid.take("/title", clean_line(title, TITLE_MAX)));
        let subject = match self.kind {
            ObjectionKind::Entry => {
                for (pointer, given) in [
                    ("/institution_id", self.institution_id.is_some()),
                    ("/title", self.title.is_some()),
                    ("/term", self.term.is_some()),
                ] {
                    if given {
                        invalid.push(pointer, Reason::NotAllowedHere);
                    }
                }
                match (self.transaction_id, self.achievement_id) {
                    (Some(id), None) => Some(Subject::Transaction(id.uuid())),
                    (None, Some(id)) => Some(Subject::Achievement(id.uuid())),
                    _ => {
                        invalid.push("", Reason::ExactlyOne { of: "transaction_id, achievement_id" });
                        None
                    }
                }
            }
            ObjectionKind::Missing => {
                for (pointer, given) in [
                    ("/transaction_id", self.transaction_id.is_some()),
                    ("/achievement_id", self.achievement_id.is_some()),
                ] {
                    if given {
                        invalid.push(pointer, Reason::NotAllowedHere);
                    }
                }
                if self.title.is_none() {
                    invalid.push("/title", Reason::Required);
                }
                if self.institution_id.is_none() {
                    invalid.push("/institution_id", Reason::Required);
                }
                self.institution_id.map(Subject::Missing)
            }
        };
        match (subject, reason, invalid.is_empty()) {
            (Some(subject), Some(reason), true) => Ok((subject, ObjectionText { title, term: self.term, reason })),
            _ => Err(invalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> NewObjection {
        serde_json::from_str(json).expect("reads")
    }

    #[test]
    fn an_entry_is_named_in_one_way() {
        let id = "0197a6f0-1111-7abc-8def-0123456789ab";
        let good = read(&format!(r#"{{"kind":"entry","achievement_id":"{id}","reason":" 分数不对 "}}"#));
        let (subject, text) = good.validate().expect("good");
        assert_eq!((subject, text.reason.as_str()), (Subject::Achievement(id.parse().expect("an id")), "分数不对"));
        for (bad, pointer) in [
            (r#"{"kind":"entry","reason":"x"}"#.to_owned(), ""),
            (format!(r#"{{"kind":"entry","achievement_id":"{id}","transaction_id":"{id}","reason":"x"}}"#), ""),
            (format!(r#"{{"kind":"entry","achievement_id":"{id}","title":"x","reason":"x"}}"#), "/title"),
            (format!(r#"{{"kind":"entry","achievement_id":"{id}","reason":" "}}"#), "/reason"),
            (format!(r#"{{"kind":"missing","institution_id":"{id}","reason":"x"}}"#), "/title"),
            (r#"{"kind":"missing","title":"x","reason":"x"}"#.to_owned(), "/institution_id"),
            (
                format!(
                    r#"{{"kind":"missing","institution_id":"{id}","achievement_id":"{id}","title":"x","reason":"x"}}"#
                ),
                "/achievement_id",
            ),
        ] {
            assert_eq!(read(&bad).validate().err().expect("a fault").0[0].pointer, pointer, "{bad}");
        }
    }

    #[test]
    fn turns_follow_the_state() {
        let day = |text| crate::domain::time::parse_date(text).expect("a date");
        let due = Some(day("2026-10-12"));
        let party = |state: ObjectionState, today| state.turn(due, day(today)).party;
        assert_eq!(party(ObjectionState::Open, "2026-10-12"), Party::Institution);
        assert_eq!(party(ObjectionState::Open, "2026-10-13"), Party::Bureau);
        assert_eq!(party(ObjectionState::Answered, "2026-10-12"), Party::Presenter);
        assert_eq!(party(ObjectionState::Answered, "2026-10-13"), Party::Nobody);
        assert_eq!(party(ObjectionState::Ordered, "2026-10-13"), Party::Bureau);
        assert_eq!(party(ObjectionState::Final, "2026-10-01"), Party::Nobody);
    }
}
