//! Balances as the fold of the entries (I8), now, as of an instant, and at an effective date.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::book::{Balances, LedgerError, apply};
use super::purse::AccountKind;
use super::transaction::Transaction;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::time::Instant;

/// The balances after the first `seq` transactions of a chain given in order.
pub fn fold(transactions: &[Transaction], seq: i64) -> Result<Balances, LedgerError> {
    let mut balances = Balances::new();
    for transaction in transactions.iter().take_while(|transaction| transaction.seq <= seq) {
        for p in &transaction.postings {
            apply(&mut balances, p.movement())?;
        }
    }
    Ok(balances)
}

/// The last place in the chain that was written at or before `as_of`; 0 before the first.
pub fn seq_at(transactions: &[Transaction], as_of: Instant) -> i64 {
    transactions.iter().take_while(|transaction| transaction.posted_at <= as_of).last().map_or(0, |t| t.seq)
}

/// What institutions issued among the first `seq` transactions and did not take back (累计获得), counting those that take
/// effect by `date` where one is given. What was converted, redeemed or expired was earned all the same.
pub fn earned(transactions: &[Transaction], seq: i64, date: Option<NaiveDate>) -> CreditAmount {
    let counted = transactions.iter().filter(|t| t.seq <= seq && date.is_none_or(|date| t.effective_on <= date));
    let taken = |kind: AccountKind| matches!(kind, AccountKind::Issuance | AccountKind::Revoked);
    let thousandths = counted.flat_map(|t| &t.postings).map(|p| {
        let sign = i64::from(taken(p.from.kind)) - i64::from(taken(p.to.kind));
        sign * p.amount.thousandths()
    });
    CreditAmount::from_thousandths(thousandths.sum())
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
