//! Objections: raised by the learner, answered by the issuer, decided by the bureau where the issuer refuses or is late.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::actor::Actor;
use super::case::StepView;
use super::error::{Error, Result};
use super::oversight::is_of_or_over;
use super::recognition::{QueuePlace, next_place, queue_of};
use super::scope::Scope;
use super::sealing;
use crate::crypto::seal::DataKey;
use crate::domain::case::Turn;
use crate::domain::ids::{AchievementId, InstitutionId, LearnerId, ObjectionId, TransactionId};
use crate::domain::objection::{ObjectionKind, ObjectionOutcome, ObjectionState, ObjectionText};
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::objection::{self, Correction, ObjectionRow};

mod answer;
mod raise;

pub use answer::ObjectionAnswer;
pub use raise::Escalation;

/// The noun of audit rows.
const NOUN: &str = "objection";

/// An objection in a list.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = ObjectionBrief)]
pub struct ObjectionBrief {
    /// Its id.
    pub id: ObjectionId,
    /// Whose.
    pub learner_id: LearnerId,
    /// The issuer: who posted the entry, or should have posted it.
    pub institution_id: InstitutionId,
    /// What it is to.
    pub kind: ObjectionKind,
    /// The transaction it is to.
    pub transaction_id: Option<TransactionId>,
    /// The achievement it is to.
    pub achievement_id: Option<AchievementId>,
    /// Where it stands.
    pub state: ObjectionState,
    /// What was answered or decided last.
    pub outcome: Option<ObjectionOutcome>,
    /// The achievement that was corrected, revoked or posted for it.
    pub correction_id: Option<AchievementId>,
    /// The transaction that undid or replaced what is no achievement.
    pub correction_transaction_id: Option<TransactionId>,
    /// Whose turn it is, and until when.
    pub turn: Turn,
    /// When it was raised.
    pub raised_at: Instant,
    /// When something was done last.
    pub updated_at: Instant,
}

/// An objection with all that belongs to it.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Objection)]
pub struct ObjectionView {
    /// Where it stands.
    #[serde(flatten)]
    pub brief: ObjectionBrief,
    /// What is missing.
    pub title: Option<String>,
    /// The term of what is missing.
    pub term: Option<Term>,
    /// Why.
    pub reason: String,
    /// What has been done, in order.
    pub steps: Vec<StepView>,
}

/// Which objections are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct ObjectionFilter {
    /// In this state.
    pub state: Option<ObjectionState>,
    /// Overdue ones only.
    pub overdue: bool,
}

impl App {
    /// A page of objections, what is due first before what is due later. A learner sees its own, all at once and the
    /// newest first; an institution those to what it posted or should have; a bureau those it has to see to.
    pub fn list_objections(
        &self,
        actor: &Actor,
        filter: ObjectionFilter,
        after: Option<QueuePlace>,
        limit: i64,
    ) -> Result<(Vec<ObjectionBrief>, Option<QueuePlace>)> {
        actor.require(Scope::CasesRead)?;
        let today = self.clock.today();
        let (briefs, next) = self.db.read(|conn| {
            let (rows, next) = match actor {
                Actor::Learner(own) => (objection::of_learner(conn, own.learner.uuid())?, None),
                Actor::Client(client) => {
                    let overdue = filter.overdue.then_some(today);
                    let queue = queue_of(conn, client, today)?;
                    let mut rows = objection::queue(conn, &queue, filter.state, overdue, after, limit + 1)?;
                    let next = next_place(&mut rows, limit, |row| (row.queue_on(), row.id));
                    (rows, next)
                }
            };
            let wanted = |brief: &ObjectionBrief| {
                filter.state.is_none_or(|state| brief.state == state) && (!filter.overdue || brief.turn.overdue)
            };
            let briefs: Vec<ObjectionBrief> = rows.iter().map(|row| brief(row, today)).filter(wanted).collect();
            Ok::<_, Error>((briefs, next))
        })?;
        self.audit_shown(actor, "list_objections", None, briefs.iter().map(|brief| brief.learner_id.uuid()))?;
        Ok((briefs, next))
    }

    /// One objection.
    pub fn get_objection(&self, actor: &Actor, id: ObjectionId) -> Result<ObjectionView> {
        actor.require(Scope::CasesRead)?;
        let view = self.objection_view(actor, id)?;
        self.audit_look(actor, "view_objection", view.brief.learner_id.uuid(), &format!("{NOUN} {id}"))?;
        Ok(view)
    }

    /// An objection as it stands, for whoever may see it.
    fn objection_view(&self, actor: &Actor, id: ObjectionId) -> Result<ObjectionView> {
        self.db.read(|conn| {
            let row = objection::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            require_objection(conn, actor, &row)?;
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            let ObjectionText { title, term, reason } = text_of(&row, &key)?;
            let steps = self.steps(conn, &key, row.learner, row.id)?;
            Ok(ObjectionView { brief: brief(&row, self.clock.today()), title, term, reason, steps })
        })
    }
}

/// Refuses unless the objection exists for the actor: its learner, the issuer, the bureau over the issuer.
fn require_objection(conn: &mut Conn, actor: &Actor, row: &ObjectionRow) -> Result<()> {
    let may = match actor {
        Actor::Learner(own) => own.learner.uuid() == row.learner,
        Actor::Client(_) => is_of_or_over(conn, actor, row.institution)?,
    };
    if may { Ok(()) } else { Err(Error::NotFound) }
}

fn text_of(row: &ObjectionRow, key: &DataKey) -> Result<ObjectionText> {
    let text = sealing::open(key, row.learner, row.id, &row.sealed)?;
    serde_json::from_str(&text).map_err(|_| StoreError::broken("an objection does not read").into())
}

fn brief(row: &ObjectionRow, today: NaiveDate) -> ObjectionBrief {
    ObjectionBrief {
        id: ObjectionId::from_uuid(row.id),
        learner_id: LearnerId::from_uuid(row.learner),
        institution_id: InstitutionId::from_uuid(row.institution),
        kind: row.kind,
        transaction_id: row.transaction.map(TransactionId::from_uuid),
        achievement_id: row.achievement.map(AchievementId::from_uuid),
        state: row.state,
        outcome: row.outcome,
        correction_id: match row.correction {
            Some(Correction::Achievement(id)) => Some(AchievementId::from_uuid(id)),
            _ => None,
        },
        correction_transaction_id: match row.correction {
            Some(Correction::Transaction(id)) => Some(TransactionId::from_uuid(id)),
            _ => None,
        },
        turn: row.state.turn(row.due_on, today),
        raised_at: Instant::from_micros(row.created_at),
        updated_at: Instant::from_micros(row.updated_at),
    }
}
