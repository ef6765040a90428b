//! Every way to take one line: its courses and its credits without a course, with what that takes of each row.

use super::line::{Counts, Courses, Line, Offer};
use super::model::{Model, Part, Selection};

/// Most ways of one line that are written out. A certificate for up to eight credits of two dozen courses has about 1,200.
const PATTERNS_MAX: usize = 20_000;

/// What one line takes of the rows, part by part: row and weight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Touches {
    /// Per choice.
    pub choices: Vec<Vec<(usize, i64)>>,
    /// For its use.
    pub used: Vec<(usize, i64)>,
    /// Per unit of its credits without a course.
    pub credits: Vec<(usize, i64)>,
    /// For any choice of a group: row, weight, places.
    pub groups: Vec<(usize, i64, Vec<usize>)>,
}

/// One way to take a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern {
    /// Credits in all, in units.
    pub credits: i64,
    /// Exemptions worth no credits.
    pub free: i64,
    /// Thousandths without a course.
    pub plain: i64,
    /// Where its choices end; they start where those of the one before it end.
    choices: usize,
    /// Where its uses of rows end.
    uses: usize,
}

/// All ways to take a line.
#[derive(Debug, Clone, Default)]
pub(super) struct Patterns {
    /// The ways.
    pub list: Vec<Pattern>,
    choices: Vec<usize>,
    uses: Vec<(usize, i64)>,
}

impl Patterns {
    /// All ways of the line; none when there are too many to write out. `most` is the room in each row.
    pub fn new(line: &Line, divided: bool, touches: &Touches, most: &[i64], unit: i64) -> Option<Self> {
        let mut all = Self::default();
        match &line.offer {
            Offer::Plain(plain) if divided => {
                let steps = usize::try_from(plain.most / line.step()).ok()?;
                if steps > PATTERNS_MAX {
                    return None;
                }
                let steps = i64::try_from(steps).ok()?;
                for step in 1..=steps {
                    all.push(line, touches, most, unit, &[], step * line.step());
                }
            }
            Offer::Plain(plain) => all.push(line, touches, most, unit, &[], plain.most),
            Offer::Courses(courses) if courses.all => {
                let chosen: Vec<usize> = (0..courses.choices.len()).collect();
                all.with_electives(line, courses, touches, most, unit, &chosen);
            }
            Offer::Courses(courses) => all.choose(line, courses, touches, most, unit, &mut Vec::new(), 0)?,
        }
        (all.list.len() <= PATTERNS_MAX).then_some(all)
    }

    /// Places of the choices of a way.
    pub fn choices(&self, at: usize) -> &[usize] {
        let start = if at == 0 { 0 } else { self.list[at - 1].choices };
        &self.choices[start..self.list[at].choices]
    }

    /// Rows that a way uses, each once, ascending, and how much of them.
    pub fn uses(&self, at: usize) -> &[(usize, i64)] {
        let start = if at == 0 { 0 } else { self.list[at - 1].uses };
        &self.uses[start..self.list[at].uses]
    }

    /// The selection that a way stands for.
    pub fn selection(&self, at: usize, line: usize) -> Selection {
        Selection { line, choices: self.choices(at).to_vec(), credits: self.list[at].plain }
    }

    /// Some way of `self` does whatever any way of `other` does, and uses no more for it.
    pub fn covers(&self, other: &Self) -> bool {
        (0..other.list.len()).all(|theirs| (0..self.list.len()).any(|own| self.covers_one(own, other, theirs)))
    }

    fn covers_one(&self, own: usize, other: &Self, theirs: usize) -> bool {
        let (a, b) = (&self.list[own], &other.list[theirs]);
        let mut uses = other.uses(theirs).iter();
        a.credits == b.credits
            && a.free == b.free
            && self.uses(own).iter().all(|(row, amount)| uses.any(|(it, most)| it == row && amount <= most))
    }

    #[allow(clippy::too_many_arguments, reason = "a recursion over what does not change")]
    fn choose(
        &mut self,
        line: &Line,
        courses: &Courses,
        touches: &Touches,
        most: &[i64],
        unit: i64,
        chosen: &mut Vec<usize>,
        from: usize,
    ) -> Option<()> {
        for place in from..courses.choices.len() {
            chosen.push(place);
            // Whatever one more course passes, further courses pass too.
            if within(courses, chosen, 0) && fits(touches, most, chosen) {
                self.with_electives(line, courses, touches, most, unit, chosen);
                if self.list.len() > PATTERNS_MAX {
                    return None;
                }
                self.choose(line, courses, touches, most, unit, chosen, place + 1)?;
            }
            chosen.pop();
        }
        Some(())
    }

    fn with_electives(
        &mut self,
        line: &Line,
        courses: &Courses,
        touches: &Touches,
        most: &[i64],
        unit: i64,
        chosen: &[usize],
    ) {
        let mut credits = 0;
        while within(courses, chosen, credits) && self.list.len() <= PATTERNS_MAX {
            self.push(line, touches, most, unit, chosen, credits);
            if courses.with_electives.is_none() {
                break;
            }
            credits += line.step();
        }
    }

    /// Adds a way if the rows have room for it.
    fn push(&mut self, line: &Line, touches: &Touches, most: &[i64], unit: i64, chosen: &[usize], plain: i64) {
        let mut uses: Vec<(usize, i64)> = touches.used.clone();
        uses.extend(touches.credits.iter().map(|(row, weight)| (*row, weight * (plain / unit))));
        uses.extend(chosen.iter().flat_map(|&place| touches.choices[place].iter().copied()));
        let any = |places: &[usize]| places.iter().any(|place| chosen.contains(place));
        uses.extend(touches.groups.iter().filter(|group| any(&group.2)).map(|group| (group.0, group.1)));
        uses.sort_unstable();
        uses.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        uses.retain(|it| it.1 > 0);
        if uses.iter().any(|(row, amount)| *amount > most[*row]) {
            return;
        }
        let (mut credits, mut free) = (plain / unit, 0);
        if let Offer::Courses(courses) = &line.offer {
            for &place in chosen {
                credits += courses.choices[place].credits / unit;
                free += i64::from(courses.choices[place].credits == 0);
            }
        }
        self.uses.extend(uses);
        self.choices.extend(chosen);
        let (choices, uses) = (self.choices.len(), self.uses.len());
        self.list.push(Pattern { credits, free, plain, choices, uses });
    }
}

/// Whether courses and electives keep to the line's own limits.
fn within(courses: &Courses, chosen: &[usize], plain: i64) -> bool {
    let exempted: i64 = chosen.iter().map(|&place| courses.choices[place].credits).sum();
    courses.with_electives.is_none_or(|all| exempted + plain <= all)
        && courses.limits.iter().all(|limit| {
            let counted = chosen.iter().filter(|place| limit.of.as_ref().is_none_or(|of| of.contains(place)));
            let credits = limit.counts == Counts::Credits;
            let sum: i64 = counted.map(|&place| if credits { courses.choices[place].credits } else { 1 }).sum();
            let with_plain = if credits && limit.of.is_none() { plain } else { 0 };
            sum + with_plain <= limit.most
        })
}

fn fits(touches: &Touches, most: &[i64], chosen: &[usize]) -> bool {
    let last = chosen.last().into_iter().flat_map(|&place| &touches.choices[place]);
    last.into_iter().all(|(row, _)| {
        let of = |place: &usize| touches.choices[*place].iter().filter(|it| it.0 == *row).map(|it| it.1).sum::<i64>();
        chosen.iter().map(of).sum::<i64>() <= most[*row]
    })
}

/// What each line of a component takes of its rows; `place` says under which number a row is known, if it is.
pub(super) fn touches(model: &Model, rows: &[usize], place: &[Option<usize>], unit: i64) -> Vec<Touches> {
    let mut all: Vec<Touches> = (model.found.lines.iter())
        .map(|line| match &line.offer {
            Offer::Plain(_) => Touches::default(),
            Offer::Courses(courses) => {
                Touches { choices: vec![Vec::new(); courses.choices.len()], ..Touches::default() }
            }
        })
        .collect();
    for &at in rows {
        let (row, Some(number)) = (&model.rows[at], place[at]) else { continue };
        let unit = if row.about.counts_credits() { unit } else { 1 };
        for &(line, part, weight) in &row.terms {
            let touches = &mut all[line];
            match part {
                Part::Use => touches.used.push((number, weight)),
                Part::Choice(choice) => touches.choices[choice].push((number, weight / unit)),
                Part::Credits => touches.credits.push((number, weight)),
                Part::Group(group) => touches.groups.push((number, weight, model.groups[group].clone())),
            }
        }
    }
    all
}
