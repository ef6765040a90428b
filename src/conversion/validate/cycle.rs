//! Circles: course A exempts B, and B, perhaps over others, A again. Credits would go round and grow at every turn.
//!
//! Shape: a graph whose nodes are rules; an arrow from one to another where a course that the first exempts is a source of
//! the second. Rules with codes or names on both sides only: "the same course elsewhere" is no circle.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;

use uuid::Uuid;

use super::super::fault::{Faults, What};
use super::super::fold::folded;
use super::super::rule::ConversionRule;
use super::super::target::Place;
use super::super::value::Value;
use crate::domain::kind::AchievementKind;

/// Most arrows that are searched; a set of 5,000 rules that says something has a few thousand.
const ARROWS_MAX: usize = 500_000;

/// A course as rules name it: `c:CODE`, `c:PREFIX*` or `n:folded name`.
fn keys(rule: &ConversionRule) -> Option<(Vec<String>, Vec<String>)> {
    let Place::Courses { codes, same_course: false, .. } = &rule.target.place else { return None };
    let code = |code: &String| format!("c:{code}");
    let name = |name: &String| format!("n:{}", folded(name));
    let mut from = Vec::new();
    for source in rule.sources.iter().filter(|source| source.kinds.contains(&AchievementKind::Course)) {
        from.extend(source.codes.iter().map(code));
        from.extend(source.names.iter().map(name));
    }
    let to: Vec<String> = match &rule.value {
        Value::NamedCourses { courses, .. } => courses
            .iter()
            .flat_map(|course| course.code.as_ref().map(code).into_iter().chain(course.name.as_ref().map(name)))
            .collect(),
        _ => codes.iter().map(code).collect(),
    };
    // A course that exempts itself elsewhere is no step of a circle.
    let itself = to.iter().all(|key| from.contains(key));
    (!from.is_empty() && !to.is_empty() && !itself).then_some((from, to))
}

/// Where each course is a source: exact keys and prefixes apart, each sorted.
#[derive(Default)]
struct Sources {
    exact: BTreeMap<String, Vec<usize>>,
    prefixes: BTreeMap<String, Vec<usize>>,
}

impl Sources {
    fn add(&mut self, key: &str, rule: usize) {
        match key.strip_suffix('*') {
            Some(stem) => self.prefixes.entry(stem.to_owned()).or_default().push(rule),
            None => self.exact.entry(key.to_owned()).or_default().push(rule),
        }
    }

    /// Calls `each` for every rule that has a source which the key, or something that begins with it, fits.
    fn fitting(&self, key: &str, each: &mut impl FnMut(usize)) {
        let (stem, prefix) = key.strip_suffix('*').map_or((key, false), |stem| (stem, true));
        let below = |map: &BTreeMap<String, Vec<usize>>, each: &mut dyn FnMut(usize)| {
            let range = map.range::<str, _>((Bound::Included(stem), Bound::Unbounded));
            for (_, rules) in range.take_while(|(found, _)| found.starts_with(stem)) {
                rules.iter().copied().for_each(&mut *each);
            }
        };
        if prefix {
            below(&self.exact, each);
            below(&self.prefixes, each);
        } else if let Some(rules) = self.exact.get(stem) {
            rules.iter().copied().for_each(&mut *each);
        }
        // Prefixes that the stem itself begins with; equal ones were met above when it is a prefix.
        for (end, c) in stem.char_indices() {
            let end = end + c.len_utf8();
            if prefix && end == stem.len() {
                break;
            }
            if let Some(rules) = self.prefixes.get(&stem[..end]) {
                rules.iter().copied().for_each(&mut *each);
            }
        }
    }
}

fn meet(exempted_at: &[Uuid], issuers: &[&Uuid]) -> bool {
    exempted_at.is_empty() || issuers.is_empty() || issuers.iter().any(|issuer| exempted_at.contains(issuer))
}

pub fn check(rules: &[ConversionRule], faults: &mut Faults) {
    let keyed: Vec<_> = rules.iter().map(keys).collect();
    let mut sources = Sources::default();
    for (i, keys) in keyed.iter().enumerate() {
        for key in keys.iter().flat_map(|(from, _)| from) {
            sources.add(key, i);
        }
    }
    let mut arrows: Vec<Vec<usize>> = vec![Vec::new(); rules.len()];
    let mut count = 0;
    for (i, keys) in keyed.iter().enumerate() {
        let Some((_, to)) = keys else { continue };
        for key in to {
            sources.fitting(key, &mut |other| {
                let issuers: Vec<&Uuid> = rules[other].sources.iter().flat_map(|source| &source.issuers).collect();
                if other != i && count <= ARROWS_MAX && meet(&rules[i].target.institutions, &issuers) {
                    arrows[i].push(other);
                    count += 1;
                }
            });
        }
        arrows[i].sort_unstable();
        arrows[i].dedup();
        if count > ARROWS_MAX {
            faults.push("/rules", What::TooIntertwined);
            return;
        }
    }
    for circle in circles(&arrows) {
        let path = circle.iter().chain(circle.first()).map(|rule| rules[*rule].code.clone()).collect();
        faults.push(format!("/rules/{}", circle[0]), What::Cycle { path });
    }
}

/// One shortest circle for each knot of nodes that reach one another, from its first node on.
fn circles(arrows: &[Vec<usize>]) -> Vec<Vec<usize>> {
    knots(arrows).into_iter().filter(|knot| knot.len() > 1).filter_map(|knot| shortest(arrows, &knot)).collect()
}

fn shortest(arrows: &[Vec<usize>], knot: &[usize]) -> Option<Vec<usize>> {
    let start = *knot.iter().min()?;
    let inside: std::collections::HashSet<usize> = knot.iter().copied().collect();
    let mut came_from = HashMap::from([(start, start)]);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &next in arrows[node].iter().filter(|next| inside.contains(next)) {
            if next == start {
                let mut path = vec![node];
                while path[path.len() - 1] != start {
                    path.push(came_from[&path[path.len() - 1]]);
                }
                path.reverse();
                return Some(path);
            }
            if let std::collections::hash_map::Entry::Vacant(entry) = came_from.entry(next) {
                entry.insert(node);
                queue.push_back(next);
            }
        }
    }
    None
}

/// Strongly connected components after Tarjan, without recursion: a chain of 5,000 rules must not fill the stack.
fn knots(arrows: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let count = arrows.len();
    let (mut index, mut low, mut on_stack) = (vec![UNSEEN; count], vec![0; count], vec![false; count]);
    let (mut stack, mut next_index, mut found) = (Vec::new(), 0, Vec::new());
    for root in 0..count {
        if index[root] != UNSEEN {
            continue;
        }
        let mut calls = vec![(root, 0)];
        while let Some(&mut (node, ref mut at)) = calls.last_mut() {
            if *at == 0 {
                index[node] = next_index;
                low[node] = next_index;
                next_index += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(&next) = arrows[node].get(*at) {
                *at += 1;
                if index[next] == UNSEEN {
                    calls.push((next, 0));
                } else if on_stack[next] {
                    low[node] = low[node].min(index[next]);
                }
                continue;
            }
            calls.pop();
            if let Some(&(above, _)) = calls.last() {
                low[above] = low[above].min(low[node]);
            }
            if low[node] == index[node] {
                let mut knot = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    knot.push(member);
                    if member == node {
                        break;
                    }
                }
                found.push(knot);
            }
        }
    }
    found
}
