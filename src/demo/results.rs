//! What a learner has achieved so far: course results with retakes, certificates, training and the rest.

use chrono::NaiveDate;

use super::LOGINS;
use super::calendar::Calendar;
use super::catalogue::{COMPETITIONS, PRIZES, certificate_code, competition_code, occupation_code};
use super::learners::Learner;
use super::majors::PlannedCourse;
use super::places::{AWARDING_BODY, ENTERPRISE, PROVIDER};
use super::random::Random;
use crate::domain::achievement::{AchievementPost, Delivery, OnChange};
use crate::domain::achievement_post::{
    CompetitionPost, CoursePost, ExaminationPost, ExperiencePost, SkillCertificatePost, SkillLevelPost, TrainingPost,
};
use crate::domain::experience::ExperienceType;
use crate::domain::ids::LearnerId;
use crate::domain::kind::AchievementKind;
use crate::domain::learner_ref::LearnerRef;
use crate::domain::level::{NationalLevel, ProgrammeLevel, XLevel};
use crate::domain::score::{Score, ScoreScale};
use crate::domain::term::Attempt;
use crate::domain::training::TargetGroup;

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

/// Trainings: title and lessons.
const TRAININGS: &[(&str, u32)] = &[
    ("小吃制作创业培训", 40),
    ("养老护理员岗前培训", 56),
    ("农产品电商直播培训", 32),
    ("电工安全操作培训", 48),
    ("乡村旅游接待培训", 24),
    ("砌筑工技能提升培训", 80),
    ("大棚蔬菜种植培训", 40),
];
/// Where trainings were held.
const REGIONS: &[&str] = &["410202", "410203", "410204", "410205", "410212", "410221", "410222", "410223", "410225"];

struct Story<'l> {
    learner: &'l Learner<'l>,
    id: LearnerId,
    calendar: Calendar,
    random: Random,
    results: Results,
}

/// Everything that `learner` has achieved by the calendar's day.
pub fn of(seed: u64, learner: &Learner<'_>, id: LearnerId, calendar: Calendar) -> Results {
    let random = Random::of(seed, 3, learner.number);
    let mut story = Story { learner, id, calendar, random, results: Results::default() };
    story.courses();
    story.certificate();
    story.skill_level();
    story.examination();
    story.training();
    story.competition();
    story.experience();
    story.results
}

fn percentage(value: i64) -> Score {
    Score { scale: ScoreScale::Percentage, value: value.to_string(), passed: None }
}

impl Story<'_> {
    /// An empty post of this learner.
    fn blank(&self, kind: AchievementKind, external_ref: String, completed_on: NaiveDate) -> AchievementPost {
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

    fn push(&mut self, place: usize, post: AchievementPost) {
        self.results.first.push(Draft { place, post, to_revoke: false });
    }

    /// Whether this learner has a log-in, whose page should have something to see.
    const fn is_shown(&self) -> bool {
        self.learner.number < LOGINS
    }

    fn school(&self) -> usize {
        self.learner.offer.place
    }

    /// A reference that is this learner's own at its poster.
    fn reference(&self, word: &str) -> String {
        format!("{word}/{:07}", self.learner.number)
    }

    /// Four to eight of the courses that are over, where there are so many.
    fn courses(&mut self) {
        let finished = self.calendar.finished(self.learner.cohort);
        let offer = self.learner.offer;
        let over: Vec<&PlannedCourse> = offer.courses.iter().filter(|course| course.term < finished).collect();
        let mut wanted = (self.random.between(4, 8) as usize).min(over.len());
        let retaken = self.random.percent(6).then(|| self.random.below(wanted as u64) as usize);
        let corrected = (retaken.is_none() && self.random.percent(1)).then_some(0);
        let (mut left, mut taken) = (over.len(), 0);
        for course in over {
            if self.random.below(left as u64) < wanted as u64 {
                wanted -= 1;
                let weak = retaken == Some(taken) && course.term + 1 < finished;
                let post = self.course(course, course.term, weak);
                if weak {
                    self.retake(course);
                }
                if corrected == Some(taken) {
                    self.correct(&post);
                }
                self.push(self.school(), post);
                taken += 1;
            }
            left -= 1;
        }
    }

    fn course(&mut self, course: &PlannedCourse, term: usize, weak: bool) -> AchievementPost {
        let cohort = self.learner.cohort;
        let completed_on = Calendar::examined(cohort, term, &mut self.random);
        let name = Calendar::term(cohort, term);
        let reference = format!("{name}/{}/{}", course.code, self.learner.student_no);
        let mut post = self.blank(AchievementKind::Course, reference, completed_on);
        post.course = Some(CoursePost {
            code: course.code.clone(),
            name: course.name.to_owned(),
            hours: Some(course.hours),
            practice_hours: Some(course.practice_hours),
        });
        post.programme_id = Some(self.learner.offer.id);
        post.term = Some(name);
        post.attempt = Some(Attempt::First);
        let random = &mut self.random;
        post.score = Some(if course.hours == course.practice_hours {
            let grade = random.pick(&["excellent", "good", "good", "average"]);
            Score { scale: ScoreScale::FiveGrade, value: (*grade).to_owned(), passed: None }
        } else if weak {
            percentage(random.between(60, 68))
        } else {
            percentage(random.between(60, 80) + random.between(0, 20))
        });
        if random.percent(5) {
            post.delivery = Some(Delivery::Online);
            post.platform = Some("演示在线课堂".to_owned());
        }
        post
    }

    /// Sits a course again in the next term: mostly better, sometimes not.
    fn retake(&mut self, course: &PlannedCourse) {
        let mut post = self.course(course, course.term + 1, false);
        post.attempt = Some(if self.random.percent(50) { Attempt::Resit } else { Attempt::Retake });
        if post.score.as_ref().is_some_and(|score| score.scale == ScoreScale::Percentage) {
            let better = self.random.percent(70);
            let value = if better { self.random.between(70, 92) } else { 60 };
            post.score = Some(percentage(value));
        }
        self.results.later.push(Draft { place: self.school(), post, to_revoke: false });
    }

    /// Corrects the score of a result posted before.
    fn correct(&mut self, post: &AchievementPost) {
        let mut corrected = post.clone();
        corrected.on_change = Some(OnChange::Correct);
        corrected.reason = Some("成绩登记有误,经复核更正".to_owned());
        // The scores posted first are whole, so this one differs.
        corrected.score = Some(Score { scale: ScoreScale::Percentage, value: "88.5".to_owned(), passed: None });
        self.results.later.push(Draft { place: self.school(), post: corrected, to_revoke: false });
    }

    /// Over a third have a 1+X certificate, mostly of their own field; one in a hundred of these is annulled.
    fn certificate(&mut self) {
        if !self.random.percent(35) && !self.is_shown() {
            return;
        }
        let random = &mut self.random;
        let completed_on = self.calendar.since(self.learner.cohort, random);
        let own = self.learner.offer.major;
        let place = if random.percent(80) { own } else { random.between(8, 11) as usize };
        let level = match (self.learner.offer.level, random.below(3)) {
            (ProgrammeLevel::Secondary, 0) => XLevel::Intermediate,
            (ProgrammeLevel::Secondary, _) => XLevel::Elementary,
            (ProgrammeLevel::Undergraduate, 0) => XLevel::Advanced,
            (ProgrammeLevel::Higher | ProgrammeLevel::Undergraduate, _) => XLevel::Intermediate,
        };
        let to_revoke = random.percent(1);
        let mut post = self.blank(AchievementKind::SkillCertificate, self.reference("X"), completed_on);
        let number = format!("KFX{}{place:02}{:07}", completed_on.format("%y"), self.learner.number);
        post.skill_certificate = Some(SkillCertificatePost { code: certificate_code(place), level, number });
        let issued_on = completed_on + chrono::Days::new(14);
        post.issued_on = (issued_on <= self.calendar.today()).then_some(issued_on);
        self.results.first.push(Draft { place: AWARDING_BODY, post, to_revoke });
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
        if self.learner.offer.level == ProgrammeLevel::Secondary || !self.random.percent(12) {
            return;
        }
        let completed_on = self.calendar.since(self.learner.cohort, &mut self.random);
        let (code, score) = match self.random.below(3) {
            0 => ("NCRE2", "优秀".to_owned()),
            1 if self.learner.offer.level == ProgrammeLevel::Undergraduate => {
                ("CET6", self.random.between(425, 560).to_string())
            }
            _ => ("CET4", self.random.between(425, 600).to_string()),
        };
        let mut post = self.blank(AchievementKind::Examination, self.reference(code), completed_on);
        let number = Some(format!("KFE{:07}", self.learner.number));
        post.examination = Some(ExaminationPost { code: code.to_owned(), score: Some(score), number });
        self.push(AWARDING_BODY, post);
    }

    fn training(&mut self) {
        if !self.random.percent(10) && !self.is_shown() {
            return;
        }
        let random = &mut self.random;
        let completed_on = self.calendar.since(self.learner.cohort, random);
        let (title, hours) = random.pick(TRAININGS);
        let group = match self.learner.offer.level {
            ProgrammeLevel::Secondary => TargetGroup::ImpoverishedFamilyChild,
            ProgrammeLevel::Higher | ProgrammeLevel::Undergraduate => TargetGroup::GraduatingStudent,
        };
        let other = *random.pick(&[TargetGroup::RuralMigrantWorker, TargetGroup::Veteran, TargetGroup::Other, group]);
        let region = Some((*random.pick(REGIONS)).to_owned());
        let corrected = random.percent(5);
        let mut post = self.blank(AchievementKind::Training, self.reference("T"), completed_on);
        let training = TrainingPost {
            class_id: None,
            title: (*title).to_owned(),
            hours: *hours,
            lesson_minutes: Some(45),
            target_groups: vec![group, other],
            region,
        };
        if corrected {
            // Fewer lessons than first reported: other credits, so a reversal and a new deposit.
            let mut fewer = post.clone();
            fewer.on_change = Some(OnChange::Correct);
            fewer.reason = Some("实到学时核减".to_owned());
            fewer.training = Some(TrainingPost { hours: hours - 8, ..training.clone() });
            self.results.later.push(Draft { place: PROVIDER, post: fewer, to_revoke: false });
        }
        post.training = Some(training);
        self.push(PROVIDER, post);
    }

    fn competition(&mut self) {
        if !self.random.percent(3) {
            return;
        }
        let random = &mut self.random;
        let completed_on = self.calendar.since(self.learner.cohort, random);
        let place = random.below(COMPETITIONS.len() as u64) as usize;
        let prize = *random.pick(&PRIZES);
        let team_rank = Some(random.between(1, 4) as u32);
        let mut post = self.blank(AchievementKind::Competition, self.reference("C"), completed_on);
        let catalogue_code = competition_code(place);
        post.competition = Some(CompetitionPost { catalogue_code, prize, team_rank, team_size: Some(4) });
        self.push(self.school(), post);
    }

    fn experience(&mut self) {
        if !self.random.percent(3) {
            return;
        }
        let completed_on = self.calendar.since(self.learner.cohort, &mut self.random);
        let (place, type_, hours, enterprise) = match self.random.below(3) {
            0 => (ENTERPRISE, ExperienceType::Apprenticeship, Some(320), Some("夷门演示汽车制造有限公司".to_owned())),
            1 if self.learner.offer.level != ProgrammeLevel::Secondary => {
                (self.school(), ExperienceType::MilitaryService, None, None)
            }
            _ => (self.school(), ExperienceType::Internship, Some(160), Some("演示实习基地".to_owned())),
        };
        let mut post = self.blank(AchievementKind::Experience, self.reference("E"), completed_on);
        post.experience = Some(ExperiencePost { type_, hours, enterprise });
        self.push(place, post);
    }
}
