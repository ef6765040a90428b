//! Recomputes one learner's book from its rows and names the first that is wrong (I4–I9).

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::book::{Balances, apply, flow};
use super::chain::{Head, commitment, plain_digest, transaction_hash};
use super::details::{Achievement, canonical_plain, split_salt};
use super::lots::Lots;
use super::transaction::Transaction;
use crate::domain::credit::CreditAmount;

/// A row that is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table} row {row}: {what}")]
pub struct Fault {
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub row: String,
    /// What is wrong with it.
    pub what: String,
}

impl Fault {
    fn new(table: &'static str, row: impl Into<String>, what: impl Into<String>) -> Self {
        Self { table, row: row.into(), what: what.into() }
    }
}

/// Everything stored of one learner's book.
#[derive(Debug)]
pub struct Rows<'a> {
    /// The book.
    pub book: Uuid,
    /// The learner.
    pub learner: Uuid,
    /// The stored head.
    pub head: Head,
    /// The stored balances.
    pub balances: &'a Balances,
    /// The chain in order.
    pub transactions: &'a [Transaction],
    /// The achievements.
    pub achievements: &'a [Achievement],
}

/// How the sealed part of a transaction answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Opened.
    Opened(Vec<u8>),
    /// The learner's key was erased: nothing can be opened, and the chain still holds.
    Erased,
    /// No master key at hand.
    NoKey,
    /// A key is at hand and does not open it.
    Broken,
}

/// What was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Transactions whose hash was recomputed.
    pub transactions: u64,
    /// Commitments compared with opened details.
    pub opened: u64,
    /// Transactions of erased learners.
    pub erased: u64,
    /// Transactions that no key was at hand for.
    pub unopened: u64,
}

/// Checks one learner's rows; `open` opens a transaction's sealed details.
pub fn verify_learner(rows: &Rows<'_>, mut open: impl FnMut(&Transaction) -> Opening) -> Result<Checked, Fault> {
    let mut checked = Checked::default();
    let learner = rows.learner;
    let mut brought: HashMap<i64, &Achievement> = HashMap::new();
    for a in rows.achievements {
        let row = || format!("{learner}/{}", a.id);
        if brought.insert(a.seq, a).is_some() {
            return Err(Fault::new("achievement", row(), format!("two achievements claim transaction {}", a.seq)));
        }
    }
    let mut head = Head::EMPTY;
    let mut balances = Balances::new();
    let mut lots = Lots::default();
    let mut reversed = HashSet::new();
    for t in rows.transactions {
        let row = format!("{learner}/{}", t.seq);
        let wrong = |what: String| Fault::new("ledger_transaction", row.clone(), what);
        if t.seq != head.seq + 1 {
            return Err(wrong(format!("the chain goes from {} to {}", head.seq, t.seq)));
        }
        if t.posted_at < head.posted_at {
            return Err(wrong("written before the transaction it follows".into()));
        }
        check_reversal(rows.transactions, t, &mut reversed).map_err(wrong)?;
        let achievement = brought.remove(&t.seq);
        let plain = canonical_plain(&t.author, t.cause, t.reverses, t.about, achievement);
        if transaction_hash(rows.book, &head.hash, t, &plain_digest(&plain)) != t.hash {
            return Err(Fault::new(
                "ledger_transaction",
                row,
                "its hash does not cover it, its postings and its achievement as they stand (ledger_transaction, posting or achievement was changed)",
            ));
        }
        for (number, p) in t.postings.iter().enumerate() {
            let movement = p.movement();
            let wrong = |what: String| Fault::new("posting", format!("{row}/{}", number + 1), what);
            let expected = flow(t.kind, &movement)
                .and_then(|()| apply(&mut balances, movement))
                .map_err(|error| wrong(error.to_string()))?;
            lots.check(t.kind, &movement).map_err(|fault| wrong(fault.to_string()))?;
            lots.apply(&movement);
            if expected != *p {
                return Err(wrong("the balance after it is not the sum of what came before".into()));
            }
        }
        match open(t) {
            Opening::Opened(bytes) => {
                let (salt, canonical) =
                    split_salt(&bytes).ok_or_else(|| wrong("its sealed details are malformed".into()))?;
                if commitment(&salt, canonical) != t.commitment {
                    return Err(wrong("its sealed details are not the ones committed to".into()));
                }
                checked.opened += 1;
            }
            Opening::Erased => checked.erased += 1,
            Opening::NoKey => checked.unopened += 1,
            Opening::Broken => return Err(wrong("its sealed details do not open under the learner's key".into())),
        }
        head = Head { seq: t.seq, hash: t.hash, posted_at: t.posted_at };
        checked.transactions += 1;
    }
    if let Some(orphan) = brought.values().next() {
        return Err(Fault::new("achievement", format!("{learner}/{}", orphan.id), "no transaction brought it"));
    }
    if head != rows.head {
        return Err(Fault::new("learner_head", learner.to_string(), "it is not the end of the chain"));
    }
    check_balances(rows, &balances)?;
    Ok(checked)
}

fn check_reversal(all: &[Transaction], t: &Transaction, reversed: &mut HashSet<i64>) -> Result<(), String> {
    let Some(seq) = t.reverses else { return Ok(()) };
    let Some(original) = all.iter().find(|o| o.seq == seq && seq < t.seq) else {
        return Err(format!("it mirrors transaction {seq}, which is not before it"));
    };
    if !reversed.insert(seq) {
        return Err(format!("transaction {seq} is reversed twice"));
    }
    let mirror = original.postings.iter().rev().map(super::posting::Posting::mirror);
    let posted = t.postings.iter().map(super::posting::Posting::movement);
    if mirror.eq(posted) { Ok(()) } else { Err(format!("it is not the exact mirror of transaction {seq}")) }
}

fn check_balances(rows: &Rows<'_>, folded: &Balances) -> Result<(), Fault> {
    let zero = CreditAmount::ZERO;
    for key in folded.keys().chain(rows.balances.keys()) {
        let (stored, sum) = (rows.balances.get(key).unwrap_or(&zero), folded.get(key).unwrap_or(&zero));
        if stored != sum {
            let (account, credit_type) = key;
            let row = format!("{}/{}/{}/{credit_type}", rows.learner, account.kind, account.reference);
            return Err(Fault::new("balance", row, format!("{stored} is stored, the entries sum to {sum}")));
        }
    }
    Ok(())
}
