//! A learner's book in memory: the head of the chain and the balances, and the one function that appends.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::chain::{Head, commitment, plain_digest, transaction_hash};
use super::details::{Achievement, SALT_LEN, SealedDetails, canonical_plain, sealed_place, with_salt};
use super::posting::{Movement, Posting};
use super::purse::{Account, AccountKind};
use super::transaction::{Author, Cause, Transaction, TransactionKind};
use crate::crypto::digest::Suite;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::time::Instant;

/// Stored balances by purse and credit type.
pub type Balances = BTreeMap<(Account, CreditType), CreditAmount>;

/// Why the ledger refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// A purse would become negative (I3).
    #[error("not enough credits: wanted {wanted}, available {available}")]
    InsufficientCredit {
        /// The purse.
        account: Account,
        /// What was to be taken.
        wanted: CreditAmount,
        /// What is there.
        available: CreditAmount,
    },
    /// A transaction of this kind moves nothing between such accounts.
    #[error("a {kind} does not move credits from {from} to {to}")]
    WrongFlow {
        /// The kind of transaction.
        kind: TransactionKind,
        /// Where the credits were to leave.
        from: AccountKind,
        /// Where they were to arrive.
        to: AccountKind,
    },
    /// A movement of nothing, or less (I1).
    #[error("a posting moves a positive amount")]
    NothingMoves,
    /// Beyond what 64 bits of thousandths hold.
    #[error("the balance would overflow")]
    Overflow,
}

/// A transaction wished for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: Uuid,
    /// What it does.
    pub kind: TransactionKind,
    /// Why.
    pub cause: Cause,
    /// What it is about: an achievement, a conversion or an award, as its cause says.
    pub about: Option<Uuid>,
    /// The transaction it mirrors.
    pub reverses: Option<i64>,
    /// When it counts.
    pub effective_on: NaiveDate,
    /// Its movements, in order.
    pub movements: Vec<Movement>,
    /// The achievement it brings; its `learner` and `seq` are set when it is appended.
    pub achievement: Option<Achievement>,
    /// What is sealed.
    pub details: SealedDetails,
}

/// A transaction appended, with the achievement it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The transaction.
    pub transaction: Transaction,
    /// The achievement.
    pub achievement: Option<Achievement>,
}

/// Gives the salt of a commitment and seals details: the only things about appending that are not determined.
pub trait Sealer {
    /// A fresh random salt.
    fn salt(&self) -> [u8; SALT_LEN];
    /// `plain` sealed under the learner's key, bound to `place`.
    fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8>;
}

/// Head and balances of one learner, as of the lock that the caller holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnerBook {
    /// The book every hash names.
    pub book: Uuid,
    /// The learner.
    pub learner: Uuid,
    /// The end of the chain.
    pub head: Head,
    /// The balances; zero ones may be absent.
    pub balances: Balances,
}

impl LearnerBook {
    /// The book of a learner nothing was posted for.
    pub fn empty(book: Uuid, learner: Uuid) -> Self {
        Self { book, learner, head: Head::EMPTY, balances: Balances::new() }
    }

    /// The balance of one purse.
    pub fn balance(&self, account: Account, credit_type: CreditType) -> CreditAmount {
        self.balances.get(&(account, credit_type)).copied().unwrap_or(CreditAmount::ZERO)
    }

    /// Appends `draft`, written by `author` at `now`. On refusal nothing has changed.
    ///
    /// `posted_at` never runs backwards within a chain, whatever the clock does.
    pub fn append(
        &mut self,
        draft: Draft,
        author: Author,
        now: Instant,
        sealer: &dyn Sealer,
    ) -> Result<Appended, LedgerError> {
        let mut balances = self.balances.clone();
        let postings = draft
            .movements
            .iter()
            .map(|movement| flow(draft.kind, movement).and_then(|()| apply(&mut balances, *movement)))
            .collect::<Result<Vec<_>, _>>()?;
        let seq = self.head.seq + 1;
        let achievement =
            draft.achievement.map(|achievement| Achievement { learner: self.learner, seq, ..achievement });
        let salt = sealer.salt();
        let sealed_fields = draft.details.canonical();
        let mut transaction = Transaction {
            learner: self.learner,
            seq,
            id: draft.id,
            kind: draft.kind,
            cause: draft.cause,
            author,
            about: draft.about,
            reverses: draft.reverses,
            effective_on: draft.effective_on,
            posted_at: now.max(self.head.posted_at),
            suite: Suite::International.number(),
            commitment: commitment(&salt, &sealed_fields),
            hash: [0; 32],
            sealed: sealer.seal(&sealed_place(self.learner, seq), &with_salt(&salt, &sealed_fields)),
            postings,
        };
        let plain = canonical_plain(&author, draft.cause, draft.reverses, draft.about, achievement.as_ref());
        transaction.hash = transaction_hash(self.book, &self.head.hash, &transaction, &plain_digest(&plain));
        self.head = Head { seq, hash: transaction.hash, posted_at: transaction.posted_at };
        self.balances = balances;
        Ok(Appended { transaction, achievement })
    }
}

/// Refuses a movement that a transaction of this kind cannot make.
pub fn flow(kind: TransactionKind, movement: &Movement) -> Result<(), LedgerError> {
    let (from, to) = (movement.from.kind, movement.to.kind);
    if kind.allows(from, to) { Ok(()) } else { Err(LedgerError::WrongFlow { kind, from, to }) }
}

/// Moves within `balances`; refuses what would make a purse negative.
pub fn apply(balances: &mut Balances, movement: Movement) -> Result<Posting, LedgerError> {
    let Movement { credit_type, amount, lot, from, to } = movement;
    if amount <= CreditAmount::ZERO {
        return Err(LedgerError::NothingMoves);
    }
    let from_balance = change(balances, from, credit_type, |available| {
        available
            .checked_sub(amount)
            .filter(|left| *left >= CreditAmount::ZERO)
            .ok_or(LedgerError::InsufficientCredit { account: from, wanted: amount, available })
    })?;
    let to_balance = change(balances, to, credit_type, |there| there.checked_add(amount).ok_or(LedgerError::Overflow))?;
    Ok(Posting { credit_type, amount, lot, from, to, from_balance, to_balance })
}

fn change(
    balances: &mut Balances,
    account: Account,
    credit_type: CreditType,
    how: impl FnOnce(CreditAmount) -> Result<CreditAmount, LedgerError>,
) -> Result<Option<CreditAmount>, LedgerError> {
    if !account.kind.is_purse() {
        return Ok(None);
    }
    let balance = balances.entry((account, credit_type)).or_insert(CreditAmount::ZERO);
    *balance = how(*balance)?;
    Ok(Some(*balance))
}

/// The movement that puts `amount` of a new lot from its issuer into a purse.
pub fn issue(institution: Uuid, lot: Uuid, credit_type: CreditType, amount: CreditAmount, to: Account) -> Movement {
    debug_assert!(to.kind != AccountKind::Issuance, "credits are issued to a purse");
    Movement { credit_type, amount, lot, from: Account::issuance(institution), to }
}
