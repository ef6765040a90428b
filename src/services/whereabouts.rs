//! In which enrolments the credits of each lot count now (I9): where it lies, or where it would return to.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::domain::credit::CreditAmount;
use crate::ledger::purse::AccountKind;
use crate::ledger::transaction::Transaction;

/// Where one lot counts.
#[derive(Debug, Clone, Default)]
struct Whereabout {
    /// Thousandths lying in enrolments' purses, and redeemed out of them.
    lying: BTreeMap<Uuid, i64>,
    /// The enrolment in whose purse it lay last: credits that are set aside, drawn or redeemed return to it.
    home: Option<Uuid>,
}

/// Where the lots of one learner count. A 归属调整 changes it; being drawn on or redeemed does not.
#[derive(Debug, Clone, Default)]
pub(super) struct Whereabouts(HashMap<Uuid, Whereabout>);

impl Whereabouts {
    /// After all of `transactions`, in the order of the chain.
    pub fn of(transactions: &[Transaction]) -> Self {
        let mut lots: HashMap<Uuid, Whereabout> = HashMap::new();
        for posting in transactions.iter().flat_map(|t| &t.postings) {
            let amount = posting.amount.thousandths();
            let lot = lots.entry(posting.lot).or_default();
            let mut add = |enrolment: Uuid, amount: i64| *lot.lying.entry(enrolment).or_default() += amount;
            match (posting.from.kind, lot.home) {
                (AccountKind::Programme, _) => add(posting.from.reference, -amount),
                (AccountKind::Redeemed, Some(home)) => add(home, -amount),
                _ => {}
            }
            match (posting.to.kind, lot.home) {
                (AccountKind::Programme, _) => {
                    add(posting.to.reference, amount);
                    lot.home = Some(posting.to.reference);
                }
                (AccountKind::Redeemed, Some(home)) => add(home, amount),
                _ => {}
            }
        }
        for lot in lots.values_mut() {
            lot.lying.retain(|_, amount| *amount > 0);
            if let Some(home) = lot.home {
                lot.lying.entry(home).or_default();
            }
        }
        Self(lots)
    }

    /// The enrolments in which a lot counts, with how much of it; zero where all of it is set aside or drawn for now.
    pub fn enrolments(&self, lot: Uuid) -> impl Iterator<Item = (Uuid, CreditAmount)> + '_ {
        let lying = self.0.get(&lot).into_iter().flat_map(|lot| &lot.lying);
        lying.map(|(enrolment, amount)| (*enrolment, CreditAmount::from_thousandths(*amount)))
    }

    /// How much of a lot counts in one enrolment; none when it has nothing to do with it.
    pub fn within(&self, lot: Uuid, enrolment: Uuid) -> Option<CreditAmount> {
        self.enrolments(lot).find(|(of, _)| *of == enrolment).map(|(_, amount)| amount)
    }
}
