//! What the issuer and the bureau do: answer, decide, and correct what they were told to.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ObjectionView, require_objection};
use crate::domain::award::AwardState;
use crate::domain::case::{ANSWER_DAYS, APPEAL_DAYS, StepKind};
use crate::domain::ids::{AchievementId, ObjectionId, TransactionId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::objection::{ObjectionKind, ObjectionOutcome, ObjectionState};
use crate::ledger::history::History;
use crate::ledger::transaction::{About, Cause, Transaction, TransactionKind};
use crate::services::App;
use crate::services::actor::{Actor, ClientActor};
use crate::services::case::{Said, written};
use crate::services::error::{Error, Result};
use crate::services::idempotency::{Answer, Once};
use crate::services::oversight::is_bureau_over;
use crate::services::refusal::Refusal;
use crate::services::scope::Scope;
use crate::store::conn::Conn;
use crate::store::objection::{self, Correction, ObjectionRow};
use crate::store::{award, conversion};

/// An answer to an objection.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectionAnswer {
    /// Whether the objection is right.
    pub outcome: ObjectionOutcome,
    /// Why, for the learner.
    #[schema(max_length = 4000)]
    pub reason: String,
    /// With `accepted`: what was corrected, revoked or posted for it. The bureau may leave out what corrects: then the issuer
    /// is told to correct.
    #[serde(default)]
    pub achievement_id: Option<AchievementId>,
    /// In its place, for an entry that is no achievement: the transaction that undid a conversion, an award or a transfer,
    /// or did it anew.
    #[serde(default)]
    pub transaction_id: Option<TransactionId>,
}

impl App {
    /// Answers an objection: the issuer within its days, a bureau after them and where the learner asked it to. What the
    /// bureau says is final.
    pub fn answer_objection(
        &self,
        actor: &ClientActor,
        id: ObjectionId,
        answer: &ObjectionAnswer,
        once: &Once,
    ) -> Result<Answer<ObjectionView>> {
        actor.require(Scope::CasesDecide)?;
        let reason = written("/reason", &answer.reason)?;
        let caller = Actor::Client(*actor);
        self.once_an_objection(&caller, once, |conn| {
            let row = objection::take(conn, id.uuid())?.ok_or(Error::NotFound)?;
            require_objection(conn, &caller, &row)?;
            let overdue = row.state.turn(row.due_on, self.clock.today()).overdue;
            let issuer = actor.institution.uuid() == row.institution;
            let bureau = is_bureau_over(conn, actor, row.institution)?;
            let in_place = bureau && overdue;
            match row.state {
                ObjectionState::Open if issuer => self.answer(conn, actor, row, answer, &reason),
                ObjectionState::Open if in_place => self.settle(conn, actor, row, answer, &reason),
                ObjectionState::Escalated if bureau => self.settle(conn, actor, row, answer, &reason),
                ObjectionState::Ordered if issuer || in_place => self.obey(conn, actor, row, answer, &reason),
                ObjectionState::Answered | ObjectionState::Final => {
                    Err(Refusal::NotInThisState { state: row.state.to_string() }.into())
                }
                _ => Err(Error::Forbidden),
            }
        })
    }

    /// The issuer's own answer, which the learner may take to the bureau.
    fn answer(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        mut row: ObjectionRow,
        answer: &ObjectionAnswer,
        reason: &str,
    ) -> Result<Uuid> {
        row.correction = self.correction(conn, &row, answer)?;
        if answer.outcome == ObjectionOutcome::Accepted && row.correction.is_none() {
            return Err(missing(&row));
        }
        row.outcome = Some(answer.outcome);
        row.answered_by = Some(actor.client.uuid());
        row.state = ObjectionState::Answered;
        row.due_on = Some(self.due_in(conn, APPEAL_DAYS)?);
        self.store_answer(conn, actor, row, StepKind::Answered, reason)
    }

    /// The bureau's decision. Where it finds the objection right and nothing is corrected yet, the issuer is told to.
    fn settle(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        mut row: ObjectionRow,
        answer: &ObjectionAnswer,
        reason: &str,
    ) -> Result<Uuid> {
        if row.answered_by == Some(actor.client.uuid()) {
            return Err(Refusal::FourEyes.into());
        }
        let correction = self.correction(conn, &row, answer)?;
        row.outcome = Some(answer.outcome);
        let ordered = answer.outcome == ObjectionOutcome::Accepted && correction.is_none();
        row.correction = correction.or(row.correction);
        let step = if ordered {
            row.state = ObjectionState::Ordered;
            row.due_on = Some(self.due_in(conn, ANSWER_DAYS)?);
            StepKind::Ordered
        } else {
            row.state = ObjectionState::Final;
            row.due_on = None;
            StepKind::Settled
        };
        self.store_answer(conn, actor, row, step, reason)
    }

    /// The correction that the bureau told the issuer to make.
    fn obey(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        mut row: ObjectionRow,
        answer: &ObjectionAnswer,
        reason: &str,
    ) -> Result<Uuid> {
        if answer.outcome != ObjectionOutcome::Accepted {
            return Err(Invalid::one("/outcome", Reason::NotAllowedHere).into());
        }
        let correction = self.correction(conn, &row, answer)?;
        row.correction = Some(correction.ok_or_else(|| missing(&row))?);
        row.state = ObjectionState::Final;
        row.due_on = None;
        self.store_answer(conn, actor, row, StepKind::Settled, reason)
    }

    fn store_answer(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        row: ObjectionRow,
        step: StepKind,
        reason: &str,
    ) -> Result<Uuid> {
        let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
        let outcome = row.outcome.map(ObjectionOutcome::as_str);
        let said = Said { outcome, due_on: row.due_on, text: Some(reason), ..Said::default() };
        self.store_objection(conn, &Actor::Client(*actor), &key, row, step, said)
    }

    /// What an answer names as the correction, checked; none where it names nothing.
    fn correction(&self, conn: &mut Conn, row: &ObjectionRow, answer: &ObjectionAnswer) -> Result<Option<Correction>> {
        let (named, pointer) = match (answer.achievement_id, answer.transaction_id) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(Invalid::one("", Reason::ExactlyOne { of: "achievement_id, transaction_id" }).into());
            }
            (Some(id), None) => (Correction::Achievement(id.uuid()), "/achievement_id"),
            (None, Some(id)) => (Correction::Transaction(id.uuid()), "/transaction_id"),
        };
        let elsewhere = matches!(named, Correction::Transaction(_)) && row.kind == ObjectionKind::Missing;
        if answer.outcome == ObjectionOutcome::Refused || elsewhere {
            return Err(Invalid::one(pointer, Reason::NotAllowedHere).into());
        }
        let history = self.history(conn, row.learner)?;
        let fits = match named {
            Correction::Achievement(id) => corrected(&history, row, id),
            Correction::Transaction(id) => replaced(conn, &history, row, id)?,
        };
        if fits { Ok(Some(named)) } else { Err(Refusal::NotACorrection.at(pointer).into()) }
    }
}

/// That nothing is named which corrects.
fn missing(row: &ObjectionRow) -> Error {
    let no_achievement = row.transaction.is_some() && row.achievement.is_none();
    let pointer = if no_achievement { "/transaction_id" } else { "/achievement_id" };
    Invalid::one(pointer, Reason::Required).into()
}

/// Whether an achievement is the learner's, the issuer's, and written since the objection. To an entry it is a revision of
/// that entry, unless the entry itself no longer stands.
fn corrected(history: &History, row: &ObjectionRow, id: Uuid) -> bool {
    let of = |id: Uuid| history.achievements.iter().find(|a| a.id == id);
    let Some(named) = of(id).filter(|a| a.institution == row.institution) else { return false };
    let written = |t: &Transaction| t.about == Some(id) && t.posted_at.micros() >= row.created_at;
    let since = history.transactions.iter().any(written);
    match (row.kind, row.achievement.and_then(of)) {
        (ObjectionKind::Entry, Some(entry)) => {
            let stands = history.standings().get(&entry.id).is_some_and(|standing| standing.status.is_live());
            since && (named.series == entry.series || !stands)
        }
        _ => since,
    }
}

/// Whether a transaction is the learner's, written since the objection, at the institution objected to, and undoes the entry,
/// moves the same lots again, or does another one of the kind where that no longer stands.
fn replaced(conn: &mut Conn, history: &History, row: &ObjectionRow, id: Uuid) -> Result<bool> {
    let of = |id: Uuid| history.transactions.iter().find(|t| t.id == id);
    let (Some(entry), Some(named)) = (row.transaction.and_then(of), of(id)) else { return Ok(false) };
    if row.achievement.is_some() || named.seq <= entry.seq || named.posted_at.micros() < row.created_at {
        return Ok(false);
    }
    if named.cause.about() != entry.cause.about() || place_of(conn, named)?.institution != row.institution {
        return Ok(false);
    }
    let undoes = matches!(named.cause, Cause::Withdrawal | Cause::ConversionReversal | Cause::AwardReversal);
    let undone = undoes && named.about.is_some() && named.about == entry.about;
    let moved = named.kind == TransactionKind::Transfer
        && entry.kind == TransactionKind::Transfer
        && named.postings.iter().any(|one| entry.postings.iter().any(|other| one.lot == other.lot));
    Ok(undone || moved || named.reverses == Some(entry.seq) || !place_of(conn, entry)?.stands)
}

/// Where what a transaction is about belongs.
pub(super) struct Place {
    /// The institution that answers for it: who received a conversion, conferred an award, or else wrote the transaction.
    pub institution: Uuid,
    /// Whether the conversion or award is neither undone nor ended.
    pub stands: bool,
}

/// Where what a transaction is about belongs.
pub(super) fn place_of(conn: &mut Conn, t: &Transaction) -> Result<Place> {
    let place = match (t.cause.about(), t.about) {
        (About::Conversion, Some(id)) => {
            conversion::find(conn, id)?.map(|row| Place { institution: row.institution, stands: row.status.is_live() })
        }
        (About::Award, Some(id)) => award::find(conn, id)?
            .map(|row| Place { institution: row.institution, stands: row.state != AwardState::Reversed }),
        _ => None,
    };
    Ok(place.unwrap_or(Place { institution: t.author.institution, stands: true }))
}
