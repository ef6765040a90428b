//! Where the credits of each lot lie, folded from one learner's postings (I9).
//!
//! Balances say how much a purse holds; lots say whose credits those are. A lot that an issuer brought is *earned* and may
//! be drawn on; one that a conversion brought is *granted* and never is, so nothing can be converted there and back.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::posting::Movement;
use super::purse::{Account, AccountKind};
use super::transaction::{Transaction, TransactionKind};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;

/// Why a movement is not possible for its lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LotFault {
    /// More than what of the lot lies in the purse.
    #[error("{wanted} of the lot were to leave a purse that holds {available} of it")]
    TooMuch {
        /// What was to leave.
        wanted: CreditAmount,
        /// What of the lot is there.
        available: CreditAmount,
    },
    /// Granted credits are never a source again.
    #[error("a granted lot is set aside for a conversion")]
    Granted,
    /// It has been brought into the book and not taken out.
    #[error("the lot is brought into the book twice")]
    Twice,
    /// A lot has one credit type for ever.
    #[error("the lot changes its credit type")]
    CreditType,
}

#[derive(Debug, Clone)]
struct Lot {
    granted: bool,
    credit_type: CreditType,
    places: BTreeMap<Account, i64>,
}

/// The lots of one learner.
#[derive(Debug, Clone, Default)]
pub struct Lots(BTreeMap<Uuid, Lot>);

impl Lots {
    /// After all of `transactions`, which stand in the order of the chain.
    pub fn of(transactions: &[Transaction]) -> Self {
        let mut lots = Self::default();
        for posting in transactions.iter().flat_map(|t| &t.postings) {
            lots.apply(&posting.movement());
        }
        lots
    }

    /// Moves, unchecked: for what stands in the book.
    pub fn apply(&mut self, movement: &Movement) {
        let lot = self.0.entry(movement.lot).or_insert_with(|| Lot {
            granted: movement.from.kind == AccountKind::Conversion,
            credit_type: movement.credit_type,
            places: BTreeMap::new(),
        });
        *lot.places.entry(movement.from).or_default() -= movement.amount.thousandths();
        *lot.places.entry(movement.to).or_default() += movement.amount.thousandths();
    }

    /// Whether a transaction of `kind` may make `movement` now.
    pub fn check(&self, kind: TransactionKind, movement: &Movement) -> Result<(), LotFault> {
        let Some(lot) = self.0.get(&movement.lot) else {
            let amount = movement.amount;
            let here = LotFault::TooMuch { wanted: amount, available: CreditAmount::ZERO };
            return if movement.from.kind.is_purse() { Err(here) } else { Ok(()) };
        };
        if lot.credit_type != movement.credit_type {
            return Err(LotFault::CreditType);
        }
        let there = lot.places.get(&movement.from).copied().unwrap_or_default();
        if movement.from.kind.is_purse() && there < movement.amount.thousandths() {
            let available = CreditAmount::from_thousandths(there);
            return Err(LotFault::TooMuch { wanted: movement.amount, available });
        }
        if movement.to.kind == AccountKind::Held && lot.granted {
            return Err(LotFault::Granted);
        }
        let brought = matches!(movement.from.kind, AccountKind::Issuance | AccountKind::Conversion);
        let source = if lot.granted { AccountKind::Conversion } else { AccountKind::Issuance };
        let out: i64 = lot.places.iter().filter(|(account, _)| account.kind == source).map(|(_, amount)| *amount).sum();
        if kind != TransactionKind::Reversal && brought && out != 0 {
            return Err(LotFault::Twice);
        }
        Ok(())
    }

    /// Whether a conversion brought the lot; false for one that never was in the book.
    pub fn is_granted(&self, lot: Uuid) -> bool {
        self.0.get(&lot).is_some_and(|lot| lot.granted)
    }

    /// The type of a lot's credits.
    pub fn credit_type(&self, lot: Uuid) -> Option<CreditType> {
        self.0.get(&lot).map(|lot| lot.credit_type)
    }

    /// What of `lot` lies in `account`.
    pub fn within(&self, lot: Uuid, account: Account) -> CreditAmount {
        let places = self.0.get(&lot).map(|lot| &lot.places);
        let there = places.and_then(|places| places.get(&account)).copied().unwrap_or_default();
        CreditAmount::from_thousandths(there)
    }

    /// The purses that hold some of `lot`, in order.
    pub fn purses(&self, lot: Uuid) -> Vec<(Account, CreditAmount)> {
        let places = self.0.get(&lot).into_iter().flat_map(|lot| &lot.places);
        let held = places.filter(|(account, amount)| account.kind.is_purse() && **amount > 0);
        held.map(|(account, amount)| (*account, CreditAmount::from_thousandths(*amount))).collect()
    }

    /// What of `lot` can still be moved, drawn on or taken back.
    pub fn free(&self, lot: Uuid) -> CreditAmount {
        let free = self.purses(lot).into_iter().filter(|(account, _)| account.kind.is_free());
        CreditAmount::from_thousandths(free.map(|(_, amount)| amount.thousandths()).sum())
    }

    /// The lots of which some lies in `account`, by id.
    pub fn lying_in(&self, account: Account) -> Vec<(Uuid, CreditAmount)> {
        let there = |lot: &Lot| lot.places.get(&account).copied().filter(|amount| *amount > 0);
        let lots = self.0.iter().filter_map(|(id, lot)| Some((*id, there(lot)?)));
        lots.map(|(id, amount)| (id, CreditAmount::from_thousandths(amount))).collect()
    }

    /// The movements that take `amount` of `lot` out of the free purses it lies in, in their order, to `to`. What is not
    /// there is not moved: the caller compares first.
    pub fn take(&self, lot: Uuid, amount: CreditAmount, to: Account) -> Vec<Movement> {
        let Some(credit_type) = self.credit_type(lot) else { return Vec::new() };
        let mut wanted = amount.thousandths();
        let mut movements = Vec::new();
        for (from, there) in self.purses(lot).into_iter().filter(|(from, _)| from.kind.is_free()) {
            let taken = wanted.min(there.thousandths());
            if taken > 0 {
                let amount = CreditAmount::from_thousandths(taken);
                movements.push(Movement { credit_type, amount, lot, from, to });
                wanted -= taken;
            }
        }
        movements
    }
}
