//! What learners do outside courses and certificates: trainings, competitions, experience.

use chrono::NaiveDate;

use super::catalogue::{COMPETITIONS, PRIZES, competition_code};
use super::places::{ENTERPRISE, PROVIDER};
use super::results::{Draft, Story};
use crate::domain::achievement::{AchievementPost, OnChange};
use crate::domain::achievement_post::{CompetitionPost, ExperiencePost, TrainingPost};
use crate::domain::competition::Prize;
use crate::domain::experience::ExperienceType;
use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;
use crate::domain::training::TargetGroup;

/// Trainings: title and lessons. The first ones have the forty lessons for which the city's rules ask.
pub(super) const TRAININGS: &[(&str, u32)] = &[
    ("小吃制作创业培训", 40),
    ("养老护理员岗前培训", 56),
    ("电工安全操作培训", 48),
    ("砌筑工技能提升培训", 80),
    ("大棚蔬菜种植培训", 40),
    ("农产品电商直播培训", 32),
    ("乡村旅游接待培训", 24),
];
/// How many of the trainings are long enough.
const LONG_TRAININGS: usize = 5;
/// The learner with a log-in who has served.
const SHOWN_VETERAN: u64 = 1;
/// Where trainings were held.
const REGIONS: &[&str] = &["410202", "410203", "410204", "410205", "410212", "410221", "410222", "410223", "410225"];

impl Story<'_> {
    pub(super) fn training(&mut self) {
        if !self.random.percent(10) && !self.is_shown() {
            return;
        }
        let shown = self.is_shown();
        let random = &mut self.random;
        let completed_on = self.calendar.since(self.learner.cohort, random);
        let (title, hours) = random.pick(if shown { &TRAININGS[..LONG_TRAININGS] } else { TRAININGS });
        let group = match self.learner.offer.level {
            ProgrammeLevel::Secondary => TargetGroup::ImpoverishedFamilyChild,
            ProgrammeLevel::Higher | ProgrammeLevel::Undergraduate => TargetGroup::GraduatingStudent,
        };
        let other = *random.pick(&[TargetGroup::RuralMigrantWorker, TargetGroup::Veteran, TargetGroup::Other, group]);
        let region = Some((*random.pick(REGIONS)).to_owned());
        let corrected = random.percent(5);
        let mut post = self.trained((title, *hours), completed_on);
        let training =
            post.training.take().map(|training| TrainingPost { target_groups: vec![group, other], region, ..training });
        if corrected {
            // Fewer lessons than first reported: other credits, so a reversal and a new deposit.
            let mut fewer = post.clone();
            fewer.on_change = Some(OnChange::Correct);
            fewer.reason = Some("实到学时核减".to_owned());
            fewer.training = training.clone().map(|training| TrainingPost { hours: hours - 8, ..training });
            self.results.later.push(Draft { place: PROVIDER, post: fewer, to_revoke: false });
        }
        post.training = training;
        self.push(PROVIDER, post);
    }

    /// A training of so many lessons.
    pub(super) fn trained(&self, (title, hours): (&str, u32), completed_on: NaiveDate) -> AchievementPost {
        let mut post = self.blank(AchievementKind::Training, self.reference("T"), completed_on);
        post.training = Some(TrainingPost {
            class_id: None,
            title: title.to_owned(),
            hours,
            lesson_minutes: Some(45),
            target_groups: vec![TargetGroup::Other],
            region: REGIONS.first().map(ToString::to_string),
        });
        post
    }

    pub(super) fn competition(&mut self) {
        if !self.random.percent(4) {
            return;
        }
        let random = &mut self.random;
        let completed_on = self.calendar.since(self.learner.cohort, random);
        let place = random.below(COMPETITIONS.len() as u64) as usize;
        let prize = *random.pick(&PRIZES);
        // One in four takes part alone.
        let team = random.percent(75).then(|| (random.between(1, 4) as u32, 4));
        let post = self.won(place, prize, team, completed_on);
        self.push(self.school(), post);
    }

    /// A prize; `team` is place within the team and its size.
    pub(super) fn won(
        &self,
        place: usize,
        prize: Prize,
        team: Option<(u32, u32)>,
        completed_on: NaiveDate,
    ) -> AchievementPost {
        let mut post = self.blank(AchievementKind::Competition, self.reference("C"), completed_on);
        let (team_rank, team_size) = team.unzip();
        let catalogue_code = competition_code(place);
        post.competition = Some(CompetitionPost { catalogue_code, prize, team_rank, team_size });
        post
    }

    pub(super) fn experience(&mut self) {
        let serves = self.learner.number == SHOWN_VETERAN;
        if !self.random.percent(3) && !serves {
            return;
        }
        let completed_on = self.calendar.since(self.learner.cohort, &mut self.random);
        let what = match self.random.below(3) {
            0 if !serves => ExperienceType::Apprenticeship,
            1 if !serves && self.learner.offer.level != ProgrammeLevel::Secondary => ExperienceType::MilitaryService,
            _ if serves => ExperienceType::MilitaryService,
            _ => ExperienceType::Internship,
        };
        let (place, post) = self.experienced(what, completed_on);
        self.push(place, post);
    }

    /// Practical experience, and where its poster stands in the list of institutions.
    pub(super) fn experienced(&self, what: ExperienceType, completed_on: NaiveDate) -> (usize, AchievementPost) {
        let (place, hours, enterprise) = match what {
            ExperienceType::Apprenticeship => (ENTERPRISE, Some(320), Some("夷门演示汽车制造有限公司".to_owned())),
            ExperienceType::MilitaryService => (self.school(), None, None),
            ExperienceType::Internship => (self.school(), Some(160), Some("演示实习基地".to_owned())),
        };
        let mut post = self.blank(AchievementKind::Experience, self.reference("E"), completed_on);
        post.experience = Some(ExperiencePost { type_: what, hours, enterprise });
        (place, post)
    }
}
