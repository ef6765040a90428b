//! Prices for what is scarce: with a price on each row every achievement can be looked at by itself, and what the best of
//! them gain beyond the prices, with the price of all room, is more than any allowed selections can be worth.
//!
//! Any prices give a true bound; good ones give a close one. They are improved by raising what is overdrawn and lowering
//! what is left over, and in the end rounded, so that the bound is a matter of whole numbers.

use super::packing::{Packing, Question};

/// Parts of one worth in the whole numbers.
pub(super) const SCALE: f64 = 1_024.0;

/// Prices in whole numbers and what follows from them.
#[derive(Debug, Clone)]
pub(super) struct Priced {
    /// Per row.
    pub prices: Vec<i64>,
    /// The price of all room.
    pub base: i64,
    /// One worth.
    pub scale: i64,
}

/// How looking for prices ended.
#[derive(Debug)]
pub(super) enum Found {
    /// What the objects choose by themselves fits together and is worth what is asked: object, line, way.
    Fits(Vec<(usize, usize, usize)>),
    /// Prices with the best bound found.
    Prices(Priced),
}

/// Which objects may be used and which must.
pub(super) struct Play {
    /// Objects that must be used.
    pub must: Vec<usize>,
    /// Objects that may be used, as many as there are achievements left.
    pub may: Vec<usize>,
    /// Objects that rest on no achievement.
    pub beside: Vec<usize>,
    /// Achievements left beside those that must be used.
    pub count: usize,
}

impl Packing {
    /// What a way is worth.
    pub fn worth(&self, way: usize, at: usize) -> i64 {
        let pattern = &self.ways[way].list[at];
        pattern.credits * self.unit_worth + pattern.free
    }

    /// What a question asks for.
    pub fn asked(&self, question: &Question) -> i64 {
        question.credits * self.unit_worth + question.free
    }

    /// Improves the prices for a question, in at most so many rounds.
    pub fn price(&mut self, question: &Question, play: &Play, rounds: usize, steps: &mut u64) -> Found {
        let asked = as_float(self.asked(question));
        let mut ways: Vec<usize> = (play.must.iter().chain(&play.may).chain(&play.beside))
            .flat_map(|&object| self.objects[object].lines.iter().map(|line| line.1))
            .collect();
        ways.sort_unstable();
        ways.dedup();
        let mut best: Vec<(f64, usize)> = vec![(0.0, 0); self.ways.len()];
        let mut prices = self.prices.clone();
        let (mut least, mut least_at, mut pace, mut stalled) = (f64::INFINITY, prices.clone(), 1.0, 0);
        for _ in 0..rounds {
            for &way in &ways {
                best[way] = self.best_way(way, &prices);
                *steps = steps.saturating_sub(u64::try_from(self.ways[way].list.len()).unwrap_or(u64::MAX));
            }
            let chosen = self.chosen(play, &best);
            let room: f64 = prices.iter().zip(&self.most).map(|(price, most)| price * as_float(*most)).sum();
            let bound = room + chosen.iter().map(|it| it.3).sum::<f64>();
            if bound < least {
                (least, stalled) = (bound, 0);
                least_at.clone_from(&prices);
            } else {
                stalled += 1;
            }
            if least < asked - 0.01 {
                break;
            }
            let mut over: Vec<i64> = self.most.iter().map(|most| -most).collect();
            let mut worth = 0;
            for &(_, way, at, _) in &chosen {
                worth += self.worth(way, at);
                for &(row, amount) in self.ways[way].uses(at) {
                    over[row] += amount;
                }
            }
            let priced = |row: usize| !self.whole[row];
            let fits = (0..over.len()).all(|row| !priced(row) || over[row] <= 0);
            if fits && worth == self.asked(question) && !self.joint {
                let place = |object: usize, way: usize| self.objects[object].lines.iter().position(|it| it.1 == way);
                let found = chosen.iter().map(|it| (it.0, place(it.0, it.1).unwrap_or(0), it.2));
                return Found::Fits(found.collect());
            }
            let slope: f64 = (0..over.len())
                .filter(|&row| priced(row) && (over[row] > 0 || prices[row] > 0.0))
                .map(|row| as_float(over[row] * over[row]))
                .sum();
            if slope == 0.0 {
                break;
            }
            if stalled == 4 {
                (pace, stalled) = (pace * 0.6, 0);
                prices.clone_from(&least_at);
                continue;
            }
            let step = pace * (bound - asked + 0.5) / slope;
            for (row, price) in prices.iter_mut().enumerate().filter(|it| !self.whole[it.0]) {
                *price = (*price + step * as_float(over[row])).max(0.0);
            }
        }
        self.prices = least_at;
        let prices: Vec<i64> = self.prices.iter().map(|price| whole(price * SCALE)).collect();
        let base = prices.iter().zip(&self.most).map(|(price, most)| price * most).sum();
        Found::Prices(Priced { prices, base, scale: whole(SCALE) })
    }

    /// The way worth most beyond the prices.
    fn best_way(&self, way: usize, prices: &[f64]) -> (f64, usize) {
        let patterns = &self.ways[way];
        let mut best = (f64::NEG_INFINITY, 0);
        for at in 0..patterns.list.len() {
            let uses: f64 = patterns.uses(at).iter().map(|(row, amount)| prices[*row] * as_float(*amount)).sum();
            let value = as_float(self.worth(way, at)) - uses;
            if value > best.0 {
                best = (value, at);
            }
        }
        best
    }

    /// What is chosen at the prices: object, ways, way, value.
    fn chosen(&self, play: &Play, best: &[(f64, usize)]) -> Vec<(usize, usize, usize, f64)> {
        let top = |object: usize| {
            let lines = self.objects[object].lines.iter().map(|line| (object, line.1, best[line.1].1, best[line.1].0));
            lines.max_by(|a, b| a.3.total_cmp(&b.3)).filter(|it| it.3 > f64::NEG_INFINITY)
        };
        let mut chosen: Vec<_> = play.must.iter().filter_map(|&object| top(object)).collect();
        chosen.extend(play.beside.iter().filter_map(|&object| top(object)).filter(|it| it.3 > 0.0));
        let mut may: Vec<_> = play.may.iter().filter_map(|&object| top(object)).filter(|it| it.3 > 0.0).collect();
        if may.len() > play.count {
            if play.count > 0 {
                may.select_nth_unstable_by(play.count - 1, |a, b| b.3.total_cmp(&a.3).then(a.0.cmp(&b.0)));
            }
            may.truncate(play.count);
        }
        chosen.extend(may);
        chosen
    }
}

/// Whole numbers below 2^53 are exact.
#[allow(clippy::cast_precision_loss, reason = "amounts and rooms stay far below 2^53")]
pub(super) fn as_float(value: i64) -> f64 {
    value as f64
}

/// Rounded; what does not fit stops at the ends.
#[allow(clippy::cast_possible_truncation, reason = "rounded first; the cast saturates")]
pub(super) fn whole(value: f64) -> i64 {
    value.round() as i64
}
