//! What the bank should do, in a few lines of plain code without chain, lots table or database.

use std::collections::BTreeMap;

/// Something posted and not revoked, in its latest revision.
#[derive(Debug, Clone)]
pub struct Live {
    pub reference: String,
    pub person: usize,
    pub kind: Kind,
    /// Where its lot lies, and how much: none for an attempt beside another.
    pub lot: Option<(Purse, u32)>,
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
}

#[derive(Debug, Default)]
pub struct Model {
    pub live: Vec<Live>,
    posted: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Evidence,
    Nothing,
}

impl Model {
    pub fn course(&mut self, person: usize, course: usize, score: u32, reference: &str) {
        let taken = self.live.iter().any(|live| live.is_course(person, course));
        let lot = (!taken).then_some((Purse::Enrolment(0), course as u32 + 1));
        self.push(person, Kind::Course { course, score }, lot, reference);
    }

    pub fn certificate(&mut self, person: usize, number: usize, credits: u32, reference: &str) -> Result<(), Refused> {
        if self.live.iter().any(|live| live.kind == Kind::Certificate { number }) {
            return Err(Refused::Evidence);
        }
        let lot = (credits > 0).then_some((Purse::Available, credits));
        self.push(person, Kind::Certificate { number }, lot, reference);
        Ok(())
    }

    fn push(&mut self, person: usize, kind: Kind, lot: Option<(Purse, u32)>, reference: &str) {
        self.posted += 1;
        self.live.push(Live { reference: reference.to_owned(), person, kind, lot, order: self.posted });
    }

    pub fn correct_score(&mut self, index: usize, new: u32) {
        self.posted += 1;
        let order = self.posted;
        let live = &mut self.live[index];
        if let Kind::Course { score, .. } = &mut live.kind {
            *score = new;
        }
        live.order = order;
    }

    pub fn correct_credits(&mut self, index: usize, credits: u32) {
        let live = &mut self.live[index];
        let purse = live.lot.map_or(Purse::Available, |(purse, _)| purse);
        live.lot = (credits > 0).then_some((purse, credits));
    }

    pub fn revoke(&mut self, index: usize) {
        let gone = self.live.remove(index);
        let (Kind::Course { course, .. }, Some((purse, _))) = (&gone.kind, gone.lot) else { return };
        // The best remaining attempt takes its place; of equal ones the earliest.
        let score = |live: &Live| match live.kind {
            Kind::Course { score, .. } => score,
            Kind::Certificate { .. } => 0,
        };
        let next = self
            .live
            .iter_mut()
            .filter(|live| live.is_course(gone.person, *course))
            .max_by_key(|live| (score(live), std::cmp::Reverse(live.order)));
        if let Some(next) = next {
            next.lot = Some((purse, *course as u32 + 1));
        }
    }

    pub fn transfer(&mut self, person: usize, from: usize) -> Result<(), Refused> {
        let mut moved = false;
        for live in self.live.iter_mut().filter(|live| live.person == person) {
            if let Some((purse, _)) = &mut live.lot
                && *purse == Purse::Enrolment(from)
            {
                *purse = Purse::Enrolment(1 - from);
                moved = true;
            }
        }
        if moved { Ok(()) } else { Err(Refused::Nothing) }
    }

    pub fn balances(&self, person: usize) -> BTreeMap<Purse, u32> {
        let mut sums = BTreeMap::new();
        for (purse, credits) in self.live.iter().filter(|live| live.person == person).filter_map(|live| live.lot) {
            *sums.entry(purse).or_insert(0) += credits;
        }
        sums
    }
}

impl Live {
    pub fn is_course(&self, person: usize, wanted: usize) -> bool {
        self.person == person && matches!(self.kind, Kind::Course { course, .. } if course == wanted)
    }
}
