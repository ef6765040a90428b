//! Programme versions 培养方案: what a cohort has to gain, module by module.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::course::check_hours;
use super::credit::CreditAmount;
use super::enrolment::COHORTS;
use super::invalid::{Invalid, Reason};
use super::text::{self, NAME_MAX, clean_line};

/// Most modules of one version.
pub const MODULES_MAX: usize = 50;
/// Most courses of one module.
pub const MODULE_COURSES_MAX: usize = 300;

/// A course of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModuleCourse {
    /// Code within the institution.
    #[schema(max_length = 64)]
    pub code: String,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Credits, 0 to 400.
    pub credits: CreditAmount,
    /// Whether everybody must pass it.
    pub required: bool,
    /// Teaching hours.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    pub hours: Option<u32>,
    /// Of these, practice.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub practice_hours: Option<u32>,
}

/// A module of a programme version. Without courses it is open: anything the school counts there fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Code within the version.
    #[schema(max_length = 64)]
    pub code: String,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Least credits to be gained in it.
    pub min_credits: CreditAmount,
    /// Whether it is a practice module.
    #[serde(default)]
    pub practice: bool,
    /// Its courses.
    #[serde(default)]
    #[schema(max_items = 300)]
    pub courses: Vec<ModuleCourse>,
}

/// The plan of a programme for one cohort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgrammeVersion {
    /// Cohort, 2000 to 2100.
    #[schema(minimum = 2000, maximum = 2100)]
    pub cohort: i32,
    /// Credits needed in all: more than nothing, at most 400.
    pub total_credits: CreditAmount,
    /// Modules.
    #[schema(max_items = 50)]
    pub modules: Vec<Module>,
    /// Largest share of the total that conversion may fill, a decimal from 0 to 1 such as `0.5`.
    #[serde(default)]
    #[schema(pattern = r"^(0(\.\d{1,3})?|1(\.0{1,3})?)$", examples("0.5"))]
    pub conversion_cap_share: Option<String>,
}

impl NewProgrammeVersion {
    /// The same with texts in their one spelling. Module codes are unique, course codes too across the whole version; the
    /// courses of a module suffice for its minimum, and the total covers all minima.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        if !COHORTS.contains(&self.cohort) {
            invalid.push("/cohort", Reason::range(COHORTS.start(), COHORTS.end()));
        }
        let conversion_cap_share =
            self.conversion_cap_share.as_ref().and_then(|text| invalid.take("/conversion_cap_share", share(text)));
        if self.modules.is_empty() {
            invalid.push("/modules", Reason::Empty);
        }
        if self.modules.len() > MODULES_MAX {
            invalid.push("/modules", Reason::TooMany { max: MODULES_MAX });
            return Err(invalid);
        }
        let mut module_codes = HashSet::new();
        let mut course_codes = HashSet::new();
        let mut modules = Vec::with_capacity(self.modules.len());
        for (i, module) in self.modules.iter().enumerate() {
            let Some(module) = invalid.take_all(&format!("/modules/{i}"), module.validate(&mut course_codes)) else {
                continue;
            };
            if !module_codes.insert(module.code.clone()) {
                invalid.push(format!("/modules/{i}/code"), Reason::Duplicate);
            }
            modules.push(module);
        }
        let most = CreditAmount::MAX_PER_ACHIEVEMENT;
        let minima = sum(modules.iter().map(|module| module.min_credits));
        if self.total_credits > most || self.total_credits < minima || self.total_credits.is_zero() {
            invalid.push("/total_credits", Reason::range(minima, most));
        }
        invalid.into_result()?;
        Ok(Self { modules, conversion_cap_share, ..self.clone() })
    }
}

impl Module {
    fn validate(&self, course_codes: &mut HashSet<String>) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        invalid.take("/min_credits", self.min_credits.within_achievement());
        if self.courses.len() > MODULE_COURSES_MAX {
            invalid.push("/courses", Reason::TooMany { max: MODULE_COURSES_MAX });
            return Err(invalid);
        }
        let mut courses = Vec::with_capacity(self.courses.len());
        for (i, course) in self.courses.iter().enumerate() {
            let Some(course) = invalid.take_all(&format!("/courses/{i}"), course.validate()) else {
                continue;
            };
            if !course_codes.insert(course.code.clone()) {
                invalid.push(format!("/courses/{i}/code"), Reason::Duplicate);
            }
            courses.push(course);
        }
        let offered = sum(courses.iter().map(|course| course.credits));
        if !self.courses.is_empty() && self.min_credits > offered {
            invalid.push("/min_credits", Reason::range(CreditAmount::ZERO, offered));
        }
        match (code, name) {
            (Some(code), Some(name)) if invalid.is_empty() => Ok(Self { code, name, courses, ..self.clone() }),
            _ => Err(invalid),
        }
    }
}

impl ModuleCourse {
    fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        invalid.take("/credits", self.credits.within_achievement());
        check_hours(&mut invalid, "", self.hours, self.practice_hours);
        match (code, name) {
            (Some(code), Some(name)) if invalid.is_empty() => Ok(Self { code, name, ..self.clone() }),
            _ => Err(invalid),
        }
    }
}

/// At most 15,000 amounts of at most a million: never overflows, and would stop at the largest amount if it did.
fn sum(amounts: impl Iterator<Item = CreditAmount>) -> CreditAmount {
    amounts.fold(CreditAmount::ZERO, |sum, amount| {
        sum.checked_add(amount).unwrap_or(CreditAmount::from_thousandths(i64::MAX))
    })
}

/// A decimal from 0 to 1 with at most three decimals, trimmed. An amount of credit has the same written form.
fn share(text: &str) -> Result<String, Reason> {
    let one = CreditAmount::from_thousandths(1_000);
    match text.parse::<CreditAmount>()? {
        share if share <= one => Ok(share.to_string()),
        _ => Err(Reason::range(0, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(text: &str) -> CreditAmount {
        text.parse().expect("an amount")
    }

    fn course(code: &str, amount: &str) -> ModuleCourse {
        ModuleCourse {
            code: code.into(),
            name: "课程".into(),
            credits: credits(amount),
            required: true,
            hours: None,
            practice_hours: None,
        }
    }

    fn module(code: &str, min: &str, courses: Vec<ModuleCourse>) -> Module {
        Module { code: code.into(), name: "模块".into(), min_credits: credits(min), practice: false, courses }
    }

    fn version(total: &str, modules: Vec<Module>) -> NewProgrammeVersion {
        NewProgrammeVersion {
            cohort: 2024,
            total_credits: credits(total),
            modules,
            conversion_cap_share: Some("0.50".into()),
        }
    }

    fn faults(version: &NewProgrammeVersion) -> Vec<String> {
        let invalid = version.validate().expect_err("faults");
        invalid.0.into_iter().map(|f| format!("{} {}", f.pointer, f.reason.code())).collect()
    }

    #[test]
    fn sums_must_fit() {
        let good =
            version("6", vec![module("A", "4", vec![course("C1", "2"), course("C2", "2")]), module("B", "2", vec![])]);
        assert_eq!(good.validate().map(|v| v.conversion_cap_share), Ok(Some("0.5".into())));
        let short = version("5", vec![module("A", "4", vec![course("C1", "2")]), module("B", "2", vec![])]);
        // The module at fault is left out of the sum of minima.
        assert_eq!(faults(&short), ["/modules/0/min_credits out-of-range"]);
        let low = version("5", vec![module("A", "4", vec![]), module("B", "2", vec![])]);
        assert_eq!(faults(&low), ["/total_credits out-of-range"]);
        assert_eq!(faults(&version("400.001", vec![module("A", "4", vec![])])), ["/total_credits out-of-range"]);
        assert_eq!(faults(&version("4", vec![])), ["/modules empty"]);
    }

    #[test]
    fn codes_are_unique_across_modules() {
        let twice =
            version("4", vec![module("A", "1", vec![course("C1", "2")]), module("A", "1", vec![course("C1", "2")])]);
        assert_eq!(faults(&twice), ["/modules/1/courses/0/code duplicate"]);
        let modules = version("4", vec![module("A", "1", vec![]), module("A", "1", vec![])]);
        assert_eq!(faults(&modules), ["/modules/1/code duplicate"]);
    }

    #[test]
    fn shares_are_between_nought_and_one() {
        for (text, want) in
            [("0", Some("0")), ("1", Some("1")), ("0.25", Some("0.25")), ("1.001", None), ("-0.1", None), ("50%", None)]
        {
            assert_eq!(share(text).ok().as_deref(), want, "{text}");
        }
    }
}
