//! Simulation 规则模拟: who would gain and who would lose by a version of a rule set, before it is in force.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Result};
use super::job::own_of;
use super::rule_set;
use super::scope::Scope;
use crate::domain::ids::{JobId, RuleSetId};
use crate::store::error::StoreError;
use crate::store::job::{JobKind, JobRow};
use crate::store::job_results;
pub use crate::store::job_results::{Side, SimulationRow};

/// What the job is asked, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    pub rule_set: Uuid,
    pub version: i64,
    /// SHA-256 of the document: another one is another simulation.
    pub digest: String,
    /// The day on which both sides are looked at: the version's first, or today where it has begun.
    pub on: NaiveDate,
}

impl App {
    /// Asks what a version of the caller's would change for all learners whom it reaches.
    pub fn create_simulation(&self, actor: &ClientActor, id: RuleSetId, version: i64) -> Result<JobRow> {
        actor.require(Scope::RulesWrite)?;
        let today = self.clock.today();
        self.db.write(|conn| {
            let view = rule_set::view(conn, &(*actor).into(), id, Some(version))?;
            if !view.own {
                return Err(Error::Forbidden);
            }
            let request = Request {
                rule_set: id.uuid(),
                version,
                digest: hex::encode(view.version.digest),
                on: view.document.effective_from.max(today),
            };
            let request = serde_json::to_string(&request).map_err(StoreError::broken)?;
            self.enqueue(conn, actor, JobKind::Simulation, request)
        })
    }

    /// Up to `limit` of the learners for whom something changes, after an enrolment.
    pub fn list_simulation_results(
        &self,
        actor: &ClientActor,
        id: JobId,
        side: Side,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<SimulationRow>> {
        actor.require(Scope::RulesRead)?;
        let rows = self.db.read(|conn| {
            own_of(conn, actor, id, JobKind::Simulation)?;
            Ok::<_, Error>(job_results::simulated(conn, id, side, after.unwrap_or_default(), limit)?)
        })?;
        let shown = rows.iter().map(|row| row.learner);
        self.audit_shown(&Actor::Client(*actor), "list_simulation_results", Some(&format!("simulation {id}")), shown)?;
        Ok(rows)
    }
}
