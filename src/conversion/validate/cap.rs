//! Caps: each can bind and need not always, and none stands beside a tighter one of its kind.

use super::super::fault::{Faults, What};
use super::super::limits::{Base, Cap, Most, Over, Per};
use super::super::rule::ConversionRule;
use super::super::rule_set::RuleSetDocument;
use super::super::share::Share;
use super::super::target::Place;
use super::super::value::Value;
use super::value::range;
use super::words::{WORD_MAX, code, line, lines, once, plain_codes};
use crate::domain::credit::CreditAmount;
use crate::domain::invalid::Reason;

/// Most caps of one rule.
const RULE_CAPS_MAX: usize = 20;
/// Most caps of a set.
const SET_CAPS_MAX: usize = 100;
/// Longest clause.
const CLAUSE_MAX: usize = 100;

/// The caps of a rule.
pub fn check_rule(rule: &ConversionRule, at: &str, faults: &mut Faults) {
    let at = format!("{at}/caps");
    check_list(&rule.caps, RULE_CAPS_MAX, &at, faults);
    let (least, most) = range(rule);
    for (i, cap) in rule.caps.iter().take(RULE_CAPS_MAX).enumerate() {
        let at = format!("{at}/{i}/most");
        match (&cap.most, cap.per) {
            (Most::Credits { credits }, per) => {
                if per == Per::Item && most.is_some_and(|most| *credits > most) {
                    faults.push(&at, What::CapNeverBinds { most: most.map(|most| most.to_string()) });
                }
                if !credits.is_zero() && least.is_some_and(|least| *credits < least) {
                    faults.push(&at, What::CapAlwaysBinds { least: least.map(|least| least.to_string()) });
                }
            }
            (Most::Courses { count }, Per::Item) => {
                if let Some(most) = most_courses(rule)
                    && *count >= most
                {
                    faults.push(&at, What::CapNeverBinds { most: Some(most.to_string()) });
                }
                if let Value::NamedCourses { courses, all_or_nothing: true, .. } = &rule.value
                    && *count > 0
                    && (*count as usize) < courses.len()
                {
                    faults.push(&at, What::CapAlwaysBinds { least: Some(courses.len().to_string()) });
                }
            }
            (Most::Achievements { count }, Per::Item) if *count > 0 => {
                let sources = rule.sources.len();
                if (*count as usize) < sources {
                    faults.push(&at, What::CapAlwaysBinds { least: Some(sources.to_string()) });
                } else {
                    faults.push(&at, What::CapNeverBinds { most: Some(sources.to_string()) });
                }
            }
            _ => {}
        }
    }
}

/// The most courses that one use can exempt, where the rule says so.
fn most_courses(rule: &ConversionRule) -> Option<u32> {
    let named = match &rule.value {
        Value::NamedCourses { courses, .. } => u32::try_from(courses.len()).ok(),
        _ => None,
    };
    let placed = match &rule.target.place {
        Place::Courses { most, .. } => *most,
        Place::Module { .. } | Place::Programme => Some(0),
    };
    match (named, placed) {
        (Some(named), Some(placed)) => Some(named.min(placed)),
        (named, placed) => named.or(placed),
    }
}

/// The caps of the set.
pub fn check_set(document: &RuleSetDocument, faults: &mut Faults) {
    check_list(&document.caps, SET_CAPS_MAX, "/caps", faults);
    // Known only when every rule says what it can come to.
    let ranges: Vec<_> = document.rules.iter().map(range).collect();
    let most: Option<CreditAmount> =
        ranges.iter().map(|(_, most)| *most).collect::<Option<Vec<_>>>().and_then(greatest);
    let least = match &ranges[..] {
        [(least, _)] => *least,
        _ => None,
    };
    for (i, cap) in document.caps.iter().take(SET_CAPS_MAX).enumerate() {
        let Most::Credits { credits } = cap.most else { continue };
        let at = format!("/caps/{i}/most");
        if cap.per == Per::Item && most.is_some_and(|most| credits > most) {
            faults.push(&at, What::CapNeverBinds { most: most.map(|most| most.to_string()) });
        }
        if !credits.is_zero() && cap.over == Over::default() && least.is_some_and(|least| credits < least) {
            faults.push(&at, What::CapAlwaysBinds { least: least.map(|least| least.to_string()) });
        }
    }
}

fn greatest(amounts: Vec<CreditAmount>) -> Option<CreditAmount> {
    amounts.into_iter().max()
}

fn check_list(caps: &[Cap], max: usize, at: &str, faults: &mut Faults) {
    if caps.len() > max {
        faults.field(at, Reason::TooMany { max });
        return;
    }
    for (i, cap) in caps.iter().enumerate() {
        let place = format!("{at}/{i}");
        check_one(cap, &place, faults);
        if caps[..i].iter().any(|other| other.code == cap.code) {
            faults.field(format!("{place}/code"), Reason::Duplicate);
        }
        // The later of two equal caps is the superfluous one; of two unequal ones the weaker, wherever it stands.
        let tighter = |(j, other): &(usize, &Cap)| {
            *j != i && other.over == cap.over && other.per == cap.per && is_tighter(&other.most, &cap.most, *j < i)
        };
        if let Some((_, other)) = caps.iter().enumerate().find(tighter) {
            faults.push(format!("{place}/most"), What::CapWeaker { other: other.code.clone() });
        }
    }
}

/// Whether `a` allows less than `b` of the same thing, or as much and stands first.
fn is_tighter(a: &Most, b: &Most, first: bool) -> bool {
    fn less<T: PartialOrd>(a: T, b: T, first: bool) -> bool {
        a < b || (first && a == b)
    }
    match (a, b) {
        (Most::Credits { credits: a }, Most::Credits { credits: b }) => less(a, b, first),
        (Most::Achievements { count: a }, Most::Achievements { count: b })
        | (Most::Courses { count: a }, Most::Courses { count: b }) => less(a, b, first),
        (Most::Share { share: a, base: c }, Most::Share { share: b, base: d })
        | (Most::CourseShare { share: a, base: c }, Most::CourseShare { share: b, base: d }) => {
            c == d && less(a, b, first)
        }
        (Most::Source, Most::Source) => first,
        _ => false,
    }
}

fn check_one(cap: &Cap, at: &str, faults: &mut Faults) {
    code(&cap.code, &format!("{at}/code"), faults);
    if let Some(clause) = &cap.clause {
        line(clause, &format!("{at}/clause"), CLAUSE_MAX, faults);
    }
    let over = &cap.over;
    lines(&over.classes, &format!("{at}/over/classes"), WORD_MAX, faults);
    plain_codes(&over.modules, &format!("{at}/over/modules"), faults);
    once(&over.kinds, &format!("{at}/over/kinds"), faults);
    once(&over.deliveries, &format!("{at}/over/deliveries"), faults);
    lines(&over.tags, &format!("{at}/over/tags"), WORD_MAX, faults);
    let at = format!("{at}/most");
    let nothing = match &cap.most {
        Most::Credits { credits } => credits.is_zero(),
        Most::Achievements { count } | Most::Courses { count } => *count == 0,
        Most::Share { share, .. } | Most::CourseShare { share, .. } => share.thousandths() == 0,
        Most::Source => false,
    };
    if nothing {
        faults.push(&at, What::CapAlwaysBinds { least: None });
    }
    match &cap.most {
        Most::Share { share, base } | Most::CourseShare { share, base } => {
            lines(&base.classes, &format!("{at}/base/classes"), WORD_MAX, faults);
            lines(&base.without, &format!("{at}/base/without"), WORD_MAX, faults);
            if base.classes.iter().any(|class| base.without.contains(class)) {
                faults.push(format!("{at}/base/without"), What::SelectsNothing);
            }
            if *share == Share::WHOLE && takes_in(base, over) {
                faults.push(&at, What::CapNeverBinds { most: None });
            }
        }
        Most::Source if cap.per != Per::Item => faults.field(&at, Reason::Mismatch),
        _ => {}
    }
}

/// Whether everything that the cap counts lies within the base: then the whole of the base is no limit.
fn takes_in(base: &Base, over: &Over) -> bool {
    let classes = &over.classes;
    base.without.is_empty()
        && (base.classes.is_empty()
            || (!classes.is_empty() && classes.iter().all(|class| base.classes.contains(class))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_or_nothing_needs_room_for_all() {
        let rule = |count: u32| -> ConversionRule {
            serde_json::from_value(json!({
                "code": "R", "title": "课程", "sources": [{"kinds": ["diploma"]}],
                "value": {"is": "named_courses", "courses": [{"code": "A"}, {"code": "B"}, {"code": "C"}],
                          "all_or_nothing": true},
                "target": {"place": {"in": "courses"}}, "exclusivity": {"scope": "programme"},
                "caps": [{"code": "c", "per": "item", "most": {"is": "courses", "count": count}}],
            }))
            .expect("a rule")
        };
        let faults = |count| {
            let mut faults = Faults::default();
            check_rule(&rule(count), "", &mut faults);
            faults.into_vec().into_iter().map(|fault| fault.what).collect::<Vec<_>>()
        };
        assert_eq!(faults(2), [What::CapAlwaysBinds { least: Some("3".into()) }]);
        assert_eq!(faults(3), [What::CapNeverBinds { most: Some("3".into()) }]);
    }
}
