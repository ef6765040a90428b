//! The schools' programmes with their plans and courses.

use std::collections::{BTreeSet, HashSet};

use super::calendar::Calendar;
use super::majors::{MAJORS, Major};
use super::pathway;
use super::places::{PLANS, Place};
use super::plans::{self, PlannedCourse};
use crate::domain::course::NewCourse;
use crate::domain::ids::ProgrammeId;
use crate::domain::level::ProgrammeLevel;
use crate::domain::programme::NewProgramme;
use crate::services::App;
use crate::services::error::Result;

/// A programme of the city.
#[derive(Debug)]
pub struct Offer {
    /// Its id.
    pub id: ProgrammeId,
    /// Where its school stands in the list of institutions.
    pub place: usize,
    /// Where its major stands in the list of majors.
    pub major: usize,
    /// Its level.
    pub level: ProgrammeLevel,
    /// The courses of its plan, all cohorts alike.
    pub courses: Vec<PlannedCourse>,
}

impl Offer {
    /// Its field of study.
    pub fn field(&self) -> &'static Major {
        &MAJORS[self.major]
    }
}

/// Place, level and major of every programme.
fn wanted() -> Vec<(usize, ProgrammeLevel, usize)> {
    PLANS
        .iter()
        .enumerate()
        .flat_map(|(place, plan)| plan.offers.iter().map(move |(level, majors)| (place, *level, *majors)))
        .flat_map(|(place, level, majors)| majors.iter().map(move |major| (place, level, *major)))
        .collect()
}

/// Registers programmes, plans and courses; `done` is called after every programme with the number of all.
pub fn offer(app: &App, places: &[Place], calendar: Calendar, done: &dyn Fn(usize, usize)) -> Result<Vec<Offer>> {
    let wanted = wanted();
    let from_cohort = *calendar.planned().start();
    let mut known = HashSet::new();
    let mut offers = Vec::with_capacity(wanted.len());
    for &(place, level, major) in &wanted {
        let field = &MAJORS[major];
        let institution = places[place].id;
        let (major_code, name) = field.at(level);
        let new = NewProgramme { level, major_code: major_code.into(), name: name.into() };
        let id = app.add_programme(institution, &new)?;
        let earlier = pathway::cohorts(calendar).into_iter().filter(|_| major == pathway::MAJOR);
        let cohorts: BTreeSet<i32> = calendar.planned().chain(earlier).collect();
        for cohort in cohorts {
            app.add_programme_version(id, &field.plan(level, cohort))?;
        }
        let courses = field.courses(level);
        let all = courses.iter().cloned().chain(plans::school_based(level));
        let fresh: Vec<NewCourse> = all
            .filter(|course| known.insert((place, course.code.clone())))
            .map(|course| NewCourse {
                code: course.code,
                name: course.name.into(),
                credits: course.credits,
                hours: Some(course.hours),
                practice_hours: Some(course.practice_hours),
                from_cohort,
            })
            .collect();
        app.add_courses(institution, &fresh)?;
        offers.push(Offer { id, place, major, level, courses });
        done(offers.len(), wanted.len());
    }
    Ok(offers)
}

/// A programme of the next level that somebody in `from` could enter: of the same major if there is one.
pub fn onward<'o>(offers: &'o [Offer], from: &Offer) -> Option<&'o Offer> {
    let next = match from.level {
        ProgrammeLevel::Secondary => ProgrammeLevel::Higher,
        ProgrammeLevel::Higher => ProgrammeLevel::Undergraduate,
        ProgrammeLevel::Undergraduate => return None,
    };
    let mut higher = offers.iter().filter(|offer| offer.level == next);
    higher.clone().find(|offer| offer.major == from.major).or_else(|| higher.next())
}

/// The programmes without ids, for tests that need no database.
#[cfg(test)]
pub fn unregistered() -> Vec<Offer> {
    let offer = |(number, (place, level, major)): (u128, (usize, ProgrammeLevel, usize))| Offer {
        id: ProgrammeId::from_uuid(uuid::Uuid::from_u128(number)),
        place,
        major,
        level,
        courses: MAJORS[major].courses(level),
    };
    (1..).zip(wanted()).map(offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_level_has_every_major() {
        let offers = unregistered();
        for offer in &offers {
            match onward(&offers, offer) {
                Some(next) => {
                    assert!(next.level > offer.level);
                    assert_eq!(next.major, offer.major, "{}", offer.field().short);
                }
                None => assert_eq!(offer.level, ProgrammeLevel::Undergraduate),
            }
        }
    }
}
