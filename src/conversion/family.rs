//! Families of the catalogue: where a rule says so, only the highest of a family counts.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

use super::candidates::Candidates;
use super::line::Line;
use super::matching::{Miss, depth};
use super::plan::UnusedReason;
use super::view::{View, compare_heights};

/// Takes out the lines that rest on a lower achievement of a family of which a higher one has a line of its own. Higher is
/// what stands higher by level, or by tier and prize; where that does not decide, what is worth more; then what expires
/// first and has the lowest id.
pub(super) fn keep_highest(view: &View, found: &mut Candidates) {
    let mut best: HashMap<&str, (usize, i64, usize)> = HashMap::new();
    let mut worth: HashMap<usize, (i64, usize)> = HashMap::new();
    for line in found.lines.iter().filter(|line| line.rule.exclusivity.highest_only) {
        for &item in &line.items {
            let entry = worth.entry(item).or_insert((0, line.order.0));
            entry.0 = entry.0.max(line.most());
        }
    }
    let mut items: Vec<(usize, (i64, usize))> = worth.into_iter().collect();
    items.sort_unstable();
    for (item, (most, set)) in items {
        let Some(family) = view.items[item].entry.family.as_deref() else { continue };
        let higher = best.get(family).is_none_or(|&(other, other_most, _)| {
            let height = compare_heights(&view.items[item], &view.items[other], view.sets[set]);
            let order = height.unwrap_or(Ordering::Equal).then(most.cmp(&other_most));
            order.then(Reverse(view.items[item].rank).cmp(&Reverse(view.items[other].rank))) == Ordering::Greater
        });
        if higher {
            best.insert(family, (item, most, set));
        }
    }
    let lower = |line: &Line| -> Option<(usize, usize)> {
        if !line.rule.exclusivity.highest_only {
            return None;
        }
        line.items.iter().find_map(|&item| {
            let highest = best.get(view.items[item].entry.family.as_deref()?)?.0;
            (highest != item).then_some((item, highest))
        })
    };
    let mut misses = Vec::new();
    found.lines.retain(|line| match lower(line) {
        Some((item, highest)) => {
            let name = |at: usize| view.items[at].entry.level.clone();
            let miss = Miss {
                wanted: name(highest),
                found: name(item),
                ..Miss::new(depth::ITEM, UnusedReason::LowerOfFamily)
            };
            misses.push((item, miss, line.order));
            false
        }
        None => true,
    });
    for (item, miss, order) in misses {
        found.miss(item, &miss, order);
    }
}
