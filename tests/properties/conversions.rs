//! Conversions and awards of one bank's side of a history, straight on the ledger: which plan they come from is no matter
//! here.

use std::collections::BTreeMap;

use uuid::Uuid;
use xuefen::domain::{CreditAmount, CreditType};
use xuefen::ledger::conversion::{Draw, Stage, Terms};
use xuefen::ledger::history::HistoryRefusal;
use xuefen::ledger::lots::Lots;
use xuefen::ledger::purse::{Account, AccountKind};
use xuefen::store::achievement_use::{self, Use};

use crate::bank::{Bank, Person};

/// The rule set of all of them: no row of it is needed, its account is.
const RULE_SET: Uuid = Uuid::from_u128(0x5e7);

pub fn credits(whole: u32) -> CreditAmount {
    CreditAmount::from_thousandths(i64::from(whole) * 1000)
}

/// The ids a bank gave to the model's conversions and awards.
#[derive(Debug, Default)]
pub struct Given(BTreeMap<usize, Uuid>);

impl Given {
    fn id(&mut self, bank: &Bank, number: usize) -> Uuid {
        *self.0.entry(number).or_insert_with(|| bank.app.ids.id())
    }
}

/// One side's conversions of one person.
pub struct Side<'s> {
    pub bank: &'s Bank,
    pub person: Person,
    pub given: &'s mut Given,
}

impl Side<'_> {
    fn learner(&self) -> Uuid {
        self.person.id.uuid()
    }

    /// Applies: uses reserved, draws held.
    pub fn apply(&mut self, number: usize, evidence: Uuid, amount: u32) -> Result<(), HistoryRefusal> {
        let id = self.given.id(self.bank, number);
        let learner = self.learner();
        let one = Use { learner, evidence, family: "F".into(), scope: id.to_string(), conversion: id };
        let today = self.bank.today();
        self.bank.decide(
            self.person,
            |history, mut ids| {
                let lot = history.achievements.iter().find(|a| a.id == evidence).unwrap().lot;
                let draw = Draw { lot, amount: credits(amount) };
                let draws = if amount > 0 { vec![draw] } else { Vec::new() };
                Ok(history.hold(id, &draws, today, &mut ids)?.into_iter().collect())
            },
            |conn| achievement_use::reserve(conn, std::slice::from_ref(&one), self.bank.app.clock.now()),
        )
    }

    /// Converts; `less` of what is held is given back.
    pub fn convert(&mut self, number: usize, grant: u32, enrolment: usize, less: u32) -> Result<(), HistoryRefusal> {
        let id = self.given.id(self.bank, number);
        let today = self.bank.today();
        self.bank.decide(
            self.person,
            |history, mut ids| {
                let held = Lots::of(&history.transactions).lying_in(Account::held(id));
                let mut draws: Vec<Draw> = held.into_iter().map(|(lot, amount)| Draw { lot, amount }).collect();
                for draw in &mut draws {
                    draw.amount = draw.amount.checked_sub(credits(less)).unwrap();
                }
                let terms = Terms {
                    conversion: id,
                    rule_set: RULE_SET,
                    enrolment: self.person.enrolments[enrolment].uuid(),
                    credit_type: CreditType::Secondary,
                    credits: credits(grant),
                    draws: &draws,
                    exempts: false,
                };
                history.convert(&terms, today, &mut ids)
            },
            |_| Ok(()),
        )
    }

    /// Undoes a conversion, or withdraws it while it is being decided.
    pub fn undo(&mut self, number: usize) -> Result<(), HistoryRefusal> {
        let id = self.given.id(self.bank, number);
        let (today, learner) = (self.bank.today(), self.learner());
        self.bank.decide(
            self.person,
            |history, mut ids| match history.stage(id) {
                Some(Stage::Converted { .. }) => history.reverse_conversion(id, None, "撤销", today, &mut ids),
                _ => Ok(history.release(id, today, &mut ids).into_iter().collect()),
            },
            |conn| achievement_use::release(conn, learner, &[id]),
        )
    }

    pub fn redeem(&mut self, number: usize, enrolment: usize) -> Result<bool, HistoryRefusal> {
        let id = self.given.id(self.bank, number);
        let (today, purse) = (self.bank.today(), self.person.enrolments[enrolment].uuid());
        let posted = std::cell::Cell::new(false);
        self.bank.decide(
            self.person,
            |history, mut ids| {
                let drafts: Vec<_> = history.redeem(id, purse, today, &mut ids)?.into_iter().collect();
                posted.set(!drafts.is_empty());
                Ok(drafts)
            },
            |_| Ok(()),
        )?;
        Ok(posted.get())
    }

    pub fn undo_award(&mut self, number: usize) -> Result<(), HistoryRefusal> {
        let id = self.given.id(self.bank, number);
        let today = self.bank.today();
        self.bank.decide(self.person, |history, mut ids| history.reverse_award(id, "误发", today, &mut ids), |_| Ok(()))
    }

    /// Ends what of an achievement's lot lies in no programme, as the job of a policy does for somebody who has left none;
    /// whether there was any.
    pub fn expire(&self, achievement: Uuid) -> bool {
        let today = self.bank.today();
        let posted = std::cell::Cell::new(false);
        let done = self.bank.decide(
            self.person,
            |history, mut ids| {
                let draft = history.expire(achievement, &[Account::AVAILABLE], today, &mut ids);
                let drafts: Vec<_> = draft.into_iter().collect();
                posted.set(!drafts.is_empty());
                Ok(drafts)
            },
            |_| Ok(()),
        );
        assert_eq!(done, Ok(()));
        posted.get()
    }

    /// What no balance shows: no purse holds more of a lot than the lot brought, and nothing granted was drawn on (I9).
    pub fn check_lots(&self) {
        let history = self.bank.app.db.read(|conn| self.bank.app.history(conn, self.learner())).unwrap();
        let mut lots = Lots::default();
        for t in &history.transactions {
            for posting in &t.postings {
                lots.check(t.kind, &posting.movement()).unwrap();
                lots.apply(&posting.movement());
                let drawn = posting.to.kind == AccountKind::Conversion && t.reverses.is_none();
                assert!(!drawn || !lots.is_granted(posting.lot), "a granted lot is drawn on");
            }
        }
    }
}
