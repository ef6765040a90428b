//! Drafts of conversions: setting credits aside, giving them back, converting, undoing.
//!
//! A conversion is one line of a plan; its id is also the lot of what it grants. Draws go
//! purse → `held:<conversion>` → `conversion:<rule set>`, the grant `conversion:<rule set>` → `programme:<enrolment>`. All of it
//! is read back from the chain, so nothing about a conversion's credits is remembered anywhere else.

use chrono::NaiveDate;
use uuid::Uuid;

use super::book::Draft;
use super::details::SealedDetails;
use super::history::{History, HistoryRefusal, Ids};
use super::lots::Lots;
use super::posting::Movement;
use super::purse::{Account, AccountKind};
use super::transaction::{Cause, Transaction, TransactionKind};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;

/// Credits of one lot that a conversion uses up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The lot; an earned one.
    pub lot: Uuid,
    /// How much of it.
    pub amount: CreditAmount,
}

/// What is converted, once it is decided.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The conversion; also the lot of what it grants.
    pub conversion: Uuid,
    /// The rule set that it is made under.
    pub rule_set: Uuid,
    /// The enrolment whose programme it counts in.
    pub enrolment: Uuid,
    /// Type of the credits granted.
    pub credit_type: CreditType,
    /// The credits granted; zero where courses without credits are exempted.
    pub credits: CreditAmount,
    /// What is used up of what was set aside; the rest is given back.
    pub draws: &'a [Draw],
    /// Whether a course is exempted: then it may grant and draw nothing and still says something.
    pub exempts: bool,
}

/// Where a conversion stands in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Credits are set aside for it.
    Held {
        /// The place of its latest hold.
        seq: i64,
    },
    /// It was converted and not undone.
    Converted {
        /// The place of the conversion.
        seq: i64,
    },
}

impl Stage {
    /// The place that tells which conversion is newer.
    pub fn seq(self) -> i64 {
        match self {
            Self::Held { seq } | Self::Converted { seq } => seq,
        }
    }
}

/// A transaction about a conversion.
pub(super) fn draft(
    id: Uuid,
    kind: TransactionKind,
    (cause, about): (Cause, Uuid),
    effective_on: NaiveDate,
    movements: Vec<Movement>,
) -> Draft {
    Draft {
        id,
        kind,
        cause,
        about: Some(about),
        reverses: None,
        effective_on,
        movements,
        achievement: None,
        details: SealedDetails::default(),
    }
}

/// The movements that set `draws` aside for `conversion`, on `lots`, which they are applied to.
pub(super) fn set_aside(lots: &mut Lots, conversion: Uuid, draws: &[Draw]) -> Result<Vec<Movement>, HistoryRefusal> {
    let mut movements = Vec::new();
    for Draw { lot, amount } in draws.iter().copied() {
        if lots.is_granted(lot) {
            return Err(HistoryRefusal::GrantedLot { lot });
        }
        let available = lots.free(lot);
        if amount <= CreditAmount::ZERO || amount > available {
            return Err(HistoryRefusal::InsufficientLot { lot, wanted: amount, available });
        }
        let taken = lots.take(lot, amount, Account::held(conversion));
        taken.iter().for_each(|movement| lots.apply(movement));
        movements.extend(taken);
    }
    Ok(movements)
}

impl History {
    /// Whether the transaction at `seq` has been reversed.
    pub(super) fn is_reversed(&self, seq: i64) -> bool {
        self.transactions.iter().any(|later| later.reverses == Some(seq))
    }

    /// The live conversion with this id.
    pub(super) fn conversion(&self, conversion: Uuid) -> Option<&Transaction> {
        let own = |t: &&Transaction| t.kind == TransactionKind::Conversion && t.about == Some(conversion);
        self.transactions.iter().rev().filter(own).find(|t| !self.is_reversed(t.seq))
    }

    /// Where a conversion stands; none when it holds nothing and has not been converted.
    pub fn stage(&self, conversion: Uuid) -> Option<Stage> {
        if let Some(converted) = self.conversion(conversion) {
            return Some(Stage::Converted { seq: converted.seq });
        }
        let lots = Lots::of(&self.transactions);
        let held = Account::held(conversion);
        let holds = |t: &&Transaction| t.kind == TransactionKind::Hold && t.about == Some(conversion);
        let hold = self.transactions.iter().rev().find(holds)?;
        (!lots.lying_in(held).is_empty()).then_some(Stage::Held { seq: hold.seq })
    }

    /// The conversions that draw on `lot` now, or hold some of it.
    pub fn drawing_on(&self, lot: Uuid) -> Vec<Uuid> {
        let mut found = Vec::new();
        for posting in self.transactions.iter().flat_map(|t| &t.postings) {
            let held = posting.lot == lot && posting.to.kind == AccountKind::Held;
            if held && !found.contains(&posting.to.reference) {
                found.push(posting.to.reference);
            }
        }
        found.retain(|conversion| self.stage(*conversion).is_some() && !self.origins(*conversion, lot).is_empty());
        found
    }

    /// Where what a conversion took of `lot` came from, without what was given back: in the order in which it was taken.
    fn origins(&self, conversion: Uuid, lot: Uuid) -> Vec<(Account, i64)> {
        let held = Account::held(conversion);
        let mut origins: Vec<(Account, i64)> = Vec::new();
        let mut add = |account: Account, amount: i64| match origins.iter_mut().find(|(own, _)| *own == account) {
            Some((_, sum)) => *sum += amount,
            None => origins.push((account, amount)),
        };
        for t in &self.transactions {
            for p in t.postings.iter().filter(|p| p.lot == lot) {
                match t.kind {
                    TransactionKind::Hold if p.to == held => add(p.from, p.amount.thousandths()),
                    TransactionKind::Release if p.from == held => add(p.to, -p.amount.thousandths()),
                    _ => {}
                }
            }
        }
        origins.retain(|(_, amount)| *amount > 0);
        origins
    }

    /// The movements that give back what lies in the purse of `conversion` on `lots`, each to where it was taken from.
    pub(super) fn give_back(&self, lots: &mut Lots, conversion: Uuid) -> Vec<Movement> {
        let held = Account::held(conversion);
        let mut movements = Vec::new();
        for (lot, there) in lots.lying_in(held) {
            let Some(credit_type) = lots.credit_type(lot) else { continue };
            let mut left = there.thousandths();
            // What was converted had been taken first.
            for (to, amount) in self.origins(conversion, lot).into_iter().rev() {
                let amount = amount.min(left);
                left -= amount;
                if amount > 0 {
                    let amount = CreditAmount::from_thousandths(amount);
                    movements.push(Movement { credit_type, amount, lot, from: held, to });
                }
            }
        }
        movements.iter().for_each(|movement| lots.apply(movement));
        movements
    }

    /// Sets `draws` aside for a conversion that is applied for; nothing to post when there are none.
    pub fn hold(
        &self,
        conversion: Uuid,
        draws: &[Draw],
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Result<Option<Draft>, HistoryRefusal> {
        let movements = set_aside(&mut Lots::of(&self.transactions), conversion, draws)?;
        let about = (Cause::Application, conversion);
        Ok((!movements.is_empty()).then(|| draft(ids.next(), TransactionKind::Hold, about, today, movements)))
    }

    /// Gives back all that is set aside for a conversion; nothing to post when nothing is.
    pub fn release(&self, conversion: Uuid, today: NaiveDate, ids: &mut dyn Ids) -> Option<Draft> {
        let movements = self.give_back(&mut Lots::of(&self.transactions), conversion);
        let about = (Cause::Withdrawal, conversion);
        (!movements.is_empty()).then(|| draft(ids.next(), TransactionKind::Release, about, today, movements))
    }

    /// Converts: what was set aside is drawn, the grant is made, and what is not drawn is given back.
    pub fn convert(
        &self,
        terms: &Terms<'_>,
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Result<Vec<Draft>, HistoryRefusal> {
        if self.conversion(terms.conversion).is_some() {
            return Err(HistoryRefusal::AlreadyConverted);
        }
        if terms.credits < CreditAmount::ZERO || terms.credits.is_zero() && !terms.exempts {
            return Err(HistoryRefusal::NothingToConvert);
        }
        let mut lots = Lots::of(&self.transactions);
        let held = Account::held(terms.conversion);
        let pool = Account::conversion(terms.rule_set);
        let mut movements = Vec::new();
        for Draw { lot, amount } in terms.draws.iter().copied() {
            let available = lots.within(lot, held);
            let Some(credit_type) =
                lots.credit_type(lot).filter(|_| amount > CreditAmount::ZERO && amount <= available)
            else {
                return Err(HistoryRefusal::InsufficientLot { lot, wanted: amount, available });
            };
            let drawn = Movement { credit_type, amount, lot, from: held, to: pool };
            lots.apply(&drawn);
            movements.push(drawn);
        }
        if terms.credits > CreditAmount::ZERO {
            let Terms { credit_type, credits: amount, conversion: lot, .. } = *terms;
            movements.push(Movement { credit_type, amount, lot, from: pool, to: Account::programme(terms.enrolment) });
        }
        let about = (Cause::Decision, terms.conversion);
        let mut drafts = vec![draft(ids.next(), TransactionKind::Conversion, about, today, movements)];
        let rest = self.give_back(&mut lots, terms.conversion);
        if !rest.is_empty() {
            drafts.push(draft(ids.next(), TransactionKind::Release, about, today, rest));
        }
        Ok(drafts)
    }

    /// Undoes a conversion into `enrolment`: what it granted leaves the book, what it drew is back where it was (or is
    /// forfeited, when its achievement has been revoked meanwhile). Refused where an award rests on it.
    pub fn reverse_conversion(
        &self,
        conversion: Uuid,
        enrolment: Option<Uuid>,
        reason: &str,
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Result<Vec<Draft>, HistoryRefusal> {
        if self.conversion(conversion).is_none() {
            return Err(HistoryRefusal::NotConverted);
        }
        let mut unwinding = super::cascade::Unwinding::new(self);
        unwinding.conversion(conversion, enrolment, today, ids)?;
        unwinding.forfeit_revoked(today, ids);
        Ok(unwinding.with_reason(reason).drafts)
    }
}

#[cfg(test)]
#[path = "conversion_tests.rs"]
mod tests;
