//! Targets: filters that leave something, classes that may be exempted.

use super::super::fault::{Faults, What};
use super::super::rule::ConversionRule;
use super::super::target::{Direction, Place, Target};
use super::super::value::{NamedCourse, Value};
use super::selector::{code_covers, kinds_zh};
use super::words::{WORD_MAX, codes, line, lines, majors, once, plain_codes, within};
use crate::domain::invalid::Reason;
use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;

/// Most courses that one use may exempt.
const COURSES_MAX: u32 = 100;
/// Longest name of an exempted part.
const PART_MAX: usize = 50;

pub fn check(target: &Target, rule: &ConversionRule, at: &str, faults: &mut Faults) {
    once(&target.levels, &format!("{at}/levels"), faults);
    majors(&target.majors, &format!("{at}/majors"), faults);
    majors(&target.majors_excluded, &format!("{at}/majors_excluded"), faults);
    once(&target.programmes, &format!("{at}/programmes"), faults);
    once(&target.institutions, &format!("{at}/institutions"), faults);
    lines(&target.never, &format!("{at}/never"), WORD_MAX, faults);
    check_majors(target, at, faults);
    match &target.place {
        Place::Courses { classes, codes: wanted, modules, same_course, most, part } => {
            let at = format!("{at}/place");
            lines(classes, &format!("{at}/classes"), WORD_MAX, faults);
            codes(wanted, &format!("{at}/codes"), faults);
            plain_codes(modules, &format!("{at}/modules"), faults);
            never(target, classes, &at, faults);
            if let Some(most) = most {
                within(*most, [1, COURSES_MAX], format!("{at}/most"), faults);
            }
            if let Some(part) = part {
                line(part, &format!("{at}/part"), PART_MAX, faults);
            }
            if *same_course {
                let kinds = rule.sources.first().map_or(&[][..], |source| &source.kinds);
                if !kinds.is_empty() && !kinds.contains(&AchievementKind::Course) {
                    faults.push(format!("{at}/same_course"), What::PropertyOfOtherKind { kinds: kinds_zh(kinds) });
                }
            }
            if let Value::NamedCourses { courses, all_or_nothing, .. } = &rule.value {
                named(courses, wanted, &at, faults);
                if let Some(most) = most
                    && *all_or_nothing
                    && (*most as usize) < courses.len()
                {
                    faults.field(format!("{at}/most"), Reason::Mismatch);
                }
            }
        }
        Place::Module { codes: wanted, classes } => {
            let at = format!("{at}/place");
            plain_codes(wanted, &format!("{at}/codes"), faults);
            lines(classes, &format!("{at}/classes"), WORD_MAX, faults);
            never(target, classes, &at, faults);
            if wanted.is_empty() && classes.is_empty() {
                faults.field(&at, Reason::Required);
            }
        }
        Place::Programme => {}
    }
    let courses = matches!(target.place, Place::Courses { .. });
    if target.direction != Direction::default() && !courses {
        faults.field(format!("{at}/direction"), Reason::NotAllowedHere);
    }
}

/// A class that is wanted and never exempted.
fn never(target: &Target, classes: &[String], at: &str, faults: &mut Faults) {
    for (i, class) in classes.iter().enumerate() {
        if target.never.contains(class) {
            faults.push(format!("{at}/classes/{i}"), What::NeverExempted { class: class.clone() });
        }
    }
}

/// Courses that the value names must be among the codes that the place allows.
fn named(courses: &[NamedCourse], wanted: &[String], at: &str, faults: &mut Faults) {
    let allowed = |code: &String| wanted.iter().any(|wide| code_covers(wide, code));
    if !wanted.is_empty() && courses.iter().filter_map(|course| course.code.as_ref()).any(|code| !allowed(code)) {
        faults.field(format!("{at}/codes"), Reason::Mismatch);
    }
}

/// Majors must be of the levels, and not all excluded again.
fn check_majors(target: &Target, at: &str, faults: &mut Faults) {
    for (i, major) in target.majors.iter().enumerate() {
        let level = major.get(..2).and_then(|pair| ProgrammeLevel::from_major_code(&format!("{pair}0000")));
        if let Some(level) = level
            && !target.levels.is_empty()
            && !target.levels.contains(&level)
        {
            faults.push(format!("{at}/majors/{i}"), What::EmptyTarget);
        }
        if target.majors_excluded.iter().any(|excluded| major.starts_with(excluded.as_str())) {
            faults.push(format!("{at}/majors/{i}"), What::EmptyTarget);
        }
    }
}
