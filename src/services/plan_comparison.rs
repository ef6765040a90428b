//! Comparing programmes 升学比一比: what a learner would bring into each of those that are open to it.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::Actor;
use super::error::Result;
use super::plan::{Place, aim_of};
use super::plan_basis::Aim;
use super::scope::Scope;
use crate::conversion::compare::{Compared, Kinship, PROGRAMMES_MAX, compare, kinship};
use crate::conversion::solve::Effort;
use crate::domain::credit::CreditAmount;
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::{InstitutionId, LearnerId, ProgrammeId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::level::ProgrammeLevel;
use crate::store::programme::{self, ProgrammeFilter, ProgrammeRow};
use crate::store::{enrolment, home};

/// Time for the search of each programme's plan.
const EACH: Duration = Duration::from_millis(100);

/// Which programmes are to be compared.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComparisonPost {
    /// For whom.
    pub learner_id: LearnerId,
    /// All programmes of this level…
    #[serde(default)]
    pub level: Option<ProgrammeLevel>,
    /// …of this institution…
    #[serde(default)]
    pub institution_id: Option<InstitutionId>,
    /// …or these programmes, at most 200.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub programme_ids: Vec<ProgrammeId>,
}

/// What one programme would take.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedView {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Its name.
    pub name: String,
    /// Its major code.
    pub major_code: String,
    /// Its level.
    pub level: ProgrammeLevel,
    /// Its institution.
    pub institution_id: InstitutionId,
    /// The institution's name.
    pub institution_name: String,
    /// The cohort whose plan was used.
    pub cohort: i32,
    /// How near its major is to those that the learner has studied.
    pub kinship: Kinship,
    /// Credits brought in.
    pub credits: CreditAmount,
    /// Courses exempted.
    pub courses_exempted: usize,
    /// Credits still to be gained.
    pub gap: CreditAmount,
    /// Whether the figure is proven best.
    pub optimal: bool,
}

/// Programmes side by side.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparisonView {
    /// One figure each: nearest majors first, then most credits, most courses.
    pub items: Vec<ComparedView>,
    /// Further programmes of the level, of majors less near, that were not looked at: narrow the question by institution
    /// or name them.
    pub left_out: usize,
}

/// Most programmes of a level that are looked at for the nearest: a province has a few thousand.
const LISTED_MAX: i64 = 10_000;

impl App {
    /// Compares programmes, nearest majors first, then most credits.
    pub fn compare_programmes(&self, actor: &Actor, post: &ComparisonPost) -> Result<ComparisonView> {
        actor.require(Scope::PlansRead)?;
        actor.require_self(post.learner_id)?;
        if post.programme_ids.is_empty() && post.level.is_none() {
            return Err(Invalid::one("/level", Reason::Required).into());
        }
        if post.programme_ids.len() > PROGRAMMES_MAX {
            return Err(Invalid::one("/programme_ids", Reason::TooMany { max: PROGRAMMES_MAX }).into());
        }
        let _place = Place::take()?;
        let learner = post.learner_id;
        let (inputs, majors, names, known, left_out) = self.db.read(|conn| {
            self.require_plannable(conn, actor, learner)?;
            let history = self.history(conn, learner.uuid())?;
            let enrolments: Vec<Enrolment> =
                enrolment::rows_of(conn, &[learner.uuid()], None)?.into_iter().map(|row| row.enrolment).collect();
            let mut wanted: Vec<Uuid> = post.programme_ids.iter().map(|id| id.uuid()).collect();
            let mut left_out = 0;
            if wanted.is_empty() {
                let filter = ProgrammeFilter { institution: post.institution_id, level: post.level };
                let studied: Vec<Uuid> = enrolments.iter().map(|one| one.programme_id.uuid()).collect();
                let studied = programme::of_ids(conn, &studied)?;
                let majors: Vec<String> = studied.into_values().map(|row| row.major_code).collect();
                let mut listed = programme::list(conn, filter, None, LISTED_MAX)?;
                // A programme without any plan is open to nobody.
                let ids: Vec<Uuid> = listed.iter().map(|row| row.programme.id).collect();
                let plans = enrolment::plans(conn, &ids)?;
                listed.retain(|row| plans.get(&row.programme.id).is_some_and(|plans| !plans.versions.is_empty()));
                let listed = listed.into_iter().map(|row| (row.programme.id, row.programme.major_code));
                (wanted, left_out) = nearest(listed.collect(), &majors);
            }
            wanted.sort_unstable();
            wanted.dedup();
            let studied: Vec<Uuid> = enrolments.iter().map(|one| one.programme_id.uuid()).collect();
            let known: HashMap<Uuid, ProgrammeRow> =
                programme::of_ids(conn, &wanted.iter().chain(&studied).copied().collect::<Vec<_>>())?;
            let majors: Vec<String> = studied.iter().filter_map(|id| Some(known.get(id)?.major_code.clone())).collect();
            let live = |programme: &Uuid| {
                let own = enrolments.iter().filter(|one| one.programme_id.uuid() == *programme && one.status.is_live());
                own.max_by_key(|one| (one.from_on, one.id)).map(aim_of)
            };
            let own: Vec<Aim> = wanted.iter().filter_map(live).collect();
            let others: Vec<Uuid> =
                wanted.iter().filter(|id| own.iter().all(|aim| aim.programme != **id)).copied().collect();
            let aims: Vec<Aim> = own.into_iter().chain(self.newest_aims(conn, &others)?).collect();
            let inputs = self.plan_inputs(conn, learner.uuid(), &history, &aims, self.clock.today())?;
            let institutions: Vec<Uuid> = known.values().map(|row| row.institution_id).collect();
            let names = home::institution_names(conn, &institutions)?;
            Ok::<_, super::error::Error>((inputs, majors, names, known, left_out))
        })?;
        let compared = compare(&inputs, &majors, Effort { time: Some(EACH), nodes: None });
        if let Actor::Client(client) = actor {
            self.db.write(|conn| self.audit_client(conn, client, "compare_programmes", Some(learner), true, None))?;
        }
        let view = |one: &Compared| {
            let row = known.get(&one.programme)?;
            let cohort = inputs.iter().find(|input| input.programme.programme == one.programme)?.programme.cohort;
            Some(ComparedView {
                programme_id: ProgrammeId::from_uuid(one.programme),
                name: row.name.clone(),
                major_code: row.major_code.clone(),
                level: row.level,
                institution_id: InstitutionId::from_uuid(row.institution_id),
                institution_name: names.get(&row.institution_id).cloned().unwrap_or_default(),
                cohort,
                kinship: one.kinship,
                credits: one.credits,
                courses_exempted: one.courses,
                gap: one.gap,
                optimal: one.optimal,
            })
        };
        Ok(ComparisonView { items: compared.iter().filter_map(view).collect(), left_out })
    }
}

/// Of too many programmes those of the nearest majors, and how many others there are.
fn nearest(mut listed: Vec<(Uuid, String)>, majors: &[String]) -> (Vec<Uuid>, usize) {
    listed.sort_by_key(|(id, major)| (kinship(majors, major), *id));
    let left_out = listed.len().saturating_sub(PROGRAMMES_MAX);
    (listed.into_iter().take(PROGRAMMES_MAX).map(|(id, _)| id).collect(), left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_the_nearest_are_compared_and_the_others_counted() {
        let id = |number: usize| Uuid::from_u128(number as u128);
        let major = |number: usize| if number.is_multiple_of(2) { "510202" } else { "560213" };
        let listed = |count: usize| (0..count).map(|number| (id(number), major(number).to_owned())).collect();
        let studied = ["710202".to_owned()];
        let (wanted, left_out) = nearest(listed(PROGRAMMES_MAX), &studied);
        assert_eq!((wanted.len(), left_out), (PROGRAMMES_MAX, 0));
        let (wanted, left_out) = nearest(listed(PROGRAMMES_MAX + 50), &studied);
        assert_eq!((wanted.len(), left_out), (PROGRAMMES_MAX, 50));
        assert!(
            (0..PROGRAMMES_MAX + 50).step_by(2).all(|number| wanted.contains(&id(number))),
            "all of the same class"
        );
    }
}
