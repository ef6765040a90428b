//! What the bank should do, in plain code without chain or database.

use std::collections::BTreeMap;

/// Something posted and not revoked, in its latest revision.
#[derive(Debug, Clone)]
pub struct Live {
    pub reference: String,
    pub person: usize,
    pub kind: Kind,
    /// Its lot: none for an attempt beside another, and for what is worth nothing.
    pub lot: Option<usize>,
    /// The credits it was last said to be worth.
    pub said: u32,
    pub order: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Course { course: usize, score: u32 },
    Certificate { number: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purse {
    Available,
    Enrolment(usize),
    /// Of a conversion.
    Held(usize),
    /// Of an award.
    Redeemed(usize),
    /// Drawn by a conversion: no purse of the learner's.
    Drawn(usize),
    /// Ended by a policy: no purse either, and nothing brings it back.
    Expired,
}

impl Purse {
    fn enrolment(self) -> Option<usize> {
        if let Self::Enrolment(enrolment) = self { Some(enrolment) } else { None }
    }

    fn is_free(self) -> bool {
        matches!(self, Self::Available | Self::Enrolment(_))
    }
}

/// Credits of one origin and where they lie.
#[derive(Debug, Clone)]
pub struct Lot {
    pub person: usize,
    /// What it was brought in with.
    pub amount: u32,
    pub places: BTreeMap<Purse, u32>,
    /// The enrolment in whose purse it lay last: what is set aside or drawn still counts there.
    home: Option<usize>,
    /// Its achievement is revoked.
    pub dead: bool,
}

impl Lot {
    pub fn free(&self) -> u32 {
        self.places.iter().filter(|(purse, _)| purse.is_free()).map(|(_, amount)| amount).sum()
    }

    fn shift(&mut self, from: Purse, to: Purse, amount: u32) {
        if amount > 0 {
            *self.places.get_mut(&from).expect("it lies there") -= amount;
            *self.places.entry(to).or_default() += amount;
            self.home = to.enrolment().or(self.home);
            self.places.retain(|_, amount| *amount > 0);
        }
    }

    fn counts_in(&self, enrolment: usize) -> bool {
        self.home == Some(enrolment) || self.places.contains_key(&Purse::Enrolment(enrolment))
    }

    /// Where most of it lies that can be moved; of equal places the first.
    fn lay_in(&self) -> Option<Purse> {
        let free = self.places.iter().filter(|(purse, _)| purse.is_free());
        free.max_by_key(|(purse, amount)| (**amount, std::cmp::Reverse(**purse))).map(|(purse, _)| *purse)
    }
}

/// A conversion that stands: applied for, or converted.
#[derive(Debug, Clone)]
pub struct Conversion {
    pub id: usize,
    pub person: usize,
    /// The post it rests on.
    pub evidence: String,
    /// The lot it takes from, and from where.
    pub draws: Option<(usize, Vec<(Purse, u32)>)>,
    /// The lot it granted.
    pub granted: Option<usize>,
    /// The command that last changed it: the newest is undone first.
    pub at: usize,
}

#[derive(Debug, Clone)]
pub struct Award {
    pub id: usize,
    pub person: usize,
    pub enrolment: usize,
}

#[derive(Debug, Default)]
pub struct Model {
    pub live: Vec<Live>,
    pub lots: Vec<Lot>,
    pub conversions: Vec<Conversion>,
    pub awards: Vec<Award>,
    pub now: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Evidence,
    Nothing,
    Short,
    Redeemed,
}

impl Model {
    pub fn tick(&mut self) -> usize {
        self.now += 1;
        self.now
    }

    fn lot(&mut self, person: usize, amount: u32, place: Purse) -> Option<usize> {
        (amount > 0).then(|| {
            let places = BTreeMap::from([(place, amount)]);
            self.lots.push(Lot { person, amount, places, home: place.enrolment(), dead: false });
            self.lots.len() - 1
        })
    }

    pub fn course(&mut self, person: usize, course: usize, score: u32, reference: &str) {
        let taken = self.live.iter().any(|live| live.is_course(person, course));
        let said = course as u32 + 1;
        let lot = if taken { None } else { self.lot(person, said, Purse::Enrolment(0)) };
        self.push(person, Kind::Course { course, score }, (lot, said), reference);
    }

    pub fn certificate(&mut self, person: usize, number: usize, credits: u32, reference: &str) -> Result<(), Refused> {
        if self.live.iter().any(|live| live.kind == Kind::Certificate { number }) {
            return Err(Refused::Evidence);
        }
        let lot = self.lot(person, credits, Purse::Available);
        self.push(person, Kind::Certificate { number }, (lot, credits), reference);
        Ok(())
    }

    fn push(&mut self, person: usize, kind: Kind, (lot, said): (Option<usize>, u32), reference: &str) {
        let order = self.tick();
        self.live.push(Live { reference: reference.to_owned(), person, kind, lot, said, order });
    }

    pub fn correct_score(&mut self, index: usize, new: u32) {
        let order = self.tick();
        let live = &mut self.live[index];
        if let Kind::Course { score, .. } = &mut live.kind {
            *score = new;
        }
        live.order = order;
    }

    /// Conversions apart, the lot replaced, conversions again as far as it covers them; nothing where an award has redeemed.
    pub fn correct_credits(&mut self, index: usize, credits: u32) {
        self.live[index].said = credits;
        let person = self.live[index].person;
        let Some(old) = self.live[index].lot else {
            self.live[index].lot = self.lot(person, credits, Purse::Available);
            return;
        };
        if self.lots[old].amount == credits {
            return;
        }
        let before = (self.lots.clone(), self.conversions.clone());
        let mut apart = Vec::new();
        for conversion in self.newest_first(|conversion| conversion.takes_from(old)) {
            let lay_in = conversion.granted.and_then(|granted| self.lots[granted].lay_in());
            if self.undo(conversion.id).is_err() {
                (self.lots, self.conversions) = before;
                return;
            }
            apart.push((conversion, lay_in));
        }
        if self.lots[old].free() != self.lots[old].amount {
            (self.lots, self.conversions) = before;
            return;
        }
        let place = self.lots[old].lay_in().expect("all of it is free");
        self.lots[old].places.clear();
        let new = self.lot(person, credits, place);
        self.live[index].lot = new;
        for (conversion, lay_in) in apart.into_iter().rev() {
            let taken: u32 = conversion.draws.iter().flat_map(|(_, from)| from).map(|(_, amount)| amount).sum();
            let Some(new) = new.filter(|new| self.lots[*new].free() >= taken) else { continue };
            let from = self.take(new, taken, Purse::Held(conversion.id));
            let mut again = Conversion { draws: Some((new, from)), granted: None, ..conversion.clone() };
            if let (Some(granted), Some(lay_in)) = (conversion.granted, lay_in) {
                self.lots[new].shift(Purse::Held(again.id), Purse::Drawn(again.id), taken);
                again.granted = self.lot(person, self.lots[granted].amount, lay_in);
            }
            again.at = self.tick();
            self.conversions.push(again);
        }
    }

    /// Takes `amount` of a lot from the purses it lies in, in order; answers from where.
    fn take(&mut self, lot: usize, mut amount: u32, to: Purse) -> Vec<(Purse, u32)> {
        let mut from = Vec::new();
        for (purse, there) in self.lots[lot].places.clone().into_iter().filter(|(purse, _)| purse.is_free()) {
            let taken = amount.min(there);
            self.lots[lot].shift(purse, to, taken);
            amount -= taken;
            if taken > 0 {
                from.push((purse, taken));
            }
        }
        from
    }

    pub fn newest_first(&self, which: impl Fn(&Conversion) -> bool) -> Vec<Conversion> {
        let mut found: Vec<Conversion> = self.conversions.iter().filter(|c| which(c)).cloned().collect();
        found.sort_by_key(|conversion| std::cmp::Reverse(conversion.at));
        found
    }

    /// Applies for a conversion that rests on a post and takes some of its lot.
    pub fn apply(&mut self, id: usize, index: usize, amount: u32) -> Result<(), Refused> {
        let live = self.live[index].clone();
        let mut draws = None;
        if amount > 0 {
            let lot = live.lot.filter(|lot| self.lots[*lot].free() >= amount).ok_or(Refused::Short)?;
            draws = Some((lot, self.take(lot, amount, Purse::Held(id))));
        }
        let at = self.tick();
        let (person, evidence) = (live.person, live.reference);
        self.conversions.push(Conversion { id, person, evidence, draws, granted: None, at });
        Ok(())
    }

    /// Converts: `less` of what was taken is given back, from the last place first.
    pub fn convert(&mut self, id: usize, grant: u32, enrolment: usize, less: u32) {
        let at = self.tick();
        let place = self.conversions.iter().position(|conversion| conversion.id == id).expect("it stands");
        let person = self.conversions[place].person;
        let granted = self.lot(person, grant, Purse::Enrolment(enrolment));
        let conversion = &mut self.conversions[place];
        (conversion.granted, conversion.at) = (granted, at);
        if let Some((lot, from)) = &mut conversion.draws {
            let mut less = less;
            for (purse, amount) in from.iter_mut().rev() {
                let back = less.min(*amount);
                self.lots[*lot].shift(Purse::Held(id), *purse, back);
                *amount -= back;
                less -= back;
            }
            from.retain(|(_, amount)| *amount > 0);
            let rest = self.lots[*lot].places.get(&Purse::Held(id)).copied().unwrap_or_default();
            self.lots[*lot].shift(Purse::Held(id), Purse::Drawn(id), rest);
        }
    }

    /// Undoes a conversion, or withdraws it. Not while an award holds what it granted.
    pub fn undo(&mut self, id: usize) -> Result<(), Refused> {
        let place = self.conversions.iter().position(|conversion| conversion.id == id).expect("it stands");
        let conversion = self.conversions[place].clone();
        if let Some(granted) = conversion.granted {
            let lot = &mut self.lots[granted];
            if lot.free() != lot.amount {
                return Err(Refused::Redeemed);
            }
            lot.places.clear();
        }
        let lies_in = if conversion.granted.is_some() { Purse::Drawn(id) } else { Purse::Held(id) };
        if let Some((lot, from)) = &conversion.draws {
            for (purse, amount) in from {
                self.lots[*lot].shift(lies_in, *purse, *amount);
            }
        }
        self.conversions.remove(place);
        Ok(())
    }

    /// What comes back of a revoked lot is forfeited.
    pub fn forfeit(&mut self) {
        for lot in self.lots.iter_mut().filter(|lot| lot.dead) {
            lot.places.retain(|purse, _| !purse.is_free());
        }
    }

    pub fn revoke(&mut self, index: usize) {
        let gone = self.live.remove(index);
        let rests = |c: &Conversion| {
            c.person == gone.person && (c.evidence == gone.reference || gone.lot.is_some_and(|lot| c.takes_from(lot)))
        };
        for conversion in self.newest_first(rests) {
            let _stuck = self.undo(conversion.id);
        }
        self.forfeit();
        let Some(lot) = gone.lot else { return };
        let (out, lay_in) = (self.lots[lot].free() == self.lots[lot].amount, self.lots[lot].lay_in());
        self.lots[lot].dead = true;
        self.forfeit();
        let (true, Some(purse), Kind::Course { course, .. }) = (out, lay_in, &gone.kind) else { return };
        // The best remaining attempt takes its place; of equal ones the earliest.
        let score = |live: &Live| match live.kind {
            Kind::Course { score, .. } => score,
            Kind::Certificate { .. } => 0,
        };
        let attempts = self.live.iter().enumerate().filter(|(_, live)| live.is_course(gone.person, *course));
        let next = attempts.max_by_key(|(_, live)| (score(live), std::cmp::Reverse(live.order))).map(|(next, _)| next);
        if let Some(next) = next {
            self.live[next].lot = self.lot(gone.person, *course as u32 + 1, purse);
        }
    }

    /// What of a post's lot lies in no programme ends: the learner has left none. Whether there was any.
    pub fn expire(&mut self, index: usize) -> bool {
        let Some(lot) = self.live[index].lot else { return false };
        let there = self.lots[lot].places.get(&Purse::Available).copied().unwrap_or_default();
        self.lots[lot].shift(Purse::Available, Purse::Expired, there);
        there > 0
    }

    fn move_all(&mut self, person: usize, from: Purse, to: Purse, but: &[usize]) -> Result<(), Refused> {
        let mut moved = false;
        for (number, lot) in self.lots.iter_mut().enumerate() {
            if lot.person == person && !but.contains(&number) {
                let there = lot.places.get(&from).copied().unwrap_or_default();
                lot.shift(from, to, there);
                moved |= there > 0;
            }
        }
        if moved { Ok(()) } else { Err(Refused::Nothing) }
    }

    /// All but what a conversion granted for a post that counts in the other programme itself: it would count there twice.
    pub fn transfer(&mut self, person: usize, from: usize) -> Result<(), Refused> {
        let to = 1 - from;
        let counts_there = |conversion: &&Conversion| {
            let source = self.live.iter().find(|live| live.reference == conversion.evidence).and_then(|live| live.lot);
            source.is_some_and(|source| self.lots[source].counts_in(to))
        };
        let twice: Vec<usize> = self.conversions.iter().filter(counts_there).filter_map(|c| c.granted).collect();
        self.move_all(person, Purse::Enrolment(from), Purse::Enrolment(to), &twice)
    }

    pub fn redeem(&mut self, id: usize, person: usize, enrolment: usize) -> Result<(), Refused> {
        self.move_all(person, Purse::Enrolment(enrolment), Purse::Redeemed(id), &[])?;
        self.awards.push(Award { id, person, enrolment });
        Ok(())
    }

    pub fn undo_award(&mut self, index: usize) {
        let Award { id, person, enrolment } = self.awards.remove(index);
        let back = self.move_all(person, Purse::Redeemed(id), Purse::Enrolment(enrolment), &[]);
        assert_eq!(back, Ok(()), "nothing but undoing an award takes credits out of it");
        self.forfeit();
    }

    /// By purse, all conversions and all awards together.
    pub fn balances(&self, person: usize) -> BTreeMap<Purse, u32> {
        let mut sums = BTreeMap::new();
        let places = self.lots.iter().filter(|lot| lot.person == person).flat_map(|lot| &lot.places);
        for (purse, amount) in places.filter(|(purse, _)| !matches!(purse, Purse::Drawn(_) | Purse::Expired)) {
            let purse = match purse {
                Purse::Held(_) => Purse::Held(0),
                Purse::Redeemed(_) => Purse::Redeemed(0),
                other => *other,
            };
            *sums.entry(purse).or_insert(0) += amount;
        }
        sums
    }
}

impl Conversion {
    fn takes_from(&self, wanted: usize) -> bool {
        self.draws.as_ref().is_some_and(|(lot, from)| *lot == wanted && !from.is_empty())
    }

    /// How much it has taken.
    pub fn taken(&self) -> u32 {
        self.draws.iter().flat_map(|(_, from)| from).map(|(_, amount)| amount).sum()
    }
}

impl Live {
    pub fn is_course(&self, person: usize, wanted: usize) -> bool {
        self.person == person && matches!(self.kind, Kind::Course { course, .. } if course == wanted)
    }
}
