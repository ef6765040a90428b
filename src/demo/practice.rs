//! What learners do outside courses and certificates: trainings, competitions, experience.

use super::catalogue::{COMPETITIONS, PRIZES, competition_code};
use super::places::{ENTERPRISE, PROVIDER};
use super::results::{Draft, Story};
use crate::domain::achievement::OnChange;
use crate::domain::achievement_post::{CompetitionPost, ExperiencePost, TrainingPost};
use crate::domain::experience::ExperienceType;
use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;
use crate::domain::training::TargetGroup;

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

impl Story<'_> {
    pub(super) fn training(&mut self) {
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

    pub(super) fn competition(&mut self) {
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

    pub(super) fn experience(&mut self) {
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
