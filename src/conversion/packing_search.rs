//! The search for an answer to a question about a packing: objects one after another, best first, within what the prices
//! and the reachable sums leave possible.

use super::model::Selection;
use super::packing::{Answer, Packing, Question};
use super::packing_assign::{Assign, Failed, State};
use super::packing_places::{Places, Way};
use super::price::{Found, Play};
use super::sums::{Sums, WORDS, down, join, meet, one, up};

/// Tries at one question: rounds of pricing, steps of the search, and of these for the ways of one choice of objects.
/// Most are answered by the first; what is not gets better prices, and with them another order, before it gets more time.
const TRIES: [(usize, u64, u64); 4] =
    [(30, 40_000, 8_000), (60, 1_000_000, 100_000), (150, 5_000_000, 1_000_000), (300, 24_000_000, 24_000_000)];

/// Rounds of pricing added where nothing has been asked before.
const FIRST_ROUNDS: usize = 90;

/// What is known of an object during one search.
#[derive(Default)]
struct Known {
    /// The most that any way is worth beyond the prices.
    value: i64,
    /// What its ways give, in units, each amount once.
    amounts: Vec<usize>,
    /// Ways left to it.
    ways: usize,
}

struct Search<'p> {
    packing: &'p Packing,
    /// What is asked for, in parts of a worth, less the price of all room.
    least: i64,
    credits: usize,
    exact: bool,
    known: Vec<Known>,
    /// Per set of ways: those that can still matter, by value, greatest first.
    kept: Vec<Vec<(i64, usize)>>,
    /// Objects that may be used, best first.
    order: Vec<usize>,
    /// By place in the order: objects earlier in it that can stand in its place.
    covered: Vec<Vec<usize>>,
    /// Sums of their values, from the first on.
    tops: Vec<i64>,
    /// By place in the order and achievements left: sums from which the credits can still be reached.
    from: Vec<Sums>,
    count: usize,
    /// Room left in each row.
    room: Vec<i64>,
    chosen: Vec<bool>,
    taken: Vec<(usize, usize, usize)>,
    put_off: Vec<usize>,
    steps: u64,
    /// Exemptions worth no credits that are asked for.
    free: i64,
    places: &'p Places,
    /// Per object, once it is needed: its ways.
    ways: Vec<Vec<Way<'p>>>,
    failed: &'p mut Failed,
    prices: Vec<i64>,
    /// Most steps for the ways of one choice of objects.
    each: u64,
    /// Whether any choice of objects was left undecided.
    undecided: bool,
}

/// Found, not there, or out of steps.
type Step = Result<bool, ()>;

impl Packing {
    /// Answers a question within so many steps, which are counted down.
    pub fn ask(&mut self, question: &Question, steps: &mut u64) -> Answer {
        let Ok(credits) = usize::try_from(question.credits) else { return Answer::Unknown };
        if credits >= WORDS * 64 || self.joint && !question.with.is_empty() {
            return Answer::Unknown;
        }
        let Some(play) = self.play(question) else { return Answer::No };
        let first = self.prices.iter().all(|price| *price == 0.0);
        for (at, (rounds, most, each)) in TRIES.into_iter().enumerate() {
            let rounds = if first && at == 0 { rounds + FIRST_ROUNDS } else { rounds };
            let answer = self.try_once(question, &play, credits, rounds, (most, each, steps));
            if answer != Answer::Unknown || *steps == 0 {
                return answer;
            }
        }
        Answer::Unknown
    }

    fn try_once(
        &mut self,
        question: &Question,
        play: &Play,
        credits: usize,
        rounds: usize,
        (most, each, steps): (u64, u64, &mut u64),
    ) -> Answer {
        let priced = match self.price(question, play, rounds, steps) {
            Found::Fits(taken) => return Answer::Yes(self.selections(&taken)),
            Found::Prices(priced) => priced,
        };
        let asked = self.asked(question);
        let values: Vec<Vec<i64>> = (self.ways.iter().enumerate())
            .map(|(way, patterns)| {
                let value = |at: usize| {
                    let uses: i64 = patterns.uses(at).iter().map(|(row, amount)| priced.prices[*row] * amount).sum();
                    self.worth(way, at) * priced.scale - uses
                };
                (0..patterns.list.len()).map(value).collect()
            })
            .collect();
        let least = asked * priced.scale - priced.base;
        let most = most.min(*steps);
        let mut failed = std::mem::take(&mut self.failed);
        let places = (&self.places, &mut failed);
        let Some(mut search) = Search::new(self, play, &values, (question.free, least, credits), places, most) else {
            self.failed = failed;
            return Answer::No;
        };
        search.exact = question.exact;
        search.each = each;
        search.prices.clone_from(&priced.prices);
        let found = search.run(play);
        *steps -= most - search.steps;
        let found = if search.undecided && found == Ok(false) { Err(()) } else { found };
        let taken = search.taken;
        self.failed = failed;
        match found {
            Ok(true) => Answer::Yes(self.selections(&taken)),
            Ok(false) => Answer::No,
            Err(()) => Answer::Unknown,
        }
    }

    /// Which objects can be used for a question; none when what must be used cannot.
    fn play(&self, question: &Question) -> Option<Play> {
        let open = |at: usize| !self.objects[at].items.iter().any(|item| question.without.contains(item));
        let mut must = Vec::new();
        for item in question.with {
            must.extend(self.of.get(item)?.iter().copied().filter(|&object| open(object)));
        }
        if must.len() < question.with.len() {
            return None;
        }
        let count = question.count.checked_sub(must.len())?;
        let all = (0..self.objects.len()).filter(|&at| open(at) && !must.contains(&at));
        let (beside, may) = all.partition(|&at| self.objects[at].items.is_empty());
        Some(Play { must, may, beside, count })
    }

    fn selections(&self, taken: &[(usize, usize, usize)]) -> Vec<Selection> {
        let mut all: Vec<Selection> = (taken.iter())
            .map(|&(object, line, at)| {
                let (line, way) = self.objects[object].lines[line];
                self.ways[way].selection(at, line)
            })
            .collect();
        all.sort_by_key(|selection| selection.line);
        all
    }
}

/// All ways of an object that can still matter, by value.
fn ways<'p>(packing: &Packing, places: &'p Places, kept: &[Vec<(i64, usize)>], object: usize) -> Vec<Way<'p>> {
    let mut all: Vec<Way> = Vec::new();
    for (line, &(_, way)) in packing.objects[object].lines.iter().enumerate() {
        for &(value, at) in &kept[way] {
            let pattern = &packing.ways[way].list[at];
            let Ok(credits) = usize::try_from(pattern.credits) else { continue };
            let shape = &places.shapes[way][at];
            all.push(Way {
                value,
                worth: packing.worth(way, at),
                credits,
                free: pattern.free,
                bits: shape.bits,
                shape,
                line,
                at,
            });
        }
    }
    all.sort_by_key(|way| (-way.value, way.line, way.at));
    all
}

impl<'p> Search<'p> {
    /// None when the prices alone say no.
    fn new(
        packing: &'p Packing,
        play: &Play,
        values: &[Vec<i64>],
        (free, least, credits): (i64, i64, usize),
        (places, failed): (&'p Places, &'p mut Failed),
        steps: u64,
    ) -> Option<Self> {
        let best: Vec<Option<i64>> = values.iter().map(|values| values.iter().copied().max()).collect();
        let top = |object: usize| packing.objects[object].lines.iter().filter_map(|line| best[line.1]).max();
        let mut order: Vec<(i64, usize)> = play.may.iter().filter_map(|&it| Some((top(it)?, it))).collect();
        order.sort_by_key(|&(value, object)| (-value, packing.objects[object].covered_by.len(), object));
        let must = play.must.iter().map(|&it| top(it)).sum::<Option<i64>>()?;
        let beside: i64 = play.beside.iter().filter_map(|&it| top(it)).map(|value| value.max(0)).sum();
        let may: i64 = order.iter().take(play.count).map(|it| it.0.max(0)).sum();
        let spare = must + beside + may - least;
        if spare < 0 {
            return None;
        }
        // A way matters if the bound holds with it in the place of the last that counts.
        let last = play.count.checked_sub(1).and_then(|last| order.get(last)).map_or(0, |it| it.0.max(0));
        let mut floor: Vec<Option<i64>> = vec![None; values.len()];
        let mut lower = |object: usize, to: i64| {
            for line in &packing.objects[object].lines {
                let floor = &mut floor[line.1];
                *floor = Some(floor.map_or(to, |other| other.min(to)));
            }
        };
        play.must.iter().for_each(|&it| lower(it, top(it).unwrap_or(0) - spare));
        play.beside.iter().for_each(|&it| lower(it, top(it).unwrap_or(0).max(0) - spare));
        order.retain(|it| play.count > 0 && it.0 >= last - spare);
        order.iter().for_each(|it| lower(it.1, last - spare));
        let kept: Vec<Vec<(i64, usize)>> = (values.iter().zip(&floor))
            .map(|(values, floor)| {
                let Some(floor) = floor else { return Vec::new() };
                let all = values.iter().enumerate().map(|(at, value)| (*value, at));
                let mut kept: Vec<(i64, usize)> = all.filter(|it| it.0 >= *floor).collect();
                kept.sort_unstable_by_key(|it| (-it.0, it.1));
                kept
            })
            .collect();
        let mut known: Vec<Known> = Vec::new();
        known.resize_with(packing.objects.len(), Known::default);
        for &object in play.must.iter().chain(&play.beside).chain(order.iter().map(|it| &it.1)) {
            let mut sums = [0; WORDS];
            let known = &mut known[object];
            known.value = top(object).unwrap_or(0);
            for line in &packing.objects[object].lines {
                known.ways += kept[line.1].len();
                for &(_, at) in &kept[line.1] {
                    let amount = usize::try_from(packing.ways[line.1].list[at].credits).unwrap_or(usize::MAX);
                    if amount <= credits {
                        join(&mut sums, &one(amount));
                    }
                }
            }
            known.amounts = (0..=credits).filter(|&sum| sums[sum / 64] >> (sum % 64) & 1 == 1).collect();
        }
        let mut tops = vec![0];
        for (value, _) in &order {
            tops.push(tops[tops.len() - 1] + (*value).max(0));
        }
        let order: Vec<usize> = order.into_iter().map(|it| it.1).collect();
        let mut place = vec![usize::MAX; packing.objects.len()];
        for (at, &object) in order.iter().enumerate() {
            place[object] = at;
        }
        let earlier = |(at, object): (usize, &usize)| {
            let by = packing.objects[*object].covered_by.iter().copied();
            by.filter(|&other| place[other] < at).collect()
        };
        let covered = order.iter().enumerate().map(earlier).collect();
        let mut search = Self {
            packing,
            covered,
            least,
            credits,
            exact: true,
            known,
            kept,
            order,
            tops,
            from: Vec::new(),
            count: play.count,
            room: packing.most.clone(),
            chosen: vec![false; packing.objects.len()],
            taken: Vec::new(),
            put_off: Vec::new(),
            steps,
            free,
            places,
            ways: Vec::new(),
            failed,
            prices: Vec::new(),
            each: 0,
            undecided: false,
        };
        search.ways.resize_with(packing.objects.len(), Vec::new);
        search.reach();
        Some(search)
    }

    /// From which sums the credits can be reached, place by place from the end.
    fn reach(&mut self) {
        let width = self.count + 1;
        self.from = vec![[0; WORDS]; (self.order.len() + 1) * width];
        for left in 0..width {
            self.from[self.order.len() * width + left] = one(self.credits);
        }
        for place in (0..self.order.len()).rev() {
            let weight = self.weight(self.order[place]);
            for left in 0..width {
                let mut sums = self.from[(place + 1) * width + left];
                if weight <= left {
                    let with = self.from[(place + 1) * width + left - weight];
                    for &amount in &self.known[self.order[place]].amounts {
                        join(&mut sums, &down(&with, amount));
                    }
                }
                self.from[place * width + left] = sums;
            }
        }
    }

    fn weight(&self, object: usize) -> usize {
        self.packing.objects[object].items.len()
    }

    fn step(&mut self) -> Result<(), ()> {
        self.steps = self.steps.checked_sub(1).ok_or(())?;
        Ok(())
    }

    fn run(&mut self, play: &Play) -> Step {
        let mut must = play.must.clone();
        must.sort_by_key(|&object| (self.known[object].ways, object));
        self.place(&must, &play.beside, &one(0), 0)
    }

    /// Places what must be used, then, or not, what rests on no achievement, then the others. `value` is that of what has
    /// been chosen so far.
    fn place(&mut self, must: &[usize], beside: &[usize], sums: &Sums, value: i64) -> Step {
        self.step()?;
        let (object, must, beside, needed) = match (must, beside) {
            ([object, must @ ..], beside) => (*object, must, beside, true),
            ([], [object, beside @ ..]) => (*object, must, beside, false),
            ([], []) => return self.combine(0, self.count, value, sums),
        };
        let then = &mut |search: &mut Self, sums: &Sums, gained| search.place(must, beside, sums, value + gained);
        let found = self.choose(object, sums, then)?;
        if found || needed { Ok(found) } else { self.place(must, beside, sums, value) }
    }

    /// Uses an object: at once if only one way is left to it, else its way is chosen in the end.
    fn choose(&mut self, object: usize, sums: &Sums, then: &mut dyn FnMut(&mut Self, &Sums, i64) -> Step) -> Step {
        if self.known[object].ways == 0 {
            return Ok(false);
        }
        let mut with = [0; WORDS];
        for &amount in &self.known[object].amounts {
            join(&mut with, &up(sums, amount));
        }
        let gained = self.known[object].value;
        self.chosen[object] = true;
        let found = if self.known[object].ways == 1 {
            let only = self.packing.objects[object].lines.iter().enumerate();
            let only = only.filter_map(|(line, &(_, way))| Some((line, way, self.kept[way].first()?.1))).next();
            match only {
                Some((line, way, at)) if self.fits(way, at) => {
                    self.take(way, at, -1);
                    self.taken.push((object, line, at));
                    let found = then(self, &with, gained)?;
                    if !found {
                        self.taken.pop();
                        self.take(way, at, 1);
                    }
                    found
                }
                _ => false,
            }
        } else {
            self.put_off.push(object);
            let found = then(self, &with, gained)?;
            if !found {
                self.put_off.pop();
            }
            found
        };
        self.chosen[object] = found;
        Ok(found)
    }

    /// Chooses so many more of the objects from a place in the order on.
    fn combine(&mut self, from: usize, left: usize, value: i64, sums: &Sums) -> Step {
        if left == 0 || from == self.order.len() {
            return if meet(sums, &one(self.credits)) { self.settle(value) } else { Ok(false) };
        }
        if !self.exact && meet(sums, &one(self.credits)) && self.settle(value)? {
            return Ok(true);
        }
        let width = self.count + 1;
        for place in from..self.order.len() {
            self.step()?;
            let object = self.order[place];
            let end = (place + left).min(self.order.len());
            let most = value + self.tops[end] - self.tops[place];
            if most < self.least || !meet(sums, &self.from[place * width + left]) {
                return Ok(false);
            }
            let weight = self.weight(object);
            // What can stand in its place and comes earlier has been tried there, unless it is used as well.
            if weight > left || self.covered[place].iter().any(|&other| !self.chosen[other]) {
                continue;
            }
            let next = (place + 1) * width + left - weight;
            let then = &mut |search: &mut Self, sums: &Sums, gained| {
                let reached = meet(sums, &search.from[next]);
                if reached { search.combine(place + 1, left - weight, value + gained, sums) } else { Ok(false) }
            };
            if self.choose(object, sums, then)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Chooses the ways that were put off.
    fn settle(&mut self, value: i64) -> Step {
        let (mut credits, mut free) = (0, 0);
        for &(object, line, at) in &self.taken {
            let pattern = &self.packing.ways[self.packing.objects[object].lines[line].1].list[at];
            credits += pattern.credits;
            free += pattern.free;
        }
        let rest = self.credits.checked_sub(usize::try_from(credits).map_err(|_| ())?);
        let Some(rest) = rest else { return Ok(false) };
        if self.put_off.is_empty() {
            return Ok(rest == 0 && free >= self.free);
        }
        let hoped: i64 = self.put_off.iter().map(|&object| self.known[object].value).sum();
        for &object in &self.put_off {
            if self.ways[object].is_empty() {
                self.ways[object] = ways(self.packing, self.places, &self.kept, object);
            }
        }
        let free = self.free - free;
        let worth = as_whole(rest) * self.packing.unit_worth + free;
        let state = State { used: 0, rest, free, worth, need: self.least - (value - hoped) };
        let mut assign = Assign::new((self.places, &self.ways), &mut self.room, self.failed, &mut self.steps);
        let found = assign.run(&self.put_off, state, &self.prices, self.each);
        let taken = assign.taken;
        match found {
            Err(()) if self.steps > 0 => {
                self.undecided = true;
                Ok(false)
            }
            _ => {
                self.taken.extend(taken);
                found
            }
        }
    }

    fn fits(&self, way: usize, at: usize) -> bool {
        let uses = self.packing.ways[way].uses(at);
        uses.iter().all(|&(row, amount)| self.room[row] >= amount)
    }

    fn take(&mut self, way: usize, at: usize, sign: i64) {
        for &(row, amount) in self.packing.ways[way].uses(at) {
            self.room[row] += sign * amount;
        }
    }
}

fn as_whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
