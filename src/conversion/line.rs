//! A candidate line: one rule resting on certain achievements and facts, with everything it could grant by itself.

use super::limits::Cap;
use super::matching::Miss;
use super::rule::ConversionRule;
use super::rule_set::RuleSetVersion;
use super::worth::Worth;

/// A candidate line. Amounts are thousandths of a credit.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// Its rule set.
    pub set: &'a RuleSetVersion,
    /// Its rule.
    pub rule: &'a ConversionRule,
    /// Places of set and rule.
    pub order: (usize, usize),
    /// Places of the achievements, in the order of the rule's sources.
    pub items: Vec<usize>,
    /// Places of the facts.
    pub facts: Vec<usize>,
    /// What the rule's value says.
    pub worth: Worth<'a>,
    /// Own credits of the achievements.
    pub source: i64,
    /// What lower ones of the same family gave already.
    pub given: i64,
    /// What it can grant.
    pub offer: Offer<'a>,
}

/// What a line can grant.
#[derive(Debug, Clone)]
pub(super) enum Offer<'a> {
    /// Credits to a module or to the programme as a whole.
    Plain(Plain<'a>),
    /// Courses.
    Courses(Courses<'a>),
}

/// Credits that exempt no course: any whole number of steps up to `most`.
#[derive(Debug, Clone)]
pub(super) struct Plain<'a> {
    /// The module's place; none for the programme as a whole.
    pub module: Option<usize>,
    /// The most.
    pub most: i64,
    /// The limit that cut it to that, and what it allows.
    pub cut: Option<(&'a Cap, i64)>,
}

/// Courses that can be exempted: any of them, within the limits.
#[derive(Debug, Clone)]
pub(super) struct Courses<'a> {
    /// The courses.
    pub choices: Vec<Choice>,
    /// Courses that a limit of the line keeps out even alone, with the reason.
    pub stopped: Vec<(usize, Miss)>,
    /// The line's own limits.
    pub limits: Vec<Limit<'a>>,
    /// All or none.
    pub all: bool,
    /// The part exempted, where it is not the whole course.
    pub part: Option<&'a str>,
    /// What the courses and public electives may be worth together, where the rest goes to public electives.
    pub with_electives: Option<i64>,
}

/// A course that can be exempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    /// Its place.
    pub course: usize,
    /// Credits it counts for.
    pub credits: i64,
}

/// A limit within one line.
#[derive(Debug, Clone)]
pub(super) struct Limit<'a> {
    /// Where it comes from.
    pub why: Why<'a>,
    /// What it counts.
    pub counts: Counts,
    /// Places among the choices that it counts; all, and public electives too, when none.
    pub of: Option<Vec<usize>>,
    /// The most.
    pub most: i64,
}

impl Limit<'_> {
    /// What it counts of the choice at a place.
    pub fn takes(&self, at: usize, choice: Choice) -> i64 {
        match self.counts {
            _ if self.of.as_ref().is_some_and(|of| !of.contains(&at)) => 0,
            Counts::Credits => choice.credits,
            _ => 1,
        }
    }
}

/// Where a limit of one line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why<'a> {
    /// A cap per item.
    Cap(&'a Cap),
    /// The rule's value.
    Value,
    /// The source's own credits, by the direction of the target.
    Source,
    /// What can be drawn.
    Drawable,
    /// The most courses of one use.
    MostCourses,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// Thousandths of a credit.
    Credits,
    /// Courses.
    Courses,
    /// Achievements.
    Achievements,
}

impl Line<'_> {
    /// The most that it can grant by itself: never less than what any selection of it gives.
    pub fn most(&self) -> i64 {
        match &self.offer {
            Offer::Plain(plain) => plain.most,
            Offer::Courses(courses) => courses.most(),
        }
    }

    /// The step of its credits.
    pub fn step(&self) -> i64 {
        self.rule.rounding.step.thousandths().max(1)
    }
}

impl Courses<'_> {
    /// The sum of all choices, or what goes with electives, within the limits that count everything.
    fn most(&self) -> i64 {
        let sum: i64 = self.choices.iter().fold(0, |sum, choice| sum.saturating_add(choice.credits));
        let wide = self.with_electives.map_or(sum, |all| all.max(sum));
        self.limits
            .iter()
            .filter(|limit| limit.of.is_none() && limit.counts == Counts::Credits)
            .fold(wide, |most, limit| most.min(limit.most))
    }
}
