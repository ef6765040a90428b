//! Taking an achievement out of the book together with what rests on it: conversions newest first, one reversal for each
//! transaction, then the deposit. What an award has redeemed stays and is reported instead.
//!
//! A cascade never reverses a transfer: it moves the one lot back to where it was brought in, then posts the mirror.

use std::collections::HashSet;

use chrono::NaiveDate;
use uuid::Uuid;

use super::book::{Draft, issue};
use super::conversion::{Draw, Stage, draft, set_aside};
use super::details::{Achievement, SealedDetails};
use super::history::{History, HistoryRefusal, Ids};
use super::lots::Lots;
use super::posting::Movement;
use super::purse::{Account, AccountKind};
use super::status::AchievementStatus;
use super::transaction::{Cause, TransactionKind};

/// What a live conversion rests on. Draws stand in the book; this is what only the records of uses know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// The conversion.
    pub conversion: Uuid,
    /// The achievements it rests on, whichever revision of them.
    pub evidence: Vec<Uuid>,
    /// The enrolment it counts in: an award of that programme may rest on it even where it granted no credits.
    pub enrolment: Option<Uuid>,
}

/// A conversion that ended with what it rested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The conversion.
    pub conversion: Uuid,
    /// Whether it had been converted; else it was still being decided.
    pub converted: bool,
}

/// Something decided earlier that rests on a record which has changed, and that the book cannot put right by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// An award redeemed credits that should not have been there.
    Award {
        /// The award.
        award: Uuid,
        /// The conversion that brought them, unless they were the achievement's own.
        conversion: Option<Uuid>,
    },
    /// A conversion ended although its source was only corrected: what is left of the source does not cover it.
    Conversion {
        /// The conversion.
        conversion: Uuid,
    },
}

/// What a change of one achievement comes to.
#[derive(Debug, Clone, Default)]
pub struct Cascade {
    /// To be appended, oldest first, all in one database transaction.
    pub drafts: Vec<Draft>,
    /// Conversions that ended, in the order in which they did.
    pub ended: Vec<Ended>,
    /// Conversions that rest on what has changed and stand.
    pub resting: Vec<Uuid>,
    /// What somebody has to look at.
    pub findings: Vec<Finding>,
}

/// A working copy of where the lots lie, and what has been drafted on it.
pub(super) struct Unwinding<'h> {
    history: &'h History,
    pub(super) lots: Lots,
    pub(super) drafts: Vec<Draft>,
    pub(super) ended: Vec<Ended>,
    pub(super) findings: Vec<Finding>,
}

/// How an achievement left the book.
pub(super) enum Left {
    /// Its deposit was reversed; its lot had last lain here. None: it had no deposit.
    Out(Option<Account>),
    /// Some of its lot is redeemed, drawn for good, or has expired: the deposit stays.
    Stuck,
}

/// A conversion that was undone so that its source can be corrected.
pub(super) struct Remake {
    conversion: Uuid,
    draws: Vec<Draw>,
    converted: Option<(Vec<Movement>, Option<Movement>)>,
}

impl<'h> Unwinding<'h> {
    pub(super) fn new(history: &'h History) -> Self {
        let lots = Lots::of(&history.transactions);
        Self { history, lots, drafts: Vec::new(), ended: Vec::new(), findings: Vec::new() }
    }

    /// Drafts something whose movements the lots have not seen.
    pub(super) fn push(&mut self, draft: Draft) {
        draft.movements.iter().for_each(|movement| self.lots.apply(movement));
        self.drafts.push(draft);
    }

    /// Says why in every draft so far.
    pub(super) fn with_reason(mut self, reason: &str) -> Self {
        for draft in &mut self.drafts {
            draft.details = SealedDetails { reason: Some(reason.to_owned()), ..SealedDetails::default() };
        }
        self
    }

    /// Moves what lies elsewhere of `lot` back to `home`; answers where most of it lay.
    fn bring_home(
        &mut self,
        (lot, home): (Uuid, Account),
        about: (Cause, Uuid),
        on: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Account {
        let places = self.lots.purses(lot);
        let free = || places.iter().filter(|(account, _)| account.kind.is_free());
        let most = free().max_by_key(|(account, amount)| (*amount, std::cmp::Reverse(*account)));
        let lay_in = most.map_or(home, |(account, _)| *account);
        let Some(credit_type) = self.lots.credit_type(lot) else { return lay_in };
        let away = free().filter(|(account, _)| *account != home);
        let movements: Vec<Movement> =
            away.map(|(from, amount)| Movement { credit_type, amount: *amount, lot, from: *from, to: home }).collect();
        if !movements.is_empty() {
            self.push(draft(ids.next(), TransactionKind::Transfer, about, on, movements));
        }
        lay_in
    }

    /// Undoes a conversion, or ends one that is still being decided; answers where most of its grant lay.
    pub(super) fn conversion(
        &mut self,
        conversion: Uuid,
        enrolment: Option<Uuid>,
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Result<Option<Account>, HistoryRefusal> {
        let mut lay_in = None;
        let converted = self.history.conversion(conversion);
        if let Some(converted) = converted {
            if let Some(award) = enrolment.and_then(|enrolment| self.history.award_over(enrolment, converted.seq)) {
                return Err(HistoryRefusal::Redeemed { award });
            }
            let about = (Cause::ConversionReversal, conversion);
            if let Some(granted) = converted.postings.iter().find(|posting| posting.lot == conversion) {
                self.whole(conversion, granted.amount)?;
                lay_in = Some(self.bring_home((conversion, granted.to), about, today, ids));
            }
            let mirror = converted.postings.iter().rev().map(super::posting::Posting::mirror).collect();
            let reversal = draft(ids.next(), TransactionKind::Reversal, about, converted.effective_on, mirror);
            self.push(Draft { reverses: Some(converted.seq), ..reversal });
        }
        let back = self.history.give_back(&mut self.lots, conversion);
        if !back.is_empty() {
            let cause = if converted.is_some() { Cause::ConversionReversal } else { Cause::Withdrawal };
            self.drafts.push(draft(ids.next(), TransactionKind::Release, (cause, conversion), today, back));
        }
        self.ended.push(Ended { conversion, converted: converted.is_some() });
        Ok(lay_in)
    }

    /// Refuses unless all of `lot` lies where it can be taken back.
    fn whole(&self, lot: Uuid, amount: crate::domain::credit::CreditAmount) -> Result<(), HistoryRefusal> {
        let redeemed = self.lots.purses(lot).into_iter().find(|(account, _)| account.kind == AccountKind::Redeemed);
        if let Some((account, _)) = redeemed {
            return Err(HistoryRefusal::Redeemed { award: account.reference });
        }
        if self.lots.free(lot) == amount { Ok(()) } else { Err(HistoryRefusal::LotInUse) }
    }

    /// Takes the lot of `achievement` out of the book.
    pub(super) fn deposit(
        &mut self,
        achievement: &Achievement,
        cause: Cause,
        ids: &mut dyn Ids,
    ) -> Result<Option<Account>, HistoryRefusal> {
        let Some(deposit) = self.history.live_deposit(achievement.lot) else { return Ok(None) };
        let [posting] = deposit.postings.as_slice() else { return Err(HistoryRefusal::LotInUse) };
        self.whole(achievement.lot, posting.amount)?;
        let about = (cause, achievement.id);
        let lay_in = self.bring_home((achievement.lot, posting.to), about, deposit.effective_on, ids);
        let mirror = vec![posting.mirror()];
        let reversal = draft(ids.next(), TransactionKind::Reversal, about, deposit.effective_on, mirror);
        self.push(Draft { reverses: Some(deposit.seq), ..reversal });
        Ok(Some(lay_in))
    }

    /// Takes `achievement` out with every conversion that draws on it or rests on it.
    pub(super) fn leave(
        &mut self,
        achievement: &Achievement,
        dependents: &[Dependent],
        (cause, today): (Cause, NaiveDate),
        ids: &mut dyn Ids,
    ) -> Left {
        for (conversion, enrolment) in self.history.dependents_of(achievement, dependents) {
            match self.conversion(conversion, enrolment, today, ids) {
                Ok(_) => {}
                Err(refusal) => self.report(refusal, Some(conversion)),
            }
        }
        match self.deposit(achievement, cause, ids) {
            Ok(lay_in) => Left::Out(lay_in),
            Err(refusal) => {
                self.report(refusal, None);
                Left::Stuck
            }
        }
    }

    /// Notes an award that cannot be undone, once.
    fn report(&mut self, refusal: HistoryRefusal, conversion: Option<Uuid>) {
        if let HistoryRefusal::Redeemed { award } = refusal {
            let finding = Finding::Award { award, conversion };
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
    }

    /// Undoes the conversions that draw on `lot` so that it can be corrected; answers how to make them again, oldest first.
    pub(super) fn set_apart(
        &mut self,
        lot: Uuid,
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) -> Result<Vec<Remake>, HistoryRefusal> {
        let mut remakes = Vec::new();
        for conversion in self.history.newest_first(self.history.drawing_on(lot)) {
            let held = Account::held(conversion);
            let (mut draws, mut converted) = (self.lots.lying_in(held), None);
            if let Some(made) = self.history.conversion(conversion) {
                let drawn = made.postings.iter().filter(|p| p.from == held);
                draws = drawn.clone().map(|p| (p.lot, p.amount)).collect();
                let grant = made.postings.iter().find(|p| p.lot == conversion).map(super::posting::Posting::movement);
                converted = Some((drawn.map(super::posting::Posting::movement).collect::<Vec<_>>(), grant));
            }
            let lay_in = self.conversion(conversion, None, today, ids)?;
            if let (Some((_, Some(grant))), Some(lay_in)) = (&mut converted, lay_in)
                && lay_in.kind == AccountKind::Programme
            {
                grant.to = lay_in;
            }
            let draws = draws.into_iter().map(|(lot, amount)| Draw { lot, amount }).collect();
            remakes.push(Remake { conversion, draws, converted });
        }
        remakes.reverse();
        Ok(remakes)
    }

    /// Forfeits what has come back of lots whose achievements are revoked: an award had kept it from leaving the book.
    pub(super) fn forfeit_revoked(&mut self, today: NaiveDate, ids: &mut dyn Ids) {
        let standings = self.history.standings();
        let revoked = |a: &&Achievement| standings[&a.id].status == AchievementStatus::Revoked;
        for a in self.history.achievements.iter().filter(revoked) {
            let rest = self.lots.take(a.lot, self.lots.free(a.lot), Account::revoked(a.institution));
            if !rest.is_empty() {
                let about = (Cause::Revocation, a.id);
                self.push(draft(ids.next(), TransactionKind::Forfeiture, about, today, rest));
            }
        }
    }

    /// Makes the conversions again with `new` in the place of `old`; one that is no longer covered stays undone and is
    /// reported.
    pub(super) fn remake(
        &mut self,
        remakes: Vec<Remake>,
        (old, new): (Uuid, Uuid),
        today: NaiveDate,
        ids: &mut dyn Ids,
    ) {
        let renamed = |lot: Uuid| if lot == old { new } else { lot };
        let same_type = self.lots.credit_type(old) == self.lots.credit_type(new);
        for Remake { conversion, draws, converted } in remakes {
            let draws: Vec<Draw> = draws.iter().map(|d| Draw { lot: renamed(d.lot), amount: d.amount }).collect();
            let mut lots = self.lots.clone();
            let Some(movements) = set_aside(&mut lots, conversion, &draws).ok().filter(|_| same_type) else {
                self.findings.push(Finding::Conversion { conversion });
                continue;
            };
            let hold = (Cause::Application, conversion);
            self.push(draft(ids.next(), TransactionKind::Hold, hold, today, movements));
            if let Some((drawn, grant)) = converted {
                let drawn = drawn.into_iter().map(|movement| Movement { lot: renamed(movement.lot), ..movement });
                let decision = (Cause::Decision, conversion);
                let movements = drawn.chain(grant).collect();
                self.push(draft(ids.next(), TransactionKind::Conversion, decision, today, movements));
            }
            self.ended.retain(|ended| ended.conversion != conversion);
        }
    }
}

impl History {
    /// The latest award of an enrolment's programme after the place `seq`, if it stands.
    fn award_over(&self, enrolment: Uuid, seq: i64) -> Option<Uuid> {
        let purse = Account::programme(enrolment);
        let redeems = |t: &&super::transaction::Transaction| {
            t.seq > seq && t.kind == TransactionKind::Redemption && t.postings.iter().any(|p| p.from == purse)
        };
        self.transactions.iter().rev().filter(redeems).find(|t| !self.is_reversed(t.seq))?.about
    }

    /// Newest first; what holds nothing and was not converted came last of all and has nothing to undo.
    fn newest_first(&self, mut conversions: Vec<Uuid>) -> Vec<Uuid> {
        conversions.sort_by_cached_key(|id| std::cmp::Reverse((self.stage(*id).map_or(i64::MAX, Stage::seq), *id)));
        conversions
    }

    /// The live conversions that draw on `achievement` or rest on a revision of it, newest first, with their enrolments.
    fn dependents_of(&self, achievement: &Achievement, dependents: &[Dependent]) -> Vec<(Uuid, Option<Uuid>)> {
        let series: HashSet<Uuid> =
            self.achievements.iter().filter(|a| a.series == achievement.series).map(|a| a.id).collect();
        let mut found = self.drawing_on(achievement.lot);
        for dependent in dependents.iter().filter(|d| d.evidence.iter().any(|id| series.contains(id))) {
            if !found.contains(&dependent.conversion) {
                found.push(dependent.conversion);
            }
        }
        let enrolment = |id: &Uuid| dependents.iter().find(|d| d.conversion == *id).and_then(|d| d.enrolment);
        self.newest_first(found).into_iter().map(|id| (id, enrolment(&id))).collect()
    }

    /// Those of the conversions resting on `achievement` that have not `ended`.
    pub(super) fn resting_on(&self, achievement: &Achievement, dependents: &[Dependent], ended: &[Ended]) -> Vec<Uuid> {
        let all = self.dependents_of(achievement, dependents).into_iter().map(|(id, _)| id);
        all.filter(|id| !ended.iter().any(|ended| ended.conversion == *id)).collect()
    }

    /// Annuls an achievement: what rests on it is undone, its lot leaves the book, and the best remaining attempt takes its
    /// place. Where an award has redeemed credits of it, what is left is forfeited and the award is reported.
    pub fn revoke(
        &self,
        id: Uuid,
        reason: &str,
        today: NaiveDate,
        dependents: &[Dependent],
        ids: &mut dyn Ids,
    ) -> Result<Cascade, HistoryRefusal> {
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
        let mut unwinding = Unwinding::new(self);
        let about = (Cause::Revocation, id);
        let lay_in = match unwinding.leave(achievement, dependents, (Cause::Revocation, today), ids) {
            Left::Out(Some(lay_in)) => Some(lay_in),
            Left::Out(None) => {
                unwinding.push(draft(ids.next(), TransactionKind::Record, about, today, Vec::new()));
                None
            }
            Left::Stuck => {
                let lot = achievement.lot;
                let rest =
                    unwinding.lots.take(lot, unwinding.lots.free(lot), Account::revoked(achievement.institution));
                let kind = if rest.is_empty() { TransactionKind::Record } else { TransactionKind::Forfeiture };
                unwinding.push(draft(ids.next(), kind, about, today, rest));
                None
            }
        };
        unwinding.forfeit_revoked(today, ids);
        let resting = self.resting_on(achievement, dependents, &unwinding.ended);
        let Unwinding { mut drafts, ended, findings, .. } = unwinding.with_reason(reason);
        drafts.extend(lay_in.and_then(|lay_in| self.reinstate(achievement, lay_in, ids)));
        Ok(Cascade { drafts, ended, resting, findings })
    }

    /// Undoes the conversions that rest on a fact of the person, which is revoked: what was granted for it leaves the book.
    pub fn undo_resting(
        &self,
        fact: Uuid,
        reason: &str,
        today: NaiveDate,
        dependents: &[Dependent],
        ids: &mut dyn Ids,
    ) -> Cascade {
        let resting: Vec<&Dependent> = dependents.iter().filter(|one| one.evidence.contains(&fact)).collect();
        let mut unwinding = Unwinding::new(self);
        for conversion in self.newest_first(resting.iter().map(|one| one.conversion).collect()) {
            let enrolment = resting.iter().find(|one| one.conversion == conversion).and_then(|one| one.enrolment);
            if let Err(refusal) = unwinding.conversion(conversion, enrolment, today, ids) {
                unwinding.report(refusal, Some(conversion));
            }
        }
        unwinding.forfeit_revoked(today, ids);
        let ended = |id: Uuid| unwinding.ended.iter().any(|ended| ended.conversion == id);
        let resting = resting.iter().map(|one| one.conversion).filter(|id| !ended(*id)).collect();
        let Unwinding { drafts, ended, findings, .. } = unwinding.with_reason(reason);
        Cascade { drafts, ended, resting, findings }
    }

    /// The best remaining attempt takes the place that a result leaves.
    pub(super) fn reinstate(&self, gone: &Achievement, lay_in: Account, ids: &mut dyn Ids) -> Option<Draft> {
        let next = self.best(&self.other_attempts(gone))?;
        let together = next.enrolment == gone.enrolment && next.credit_type == gone.credit_type;
        let place = if together { lay_in } else { next.enrolment.map_or(Account::AVAILABLE, Account::programme) };
        let movements = vec![issue(next.institution, next.lot, next.credit_type, next.credits, place)];
        let about = (Cause::Reinstatement, next.id);
        Some(draft(ids.next(), TransactionKind::Deposit, about, next.completed_on, movements))
    }
}

#[cfg(test)]
#[path = "cascade_tests.rs"]
mod tests;
