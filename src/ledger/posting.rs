//! One movement of credits of one lot between two accounts.

use super::purse::Account;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use uuid::Uuid;

/// A movement and its two halves (I1: one credit type, one lot, a positive amount).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// What kind of credit moves.
    pub credit_type: CreditType,
    /// How much, always positive.
    pub amount: CreditAmount,
    /// The origin of the credits: the achievement that earned them, or the conversion that granted them.
    pub lot: Uuid,
    /// Where they leave.
    pub from: Account,
    /// Where they arrive.
    pub to: Account,
    /// The balance of `from` afterwards, when it is a learner's purse.
    pub from_balance: Option<CreditAmount>,
    /// The balance of `to` afterwards, when it is a learner's purse.
    pub to_balance: Option<CreditAmount>,
}

/// A movement wished for: balances are filled in when it is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// What kind of credit moves.
    pub credit_type: CreditType,
    /// How much; a movement of nothing is refused.
    pub amount: CreditAmount,
    /// The lot.
    pub lot: Uuid,
    /// Where it leaves.
    pub from: Account,
    /// Where it arrives.
    pub to: Account,
}

impl Posting {
    /// What was moved, without the balances afterwards.
    pub fn movement(&self) -> Movement {
        Movement { credit_type: self.credit_type, amount: self.amount, lot: self.lot, from: self.from, to: self.to }
    }

    /// The movement that undoes this one exactly (I6).
    pub fn mirror(&self) -> Movement {
        Movement { credit_type: self.credit_type, amount: self.amount, lot: self.lot, from: self.to, to: self.from }
    }
}
