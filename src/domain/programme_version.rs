//! Programme versions 培养方案: what a cohort has to gain, module by module.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::class_word::{self, ELECTIVE, PRACTICE, REQUIRED};
use super::course::check_hours;
use super::credit::CreditAmount;
use super::enrolment::COHORTS;
use super::invalid::{Invalid, Reason};
use super::requirement::Requirements;
use super::share::Share;
use super::term::Term;
use super::text::{self, NAME_MAX, clean_line};

/// Most modules of one version.
pub const MODULES_MAX: usize = 50;
/// Most courses of one module.
pub const MODULE_COURSES_MAX: usize = 300;

/// Most terms of study.
const TERMS_MAX: u32 = 20;

/// A course of a module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Classes it belongs to, in the words of whoever publishes rules: 专业核心必修, politics, graduation_project…
    #[serde(default)]
    #[schema(max_items = 10)]
    pub classes: Vec<String>,
    /// The term of study in which it is taught, counted from 1: for limits on the share of a term's courses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 20)]
    pub term: Option<u32>,
}

/// A module of a programme version. Without courses it is open: anything the school counts there fills it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Classes that all its courses belong to.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub classes: Vec<String>,
}

/// The plan of a programme for one cohort.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// What is asked for beyond modules and total.
    #[serde(default)]
    pub requirements: Requirements,
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
        let requirements = invalid.take_all("/requirements", self.requirements.validate(&course_codes));
        match requirements {
            Some(requirements) if invalid.is_empty() => {
                Ok(Self { modules, conversion_cap_share, requirements, ..self.clone() })
            }
            _ => Err(invalid),
        }
    }

    /// How many of its courses are taught in a term to learners of its cohort; none where the plan does not say when its
    /// courses are taught.
    pub fn courses_of_term(&self, term: Term) -> Option<u32> {
        let terms: Vec<u32> = self.modules.iter().flat_map(|m| &m.courses).filter_map(|course| course.term).collect();
        if terms.is_empty() {
            return None;
        }
        // A short summer term belongs to the spring before it.
        let number = i64::from(term.number().min(2));
        let of_study = (i64::from(term.first_year()) - i64::from(self.cohort)) * 2 + number;
        u32::try_from(terms.iter().filter(|&&taught| i64::from(taught) == of_study).count()).ok()
    }

    /// The most credits that conversion may fill: the cap's share of the total, where there is one.
    pub fn conversion_cap(&self) -> Option<CreditAmount> {
        let share: Share = self.conversion_cap_share.as_deref()?.parse().ok()?;
        Some(CreditAmount::from_thousandths(share.most_of(self.total_credits.thousandths())))
    }
}

impl Module {
    /// The classes of one of its courses: the course's own, the module's, and those that follow from the plan.
    pub fn classes_of<'a>(&'a self, course: &'a ModuleCourse) -> Vec<&'a str> {
        let derived = if course.required { REQUIRED } else { ELECTIVE };
        course.classes.iter().map(String::as_str).chain(self.own_classes()).chain([derived]).collect()
    }

    /// The classes of whatever counts in it.
    pub fn own_classes(&self) -> impl Iterator<Item = &str> {
        self.classes.iter().map(String::as_str).chain(self.practice.then_some(PRACTICE))
    }

    fn validate(&self, course_codes: &mut HashSet<String>) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        invalid.take("/min_credits", self.min_credits.within_achievement());
        let classes = class_word::words(&mut invalid, "/classes", &self.classes);
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
            (Some(code), Some(name)) if invalid.is_empty() => Ok(Self { code, name, courses, classes, ..self.clone() }),
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
        if self.term.is_some_and(|term| !(1..=TERMS_MAX).contains(&term)) {
            invalid.push("/term", Reason::range(1, TERMS_MAX));
        }
        let classes = class_word::words(&mut invalid, "/classes", &self.classes);
        match (code, name) {
            (Some(code), Some(name)) if invalid.is_empty() => Ok(Self { code, name, classes, ..self.clone() }),
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
            ..ModuleCourse::default()
        }
    }

    #[test]
    fn courses_are_counted_by_the_term_of_study() {
        let taught = |code: &str, term: Option<u32>| ModuleCourse { term, ..course(code, "2") };
        let courses = vec![taught("A", Some(1)), taught("B", Some(3)), taught("C", Some(3)), taught("D", None)];
        let plan = NewProgrammeVersion { cohort: 2024, modules: vec![module("M", "1", courses)], ..Default::default() };
        let of = |term: &str| plan.courses_of_term(term.parse().expect("a term"));
        assert_eq!((of("2024-2025-1"), of("2024-2025-2")), (Some(1), Some(0)));
        assert_eq!((of("2025-2026-1"), of("2023-2024-2")), (Some(2), Some(0)));
        let silent = NewProgrammeVersion {
            cohort: 2024,
            modules: vec![module("M", "1", vec![course("A", "2")])],
            ..Default::default()
        };
        assert_eq!(silent.courses_of_term("2024-2025-1".parse().expect("a term")), None);
        assert!(taught("A", Some(0)).validate().is_err() && taught("A", Some(21)).validate().is_err());
        assert!(taught("A", Some(20)).validate().is_ok());
    }

    fn module(code: &str, min: &str, courses: Vec<ModuleCourse>) -> Module {
        Module { code: code.into(), name: "模块".into(), min_credits: credits(min), courses, ..Module::default() }
    }

    fn version(total: &str, modules: Vec<Module>) -> NewProgrammeVersion {
        NewProgrammeVersion {
            cohort: 2024,
            total_credits: credits(total),
            modules,
            conversion_cap_share: Some("0.50".into()),
            requirements: Requirements::default(),
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
    fn classes_follow_from_the_plan_as_well() {
        let elective = ModuleCourse { required: false, classes: vec!["专业拓展".into()], ..course("C1", "2") };
        let open = Module { classes: vec!["social_practice".into()], practice: true, ..module("A", "1", vec![]) };
        assert_eq!(open.classes_of(&elective), ["专业拓展", "social_practice", "practice", "elective"]);
        assert_eq!(module("B", "1", vec![]).classes_of(&course("C2", "2")), ["required"]);
        let twice = ModuleCourse { classes: vec!["a".into(), "a".into()], ..course("C1", "2") };
        assert_eq!(
            faults(&version("4", vec![module("A", "0", vec![twice])])),
            ["/modules/0/courses/0/classes/1 duplicate"]
        );
        let capped = version("81", vec![module("A", "1", vec![])]).validate().expect("a good plan");
        assert_eq!(capped.conversion_cap().map(|cap| cap.to_string()).as_deref(), Some("40.5"));
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
