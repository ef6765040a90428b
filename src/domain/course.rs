//! Courses 课程 of an institution's catalogue.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::achievement_post::HOURS_MAX;
use super::credit::CreditAmount;
use super::enrolment::COHORTS;
use super::invalid::{Invalid, Reason};
use super::text::{self, NAME_MAX, clean_line};

/// A course version to be registered: what the course is worth for cohorts from `from_cohort` on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCourse {
    /// Code within the institution.
    #[schema(max_length = 64)]
    pub code: String,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Credits, 0 to 400.
    pub credits: CreditAmount,
    /// Teaching hours, 1 to 10,000.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    pub hours: Option<u32>,
    /// Of these, practice.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub practice_hours: Option<u32>,
    /// First cohort, 2000 to 2100.
    #[schema(minimum = 2000, maximum = 2100)]
    pub from_cohort: i32,
}

impl NewCourse {
    /// The same with texts in their one spelling.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        invalid.take("/credits", self.credits.within_achievement());
        check_hours(&mut invalid, "", self.hours, self.practice_hours);
        if !COHORTS.contains(&self.from_cohort) {
            invalid.push("/from_cohort", Reason::range(COHORTS.start(), COHORTS.end()));
        }
        match (code, name) {
            (Some(code), Some(name)) if invalid.is_empty() => Ok(Self { code, name, ..self.clone() }),
            _ => Err(invalid),
        }
    }
}

/// Notes hours outside 1 to [`HOURS_MAX`] and practice that is more than the hours, below `prefix`.
pub(super) fn check_hours(invalid: &mut Invalid, prefix: &str, hours: Option<u32>, practice_hours: Option<u32>) {
    if hours.is_some_and(|hours| !(1..=HOURS_MAX).contains(&hours)) {
        invalid.push(format!("{prefix}/hours"), Reason::range(1, HOURS_MAX));
    }
    let most = hours.unwrap_or(HOURS_MAX).min(HOURS_MAX);
    if practice_hours.is_some_and(|practice| practice > most) {
        invalid.push(format!("{prefix}/practice_hours"), Reason::range(0, most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold() {
        let course = NewCourse {
            code: "NET101".into(),
            name: "计算机网络基础".into(),
            credits: CreditAmount::from_thousandths(4_000),
            hours: Some(64),
            practice_hours: Some(64),
            from_cohort: 2024,
        };
        assert_eq!(course.validate(), Ok(course.clone()));
        let bad = NewCourse {
            code: "网络".into(),
            name: " ".into(),
            credits: CreditAmount::from_thousandths(400_001),
            hours: Some(64),
            practice_hours: Some(65),
            from_cohort: 24,
        };
        let pointers: Vec<_> = bad.validate().expect_err("faults").0.into_iter().map(|f| f.pointer).collect();
        assert_eq!(pointers, ["/code", "/name", "/credits", "/practice_hours", "/from_cohort"]);
        assert!(NewCourse { hours: Some(0), practice_hours: None, ..course.clone() }.validate().is_err());
        assert!(NewCourse { hours: Some(10_001), practice_hours: None, ..course }.validate().is_err());
    }
}
