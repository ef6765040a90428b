//! One requirement, asked of what counts.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::progress::{COULD_FILL_MAX, CourseRef, HeldAchievement};
use super::progress_place::Placed;
use super::shortfall::{Shortfall, ShortfallCode};
use crate::domain::credit::CreditAmount;
use crate::domain::programme_version::NewProgrammeVersion;
use crate::domain::requirement::{Holds, Requirement, Selection, Unit};

/// A requirement and how far it is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Asked {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it is met.
    pub met: bool,
    /// In what it is counted.
    pub unit: Unit,
    /// What counts.
    pub has: CreditAmount,
    /// At least so much, shares worked out.
    pub least: Option<CreditAmount>,
    /// At most so much, shares worked out.
    pub most: Option<CreditAmount>,
    /// The last day.
    pub by: Option<NaiveDate>,
    /// Courses of the plan that would fill it, at most twenty; empty where nothing is missing.
    pub could_fill: Vec<CourseRef>,
}

/// Asks `item` of what counts; notes what is missing.
pub(super) fn ask(
    item: &Requirement,
    version: &NewProgrammeVersion,
    placed: &[Placed<'_>],
    held: &[HeldAchievement],
    on: NaiveDate,
    shortfalls: &mut Vec<Shortfall>,
) -> Asked {
    let before = shortfalls.len();
    let selected: Vec<&Placed<'_>> = placed.iter().filter(|one| item.counts.takes(&one.classes)).collect();
    let (timely, late): (Vec<&Placed<'_>>, Vec<&Placed<'_>>) = selected.into_iter().partition(|one| in_time(item, one));
    let has = sum(item.unit, timely.iter().copied());
    let whole = whole(item, version, placed);
    let least = bound(item.least, item.least_share.map(|share| share.least_of(whole)), i64::max);
    let most = bound(item.most, item.most_share.map(|share| share.most_of(whole)), i64::min);
    let about = |code| Shortfall::about(code, &item.code, &item.name);
    if let Some(least) = least.filter(|least| has < *least) {
        let in_the_end = has + sum(item.unit, late.iter().copied());
        let late = item.by.filter(|_| in_the_end >= least);
        let code = if late.is_some() { ShortfallCode::RequirementLate } else { ShortfallCode::RequirementLeast };
        let last = item.make_up.as_ref().map(|make_up| make_up.by).or(item.by);
        shortfalls.push(Shortfall { on: late.and(last), ..about(code).amounts(item.unit, least, has) });
    }
    if let Some(most) = most.filter(|most| has > *most) {
        shortfalls.push(about(ShortfallCode::RequirementMost).amounts(item.unit, most, has));
    }
    if let Some(each) = &item.each {
        for class in &each.classes {
            let of_class = timely.iter().copied().filter(|one| one.classes.contains(class));
            let (needed, has) = (each.least.thousandths(), sum(item.unit, of_class));
            if has < needed {
                let short = about(ShortfallCode::RequirementEach).amounts(item.unit, needed, has);
                shortfalls.push(Shortfall { class: Some(class.clone()), ..short });
            }
        }
    }
    if item.holds.as_ref().is_some_and(|holds| !holds_enough(holds, held, on)) {
        shortfalls.push(about(ShortfallCode::RequirementHolds));
    }
    let met = shortfalls.len() == before;
    let only_too_much = shortfalls[before..].iter().all(|one| one.code == ShortfallCode::RequirementMost);
    let could_fill = if met || only_too_much { Vec::new() } else { could_fill(item, version, placed) };
    let amount = CreditAmount::from_thousandths;
    Asked {
        code: item.code.clone(),
        name: item.name.clone(),
        met,
        unit: item.unit,
        has: amount(has),
        least: least.map(amount),
        most: most.map(amount),
        by: item.by,
        could_fill,
    }
}

fn in_time(item: &Requirement, one: &Placed<'_>) -> bool {
    let Some(by) = item.by else { return true };
    let made_up = |make_up: &crate::domain::requirement::MakeUp| {
        one.completed_on <= make_up.by && make_up.any_of.iter().any(|class| one.classes.contains(class))
    };
    one.completed_on <= by || item.make_up.as_ref().is_some_and(made_up)
}

/// In thousandths of the unit.
fn sum<'p>(unit: Unit, list: impl Iterator<Item = &'p Placed<'p>>) -> i64 {
    let value = |one: &Placed<'_>| match unit {
        Unit::Credits => one.credits,
        Unit::Hours => i64::from(one.hours) * 1_000,
        Unit::PracticeHours => i64::from(one.practice_hours) * 1_000,
        Unit::Courses => i64::from(one.is_course) * 1_000,
    };
    list.map(value).sum()
}

/// What shares are of: of the programme's total credits, unless something else is said or counted.
fn whole(item: &Requirement, version: &NewProgrammeVersion, placed: &[Placed<'_>]) -> i64 {
    let unit = if item.unit == Unit::PracticeHours { Unit::Hours } else { item.unit };
    let counted = |selection: &Selection| sum(unit, placed.iter().filter(|one| selection.takes(&one.classes)));
    match &item.share_of {
        Some(selection) => counted(selection),
        None if unit == Unit::Credits => version.total_credits.thousandths(),
        None => counted(&Selection::default()),
    }
}

fn bound(said: Option<CreditAmount>, share: Option<i64>, both: fn(i64, i64) -> i64) -> Option<i64> {
    match (said.map(CreditAmount::thousandths), share) {
        (Some(said), Some(share)) => Some(both(said, share)),
        (said, share) => said.or(share),
    }
}

fn holds_enough(holds: &Holds, held: &[HeldAchievement], on: NaiveDate) -> bool {
    let valid = held.iter().filter(|one| one.valid_until.is_none_or(|until| on <= until));
    let fits = |one: &&HeldAchievement| {
        holds.any.iter().any(|floor| floor.fits(one.kind, one.code.as_deref(), one.level.as_deref()))
    };
    valid.filter(fits).count() >= usize::try_from(holds.number).unwrap_or(usize::MAX)
}

fn could_fill(item: &Requirement, version: &NewProgrammeVersion, placed: &[Placed<'_>]) -> Vec<CourseRef> {
    let passed = |code: &str| placed.iter().any(|one| one.stands_for == Some(code));
    let courses = version.modules.iter().flat_map(|module| module.courses.iter().map(move |course| (module, course)));
    courses
        .filter(|(module, course)| item.counts.takes(&module.classes_of(course)) && !passed(&course.code))
        .take(COULD_FILL_MAX)
        .map(|(_, course)| CourseRef::from(course))
        .collect()
}
