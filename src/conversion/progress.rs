//! Progress 学业进度: how far a learner is in a programme, module by module, what is missing, and what would fill it.
//!
//! Pure and deterministic. What counts is what lies in the programme's purse; a course counts once, whichever way it came.
//! Converted credits beyond the plan's cap do not count towards the total.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::progress_place::{Placed, place};
use super::progress_requirement::{Asked, ask};
use super::shortfall::{Shortfall, ShortfallCode};
use crate::domain::class_word::{EARNED, GRANTED};
use crate::domain::condition::usual_name;
use crate::domain::credit::CreditAmount;
use crate::domain::kind::AchievementKind;
use crate::domain::programme_version::{Module, ModuleCourse, NewProgrammeVersion};
use crate::domain::requirement::{AppliesTo, Substitution, Unit};
use crate::domain::text_enum::text_enum;

/// Courses told as what would fill one module or requirement.
pub const COULD_FILL_MAX: usize = 20;

text_enum! {
    /// How credits came into a programme.
    pub enum Origin {
        Earned = "earned" / "修得",
        Granted = "granted" / "转换",
    }
}

text_enum! {
    /// Where a condition that credits cannot show stands.
    pub enum ConditionState {
        Confirmed = "confirmed" / "合格",
        Failed = "failed" / "不合格",
    }
}

/// Something that counts in the programme: a course or other credits, or an exemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The lot, or for a course without credits the achievement.
    pub id: Uuid,
    /// Code of the course it is a result or an exemption of.
    #[serde(default)]
    pub course: Option<String>,
    /// Module that a conversion granted it to.
    #[serde(default)]
    pub module: Option<String>,
    /// Credits.
    pub credits: CreditAmount,
    /// How it came.
    pub origin: Origin,
    /// Hours; the plan's where the result does not say.
    #[serde(default)]
    pub hours: Option<u32>,
    /// Of these, practice.
    #[serde(default)]
    pub practice_hours: Option<u32>,
    /// Class words of its own: `kind:…`, `issuer:…`, tags.
    #[serde(default)]
    pub classes: Vec<String>,
    /// When it was completed.
    pub completed_on: NaiveDate,
}

/// An achievement held, for level floors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldAchievement {
    /// Its kind.
    pub kind: AchievementKind,
    /// Its code.
    #[serde(default)]
    pub code: Option<String>,
    /// Its level.
    #[serde(default)]
    pub level: Option<String>,
    /// Until when it is valid.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
}

/// What is known of a learner in a programme on a day.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What counts.
    pub counted: &'a [Counted],
    /// Live achievements.
    pub held: &'a [HeldAchievement],
    /// Substitutions for this learner alone.
    pub substitutions: &'a [Substitution],
    /// Conditions that staff decided on.
    pub conditions: &'a BTreeMap<String, ConditionState>,
    /// First day of the enrolment.
    pub from: NaiveDate,
    /// The day.
    pub on: NaiveDate,
}

/// A sum by how it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sums {
    /// Asked for.
    pub needed: CreditAmount,
    /// Earned.
    pub earned: CreditAmount,
    /// Granted by conversions.
    pub granted: CreditAmount,
    /// Missing.
    pub missing: CreditAmount,
}

/// A course of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CourseRef {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its credits.
    pub credits: CreditAmount,
}

impl From<&ModuleCourse> for CourseRef {
    fn from(course: &ModuleCourse) -> Self {
        Self { code: course.code.clone(), name: course.name.clone(), credits: course.credits }
    }
}

/// How far a module is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModuleProgress {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its credits.
    #[serde(flatten)]
    pub sums: Sums,
    /// Required courses that are neither earned, exempted nor substituted.
    pub missing_courses: Vec<CourseRef>,
    /// Courses of the module that would fill it, at most twenty; empty where nothing is missing, and for an open module.
    pub could_fill: Vec<CourseRef>,
}

/// How far the cap on converted credits is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Converted {
    /// Converted so far.
    pub used: CreditAmount,
    /// The cap, where there is one.
    pub cap: Option<CreditAmount>,
    /// Beyond the cap: not counted towards the total.
    pub beyond: CreditAmount,
}

/// Whether the programme may be completed before the usual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StudyProgress {
    /// The usual day of completion.
    pub ends_on: NaiveDate,
    /// The first day on which it may be completed, as things stand.
    pub earliest: NaiveDate,
    /// Whether early completion is open.
    pub early: bool,
}

/// A condition and where it stands; none where nobody decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConditionProgress {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: Option<ConditionState>,
}

/// How far a learner is in a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// Whether everything is met.
    pub met: bool,
    /// Credits in all.
    pub total: Sums,
    /// Module by module.
    pub modules: Vec<ModuleProgress>,
    /// Credits that count in no module of the plan.
    pub unplanned: CreditAmount,
    /// What is asked for beyond the modules.
    pub requirements: Vec<Asked>,
    /// Converted credits against the cap.
    pub converted: Converted,
    /// Study time, where it is bounded.
    pub study: Option<StudyProgress>,
    /// Conditions that staff confirm.
    pub conditions: Vec<ConditionProgress>,
    /// Everything that is missing.
    pub shortfalls: Vec<Shortfall>,
    /// Courses that came twice, earned and granted: counted once.
    pub counted_once: Vec<String>,
}

/// How far a learner is.
pub fn progress(version: &NewProgrammeVersion, s: &Situation<'_>) -> Progress {
    let substitutions: Vec<&Substitution> = version.requirements.substitutions.iter().chain(s.substitutions).collect();
    let (placed, counted_once) = place(version, s.counted, &substitutions);
    let sum = |origin: Option<Origin>, module: Option<usize>, all: bool| -> i64 {
        let taken = placed.iter().filter(|p| (all || p.module == module) && origin.is_none_or(|o| p.origin == o));
        taken.map(|p| p.credits).sum()
    };
    let mut shortfalls = Vec::new();
    let converted = converted(version, sum(Some(Origin::Granted), None, true));
    let total = sums(
        version.total_credits.thousandths(),
        sum(Some(Origin::Earned), None, true),
        sum(Some(Origin::Granted), None, true) - converted.beyond.thousandths(),
    );
    if total.missing > CreditAmount::ZERO {
        let has = total.needed.thousandths() - total.missing.thousandths();
        let short = Shortfall::of(ShortfallCode::TotalCredits);
        shortfalls.push(short.amounts(Unit::Credits, total.needed.thousandths(), has));
    }
    let modules: Vec<ModuleProgress> = version
        .modules
        .iter()
        .enumerate()
        .map(|(index, module)| {
            let of = |origin| sum(Some(origin), Some(index), false);
            let sums = sums(module.min_credits.thousandths(), of(Origin::Earned), of(Origin::Granted));
            module_progress(module, sums, &placed, &mut shortfalls)
        })
        .collect();
    let items = version.requirements.items.iter().filter(|item| item.applies_to == AppliesTo::Learner);
    let requirements: Vec<Asked> =
        items.map(|item| ask(item, version, &placed, s.held, s.on, &mut shortfalls)).collect();
    let study = study(version, total.earned.thousandths() + total.granted.thousandths(), s.from);
    if let Some(study) = study.filter(|study| s.on < study.earliest) {
        shortfalls.push(Shortfall { on: Some(study.earliest), ..Shortfall::of(ShortfallCode::StudyTime) });
    }
    let conditions = conditions(version, s.conditions, &mut shortfalls);
    Progress {
        met: shortfalls.is_empty(),
        total,
        modules,
        unplanned: CreditAmount::from_thousandths(sum(None, None, false)),
        requirements,
        converted,
        study,
        conditions,
        shortfalls,
        counted_once,
    }
}

impl Progress {
    /// Where no plan is registered: what counts, and nothing to measure it by.
    pub fn without_plan(counted: &[Counted]) -> Self {
        let sum = |origin| counted.iter().filter(|one| one.origin == origin).map(|one| one.credits.thousandths()).sum();
        let (earned, granted) = (sum(Origin::Earned), sum(Origin::Granted));
        let amount = CreditAmount::from_thousandths;
        Self {
            met: false,
            total: sums(0, earned, granted),
            modules: Vec::new(),
            unplanned: amount(earned + granted),
            requirements: Vec::new(),
            converted: Converted { used: amount(granted), cap: None, beyond: CreditAmount::ZERO },
            study: None,
            conditions: Vec::new(),
            shortfalls: vec![Shortfall::of(ShortfallCode::NoPlan)],
            counted_once: Vec::new(),
        }
    }

    /// A term ahead: conditions that nobody decided on yet and study time do not count as missing.
    pub fn ahead(mut self) -> Self {
        let open = [ShortfallCode::ConditionOpen, ShortfallCode::StudyTime];
        self.shortfalls.retain(|one| !open.contains(&one.code));
        self.met = self.shortfalls.is_empty();
        self
    }
}

/// The requirements on the plan itself that it does not meet, with their places in the list.
pub fn plan_shortfalls(version: &NewProgrammeVersion, on: NaiveDate) -> Vec<(usize, Shortfall)> {
    let taken = as_taken(version, on);
    let (placed, _) = place(version, &taken, &[]);
    let mut found = Vec::new();
    for (index, item) in version.requirements.items.iter().enumerate() {
        if item.applies_to == AppliesTo::Plan {
            let mut shortfalls = Vec::new();
            ask(item, version, &placed, &[], on, &mut shortfalls);
            found.extend(shortfalls.into_iter().map(|shortfall| (index, shortfall)));
        }
    }
    found
}

/// The plan as a learner takes it who passes every required course, and of the electives, in their order, as many as each
/// module needs. An open module is one course of its least credits.
fn as_taken(version: &NewProgrammeVersion, on: NaiveDate) -> Vec<Counted> {
    let mut taken = Vec::new();
    let counted = |course: Option<&str>, module: &Module, credits, number: usize| Counted {
        id: Uuid::from_u128(u128::try_from(number).unwrap_or_default()),
        course: course.map(str::to_owned),
        module: Some(module.code.clone()),
        credits,
        origin: Origin::Earned,
        hours: None,
        practice_hours: None,
        classes: Vec::new(),
        completed_on: on,
    };
    for module in &version.modules {
        let mut sum = CreditAmount::ZERO;
        let electives = module.courses.iter().filter(|course| !course.required);
        for course in module.courses.iter().filter(|course| course.required).chain(electives) {
            if course.required || sum < module.min_credits {
                sum = sum.checked_add(course.credits).unwrap_or(sum);
                taken.push(counted(Some(&course.code), module, course.credits, taken.len()));
            }
        }
        if module.courses.is_empty() {
            taken.push(counted(None, module, module.min_credits, taken.len()));
        }
    }
    taken
}

fn sums(needed: i64, earned: i64, granted: i64) -> Sums {
    let amount = CreditAmount::from_thousandths;
    Sums {
        needed: amount(needed),
        earned: amount(earned),
        granted: amount(granted),
        missing: amount((needed - earned - granted).max(0)),
    }
}

fn converted(version: &NewProgrammeVersion, used: i64) -> Converted {
    let cap = version.conversion_cap();
    let beyond = cap.map_or(0, |cap| (used - cap.thousandths()).max(0));
    Converted { used: CreditAmount::from_thousandths(used), cap, beyond: CreditAmount::from_thousandths(beyond) }
}

fn module_progress(
    module: &Module,
    sums: Sums,
    placed: &[Placed<'_>],
    shortfalls: &mut Vec<Shortfall>,
) -> ModuleProgress {
    let passed = |code: &str| placed.iter().any(|p| p.stands_for == Some(code));
    let open = || module.courses.iter().filter(|course| !passed(&course.code));
    let missing_courses: Vec<CourseRef> = open().filter(|course| course.required).map(CourseRef::from).collect();
    if sums.missing > CreditAmount::ZERO {
        let has = sums.needed.thousandths() - sums.missing.thousandths();
        let short = Shortfall::about(ShortfallCode::ModuleCredits, &module.code, &module.name);
        shortfalls.push(short.amounts(Unit::Credits, sums.needed.thousandths(), has));
    }
    let missing =
        missing_courses.iter().map(|course| Shortfall::about(ShortfallCode::CourseMissing, &course.code, &course.name));
    shortfalls.extend(missing);
    let short = sums.missing > CreditAmount::ZERO || !missing_courses.is_empty();
    let could_fill = if short { open().take(COULD_FILL_MAX).map(CourseRef::from).collect() } else { Vec::new() };
    ModuleProgress { code: module.code.clone(), name: module.name.clone(), sums, missing_courses, could_fill }
}

/// When the programme may be completed. Early completion opens once the credits for it are there.
fn study(version: &NewProgrammeVersion, credits: i64, from: NaiveDate) -> Option<StudyProgress> {
    let time = version.requirements.study?;
    let after = |months: u32| from.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX);
    let ends_on = after(time.months);
    let early = time.early.filter(|early| credits >= early.credits.thousandths());
    let earliest = early.map_or(ends_on, |early| {
        after(early.after_months.max(time.months.saturating_sub(early.by_months))).min(ends_on)
    });
    Some(StudyProgress { ends_on, earliest, early: early.is_some() })
}

fn conditions(
    version: &NewProgrammeVersion,
    decided: &BTreeMap<String, ConditionState>,
    shortfalls: &mut Vec<Shortfall>,
) -> Vec<ConditionProgress> {
    let asked = version.requirements.conditions.iter().map(|one| (one.code.as_str(), one.name.as_str()));
    // Decided on without being asked for: it blocks where it failed.
    let others = decided.keys().filter(|code| version.requirements.conditions.iter().all(|one| one.code != **code));
    let all: Vec<(&str, &str)> = asked.chain(others.map(|code| (code.as_str(), usual_name(code)))).collect();
    all.into_iter()
        .map(|(code, name)| {
            let state = decided.get(code).copied();
            match state {
                None => shortfalls.push(Shortfall::about(ShortfallCode::ConditionOpen, code, name)),
                Some(ConditionState::Failed) => {
                    shortfalls.push(Shortfall::about(ShortfallCode::ConditionFailed, code, name));
                }
                Some(ConditionState::Confirmed) => {}
            }
            ConditionProgress { code: code.to_owned(), name: name.to_owned(), state }
        })
        .collect()
}

/// The class word of an origin.
pub(super) const fn origin_class(origin: Origin) -> &'static str {
    match origin {
        Origin::Earned => EARNED,
        Origin::Granted => GRANTED,
    }
}
