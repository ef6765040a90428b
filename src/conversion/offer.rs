//! What a line's own limits leave of its value: caps per item, the direction of the target, what can be drawn.

use super::candidates::not_drawable;
use super::limit_words::LimitWords;
use super::limits::{Base, Cap, Most, Over, Per};
use super::line::{Counts, Courses, Limit, Line, Plain, Why};
use super::matching::{Miss, depth};
use super::plan::UnusedReason;
use super::policy::Draws;
use super::target::Remainder;
use super::value::Value;
use super::view::View;
use super::worth::to_step;
use crate::domain::credit::CreditAmount;

/// An offer of nothing.
pub(super) const fn no_courses<'a>() -> Courses<'a> {
    Courses {
        choices: Vec::new(),
        stopped: Vec::new(),
        limits: Vec::new(),
        all: false,
        part: None,
        with_electives: None,
    }
}

/// The caps that hold for each single use of the line's rule.
pub(super) fn item_caps<'a>(line: &Line<'a>) -> impl Iterator<Item = &'a Cap> {
    let (rule, set) = (line.rule, line.set);
    rule.caps.iter().chain(&set.document.caps).filter(|cap| cap.per == Per::Item || cap.most == Most::Source)
}

/// How many of the achievements that the line rests on are what the cap is about.
pub(super) fn fitting(view: &View, over: &Over, line: &Line) -> i64 {
    let fits = |&&item: &&usize| {
        let entry = view.items[item].entry;
        over.fits(entry.kind, entry.delivery, &entry.tags)
    };
    i64::try_from(line.items.iter().filter(fits).count()).unwrap_or(i64::MAX)
}

/// Whether what the line rests on is what the cap is about.
pub(super) fn rests_on(view: &View, over: &Over, line: &Line) -> bool {
    over.takes_any() || fitting(view, over, line) > 0
}

/// Whether credits granted to the module, without a course, are what the cap is about.
pub(super) fn over_module(view: &View, over: &Over, module: Option<usize>) -> bool {
    let module = module.map(|at| &view.modules()[at]);
    (over.classes.is_empty()
        || module.is_some_and(|module| module.own_classes().any(|class| over.classes.iter().any(|it| it == class))))
        && (over.modules.is_empty() || module.is_some_and(|module| over.modules.contains(&module.code)))
}

/// Whether an exemption from the course is what the cap is about.
pub(super) fn over_course(view: &View, over: &Over, course: usize) -> bool {
    let course = &view.courses[course];
    (over.classes.is_empty() || course.classes.iter().any(|class| over.classes.iter().any(|it| it == class)))
        && (over.modules.is_empty() || over.modules.contains(&view.modules()[course.module].code))
}

/// How many thousandths of a credit, or how many courses or achievements, a cap allows at most.
pub(super) fn allowance(view: &View, cap: &Cap, source: i64) -> (Counts, i64) {
    match &cap.most {
        Most::Credits { credits } => (Counts::Credits, credits.thousandths()),
        Most::Share { share, base } => (Counts::Credits, share.of(base_credits(view, base)).thousandths()),
        Most::Achievements { count } => (Counts::Achievements, i64::from(*count)),
        Most::Courses { count } => (Counts::Courses, i64::from(*count)),
        Most::CourseShare { share, base } => {
            let count = match (cap.per, view.input.programme.term_courses) {
                (Per::Term, Some(count)) => i64::from(count),
                _ => base_courses(view, base),
            };
            (Counts::Courses, share.of_count(count))
        }
        Most::Source => (Counts::Credits, source),
    }
}

/// Credits of the base of a share: the plan's total, or the courses and open modules of the classes named.
fn base_credits(view: &View, base: &Base) -> CreditAmount {
    let whole = base.classes.is_empty();
    let named = |classes: &[&str], words: &[String]| words.iter().any(|word| classes.contains(&word.as_str()));
    let mut inside: i64 = 0;
    let mut without: i64 = 0;
    let mut count = |classes: &[&str], credits: i64| {
        if named(classes, &base.without) {
            without += credits;
        } else if named(classes, &base.classes) {
            inside += credits;
        }
    };
    for course in &view.courses {
        count(&course.classes, course.entry.credits.thousandths());
    }
    for module in view.modules().iter().filter(|module| module.courses.is_empty()) {
        let classes: Vec<&str> = module.own_classes().collect();
        count(&classes, module.min_credits.thousandths());
    }
    let total = view.input.programme.plan.total_credits.thousandths();
    CreditAmount::from_thousandths(if whole { (total - without).max(0) } else { inside })
}

fn base_courses(view: &View, base: &Base) -> i64 {
    let has = |course: &super::view::Course, words: &[String]| {
        words.iter().any(|word| course.classes.contains(&word.as_str()))
    };
    let counted = view
        .courses
        .iter()
        .filter(|course| (base.classes.is_empty() || has(course, &base.classes)) && !has(course, &base.without))
        .count();
    i64::try_from(counted).unwrap_or(i64::MAX)
}

/// What can be drawn for the line, as the most that it may then grant; no limit where nothing is drawn or all of it is.
pub(super) fn drawable(view: &View, line: &Line) -> Option<i64> {
    if line.rule.draws != Draws::Full || line.rule.remainder != Remainder::Kept {
        return None;
    }
    let available: i64 = line.items.iter().map(|&item| view.items[item].available).sum();
    Some(match &line.rule.value {
        Value::Ratio { numerator, denominator } => {
            let grants = i128::from(available) * i128::from(*numerator) / i128::from((*denominator).max(1));
            i64::try_from(grants).unwrap_or(i64::MAX)
        }
        _ => available,
    })
}

/// Credits to a module or the programme.
pub(super) fn plain<'a>(view: &View, line: &Line<'a>, module: Option<usize>) -> Result<Plain<'a>, Miss> {
    let show = |amount: i64| CreditAmount::from_thousandths(amount).to_string();
    let value = line.worth.rounded;
    if value <= 0 || line.worth.raw.is_none() {
        return Err(Miss::new(depth::WORTH, UnusedReason::WorthNothing));
    }
    let direction = &line.rule.target.direction;
    if direction.target_at_least_source && value < line.source {
        return Err(
            Miss::new(depth::TARGET, UnusedReason::TargetBelowSource).facts(show(line.source), Some(show(value)))
        );
    }
    let mut most = value;
    if direction.target_at_most_source {
        most = most.min(line.source);
    }
    if let Some(drawable) = drawable(view, line) {
        most = most.min(drawable);
        if to_step(most, line.rule.rounding) == 0 {
            let reason = line.items.first().map_or(UnusedReason::NotDrawable, |&at| not_drawable(&view.items[at]));
            return Err(Miss::new(depth::USED, reason).facts(show(value), Some(show(drawable))));
        }
    }
    let mut cut = None;
    for cap in item_caps(line).filter(|cap| rests_on(view, &cap.over, line) && over_module(view, &cap.over, module)) {
        let (counts, allowed) = allowance(view, cap, line.source);
        match counts {
            Counts::Credits if allowed < most => (most, cut) = (allowed, Some((cap, allowed))),
            Counts::Achievements if allowed < fitting(view, &cap.over, line) => most = 0,
            _ => {}
        }
        if to_step(most, line.rule.rounding) == 0 {
            let miss = Miss::new(depth::ITEM, UnusedReason::ItemCap);
            let miss = match counts {
                Counts::Achievements => miss.facts(allowed, Some(fitting(view, &cap.over, line).to_string())),
                _ => miss.facts(show(allowed), Some(show(value))),
            };
            let limit = Some(LimitWords::of_cap(view, cap, counts));
            return Err(Miss { cap: Some(cap.code.clone()), limit, ..miss });
        }
    }
    let most = to_step(most - line.given, line.rule.rounding);
    if most == 0 {
        let reason = if line.given > 0 { UnusedReason::AlreadyUsed } else { UnusedReason::WorthNothing };
        return Err(Miss::new(depth::WORTH, reason).facts(show(value), Some(show(line.given))));
    }
    Ok(Plain { module, most, cut })
}

/// The line's own limits on the courses it may exempt, beside those that single courses do not meet.
pub(super) fn limits<'a>(view: &View, line: &Line<'a>, courses: &[usize], value: i64) -> Vec<Limit<'a>> {
    let all = |why, counts, most: i64| Limit { why, counts, of: None, most: most.max(0) };
    let mut limits = Vec::new();
    if value != i64::MAX {
        limits.push(all(Why::Value, Counts::Credits, value - line.given));
    }
    if line.rule.target.direction.target_at_most_source {
        limits.push(all(Why::Source, Counts::Credits, line.source));
    }
    if let Some(drawable) = drawable(view, line) {
        limits.push(all(Why::Drawable, Counts::Credits, drawable));
    }
    if let super::target::Place::Courses { most: Some(most), .. } = &line.rule.target.place {
        limits.push(all(Why::MostCourses, Counts::Courses, i64::from(*most)));
    }
    for cap in item_caps(line).filter(|cap| rests_on(view, &cap.over, line)) {
        let (counts, allowed) = allowance(view, cap, line.source);
        let most = if counts == Counts::Credits { allowed - line.given } else { allowed };
        let everything = cap.over.classes.is_empty() && cap.over.modules.is_empty();
        let of = (!everything).then(|| {
            (0..courses.len()).filter(|&choice| over_course(view, &cap.over, courses[choice])).collect::<Vec<_>>()
        });
        if counts == Counts::Achievements {
            if allowed < fitting(view, &cap.over, line) {
                limits.push(Limit { why: Why::Cap(cap), counts: Counts::Courses, of, most: 0 });
            }
            continue;
        }
        limits.push(Limit { why: Why::Cap(cap), counts, of, most: most.max(0) });
    }
    limits
}
