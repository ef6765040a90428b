//! Conditions that credits cannot show: confirmed or failed by the school.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Result};
use super::progress::sees;
use super::scope::Scope;
use super::sealing;
use crate::conversion::progress::ConditionState;
use crate::crypto::digest::sha256;
use crate::crypto::seal::DataKey;
use crate::domain::condition::USUAL;
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::EnrolmentId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{REASON_MAX, clean_line, code};
use crate::domain::time::Instant;
use crate::store::condition::{self, ConditionRow};
use crate::store::conn::Conn;
use crate::store::{book, enrolment, programme_version};

/// A decision, as a request names it. `Debug` does not print the reason.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideCondition {
    /// What was found.
    pub state: ConditionState,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// A condition as it stands.
#[derive(Clone, Serialize, ToSchema)]
pub struct ConditionView {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// Whether the plan asks for it.
    pub asked: bool,
    /// Where it stands; null where nobody decided.
    pub state: Option<ConditionState>,
    /// Why; null once the person has been erased.
    pub reason: Option<String>,
    /// When it was decided.
    pub decided_at: Option<Instant>,
}

impl App {
    /// Decides on a condition of an enrolment at the caller's institution. Every decision stays; the latest holds.
    pub fn decide_condition(
        &self,
        actor: &ClientActor,
        id: EnrolmentId,
        condition: &str,
        decision: &DecideCondition,
    ) -> Result<ConditionView> {
        actor.require(Scope::AwardsWrite)?;
        let mut invalid = Invalid::default();
        let reason = decision.reason.as_ref().and_then(|text| invalid.take("/reason", clean_line(text, REASON_MAX)));
        if decision.state == ConditionState::Failed && decision.reason.is_none() {
            invalid.push("/reason", Reason::Required);
        }
        invalid.into_result()?;
        let code = code(condition).map_err(|_| Error::NotFound)?;
        self.db.write(|conn| {
            let enrolment = self.own_enrolment(conn, actor, id.uuid())?;
            let learner = enrolment.learner_id.uuid();
            book::lock_books(conn, self.book, &[learner])?;
            let listed = self.condition_views(conn, &enrolment)?;
            if !listed.iter().any(|view| view.code == code) {
                return Err(Error::NotFound);
            }
            let decided = condition::of_learners(conn, &[learner])?.remove(&id.uuid()).unwrap_or_default();
            let seq = decided.iter().find(|row| row.code == code).map_or(0, |row| row.seq) + 1;
            let sealed = match &reason {
                Some(reason) => {
                    let key = self.learner_key(conn, learner)?.ok_or(Error::NotFound)?;
                    let place = place(id.uuid(), &code, seq);
                    Some(sealing::seal(self.ids.as_ref(), &key, learner, place, reason))
                }
                None => None,
            };
            let row = ConditionRow {
                learner,
                enrolment: id.uuid(),
                code: code.clone(),
                seq,
                state: decision.state,
                reason: sealed,
                decided_by: actor.client.uuid(),
                decided_at: self.clock.now().micros(),
            };
            condition::add(conn, &row)?;
            let told = Some(decision.state.as_str());
            self.audit_client(conn, actor, "decide_condition", Some(enrolment.learner_id), true, told)?;
            let view = self.condition_views(conn, &enrolment)?.into_iter().find(|view| view.code == code);
            view.ok_or(Error::NotFound)
        })
    }

    /// The conditions of an enrolment: those that its plan asks for, the usual ones, and where each stands.
    pub fn list_conditions(&self, actor: &Actor, id: EnrolmentId) -> Result<Vec<ConditionView>> {
        actor.require(Scope::AwardsRead)?;
        let (learner, views) = self.db.read(|conn| {
            let found = enrolment::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            if !sees(conn, actor, &found)? {
                return Err(Error::NotFound);
            }
            Ok((found.learner_id.uuid(), self.condition_views(conn, &found)?))
        })?;
        self.audit_shown(actor, "list_conditions", Some(&format!("enrolment {id}")), [learner])?;
        Ok(views)
    }

    fn condition_views(&self, conn: &mut Conn, enrolment: &Enrolment) -> Result<Vec<ConditionView>> {
        let (learner, programme) = (enrolment.learner_id.uuid(), enrolment.programme_id.uuid());
        let plans = programme_version::of_cohorts(conn, &[(programme, enrolment.cohort)])?;
        let asked = plans.values().next().map(|row| row.plan.requirements.conditions.as_slice()).unwrap_or_default();
        let decided = condition::of_learners(conn, &[learner])?.remove(&enrolment.id.uuid()).unwrap_or_default();
        let key = self.learner_key(conn, learner)?;
        let usual = USUAL.iter().filter(|(code, _)| asked.iter().all(|one| one.code != *code));
        let all = asked
            .iter()
            .map(|one| (one.code.as_str(), one.name.as_str(), true))
            .chain(usual.map(|(code, name)| (*code, *name, false)));
        all.map(|(code, name, asked)| {
            let row = decided.iter().find(|row| row.code == code);
            let reason = row.and_then(|row| Some((row, row.reason.as_deref()?, key.as_ref()?)));
            let reason = reason.map(|(row, sealed, key)| open(key, row, sealed)).transpose()?;
            Ok(ConditionView {
                code: code.to_owned(),
                name: name.to_owned(),
                asked,
                state: row.map(|row| row.state),
                reason,
                decided_at: row.map(|row| Instant::from_micros(row.decided_at)),
            })
        })
        .collect()
    }
}

fn open(key: &DataKey, row: &ConditionRow, sealed: &[u8]) -> Result<String> {
    Ok(sealing::open(key, row.learner, place(row.enrolment, &row.code, row.seq), sealed)?)
}

/// What the reason of a decision is bound to: no two decisions share it.
fn place(enrolment: Uuid, code: &str, seq: i64) -> Uuid {
    let whole = sha256(&[enrolment.as_bytes().as_slice(), &seq.to_be_bytes(), code.as_bytes()].concat());
    Uuid::from_bytes(whole[..16].try_into().expect("16 of 32 bytes"))
}
