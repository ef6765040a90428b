//! Candidate lines together: what they share and may not overdraw. Every bound is a sum of whole numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::{Candidates, collect};
use super::caps;
use super::family::keep_highest;
use super::input::PlanInput;
use super::limits::Cap;
use super::line::{Counts, Line, Offer};
use super::view::{View, use_family};

/// A part of a line that a row can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// That the line is used at all.
    Use,
    /// That the choice with this place is taken.
    Choice(usize),
    /// That any choice of the group with this place is taken.
    Group(usize),
    /// Credits without a course: to a module, the programme or public electives.
    Credits,
}

/// What a row is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    /// Each achievement counts once within a programme (I9).
    Achievement,
    /// A fact is used once under its key, however often it was attested.
    Fact,
    /// An achievement counts of itself or through the diploma it was redeemed for (I9).
    Diploma,
    /// A course is exempted once.
    Course(usize),
    /// A module whose courses are all known takes no more than they are worth.
    Module(usize),
    /// A cap of a set or of one of its rules.
    Cap {
        /// The cap.
        cap: &'a Cap,
        /// What it counts.
        counts: Counts,
        /// What it allows in all, earlier conversions included.
        allows: i64,
    },
    /// The plan's own cap on converted credits.
    Programme {
        /// What it allows in all.
        allows: i64,
    },
}

impl About<'_> {
    /// Whether the row counts thousandths of a credit.
    pub fn counts_credits(&self) -> bool {
        match self {
            Self::Module(_) | Self::Programme { .. } => true,
            Self::Cap { counts, .. } => *counts == Counts::Credits,
            Self::Achievement | Self::Fact | Self::Diploma | Self::Course(_) => false,
        }
    }
}

/// One bound: the sum of the counted parts is at most `most`. Credits count in thousandths.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    /// What it is about.
    pub about: About<'a>,
    /// The most.
    pub most: i64,
    /// What is counted: line, part, and how much of the row one of it takes.
    pub terms: Vec<(usize, Part, i64)>,
}

/// Lines and rows.
pub(super) struct Model<'a> {
    /// The input.
    pub view: View<'a>,
    /// The lines.
    pub found: Candidates<'a>,
    /// The rows.
    pub rows: Vec<Row<'a>>,
    /// Groups of choices of one line that rows count as one; places ascending.
    pub groups: Vec<Vec<usize>>,
}

/// What is taken of one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Selection {
    /// The line.
    pub line: usize,
    /// Places of the choices taken, ascending.
    pub choices: Vec<usize>,
    /// Credits without a course.
    pub credits: i64,
}

impl<'a> Model<'a> {
    /// Everything that could be converted, and what bounds it.
    pub fn new(input: &'a PlanInput) -> Self {
        let view = View::new(input);
        let mut found = collect(&view);
        keep_highest(&view, &mut found);
        Self::of_lines(view, found)
    }

    /// The same for given lines only.
    pub fn of_lines(view: View<'a>, found: Candidates<'a>) -> Self {
        let mut groups = Vec::new();
        let rows = rows(&view, &found.lines, &mut groups);
        Self { view, found, rows, groups }
    }

    /// How often a selection takes a part of its line; thousandths for credits.
    pub fn times(&self, selection: &Selection, part: Part) -> i64 {
        let taken = |place: &usize| selection.choices.contains(place);
        match part {
            Part::Use => 1,
            Part::Choice(place) => i64::from(taken(&place)),
            Part::Group(group) => i64::from(self.groups[group].iter().any(taken)),
            Part::Credits => selection.credits,
        }
    }

    /// Credits of a selection.
    pub fn credits(&self, selection: &Selection) -> i64 {
        let chosen: i64 = match &self.found.lines[selection.line].offer {
            Offer::Plain(_) => 0,
            Offer::Courses(courses) => selection.choices.iter().map(|&at| courses.choices[at].credits).sum(),
        };
        chosen + selection.credits
    }
}

fn rows<'a>(view: &View<'a>, lines: &[Line<'a>], groups: &mut Vec<Vec<usize>>) -> Vec<Row<'a>> {
    let mut rows = once_rows(view, lines);
    let mut courses: BTreeMap<usize, Vec<(usize, Part, i64)>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if let Offer::Courses(offer) = &line.offer {
            for (place, choice) in offer.choices.iter().enumerate() {
                courses.entry(choice.course).or_default().push((at, Part::Choice(place), 1));
            }
        }
    }
    rows.extend(courses.into_iter().map(|(course, terms)| Row { about: About::Course(course), most: 1, terms }));
    rows.extend(module_rows(view, lines));
    rows.extend(caps::rows(view, lines, groups));
    for row in &mut rows {
        row.terms.retain(|term| term.2 > 0);
    }
    rows.retain(|row| !row.terms.is_empty());
    rows
}

/// Achievements once per programme, facts once per key, a diploma or what it was given for.
fn once_rows<'a>(view: &View<'a>, lines: &[Line<'a>]) -> Vec<Row<'a>> {
    type Shares = Vec<(usize, Part, i64)>;
    let mut items: BTreeMap<usize, Shares> = BTreeMap::new();
    let mut facts: BTreeMap<(&str, String), Shares> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        for &item in &line.items {
            items.entry(item).or_default().push((at, Part::Use, 1));
        }
        let words: BTreeSet<&str> = line.facts.iter().map(|&fact| view.facts[fact].fact.as_str()).collect();
        for word in words {
            facts.entry((word, use_family(line.set, line.rule))).or_default().push((at, Part::Use, 1));
        }
    }
    let mut rows = Vec::new();
    for (&item, terms) in &items {
        let diploma = view.items[item].entry.redeemed_for.and_then(|id| view.item_at(id));
        if let Some(through) = diploma.and_then(|diploma| items.get(&diploma)) {
            // A line that rests on both stands in the row twice and can then not be used at all.
            let mut both: BTreeMap<usize, i64> = BTreeMap::new();
            for (line, _, _) in terms.iter().chain(through) {
                *both.entry(*line).or_default() += 1;
            }
            let terms = both.into_iter().map(|(line, times)| (line, Part::Use, times)).collect();
            rows.push(Row { about: About::Diploma, most: 1, terms });
        }
    }
    rows.extend(items.into_values().map(|terms| Row { about: About::Achievement, most: 1, terms }));
    rows.extend(facts.into_values().map(|terms| Row { about: About::Fact, most: 1, terms }));
    rows
}

fn module_rows<'a>(view: &View<'a>, lines: &[Line<'a>]) -> Vec<Row<'a>> {
    let mut granted: BTreeMap<usize, Vec<(usize, Part, i64)>> = BTreeMap::new();
    let mut exempted: BTreeMap<usize, Vec<(usize, Part, i64)>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        match &line.offer {
            Offer::Plain(plain) => {
                if let Some(module) = plain.module {
                    granted.entry(module).or_default().push((at, Part::Credits, 1));
                }
            }
            Offer::Courses(offer) => {
                for (place, choice) in offer.choices.iter().enumerate() {
                    let module = view.courses[choice.course].module;
                    exempted.entry(module).or_default().push((at, Part::Choice(place), choice.credits));
                }
            }
        }
    }
    let mut rows = Vec::new();
    for (module, mut terms) in granted {
        let entry = &view.modules()[module];
        if entry.courses.is_empty() {
            continue;
        }
        let offered: i64 = entry.courses.iter().map(|course| course.credits.thousandths()).sum();
        let counted = view.input.programme.counted.get(&entry.code).map_or(0, |credits| credits.thousandths());
        terms.extend(exempted.remove(&module).unwrap_or_default());
        rows.push(Row { about: About::Module(module), most: (offered - counted).max(0), terms });
    }
    rows
}
