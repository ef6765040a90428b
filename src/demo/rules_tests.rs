//! The city's rules show everything that a rule can be made of. Every match below names every case, so that a new one has
//! to be thought of here.

use std::collections::BTreeSet;

use super::majors::MAJORS;
use super::places::BUREAU;
use super::rules;
use crate::conversion::limits::{Cap, Most, Per};
use crate::conversion::policy::{
    Draws, Exclusivity, Procedure, Rounding, RoundingMode, ScorePolicy, StepBy, UseScope, Window,
};
use crate::conversion::rule::ConversionRule;
use crate::conversion::rule_set::{Authority, RuleSetDocument};
use crate::conversion::selector::Selector;
use crate::conversion::target::{Place, Remainder};
use crate::conversion::value::Value;
use crate::domain::level::ProgrammeLevel;

macro_rules! shown {
    ($($name:ident)*) => {
        /// What the rules of the city have to show.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        enum Shown { $($name),* }
        const ALL: &[Shown] = &[$(Shown::$name),*];
    };
}

shown! {
    Fixed Table Adjusted HoursPer Ratio TargetCourse NamedCourses AllOrNothing Similarity Block Courses SameCourse
    Part Module Never Direction MajorsExcluded ScoreExempt ScoreKept ScoreFixed OrExamined ScoreBands ScoreCapped
    ScoreByRow RemainderLost RemainderKept RemainderElectives OncePerProgramme OncePerLevel OncePerLife HighestOnly
    UpgradeDifference CapPerItem CapPerProgramme CapPerTerm CapPerYear CapCredits CapShare CapClass CapOnline
    CapAchievements CapCourses CapCourseShare CapSource ValidYears OwnValidity WindowDates WindowYearly WindowWeeks
    WindowRegistration Fact FactNumber Person Together Automatic ByReceiver ByIssuer ByBureau Notice DrawsNothing
    DrawsFull RoundedDown RoundedUp RoundedHalfUp City Institution TierDown LeastSimilarity TeamRank ExcludedTags
    NamedIssuer
}

fn value(value: &Value, shown: &mut BTreeSet<Shown>) {
    let how = match value {
        Value::Fixed { .. } => Shown::Fixed,
        Value::Table { adjustments, .. } => {
            if !adjustments.is_empty() {
                shown.insert(Shown::Adjusted);
            }
            Shown::Table
        }
        Value::HoursPer { .. } => Shown::HoursPer,
        Value::Ratio { .. } => Shown::Ratio,
        Value::TargetCourse => Shown::TargetCourse,
        Value::NamedCourses { courses, all_or_nothing, .. } => {
            shown.extend(all_or_nothing.then_some(Shown::AllOrNothing));
            shown.extend(courses.iter().find_map(|course| course.similarity).map(|_| Shown::Similarity));
            Shown::NamedCourses
        }
        Value::Block { .. } => Shown::Block,
    };
    shown.insert(how);
}

fn place(place: &Place, shown: &mut BTreeSet<Shown>) {
    match place {
        Place::Courses { same_course, part, .. } => {
            shown.insert(Shown::Courses);
            shown.extend(same_course.then_some(Shown::SameCourse));
            shown.extend(part.as_ref().map(|_| Shown::Part));
        }
        Place::Module { .. } => {
            shown.insert(Shown::Module);
        }
        // Credits of no module would help nobody in the city's plans, whose open module takes them.
        Place::Programme => {}
    }
}

fn score(score: &ScorePolicy, shown: &mut BTreeSet<Shown>) {
    let how = match score {
        ScorePolicy::Exempt => Shown::ScoreExempt,
        ScorePolicy::Keep => Shown::ScoreKept,
        ScorePolicy::Fixed { or_examined, .. } => {
            shown.extend(or_examined.then_some(Shown::OrExamined));
            Shown::ScoreFixed
        }
        ScorePolicy::Bands { .. } => Shown::ScoreBands,
        ScorePolicy::Capped { .. } => Shown::ScoreCapped,
        ScorePolicy::ByRow => Shown::ScoreByRow,
    };
    shown.insert(how);
}

fn uses(exclusivity: &Exclusivity, shown: &mut BTreeSet<Shown>) {
    shown.insert(match exclusivity.scope {
        UseScope::Programme => Shown::OncePerProgramme,
        UseScope::Level => Shown::OncePerLevel,
        UseScope::Life => Shown::OncePerLife,
    });
    shown.extend(exclusivity.highest_only.then_some(Shown::HighestOnly));
    shown.extend(exclusivity.upgrade_adds_difference.then_some(Shown::UpgradeDifference));
}

fn cap(cap: &Cap, shown: &mut BTreeSet<Shown>) {
    shown.insert(match cap.per {
        Per::Item => Shown::CapPerItem,
        Per::Programme => Shown::CapPerProgramme,
        Per::Term => Shown::CapPerTerm,
        Per::Year => Shown::CapPerYear,
    });
    shown.insert(match cap.most {
        Most::Credits { .. } => Shown::CapCredits,
        Most::Share { .. } => Shown::CapShare,
        Most::Achievements { .. } => Shown::CapAchievements,
        Most::Courses { .. } => Shown::CapCourses,
        Most::CourseShare { .. } => Shown::CapCourseShare,
        Most::Source => Shown::CapSource,
    });
    shown.extend((!cap.over.classes.is_empty()).then_some(Shown::CapClass));
    shown.extend((!cap.over.deliveries.is_empty()).then_some(Shown::CapOnline));
}

fn time(rule: &ConversionRule, shown: &mut BTreeSet<Shown>) {
    shown.extend(rule.time.valid_years.map(|_| Shown::ValidYears));
    shown.extend(rule.time.within_own_validity.then_some(Shown::OwnValidity));
    shown.extend(rule.time.window.as_ref().map(|window| match window {
        Window::Dates { .. } => Shown::WindowDates,
        Window::Yearly { .. } => Shown::WindowYearly,
        Window::TermWeeks { .. } => Shown::WindowWeeks,
        Window::BeforeRegistration => Shown::WindowRegistration,
    }));
}

fn sources(rule: &ConversionRule, shown: &mut BTreeSet<Shown>) {
    shown.extend((rule.sources.len() > 1).then_some(Shown::Together));
    for Selector { fact, team_rank_max, tags_none, issuers, .. } in &rule.sources {
        if let Some(fact) = fact {
            shown.insert(if fact.at_least.is_some() { Shown::FactNumber } else { Shown::Fact });
        }
        shown.extend(team_rank_max.map(|_| Shown::TeamRank));
        shown.extend((!tags_none.is_empty()).then_some(Shown::ExcludedTags));
        shown.extend((!issuers.is_empty()).then_some(Shown::NamedIssuer));
    }
    shown.extend((!rule.person.facts.is_empty()).then_some(Shown::Person));
}

fn procedure(rule: &ConversionRule, shown: &mut BTreeSet<Shown>) {
    match &rule.procedure {
        Procedure::Automatic => {
            shown.insert(Shown::Automatic);
        }
        Procedure::Steps { steps } => shown.extend(steps.iter().map(|step| match step.by {
            StepBy::Receiver => Shown::ByReceiver,
            StepBy::Issuer => Shown::ByIssuer,
            StepBy::Bureau => Shown::ByBureau,
            StepBy::Nobody => Shown::Notice,
        })),
    }
}

fn rule(rule: &ConversionRule, shown: &mut BTreeSet<Shown>) {
    sources(rule, shown);
    value(&rule.value, shown);
    place(&rule.target.place, shown);
    score(&rule.score, shown);
    uses(&rule.exclusivity, shown);
    rule.caps.iter().for_each(|one| cap(one, shown));
    time(rule, shown);
    procedure(rule, shown);
    shown.extend((!rule.target.never.is_empty()).then_some(Shown::Never));
    shown.extend((!rule.target.majors_excluded.is_empty()).then_some(Shown::MajorsExcluded));
    shown.extend((rule.target.direction != Default::default()).then_some(Shown::Direction));
    shown.insert(match rule.remainder {
        Remainder::Lost => Shown::RemainderLost,
        Remainder::Kept => Shown::RemainderKept,
        Remainder::PublicElectives => Shown::RemainderElectives,
    });
    shown.insert(match rule.draws {
        Draws::None => Shown::DrawsNothing,
        Draws::Full => Shown::DrawsFull,
    });
    let Rounding { mode, .. } = rule.rounding;
    shown.insert(match mode {
        RoundingMode::Down => Shown::RoundedDown,
        RoundingMode::Up => Shown::RoundedUp,
        RoundingMode::HalfUp => Shown::RoundedHalfUp,
    });
}

fn document(document: &RuleSetDocument, shown: &mut BTreeSet<Shown>) {
    document.rules.iter().for_each(|one| rule(one, shown));
    document.caps.iter().for_each(|one| cap(one, shown));
    shown.extend(document.association_one_tier_down.then_some(Shown::TierDown));
    shown.extend(document.min_similarity.map(|_| Shown::LeastSimilarity));
    shown.extend(match document.authority {
        // The city has no province above it.
        Authority::Province => None,
        Authority::City => Some(Shown::City),
        Authority::Institution => Some(Shown::Institution),
    });
}

#[test]
fn every_primitive_is_shown() {
    let mut shown = BTreeSet::new();
    for planned in rules::unregistered() {
        document(&planned.document, &mut shown);
    }
    let missing: Vec<_> = ALL.iter().filter(|wanted| !shown.contains(wanted)).collect();
    assert!(missing.is_empty(), "no rule of the city shows {missing:?}");
}

#[test]
fn rules_are_named_well() {
    let mut codes = BTreeSet::new();
    for planned in rules::unregistered() {
        let document = &planned.document;
        assert!(document.basis.contains("演示"), "{}: the document must be seen to be fictional", document.name);
        assert!(!document.programmes.is_empty(), "{}", document.name);
        assert_eq!(document.authority == Authority::City, planned.place == BUREAU, "{}", document.name);
        for rule in &document.rules {
            assert!(codes.insert(rule.code.clone()), "{} stands twice", rule.code);
            assert!(rule.clause.is_some(), "{} names no clause", rule.code);
            assert!(rule.title.chars().count() <= 32, "{}: {} is long", rule.code, rule.title);
        }
    }
    assert!(codes.contains("KF-X-014") && codes.len() > 50, "{codes:?}");
}

#[test]
fn rules_speak_of_courses_and_classes_that_there_are() {
    let (mut names, mut classes) = (BTreeSet::new(), BTreeSet::new());
    for (major, level) in MAJORS.iter().flat_map(|major| ProgrammeLevel::ALL.iter().map(move |level| (major, *level))) {
        let plan = major.plan(level, 2025);
        classes.extend(plan.modules.iter().flat_map(|module| module.classes.clone()));
        classes.extend(plan.modules.iter().filter(|module| module.practice).map(|_| "practice".to_owned()));
        for course in plan.modules.into_iter().flat_map(|module| module.courses) {
            names.insert(course.name);
            classes.extend(course.classes);
        }
    }
    for rule in rules::unregistered().into_iter().flat_map(|planned| planned.document.rules) {
        let wanted: Vec<String> = match &rule.target.place {
            Place::Courses { classes, .. } | Place::Module { classes, .. } => classes.clone(),
            Place::Programme => Vec::new(),
        };
        for class in wanted.iter().chain(&rule.target.never) {
            assert!(classes.contains(class), "{}: no course is of class {class}", rule.code);
        }
        if let Value::NamedCourses { courses, .. } = &rule.value {
            for name in courses.iter().filter_map(|course| course.name.as_ref()) {
                assert!(names.contains(name), "{}: no course is called {name}", rule.code);
            }
        }
    }
}
