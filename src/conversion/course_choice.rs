//! Which courses of the plan a line may exempt, and why others not.

use super::fold::folded;
use super::limit_words::LimitWords;
use super::line::{Choice, Counts, Courses, Limit, Line, Offer, Why};
use super::matching::{Miss, depth};
use super::offer;
use super::plan::UnusedReason;
use super::rule::ConversionRule;
use super::target::{Place, Remainder};
use super::value::{NamedCourse, Value};
use super::view::{Item, View, code_matches};
use crate::domain::credit::CreditAmount;
use crate::domain::kind::AchievementKind;

/// Where in the programme a rule may give, whatever it rests on.
pub(super) enum Ground<'a> {
    /// Courses, each with its place and what the rule says of it.
    Courses(Vec<Spot<'a>>),
    /// A module, or the programme as a whole.
    Module(Option<usize>),
    /// Nowhere.
    Nowhere(Miss),
}

/// A course that a rule speaks of.
pub(super) struct Spot<'a> {
    /// Its place; none when the plan does not have it.
    pub course: Option<usize>,
    /// How the rule names it.
    pub named: Option<&'a NamedCourse>,
    /// Why it cannot be exempted, whatever the rule rests on.
    pub refused: Option<Miss>,
}

impl<'a> Ground<'a> {
    /// Where the rule may give in this programme.
    pub fn new(view: &View, rule: &'a ConversionRule) -> Self {
        match &rule.target.place {
            Place::Programme => Self::Module(None),
            Place::Module { codes, classes } => {
                let modules = view.modules();
                let by_code = codes.iter().find_map(|code| modules.iter().position(|module| module.code == *code));
                let by_class = || {
                    classes.iter().find_map(|class| {
                        modules.iter().position(|module| module.own_classes().any(|own| own == class))
                    })
                };
                match by_code.or_else(by_class) {
                    None => Self::Nowhere(Miss::new(depth::TARGET, UnusedReason::CourseMissing)),
                    Some(at)
                        if modules[at].own_classes().any(|class| rule.target.never.iter().any(|it| it == class)) =>
                    {
                        Self::Nowhere(Miss::new(depth::TARGET, UnusedReason::CourseNever))
                    }
                    Some(at) => Self::Module(Some(at)),
                }
            }
            Place::Courses { .. } => {
                let all = 0..view.courses.len();
                let spots: Vec<(Option<usize>, Option<&NamedCourse>)> = match &rule.value {
                    Value::NamedCourses { courses, .. } => {
                        courses.iter().map(|named| (find(view, named), Some(named))).collect()
                    }
                    _ => all.map(|at| (Some(at), None)).collect(),
                };
                let spot = |(course, named): (Option<usize>, _)| Spot {
                    refused: match course {
                        Some(at) => refused(view, rule, at),
                        None => Some(Miss::new(TARGET_NEARNESS[0], UnusedReason::CourseMissing)),
                    },
                    course,
                    named,
                };
                Self::Courses(spots.into_iter().map(spot).collect())
            }
        }
    }
}

/// Nearness of the reasons about single courses, all of them shown as one depth outside.
const TARGET_NEARNESS: [u8; 8] = [100, 101, 102, 103, 104, 105, 106, 107];

fn find(view: &View, named: &NamedCourse) -> Option<usize> {
    let name = named.name.as_deref().map(folded);
    let by_code = named.code.as_ref().and_then(|code| view.courses.iter().position(|it| it.entry.code == *code));
    by_code.or_else(|| name.and_then(|name| view.courses.iter().position(|it| it.name == name)))
}

/// Why the rule cannot exempt the course, whatever it rests on.
fn refused(view: &View, rule: &ConversionRule, at: usize) -> Option<Miss> {
    let course = &view.courses[at];
    let Place::Courses { classes, codes, modules, .. } = &rule.target.place else {
        return None;
    };
    let miss = |nearness: usize, reason| {
        Some(Miss { found: Some(course.entry.name.clone()), ..Miss::new(TARGET_NEARNESS[nearness], reason) })
    };
    if !code_matches(codes, Some(&course.entry.code))
        || !(modules.is_empty() || modules.contains(&view.modules()[course.module].code))
    {
        return miss(0, UnusedReason::CourseMissing);
    }
    if !classes.is_empty() && !classes.iter().any(|class| course.classes.contains(&class.as_str())) {
        return miss(1, UnusedReason::CourseClass)
            .map(|it| it.facts(classes.join("/"), Some(course.entry.name.clone())));
    }
    if rule.target.never.iter().any(|never| course.classes.contains(&never.as_str())) {
        return miss(2, UnusedReason::CourseNever);
    }
    if course.done {
        return miss(3, UnusedReason::CourseDone);
    }
    if course.converted {
        return miss(4, UnusedReason::CourseConverted);
    }
    None
}

/// What a single course could give in this line, or why nothing.
fn choice(view: &View, line: &Line, spot: &Spot) -> Result<Choice, Miss> {
    let at = spot.course.unwrap_or(usize::MAX);
    let Some(course) = view.courses.get(at) else {
        return Err(Miss::new(TARGET_NEARNESS[0], UnusedReason::CourseMissing));
    };
    let first: Option<&Item> = line.items.first().map(|&item| &view.items[item]);
    let target = &line.rule.target;
    let miss = |nearness: usize, reason| Miss {
        found: Some(course.entry.name.clone()),
        ..Miss::new(TARGET_NEARNESS[nearness], reason)
    };
    let Place::Courses { same_course, part, .. } = &target.place else {
        return Err(miss(0, UnusedReason::CourseMissing));
    };
    // Before anything is said of the course: what is wrong with another course is no reason.
    if *same_course {
        let same = first.is_some_and(|item| {
            item.name.as_ref() == Some(&course.name) || item.entry.code.as_deref() == Some(course.entry.code.as_str())
        });
        if !same {
            return Err(miss(0, UnusedReason::CourseMissing));
        }
    }
    if let Some(miss) = &spot.refused {
        return Err(miss.clone());
    }
    let own = spot.named.and_then(|named| named.credits).unwrap_or(course.entry.credits).thousandths();
    let elective_for_required = target.direction.required_by_required
        && course.entry.required
        && first.is_some_and(|item| item.entry.kind == AchievementKind::Course && item.entry.required != Some(true));
    if elective_for_required {
        return Err(miss(5, UnusedReason::Direction));
    }
    let show = |amount: i64| CreditAmount::from_thousandths(amount).to_string();
    if target.direction.target_at_least_source && own < line.source {
        return Err(miss(6, UnusedReason::TargetBelowSource).facts(show(line.source), Some(show(own))));
    }
    if target.direction.target_at_most_source && own > line.source {
        return Err(miss(6, UnusedReason::TargetAboveSource).facts(show(line.source), Some(show(own))));
    }
    if let (Some(least), Some(similarity)) =
        (line.set.document.min_similarity, spot.named.and_then(|named| named.similarity))
        && similarity < least
    {
        return Err(miss(7, UnusedReason::Similarity).facts(least, Some(similarity.to_string())));
    }
    Ok(Choice { course: at, credits: if part.is_some() { 0 } else { own } })
}

/// The reason why the line cannot exempt the course, where there is one.
pub(super) fn why_not(view: &View, line: &Line, course: usize) -> Option<Miss> {
    if let Offer::Courses(courses) = &line.offer
        && let Some((_, miss)) = courses.stopped.iter().find(|(stopped, _)| *stopped == course)
    {
        return Some(miss.clone());
    }
    let Ground::Courses(spots) = Ground::new(view, line.rule) else {
        return Some(outside(Miss::new(TARGET_NEARNESS[0], UnusedReason::CourseMissing)));
    };
    match spots.iter().find(|spot| spot.course == Some(course)) {
        Some(spot) => choice(view, line, spot).err().map(outside),
        None => Some(outside(Miss::new(TARGET_NEARNESS[0], UnusedReason::CourseMissing))),
    }
}

fn outside(miss: Miss) -> Miss {
    Miss { depth: depth::TARGET, ..miss }
}

/// The courses that the line may exempt.
pub(super) fn courses<'a>(view: &View, line: &Line<'a>, spots: &[Spot]) -> Result<Courses<'a>, Miss> {
    let rule = line.rule;
    let mut choices: Vec<Choice> = Vec::new();
    let mut nearest = Miss::new(TARGET_NEARNESS[0], UnusedReason::CourseMissing);
    let all = matches!(rule.value, Value::NamedCourses { all_or_nothing: true, .. });
    if line.worth.rounded <= 0 {
        return Err(Miss::new(depth::WORTH, UnusedReason::WorthNothing));
    }
    for spot in spots {
        match choice(view, line, spot) {
            Ok(choice) if choices.iter().any(|other| other.course == choice.course) => {}
            Ok(choice) => choices.push(choice),
            Err(miss) if all => return Err(outside(miss)),
            Err(miss) if miss.depth > nearest.depth => nearest = miss,
            Err(_) => {}
        }
    }
    if choices.is_empty() {
        return Err(outside(nearest));
    }
    choices.sort_unstable_by_key(|choice| choice.course);
    let part = match &rule.target.place {
        Place::Courses { part, .. } => part.as_deref(),
        _ => None,
    };
    let places: Vec<usize> = choices.iter().map(|choice| choice.course).collect();
    let mut limits = offer::limits(view, line, &places, ceiling(line, spots, view));
    let with_electives = (rule.remainder == Remainder::PublicElectives && part.is_none()).then(|| {
        let own = if line.worth.raw.is_some() { line.worth.rounded } else { line.source };
        (own - line.given).max(0)
    });
    if let Some(most) = with_electives {
        // What goes to electives comes from the same source as the courses.
        limits.push(Limit { why: Why::Source, counts: Counts::Credits, of: None, most });
    }
    let mut stopped = Vec::new();
    if all {
        fits_whole(view, &choices, &limits)?;
    } else {
        let fits: Vec<bool> = (0..choices.len()).map(|at| alone(at, choices[at], &limits).is_none()).collect();
        for (at, choice) in choices.iter().enumerate().filter(|(at, _)| !fits[*at]) {
            let limit = alone(at, *choice, &limits).map(|limit| too_much(view, limit, limit.takes(at, *choice)));
            stopped.extend(limit.map(|miss| (choice.course, miss)));
        }
        if !fits.contains(&true) {
            // The least of them came nearest.
            let least = stopped.into_iter().min_by_key(|(course, _)| (view.courses[*course].entry.credits, *course));
            return Err(least.map_or(outside(nearest), |(_, miss)| miss));
        }
        drop_unfit(&mut choices, &mut limits, &fits);
    }
    limits.retain(|limit| binds(limit, &choices, with_electives));
    Ok(Courses { choices, stopped, limits, all, part, with_electives })
}

/// What the rule's value allows in all: its amount, or for named courses what they are worth together.
fn ceiling(line: &Line, spots: &[Spot], view: &View) -> i64 {
    if line.worth.rounded != i64::MAX || line.given == 0 {
        return line.worth.rounded;
    }
    if !matches!(line.rule.value, Value::NamedCourses { .. }) {
        return i64::MAX;
    }
    spots
        .iter()
        .filter_map(|spot| {
            let own = spot.course.map(|at| view.courses[at].entry.credits);
            spot.named.and_then(|named| named.credits).or(own)
        })
        .map(CreditAmount::thousandths)
        .sum()
}

/// The first limit that the choice would break even alone.
fn alone<'l, 'a>(at: usize, choice: Choice, limits: &'l [Limit<'a>]) -> Option<&'l Limit<'a>> {
    limits.iter().find(|limit| limit.takes(at, choice) > limit.most)
}

fn fits_whole(view: &View, choices: &[Choice], limits: &[Limit]) -> Result<(), Miss> {
    for limit in limits {
        let sum = counted(limit, choices);
        if sum > limit.most {
            return Err(too_much(view, limit, sum));
        }
    }
    Ok(())
}

fn counted(limit: &Limit, choices: &[Choice]) -> i64 {
    choices.iter().enumerate().map(|(at, choice)| limit.takes(at, *choice)).sum()
}

/// The reason for a limit of one line being passed by `amount`.
pub(super) fn too_much(view: &View, limit: &Limit, amount: i64) -> Miss {
    let show = |amount: i64| match limit.counts {
        Counts::Credits => CreditAmount::from_thousandths(amount).to_string(),
        _ => amount.to_string(),
    };
    let (reason, cap) = match limit.why {
        Why::Cap(cap) => (UnusedReason::ItemCap, Some(cap.code.clone())),
        Why::Value | Why::Source => (UnusedReason::TargetAboveSource, None),
        Why::Drawable => (UnusedReason::NotDrawable, None),
        Why::MostCourses => (UnusedReason::ItemCap, None),
    };
    let words = match limit.why {
        Why::Cap(cap) => Some(LimitWords::of_cap(view, cap, limit.counts)),
        _ => None,
    };
    Miss { cap, limit: words, ..Miss::new(depth::ITEM, reason).facts(show(limit.most), Some(show(amount))) }
}

fn drop_unfit(choices: &mut Vec<Choice>, limits: &mut [Limit], fits: &[bool]) {
    let mut place = vec![usize::MAX; fits.len()];
    let mut next = 0;
    for (at, fit) in fits.iter().enumerate() {
        if *fit {
            place[at] = next;
            next += 1;
        }
    }
    for limit in limits {
        if let Some(of) = &mut limit.of {
            *of = of.iter().map(|&at| place[at]).filter(|&at| at != usize::MAX).collect();
        }
    }
    let mut at = 0;
    choices.retain(|_| {
        at += 1;
        fits[at - 1]
    });
}

/// Whether the limit can ever cut something.
fn binds(limit: &Limit, choices: &[Choice], with_electives: Option<i64>) -> bool {
    let most = match (limit.of.is_none(), limit.counts, with_electives) {
        (true, Counts::Credits, Some(all)) => counted(limit, choices).max(all),
        _ => counted(limit, choices),
    };
    most > limit.most
}
