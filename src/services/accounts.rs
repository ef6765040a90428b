//! Looking at an account: balances, statement.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::scope::Scope;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::ids::LearnerId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::time::Instant;
use crate::ledger::balance::{earned, effective_totals, fold};
use crate::ledger::book::Balances;
use crate::ledger::posting::Posting;
use crate::ledger::purse::{Account, AccountKind};
use crate::ledger::transaction::{About, Transaction};
use crate::store::book_rows::{Span, transactions_within};
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::reading::AccountNow;
use crate::store::{book, enrolment, reading};

/// Balances of one learner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BalancesView {
    /// The learner.
    pub learner_id: LearnerId,
    /// The instant they are of.
    pub as_of: Instant,
    /// The last place of the chain they cover.
    pub learner_seq: i64,
    /// Only transactions that take effect on or before this date are counted, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub effective_on: Option<NaiveDate>,
    /// By credit type.
    pub balances: Vec<BalanceView>,
    /// All that was ever issued and not taken back (累计获得): neither what conversions granted nor less what they drew.
    pub earned_total: CreditAmount,
}

/// Balance of one credit type. With `effective_on` only the total is known.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BalanceView {
    /// The type.
    pub credit_type: CreditType,
    /// Freely available.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub available: Option<CreditAmount>,
    /// Set aside for applications.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub held: Option<CreditAmount>,
    /// Counted in awards.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub redeemed: Option<CreditAmount>,
    /// Counted in programmes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub programmes: Option<Vec<ProgrammeBalance>>,
    /// All of them.
    pub total: CreditAmount,
}

/// Credits that count in one enrolment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgrammeBalance {
    /// The enrolment.
    pub enrolment_id: Uuid,
    /// Its programme.
    pub programme_id: Option<Uuid>,
    /// The credits.
    pub credits: CreditAmount,
}

/// One transaction of a statement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementItem {
    /// The transaction.
    pub transaction_id: Uuid,
    /// What it did.
    pub kind: crate::ledger::transaction::TransactionKind,
    /// Why.
    pub cause: crate::ledger::transaction::Cause,
    /// The achievement it is about.
    pub achievement_id: Option<Uuid>,
    /// The conversion it is about.
    pub conversion_id: Option<Uuid>,
    /// The award it is about.
    pub award_id: Option<Uuid>,
    /// Its place in the chain.
    pub learner_seq: i64,
    /// When it was written.
    pub posted_at: Instant,
    /// When it counts.
    pub effective_on: NaiveDate,
    /// The institution that wrote it.
    pub institution_id: Uuid,
    /// The place it mirrors.
    pub reverses: Option<i64>,
    /// Its hash, hexadecimal.
    pub hash: String,
    /// Its effects on the learner's purses.
    pub entries: Vec<EntryView>,
}

/// One effect on a purse.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EntryView {
    /// The purse.
    pub purse: AccountKind,
    /// Enrolment, conversion or award of the purse.
    pub purse_ref: Option<Uuid>,
    /// Type of credit.
    pub credit_type: CreditType,
    /// With its sign.
    #[schema(pattern = r"^[+-]\d+(\.\d{1,3})?$")]
    pub amount: String,
    /// What the purse held afterwards.
    pub balance_after: CreditAmount,
    /// Where the credits come from.
    pub lot: LotView,
}

/// The origin of credits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LotView {
    /// The achievement that earned them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub achievement_id: Option<Uuid>,
    /// The conversion that granted them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conversion_id: Option<Uuid>,
}

impl App {
    /// Refuses unless the actor may read the learner's account: an own learner, or for the bureau any.
    pub fn require_readable(&self, conn: &mut Conn, actor: &ClientActor, learner: LearnerId) -> Result<()> {
        let known = book::head(conn, learner.uuid())?.is_some();
        let mut own = || -> Result<bool> {
            let statuses = enrolment::statuses(conn, learner.uuid(), actor.institution.uuid())?;
            Ok(statuses.iter().any(|status| status.is_live()))
        };
        let may = known && (actor.is_bureau() || own()?);
        if may { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Balances now, as of an instant, or counting only what takes effect by a date.
    pub fn balances(
        &self,
        actor: &ClientActor,
        learner: LearnerId,
        as_of: Option<Instant>,
        effective_on: Option<NaiveDate>,
    ) -> Result<BalancesView> {
        actor.require(Scope::LearnersRead)?;
        if as_of.is_some() || effective_on.is_some() {
            return self.db.read(|conn| {
                self.require_readable(conn, actor, learner)?;
                self.balances_in(conn, learner, as_of, effective_on)
            });
        }
        let as_of = self.clock.now();
        let account = self.readable(actor, learner)?;
        // What stands up to the head that was read first never changes: this needs no snapshot in common.
        let earned_total = self.db.look(|conn| reading::earned(conn, learner.uuid(), account.seq))?;
        let programmes = account.enrolments.iter().map(|(id, (_, programme, _))| (*id, *programme)).collect();
        let balances = by_type(&account.balances, &programmes);
        Ok(BalancesView { learner_id: learner, as_of, learner_seq: account.seq, effective_on, balances, earned_total })
    }

    /// The learner's account as it stands, for an actor who may read it.
    fn readable(&self, actor: &ClientActor, learner: LearnerId) -> Result<AccountNow> {
        let account = self.db.look(|conn| reading::account_now(conn, learner.uuid()))?;
        let own = |account: &AccountNow| {
            let mut own = account.enrolments.values().filter(|(at, ..)| *at == actor.institution.uuid());
            own.any(|(.., status)| status.is_live())
        };
        account.filter(|account| actor.is_bureau() || own(account)).ok_or(Error::NotFound)
    }

    /// [`App::balances`] for whoever may see them.
    pub fn balances_in(
        &self,
        conn: &mut Conn,
        learner: LearnerId,
        as_of: Option<Instant>,
        effective_on: Option<NaiveDate>,
    ) -> Result<BalancesView> {
        let now = self.clock.now();
        if as_of.is_some_and(|instant| instant > now) {
            return Err(Invalid::one("/query/as_of", Reason::Future).into());
        }
        let id = learner.uuid();
        let head = book::head(conn, id)?.ok_or(Error::NotFound)?;
        let seq = match as_of {
            Some(instant) => reading::seq_at(conn, id, instant.micros())?,
            None => head.seq,
        };
        let view = |balances: Vec<BalanceView>, earned_total, effective_on| {
            let as_of = as_of.unwrap_or(now);
            BalancesView { learner_id: learner, as_of, learner_seq: seq, effective_on, balances, earned_total }
        };
        if let Some(date) = effective_on {
            let chain = transactions_within(conn, &[id], Span { first: 1, last: seq })?;
            let earned = earned(&chain, seq, Some(date));
            let totals = effective_totals(&chain, seq, date).into_iter().map(|(credit_type, total)| BalanceView {
                credit_type,
                available: None,
                held: None,
                redeemed: None,
                programmes: None,
                total,
            });
            return Ok(view(totals.collect(), earned, effective_on));
        }
        let balances = if seq == head.seq {
            book::balances(conn, &[id])?.remove(&id).unwrap_or_default()
        } else {
            let chain = transactions_within(conn, &[id], Span { first: 1, last: seq })?;
            fold(&chain, seq).map_err(StoreError::broken)?
        };
        let programmes = enrolment::rows_of(conn, &[id], None)?
            .iter()
            .map(|row| (row.enrolment.id.uuid(), row.enrolment.programme_id.uuid()))
            .collect();
        let earned = reading::earned(conn, id, seq)?;
        Ok(view(by_type(&balances, &programmes), earned, None))
    }

    /// A page of the statement, newest first: up to `limit` transactions at or before place `last` (or the newest).
    /// Answers the place where the next page begins.
    pub fn statement(
        &self,
        actor: &ClientActor,
        learner: LearnerId,
        last: Option<i64>,
        limit: i64,
    ) -> Result<(Vec<StatementItem>, Option<i64>)> {
        actor.require(Scope::LearnersRead)?;
        // What stands up to the head that was read first never changes: this needs no snapshot.
        let head = self.readable(actor, learner)?.seq;
        let last = last.unwrap_or(head).min(head);
        let first = (last - limit + 1).max(1);
        let (page, granted) = self.db.look(|conn| {
            let page = transactions_within(conn, &[learner.uuid()], Span { first, last })?;
            let granted = granted(conn, learner.uuid(), &page)?;
            Ok((page, granted))
        })?;
        let items = page.iter().rev().map(|t| statement_item(t, &granted)).collect();
        Ok((items, (first > 1).then_some(first - 1)))
    }
}

fn by_type(balances: &Balances, programmes: &BTreeMap<Uuid, Uuid>) -> Vec<BalanceView> {
    let mut types: Vec<CreditType> = balances.keys().map(|(_, credit_type)| *credit_type).collect();
    types.sort_unstable();
    types.dedup();
    let sum = |amounts: &mut dyn Iterator<Item = CreditAmount>| {
        CreditAmount::from_thousandths(amounts.map(CreditAmount::thousandths).sum())
    };
    types
        .into_iter()
        .map(|credit_type| {
            let of = |kind: AccountKind| -> Vec<(Account, CreditAmount)> {
                let held = balances.iter().filter(|((account, t), _)| account.kind == kind && *t == credit_type);
                held.map(|((account, _), amount)| (*account, *amount)).collect()
            };
            let amount = |kind| sum(&mut of(kind).into_iter().map(|(_, amount)| amount));
            let programmes: Vec<ProgrammeBalance> = of(AccountKind::Programme)
                .into_iter()
                .filter(|(_, credits)| *credits > CreditAmount::ZERO)
                .map(|(account, credits)| ProgrammeBalance {
                    enrolment_id: account.reference,
                    programme_id: programmes.get(&account.reference).copied(),
                    credits,
                })
                .collect();
            let [available, held, redeemed] =
                [AccountKind::Available, AccountKind::Held, AccountKind::Redeemed].map(amount);
            let mut all = [available, held, redeemed].into_iter().chain(programmes.iter().map(|p| p.credits));
            BalanceView {
                credit_type,
                total: sum(&mut all),
                available: Some(available),
                held: Some(held),
                redeemed: Some(redeemed),
                programmes: Some(programmes),
            }
        })
        .collect()
}

/// The lots among those of `page` that conversions granted; nothing is read while only issuers bring and take back.
pub fn granted(conn: &mut Conn, learner: Uuid, page: &[Transaction]) -> std::result::Result<HashSet<Uuid>, StoreError> {
    let issued = |p: &Posting| p.from.kind == AccountKind::Issuance || p.to.kind == AccountKind::Issuance;
    let all = page.iter().flat_map(|t| &t.postings).all(issued);
    Ok(if all { HashSet::new() } else { reading::granted_lots(conn, learner)? })
}

/// A transaction as a statement shows it; `granted` are the lots that conversions granted.
pub fn statement_item(t: &Transaction, granted: &HashSet<Uuid>) -> StatementItem {
    let about = |kind| t.about.filter(|_| t.cause.about() == kind);
    StatementItem {
        transaction_id: t.id,
        kind: t.kind,
        cause: t.cause,
        achievement_id: about(About::Achievement),
        conversion_id: about(About::Conversion),
        award_id: about(About::Award),
        learner_seq: t.seq,
        posted_at: t.posted_at,
        effective_on: t.effective_on,
        institution_id: t.author.institution,
        reverses: t.reverses,
        hash: hex::encode(t.hash),
        entries: t.postings.iter().flat_map(|posting| entries(posting, granted.contains(&posting.lot))).collect(),
    }
}

/// The halves of a posting that touch the learner's purses: what leaves first.
fn entries(posting: &Posting, granted: bool) -> impl Iterator<Item = EntryView> {
    let lot = Some(posting.lot);
    let half = |account: Account, sign: i64, balance: Option<CreditAmount>| {
        balance.map(|balance_after| EntryView {
            purse: account.kind,
            purse_ref: Some(account.reference).filter(|reference| !reference.is_nil()),
            credit_type: posting.credit_type,
            amount: CreditAmount::from_thousandths(sign * posting.amount.thousandths()).signed(),
            balance_after,
            lot: LotView { achievement_id: lot.filter(|_| !granted), conversion_id: lot.filter(|_| granted) },
        })
    };
    let left = half(posting.from, -1, posting.from_balance);
    let arrived = half(posting.to, 1, posting.to_balance);
    left.into_iter().chain(arrived)
}
