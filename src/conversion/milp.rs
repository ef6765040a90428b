//! One component as an integer program for the solver: columns, rows, and the stages of the objective.

use std::collections::BTreeMap;

use super::line::{Counts, Courses, Line, Offer};
use super::model::{Model, Part, Selection};
use super::parts::Component;

/// A row of the program: the sum of the columns, weighted, is between the bounds.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    /// Columns and weights, each column once.
    pub terms: Vec<(usize, i64)>,
    /// The most, if bounded above.
    pub most: Option<i64>,
    /// The least, if bounded below.
    pub least: Option<i64>,
}

/// What a column stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// That the line is used; with all of it where it cannot be divided.
    Use,
    /// That one of several choices is taken.
    Choice(usize),
    /// Steps of credits without a course.
    Steps,
    /// That any choice of a group is taken.
    Group(usize),
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Place of its line among the model's lines.
    pub line: usize,
    means: Means,
    /// Most that it can be; 1 for yes or no.
    pub most: i64,
    /// Credits of one of it, in units.
    pub credits: i64,
    /// Exemptions worth no credits in one of it.
    pub free: i64,
    /// Achievements in one of it.
    pub achievements: i64,
}

/// How the credits of a line without a course stand in the program.
#[derive(Debug, Clone, Copy)]
enum Credits {
    None,
    /// All of them with the line's use.
    Whole(i64),
    /// A column of steps.
    Steps(usize),
}

/// A component as a mixed-integer linear program.
pub(super) struct Milp {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub bounds: Vec<Bound>,
    /// The columns that use each achievement, by the achievement's place.
    pub uses: BTreeMap<usize, Vec<usize>>,
    /// Thousandths in one unit of credit.
    pub unit: i64,
    /// Per line: column of use, columns of choices (or the use again), credits without a course.
    lines: BTreeMap<usize, (usize, Vec<usize>, Credits)>,
    /// Per line, the units that it can give, ascending: all that it can, and perhaps some that it cannot.
    amounts: BTreeMap<usize, Vec<usize>>,
}

impl Milp {
    /// Writes the component down.
    pub fn new(model: &Model, component: &Component) -> Self {
        let mut milp = Self {
            columns: Vec::new(),
            bounds: Vec::new(),
            uses: BTreeMap::new(),
            unit: unit(model, component),
            lines: BTreeMap::new(),
            amounts: BTreeMap::new(),
        };
        let mut divided = vec![false; model.found.lines.len()];
        for &row in &component.rows {
            for &(line, part, _) in &model.rows[row].terms {
                divided[line] |= part == Part::Credits;
            }
        }
        let caps = line_caps(model, component);
        for &line in &component.lines {
            milp.add_line(model, line, divided[line], caps.get(&line).copied().unwrap_or(i64::MAX));
        }
        for &row in &component.rows {
            milp.add_row(model, row);
        }
        milp
    }

    fn column(&mut self, line: usize, means: Means, most: i64, credits: i64) -> usize {
        self.columns.push(Column { line, means, most, credits, free: 0, achievements: 0 });
        self.columns.len() - 1
    }

    /// No selection gives more than `cap` by the line: said here, so that a part of its use allows a part of that only.
    fn add_line(&mut self, model: &Model, at: usize, divided: bool, cap: i64) {
        let line = &model.found.lines[at];
        let used = self.column(at, Means::Use, 1, 0);
        self.amounts.insert(at, amounts(line, self.unit, divided, cap));
        self.columns[used].achievements = i64::try_from(line.items.len()).unwrap_or(i64::MAX);
        for &item in &line.items {
            self.uses.entry(item).or_default().push(used);
        }
        let (choices, credits) = match &line.offer {
            Offer::Plain(plain) if divided => {
                let most = plain.most.min(cap) / line.step();
                let steps = self.column(at, Means::Steps, most, line.step() / self.unit);
                self.bound(vec![(steps, 1), (used, -most)], Some(0), None);
                self.bound(vec![(steps, 1), (used, -1)], None, Some(0));
                (Vec::new(), Credits::Steps(steps))
            }
            Offer::Plain(plain) => {
                self.columns[used].credits = plain.most / self.unit;
                (Vec::new(), Credits::Whole(plain.most))
            }
            Offer::Courses(courses) => self.add_courses(at, used, courses, (line.step(), cap)),
        };
        self.lines.insert(at, (used, choices, credits));
    }

    fn add_courses(
        &mut self,
        at: usize,
        used: usize,
        courses: &Courses,
        (step, cap): (i64, i64),
    ) -> (Vec<usize>, Credits) {
        let single = courses.all || (courses.choices.len() == 1 && courses.with_electives.is_none());
        if single {
            for choice in &courses.choices {
                self.columns[used].credits += choice.credits / self.unit;
                self.columns[used].free += i64::from(choice.credits == 0);
            }
            if courses.with_electives.is_none() {
                return (vec![used; courses.choices.len()], Credits::None);
            }
        }
        let choices: Vec<usize> = if single {
            vec![used; courses.choices.len()]
        } else {
            let columns: Vec<usize> = (courses.choices.iter().enumerate())
                .map(|(place, choice)| {
                    let column = self.column(at, Means::Choice(place), 1, choice.credits / self.unit);
                    self.columns[column].free = i64::from(choice.credits == 0);
                    column
                })
                .collect();
            for &column in &columns {
                self.bound(vec![(column, 1), (used, -1)], Some(0), None);
            }
            let all =
                courses.choices.iter().zip(&columns).map(|(choice, column)| (*column, choice.credits / self.unit));
            let most: i64 = courses.choices.iter().map(|choice| choice.credits / self.unit).sum();
            let most = most.min(cap / self.unit);
            self.bound(all.chain([(used, -most)]).collect(), Some(0), None);
            let some = columns.iter().map(|&column| (column, 1)).chain([(used, -1)]).collect();
            self.bound(some, None, Some(0));
            columns
        };
        let mut credits = Credits::None;
        if let Some(all) = courses.with_electives {
            let steps = self.column(at, Means::Steps, all.max(0) / step, step / self.unit);
            let mut terms = self.weighed(courses, &choices, None, Counts::Credits);
            terms.push((steps, step / self.unit));
            add(&mut terms, used, -(all / self.unit));
            self.bound(terms, Some(0), None);
            credits = Credits::Steps(steps);
        }
        for limit in &courses.limits {
            let mut terms = self.weighed(courses, &choices, limit.of.as_deref(), limit.counts);
            if let (Credits::Steps(steps), None, Counts::Credits) = (credits, &limit.of, limit.counts) {
                terms.push((steps, step / self.unit));
            }
            let most = if limit.counts == Counts::Credits { limit.most / self.unit } else { limit.most };
            // Bound to the use, so that a part of a use allows a part of its limit only.
            add(&mut terms, used, -most);
            self.bound(terms, Some(0), None);
        }
        (choices, credits)
    }

    fn weighed(&self, courses: &Courses, columns: &[usize], of: Option<&[usize]>, counts: Counts) -> Vec<(usize, i64)> {
        let mut terms = Vec::new();
        for (place, choice) in courses.choices.iter().enumerate() {
            if of.is_none_or(|of| of.contains(&place)) {
                let weight = if counts == Counts::Credits { choice.credits / self.unit } else { 1 };
                add(&mut terms, columns[place], weight);
            }
        }
        terms
    }

    fn bound(&mut self, terms: Vec<(usize, i64)>, most: Option<i64>, least: Option<i64>) {
        let terms: Vec<(usize, i64)> = terms.into_iter().filter(|term| term.1 != 0).collect();
        if !terms.is_empty() {
            self.bounds.push(Bound { terms, most, least });
        }
    }

    fn add_row(&mut self, model: &Model, row: usize) {
        let row = &model.rows[row];
        let unit = if row.about.counts_credits() { self.unit } else { 1 };
        let mut terms = Vec::new();
        for &(line, part, weight) in &row.terms {
            let Some((used, choices, credits)) = self.lines.get(&line).cloned() else { continue };
            match (part, credits) {
                (Part::Group(group), _) => {
                    let column = self.group(line, group, &model.groups[group], &choices);
                    add(&mut terms, column, weight);
                }
                (Part::Use, _) => add(&mut terms, used, weight),
                (Part::Choice(place), _) => add(&mut terms, choices[place], weight / unit),
                (Part::Credits, Credits::Steps(steps)) => {
                    add(&mut terms, steps, self.columns[steps].credits * weight);
                }
                (Part::Credits, Credits::Whole(amount)) => add(&mut terms, used, amount * weight / unit),
                (Part::Credits, Credits::None) => {}
            }
        }
        self.bound(terms, Some(row.most.div_euclid(unit)), None);
    }

    /// A column that is 1 when any choice of the group is taken.
    fn group(&mut self, line: usize, group: usize, places: &[usize], choices: &[usize]) -> usize {
        let columns: Vec<usize> = places.iter().map(|&place| choices[place]).collect();
        if columns.windows(2).all(|pair| pair[0] == pair[1]) {
            return columns[0];
        }
        let any = self.column(line, Means::Group(group), 1, 0);
        for column in columns {
            self.bound(vec![(column, 1), (any, -1)], Some(0), None);
        }
        any
    }

    /// The values of the columns that stand for the selections.
    pub fn values(&self, model: &Model, selections: &[Selection]) -> Vec<i64> {
        let mut values = vec![0; self.columns.len()];
        for selection in selections {
            let Some((used, choices, credits)) = self.lines.get(&selection.line) else { continue };
            values[*used] = 1;
            for &place in &selection.choices {
                values[choices[place]] = 1;
            }
            let groups = self.columns.iter().enumerate().filter(|(_, column)| column.line == selection.line);
            for (at, column) in groups {
                if let Means::Group(group) = column.means {
                    values[at] = model.times(selection, Part::Group(group));
                }
            }
            if let Credits::Steps(steps) = credits {
                values[*steps] = selection.credits / model.found.lines[selection.line].step();
            }
        }
        values
    }

    /// The selections that the values of the columns stand for, in order of line.
    pub fn selections(&self, model: &Model, values: &[i64]) -> Vec<Selection> {
        let mut selections = Vec::new();
        for (&line, (used, choices, credits)) in &self.lines {
            if values[*used] == 0 {
                continue;
            }
            let credits = match credits {
                Credits::None => 0,
                Credits::Whole(amount) => *amount,
                Credits::Steps(steps) => values[*steps] * model.found.lines[line].step(),
            };
            let choices = (0..choices.len()).filter(|&place| values[choices[place]] != 0).collect();
            selections.push(Selection { line, choices, credits });
        }
        selections
    }

    /// The units that an achievement can give by any of its lines.
    pub fn amounts_of(&self, item: usize) -> Vec<usize> {
        let lines = self.uses[&item].iter().map(|&at| self.columns[at].line);
        let mut all: Vec<usize> = lines.flat_map(|line| self.amounts[&line].iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The units that each line can give which rests on no achievement.
    pub fn amounts_beside(&self) -> Vec<Vec<usize>> {
        let facts = self.columns.iter().filter(|column| column.means == Means::Use && column.achievements == 0);
        facts.map(|column| self.amounts[&column.line].clone()).collect()
    }

    /// The sum of one measure over the values.
    pub fn sum(&self, values: &[i64], of: impl Fn(&Column) -> i64) -> i64 {
        self.columns.iter().zip(values).map(|(column, value)| of(column) * value).sum()
    }

    /// A cost per column that prefers earlier lines and, within a line, earlier courses.
    pub fn order_costs(&self) -> Vec<i64> {
        let place: BTreeMap<usize, i64> =
            self.lines.keys().enumerate().map(|(at, line)| (*line, i64::try_from(at).unwrap_or(0))).collect();
        let lines = i64::try_from(place.len()).unwrap_or(i64::MAX);
        self.columns
            .iter()
            .map(|column| match column.means {
                Means::Use => lines + place[&column.line],
                Means::Choice(at) => i64::try_from(at).unwrap_or(0),
                Means::Steps | Means::Group(_) => 0,
            })
            .collect()
    }
}

fn add(terms: &mut Vec<(usize, i64)>, column: usize, weight: i64) {
    match terms.iter_mut().find(|term| term.0 == column) {
        Some(term) => term.1 += weight,
        None => terms.push((column, weight)),
    }
}

/// The greatest unit of which every amount in the component is a multiple, so that weights stay small.
fn unit(model: &Model, component: &Component) -> i64 {
    let mut unit = 0;
    for &at in &component.lines {
        let line = &model.found.lines[at];
        match &line.offer {
            Offer::Plain(plain) => unit = gcd(gcd(unit, plain.most), line.step()),
            Offer::Courses(courses) => {
                for choice in &courses.choices {
                    unit = gcd(unit, choice.credits);
                }
                if let Some(all) = courses.with_electives {
                    unit = gcd(gcd(unit, line.step()), all);
                }
            }
        }
    }
    unit.max(1)
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Of each line that a row on credits counts whole, the most that these rows allow it.
fn line_caps(model: &Model, component: &Component) -> BTreeMap<usize, i64> {
    let mut caps: BTreeMap<usize, i64> = BTreeMap::new();
    for row in component.rows.iter().map(|&row| &model.rows[row]).filter(|row| row.about.counts_credits()) {
        let mut counted: BTreeMap<usize, (usize, bool)> = BTreeMap::new();
        for &(line, part, _) in &row.terms {
            let entry = counted.entry(line).or_default();
            match part {
                Part::Choice(_) => entry.0 += 1,
                Part::Credits => entry.1 = true,
                Part::Use | Part::Group(_) => {}
            }
        }
        for (line, (choices, credits)) in counted {
            let whole = match &model.found.lines[line].offer {
                Offer::Plain(_) => credits,
                Offer::Courses(courses) => {
                    let worth = courses.choices.iter().filter(|choice| choice.credits > 0).count();
                    choices == worth && (credits || courses.with_electives.is_none())
                }
            };
            if whole {
                let cap = caps.entry(line).or_insert(i64::MAX);
                *cap = (*cap).min(row.most);
            }
        }
    }
    caps
}

/// The units that a line can give: of courses every sum of some of them within the limits on everything.
fn amounts(line: &Line, unit: i64, divided: bool, cap: i64) -> Vec<usize> {
    let units = |amount: i64| usize::try_from(amount / unit).unwrap_or(usize::MAX);
    match &line.offer {
        Offer::Plain(plain) if divided => {
            (1..=plain.most.min(cap) / line.step()).map(|n| units(n * line.step())).collect()
        }
        Offer::Plain(plain) => vec![units(plain.most)],
        Offer::Courses(courses) if courses.with_electives.is_some() => (0..=units(line.most().min(cap))).collect(),
        Offer::Courses(courses) if courses.all => {
            vec![units(courses.choices.iter().map(|choice| choice.credits).sum())]
        }
        Offer::Courses(courses) => {
            let most = units(line.most().min(cap));
            let mut sums = vec![false; most + 1];
            sums[0] = true;
            for choice in &courses.choices {
                let own = units(choice.credits);
                for sum in (own..=most).rev() {
                    sums[sum] |= sums[sum - own];
                }
            }
            let some = courses.choices.iter().any(|choice| choice.credits == 0);
            (0..=most).filter(|&sum| sums[sum] && (sum > 0 || some)).collect()
        }
    }
}
