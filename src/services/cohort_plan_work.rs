//! The work behind a cohort's list.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cohort_plan::Request;
use super::error::Result;
use super::job_work::{Chunk, Found, Pace, Step, Work};
use super::plan_basis::{Aim, Shared};
use super::{App, sealing};
use crate::conversion::evaluate::{Effort, evaluate_within};
use crate::conversion::rule_set::RuleSetVersion;
use crate::store::error::StoreError;
use crate::store::job::JobRow;
use crate::store::job_results::CohortPlanRow;
use crate::store::rules_in_force::{self, RuleKeys};
use crate::store::{enrolment, programme};

/// Learners per chunk.
const CHUNK: i64 = 50;
/// Time for the search of one plan.
const EFFORT: Effort = Effort { time: Some(Duration::from_millis(800)), nodes: None };

#[derive(Default)]
pub(super) struct CohortPlanWork {
    shared: Shared,
}

/// Where it goes on, and what has been added up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Progress {
    after: Uuid,
    tally: Tally,
}

/// What came out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Tally {
    learners: i64,
    could_convert: i64,
    credits: i64,
    courses: i64,
    not_proven_best: i64,
}

impl Work for CohortPlanWork {
    fn chunk(&mut self, app: &App, job: &JobRow, pace: &Pace<'_>) -> Result<Step> {
        let request: Request = serde_json::from_str(&job.request).map_err(StoreError::broken)?;
        let mut progress: Progress = read(&job.progress)?;
        let key = (request.programme, request.cohort);
        let class = request.class.as_deref();
        let (enrolments, total, rule_sets, basis) = app.db.read(|conn| {
            let cohorts = enrolment::live_cohorts(conn, request.programme, class)?;
            let total = cohorts.iter().filter(|(cohort, _)| *cohort == request.cohort).map(|(_, count)| count).sum();
            let enrolments = enrolment::live_page(conn, key, class, progress.after, CHUNK)?;
            let learners: Vec<Uuid> = enrolments.iter().map(|one| one.learner_id.uuid()).collect();
            self.shared.ask(conn, &[key])?;
            let basis = app.plan_basis(conn, &mut self.shared, &learners, Some(job.watermark))?;
            let institution = programme::of_ids(conn, &[request.programme])?.remove(&request.programme);
            let rule_sets = match institution {
                Some(programme) => {
                    let institution = programme.institution_id;
                    let keys = RuleKeys { programme: request.programme, institution, cohort: request.cohort };
                    rules_in_force::in_force(conn, request.on, &keys)?
                }
                None => Vec::new(),
            };
            Ok::<_, super::error::Error>((enrolments, total, rule_sets, basis))
        })?;
        let mut rule_sets: Vec<RuleSetVersion> = rule_sets.iter().map(|set| RuleSetVersion::clone(set)).collect();
        let mut rows = Vec::with_capacity(enrolments.len());
        let mut done = 0;
        for one in &enrolments {
            if done > 0 && pace.is_over() {
                break;
            }
            done += 1;
            progress.after = one.id.uuid();
            progress.tally.learners += 1;
            let learner = one.learner_id.uuid();
            let aim = Aim { programme: request.programme, cohort: request.cohort, enrolment: Some(one.id) };
            let Some(own) = basis.get(&learner) else { continue };
            let Some((mut input, key)) = own.input(&self.shared, aim, request.on).zip(own.key.as_ref()) else {
                continue;
            };
            // Lent to one input after the other: a set may be megabytes.
            std::mem::swap(&mut input.rule_sets, &mut rule_sets);
            let plan = evaluate_within(&input, EFFORT);
            std::mem::swap(&mut input.rule_sets, &mut rule_sets);
            let courses = plan.lines.iter().map(|line| line.grants.exempts.len()).sum::<usize>();
            let courses = i64::try_from(courses).unwrap_or(i64::MAX);
            progress.tally.could_convert += i64::from(!plan.lines.is_empty());
            progress.tally.credits += plan.credits.thousandths();
            progress.tally.courses += courses;
            progress.tally.not_proven_best += i64::from(!plan.optimal);
            let lines = serde_json::to_vec(&plan.lines).map_err(StoreError::broken)?;
            rows.push(CohortPlanRow {
                learner,
                enrolment: one.id.uuid(),
                credits: plan.credits,
                courses,
                sealed: sealing::seal_bytes(app.ids.as_ref(), key, learner, job.id.uuid(), &lines),
            });
        }
        let all = i64::try_from(enrolments.len()).unwrap_or(i64::MAX);
        let more = all == CHUNK || done < all;
        Ok(Step::Done(Chunk {
            done,
            total,
            found: Found::CohortPlans(rows),
            progress: write(&progress)?,
            result: if more { None } else { Some(result(&progress.tally)) },
        }))
    }
}

fn result(tally: &Tally) -> String {
    let credits = crate::domain::credit::CreditAmount::from_thousandths(tally.credits);
    serde_json::json!({
        "learners": tally.learners, "could_convert": tally.could_convert, "credits": credits, "courses": tally.courses,
        "not_proven_best": tally.not_proven_best,
    })
    .to_string()
}

/// Reads progress; nothing has been done where nothing is written.
pub(super) fn read<T: Default + serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    if text.is_empty() {
        return Ok(T::default());
    }
    Ok(serde_json::from_str(text).map_err(StoreError::broken)?)
}

/// Writes progress.
pub(super) fn write<T: Serialize>(progress: &T) -> Result<String> {
    Ok(serde_json::to_string(progress).map_err(StoreError::broken)?)
}
