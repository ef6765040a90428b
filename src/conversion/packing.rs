//! One component as a packing: every achievement by at most one of its ways, within the rows. Made for one question, asked
//! dozens of times per plan: can the credits be had with so many achievements, these among them and those not?

use std::collections::{BTreeMap, HashMap};

use super::line::Offer;
use super::model::{About, Model, Part, Selection};
use super::packing_assign::Failed;
use super::packing_places::Places;
use super::parts::Component;
use super::pattern::{Patterns, Touches, touches};

/// Most ways of all lines together.
const PATTERNS_MAX: usize = 200_000;

/// What is used at most once: an achievement by itself, a fact's line, or a line that rests on several achievements.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// Achievements it takes.
    pub items: Vec<usize>,
    /// Its lines, with the place of their ways.
    pub lines: Vec<(usize, usize)>,
    /// Objects that can stand in its place wherever it is used.
    pub covered_by: Vec<usize>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question<'q> {
    /// Credits, in units: as many as there can be.
    pub credits: i64,
    /// Exemptions worth no credits: as many as these credits allow.
    pub free: i64,
    /// At most so many achievements.
    pub count: usize,
    /// Whether fewer are known not to do.
    pub exact: bool,
    /// Achievements among them.
    pub with: &'q [usize],
    /// Achievements not among them.
    pub without: &'q [usize],
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// By these selections.
    Yes(Vec<Selection>),
    /// In no way.
    No,
    /// Not found out within the steps allowed.
    Unknown,
}

/// A component as a packing.
pub(super) struct Packing {
    /// Objects in order of their first lines.
    pub objects: Vec<Object>,
    /// The ways of lines; lines that can do the same share theirs.
    pub ways: Vec<Patterns>,
    /// Room in each row.
    pub most: Vec<i64>,
    /// Rows on credits that count everything: they hold whenever the credits asked for fit in.
    pub whole: Vec<bool>,
    /// Whether any line rests on several achievements.
    pub joint: bool,
    /// Objects by achievement.
    pub of: BTreeMap<usize, Vec<usize>>,
    /// Prices of the rows from the question before.
    pub prices: Vec<f64>,
    /// What one unit of credit is worth, so that it outweighs all exemptions without credits.
    pub unit_worth: i64,
    /// The rows as an assignment sees them.
    pub places: Places,
    /// What no assignment could make up, whatever was asked.
    pub failed: Failed,
}

impl Packing {
    /// None when there are too many ways to write them out.
    pub fn new(model: &Model, component: &Component, unit: i64) -> Option<Self> {
        let lines = &model.found.lines;
        let mut divided = vec![false; lines.len()];
        for &row in &component.rows {
            for &(line, part, _) in &model.rows[row].terms {
                divided[line] |= part == Part::Credits;
            }
        }
        let joint_items: Vec<usize> = (component.lines.iter().map(|&line| &lines[line].items))
            .filter(|items| items.len() > 1)
            .flatten()
            .copied()
            .collect();
        let (place, most) = rows(model, component, &joint_items, unit);
        let all = touches(model, &component.rows, &place, unit);
        let mut ways: Vec<Patterns> = Vec::new();
        let mut known: HashMap<(Vec<i64>, &Touches), usize> = HashMap::new();
        let mut objects: Vec<Object> = Vec::new();
        let mut single: BTreeMap<usize, usize> = BTreeMap::new();
        let mut count = 0;
        for &at in &component.lines {
            let line = &lines[at];
            let key = (offer_key(&line.offer, line.step(), divided[at])?, &all[at]);
            let way = match known.get(&key) {
                Some(way) => *way,
                None => {
                    let patterns = Patterns::new(line, divided[at], &all[at], &most, unit)?;
                    count += patterns.list.len();
                    if count > PATTERNS_MAX {
                        return None;
                    }
                    ways.push(patterns);
                    known.insert(key, ways.len() - 1);
                    ways.len() - 1
                }
            };
            match line.items.as_slice() {
                [item] if single.contains_key(item) => objects[single[item]].lines.push((at, way)),
                items => {
                    if let [item] = items {
                        single.insert(*item, objects.len());
                    }
                    objects.push(Object { items: items.to_vec(), lines: vec![(at, way)], covered_by: Vec::new() });
                }
            }
        }
        let mut of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, object) in objects.iter().enumerate() {
            for &item in &object.items {
                of.entry(item).or_default().push(at);
            }
        }
        let prices = vec![0.0; most.len()];
        let whole = whole(&ways, most.len());
        let most_free = |way: usize| ways[way].list.iter().map(|it| it.free).max().unwrap_or(0);
        let unit_worth = 1 + objects.iter().flat_map(|it| &it.lines).map(|line| most_free(line.1)).sum::<i64>();
        let joint = !joint_items.is_empty();
        let mut packing = Self {
            objects,
            ways,
            most,
            whole,
            joint,
            of,
            prices,
            unit_worth,
            places: Places::default(),
            failed: Failed::default(),
        };
        packing.places = Places::new(&packing);
        packing.cover();
        Some(packing)
    }

    /// The least room of a row that counts everything, in units.
    pub fn cap(&self) -> Option<i64> {
        self.most.iter().zip(&self.whole).filter(|it| *it.1).map(|it| *it.0).min()
    }

    /// Notes which objects can stand in the place of which others. An object in the rows of its achievement cannot.
    fn cover(&mut self) {
        let count = self.ways.len();
        let mut known: Vec<Option<bool>> = vec![None; count * count];
        let mut covers = |a: usize, b: usize| {
            *known[a * count + b].get_or_insert_with(|| {
                a == b
                    || (self.ways[b].list.len() <= 8 && self.ways[a].list.len() <= 64 && {
                        self.ways[a].covers(&self.ways[b])
                    })
            })
        };
        let alone: Vec<bool> =
            (self.objects.iter().map(|it| it.items.len() == 1 && self.of[&it.items[0]].len() == 1)).collect();
        let mut all = vec![Vec::new(); self.objects.len()];
        for (at, object) in self.objects.iter().enumerate().filter(|it| alone[it.0]) {
            for (other, candidate) in self.objects.iter().enumerate().filter(|it| alone[it.0] && it.0 != at) {
                if object.lines.iter().all(|line| candidate.lines.iter().any(|theirs| covers(theirs.1, line.1))) {
                    all[at].push(other);
                }
            }
        }
        for (object, covered_by) in self.objects.iter_mut().zip(all) {
            object.covered_by = covered_by;
        }
    }
}

/// The numbers under which rows are known, and their room. "Once" is said by the objects, where no line rests on several.
fn rows(model: &Model, component: &Component, joint: &[usize], unit: i64) -> (Vec<Option<usize>>, Vec<i64>) {
    let mut place = vec![None; model.rows.len()];
    let mut most = Vec::new();
    for &at in &component.rows {
        let row = &model.rows[at];
        let touches_joint =
            || row.terms.iter().any(|term| model.found.lines[term.0].items.iter().any(|item| joint.contains(item)));
        if matches!(row.about, About::Achievement) && !touches_joint() {
            continue;
        }
        place[at] = Some(most.len());
        most.push(row.most.div_euclid(if row.about.counts_credits() { unit } else { 1 }));
    }
    (place, most)
}

/// Which rows take of every way exactly its credits.
fn whole(ways: &[Patterns], rows: usize) -> Vec<bool> {
    let mut left: Vec<usize> = (0..rows).collect();
    for patterns in ways {
        for (at, pattern) in patterns.list.iter().enumerate() {
            let uses = patterns.uses(at);
            left.retain(|row| {
                let used = uses.binary_search_by_key(row, |it| it.0).map_or(0, |place| uses[place].1);
                used == pattern.credits
            });
        }
    }
    (0..rows).map(|row| left.binary_search(&row).is_ok()).collect()
}

/// What decides which ways an offer has, beside the rows it touches.
fn offer_key(offer: &Offer, step: i64, divided: bool) -> Option<Vec<i64>> {
    let small = |number: usize| i64::try_from(number).ok();
    let mut key = vec![step, i64::from(divided)];
    match offer {
        Offer::Plain(plain) => key.extend([-1, plain.most]),
        Offer::Courses(courses) => {
            key.extend([i64::from(courses.all), courses.with_electives.unwrap_or(-1), small(courses.choices.len())?]);
            key.extend(courses.choices.iter().map(|choice| choice.credits));
            for limit in &courses.limits {
                key.extend([limit.most, limit.counts as i64]);
                match &limit.of {
                    None => key.push(-1),
                    Some(of) => {
                        key.push(small(of.len())?);
                        key.extend(of.iter().map(|&at| small(at).unwrap_or(-1)));
                    }
                }
            }
        }
    }
    Some(key)
}
