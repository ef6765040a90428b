//! Course results: one for each course taken, some sat again, some corrected.

use chrono::NaiveDate;

use super::calendar::Calendar;
use super::learners::Learner;
use super::places::{COLLEGE, OPEN_UNIVERSITY, UNIVERSITY};
use super::plans::PlannedCourse;
use super::results::{Draft, Story};
use crate::domain::achievement::{AchievementPost, Delivery, OnChange};
use crate::domain::achievement_post::CoursePost;
use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;
use crate::domain::score::{Score, ScoreScale};
use crate::domain::term::Attempt;

/// Where online courses are taken.
const PLATFORM: &str = "演示在线课堂";

fn percentage(value: i64) -> Score {
    Score { scale: ScoreScale::Percentage, value: value.to_string(), passed: None }
}

impl Story<'_> {
    /// Four to eight of the courses that are over, where there are so many.
    pub(super) fn courses(&mut self) {
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

    /// The result of a course of the programme in a term.
    pub(super) fn course(&mut self, course: &PlannedCourse, term: usize, weak: bool) -> AchievementPost {
        let cohort = self.learner.cohort;
        let completed_on = Calendar::examined(cohort, term, &mut self.random);
        let name = Calendar::term(cohort, term);
        let reference = format!("{name}/{}/{}", course.code, self.learner.student_no);
        let mut post = self.result(course, reference, completed_on, weak);
        post.term = Some(name);
        if self.random.percent(5) {
            post.delivery = Some(Delivery::Online);
            post.platform = Some(PLATFORM.to_owned());
        }
        post
    }

    fn result(&mut self, course: &PlannedCourse, reference: String, on: NaiveDate, weak: bool) -> AchievementPost {
        let mut post = self.blank(AchievementKind::Course, reference, on);
        post.course = Some(CoursePost {
            code: course.code.clone(),
            name: course.name.to_owned(),
            hours: Some(course.hours),
            practice_hours: Some(course.practice_hours),
        });
        post.programme_id = Some(self.learner.offer.id);
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
        post
    }

    /// Some take an elective online at another school, outside any enrolment.
    pub(super) fn elsewhere(&mut self) {
        let Learner { offer, cohort, .. } = self.learner;
        let place = match (offer.place, offer.level) {
            (_, ProgrammeLevel::Secondary) => return,
            (OPEN_UNIVERSITY, ProgrammeLevel::Higher) => COLLEGE,
            (OPEN_UNIVERSITY, ProgrammeLevel::Undergraduate) => UNIVERSITY,
            _ => OPEN_UNIVERSITY,
        };
        let electives: Vec<&PlannedCourse> =
            offer.courses.iter().filter(|course| course.code.starts_with("XX")).collect();
        if !self.random.percent(6) || electives.is_empty() {
            return;
        }
        let course = *self.random.pick(&electives);
        let completed_on = self.calendar.since(*cohort, &mut self.random);
        let mut post = self.result(course, self.reference(&course.code), completed_on, false);
        post.programme_id = None;
        post.credit_type = Some(offer.level.credit_type());
        post.delivery = Some(Delivery::Online);
        post.platform = Some(PLATFORM.to_owned());
        self.push(place, post);
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
        corrected.reason = Some("成绩登记有误，经复核更正".to_owned());
        // The scores posted first are whole, so this one differs.
        corrected.score = Some(Score { scale: ScoreScale::Percentage, value: "88.5".to_owned(), passed: None });
        self.results.later.push(Draft { place: self.school(), post: corrected, to_revoke: false });
    }
}
