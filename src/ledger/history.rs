//! Decisions that need the learner's whole history: further attempts, corrections, revocations, transfers.
//!
//! Each answers the drafts to append, oldest first, all in one database transaction.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::book::{Draft, issue};
use super::details::{Achievement, SealedDetails, SealedScore};
use super::posting::Movement;
use super::purse::{Account, AccountKind};
use super::status::{AchievementStatus, Standing, standings};
use super::transaction::{Cause, Transaction, TransactionKind};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::kind::AchievementKind;
use crate::domain::score::{Score, ValidScore, compare};

/// The chain of one learner with the achievements it brought and the details that could be opened.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// In order.
    pub transactions: Vec<Transaction>,
    /// In any order.
    pub achievements: Vec<Achievement>,
    /// Opened details by place in the chain.
    pub details: HashMap<i64, SealedDetails>,
}

/// Why a decision on the history is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HistoryRefusal {
    /// It has been revoked before.
    #[error("revoked already")]
    AlreadyRevoked,
    /// A later revision stands; that one is to be revoked or corrected.
    #[error("a later revision stands")]
    NotTheLatest(Uuid),
    /// The lot is not, or not wholly, where it would have to be.
    #[error("the lot is in use")]
    LotInUse,
    /// Nothing lies in the purse that could be moved.
    #[error("nothing to transfer")]
    NothingToTransfer,
}

/// Which lots are to move, and where.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The purse they lie in.
    pub from: Account,
    /// The purse they go to.
    pub to: Account,
    /// Their credit type.
    pub credit_type: CreditType,
    /// Which; all that lie there when not said.
    pub lots: Option<&'a [Uuid]>,
}

/// New ids for drafts, made by the caller.
pub trait Ids {
    /// The next id.
    fn next(&mut self) -> Uuid;
}

impl<F: FnMut() -> Uuid> Ids for F {
    fn next(&mut self) -> Uuid {
        self()
    }
}

fn valid_score(score: &SealedScore) -> Option<ValidScore> {
    Score { scale: score.scale, value: score.value.clone(), passed: None }.validate().ok()
}

/// Where a lot's credits lie now: the purses with what is left in each.
fn whereabouts(transactions: &[Transaction], lot: Uuid) -> BTreeMap<Account, CreditAmount> {
    let mut left: BTreeMap<Account, i64> = BTreeMap::new();
    for posting in transactions.iter().flat_map(|t| &t.postings).filter(|posting| posting.lot == lot) {
        *left.entry(posting.from).or_default() -= posting.amount.thousandths();
        *left.entry(posting.to).or_default() += posting.amount.thousandths();
    }
    left.into_iter()
        .filter(|(account, amount)| account.kind.is_purse() && *amount > 0)
        .map(|(account, amount)| (account, CreditAmount::from_thousandths(amount)))
        .collect()
}

impl History {
    /// Standing of every achievement. Of the live attempts of one course the best counts, whichever of them holds the lot.
    pub fn standings(&self) -> HashMap<Uuid, Standing> {
        let mut standings = standings(&self.transactions, &self.achievements);
        let mut attempts: HashMap<(Uuid, Option<&str>), Vec<&Achievement>> = HashMap::new();
        for a in self.achievements.iter().filter(|a| a.kind == AchievementKind::Course) {
            if standings[&a.id].status.is_live() {
                attempts.entry((a.institution, a.code.as_deref())).or_default().push(a);
            }
        }
        for attempts in attempts.values() {
            let Some(strongest) = self.strongest(attempts) else { continue };
            for a in attempts {
                let Some(standing) = standings.get_mut(&a.id) else { continue };
                standing.status = match a.seq.cmp(&strongest.seq) {
                    Ordering::Less => AchievementStatus::Superseded,
                    Ordering::Greater => AchievementStatus::Attached,
                    Ordering::Equal if standing.status == AchievementStatus::Recorded => AchievementStatus::Recorded,
                    Ordering::Equal => AchievementStatus::Recognised,
                };
            }
        }
        standings
    }

    /// The live deposit of a lot.
    fn live_deposit(&self, lot: Uuid) -> Option<&Transaction> {
        self.transactions.iter().rev().find(|t| {
            t.kind == TransactionKind::Deposit
                && t.postings.iter().any(|posting| posting.lot == lot)
                && !self.transactions.iter().any(|later| later.reverses == Some(t.seq))
        })
    }

    fn score_of(&self, achievement: &Achievement) -> Option<ValidScore> {
        valid_score(self.details.get(&achievement.seq)?.score.as_ref()?)
    }

    /// The live attempts of the course that `achievement` is a result of, at the same institution, without itself.
    fn other_attempts(&self, achievement: &Achievement) -> Vec<&Achievement> {
        let standings = self.standings();
        self.achievements
            .iter()
            .filter(|other| {
                other.kind == AchievementKind::Course
                    && other.id != achievement.id
                    && other.institution == achievement.institution
                    && other.code == achievement.code
                    && other.series != achievement.series
                    && standings[&other.id].status.is_live()
            })
            .collect()
    }

    /// How a new attempt stands to the earlier ones: which it supersedes or is attached to.
    pub fn place_attempt(&self, new: &Achievement, score: Option<&ValidScore>) -> Option<(Uuid, bool)> {
        let others = self.other_attempts(new);
        let best = self.strongest(&others)?;
        let better = match (score, self.score_of(best)) {
            (Some(new), Some(old)) => compare(new, &old) == Some(Ordering::Greater),
            _ => false, // incomparable scores keep the earlier
        };
        Some((best.id, better))
    }

    /// Takes the lot of `achievement` out of the book: back to the purse of its deposit, then the mirror.
    ///
    /// Answers the drafts and the purse the lot last lay in; nothing when it has no live deposit.
    fn unwind(
        &self,
        achievement: &Achievement,
        cause: Cause,
        ids: &mut dyn Ids,
    ) -> Result<Option<(Vec<Draft>, Account)>, HistoryRefusal> {
        let Some(deposit) = self.live_deposit(achievement.lot) else { return Ok(None) };
        let [posting] = deposit.postings.as_slice() else { return Err(HistoryRefusal::LotInUse) };
        let places = whereabouts(&self.transactions, achievement.lot);
        let (&lies_in, &amount) = places.first_key_value().ok_or(HistoryRefusal::LotInUse)?;
        let movable = matches!(lies_in.kind, AccountKind::Available | AccountKind::Programme);
        if places.len() != 1 || amount != posting.amount || !movable {
            return Err(HistoryRefusal::LotInUse);
        }
        let mut drafts = Vec::new();
        if lies_in != posting.to {
            let back = Movement { from: lies_in, to: posting.to, ..posting.mirror() };
            drafts.push(Draft {
                id: ids.next(),
                kind: TransactionKind::Transfer,
                cause,
                about: Some(achievement.id),
                reverses: None,
                effective_on: deposit.effective_on,
                movements: vec![back],
                achievement: None,
                details: SealedDetails::default(),
            });
        }
        drafts.push(Draft {
            id: ids.next(),
            kind: TransactionKind::Reversal,
            cause,
            about: Some(achievement.id),
            reverses: Some(deposit.seq),
            effective_on: deposit.effective_on,
            movements: vec![posting.mirror()],
            achievement: None,
            details: SealedDetails::default(),
        });
        Ok(Some((drafts, lies_in)))
    }

    /// Annuls an achievement: its lot leaves the book, and the best remaining attempt takes its place.
    pub fn revoke(
        &self,
        id: Uuid,
        reason: &str,
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Result<Vec<Draft>, HistoryRefusal> {
        let standings = self.standings();
        let Some(achievement) = self.achievements.iter().find(|a| a.id == id) else {
            return Err(HistoryRefusal::AlreadyRevoked);
        };
        let standing = standings[&id];
        if standing.status == AchievementStatus::Revoked {
            return Err(HistoryRefusal::AlreadyRevoked);
        }
        if let Some(later) = standing.superseded_by {
            return Err(HistoryRefusal::NotTheLatest(later));
        }
        let details = SealedDetails { reason: Some(reason.to_owned()), ..SealedDetails::default() };
        let Some((mut drafts, lay_in)) = self.unwind(achievement, Cause::Revocation, ids)? else {
            return Ok(vec![Draft {
                id: ids.next(),
                kind: TransactionKind::Record,
                cause: Cause::Revocation,
                about: Some(id),
                reverses: None,
                effective_on: today,
                movements: Vec::new(),
                achievement: None,
                details,
            }]);
        };
        for draft in &mut drafts {
            draft.details = details.clone();
        }
        drafts.extend(self.reinstate(achievement, lay_in, ids));
        Ok(drafts)
    }

    /// The best remaining attempt takes the place that a result leaves.
    fn reinstate(&self, gone: &Achievement, lay_in: Account, ids: &mut dyn Ids) -> Option<Draft> {
        let next = self.best(&self.other_attempts(gone))?;
        let together = next.enrolment == gone.enrolment && next.credit_type == gone.credit_type;
        let place = if together { lay_in } else { next.enrolment.map_or(Account::AVAILABLE, Account::programme) };
        Some(Draft {
            id: ids.next(),
            kind: TransactionKind::Deposit,
            cause: Cause::Reinstatement,
            about: Some(next.id),
            reverses: None,
            effective_on: next.completed_on,
            movements: vec![issue(next.institution, next.lot, next.credit_type, next.credits, place)],
            achievement: None,
            details: SealedDetails::default(),
        })
    }

    /// The attempt that takes the credits which another leaves.
    fn best<'a>(&self, attempts: &[&'a Achievement]) -> Option<&'a Achievement> {
        let worth: Vec<&Achievement> = attempts.iter().filter(|a| a.credits > CreditAmount::ZERO).copied().collect();
        self.strongest(&worth)
    }

    /// The attempt with the best score; of equal and of incomparable ones the earliest.
    fn strongest<'a>(&self, attempts: &[&'a Achievement]) -> Option<&'a Achievement> {
        let mut ordered = attempts.to_vec();
        ordered.sort_by_key(|a| a.seq);
        ordered.into_iter().reduce(|best, next| {
            let better = match (self.score_of(next), self.score_of(best)) {
                (Some(next), Some(best)) => compare(&next, &best) == Some(Ordering::Greater),
                _ => false,
            };
            if better { next } else { best }
        })
    }

    /// A correction that names another course: the old course is left as by a revocation, the new one is taken as by a
    /// first result, or stands beside an attempt that gave its credits before.
    fn move_course(
        &self,
        before: &Achievement,
        mut new: Achievement,
        place: Account,
        mut draft: Draft,
        ids: &mut dyn Ids,
    ) -> Result<Vec<Draft>, HistoryRefusal> {
        let mut drafts = Vec::new();
        if let Some((unwound, lay_in)) = self.unwind(before, Cause::Correction, ids)? {
            drafts = unwound;
            drafts.extend(self.reinstate(before, lay_in, ids));
        }
        let score = draft.details.score.as_ref().and_then(valid_score);
        match self.place_attempt(&new, score.as_ref()) {
            Some((other, true)) => new.supersedes = Some(other),
            Some((other, false)) => new.attached_to = Some(other),
            None if new.credits > CreditAmount::ZERO => {
                draft.kind = TransactionKind::Deposit;
                draft.movements = vec![issue(new.institution, new.id, new.credit_type, new.credits, place)];
            }
            None => {}
        }
        draft.achievement = Some(new);
        drafts.push(draft);
        Ok(drafts)
    }

    /// Replaces the latest revision of a result by `new`, whose `lot`, `attached_to` and `supersedes` are set here.
    ///
    /// Same credits: one `record`. Other credits: a reversal, and a deposit where the lot last lay (or in
    /// `place` when the credit type or the enrolment changed).
    pub fn correct(
        &self,
        old: Uuid,
        mut new: Achievement,
        place: Account,
        details: SealedDetails,
        ids: &mut dyn Ids,
    ) -> Result<Vec<Draft>, HistoryRefusal> {
        let Some(before) = self.achievements.iter().find(|a| a.id == old) else {
            return Err(HistoryRefusal::LotInUse);
        };
        let effective_on = new.issued_on.unwrap_or(new.completed_on);
        let credits = new.credits;
        let mut draft = Draft {
            id: ids.next(),
            kind: TransactionKind::Record,
            cause: Cause::Correction,
            about: Some(new.id),
            reverses: None,
            effective_on,
            movements: Vec::new(),
            achievement: None,
            details,
        };
        if before.code != new.code && before.kind == AchievementKind::Course {
            return self.move_course(before, new, place, draft, ids);
        }
        let holds_lot = self.live_deposit(before.lot).is_some();
        let same_lot =
            before.credits == credits && before.credit_type == new.credit_type && before.enrolment == new.enrolment;
        if !holds_lot && (before.attached_to.is_some() || before.supersedes.is_some()) {
            // An attempt beside the one that holds the lot stays beside it; its score decides how.
            let score = draft.details.score.as_ref().and_then(valid_score);
            (new.attached_to, new.supersedes) = match self.place_attempt(&new, score.as_ref()) {
                Some((other, true)) => (None, Some(other)),
                Some((other, false)) => (Some(other), None),
                None => (before.attached_to, before.supersedes),
            };
        } else if holds_lot && same_lot {
            (new.lot, new.attached_to, new.supersedes) = (before.lot, before.attached_to, before.supersedes);
        } else {
            let unwound = self.unwind(before, Cause::Correction, ids)?;
            let (mut drafts, lay_in) = unwound.unwrap_or_else(|| (Vec::new(), place));
            let to =
                if before.enrolment == new.enrolment && before.credit_type == new.credit_type { lay_in } else { place };
            if credits > CreditAmount::ZERO {
                draft.kind = TransactionKind::Deposit;
                draft.movements = vec![issue(new.institution, new.id, new.credit_type, credits, to)];
            }
            draft.achievement = Some(new);
            drafts.push(draft);
            return Ok(drafts);
        }
        draft.achievement = Some(new);
        Ok(vec![draft])
    }

    /// Moves lots from one enrolment's purse to another's (or to `available`), as one transfer.
    pub fn transfer(
        &self,
        wanted: Wanted<'_>,
        today: NaiveDate,
        reason: Option<String>,
        ids: &mut dyn Ids,
    ) -> Result<Draft, HistoryRefusal> {
        let Wanted { from, to, credit_type, lots } = wanted;
        let mut candidates: Vec<Uuid> = Vec::new();
        for posting in self.transactions.iter().flat_map(|t| &t.postings).filter(|p| p.to == from) {
            if !candidates.contains(&posting.lot) {
                candidates.push(posting.lot);
            }
        }
        if lots.is_some_and(|wanted| wanted.iter().any(|lot| !candidates.contains(lot))) {
            return Err(HistoryRefusal::NothingToTransfer);
        }
        let wanted = |lot: &Uuid| lots.is_none_or(|wanted| wanted.contains(lot));
        let movements: Vec<Movement> = candidates
            .into_iter()
            .filter(wanted)
            .filter_map(|lot| {
                let amount = *whereabouts(&self.transactions, lot).get(&from)?;
                Some(Movement { credit_type, amount, lot, from, to })
            })
            .collect();
        if movements.is_empty() {
            return Err(HistoryRefusal::NothingToTransfer);
        }
        Ok(Draft {
            id: ids.next(),
            kind: TransactionKind::Transfer,
            cause: Cause::EnrolmentTransfer,
            about: None,
            reverses: None,
            effective_on: today,
            movements,
            achievement: None,
            details: SealedDetails { reason, ..SealedDetails::default() },
        })
    }
}
