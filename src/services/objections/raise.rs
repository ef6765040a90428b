//! What the learner does: raise an objection, and take it to the bureau.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::place_of;
use super::{NOUN, ObjectionView, require_objection};
use crate::crypto::keys::Purpose;
use crate::crypto::seal::DataKey;
use crate::domain::case::{ANSWER_DAYS, BUREAU_DAYS, OPEN_MAX, StepKind};
use crate::domain::ids::ObjectionId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::objection::{NewObjection, ObjectionState, ObjectionText, Subject};
use crate::ledger::transaction::About;
use crate::services::App;
use crate::services::actor::Actor;
use crate::services::case::{Said, written};
use crate::services::error::{Error, Result};
use crate::services::idempotency::{Answer, Once};
use crate::services::refusal::Refusal;
use crate::services::sealing;
use crate::store::book_rows::{Span, transactions_within};
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::objection::{self, ObjectionRow};
use crate::store::{book, reading};

/// Taking an answered objection to the bureau.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Why the answer does not do.
    #[schema(max_length = 4000)]
    pub reason: String,
}

/// What an objection is to, looked up.
struct Found {
    institution: Uuid,
    transaction: Option<Uuid>,
    achievement: Option<Uuid>,
}

impl App {
    /// Raises an objection; it goes to the issuer.
    pub fn raise_objection(&self, actor: &Actor, new: &NewObjection, once: &Once) -> Result<Answer<ObjectionView>> {
        let learner = actor.learner()?.learner.uuid();
        let (subject, text) = new.validate()?;
        let id = self.ids.id();
        self.once_an_objection(actor, once, |conn| {
            let key = self.learner_key(conn, learner)?.ok_or(Error::NotFound)?;
            // Two objections at once must see each other.
            book::lock_books(conn, self.book, &[learner])?;
            let found = self.subject_of(conn, learner, subject)?;
            let (sealed, digest) = self.sealed_objection(&key, learner, id, subject, &text)?;
            let open = objection::of_learner(conn, learner)?;
            let open: Vec<_> = open.iter().filter(|one| one.state.is_open()).collect();
            if open.iter().any(|one| one.digest == digest) {
                return Err(Refusal::AlreadyExists.into());
            }
            if open.len() >= OPEN_MAX {
                return Err(Refusal::TooManyOpen { limit: OPEN_MAX }.into());
            }
            let due = self.due_in(conn, ANSWER_DAYS)?;
            let now = self.clock.now().micros();
            let row = ObjectionRow {
                learner,
                id,
                institution: found.institution,
                kind: new.kind,
                transaction: found.transaction,
                achievement: found.achievement,
                digest,
                sealed,
                state: ObjectionState::Open,
                outcome: None,
                due_on: Some(due),
                answered_by: None,
                correction: None,
                version: 1,
                created_at: now,
                updated_at: now,
            };
            objection::insert(conn, &row)?;
            let said = Said { due_on: Some(due), ..Said::default() };
            self.step(conn, actor, &key, (learner, NOUN, id), StepKind::Raised, said)?;
            Ok(id)
        })
    }

    /// Takes an objection whose answer does not do to the bureau, in time.
    pub fn escalate_objection(
        &self,
        actor: &Actor,
        id: ObjectionId,
        new: &Escalation,
        once: &Once,
    ) -> Result<Answer<ObjectionView>> {
        actor.learner()?;
        let reason = written("/reason", &new.reason)?;
        self.once_an_objection(actor, once, |conn| {
            let mut row = objection::take(conn, id.uuid())?.ok_or(Error::NotFound)?;
            require_objection(conn, actor, &row)?;
            if row.state != ObjectionState::Answered {
                return Err(Refusal::NotInThisState { state: row.state.to_string() }.into());
            }
            if let Some(until) = row.due_on.filter(|until| *until < self.clock.today()) {
                return Err(Refusal::PeriodOver { until }.into());
            }
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            row.state = ObjectionState::Escalated;
            row.due_on = Some(self.due_in(conn, BUREAU_DAYS)?);
            let said = Said { due_on: row.due_on, text: Some(&reason), ..Said::default() };
            self.store_objection(conn, actor, &key, row, StepKind::Escalated, said)
        })
    }

    /// Does something at most once for a key and answers the objection it was done to.
    pub(super) fn once_an_objection(
        &self,
        actor: &Actor,
        once: &Once,
        effect: impl FnMut(&mut Conn) -> Result<Uuid>,
    ) -> Result<Answer<ObjectionView>> {
        let (id, replayed) = self.idempotently(once, effect)?.parts();
        let view = self.objection_view(actor, ObjectionId::from_uuid(id))?;
        Ok(if replayed { Answer::Replayed(view) } else { Answer::Fresh(view) })
    }

    /// Writes what a taken objection has become, and the step that led there.
    pub(super) fn store_objection(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        key: &DataKey,
        mut row: ObjectionRow,
        step: StepKind,
        said: Said<'_>,
    ) -> Result<Uuid> {
        row.updated_at = self.clock.now().micros();
        objection::update(conn, &row)?;
        self.step(conn, actor, key, (row.learner, NOUN, row.id), step, said)?;
        Ok(row.id)
    }

    /// Who posted what the objection is to, which must be the learner's own; what is another's does not exist.
    fn subject_of(&self, conn: &mut Conn, learner: Uuid, subject: Subject) -> Result<Found> {
        let unknown = |pointer: &str| Error::from(Invalid::one(pointer, Reason::Unknown));
        match subject {
            Subject::Transaction(id) => {
                let place = reading::place_of_transaction(conn, id)?.filter(|(whose, _)| *whose == learner);
                let (_, seq) = place.ok_or_else(|| unknown("/transaction_id"))?;
                let mut found = transactions_within(conn, &[learner], Span { first: seq, last: seq })?;
                let t = found.pop().ok_or_else(|| unknown("/transaction_id"))?;
                let achievement = t.about.filter(|_| t.cause.about() == About::Achievement);
                Ok(Found { institution: place_of(conn, &t)?.institution, transaction: Some(id), achievement })
            }
            Subject::Achievement(id) => {
                let history = self.history(conn, learner)?;
                let found = history.achievements.iter().find(|a| a.id == id);
                let found = found.ok_or_else(|| unknown("/achievement_id"))?;
                Ok(Found { institution: found.institution, transaction: None, achievement: Some(id) })
            }
            Subject::Missing(institution) => {
                let row = self.active_institution(conn, "/institution_id", institution)?;
                Ok(Found { institution: row.id.uuid(), transaction: None, achievement: None })
            }
        }
    }

    /// The words as they are stored, and the digest by which an objection to the same thing is known again.
    fn sealed_objection(
        &self,
        key: &DataKey,
        learner: Uuid,
        id: Uuid,
        subject: Subject,
        text: &ObjectionText,
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let words = serde_json::to_string(text).map_err(StoreError::broken)?;
        let (what, of, title) = match subject {
            Subject::Transaction(id) => ("transaction", id, String::new()),
            Subject::Achievement(id) => ("achievement", id, String::new()),
            Subject::Missing(institution) => {
                let term = text.term.as_ref().map(ToString::to_string).unwrap_or_default();
                ("missing", institution.uuid(), format!("{term}/{}", text.title.as_deref().unwrap_or_default()))
            }
        };
        let parts: [&[u8]; 5] = [b"objection", learner.as_bytes(), what.as_bytes(), of.as_bytes(), title.as_bytes()];
        let digest = self.keys.digest(Purpose::Content, &parts);
        Ok((sealing::seal(self.ids.as_ref(), key, learner, id, &words), digest.to_vec()))
    }
}
