//! The ways of objects that are chosen: one for each, so that together they give exactly the credits within the rows.
//!
//! Depth first, with the ways that still fit looked up at every node: the best of them bound what can be had at the
//! prices, their credits what sums can be made. Objects whose ways get in nobody's way are left to the end, where sums
//! decide. What has failed is kept: the same objects with the same rest and room fail again, whatever was taken before.
//! Most nodes fail for want of a sum, or are about the last one or two objects: both are seen to before anything is looked up.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use super::packing_places::{Places, Way};
use super::sums::{Sums, WORDS, one};

/// Most failures kept; beyond it they are forgotten and kept anew.
const FAILED_MAX: usize = 200_000;
/// Ways looked at that count as one step.
const WAYS_PER_STEP: usize = 2;
/// What a node counts beside, in ways.
const NODE_STEPS: usize = 16;
/// Steps before prices are looked for anew.
const FIRST_STEPS: u64 = 8_000;
/// Rounds of pricing for all objects, and for what is left below.
const ROUNDS: [usize; 2] = [40, 8];

/// Most pairs of ways of the last two objects that are tried one by one.
const PAIRS_MAX: usize = 4_096;

/// What cannot be made up: objects, rest, what they find used and what room they have.
#[derive(Debug, Default)]
pub(super) struct Failed(HashSet<Vec<u64>, BuildHasherDefault<Folded>>);

/// A quick hash of words: nobody chooses them to collide.
#[derive(Debug, Default)]
pub(super) struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            let mixed = (self.0.rotate_left(23) ^ u64::from_ne_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            self.0 = mixed ^ mixed >> 29;
        }
    }
}

/// A way that still fits: its place in the object's list, and its value beyond the prices.
pub(super) type Fitting = (u32, i64);

/// The ways of an object that still fit: a stretch of the list of all that do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub object: usize,
    pub start: usize,
    pub end: usize,
}

/// Where the assignment stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// Rows for one that are used.
    pub used: u128,
    /// Credits still to be given.
    pub rest: usize,
    /// Exemptions without credits still wanted.
    pub free: i64,
    /// What that is worth.
    pub worth: i64,
    /// No allowed ways have values below this in all.
    pub need: i64,
}

/// One assignment.
pub(super) struct Assign<'a, 'p> {
    /// What the rows are.
    pub places: &'p Places,
    /// The ways of objects, by value, greatest first.
    pub ways: &'a [Vec<Way<'p>>],
    /// Room in the rows that are no bits.
    pub room: &'a mut Vec<i64>,
    /// What failed before.
    pub failed: &'a mut Failed,
    /// Steps left.
    pub steps: &'a mut u64,
    /// Object, line, way.
    pub taken: Vec<(usize, usize, usize)>,
    pub fitting: Vec<Fitting>,
    /// No steps are made below so many left.
    floor: u64,
    /// Whether prices are looked for anew.
    pub tighten: bool,
}

impl<'a, 'p> Assign<'a, 'p> {
    /// Nothing assigned yet.
    pub fn new(
        (places, ways): (&'p Places, &'a [Vec<Way<'p>>]),
        room: &'a mut Vec<i64>,
        failed: &'a mut Failed,
        steps: &'a mut u64,
    ) -> Self {
        let (taken, fitting) = (Vec::new(), Vec::new());
        Self { places, ways, room, failed, steps, taken, fitting, floor: 0, tighten: false }
    }

    /// Finds ways for the objects, within so many steps.
    pub fn run(&mut self, objects: &[usize], mut state: State, prices: &[i64], most: u64) -> Result<bool, ()> {
        for (row, bit) in self.places.bit.iter().enumerate() {
            if let (Some(bit), true) = (bit, self.room[row] < 1) {
                state.used |= 1 << bit;
            }
        }
        let mut open = Vec::with_capacity(objects.len());
        for &object in objects {
            let start = self.fitting.len();
            let all = (0_u32..).zip(&self.ways[object]).filter(|it| it.1.fits(state.used, self.room));
            self.fitting.extend(all.map(|(at, way)| (at, way.value)));
            open.push(Open { object, start, end: self.fitting.len() });
        }
        if open.iter().any(|it| it.start == it.end) || !self.cut(&mut open, &state) {
            return Ok(false);
        }
        let (all, steps) = (self.fitting.len(), *self.steps);
        self.floor = steps.saturating_sub(FIRST_STEPS.min(most));
        if let Ok(found) = self.node(&open, state, prices, 0) {
            return Ok(found);
        }
        self.floor = steps.saturating_sub(most);
        self.tighten = true;
        self.fitting.truncate(all);
        self.node(&open, state, prices, 0)
    }

    pub fn way(&self, open: &Open, place: usize) -> &'a Way<'p> {
        let at = usize::try_from(self.fitting[place].0).unwrap_or(usize::MAX);
        &self.ways[open.object][at]
    }

    /// Counts down for ways that are looked at.
    pub fn spend(&mut self, looked: usize) -> Result<(), ()> {
        let cost = u64::try_from(looked / WAYS_PER_STEP).unwrap_or(u64::MAX);
        let left = self.steps.checked_sub(cost).filter(|left| *left >= self.floor);
        *self.steps = left.unwrap_or(self.floor.min(*self.steps));
        left.map(|_| ()).ok_or(())
    }

    fn node(&mut self, open: &[Open], mut state: State, prices: &[i64], depth: usize) -> Result<bool, ()> {
        self.spend(open.iter().map(|it| it.end - it.start).sum::<usize>() + NODE_STEPS)?;
        match open {
            [only] => return Ok(self.last(only, &state)),
            [one, other] if (one.end - one.start) * (other.end - other.start) <= PAIRS_MAX => {
                return self.last_two(*one, *other, &state);
            }
            _ => {}
        }
        let Some(sums) = self.sums(open, state.rest) else { return Ok(false) };
        let scan = self.scan(open);
        let key = self.key(open, &state, &scan);
        if self.failed.0.contains(&key) {
            return Ok(false);
        }
        let start = self.fitting.len();
        let found = if self.tighten && (depth == 0 || depth == 1 && open.len() > 3) {
            match self.tighten(open, &mut state, (prices, &scan), ROUNDS[depth.min(1)])? {
                None => false,
                Some((mut open, prices)) => {
                    self.cut(&mut open, &state)
                        && match self.sums(&open, state.rest) {
                            None => false,
                            Some(sums) => {
                                let scan = self.scan(&open);
                                self.branch(&open, state, (&prices, &scan, &sums), depth)?
                            }
                        }
                }
            }
        } else {
            self.branch(open, state, (prices, &scan, &sums), depth)?
        };
        self.fitting.truncate(start);
        if !found {
            if self.failed.0.len() >= FAILED_MAX {
                self.failed.0.clear();
            }
            self.failed.0.insert(key);
        }
        Ok(found)
    }

    /// Finds a way for the last object.
    fn last(&mut self, only: &Open, state: &State) -> bool {
        let mut ways = (only.start..only.end).map(|place| self.way(only, place));
        let found = ways.find(|way| way.credits == state.rest && way.free >= state.free);
        self.taken.extend(found.map(|way| (only.object, way.line, way.at)));
        found.is_some()
    }

    /// Finds ways for the last two objects.
    fn last_two(&mut self, one: Open, other: Open, state: &State) -> Result<bool, ()> {
        let (one, other) = if one.end - one.start <= other.end - other.start { (one, other) } else { (other, one) };
        for place in one.start..one.end {
            let (way, value) = (self.way(&one, place), self.fitting[place].1);
            let Some(rest) = state.rest.checked_sub(way.credits) else { continue };
            let used = state.used | way.bits;
            let beside = |row: usize| way.shape.wide.iter().find(|it| it.0 == row).map_or(0, |it| it.1);
            let fits = |theirs: &Way| {
                theirs.bits & used == 0 && theirs.shape.wide.iter().all(|it| self.room[it.0] - beside(it.0) >= it.1)
            };
            // By value: beyond the first that is worth too little there is none.
            let least = state.need - value;
            let worth = self.fitting[other.start..other.end].partition_point(|it| it.1 >= least);
            let found = (other.start..other.start + worth)
                .map(|place| self.way(&other, place))
                .find(|theirs| theirs.credits == rest && way.free + theirs.free >= state.free && fits(theirs));
            if let Some(theirs) = found {
                self.taken.extend([(one.object, way.line, way.at), (other.object, theirs.line, theirs.at)]);
                return Ok(true);
            }
            self.spend(worth / 4)?;
        }
        Ok(false)
    }

    /// What the objects can give up to the rest: by the first so many of them. None where they cannot give it.
    fn sums(&self, open: &[Open], rest: usize) -> Option<Vec<Sums>> {
        let mut sums: Vec<Sums> = Vec::with_capacity(open.len() + 1);
        sums.push(one(0));
        for it in open {
            let mut amounts = [0_u64; WORDS];
            for place in it.start..it.end {
                let credits = self.way(it, place).credits;
                if let Some(word) = amounts.get_mut(credits / 64) {
                    *word |= 1 << (credits % 64);
                }
            }
            sums.push(with(&sums[sums.len() - 1], &amounts, rest / 64 + 1));
        }
        (sums[open.len()][rest / 64] >> (rest % 64) & 1 == 1).then_some(sums)
    }

    /// The ways left to the others once one is chosen; rooms are looked at only where they may be tight. None where the best of them do not keep the bound.
    fn left(&mut self, (open, tight): (&[Open], bool), chosen: usize, after: &State) -> Result<Option<Vec<Open>>, ()> {
        let mut left: Vec<Open> = Vec::with_capacity(open.len() - 1);
        let (mut best, mut looked) = (0, NODE_STEPS);
        let fits = |way: &Way, room: &[i64]| way.bits & after.used == 0 && (!tight || way.fits(after.used, room));
        for (_, other) in open.iter().enumerate().filter(|it| it.0 != chosen) {
            let first = (other.start..other.end).find(|&place| fits(self.way(other, place), self.room));
            looked += first.unwrap_or(other.end) - other.start;
            let Some(first) = first else {
                self.spend(looked)?;
                return Ok(None);
            };
            best += self.fitting[first].1;
            left.push(Open { start: first, ..*other });
        }
        let spare = best - after.need;
        if spare < 0 {
            self.spend(looked)?;
            return Ok(None);
        }
        // In the place of its best way each can only take one that leaves the bound.
        for it in &mut left {
            let floor = self.fitting[it.start].1 - spare;
            let from = self.fitting.len();
            for place in it.start..it.end {
                let fitting = self.fitting[place];
                if fitting.1 < floor {
                    break;
                }
                looked += 1;
                if fits(self.way(it, place), self.room) {
                    self.fitting.push(fitting);
                }
            }
            (it.start, it.end) = (from, self.fitting.len());
        }
        self.spend(looked)?;
        Ok(Some(left))
    }

    /// In the place of its best way each can only take one that leaves the bound. False where the best do not keep it.
    fn cut(&self, open: &mut [Open], state: &State) -> bool {
        let best: i64 = open.iter().map(|it| self.fitting[it.start].1).sum();
        let spare = best - state.need;
        for it in open {
            let floor = self.fitting[it.start].1 - spare;
            it.end = it.start + self.fitting[it.start..it.end].partition_point(|it| it.1 >= floor);
        }
        spare >= 0
    }

    /// What the ways left take, object by object.
    fn scan(&self, open: &[Open]) -> Scan {
        let mut scan = Scan::default();
        for it in open {
            let (mut bits, mut wide): (u128, Vec<(usize, i64)>) = (0, Vec::new());
            for place in it.start..it.end {
                let shape = self.way(it, place).shape;
                bits |= shape.bits;
                for &(row, amount) in &shape.wide {
                    match wide.iter_mut().find(|it| it.0 == row) {
                        Some(most) => most.1 = most.1.max(amount),
                        None => wide.push((row, amount)),
                    }
                }
            }
            scan.contested |= scan.bits & bits;
            scan.bits |= bits;
            for &(row, amount) in &wide {
                match scan.most.iter_mut().find(|it| it.0 == row) {
                    Some(sum) => sum.1 += amount,
                    None => scan.most.push((row, amount)),
                }
            }
            scan.objects.push((bits, wide));
        }
        scan.most.sort_unstable();
        scan.tight = scan.most.iter().filter(|it| it.1 > self.room[it.0]).map(|it| it.0).collect();
        scan
    }

    fn branch(
        &mut self,
        open: &[Open],
        state: State,
        (prices, scan, sums): (&[i64], &Scan, &[Sums]),
        depth: usize,
    ) -> Result<bool, ()> {
        let parts = scan.parts();
        // One part after the other, so that how one comes out counts for the next by its sum alone. With exemptions worth
        // no credits to be had every object is looked at.
        let size = |at: usize| parts.iter().filter(|part| **part == parts[at]).count();
        let next = (0..open.len())
            .filter(|&at| state.free > 0 || size(at) > 1)
            .min_by_key(|&at| (size(at), parts[at], open[at].end - open[at].start));
        let Some(chosen) = next else {
            // Nothing stands between those that are left but the sum.
            return Ok(state.free <= 0 && self.take_sums(open, sums, state.rest));
        };
        let it = open[chosen];
        let start = self.fitting.len();
        for place in it.start..it.end {
            let (way, value) = (self.way(&it, place), self.fitting[place].1);
            let Some(rest) = state.rest.checked_sub(way.credits) else { continue };
            let after = State {
                used: state.used | way.bits,
                rest,
                free: state.free - way.free,
                worth: state.worth - way.worth,
                need: state.need - value,
            };
            for &(row, amount) in &way.shape.wide {
                self.room[row] -= amount;
            }
            let found = if open.len() == 1 {
                Ok(rest == 0 && after.free <= 0)
            } else {
                match self.left((open, !scan.tight.is_empty()), chosen, &after) {
                    Ok(Some(left)) => self.node(&left, after, prices, depth + 1),
                    Ok(None) => Ok(false),
                    Err(()) => Err(()),
                }
            };
            self.fitting.truncate(start);
            for &(row, amount) in &way.shape.wide {
                self.room[row] += amount;
            }
            if found? {
                self.taken.push((it.object, way.line, way.at));
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes ways by their credits alone, from the last to the first.
    fn take_sums(&mut self, open: &[Open], sums: &[Sums], rest: usize) -> bool {
        let mut rest = rest;
        for (it, before) in open.iter().zip(sums).rev() {
            let fitting = (it.start..it.end).map(|place| self.way(it, place)).find(|way| {
                let left = rest.checked_sub(way.credits);
                left.is_some_and(|left| before[left / 64] >> (left % 64) & 1 == 1)
            });
            let Some(way) = fitting else { return false };
            rest -= way.credits;
            self.taken.push((it.object, way.line, way.at));
        }
        true
    }

    /// What the outcome depends on: which objects, what is wanted, what the ways left may take and what room there is.
    fn key(&self, open: &[Open], state: &State, scan: &Scan) -> Vec<u64> {
        let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        let start = 5;
        let mut key = Vec::with_capacity(start + open.len() + 2 * scan.most.len());
        #[allow(clippy::cast_possible_truncation, reason = "the two halves")]
        key.extend([scan.bits as u64, (scan.bits >> 64) as u64]);
        key.extend([number(open.len()), number(state.rest), u64::try_from(state.free).unwrap_or(0)]);
        key.extend(open.iter().map(|it| number(it.object)));
        key[start..].sort_unstable();
        for &(row, sum) in &scan.most {
            key.extend([number(row), u64::try_from(self.room[row].min(sum)).unwrap_or(0)]);
        }
        key
    }
}

/// What the ways left of some objects take.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Any bit.
    bits: u128,
    /// Bits that ways of more than one object take.
    pub contested: u128,
    /// The most of each other row, in all.
    most: Vec<(usize, i64)>,
    /// Of these, those that can be overdrawn.
    pub tight: Vec<usize>,
    /// Per object: its bits, and the most that it takes of each other row.
    objects: Vec<(u128, Vec<(usize, i64)>)>,
}

impl Scan {
    /// Which objects can get in each other's way: the first of those that do, by object.
    fn parts(&self) -> Vec<usize> {
        let mut parts: Vec<usize> = (0..self.objects.len()).collect();
        for (at, (bits, wide)) in self.objects.iter().enumerate() {
            for (other, (theirs, taken)) in self.objects.iter().enumerate().take(at) {
                let shares = |row: &usize| wide.iter().any(|it| it.0 == *row) && taken.iter().any(|it| it.0 == *row);
                if bits & theirs != 0 || self.tight.iter().any(shares) {
                    let (from, to) = (parts[at].max(parts[other]), parts[at].min(parts[other]));
                    parts.iter_mut().filter(|part| **part == from).for_each(|part| *part = to);
                }
            }
        }
        parts
    }
}

/// Every sum with every amount on top, in the first so many words.
fn with(sums: &Sums, amounts: &Sums, words: usize) -> Sums {
    let mut all = [0; WORDS];
    for (word, &bits) in amounts.iter().enumerate().take(words) {
        let mut left = bits;
        while left != 0 {
            let shift = left.trailing_zeros();
            left &= left - 1;
            for at in word..words {
                all[at] |= sums[at - word] << shift;
                if shift > 0 && at > word {
                    all[at] |= sums[at - word - 1] >> (64 - shift);
                }
            }
        }
    }
    all
}
