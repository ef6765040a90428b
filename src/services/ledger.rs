//! The book as auditors look at it: one transaction, the trial balance, verification.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::accounts::{StatementItem, granted, statement_item};
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::scope::Scope;
use crate::crypto::keys::KeyRing;
use crate::crypto::seal::DataKey;
use crate::domain::credit::{CreditAmount, CreditTotal};
use crate::domain::credit_type::CreditType;
use crate::domain::ids::{LearnerId, TransactionId};
use crate::domain::time::Instant;
use crate::ledger::chain::Head;
use crate::ledger::details::sealed_place;
use crate::ledger::purse::AccountKind;
use crate::ledger::verify::{Checked, Fault, Opening, Rows, verify_learner};
use crate::store::book_rows::{Span, achievements, transactions, transactions_within};
use crate::store::conn::Conn;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::{book, learner, reading};

/// The trial balance: per credit type, everything issued is somewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrialBalance {
    /// Whether every sum is zero and stored balances agree with the entries.
    pub balanced: bool,
    /// The snapshot's instant.
    pub as_of: Instant,
    /// By credit type.
    pub credit_types: Vec<TrialBalanceLine>,
}

/// One credit type of the trial balance. `held_by_learners + expired + revoked − issued − converted = sum = 0`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrialBalanceLine {
    /// The type.
    pub credit_type: CreditType,
    /// Issued and not reversed.
    #[schema(value_type = String)]
    pub issued: CreditTotal,
    /// In all purses of all learners, redeemed included.
    #[schema(value_type = String)]
    pub held_by_learners: CreditTotal,
    /// Granted by conversions less what they drew, reversed ones left out.
    #[schema(value_type = String)]
    pub converted: CreditTotal,
    /// Expired.
    #[schema(value_type = String)]
    pub expired: CreditTotal,
    /// Taken from revoked lots.
    #[schema(value_type = String)]
    pub revoked: CreditTotal,
    /// Zero.
    #[schema(value_type = String)]
    pub sum: CreditTotal,
}

/// One transaction with its learner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TransactionView {
    /// The learner whose chain it is in.
    pub learner_id: Uuid,
    /// The transaction.
    #[serde(flatten)]
    pub transaction: StatementItem,
}

impl App {
    /// The trial balance of the whole book, from one snapshot.
    pub fn trial_balance(&self, actor: &ClientActor) -> Result<TrialBalance> {
        actor.require(Scope::LedgerRead)?;
        let as_of = self.clock.now();
        self.db.read(|conn| trial_balance(conn, as_of))
    }

    /// One transaction: of the caller's own posting, or of a learner it may read.
    pub fn transaction(&self, actor: &ClientActor, id: TransactionId) -> Result<TransactionView> {
        actor.require(Scope::LedgerRead)?;
        self.db.read(|conn| {
            let (learner, seq) = reading::place_of_transaction(conn, id.uuid())?.ok_or(Error::NotFound)?;
            let found = transactions_within(conn, &[learner], Span { first: seq, last: seq })?;
            let found = found.first().ok_or(Error::NotFound)?;
            if found.author.institution != actor.institution.uuid() {
                self.require_readable(conn, actor, LearnerId::from_uuid(learner))?;
            }
            let granted = granted(conn, learner, std::slice::from_ref(found))?;
            Ok(TransactionView { learner_id: learner, transaction: statement_item(found, &granted) })
        })
    }
}

/// See [`App::trial_balance`].
pub fn trial_balance(conn: &mut Conn, as_of: Instant) -> Result<TrialBalance> {
    let sums = reading::account_sums(conn)?;
    let stored = reading::balance_sums(conn)?;
    let mut balanced = true;
    let credit_types = CreditType::ALL
        .iter()
        .filter(|credit_type| sums.iter().any(|sum| sum.credit_type == **credit_type))
        .map(|credit_type| {
            let net = |wanted: &dyn Fn(AccountKind) -> bool| -> i64 {
                let own = sums.iter().filter(|sum| sum.credit_type == *credit_type && wanted(sum.kind));
                own.map(|sum| sum.arrived.thousandths() - sum.left.thousandths()).sum()
            };
            let issued = -net(&|kind| kind == AccountKind::Issuance);
            let converted = -net(&|kind| kind == AccountKind::Conversion);
            let expired = net(&|kind| kind == AccountKind::Expired);
            let revoked = net(&|kind| kind == AccountKind::Revoked);
            let held: i64 =
                stored.iter().filter(|(stored, _)| stored == credit_type).map(|(_, amount)| amount.thousandths()).sum();
            // The stored balances are the learners' side, the entries the system's: zero only if both agree.
            let sum = held + expired + revoked - issued - converted;
            balanced &= sum == 0 && held == net(&AccountKind::is_purse);
            let amount = |thousandths| CreditTotal(CreditAmount::from_thousandths(thousandths));
            TrialBalanceLine {
                credit_type: *credit_type,
                issued: amount(issued),
                held_by_learners: amount(held),
                converted: amount(converted),
                expired: amount(expired),
                revoked: amount(revoked),
                sum: amount(sum),
            }
        })
        .collect();
    Ok(TrialBalance { balanced, as_of, credit_types })
}

/// What a verification of the whole book found.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// Learners checked.
    pub learners: u64,
    /// What was checked of them.
    pub checked: Checked,
    /// The first wrong row.
    pub fault: Option<Fault>,
}

/// Learners checked on one snapshot.
const VERIFY_PAGE: i64 = 256;

/// Recomputes every chain, commitment, balance and sum. Works beside a running server: each page of learners is one
/// snapshot. Without `keys` commitments cannot be opened and are counted apart.
pub fn verify(db: &Db, keys: Option<&KeyRing>, mut progress: impl FnMut(u64)) -> Result<Verified> {
    let mut verified = Verified::default();
    let mut after = Uuid::nil();
    let book = db.read(reading::book_id)?.ok_or_else(|| StoreError::broken("the database holds no book"))?;
    loop {
        let page = db.read(|conn| verify_page(conn, book, keys, after, &mut verified))?;
        progress(verified.learners);
        match page {
            Some(last) if verified.fault.is_none() => after = last,
            _ => break,
        }
    }
    if verified.fault.is_none() {
        verified.fault = db.read(|conn| {
            reading::take_time(conn)?;
            check_whole(conn)
        })?;
    }
    Ok(verified)
}

fn verify_page(
    conn: &mut Conn,
    book: Uuid,
    keys: Option<&KeyRing>,
    after: Uuid,
    verified: &mut Verified,
) -> Result<Option<Uuid>> {
    let learners = reading::learners_after(conn, after, VERIFY_PAGE)?;
    let Some(last) = learners.last().copied() else { return Ok(None) };
    let wrapped = learner::keys(conn, &learners)?;
    let (chains, brought, balances, heads) = {
        let read = transactions(conn, &learners)
            .and_then(|chains| Ok((chains, achievements(conn, &learners)?)))
            .and_then(|(c, a)| Ok((c, a, book::balances(conn, &learners)?)))
            .and_then(|(c, a, b)| Ok((c, a, b, book::heads(conn, &learners)?)));
        match read {
            Ok(read) => read,
            Err(StoreError::Broken(_)) => {
                verified.fault = Some(unreadable(conn, &learners)?);
                return Ok(Some(last));
            }
            Err(error) => return Err(error.into()),
        }
    };
    let empty = crate::ledger::book::Balances::new();
    for id in learners {
        let of = |t: &&crate::ledger::transaction::Transaction| t.learner == id;
        let transactions: Vec<_> = chains.iter().filter(of).cloned().collect();
        let own: Vec<_> = brought.iter().filter(|a| a.learner == id).cloned().collect();
        let rows = Rows {
            book,
            learner: id,
            head: heads.get(&id).copied().unwrap_or(Head::EMPTY),
            balances: balances.get(&id).unwrap_or(&empty),
            transactions: &transactions,
            achievements: &own,
        };
        let key = key_of(keys, id, wrapped.get(&id));
        if !wrapped.contains_key(&id) {
            let what = "it belongs to no learner with a key".to_owned();
            verified.fault = Some(Fault { table: "learner_head", row: id.to_string(), what });
            return Ok(Some(last));
        }
        if let Key::Broken = key {
            let what = "the learner's key does not unwrap under the master key".to_owned();
            verified.fault = Some(Fault { table: "learner_key", row: id.to_string(), what });
            return Ok(Some(last));
        }
        let checked = verify_learner(&rows, |t| match &key {
            Key::At(key) => match key.open(&sealed_place(t.learner, t.seq), &t.sealed) {
                Ok(bytes) => Opening::Opened(bytes),
                Err(_) => Opening::Broken,
            },
            Key::Erased => Opening::Erased,
            Key::None | Key::Broken => Opening::NoKey,
        });
        match checked {
            Ok(checked) => add(&mut verified.checked, checked),
            Err(fault) => {
                verified.fault = Some(fault);
                return Ok(Some(last));
            }
        }
        verified.learners += 1;
    }
    Ok(Some(last))
}

/// The first learner with a value that does not even parse.
fn unreadable(conn: &mut Conn, learners: &[Uuid]) -> Result<Fault> {
    for id in learners {
        let one = [*id];
        let read = transactions(conn, &one)
            .and_then(|_| achievements(conn, &one))
            .and_then(|_| book::balances(conn, &one))
            .and_then(|_| book::heads(conn, &one));
        match read {
            Ok(_) => {}
            Err(StoreError::Broken(what)) => return Ok(Fault { table: "book", row: id.to_string(), what }),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Fault { table: "book", row: "unknown".into(), what: "a row changed while it was read".into() })
}

enum Key {
    At(DataKey),
    Erased,
    None,
    Broken,
}

fn key_of(keys: Option<&KeyRing>, id: Uuid, wrapped: Option<&learner::WrappedKey>) -> Key {
    match (keys, wrapped) {
        (_, Some(wrapped)) if wrapped.erased => Key::Erased,
        (Some(keys), Some(wrapped)) => keys.unwrap(id, &wrapped.wrapped).map_or(Key::Broken, Key::At),
        (Some(_), None) => Key::Broken,
        (None, _) => Key::None,
    }
}

fn add(sum: &mut Checked, more: Checked) {
    sum.transactions += more.transactions;
    sum.opened += more.opened;
    sum.erased += more.erased;
    sum.unopened += more.unopened;
}

/// What no learner's own rows can show: rows of learners without a head, and the sums over all.
fn check_whole(conn: &mut Conn) -> Result<Option<Fault>> {
    if let Some((table, row)) = reading::orphan(conn)? {
        return Ok(Some(Fault { table, row: row.to_string(), what: "its learner has no chain".into() }));
    }
    let epoch = Instant::from_micros(0);
    let trial = trial_balance(conn, epoch)?;
    Ok((!trial.balanced).then(|| {
        let wrong = trial.credit_types.iter().find(|line| line.sum.0 != CreditAmount::ZERO);
        let row = wrong.map_or_else(|| "stored balances".to_owned(), |line| line.credit_type.to_string());
        Fault { table: "balance", row, what: "the accounts do not sum to zero".into() }
    }))
}
