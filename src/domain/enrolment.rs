//! Enrolments 学籍: a learner in a programme, with a status and its history.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ids::{EnrolmentId, InstitutionId, LearnerId, ProgrammeId, ProgrammeVersionId};
use super::invalid::{Invalid, Reason};
use super::text::{self, CLASS_MAX, clean_line};
use super::time::strict_date_opt;

/// Cohorts that a programme or enrolment may name.
pub const COHORTS: std::ops::RangeInclusive<i32> = 2000..=2100;

text_enum! {
    /// Status of an enrolment 学籍状态.
    pub enum EnrolmentStatus {
        Enrolled = "enrolled" / "在籍",
        Suspended = "suspended" / "休学",
        Retained = "retained" / "保留学籍",
        TransferredOut = "transferred_out" / "转出",
        Withdrawn = "withdrawn" / "退学",
        Graduated = "graduated" / "毕业",
        Completed = "completed" / "结业",
        Incomplete = "incomplete" / "肄业",
    }
}

impl EnrolmentStatus {
    /// Whether the learner still belongs to the programme.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Enrolled | Self::Suspended | Self::Retained)
    }

    /// Whether `next` may follow: anything else after a live status, nothing after an end but 结业 → 毕业.
    pub fn can_become(self, next: Self) -> bool {
        match self {
            Self::Completed => next == Self::Graduated,
            live if live.is_live() => next != self,
            _ => false,
        }
    }
}

/// One step of a status history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusChange {
    /// The status from then on.
    pub status: EnrolmentStatus,
    /// The first day of it.
    pub on: NaiveDate,
}

/// The last day of an enrolment with this history, oldest first: the day of its latest end (so a 结业 that became 毕业 runs
/// to the 毕业, with the resits between), none while it lives or without a history.
pub fn period_end(history: &[StatusChange]) -> Option<NaiveDate> {
    history.last().filter(|change| !change.status.is_live()).map(|change| change.on)
}

/// 1 September of a cohort's year; of the nearest cohort allowed where it is out of range.
pub fn default_from(cohort: i32) -> NaiveDate {
    let year = cohort.clamp(*COHORTS.start(), *COHORTS.end());
    NaiveDate::from_ymd_opt(year, 9, 1).expect("every year has a 1 September")
}

/// An enrolment to be opened.
// `Debug` does not print the student number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnrolment {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Cohort 年级: the year of entry, 2000 to 2100.
    #[schema(minimum = 2000, maximum = 2100)]
    pub cohort: i32,
    /// Student number 学号, unique within the institution.
    #[schema(max_length = 64, examples("2024030117"))]
    pub student_no: String,
    /// Class.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub class: Option<String>,
    /// First day; 1 September of the cohort's year unless given.
    #[serde(default, with = "strict_date_opt")]
    pub from: Option<NaiveDate>,
}

impl NewEnrolment {
    /// The same with texts in their one spelling and `from` filled in.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let cohort_fits = COHORTS.contains(&self.cohort);
        if !cohort_fits {
            invalid.push("/cohort", Reason::range(COHORTS.start(), COHORTS.end()));
        }
        let student_no = invalid.take("/student_no", text::student_no(&self.student_no));
        let class = self.class.as_ref().and_then(|class| invalid.take("/class", clean_line(class, CLASS_MAX)));
        let from = self.from.unwrap_or_else(|| default_from(self.cohort));
        if from < super::time::EARLIEST_DATE {
            invalid.push("/from", Reason::BeforeEarliest);
        }
        match student_no {
            Some(student_no) if invalid.is_empty() => Ok(Self { student_no, class, from: Some(from), ..self.clone() }),
            _ => Err(invalid),
        }
    }
}

impl fmt::Debug for NewEnrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewEnrolment({}, {}, …)", self.programme_id, self.cohort)
    }
}

/// An enrolment as it stands. The student number is sealed with the learner's other data; the
/// class stands in the clear, since lists are made by class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// Whose.
    pub learner_id: LearnerId,
    /// Where.
    pub institution_id: InstitutionId,
    /// In what.
    pub programme_id: ProgrammeId,
    /// The plan of the cohort, where one is published.
    pub programme_version_id: Option<ProgrammeVersionId>,
    /// Year of entry.
    pub cohort: i32,
    /// Class.
    pub class: Option<String>,
    /// Present status.
    pub status: EnrolmentStatus,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day; none while it lives.
    pub to_on: Option<NaiveDate>,
}

impl Enrolment {
    /// Whether a day lies in its period, both ends included.
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.from_on <= date && self.to_on.is_none_or(|to| date <= to)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        super::super::time::parse_date(text).expect("a date")
    }

    #[test]
    fn ends_are_final_but_for_a_late_graduation() {
        use EnrolmentStatus::*;
        assert!(Enrolled.can_become(Suspended) && Suspended.can_become(Enrolled) && Retained.can_become(Withdrawn));
        assert!(!Enrolled.can_become(Enrolled));
        assert!(Completed.can_become(Graduated) && !Completed.can_become(Enrolled));
        for end in [TransferredOut, Withdrawn, Graduated, Incomplete] {
            assert!(!end.is_live());
            assert!(EnrolmentStatus::ALL.iter().all(|next| !end.can_become(*next)), "{end}");
        }
    }

    #[test]
    fn the_period_follows_from_the_history() {
        use EnrolmentStatus::*;
        let change = |status, on: &str| StatusChange { status, on: day(on) };
        assert_eq!(period_end(&[]), None);
        assert_eq!(period_end(&[change(Enrolled, "2024-09-01"), change(Suspended, "2025-03-01")]), None);
        let completed = [change(Enrolled, "2024-09-01"), change(Completed, "2027-07-01")];
        assert_eq!(period_end(&completed), Some(day("2027-07-01")));
        let graduated = [completed[0], completed[1], change(Graduated, "2028-01-10")];
        assert_eq!(period_end(&graduated), Some(day("2028-01-10")));
        assert_eq!(default_from(2024), day("2024-09-01"));
        let _ = default_from(i32::MAX);
    }

    #[test]
    fn both_ends_of_the_period_count() {
        let mut enrolment = Enrolment {
            id: EnrolmentId::from_uuid(Uuid::nil()),
            learner_id: LearnerId::from_uuid(Uuid::nil()),
            institution_id: InstitutionId::from_uuid(Uuid::nil()),
            programme_id: ProgrammeId::from_uuid(Uuid::nil()),
            programme_version_id: None,
            cohort: 2024,
            class: None,
            status: EnrolmentStatus::Graduated,
            from_on: day("2024-09-01"),
            to_on: Some(day("2027-07-01")),
        };
        assert!(enrolment.contains(day("2024-09-01")) && enrolment.contains(day("2027-07-01")));
        assert!(!enrolment.contains(day("2024-08-31")) && !enrolment.contains(day("2027-07-02")));
        enrolment.to_on = None;
        assert!(enrolment.contains(day("2099-01-01")));
    }

    #[test]
    fn new_enrolments_are_checked() {
        let new = NewEnrolment {
            programme_id: ProgrammeId::from_uuid(Uuid::nil()),
            cohort: 2024,
            student_no: " ２０２４０３０１１７ ".into(),
            class: Some("网络2401".into()),
            from: None,
        };
        let valid = new.validate().expect("valid");
        assert_eq!((valid.student_no.as_str(), valid.from), ("2024030117", Some(day("2024-09-01"))));
        assert!(!format!("{new:?}").contains("030117"));
        let bad = NewEnrolment { cohort: 1999, student_no: "学号".into(), class: Some(String::new()), ..new };
        let pointers: Vec<_> = bad.validate().expect_err("faults").0.into_iter().map(|f| f.pointer).collect();
        assert_eq!(pointers, ["/cohort", "/student_no", "/class"]);
    }
}
