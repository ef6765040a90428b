//! A learner's chain in memory, for the tests of what is decided on it.

use chrono::NaiveDate;
use uuid::Uuid;

use super::book::{Draft, LearnerBook, LedgerError, Sealer, issue};
use super::cascade::Cascade;
use super::details::{Achievement, SALT_LEN, SealedDetails};
use super::history::{History, HistoryRefusal};
use super::lots::Lots;
use super::purse::Account;
use super::transaction::{ActorKind, Author, Cause, TransactionKind};
use super::verify::{Opening, Rows, verify_learner};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::kind::AchievementKind;
use crate::domain::time::Instant;

pub const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date");
pub const ISSUER: Uuid = Uuid::from_u128(0xc1);
pub const SET: Uuid = Uuid::from_u128(0x5e7);
pub const HIGHER: Uuid = Uuid::from_u128(0xe1);
pub const OTHER: Uuid = Uuid::from_u128(0xe2);

/// Whole credits.
pub fn credits(whole: i64) -> CreditAmount {
    CreditAmount::from_thousandths(whole * 1000)
}

struct Open;

impl Sealer for Open {
    fn salt(&self) -> [u8; SALT_LEN] {
        [7; SALT_LEN]
    }

    fn seal(&self, _: &[u8], plain: &[u8]) -> Vec<u8> {
        plain.to_vec()
    }
}

/// The chain with what was appended to it.
pub struct Chain {
    pub book: LearnerBook,
    pub history: History,
    next: u128,
}

impl Chain {
    pub fn new() -> Self {
        let book = LearnerBook::empty(Uuid::from_u128(0xb0), Uuid::from_u128(0xa1));
        Self { book, history: History::default(), next: 0x1000 }
    }

    /// Appends; nothing of a draft that is refused stays.
    pub fn append(&mut self, draft: Draft) -> Result<(), LedgerError> {
        let author = Author { kind: ActorKind::Client, id: ISSUER, institution: ISSUER, request: ISSUER };
        let now = Instant::from_micros(self.book.head.posted_at.micros() + 1);
        let appended = self.book.append(draft, author, now, &Open)?;
        self.history.transactions.push(appended.transaction);
        self.history.achievements.extend(appended.achievement);
        Ok(())
    }

    /// Runs a decision with fresh ids and appends what it answers.
    pub fn decide<D: IntoIterator<Item = Draft>>(
        &mut self,
        decide: impl FnOnce(&History, &mut dyn FnMut() -> Uuid) -> Result<D, HistoryRefusal>,
    ) -> Result<(), HistoryRefusal> {
        let mut next = self.next;
        let drafts = decide(&self.history, &mut || {
            next += 1;
            Uuid::from_u128(next)
        })?;
        self.next = next;
        for draft in drafts {
            self.append(draft).expect("what is decided can be appended");
        }
        self.verify();
        Ok(())
    }

    /// [`Chain::decide`] for a cascade, which it answers without its drafts.
    pub fn cascade(
        &mut self,
        decide: impl FnOnce(&History, &mut dyn FnMut() -> Uuid) -> Result<Cascade, HistoryRefusal>,
    ) -> Result<Cascade, HistoryRefusal> {
        let mut kept = Cascade::default();
        self.decide(|history, ids| {
            kept = decide(history, ids)?;
            Ok(std::mem::take(&mut kept.drafts))
        })?;
        Ok(kept)
    }

    pub fn achievement(&self, id: u128, amount: i64) -> Achievement {
        Achievement {
            id: Uuid::from_u128(id),
            learner: self.book.learner,
            seq: 0,
            series: Uuid::from_u128(id),
            revision: 1,
            lot: Uuid::from_u128(id),
            kind: AchievementKind::SkillCertificate,
            institution: ISSUER,
            code: None,
            level: None,
            credit_type: CreditType::Skill,
            credits: credits(amount),
            programme: None,
            enrolment: None,
            term: None,
            attempt: None,
            delivery: None,
            facts: None,
            completed_on: TODAY,
            issued_on: None,
            valid_until: None,
            attached_to: None,
            supersedes: None,
        }
    }

    /// An achievement of so many credits, in `available`; answers its id.
    pub fn deposit(&mut self, id: u128, amount: i64) -> Uuid {
        let achievement = self.achievement(id, amount);
        let lot = achievement.lot;
        let movements = if amount > 0 {
            vec![issue(ISSUER, lot, CreditType::Skill, credits(amount), Account::AVAILABLE)]
        } else {
            Vec::new()
        };
        let kind = if amount > 0 { TransactionKind::Deposit } else { TransactionKind::Record };
        let draft = Draft {
            id: Uuid::from_u128(id + 0x9000),
            kind,
            cause: Cause::Posted,
            about: Some(lot),
            reverses: None,
            effective_on: TODAY,
            movements,
            achievement: Some(achievement),
            details: SealedDetails::default(),
        };
        self.append(draft).expect("a deposit");
        lot
    }

    /// What of `lot` lies in `account`, in whole credits.
    pub fn lies(&self, lot: Uuid, account: Account) -> i64 {
        Lots::of(&self.history.transactions).within(lot, account).thousandths() / 1000
    }

    /// The non-zero balances, in whole credits.
    pub fn balances(&self) -> Vec<(Account, CreditType, i64)> {
        let held = self.book.balances.iter().filter(|(_, amount)| !amount.is_zero());
        held.map(|((account, kind), amount)| (*account, *kind, amount.thousandths() / 1000)).collect()
    }

    /// What was posted, in words.
    pub fn kinds(&self) -> Vec<TransactionKind> {
        self.history.transactions.iter().map(|t| t.kind).collect()
    }

    /// The whole chain verifies, lots included.
    pub fn verify(&self) {
        let rows = Rows {
            book: self.book.book,
            learner: self.book.learner,
            head: self.book.head,
            balances: &self.book.balances,
            transactions: &self.history.transactions,
            achievements: &self.history.achievements,
        };
        verify_learner(&rows, |t| Opening::Opened(t.sealed.clone())).expect("the chain verifies");
    }
}
