//! Drafts of awards and of expiry: credits that have done their work.

use chrono::NaiveDate;
use uuid::Uuid;

use super::book::Draft;
use super::cascade::Unwinding;
use super::conversion::draft;
use super::history::{History, HistoryRefusal, Ids};
use super::lots::Lots;
use super::posting::{Movement, Posting};
use super::purse::Account;
use super::transaction::{Cause, Transaction, TransactionKind};

impl History {
    /// The live redemption of an award.
    fn redemption(&self, award: Uuid) -> Option<&Transaction> {
        let own = |t: &&Transaction| t.kind == TransactionKind::Redemption && t.about == Some(award);
        self.transactions.iter().rev().filter(own).find(|t| !self.is_reversed(t.seq))
    }

    /// Redeems everything that lies in an enrolment's purse, earned and granted, for the award of its programme. Nothing
    /// to post when nothing lies there.
    pub fn redeem(
        &self,
        award: Uuid,
        enrolment: Uuid,
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Result<Option<Draft>, HistoryRefusal> {
        if self.redemption(award).is_some() {
            return Err(HistoryRefusal::Redeemed { award });
        }
        let lots = Lots::of(&self.transactions);
        let (from, to) = (Account::programme(enrolment), Account::redeemed(award));
        let movements: Vec<Movement> = lots
            .lying_in(from)
            .into_iter()
            .filter_map(|(lot, amount)| Some(Movement { credit_type: lots.credit_type(lot)?, amount, lot, from, to }))
            .collect();
        let about = (Cause::Award, award);
        Ok((!movements.is_empty()).then(|| draft(ids.next(), TransactionKind::Redemption, about, today, movements)))
    }

    /// Undoes an award: everything is back in the enrolment's purse, but for what was revoked meanwhile.
    pub fn reverse_award(
        &self,
        award: Uuid,
        reason: &str,
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Result<Vec<Draft>, HistoryRefusal> {
        let redemption = self.redemption(award).ok_or(HistoryRefusal::NotConverted)?;
        let mirror = redemption.postings.iter().rev().map(Posting::mirror).collect();
        let about = (Cause::AwardReversal, award);
        let reversal = draft(ids.next(), TransactionKind::Reversal, about, redemption.effective_on, mirror);
        let mut unwinding = Unwinding::new(self);
        unwinding.push(Draft { reverses: Some(redemption.seq), ..reversal });
        unwinding.forfeit_revoked(today, ids);
        Ok(unwinding.with_reason(reason).drafts)
    }

    /// Ends what of an achievement's lot lies in `places`, from the day `on`; what is held or redeemed stays. Nothing to
    /// post when nothing lies there, so that a job may run again.
    pub fn expire(&self, achievement: Uuid, places: &[Account], on: NaiveDate, ids: &mut dyn Ids) -> Option<Draft> {
        let lot = self.achievements.iter().find(|a| a.id == achievement)?.lot;
        let lots = Lots::of(&self.transactions);
        let credit_type = lots.credit_type(lot).filter(|_| !lots.is_granted(lot))?;
        let movements: Vec<Movement> = lots
            .purses(lot)
            .into_iter()
            .filter(|(from, _)| from.kind.is_free() && places.contains(from))
            .map(|(from, amount)| Movement { credit_type, amount, lot, from, to: Account::EXPIRED })
            .collect();
        let about = (Cause::ExpiryPolicy, achievement);
        (!movements.is_empty()).then(|| draft(ids.next(), TransactionKind::Expiry, about, on, movements))
    }
}
