//! Decisions that need the learner's whole history: further attempts, corrections, revocations, transfers.
//!
//! Each answers the drafts to append, oldest first, all in one database transaction.

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::book::{Draft, issue};
use super::cascade::{Cascade, Dependent, Finding, Left, Unwinding};
use super::details::{Achievement, SealedDetails, SealedScore};
use super::lots::Lots;
use super::posting::Movement;
use super::purse::Account;
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
    /// The lot was granted by a conversion: it is never a source again.
    #[error("a granted lot is no source")]
    GrantedLot {
        /// The lot.
        lot: Uuid,
    },
    /// Not enough of the lot lies where it could be drawn on.
    #[error("not enough of the lot: wanted {wanted}, available {available}")]
    InsufficientLot {
        /// The lot.
        lot: Uuid,
        /// What was to be taken.
        wanted: CreditAmount,
        /// What could be.
        available: CreditAmount,
    },
    /// It has been converted and not undone.
    #[error("converted already")]
    AlreadyConverted,
    /// There is nothing to undo.
    #[error("not converted")]
    NotConverted,
    /// It grants nothing and exempts from nothing.
    #[error("nothing to convert")]
    NothingToConvert,
    /// An award has redeemed it.
    #[error("redeemed")]
    Redeemed {
        /// The award.
        award: Uuid,
    },
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

/// A correction of one result.
#[derive(Debug, Clone)]
pub struct Correction<'a> {
    /// The revision that stands.
    pub old: Uuid,
    /// The one that replaces it.
    pub new: Achievement,
    /// Where its credits go when type or enrolment are what was corrected.
    pub place: Account,
    /// What is sealed.
    pub details: SealedDetails,
    /// The learner's live conversions.
    pub dependents: &'a [Dependent],
    /// The day of the correction.
    pub today: NaiveDate,
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
    pub(super) fn live_deposit(&self, lot: Uuid) -> Option<&Transaction> {
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
    pub(super) fn other_attempts(&self, achievement: &Achievement) -> Vec<&Achievement> {
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

    /// The attempt that takes the credits which another leaves.
    pub(super) fn best<'a>(&self, attempts: &[&'a Achievement]) -> Option<&'a Achievement> {
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
        correction: Correction<'_>,
        mut draft: Draft,
        ids: &mut dyn Ids,
    ) -> Cascade {
        let Correction { mut new, place, dependents, today, .. } = correction;
        let mut unwinding = Unwinding::new(self);
        let left = unwinding.leave(before, dependents, (Cause::Correction, today), ids);
        unwinding.forfeit_revoked(today, ids);
        let Unwinding { mut drafts, ended, mut findings, .. } = unwinding;
        // Not revoked, so nobody said that what rests on it is void: each is to be looked at.
        findings.extend(ended.iter().map(|ended| Finding::Conversion { conversion: ended.conversion }));
        if let Left::Out(Some(lay_in)) = left {
            drafts.extend(self.reinstate(before, lay_in, ids));
        }
        let score = draft.details.score.as_ref().and_then(valid_score);
        match self.place_attempt(&new, score.as_ref()) {
            _ if matches!(left, Left::Stuck) => new.lot = before.lot,
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
        let resting = self.resting_on(before, dependents, &ended);
        Cascade { drafts, ended, resting, findings }
    }

    /// Replaces the latest revision of a result by `new`, whose `lot`, `attached_to` and `supersedes` are set here.
    ///
    /// Same credits: one `record`. Other credits: a reversal, and a deposit where the lot last lay (or in
    /// `place` when the credit type or the enrolment changed); conversions that draw on the lot are undone for it and made
    /// again as far as the new amount covers them. Where an award has redeemed credits of the lot, the correction is a
    /// `record` and the award is reported.
    pub fn correct(&self, correction: Correction<'_>, ids: &mut dyn Ids) -> Result<Cascade, HistoryRefusal> {
        let Some(before) = self.achievements.iter().find(|a| a.id == correction.old) else {
            return Err(HistoryRefusal::LotInUse);
        };
        let new = &correction.new;
        let mut draft = Draft {
            id: ids.next(),
            kind: TransactionKind::Record,
            cause: Cause::Correction,
            about: Some(new.id),
            reverses: None,
            effective_on: new.issued_on.unwrap_or(new.completed_on),
            movements: Vec::new(),
            achievement: None,
            details: correction.details.clone(),
        };
        if before.code != new.code && before.kind == AchievementKind::Course {
            return Ok(self.move_course(before, correction, draft, ids));
        }
        let Correction { mut new, place, dependents, today, .. } = correction;
        let deposited = self.live_deposit(before.lot).map(|deposit| &deposit.postings);
        let same_lot = deposited.is_some_and(|postings| postings.iter().all(|posting| posting.amount == new.credits))
            && before.credit_type == new.credit_type
            && before.enrolment == new.enrolment;
        let beside = before.attached_to.is_some() || before.supersedes.is_some();
        if deposited.is_none() && beside {
            // An attempt beside the one that holds the lot stays beside it; its score decides how.
            let score = draft.details.score.as_ref().and_then(valid_score);
            (new.attached_to, new.supersedes) = match self.place_attempt(&new, score.as_ref()) {
                Some((other, true)) => (None, Some(other)),
                Some((other, false)) => (Some(other), None),
                None => (before.attached_to, before.supersedes),
            };
        } else if same_lot {
            (new.lot, new.attached_to, new.supersedes) = (before.lot, before.attached_to, before.supersedes);
        } else {
            let together = before.enrolment == new.enrolment && before.credit_type == new.credit_type;
            return Ok(match self.redeposit(before, (&new, place, together), today, draft.clone(), ids) {
                Ok(cascade) => {
                    let resting = self.resting_on(before, dependents, &cascade.ended);
                    Cascade { resting, ..cascade }
                }
                Err(refusal) => {
                    (new.lot, new.attached_to, new.supersedes) = (before.lot, before.attached_to, before.supersedes);
                    draft.achievement = Some(new);
                    let award = match refusal {
                        HistoryRefusal::Redeemed { award } => Some(Finding::Award { award, conversion: None }),
                        _ => None, // expired: nothing is left that could be put right
                    };
                    let resting = self.resting_on(before, dependents, &[]);
                    let findings = award.into_iter().collect();
                    Cascade { drafts: vec![draft], ended: Vec::new(), resting, findings }
                }
            });
        }
        draft.achievement = Some(new);
        let resting = self.resting_on(before, dependents, &[]);
        Ok(Cascade { drafts: vec![draft], resting, ..Cascade::default() })
    }

    /// A correction that changes credits: conversions apart, reversal, deposit, conversions again.
    fn redeposit(
        &self,
        before: &Achievement,
        (new, place, together): (&Achievement, Account, bool),
        today: NaiveDate,
        mut draft: Draft,
        ids: &mut dyn Ids,
    ) -> Result<Cascade, HistoryRefusal> {
        let mut unwinding = Unwinding::new(self);
        let remakes = unwinding.set_apart(before.lot, today, ids)?;
        let lay_in = unwinding.deposit(before, Cause::Correction, ids)?;
        let to = lay_in.filter(|_| together).unwrap_or(place);
        if new.credits > CreditAmount::ZERO {
            draft.kind = TransactionKind::Deposit;
            draft.movements = vec![issue(new.institution, new.id, new.credit_type, new.credits, to)];
        }
        draft.achievement = Some(new.clone());
        unwinding.push(draft);
        unwinding.remake(remakes, (before.lot, new.id), today, ids);
        unwinding.forfeit_revoked(today, ids);
        let Unwinding { drafts, ended, findings, .. } = unwinding;
        Ok(Cascade { drafts, ended, resting: Vec::new(), findings })
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
        let places = Lots::of(&self.transactions);
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
                let amount = places.within(lot, from);
                (amount > CreditAmount::ZERO).then_some(Movement { credit_type, amount, lot, from, to })
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
