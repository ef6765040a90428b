//! One rule by itself: its parts, and whether they fit one another.

use super::super::fault::{Faults, What};
use super::super::policy::{Draws, ScorePolicy};
use super::super::rule::{ConversionRule, RuleCase};
use super::super::target::Place;
use super::super::value::Value;
use super::document::TITLE_MAX;
use super::words::{code, line};
use super::{cap, policy, selector, target, value};
use crate::domain::invalid::Reason;
use crate::domain::kind::AchievementKind;

/// Most things that must be there together.
const SOURCES_MAX: usize = 5;
/// Most cases of one rule.
const CASES_MAX: usize = 50;
/// Most bytes of what a case supposes, so that it fits the cell of a spreadsheet (32,767 characters).
const GIVEN_MAX: usize = 30_000;
/// Longest clause or name of a case.
const CLAUSE_MAX: usize = 100;

pub fn check(rule: &ConversionRule, at: &str, faults: &mut Faults) {
    code(&rule.code, &format!("{at}/code"), faults);
    if rule.code.contains('/') {
        faults.field(format!("{at}/code"), Reason::Format { expected: "[A-Za-z0-9._-]{1,64}" });
    }
    line(&rule.title, &format!("{at}/title"), TITLE_MAX, faults);
    if let Some(clause) = &rule.clause {
        line(clause, &format!("{at}/clause"), CLAUSE_MAX, faults);
    }
    match rule.sources.len() {
        0 => faults.field(format!("{at}/sources"), Reason::Empty),
        1..=SOURCES_MAX => {}
        _ => faults.field(format!("{at}/sources"), Reason::TooMany { max: SOURCES_MAX }),
    }
    for (i, source) in rule.sources.iter().take(SOURCES_MAX).enumerate() {
        selector::check_source(source, &format!("{at}/sources/{i}"), faults);
    }
    let kinds: &[AchievementKind] = rule.sources.first().map_or(&[], |source| &source.kinds);
    value::check(&rule.value, rule, kinds, &format!("{at}/value"), faults);
    target::check(&rule.target, rule, &format!("{at}/target"), faults);
    policy::check(rule, at, faults);
    cap::check_rule(rule, at, faults);
    together(rule, kinds, at, faults);
    check_cases(&rule.cases, at, faults);
}

/// What one part says must make sense beside what the others say.
fn together(rule: &ConversionRule, kinds: &[AchievementKind], at: &str, faults: &mut Faults) {
    let courses = matches!(rule.target.place, Place::Courses { .. });
    let placed = match &rule.value {
        Value::TargetCourse | Value::NamedCourses { .. } => courses,
        Value::Block { .. } => !courses,
        _ => true,
    };
    if !placed {
        faults.field(format!("{at}/target/place"), Reason::Mismatch);
    }
    if matches!(rule.value, Value::Block { .. })
        && !kinds.is_empty()
        && !rule.sources.iter().any(|source| source.kinds.contains(&AchievementKind::Diploma))
    {
        let kinds = selector::kinds_zh(kinds);
        faults.push(format!("{at}/value/is"), What::PropertyOfOtherKind { kinds });
    }
    // Facts of the person alone have no credits to draw, no score to keep and no hours to count.
    if rule.sources.iter().all(|source| source.fact.is_some()) && !rule.sources.is_empty() {
        if rule.draws == Draws::Full {
            faults.push(format!("{at}/draws"), What::NeedsAchievement);
        }
        if matches!(rule.value, Value::Table { .. } | Value::HoursPer { .. } | Value::Ratio { .. }) {
            faults.push(format!("{at}/value"), What::NeedsAchievement);
        }
        if matches!(rule.score, ScorePolicy::Keep | ScorePolicy::Bands { .. } | ScorePolicy::Capped { .. }) {
            faults.push(format!("{at}/score"), What::NeedsAchievement);
        }
    }
}

fn check_cases(cases: &[RuleCase], at: &str, faults: &mut Faults) {
    if cases.len() > CASES_MAX {
        faults.field(format!("{at}/cases"), Reason::TooMany { max: CASES_MAX });
        return;
    }
    for (i, case) in cases.iter().enumerate() {
        let at = format!("{at}/cases/{i}");
        line(&case.name, &format!("{at}/name"), CLAUSE_MAX, faults);
        if case.given.to_string().len() > GIVEN_MAX {
            faults.field(format!("{at}/given"), Reason::TooLong { max: GIVEN_MAX });
        }
        let expect = &case.expect;
        if expect.credits.is_none() && expect.courses.is_none() && expect.score.is_none() && expect.refused.is_none() {
            faults.field(format!("{at}/expect"), Reason::Required);
        }
    }
}
