//! Independent parts of a model: rows that can never be passed are left out, and what shares no row is solved by itself.

use std::collections::BTreeMap;

use super::line::Offer;
use super::model::{Model, Part, Row};

/// Lines that share rows, and those rows.
#[derive(Debug, Default)]
pub(super) struct Component {
    /// Places of lines, ascending.
    pub lines: Vec<usize>,
    /// Places of rows, ascending.
    pub rows: Vec<usize>,
}

/// The components, in the order of their first lines.
pub(super) fn components(model: &Model) -> Vec<Component> {
    let count = model.found.lines.len();
    let mut parent: Vec<usize> = (0..count).collect();
    let binding: Vec<usize> = (0..model.rows.len()).filter(|&row| can_bind(model, &model.rows[row])).collect();
    for &row in &binding {
        let first = model.rows[row].terms[0].0;
        for &(line, _, _) in &model.rows[row].terms {
            let (a, b) = (root(&mut parent, first), root(&mut parent, line));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut parts: BTreeMap<usize, Component> = BTreeMap::new();
    for line in 0..count {
        parts.entry(root(&mut parent, line)).or_default().lines.push(line);
    }
    for row in binding {
        parts.entry(root(&mut parent, model.rows[row].terms[0].0)).or_default().rows.push(row);
    }
    parts.into_values().collect()
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// Whether any selection that keeps to "one course once" and "one achievement once" could pass the row.
fn can_bind(model: &Model, row: &Row) -> bool {
    let mut courses: BTreeMap<usize, i64> = BTreeMap::new();
    let mut items: BTreeMap<(bool, usize), i64> = BTreeMap::new();
    for &(at, part, weight) in &row.terms {
        let line = &model.found.lines[at];
        // Lines that rest on facts alone stand by themselves.
        let key = line.items.first().map_or((false, at), |&item| (true, item));
        match (part, &line.offer) {
            (Part::Choice(place), Offer::Courses(offer)) => {
                let most = courses.entry(offer.choices[place].course).or_default();
                *most = (*most).max(weight);
            }
            (Part::Credits, Offer::Courses(offer)) => {
                let most = items.entry(key).or_default();
                *most = (*most).max(weight.saturating_mul(offer.with_electives.unwrap_or(0)));
            }
            (Part::Credits, Offer::Plain(plain)) => {
                let most = items.entry(key).or_default();
                *most = (*most).max(weight.saturating_mul(plain.most));
            }
            (Part::Use | Part::Choice(_) | Part::Group(_), _) => {
                // The rows that say "once" must not be left out on their own strength.
                items.insert((false, usize::MAX - items.len()), weight);
            }
        }
    }
    if matches!(row.about, super::model::About::Course(_)) {
        return row.terms.len() > 1;
    }
    let sum = courses.values().chain(items.values()).fold(0_i64, |sum, most| sum.saturating_add(*most));
    sum > row.most
}
