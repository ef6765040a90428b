//! School years as far as they have gone by: nothing in the city lies in the future.

use chrono::{Days, NaiveDate};

use super::random::Random;
use crate::domain::enrolment::default_from;
use crate::domain::level::ProgrammeLevel;
use crate::domain::term::Term;

/// Days over which the examinations of a term are spread.
const EXAMINATION_DAYS: u64 = 10;

/// What has gone by on a day.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    today: NaiveDate,
}

/// Terms that a programme of this level takes.
const fn terms_of(level: ProgrammeLevel) -> usize {
    match level {
        ProgrammeLevel::Secondary | ProgrammeLevel::Higher => 6,
        ProgrammeLevel::Undergraduate => 8,
    }
}

/// First examination day of a cohort's term, counted from 0: early January, late June.
fn examinations(cohort: i32, term: usize) -> NaiveDate {
    let year = cohort + (term / 2) as i32 + 1;
    let (month, day) = if term.is_multiple_of(2) { (1, 6) } else { (6, 26) };
    NaiveDate::from_ymd_opt(year, month, day).expect("6 January and 26 June are in every year")
}

impl Calendar {
    /// As of a day.
    pub const fn new(today: NaiveDate) -> Self {
        Self { today }
    }

    /// The day.
    pub const fn today(self) -> NaiveDate {
        self.today
    }

    /// Terms of a cohort that are over, examinations included.
    pub fn finished(self, cohort: i32) -> usize {
        (0..8).take_while(|term| examinations(cohort, *term) + Days::new(EXAMINATION_DAYS) <= self.today).count()
    }

    /// The newest cohort that has a term behind it.
    pub fn newest(self) -> i32 {
        use chrono::Datelike;
        let year = self.today.year();
        (year - 2..=year).rev().find(|cohort| self.finished(*cohort) > 0).unwrap_or(year - 2)
    }

    /// The cohorts that have plans: three with results and the one that begins after them.
    pub fn planned(self) -> std::ops::RangeInclusive<i32> {
        self.newest() - 2..=self.newest() + 1
    }

    /// The newest cohort that has begun.
    pub fn entering(self) -> i32 {
        let next = self.newest() + 1;
        if default_from(next) <= self.today { next } else { next - 1 }
    }

    /// The cohorts with results that still attend a programme of this level.
    pub fn attending(self, level: ProgrammeLevel) -> Vec<i32> {
        (self.newest() - 2..=self.newest()).filter(|cohort| self.finished(*cohort) < terms_of(level)).collect()
    }

    /// The term of a cohort, counted from 0, as it is written.
    pub fn term(cohort: i32, term: usize) -> Term {
        let year = cohort + (term / 2) as i32;
        format!("{year}-{}-{}", year + 1, term % 2 + 1).parse().expect("years follow one another")
    }

    /// An examination day of a finished term.
    pub fn examined(cohort: i32, term: usize, random: &mut Random) -> NaiveDate {
        examinations(cohort, term) + Days::new(random.below(EXAMINATION_DAYS))
    }

    /// A day since a cohort began, a quarter of a year after its start at the earliest.
    pub fn since(self, cohort: i32, random: &mut Random) -> NaiveDate {
        let first = NaiveDate::from_ymd_opt(cohort, 12, 1).expect("every year has a 1 December").min(self.today);
        let days = (self.today - first).num_days();
        first + Days::new(random.between(0, days).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> Calendar {
        Calendar::new(crate::domain::time::parse_date(text).expect("a date"))
    }

    #[test]
    fn terms_end_with_their_examinations() {
        assert_eq!(on("2026-01-15").finished(2025), 0);
        assert_eq!(on("2026-01-16").finished(2025), 1);
        assert_eq!(on("2026-11-23").finished(2024), 4);
        assert_eq!(on("2026-11-23").planned(), 2023..=2026);
        assert_eq!((on("2026-11-23").entering(), on("2026-08-31").entering()), (2026, 2025));
        assert_eq!(on("2026-01-12").newest(), 2024);
        assert_eq!(on("2026-11-23").attending(ProgrammeLevel::Secondary), [2024, 2025]);
        assert_eq!(on("2026-11-23").attending(ProgrammeLevel::Undergraduate), [2023, 2024, 2025]);
        assert_eq!(Calendar::term(2024, 3).to_string(), "2025-2026-2");
    }

    #[test]
    fn nothing_lies_in_the_future() {
        let mut day = on("2025-12-01").today;
        let mut random = Random::of(1, 1, 1);
        for _ in 0..800 {
            let calendar = Calendar::new(day);
            for cohort in calendar.attending(ProgrammeLevel::Secondary) {
                let terms = calendar.finished(cohort);
                assert!(terms > 0, "{cohort} has no term behind it on {day}");
                assert!(Calendar::examined(cohort, terms - 1, &mut random) <= day);
                assert!(calendar.since(cohort, &mut random) <= day);
            }
            assert!(calendar.attending(ProgrammeLevel::Higher).len() >= 2, "{day}");
            day = day + Days::new(1);
        }
    }
}
