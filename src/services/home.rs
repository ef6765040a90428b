//! What a learner sees of its account: what was earned in all, balances, and the statement, newest first.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::actor::LearnerActor;
use super::error::{Error, Result};
use super::{App, details, sealing};
use crate::crypto::seal::DataKey;
use crate::domain::catalogue::CatalogueKind;
use crate::domain::competition::Prize;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::kind::AchievementKind;
use crate::domain::level::{NationalLevel, XLevel};
use crate::domain::score::Score;
use crate::domain::time::Instant;
use crate::ledger::balance::earned;
use crate::ledger::book::Balances;
use crate::ledger::details::{Achievement, SealedDetails};
use crate::ledger::history::History;
use crate::ledger::posting::Posting;
use crate::ledger::purse::AccountKind;
use crate::ledger::status::AchievementStatus;
use crate::ledger::transaction::{Transaction, TransactionKind};
use crate::store::conn::Conn;
use crate::store::{book, catalogue, home, learner, learner_identity};

/// Rows of the statement on a page.
pub const ROWS: usize = 20;

/// A learner's account at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// The account number.
    pub account_no: String,
    /// The name; none once the person has been erased.
    pub name: Option<String>,
    /// Credits earned in all and not taken back, whatever has become of them since.
    pub earned: CreditAmount,
    /// What is held, per credit type; types without credits are left out.
    pub balances: Vec<TypeBalance>,
    /// The page of the statement.
    pub rows: Vec<StatementRow>,
    /// Whether there are newer rows than these.
    pub newer: bool,
    /// Older rows are those before this place in the chain.
    pub older: Option<i64>,
}

/// What a learner holds of one credit type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeBalance {
    /// The type.
    pub credit_type: CreditType,
    /// At free disposal.
    pub available: CreditAmount,
    /// Counting in a programme.
    pub programme: CreditAmount,
    /// Set aside for an application.
    pub held: CreditAmount,
    /// Of completed programmes.
    pub redeemed: CreditAmount,
    /// All of them.
    pub total: CreditAmount,
}

/// One transaction as the learner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementRow {
    /// Its place in the chain.
    pub seq: i64,
    /// What it does.
    pub kind: TransactionKind,
    /// When it was written.
    pub posted_at: Instant,
    /// When it counts.
    pub effective_on: NaiveDate,
    /// Who wrote it.
    pub institution: Option<String>,
    /// Kind of the achievement it is about.
    pub achievement: Option<AchievementKind>,
    /// Where that achievement stands now.
    pub status: Option<AchievementStatus>,
    /// What it is called.
    pub title: Option<String>,
    /// Its code.
    pub code: Option<String>,
    /// Its level or prize, in Chinese.
    pub level: Option<&'static str>,
    /// Its score, as one reads it.
    pub score: Option<String>,
    /// Why it was corrected or revoked.
    pub reason: Option<String>,
    /// What came or went per credit type, with what was held afterwards.
    pub changes: Vec<Change>,
}

/// What a transaction changed of one credit type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The type.
    pub credit_type: CreditType,
    /// What came, or went when negative.
    pub amount: CreditAmount,
    /// What the learner held of the type afterwards.
    pub balance: CreditAmount,
}

impl App {
    /// The learner's own account; the statement's rows before the place `before` in the chain, or the newest.
    pub fn learner_home(&self, actor: &LearnerActor, before: Option<i64>) -> Result<Home> {
        let id = actor.learner.uuid();
        self.db.read(|conn| {
            let account_no = learner::account_nos(conn, &[id])?.remove(&id).ok_or(Error::NotFound)?;
            let key = self.learner_key(conn, id)?;
            let name = match &key {
                Some(key) => name(conn, id, key)?,
                None => None,
            };
            let mut history = book::histories(conn, &[id])?.remove(&id).unwrap_or_default();
            let balances = by_type(&book::balances(conn, &[id])?.remove(&id).unwrap_or_default());
            if let Some(key) = &key {
                details::open(&mut history, key);
            }
            let earned = earned(&history.transactions, i64::MAX, None);
            let (mut rows, newer, older) = page(rows(&history), before);
            complete(conn, &history, key.as_ref(), &mut rows)?;
            let rows = rows.into_iter().map(|(_, row)| row).collect();
            Ok(Home { account_no, name, earned, balances, rows, newer, older })
        })
    }
}

/// The present name.
fn name(conn: &mut Conn, id: Uuid, key: &DataKey) -> Result<Option<String>> {
    let present = learner_identity::names(conn, &[id])?.into_iter().rfind(|name| name.ended_at.is_none());
    Ok(present.map(|name| sealing::open(key, id, name.id, &name.sealed)).transpose()?)
}

/// Adds what stands elsewhere to the rows that are shown: institutions, names of certificates, reasons.
fn complete(
    conn: &mut Conn,
    history: &History,
    key: Option<&DataKey>,
    rows: &mut [(Uuid, StatementRow)],
) -> Result<()> {
    let authors: Vec<Uuid> = rows.iter().map(|(author, _)| *author).collect();
    let institutions = home::institution_names(conn, &authors)?;
    let wanted: Vec<(CatalogueKind, &str)> = rows
        .iter()
        .filter(|(_, row)| row.title.is_none())
        .filter_map(|(_, row)| Some((CatalogueKind::of(row.achievement?)?, row.code.as_deref()?)))
        .collect();
    let entries = catalogue::entries(conn, &wanted)?;
    for (author, row) in rows {
        row.institution = institutions.get(author).cloned();
        if let (None, Some(kind), Some(code)) = (&row.title, row.achievement.and_then(CatalogueKind::of), &row.code) {
            // Levels of one certificate may have names of their own; the newest entry of the level is the one meant.
            let about = history.achievements.iter().find(|about| about.seq == row.seq);
            let level = about.and_then(|about| about.level.as_deref());
            let fits = |entry: &&catalogue::CatalogueEntry| entry.level.is_none() || entry.level.as_deref() == level;
            let known = entries.get(&(kind, code.clone())).and_then(|entries| entries.iter().rfind(fits));
            row.title = known.map(|entry| entry.name.clone());
        }
        let place = usize::try_from(row.seq - 1).ok();
        let transaction = place.and_then(|place| history.transactions.get(place));
        row.reason = key.zip(transaction).and_then(|(key, transaction)| details::of(transaction, key)?.reason);
    }
    Ok(())
}

/// Rows with the institution that wrote each, whether there are newer ones, and where older ones begin.
type Page = (Vec<(Uuid, StatementRow)>, bool, Option<i64>);

/// Takes the page of rows before `before` off a statement that stands newest first.
fn page(mut statement: Vec<(Uuid, StatementRow)>, before: Option<i64>) -> Page {
    let all = statement.len();
    statement.retain(|(_, row)| before.is_none_or(|before| row.seq < before));
    let newer = statement.len() < all;
    let more = statement.len() > ROWS;
    statement.truncate(ROWS);
    let older = statement.last().filter(|_| more).map(|(_, row)| row.seq);
    (statement, newer, older)
}

fn by_type(balances: &Balances) -> Vec<TypeBalance> {
    let of = |credit_type: CreditType, kind: Option<AccountKind>| {
        let amounts = balances
            .iter()
            .filter(|((account, own), _)| *own == credit_type && kind.is_none_or(|kind| account.kind == kind))
            .map(|(_, amount)| amount.thousandths());
        CreditAmount::from_thousandths(amounts.sum())
    };
    let every = CreditType::ALL.iter().map(|&credit_type| TypeBalance {
        credit_type,
        available: of(credit_type, Some(AccountKind::Available)),
        programme: of(credit_type, Some(AccountKind::Programme)),
        held: of(credit_type, Some(AccountKind::Held)),
        redeemed: of(credit_type, Some(AccountKind::Redeemed)),
        total: of(credit_type, None),
    });
    every.filter(|balance| !balance.total.is_zero()).collect()
}

/// Every transaction with the institution that wrote it, newest first.
fn rows(history: &History) -> Vec<(Uuid, StatementRow)> {
    let standings = history.standings();
    let achievements: HashMap<Uuid, &Achievement> = history.achievements.iter().map(|a| (a.id, a)).collect();
    let nothing = SealedDetails::default();
    let mut held: BTreeMap<CreditType, i64> = BTreeMap::new();
    let mut rows: Vec<_> = history
        .transactions
        .iter()
        .map(|t| {
            let about = t.about.and_then(|id| achievements.get(&id).copied());
            let details = about.and_then(|a| history.details.get(&a.seq)).unwrap_or(&nothing);
            let row = StatementRow {
                seq: t.seq,
                kind: t.kind,
                posted_at: t.posted_at,
                effective_on: t.effective_on,
                institution: None,
                achievement: about.map(|a| a.kind),
                status: about.and_then(|a| standings.get(&a.id)).map(|standing| standing.status),
                title: details.title.clone(),
                code: about.and_then(|a| a.code.clone()),
                level: about.and_then(level),
                score: details.score.as_ref().and_then(|score| {
                    let score = Score { scale: score.scale, value: score.value.clone(), passed: None };
                    Some(score.validate().ok()?.zh())
                }),
                reason: None,
                changes: changes(t, about, &mut held),
            };
            (t.author.institution, row)
        })
        .collect();
    rows.reverse();
    rows
}

/// The level of a certificate or the prize of a competition, as it is said.
fn level(about: &Achievement) -> Option<&'static str> {
    let level = about.level.as_deref()?;
    match about.kind {
        AchievementKind::SkillCertificate => level.parse().map(XLevel::zh).ok(),
        AchievementKind::Competition => level.parse().map(Prize::zh).ok(),
        _ => level.parse().ok().and_then(NationalLevel::new).map(NationalLevel::zh),
    }
}

/// What a transaction changed, and `held` after it. One that moves nothing in or out tells the balance of its type.
fn changes(t: &Transaction, about: Option<&Achievement>, held: &mut BTreeMap<CreditType, i64>) -> Vec<Change> {
    let mut sums: BTreeMap<CreditType, i64> = t.postings.iter().map(|p| (p.credit_type, 0)).collect();
    for p in &t.postings {
        *sums.entry(p.credit_type).or_default() += net(p);
    }
    if let (true, Some(about)) = (sums.is_empty(), about) {
        sums.insert(about.credit_type, 0);
    }
    let change = |(credit_type, sum)| {
        let balance = held.entry(credit_type).or_default();
        *balance += sum;
        Change {
            credit_type,
            amount: CreditAmount::from_thousandths(sum),
            balance: CreditAmount::from_thousandths(*balance),
        }
    };
    sums.into_iter().map(change).collect()
}

/// What a posting brings to the learner, or takes.
fn net(posting: &Posting) -> i64 {
    let sign = i64::from(posting.to.kind.is_purse()) - i64::from(posting.from.kind.is_purse());
    sign * posting.amount.thousandths()
}
