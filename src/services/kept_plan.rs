//! Plans kept for application, and for evaluating again what was decided (I10).
//!
//! What a plan was made from is sealed under the learner's key: it holds scores. Documents of rule versions are left out and
//! put back from the store, since a published version never changes and may be megabytes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::actor::Actor;
use super::error::{Error, Result};
use super::{App, sealing};
use crate::conversion::input::PlanInput;
use crate::conversion::plan::ConversionPlan;
use crate::crypto::seal::DataKey;
use crate::domain::ids::RuleSetId;
use crate::domain::time::Instant;
use crate::store::book;
use crate::store::conn::Conn;
use crate::store::conversion_plan::{self, Asker, PlanRow};
use crate::store::error::{Result as StoreResult, StoreError};
use crate::store::rules_in_force;

/// How long a plan may be applied for, days: the rules of a term and the results it rests on change slowly, and all of it is
/// checked again anyway.
pub const PLAN_DAYS: i64 = 7;

/// Most plans kept of one learner that nobody has applied for: the oldest go.
pub const UNAPPLIED_MAX: i64 = 20;

/// What is sealed of a plan. The input's rule sets are left empty. Of a plan with supposed achievements nothing is kept but
/// that it was made: it is never applied for.
#[derive(Serialize, Deserialize)]
struct Kept {
    input: PlanInput,
    rules: Vec<(Uuid, i64)>,
    plan: ConversionPlan,
}

/// A plan taken out again, its input as it was.
#[derive(Debug, Clone)]
pub struct KeptPlan {
    /// Where and when it was made.
    pub row: PlanRow,
    /// What it was made from.
    pub input: PlanInput,
    /// What came out.
    pub plan: ConversionPlan,
}

impl App {
    /// Keeps a plan made for `learner` at the place `seq` of its chain; answers its id and until when it is kept. Beyond [`UNAPPLIED_MAX`] the oldest
    /// that nobody has applied for are dropped.
    pub fn keep_plan(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        (learner, seq): (Uuid, i64),
        input: &PlanInput,
        plan: &ConversionPlan,
    ) -> Result<(Uuid, Instant)> {
        let key = self.learner_key(conn, learner)?.ok_or(Error::NotFound)?;
        let (id, now) = (self.ids.id(), self.clock.now());
        let rules = input.rule_sets.iter().map(|set| (set.rule_set, set.version)).collect();
        let hypothetical = input.evidence.iter().any(|evidence| evidence.hypothetical);
        let bytes = if hypothetical {
            Vec::new()
        } else {
            let kept = Kept { input: PlanInput { rule_sets: Vec::new(), ..input.clone() }, rules, plan: plan.clone() };
            serde_json::to_vec(&kept).map_err(StoreError::broken)?
        };
        let row = PlanRow {
            learner,
            id,
            programme: input.programme.programme,
            enrolment: input.programme.enrolment,
            seq,
            on: input.on,
            hypothetical,
            credits: plan.credits,
            sealed: sealing::seal_bytes(self.ids.as_ref(), &key, learner, id, &bytes),
            created_at: now,
            expires_at: Instant::from_micros(now.micros() + PLAN_DAYS * 24 * 3_600 * 1_000_000),
        };
        let by = Asker {
            kind: actor.kind(),
            id: actor.id(),
            institution: actor.institution().map(crate::domain::ids::InstitutionId::uuid),
        };
        conversion_plan::add(conn, &row, by)?;
        let beyond = conversion_plan::unapplied(conn, learner, UNAPPLIED_MAX)?;
        if !beyond.is_empty() {
            // Whoever applies with one of them holds the lock, and looks for it again under it.
            book::lock_books(conn, self.book, &[learner])?;
            conversion_plan::forget(conn, learner, &beyond)?;
        }
        Ok((id, row.expires_at))
    }

    /// A kept plan that may be applied for; none when there is no such plan, or when its learner's key has been erased. Not
    /// for hypothetical ones, of which nothing is kept.
    pub fn kept_plan(&self, conn: &mut Conn, id: Uuid) -> Result<Option<KeptPlan>> {
        let Some(row) = conversion_plan::find(conn, id)? else { return Ok(None) };
        let Some(key) = self.learner_key(conn, row.learner)? else { return Ok(None) };
        Ok(Some(open(conn, row, &key)?))
    }
}

/// Opens a stored plan and puts its rule versions back.
pub fn open(conn: &mut Conn, row: PlanRow, key: &DataKey) -> StoreResult<KeptPlan> {
    let bytes = sealing::open_bytes(key, row.learner, row.id, &row.sealed)?;
    let Kept { mut input, rules, plan } = serde_json::from_slice(&bytes).map_err(StoreError::broken)?;
    for (set, version) in rules {
        let found = rules_in_force::version(conn, RuleSetId::from_uuid(set), version)?;
        input.rule_sets.push(found.ok_or_else(|| StoreError::broken("a plan names a rule version that is gone"))?);
    }
    Ok(KeptPlan { row, input, plan })
}
