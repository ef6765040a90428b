//! Undoing an award needs two: one asks for it, another one confirms.

use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::award_view::AwardView;
use super::error::{Error, Result};
use super::idempotency::{Answer, Once};
use super::oversight::is_of_or_over;
use super::posting::decide::{LearnerSealer, history_refusal};
use super::refusal::Refusal;
use super::scope::Scope;
use super::{sealing, unwinding};
use crate::crypto::seal::DataKey;
use crate::domain::award::AwardState;
use crate::domain::conversion::DiscrepancyCause;
use crate::domain::ids::LearnerId;
use crate::domain::invalid::Invalid;
use crate::domain::text::{REASON_MAX, clean_line};
use crate::ledger::book::Draft;
use crate::ledger::transaction::Author;
use crate::store::award::{self, AwardRow};
use crate::store::claim::{self, ClaimKind};
use crate::store::conn::Conn;
use crate::store::discrepancy::Record;
use crate::store::error::StoreError;
use crate::store::{book, enrolment};

/// The place of the reason for a reversal: the award's id, turned, so that it is not that of the number.
pub(super) fn reason_place(award: Uuid) -> Uuid {
    Uuid::from_u128(!award.as_u128())
}

impl App {
    /// Asks for an award of the caller's to be undone. Nothing happens until another one confirms it.
    pub fn request_award_reversal(&self, actor: &ClientActor, id: Uuid, reason: &str) -> Result<AwardView> {
        actor.require(Scope::AwardsWrite)?;
        let reason = clean_line(reason, REASON_MAX).map_err(|fault| Invalid::one("/reason", fault))?;
        self.db.write(|conn| {
            let found = award::find(conn, id)?.ok_or(Error::NotFound)?;
            if found.institution != actor.institution.uuid() {
                return Err(Error::NotFound);
            }
            book::lock_books(conn, self.book, &[found.learner])?;
            let row = award::find(conn, id)?.ok_or(Error::NotFound)?;
            if row.state != AwardState::Conferred {
                return Err(Refusal::WrongState.into());
            }
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            let sealed = sealing::seal(self.ids.as_ref(), &key, row.learner, reason_place(id), &reason);
            let asked = AwardRow {
                state: AwardState::ReversalRequested,
                requested_by: Some(actor.client.uuid()),
                reason: Some(sealed),
                ..row
            };
            award::change(conn, &asked, self.clock.now().micros())?;
            let learner = Some(LearnerId::from_uuid(asked.learner));
            self.audit_client(conn, actor, "request_award_reversal", learner, true, None)
        })?;
        self.award_in(id)
    }

    /// Takes back or declines a reversal that waits for confirmation: whoever asked for it, another client of the
    /// institution, or a bureau above it. The award stands as before.
    pub fn revoke_award_reversal(&self, actor: &ClientActor, id: Uuid) -> Result<AwardView> {
        actor.require(Scope::AwardsWrite)?;
        self.db.write(|conn| {
            let found = award::find(conn, id)?.ok_or(Error::NotFound)?;
            if !is_of_or_over(conn, &Actor::Client(*actor), found.institution)? {
                return Err(Error::NotFound);
            }
            book::lock_books(conn, self.book, &[found.learner])?;
            let row = award::find(conn, id)?.ok_or(Error::NotFound)?;
            if row.state != AwardState::ReversalRequested {
                return Err(Refusal::WrongState.into());
            }
            let own = row.requested_by == Some(actor.client.uuid());
            let stands = AwardRow { state: AwardState::Conferred, requested_by: None, reason: None, ..row };
            award::change(conn, &stands, self.clock.now().micros())?;
            let done = if own { "withdraw_award_reversal" } else { "decline_award_reversal" };
            self.audit_client(conn, actor, done, Some(LearnerId::from_uuid(stands.learner)), true, None)
        })?;
        self.award_in(id)
    }

    /// Confirms that an award is undone: by another client of its institution, or by the bureau. The diploma is revoked
    /// with what rests on it, the credits are back in the programme's purse, and the enrolment is as it was before.
    pub fn confirm_award_reversal(&self, actor: &ClientActor, id: Uuid, once: &Once) -> Result<Answer<AwardView>> {
        actor.require(Scope::AwardsWrite)?;
        let (_, replayed) = self.idempotently(once, |conn| self.reverse_award(conn, actor, id))?.parts();
        let view = self.award_in(id)?;
        Ok(if replayed { Answer::Replayed(view) } else { Answer::Fresh(view) })
    }

    fn reverse_award(&self, conn: &mut Conn, actor: &ClientActor, id: Uuid) -> Result<Uuid> {
        let found = award::find(conn, id)?.ok_or(Error::NotFound)?;
        if !is_of_or_over(conn, &Actor::Client(*actor), found.institution)? {
            return Err(Error::NotFound);
        }
        let mut books = book::lock_books(conn, self.book, &[found.learner])?;
        let row = award::find(conn, id)?.ok_or(Error::NotFound)?;
        if row.state != AwardState::ReversalRequested {
            return Err(Refusal::WrongState.into());
        }
        if row.requested_by == Some(actor.client.uuid()) {
            return Err(Refusal::FourEyes.into());
        }
        let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
        let sealed = row.reason.as_deref().ok_or_else(|| StoreError::broken("a reversal without a reason"))?;
        let reason = sealing::open(&key, row.learner, reason_place(id), sealed)?;
        let drafts = self.reversal_drafts(conn, &row, &reason, actor.author(), &key)?;
        let book = books.get_mut(&row.learner).ok_or(Error::NotFound)?;
        let sealer = LearnerSealer { ids: self.ids.as_ref(), key: &key };
        let appended = drafts
            .into_iter()
            .map(|draft| book.append(draft, actor.author(), self.clock.now(), &sealer).map_err(StoreError::broken))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        book::append(conn, &appended, &[book])?;
        let enrolled = enrolment::find_row(conn, row.enrolment)?.ok_or(Error::NotFound)?;
        if row.outcome.status() == Some(enrolled.enrolment.status) && row.previous_status != enrolled.enrolment.status {
            let last = enrolment::history(conn, row.learner, row.enrolment)?.last().map(|step| step.from_on);
            let on = last.map_or(self.clock.today(), |last| last.max(self.clock.today()));
            self.add_status(conn, actor, &enrolled, row.previous_status, on)?;
        }
        let confirmed =
            AwardRow { state: AwardState::Reversed, confirmed_by: Some(actor.client.uuid()), ..row.clone() };
        award::change(conn, &confirmed, self.clock.now().micros())?;
        let learner = Some(LearnerId::from_uuid(row.learner));
        self.audit_client(conn, actor, "confirm_award_reversal", learner, true, None)?;
        Ok(id)
    }

    /// What takes the award out of the book: the diploma with what rests on it, then the redemption. The number is free
    /// again.
    fn reversal_drafts(
        &self,
        conn: &mut Conn,
        row: &AwardRow,
        reason: &str,
        author: Author,
        key: &DataKey,
    ) -> Result<Vec<Draft>> {
        let refused = |refusal| Error::from(history_refusal(refusal));
        let today = self.clock.today();
        let history = self.history(conn, row.learner)?;
        let mut drafts = Vec::new();
        if let Some(diploma) = row.diploma {
            let dependents = unwinding::dependents(conn, row.learner)?;
            let cascade =
                history.revoke(diploma, reason, today, &dependents, &mut || self.ids.id()).map_err(refused)?;
            let change = unwinding::Change {
                record: Record::Achievement(diploma),
                cause: DiscrepancyCause::Revocation,
                reason: Some(reason),
                author,
                at: self.clock.now(),
            };
            let means = unwinding::Means { ids: self.ids.as_ref(), key };
            unwinding::settle(conn, row.learner, &cascade, &[], &change, &means)?;
            drafts.extend(cascade.drafts);
            let found = history.achievements.iter().find(|a| a.id == diploma).ok_or(Error::NotFound)?;
            self.release_claims(conn, found, history.details.get(&found.seq))?;
            if !row.credits.is_zero() {
                drafts.extend(history.reverse_award(row.id, reason, today, &mut || self.ids.id()).map_err(refused)?);
            }
        } else if let Some(sealed) = row.sealed.as_deref() {
            let number = sealing::open(key, row.learner, row.id, sealed)?;
            let digest = self.number_digest(row.outcome, &number, row.learner, row.awarded_on);
            claim::delete(conn, ClaimKind::Evidence, &[digest])?;
        }
        Ok(drafts)
    }
}
