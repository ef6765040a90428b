//! What has become of an achievement, derived from the events of its learner's chain (I4: nothing is ever edited).

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::details::Achievement;
use super::transaction::{Cause, Transaction, TransactionKind};
use crate::domain::credit::CreditAmount;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// Where an achievement stands.
    pub enum AchievementStatus {
        /// It counts, with its credits.
        Recognised = "recognised" / "已认定",
        /// It is kept and has no credits of its own.
        Recorded = "recorded" / "已存档",
        /// A further attempt that is not better than the one that counts.
        Attached = "attached" / "已附记",
        /// A better attempt counts instead.
        Superseded = "superseded" / "已由更好成绩替代",
        /// The issuer corrected it: a later revision stands.
        Corrected = "corrected" / "已更正",
        /// The issuer annulled it.
        Revoked = "revoked" / "已撤销",
    }
}

impl AchievementStatus {
    /// Whether it still says something true of the learner.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Corrected | Self::Revoked)
    }
}

/// Standing of one achievement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its status.
    pub status: AchievementStatus,
    /// The credits that its own lot brought and that were not reversed.
    pub credits: CreditAmount,
    /// The revision that replaced it.
    pub superseded_by: Option<Uuid>,
}

/// Derives the standing of every achievement of one learner.
pub fn standings(transactions: &[Transaction], achievements: &[Achievement]) -> HashMap<Uuid, Standing> {
    let reversed: HashSet<i64> = transactions.iter().filter_map(|t| t.reverses).collect();
    let revoked: HashSet<Uuid> =
        transactions.iter().filter(|t| t.cause == Cause::Revocation).filter_map(|t| t.about).collect();
    let mut deposited: HashMap<Uuid, CreditAmount> = HashMap::new();
    for t in transactions.iter().filter(|t| t.kind == TransactionKind::Deposit && !reversed.contains(&t.seq)) {
        for posting in &t.postings {
            deposited.insert(posting.lot, posting.amount);
        }
    }
    // A revoked series may go on with a new result under the same reference: that does not correct the revoked one.
    let mut latest: HashMap<Uuid, (i64, Uuid)> = HashMap::new();
    for a in achievements {
        let newest = latest.entry(a.series).or_insert((a.revision, a.id));
        *newest = (*newest).max((a.revision, a.id));
    }
    let replaced_by =
        |a: &Achievement| latest.get(&a.series).filter(|(revision, _)| *revision > a.revision).map(|(_, id)| *id);
    let better: HashSet<Uuid> = achievements
        .iter()
        .filter(|a| !revoked.contains(&a.id) && replaced_by(a).is_none())
        .filter_map(|a| a.supersedes)
        .collect();
    achievements
        .iter()
        .map(|a| {
            let superseded_by = if revoked.contains(&a.id) { None } else { replaced_by(a) };
            let gone = superseded_by.is_some() || revoked.contains(&a.id);
            let credits = deposited.get(&a.lot).copied().filter(|_| !gone).unwrap_or(CreditAmount::ZERO);
            let status = if revoked.contains(&a.id) {
                AchievementStatus::Revoked
            } else if superseded_by.is_some() {
                AchievementStatus::Corrected
            } else if better.contains(&a.id) {
                AchievementStatus::Superseded
            } else if credits > CreditAmount::ZERO || a.supersedes.is_some() {
                AchievementStatus::Recognised
            } else if a.attached_to.is_some() {
                AchievementStatus::Attached
            } else {
                AchievementStatus::Recorded
            };
            (a.id, Standing { status, credits, superseded_by })
        })
        .collect()
}
