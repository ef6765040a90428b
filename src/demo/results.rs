//! What a learner has achieved so far: course results with retakes, certificates, training and the rest.

use chrono::{Days, NaiveDate};

use super::calendar::Calendar;
use super::catalogue::{SELF_STUDY, certificate_code, occupation_code};
use super::learners::Learner;
use super::places::{AWARDING_BODY, OPEN_UNIVERSITY};
use super::random::Random;
use super::{LOGINS, Roll};
use crate::domain::achievement::AchievementPost;
use crate::domain::achievement_post::{ExaminationPost, SkillCertificatePost, SkillLevelPost};
use crate::domain::ids::LearnerId;
use crate::domain::kind::AchievementKind;
use crate::domain::learner_ref::LearnerRef;
use crate::domain::level::{NationalLevel, ProgrammeLevel, XLevel};

/// The learner with a log-in whose plan shows a score of an examination.
const SHOWN_EXAMINEE: u64 = 3;

/// A result on its way to the bank.
pub struct Draft {
    /// Where its poster stands in the list of institutions.
    pub place: usize,
    /// What is posted.
    pub post: AchievementPost,
    /// Whether it is one of those that are annulled afterwards.
    pub to_revoke: bool,
}

/// The results of one learner.
#[derive(Default)]
pub struct Results {
    /// What stands for itself.
    pub first: Vec<Draft>,
    /// Further attempts and corrections of what is among the first.
    pub later: Vec<Draft>,
}

/// What one learner has achieved, as far as it is told.
pub(super) struct Story<'l> {
    pub(super) learner: &'l Learner<'l>,
    id: LearnerId,
    pub(super) calendar: Calendar,
    pub(super) random: Random,
    pub(super) results: Results,
}

/// Everything that the `number`th learner, whose account is `id`, has achieved by the day of the roll.
pub fn of(roll: Roll<'_>, number: u64, id: LearnerId) -> Results {
    let learner = &roll.learner(number);
    let random = Random::of(roll.seed, 3, number);
    let mut story = Story::new(learner, id, roll.calendar, random);
    story.courses();
    story.certificate();
    story.skill_level();
    story.examination();
    story.training();
    story.competition();
    story.experience();
    story.elsewhere();
    story.results
}

impl<'l> Story<'l> {
    /// Nothing achieved so far.
    pub(super) fn new(learner: &'l Learner<'l>, id: LearnerId, calendar: Calendar, random: Random) -> Self {
        Self { learner, id, calendar, random, results: Results::default() }
    }
}

impl Story<'_> {
    /// An empty post of this learner.
    pub(super) fn blank(
        &self,
        kind: AchievementKind,
        external_ref: String,
        completed_on: NaiveDate,
    ) -> AchievementPost {
        AchievementPost {
            learner: LearnerRef::by_id(self.id),
            open_if_missing: false,
            external_ref,
            on_change: None,
            reason: None,
            kind,
            course: None,
            examination: None,
            skill_certificate: None,
            skill_level: None,
            qualification: None,
            training: None,
            competition: None,
            experience: None,
            diploma: None,
            programme_id: None,
            enrolment_id: None,
            term: None,
            attempt: None,
            credits: None,
            credit_type: None,
            score: None,
            completed_on,
            issued_on: None,
            valid_until: None,
            delivery: None,
            platform: None,
        }
    }

    pub(super) fn push(&mut self, place: usize, post: AchievementPost) {
        self.results.first.push(Draft { place, post, to_revoke: false });
    }

    /// Whether this learner has a log-in, whose page should have something to see.
    pub(super) const fn is_shown(&self) -> bool {
        self.learner.number < LOGINS
    }

    pub(super) fn school(&self) -> usize {
        self.learner.offer.place
    }

    /// A reference that is this learner's own at its poster.
    pub(super) fn reference(&self, word: &str) -> String {
        format!("{word}/{:07}", self.learner.number)
    }

    /// Over a third have a 1+X certificate, mostly of their own field; one in a hundred of these is annulled, some have
    /// run out, and some learners go on to the next level.
    fn certificate(&mut self) {
        if !self.random.percent(35) && !self.is_shown() {
            return;
        }
        let shown = self.is_shown();
        let random = &mut self.random;
        let completed_on = self.calendar.since(self.learner.cohort, random);
        let own = self.learner.offer.major;
        let place = if random.percent(80) || shown { own } else { random.between(8, 11) as usize };
        let level = match (self.learner.offer.level, random.below(3)) {
            (ProgrammeLevel::Secondary, 0) if !shown => XLevel::Intermediate,
            (ProgrammeLevel::Secondary, _) => XLevel::Elementary,
            (ProgrammeLevel::Undergraduate, 0) => XLevel::Advanced,
            (ProgrammeLevel::Higher | ProgrammeLevel::Undergraduate, _) => XLevel::Intermediate,
        };
        let to_revoke = random.percent(1) && !shown;
        let lasting = match random.below(16) {
            0 if !shown => Some(180),
            1..=3 => Some(3 * 365),
            _ => None,
        };
        let further = random.percent(8) && !to_revoke;
        let mut post = self.certified(place, level, completed_on);
        post.valid_until = lasting.map(|days| completed_on + Days::new(days));
        self.results.first.push(Draft { place: AWARDING_BODY, post, to_revoke });
        let next = XLevel::ALL.iter().copied().find(|next| *next > level);
        if let (true, Some(next)) = (further, next) {
            let days = (self.calendar.today() - completed_on).num_days();
            let later = completed_on + Days::new(self.random.between(0, days).unsigned_abs());
            let post = self.certified(place, next, later);
            self.push(AWARDING_BODY, post);
        }
    }

    /// A 1+X certificate of this learner, issued a fortnight later if that has come.
    pub(super) fn certified(&self, place: usize, level: XLevel, completed_on: NaiveDate) -> AchievementPost {
        let mut post =
            self.blank(AchievementKind::SkillCertificate, self.reference(&format!("X/{level}")), completed_on);
        let number = format!("KFX{}{place:02}{}{:07}", completed_on.format("%y"), level as u8 + 1, self.learner.number);
        post.skill_certificate = Some(SkillCertificatePost { code: certificate_code(place), level, number });
        let issued_on = completed_on + Days::new(14);
        post.issued_on = (issued_on <= self.calendar.today()).then_some(issued_on);
        post
    }

    fn skill_level(&mut self) {
        if !self.random.percent(4) {
            return;
        }
        let completed_on = self.calendar.since(self.learner.cohort, &mut self.random);
        let level = match self.learner.offer.level {
            ProgrammeLevel::Secondary => NationalLevel::Five,
            ProgrammeLevel::Higher => NationalLevel::Four,
            ProgrammeLevel::Undergraduate => NationalLevel::Three,
        };
        let mut post = self.blank(AchievementKind::SkillLevel, self.reference("L"), completed_on);
        // The 22 characters of domain facts: letter, body, province, site, year, level, serial.
        let (year, serial) = (completed_on.format("%y"), self.learner.number % 1_000_000);
        let site = self.learner.number / 1_000_000;
        let number = format!("S000041{site:06}{year}{level}{serial:06}");
        let occupation_code = occupation_code(self.learner.offer.major);
        post.skill_level = Some(SkillLevelPost { occupation_code, level, number });
        self.push(AWARDING_BODY, post);
    }

    fn examination(&mut self) {
        let rare = self.learner.offer.level == ProgrammeLevel::Secondary || !self.random.percent(12);
        if rare && self.learner.number != SHOWN_EXAMINEE {
            return;
        }
        let completed_on = self.calendar.since(self.learner.cohort, &mut self.random);
        let random = &mut self.random;
        let (code, score) = match random.below(3) {
            0 if self.learner.offer.place == OPEN_UNIVERSITY => (SELF_STUDY, random.between(58, 80).to_string()),
            0 if self.learner.number != SHOWN_EXAMINEE => ("NCRE2", "优秀".to_owned()),
            1 if self.learner.offer.level == ProgrammeLevel::Undergraduate => {
                ("CET6", random.pick(&[420, 424, 425, 463, 511, 548]).to_string())
            }
            _ => ("CET4", random.pick(&[418, 424, 425, 426, 451, 475, 476, 498, 533, 587]).to_string()),
        };
        let post = self.examined(code, score, completed_on);
        self.push(AWARDING_BODY, post);
    }

    /// The result of an examination.
    pub(super) fn examined(&self, code: &str, score: String, completed_on: NaiveDate) -> AchievementPost {
        let mut post = self.blank(AchievementKind::Examination, self.reference(code), completed_on);
        let number = Some(format!("KFE{:07}", self.learner.number));
        post.examination = Some(ExaminationPost { code: code.to_owned(), score: Some(score), number });
        post
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::programmes;
    use crate::domain::achievement::{OnChange, ValidAchievement};
    use crate::domain::region::RegionPolicy;
    use crate::domain::time::parse_date;

    fn checked(draft: &Draft, calendar: Calendar) -> ValidAchievement {
        let valid = draft.post.validate(calendar.today(), RegionPolicy { allow_test: true });
        valid.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", draft.post.external_ref))
    }

    #[test]
    fn every_result_stands_up_to_the_checks_on_any_day() {
        let offers = programmes::unregistered();
        let id = LearnerId::from_uuid(uuid::Uuid::nil());
        for day in ["2026-01-12", "2026-02-01", "2026-06-30", "2026-09-01", "2026-11-23", "2027-07-06"] {
            let calendar = Calendar::new(parse_date(day).expect("a date"));
            let roll = Roll { offers: &offers, calendar, seed: 1 };
            let (mut references, mut courses, mut certificates, mut later) = (HashSet::new(), 0, 0, 0);
            for number in 0..1_000 {
                let results = of(roll, number, id);
                for draft in &results.first {
                    let valid = checked(draft, calendar);
                    courses += usize::from(valid.kind() == AchievementKind::Course);
                    certificates += usize::from(valid.kind() == AchievementKind::SkillCertificate);
                    assert!(references.insert((draft.place, valid.external_ref.clone())), "{}", valid.external_ref);
                }
                for draft in &results.later {
                    let valid = checked(draft, calendar);
                    let known = references.contains(&(draft.place, valid.external_ref));
                    assert_eq!(known, valid.on_change == OnChange::Correct);
                    later += 1;
                }
            }
            assert!((3_000..8_000).contains(&courses), "{day}: {courses} course results");
            assert!((300..450).contains(&certificates), "{day}: {certificates} certificates");
            assert!(later > 7, "{day}: {later} further attempts and corrections");
        }
    }

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let offers = programmes::unregistered();
        let calendar = Calendar::new(parse_date("2026-11-23").expect("a date"));
        let told = |seed, number| {
            let results = of(Roll { offers: &offers, calendar, seed }, number, LearnerId::from_uuid(uuid::Uuid::nil()));
            let posts = results.first.iter().chain(&results.later).map(|draft| serde_json::to_string(&draft.post));
            posts.collect::<Result<Vec<_>, _>>().expect("JSON")
        };
        assert_eq!(told(1, 7), told(1, 7));
        assert_ne!(told(1, 7), told(2, 7));
        assert_ne!(told(1, 7), told(1, 8));
    }
}
