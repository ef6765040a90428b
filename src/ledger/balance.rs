//! Balances as the fold of the entries (I8), now, as of an instant, and at an effective date.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::book::{Balances, LedgerError, apply};
use super::posting::Movement;
use super::transaction::Transaction;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::time::Instant;

/// The balances after the first `seq` transactions of a chain given in order.
pub fn fold(transactions: &[Transaction], seq: i64) -> Result<Balances, LedgerError> {
    let mut balances = Balances::new();
    for transaction in transactions.iter().take_while(|transaction| transaction.seq <= seq) {
        for p in &transaction.postings {
            let movement =
                Movement { credit_type: p.credit_type, amount: p.amount, lot: p.lot, from: p.from, to: p.to };
            apply(&mut balances, movement)?;
        }
    }
    Ok(balances)
}

/// The last place in the chain that was written at or before `as_of`; 0 before the first.
pub fn seq_at(transactions: &[Transaction], as_of: Instant) -> i64 {
    transactions.iter().take_while(|transaction| transaction.posted_at <= as_of).last().map_or(0, |t| t.seq)
}

/// What the learner holds per credit type, counting the transactions among the first `seq` that take effect on or
/// before `date`. Totals only: which purse they lay in on that date is not a question the book answers.
pub fn effective_totals(transactions: &[Transaction], seq: i64, date: NaiveDate) -> BTreeMap<CreditType, CreditAmount> {
    let mut totals = BTreeMap::new();
    let counted = transactions.iter().filter(|t| t.seq <= seq && t.effective_on <= date);
    for posting in counted.flat_map(|transaction| &transaction.postings) {
        let sign = i64::from(posting.to.kind.is_purse()) - i64::from(posting.from.kind.is_purse());
        let total = totals.entry(posting.credit_type).or_insert(CreditAmount::ZERO);
        *total = CreditAmount::from_thousandths(total.thousandths() + sign * posting.amount.thousandths());
    }
    totals
}
