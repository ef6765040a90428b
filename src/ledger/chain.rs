//! The learner's chain: what each hash covers. The preimage is fixed; `docs/ledger.md` documents it with test vectors.

use uuid::Uuid;

use super::posting::Posting;
use super::purse::Account;
use super::transaction::Transaction;
use crate::crypto::digest::{Fields, Hash};
use crate::domain::credit::CreditAmount;
use crate::domain::time::Instant;

/// Domain tag of a transaction's preimage; the number is the version of the layout.
pub const TRANSACTION_DOMAIN: &str = "xuefen/transaction/1";
/// Domain tag of the plain fields' digest.
pub const PLAIN_DOMAIN: &str = "xuefen/plain/1";
/// Domain tag of the commitment to the sealed fields.
pub const COMMITMENT_DOMAIN: &str = "xuefen/commitment/1";

/// The end of a chain: what the next transaction builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of transactions so far.
    pub seq: i64,
    /// Hash of the last one; zeros for an empty chain.
    pub hash: Hash,
    /// When the last one was written.
    pub posted_at: Instant,
}

impl Head {
    /// The head of an empty chain.
    pub const EMPTY: Self = Self { seq: 0, hash: [0; 32], posted_at: Instant::from_micros(0) };
}

/// `H(canonical plain fields)`.
pub fn plain_digest(canonical: &str) -> Hash {
    let mut fields = Fields::new(PLAIN_DOMAIN);
    fields.push(canonical.as_bytes());
    fields.finish()
}

/// `H(salt, canonical sealed fields)`.
pub fn commitment(salt: &[u8; 16], canonical: &str) -> Hash {
    let mut fields = Fields::new(COMMITMENT_DOMAIN);
    fields.push(salt).push(canonical.as_bytes());
    fields.finish()
}

/// The hash of `transaction`, whose plain fields have the digest `plain`, behind `previous` in the book `book`.
pub fn transaction_hash(book: Uuid, previous: &Hash, transaction: &Transaction, plain: &Hash) -> Hash {
    let mut fields = Fields::new(TRANSACTION_DOMAIN);
    fields
        .push(&[u8::try_from(transaction.suite).unwrap_or(0)]) // 0 is no suite
        .push(book.as_bytes())
        .push(transaction.learner.as_bytes())
        .push(&transaction.seq.to_be_bytes())
        .push(previous)
        .push(transaction.id.as_bytes())
        .push(transaction.kind.as_str().as_bytes())
        .push(&transaction.posted_at.micros().to_be_bytes())
        .push(transaction.effective_on.to_string().as_bytes())
        .push(plain)
        .push(&transaction.commitment)
        .push(&u32::try_from(transaction.postings.len()).expect("postings are few").to_be_bytes());
    for posting in &transaction.postings {
        push_posting(&mut fields, posting);
    }
    fields.finish()
}

fn push_posting(fields: &mut Fields, posting: &Posting) {
    fields
        .push(posting.credit_type.as_str().as_bytes())
        .push(&posting.amount.thousandths().to_be_bytes())
        .push(posting.lot.as_bytes());
    push_half(fields, posting.from, posting.from_balance);
    push_half(fields, posting.to, posting.to_balance);
}

fn push_half(fields: &mut Fields, account: Account, balance: Option<CreditAmount>) {
    fields.push(account.kind.as_str().as_bytes()).push(account.reference.as_bytes());
    match balance {
        Some(balance) => fields.push(&balance.thousandths().to_be_bytes()),
        None => fields.push(&[]), // a system account has no stored balance
    };
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
