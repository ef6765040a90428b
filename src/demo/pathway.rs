//! Two learners who are told of one by one: one who went from secondary school to college and on to the university, and one
//! in the middle of life who studies at the open university.

use super::calendar::Calendar;
use super::catalogue::{PRIZES, QUALIFICATIONS, SELF_STUDY};
use super::learners::{Learner, MIDDLE_AGE};
use super::people::{self, PEOPLE_MAX};
use super::places::{AWARDING_BODY, COLLEGE, OPEN_UNIVERSITY, PROVIDER, SCHOOL, UNIVERSITY};
use super::plans::{self, PlannedCourse};
use super::posting::land;
use super::practice::TRAININGS;
use super::programmes::Offer;
use super::random::Random;
use super::results::{Draft, Results, Story};
use super::{Made, Roll};
use crate::domain::achievement_post::QualificationPost;
use crate::domain::experience::ExperienceType;
use crate::domain::ids::{EnrolmentId, LearnerId};
use crate::domain::kind::AchievementKind;
use crate::domain::level::{ProgrammeLevel, XLevel};
use crate::services::error::{Error, Result};
use crate::store::error::StoreError;

/// The major of the pathway: cookery, which all three levels of the city offer.
pub const MAJOR: usize = 0;
/// The major of the open university's learner.
const OPEN_MAJOR: usize = 6;
/// Age at which the pathway begins.
const AGE: i32 = 15;
/// Years that a school and a college take.
const YEARS: i32 = 3;
/// Where the pathway goes: place and level.
const STAGES: [(usize, ProgrammeLevel); 3] = [
    (SCHOOL, ProgrammeLevel::Secondary),
    (COLLEGE, ProgrammeLevel::Higher),
    (UNIVERSITY, ProgrammeLevel::Undergraduate),
];

/// Who walked the pathway, stage by stage, and who studies at the open university.
pub struct Told<'o> {
    /// The same person at school, college and university.
    pub stages: Vec<Learner<'o>>,
    /// The learner of the open university.
    pub open: Learner<'o>,
}

/// Their accounts.
#[derive(Debug, Clone, Copy)]
pub struct Accounts {
    /// Of who walked the pathway.
    pub walker: LearnerId,
    /// The walker's enrolments, stage by stage.
    pub stages: [EnrolmentId; STAGES.len()],
    /// Of the open university's learner.
    pub open: LearnerId,
}

/// The cohorts of the pathway, school first.
pub fn cohorts(calendar: Calendar) -> [i32; 3] {
    let last = calendar.entering();
    [last - 2 * YEARS, last - YEARS, last]
}

fn offer(offers: &[Offer], place: usize, level: ProgrammeLevel, major: usize) -> Result<&Offer> {
    let wanted = |offer: &&Offer| (offer.place, offer.level, offer.major) == (place, level, major);
    offers.iter().find(wanted).ok_or_else(|| StoreError::broken("the city lacks a programme of the pathway").into())
}

impl<'c> Roll<'c> {
    /// Those who are told of one by one.
    pub fn told(&self) -> Result<Told<'c>> {
        let years = cohorts(self.calendar);
        let id_number = people::told_id(1, years[0], AGE);
        let stage = |((place, level), cohort): ((usize, ProgrammeLevel), i32)| {
            let age = AGE + cohort - years[0];
            let offer = offer(self.offers, place, level, MAJOR)?;
            let student_no = format!("{cohort}9900001");
            Ok(Learner { number: PEOPLE_MAX + 1, offer, cohort, student_no, id_number: id_number.clone(), age })
        };
        let stages = STAGES.into_iter().zip(years).map(stage).collect::<Result<_>>()?;
        let cohort = self.calendar.newest();
        let open = Learner {
            number: PEOPLE_MAX + 2,
            offer: offer(self.offers, OPEN_UNIVERSITY, ProgrammeLevel::Higher, OPEN_MAJOR)?,
            cohort,
            student_no: format!("{cohort}9900002"),
            id_number: people::told_id(2, cohort, MIDDLE_AGE),
            age: MIDDLE_AGE,
        };
        Ok(Told { stages, open })
    }

    /// What one of them has achieved.
    pub(super) fn tell(&self, learner: &Learner<'_>, id: LearnerId, how: impl FnOnce(&mut Story<'_>)) -> Results {
        let random = Random::of(self.seed, 4, learner.number + learner.offer.level as u64);
        let mut story = Story::new(learner, id, self.calendar, random);
        how(&mut story);
        story.results
    }
}

impl Story<'_> {
    /// Everything that a programme asks for: required courses, of the electives as many as needed, and courses of the
    /// school's own for the open module.
    pub(super) fn whole_programme(&mut self) {
        let offer = self.learner.offer;
        let plan = offer.field().plan(offer.level, self.learner.cohort);
        for module in &plan.modules {
            let own = |course: &&PlannedCourse| module.courses.iter().any(|planned| planned.code == course.code);
            let mut missing = module.min_credits.thousandths();
            let school_based = plans::school_based(offer.level);
            let open = module.code == plans::OPEN_MODULE;
            let courses: Vec<&PlannedCourse> =
                if open { school_based.iter().collect() } else { offer.courses.iter().filter(own).collect() };
            for course in courses {
                if course.required || missing > 0 {
                    missing -= course.credits.thousandths();
                    let post = self.course(course, course.term, false);
                    self.push(self.school(), post);
                }
            }
        }
    }

    /// What the walker brings to the university: a certificate of the highest level, English, a training, a prize.
    pub(super) fn at_the_university(&mut self) {
        // The last three months of college.
        let before = Calendar::examined(self.learner.cohort - 1, 1, &mut self.random);
        let certificate = self.certified(MAJOR, XLevel::Advanced, before);
        self.push(AWARDING_BODY, certificate);
        let english = self.examined("CET4", "512".to_owned(), before);
        self.push(AWARDING_BODY, english);
        let training = self.trained(TRAININGS[1], before);
        self.push(PROVIDER, training);
        let prize = self.won(1, PRIZES[0], Some((2, 3)), before);
        self.push(COLLEGE, prize);
        self.passed_so_far();
    }

    /// A learner of the open university: part of the courses, and most of what its rules speak of.
    pub(super) fn in_the_middle_of_life(&mut self) {
        self.passed_so_far();
        let on = self.calendar.since(self.learner.cohort, &mut self.random);
        let english = self.examined(SELF_STUDY, "72".to_owned(), on);
        self.push(AWARDING_BODY, english);
        let training = self.trained(TRAININGS[5], on);
        self.push(PROVIDER, training);
        for code in QUALIFICATIONS {
            let mut post = self.blank(AchievementKind::Qualification, self.reference(code), on);
            let number = format!("{code}{}", self.learner.student_no);
            post.qualification = Some(QualificationPost { code: code.to_owned(), level: None, number });
            self.push(AWARDING_BODY, post);
        }
        let (place, apprenticeship) = self.experienced(ExperienceType::Apprenticeship, on);
        self.push(place, apprenticeship);
    }

    /// The required courses of the terms that are over, but for English.
    fn passed_so_far(&mut self) {
        let finished = self.calendar.finished(self.learner.cohort).min(2);
        for course in self.learner.offer.courses.iter().filter(|course| course.required && course.term < finished) {
            if course.name != "大学英语" {
                let post = self.course(course, course.term, false);
                self.push(self.school(), post);
            }
        }
    }
}

impl Made<'_> {
    /// Opens the accounts of those who are told of one by one, and posts what they have achieved.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the path is not general enough over the story's lifetime"
    )]
    pub fn open_told(&self, told: &Told<'_>) -> Result<Accounts> {
        let opened = told.stages.iter().map(|stage| self.open_one(stage)).collect::<Result<Vec<_>>>()?;
        let ids: Vec<EnrolmentId> = opened.iter().map(|(_, enrolment)| *enrolment).collect();
        let (Some((walker, _)), Ok(stages)) = (opened.first().copied(), ids.try_into()) else {
            return Err(StoreError::broken("a pathway without stages").into());
        };
        let (open, _) = self.open_one(&told.open)?;
        let mut drafts: Vec<Draft> = Vec::new();
        for (number, stage) in told.stages.iter().enumerate() {
            let results = self.roll.tell(stage, walker, |story| match number {
                2 => story.at_the_university(),
                _ => story.whole_programme(),
            });
            drafts.extend(results.first);
        }
        drafts.extend(self.roll.tell(&told.open, open, |story| story.in_the_middle_of_life()).first);
        land(self.send(drafts)?, &mut Vec::new())?;
        Ok(Accounts { walker, stages, open })
    }

    fn open_one(&self, learner: &Learner<'_>) -> Result<(LearnerId, EnrolmentId)> {
        let outcomes = self.app.open_many(self.places[learner.offer.place].id, &[learner.item(self)?])?;
        let opened = outcomes.into_iter().next().ok_or_else(|| StoreError::broken("an account without an outcome"))?;
        let opened = opened.map_err(Error::from)?;
        let enrolment = opened.enrolment.ok_or_else(|| StoreError::broken("an account without an enrolment"))?;
        Ok((LearnerId::from_uuid(opened.learner), EnrolmentId::from_uuid(enrolment)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::programmes;
    use crate::domain::region::RegionPolicy;
    use crate::domain::time::parse_date;

    #[test]
    fn the_pathway_is_walked_by_any_day() {
        let offers = programmes::unregistered();
        for day in ["2026-01-12", "2026-02-01", "2026-06-30", "2026-09-01", "2026-11-23", "2027-07-06"] {
            let calendar = Calendar::new(parse_date(day).expect("a date"));
            let roll = Roll { offers: &offers, calendar, seed: 1 };
            let told = roll.told().expect("programmes of the pathway");
            let mut references = std::collections::HashSet::new();
            for (number, stage) in told.stages.iter().enumerate() {
                let id = LearnerId::from_uuid(uuid::Uuid::nil());
                let results = roll.tell(stage, id, |story| match number {
                    2 => story.at_the_university(),
                    _ => story.whole_programme(),
                });
                let (mut earned, school_based) = (0, plans::school_based(stage.offer.level));
                for Draft { place, post, .. } in &results.first {
                    let valid = post.validate(calendar.today(), RegionPolicy { allow_test: true });
                    assert!(valid.is_ok(), "{day}: {}: {:?}", post.external_ref, valid.err());
                    assert!(references.insert((*place, post.external_ref.clone())), "{}", post.external_ref);
                    let code = post.course.as_ref().map(|course| course.code.clone());
                    let planned = stage.offer.courses.iter().chain(&school_based);
                    let credits = planned.filter(|course| Some(&course.code) == code.as_ref());
                    earned += credits.map(|course| course.credits.thousandths()).sum::<i64>();
                }
                let plan = stage.offer.field().plan(stage.offer.level, stage.cohort);
                let whole = earned >= plan.total_credits.thousandths();
                assert_eq!(whole, number < 2, "{day}: {earned} of {}", plan.total_credits);
            }
        }
    }
}
