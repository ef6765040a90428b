//! Who attends which school, in which class, under which number; and the opening of their accounts.

use uuid::Uuid;

use super::people;
use super::places::OPEN_UNIVERSITY;
use super::programmes::Offer;
use super::random::Random;
use super::{Made, Roll};
use crate::domain::enrolment::NewEnrolment;
use crate::domain::identity::{IdDocument, IdentityType};
use crate::domain::level::ProgrammeLevel;
use crate::domain::name::PersonName;
use crate::services::error::{Error, Result};
use crate::services::opening::OpenItem;
use crate::store::error::StoreError;

/// Which institution the next twenty learners attend, over and over: half of them the first school and the first
/// college, and already the first six at both levels.
const ROUND: [usize; 20] = [1, 4, 1, 4, 2, 5, 1, 3, 4, 1, 6, 2, 1, 4, 1, 2, 5, 3, 6, 7];
/// Age of the open university's older learners when they begin.
pub const MIDDLE_AGE: i32 = 43;
/// Learners of a class.
const CLASS: u64 = 40;
/// Accounts opened between two looks at the progress.
const CHUNK: u64 = 2_000;

/// A learner of the city.
#[derive(Debug)]
pub struct Learner<'o> {
    /// Counted from 0.
    pub number: u64,
    /// The programme.
    pub offer: &'o Offer,
    /// The year it began.
    pub cohort: i32,
    /// The student number.
    pub student_no: String,
    /// The number of the resident id card.
    pub id_number: String,
    /// The age at the beginning.
    pub age: i32,
}

/// How many learners of the same school come before this one.
fn sequence(number: u64) -> u64 {
    let (round, at) = (number / 20, (number % 20) as usize);
    let own = |list: &[usize]| list.iter().filter(|place| **place == ROUND[at]).count() as u64;
    round * own(&ROUND) + own(&ROUND[..at]) + 1
}

impl Learner<'_> {
    /// The name.
    pub fn name(&self, seed: u64) -> String {
        people::name(seed, self.number)
    }

    /// As 烹饪2401: field, year, and about forty learners to a class.
    fn class(&self, programmes: u64, cohorts: u64) -> String {
        let before = if self.number < people::PEOPLE_MAX { sequence(self.number) } else { 0 };
        let class = before / (CLASS * programmes.max(1) * cohorts.max(1)) + 1;
        format!("{}{:02}{class:02}", self.offer.field().short, self.cohort % 100)
    }

    /// What opens its account, or adds this enrolment to it.
    pub fn item(&self, made: &Made<'_>) -> Result<OpenItem> {
        let Made { app, roll: Roll { offers, calendar, seed }, .. } = made;
        let wrong = |fault: &dyn std::fmt::Display| Error::from(StoreError::broken(format!("demo: {fault}")));
        let document = IdDocument { type_: IdentityType::ResidentId, number: self.id_number.clone() };
        let programmes = offers.iter().filter(|offer| offer.place == self.offer.place).count() as u64;
        let enrolment = NewEnrolment {
            programme_id: self.offer.id,
            cohort: self.cohort,
            student_no: self.student_no.clone(),
            class: Some(self.class(programmes, calendar.attending(self.offer.level).len() as u64)),
            from: None,
        };
        Ok(OpenItem {
            name: PersonName::parse(&self.name(*seed)).map_err(|reason| wrong(&reason))?,
            document: document.validate(calendar.today(), app.settings.regions).map_err(|fault| wrong(&fault))?,
            enrolment: Some(enrolment.validate()?),
        })
    }
}

impl<'c> Roll<'c> {
    /// The `number`th learner.
    pub fn learner(&self, number: u64) -> Learner<'c> {
        let mut random = Random::of(self.seed, 2, number);
        let place = ROUND[(number % 20) as usize];
        let own: Vec<&Offer> = self.offers.iter().filter(|offer| offer.place == place).collect();
        let offer = own[random.below(own.len() as u64) as usize];
        let cohort = *random.pick(&self.calendar.attending(offer.level));
        let student_no = format!("{cohort}{:02}{:05}", offer.major + 1, sequence(number));
        let age = match (place, offer.level) {
            // Every fifth of them is in the middle of life.
            (OPEN_UNIVERSITY, _) if number % 100 == 19 => MIDDLE_AGE,
            (OPEN_UNIVERSITY, _) => 24,
            (_, ProgrammeLevel::Secondary) => 15,
            _ => 18,
        };
        Learner { number, offer, cohort, student_no, id_number: people::resident_id(number, cohort, age), age }
    }
}

impl Made<'_> {
    /// Opens the accounts of learners 0 to `count`; answers their ids in that order. `done` is told how many stand.
    pub fn open(&self, count: u64, done: &dyn Fn(u64)) -> Result<Vec<Uuid>> {
        let mut ids = vec![Uuid::nil(); usize::try_from(count).map_err(StoreError::broken)?];
        let mut first = 0;
        while first < count {
            let end = (first + CHUNK).min(count);
            let mut by_place: Vec<(Vec<u64>, Vec<OpenItem>)> = self.places.iter().map(|_| Default::default()).collect();
            for number in first..end {
                let learner = self.roll.learner(number);
                let (numbers, items) = &mut by_place[learner.offer.place];
                items.push(learner.item(self)?);
                numbers.push(number);
            }
            for (place, (numbers, items)) in self.places.iter().zip(by_place) {
                for (number, outcome) in numbers.into_iter().zip(self.app.open_many(place.id, &items)?) {
                    ids[number as usize] = outcome.map_err(Error::from)?.learner;
                }
            }
            first = end;
            done(first);
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn student_numbers_of_a_school_are_counted_through() {
        let of = |place: usize| {
            (0..2_000_u64).filter(|number| ROUND[(number % 20) as usize] == place).map(sequence).collect::<Vec<_>>()
        };
        for place in 1..=7 {
            let numbers = of(place);
            assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "{place}");
        }
        let half = ROUND.iter().filter(|place| [1, 4].contains(*place)).count();
        assert_eq!(half, 10);
        assert_eq!(ROUND.iter().collect::<HashSet<_>>().len(), 7, "every school has learners");
    }
}
