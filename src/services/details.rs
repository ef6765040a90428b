//! Opening what is sealed in a learner's chain.

use crate::crypto::seal::DataKey;
use crate::ledger::details::{SealedDetails, sealed_place, split_salt};
use crate::ledger::history::History;
use crate::ledger::transaction::Transaction;

/// The sealed details of one transaction; `None` when they do not open.
pub fn of(transaction: &Transaction, key: &DataKey) -> Option<SealedDetails> {
    let opened = key.open(&sealed_place(transaction.learner, transaction.seq), &transaction.sealed).ok()?;
    serde_json::from_str(split_salt(&opened)?.1).ok()
}

/// Opens the details of every transaction that brought an achievement.
pub fn open(history: &mut History, key: &DataKey) {
    for achievement in &history.achievements {
        let place = usize::try_from(achievement.seq - 1).unwrap_or(usize::MAX);
        if let Some(details) = history.transactions.get(place).and_then(|transaction| of(transaction, key)) {
            history.details.insert(achievement.seq, details);
        }
    }
}
