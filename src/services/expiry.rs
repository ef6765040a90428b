//! When credits end: the bureau sets it by credit type, and a job that may run again at any time posts it.
//!
//! Credits that count in a programme which the learner has not left, that are held for a conversion or that an award has
//! redeemed do not end; nor does what a conversion granted. A plan takes no notice of whether the job has run: it knows by
//! the day what has ended.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::care::carefully;
use super::error::{Error, Result};
use super::posting::decide::LearnerSealer;
use super::refusal::Refusal;
use super::scope::Scope;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::enrolment::{Enrolment, EnrolmentStatus};
use crate::domain::expiry::{NewExpiryPolicy, Term, ended_on};
use crate::ledger::details::Achievement;
use crate::ledger::history::History;
use crate::ledger::lots::Lots;
use crate::ledger::purse::{Account, AccountKind};
use crate::ledger::transaction::{ActorKind, Author};
use crate::store::conn::Conn;
use crate::store::error::StoreError;
pub use crate::store::expiry_policy::PolicyRow;
use crate::store::rules_in_force::owners;
use crate::store::{book, enrolment, expiry_policy};

/// Learners looked at in one read.
const LOOKED_AT: i64 = 100;

/// The policies in the book, and to whom institutions answer.
#[derive(Debug, Default)]
pub(super) struct Policies {
    terms: HashMap<(Uuid, CreditType), Vec<Term>>,
    owners: HashMap<Uuid, Vec<Uuid>>,
    read: bool,
}

impl Policies {
    /// Reads what is needed for achievements of these institutions.
    pub fn ask(&mut self, conn: &mut Conn, institutions: impl IntoIterator<Item = Uuid>) -> Result<()> {
        if !self.read {
            for row in expiry_policy::all(conn)? {
                let terms = self.terms.entry((row.institution, row.credit_type)).or_default();
                terms.push(Term { from: row.from, months: row.months });
            }
            self.read = true;
        }
        if self.terms.is_empty() {
            return Ok(());
        }
        for institution in institutions {
            if let Entry::Vacant(unknown) = self.owners.entry(institution) {
                unknown.insert(owners(conn, institution)?);
            }
        }
        Ok(())
    }

    /// The bureau whose policy holds for an achievement's credits, the nearest above its institution, with the policy.
    fn terms(&self, a: &Achievement, credit_type: CreditType) -> Option<(Uuid, &[Term])> {
        let owners = self.owners.get(&a.institution)?;
        owners.iter().find_map(|owner| Some((*owner, self.terms.get(&(*owner, credit_type))?.as_slice())))
    }
}

/// What may end of one achievement's lot.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    /// The achievement.
    pub achievement: Uuid,
    /// The lot.
    pub lot: Uuid,
    /// How much of it.
    pub amount: CreditAmount,
    /// Whether that is all that is left of it.
    pub whole: bool,
    /// The accounts that it lies in.
    pub places: Vec<Account>,
    /// Whose policy it is.
    bureau: Uuid,
    completed_on: NaiveDate,
    terms: Vec<Term>,
}

impl Ending {
    /// The first day on which it has ended, if that has come by `on`.
    pub fn ended_on(&self, on: NaiveDate) -> Option<NaiveDate> {
        ended_on(&self.terms, self.completed_on, on)
    }
}

/// What of a learner's lots a policy may end, some day.
pub(super) fn endings(policies: &Policies, history: &History, enrolments: &[Enrolment]) -> Vec<Ending> {
    if policies.terms.is_empty() {
        return Vec::new();
    }
    // 结业 may still become 毕业.
    let counts = |one: &&Enrolment| one.status.is_live() || one.status == EnrolmentStatus::Completed;
    let spared: BTreeSet<Uuid> = enrolments.iter().filter(counts).map(|one| one.id.uuid()).collect();
    let lots = Lots::of(&history.transactions);
    let mut by_lot: BTreeMap<Uuid, &Achievement> = BTreeMap::new();
    for a in &history.achievements {
        let newest = by_lot.entry(a.lot).or_insert(a);
        if newest.revision < a.revision {
            *newest = a;
        }
    }
    let ending = |(lot, a): (Uuid, &Achievement)| {
        let credit_type = lots.credit_type(lot).filter(|_| !lots.is_granted(lot))?;
        let (bureau, terms) = policies.terms(a, credit_type)?;
        let may_end = |account: &Account| match account.kind {
            AccountKind::Available => true,
            AccountKind::Programme => !spared.contains(&account.reference),
            _ => false,
        };
        let purses = lots.purses(lot);
        let (ending, staying): (Vec<_>, Vec<_>) = purses.into_iter().partition(|(account, _)| may_end(account));
        let amount = CreditAmount::from_thousandths(ending.iter().map(|(_, amount)| amount.thousandths()).sum());
        let places: Vec<Account> = ending.into_iter().map(|(account, _)| account).collect();
        let (whole, terms, completed_on) = (staying.is_empty(), terms.to_vec(), a.completed_on);
        (!places.is_empty()).then_some(Ending {
            achievement: a.id,
            lot,
            amount,
            whole,
            places,
            bureau,
            completed_on,
            terms,
        })
    };
    by_lot.into_iter().filter_map(ending).collect()
}

impl App {
    /// Sets from when on credits of a type end how long after completion; for a bureau, for the institutions that answer
    /// to it. What is set stays: another one may follow from a later day on.
    pub fn create_expiry_policy(&self, actor: &ClientActor, new: &NewExpiryPolicy) -> Result<PolicyRow> {
        actor.require(Scope::CatalogueWrite)?;
        actor.require_bureau()?;
        let new = new.validate(self.clock.today())?;
        let row = PolicyRow {
            institution: actor.institution.uuid(),
            credit_type: new.credit_type,
            from: new.effective_from,
            months: new.months,
            basis: new.basis,
            created_by: actor.client.uuid(),
            created_at: self.clock.now().micros(),
        };
        self.db.write(|conn| {
            let same = |own: &PolicyRow| {
                (own.institution, own.credit_type, own.from) == (row.institution, row.credit_type, row.from)
            };
            if expiry_policy::all(conn)?.iter().any(same) {
                return Err(Refusal::AlreadyExists.into());
            }
            expiry_policy::add(conn, &row)?;
            let object = format!("expiry_policy {} {}", row.credit_type, row.from);
            self.note_change(conn, Some(actor), "create_expiry_policy", &object)
        })?;
        Ok(row)
    }

    /// All policies, by bureau, credit type and first day; for every client and learner.
    pub fn list_expiry_policies(&self, actor: &Actor) -> Result<Vec<PolicyRow>> {
        actor.require(Scope::CatalogueRead)?;
        Ok(self.db.read(expiry_policy::all)?)
    }

    /// Posts what has ended by today and has not been posted yet; answers how many learners it was posted for. A learner whose
    /// book cannot be read is told of and keeps nobody else waiting. `rest` is called between learners: posts come first.
    pub fn post_expiry(&self, rest: &dyn Fn()) -> Result<usize> {
        let policies = self.db.read(expiry_policy::all)?;
        let types: BTreeSet<CreditType> =
            policies.iter().filter(|row| row.months.is_some()).map(|row| row.credit_type).collect();
        let mut posted = 0;
        for credit_type in types {
            let mut after = Uuid::nil();
            loop {
                let due = self.db.read(|conn| {
                    let learners = expiry_policy::with_free_credits(conn, credit_type, after, LOOKED_AT)?;
                    let mut policies = Policies::default();
                    let mut due = Vec::new();
                    for learner in &learners {
                        let ended = carefully("looking for expired credits", || {
                            let history = book::histories(conn, &[*learner])?.remove(learner).unwrap_or_default();
                            self.ended(conn, &mut policies, *learner, &history)
                        });
                        if ended.is_some_and(|ended| !ended.is_empty()) {
                            due.push(*learner);
                        }
                    }
                    Ok::<_, Error>((learners.last().copied(), due))
                })?;
                let (Some(last), due) = due else { break };
                after = last;
                for learner in due {
                    let expire = || self.db.write(|conn| self.expire(conn, learner));
                    posted += usize::from(carefully("posting a learner's expired credits", expire) == Some(true));
                    rest();
                }
                rest();
            }
        }
        Ok(posted)
    }

    fn ended(
        &self,
        conn: &mut Conn,
        policies: &mut Policies,
        learner: Uuid,
        history: &History,
    ) -> Result<Vec<(Ending, NaiveDate)>> {
        let today = self.clock.today();
        policies.ask(conn, history.achievements.iter().map(|a| a.institution))?;
        let enrolments: Vec<Enrolment> =
            enrolment::rows_of(conn, &[learner], None)?.into_iter().map(|row| row.enrolment).collect();
        let endings = endings(policies, history, &enrolments).into_iter();
        Ok(endings.filter_map(|ending| ending.ended_on(today).map(|on| (ending, on))).collect())
    }

    /// Posts what of a learner's credits has ended, under its lock; whether there was anything.
    fn expire(&self, conn: &mut Conn, learner: Uuid) -> Result<bool> {
        let mut books = book::lock_books(conn, self.book, &[learner])?;
        let (Some(book), Some(key)) = (books.get_mut(&learner), self.learner_key(conn, learner)?) else {
            return Ok(false);
        };
        let history = self.history(conn, learner)?;
        let ended = self.ended(conn, &mut Policies::default(), learner, &history)?;
        let sealer = LearnerSealer { ids: self.ids.as_ref(), key: &key };
        let mut appended = Vec::with_capacity(ended.len());
        for (ending, on) in ended {
            let draft = history.expire(ending.achievement, &ending.places, on, &mut || self.ids.id());
            let Some(draft) = draft else { continue };
            let author =
                Author { kind: ActorKind::System, id: self.book, institution: ending.bureau, request: self.ids.id() };
            appended.push(book.append(draft, author, self.clock.now(), &sealer).map_err(StoreError::broken)?);
        }
        if appended.is_empty() {
            return Ok(false);
        }
        book::append(conn, &appended, &[book])?;
        Ok(true)
    }
}
