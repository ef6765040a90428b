//! Better prices for the few objects of an assignment: only what they can still get in each other's way with has one.

use super::packing_assign::{Assign, Open, Scan, State};
use super::price::{SCALE, as_float, whole};

/// Ways of one object among which those are looked for that need no more than another for the same.
const COMPARED_MAX: usize = 1_500;

/// The ways left, listed anew, and the prices.
type Tightened = (Vec<Open>, Vec<i64>);

impl Assign<'_, '_> {
    /// Looks for prices at which the ways left are worth less in all, and lists these ways anew: by value, without those
    /// that take more for the same. None when there are no allowed ways.
    pub fn tighten(
        &mut self,
        open: &[Open],
        state: &mut State,
        (prices, scan): (&[i64], &Scan),
        rounds: usize,
    ) -> Result<Option<Tightened>, ()> {
        let contested = scan.contested;
        let mut rows: Vec<usize> = scan.tight.clone();
        let wide = rows.len();
        rows.extend((self.places.bit.iter().enumerate()).filter_map(|(row, bit)| {
            let bit = (*bit)?;
            (contested >> bit & 1 == 1).then_some(row)
        }));
        // By object and way: what is taken of the rows that count, as places among them.
        let mut place = vec![usize::MAX; self.places.bit.len()];
        for (at, &row) in rows.iter().enumerate() {
            place[row] = at;
        }
        let mut of_bit = [usize::MAX; 128];
        for (row, bit) in self.places.bit.iter().enumerate() {
            if let Some(slot) = bit.and_then(|bit| of_bit.get_mut(usize::try_from(bit).unwrap_or(usize::MAX))) {
                *slot = place[row];
            }
        }
        let mut uses: Vec<(usize, i64)> = Vec::new();
        let mut lists: Vec<Vec<Listed>> = Vec::with_capacity(open.len());
        for it in open {
            self.spend((it.end - it.start) * 4)?;
            let mut list: Vec<Listed> = Vec::with_capacity(it.end - it.start);
            for at in it.start..it.end {
                let way = self.way(it, at);
                let start = uses.len();
                uses.extend(way.shape.wide.iter().filter(|it| place[it.0] < wide).map(|it| (place[it.0], it.1)));
                let mut bits = way.shape.bits & contested;
                let listed = Listed {
                    at: self.fitting[at].0,
                    worth: way.worth,
                    credits: way.credits,
                    free: way.free,
                    bits,
                    start,
                    end: 0,
                };
                while bits != 0 {
                    let bit = usize::try_from(bits.trailing_zeros()).unwrap_or(0);
                    uses.push((of_bit[bit], 1));
                    bits &= bits - 1;
                }
                list.push(Listed { end: uses.len(), ..listed });
            }
            lists.push(if rounds > 10 { undominated(list, &uses, wide) } else { list });
        }
        let room: Vec<i64> =
            rows.iter().enumerate().map(|(at, &row)| if at < wide { self.room[row] } else { 1 }).collect();
        let scale = as_float(whole(SCALE));
        let mut at: Vec<f64> = rows.iter().map(|&row| as_float(prices[row]) / scale).collect();
        let asked = as_float(state.worth);
        let (mut least, mut least_at, mut pace, mut stalled) = (f64::INFINITY, at.clone(), 1.0, 0);
        let size: usize = lists.iter().map(Vec::len).sum();
        for _ in 0..rounds {
            self.spend(size / 2)?;
            let mut over: Vec<i64> = room.iter().map(|room| -room).collect();
            let mut bound: f64 = at.iter().zip(&room).map(|(price, room)| price * as_float(*room)).sum();
            for list in &lists {
                let mut best: (f64, &[(usize, i64)]) = (f64::NEG_INFINITY, &[]);
                for way in list {
                    let own = &uses[way.start..way.end];
                    let value = as_float(way.worth) - own.iter().map(|it| at[it.0] * as_float(it.1)).sum::<f64>();
                    if value > best.0 {
                        best = (value, own);
                    }
                }
                bound += best.0;
                best.1.iter().for_each(|it| over[it.0] += it.1);
            }
            if bound < least {
                (least, stalled) = (bound, 0);
                least_at.clone_from(&at);
            } else {
                stalled += 1;
            }
            if least < asked - 0.01 {
                break;
            }
            let counted = (0..over.len()).filter(|&row| over[row] > 0 || at[row] > 0.0);
            let slope: f64 = counted.map(|row| as_float(over[row] * over[row])).sum();
            if slope == 0.0 {
                break;
            }
            if stalled == 4 {
                (pace, stalled) = (pace * 0.6, 0);
                at.clone_from(&least_at);
                continue;
            }
            let step = pace * (bound - asked + 0.5) / slope;
            for (price, over) in at.iter_mut().zip(&over) {
                *price = (*price + step * as_float(*over)).max(0.0);
            }
        }
        let fixed: Vec<i64> = least_at.iter().map(|price| whole(price * SCALE)).collect();
        state.need =
            state.worth * whole(SCALE) - fixed.iter().zip(&room).map(|(price, room)| price * room).sum::<i64>();
        let mut prices = vec![0; prices.len()];
        for (price, &row) in fixed.iter().zip(&rows) {
            prices[row] = *price;
        }
        let mut anew = Vec::with_capacity(open.len());
        for (it, list) in open.iter().zip(&lists) {
            let start = self.fitting.len();
            self.fitting.extend(list.iter().map(|way| {
                let own = &uses[way.start..way.end];
                (way.at, way.worth * whole(SCALE) - own.iter().map(|it| fixed[it.0] * it.1).sum::<i64>())
            }));
            self.fitting[start..].sort_unstable_by_key(|it| (-it.1, it.0));
            anew.push(Open { object: it.object, start, end: self.fitting.len() });
        }
        let best: i64 = anew.iter().map(|it| self.fitting[it.start].1).sum();
        Ok((best >= state.need).then_some((anew, prices)))
    }
}

/// A way with what it takes of the rows that count.
#[derive(Debug, Clone, Copy)]
struct Listed {
    at: u32,
    worth: i64,
    credits: usize,
    free: i64,
    bits: u128,
    start: usize,
    end: usize,
}

/// Without those ways that take what another takes for the same, or more.
fn undominated(list: Vec<Listed>, uses: &[(usize, i64)], wide: usize) -> Vec<Listed> {
    if list.len() > COMPARED_MAX {
        return list;
    }
    let amount = |way: &Listed, row: usize| uses[way.start..way.end].iter().find(|it| it.0 == row).map_or(0, |it| it.1);
    let mut sorted = list;
    sorted.sort_by_key(|way| (way.credits, way.free, way.bits.count_ones(), way.at));
    let mut kept: Vec<Listed> = Vec::with_capacity(sorted.len());
    let mut from = 0;
    for way in sorted {
        if kept.get(from).is_some_and(|first| (first.credits, first.free) != (way.credits, way.free)) {
            from = kept.len();
        }
        let beaten = kept[from..]
            .iter()
            .any(|other| other.bits & !way.bits == 0 && (0..wide).all(|row| amount(other, row) <= amount(&way, row)));
        if !beaten {
            kept.push(way);
        }
    }
    kept
}
