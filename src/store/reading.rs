//! Looking things up in the book: where an id stands, what an institution posted lately, the sums of all accounts.

use std::collections::{BTreeMap, HashSet};

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};
use uuid::Uuid;

use super::book::word;
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::Hot;
use super::types::{Id16, Key};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::enrolment::EnrolmentStatus;
use crate::ledger::book::Balances;
use crate::ledger::purse::{Account, AccountKind};
use crate::ledger::transaction::{About, Cause};

/// The learner of an achievement.
pub fn learner_of_achievement(conn: &mut Conn, id: Uuid) -> Result<Option<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT learner_id FROM achievement WHERE id = ");
    query.bind(id);
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().map(|key| key.0))
}

/// Learner and place of a transaction.
pub fn place_of_transaction(conn: &mut Conn, id: Uuid) -> Result<Option<(Uuid, i64)>> {
    let mut query = Hot::<(Id16, BigInt)>::new("SELECT learner_id, learner_seq FROM ledger_transaction WHERE id = ");
    query.bind(id);
    let rows: Vec<(Key, i64)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().map(|(learner, seq)| (learner.0, *seq)))
}

/// A learner's account at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNow {
    /// Where the chain stands.
    pub seq: i64,
    /// What the purses hold.
    pub balances: Balances,
    /// By id: institution, programme and status of each enrolment.
    pub enrolments: BTreeMap<Uuid, (Uuid, Uuid, EnrolmentStatus)>,
}

/// A learner's account as it stands, in one statement and so of one instant.
pub fn account_now(conn: &mut Conn, learner: Uuid) -> Result<Option<AccountNow>> {
    type Purse = (Option<String>, Option<Key>, Option<String>, Option<i64>);
    type Enrolled = (Option<Key>, Option<Key>, Option<Key>, Option<String>);
    let mut query = Hot::<(
        BigInt,
        (Nullable<Text>, Nullable<Id16>, Nullable<Text>, Nullable<BigInt>),
        (Nullable<Id16>, Nullable<Id16>, Nullable<Id16>, Nullable<Text>),
    )>::new(
        "SELECT h.seq, b.purse, b.purse_ref, b.credit_type, b.amount, e.id, e.institution_id, e.programme_id, e.status \
         FROM learner_head h LEFT JOIN balance b ON b.learner_id = h.learner_id \
         LEFT JOIN enrolment e ON e.learner_id = h.learner_id WHERE h.learner_id = ",
    );
    query.bind(learner);
    let rows: Vec<(i64, Purse, Enrolled)> = on_backend!(conn, c => query.load(c))?;
    let mut account: Option<AccountNow> = None;
    for (seq, purse, enrolled) in rows {
        let account =
            account.get_or_insert_with(|| AccountNow { seq, balances: Balances::new(), enrolments: BTreeMap::new() });
        if let (Some(purse), Some(Key(reference)), Some(credit_type), Some(amount)) = purse {
            let purse = Account { kind: word("balance.purse", &purse)?, reference };
            let credit_type = word("balance.credit_type", &credit_type)?;
            account.balances.insert((purse, credit_type), CreditAmount::from_thousandths(amount));
        }
        if let (Some(Key(id)), Some(Key(institution)), Some(Key(programme)), Some(status)) = enrolled {
            let status = word("enrolment.status", &status)?;
            account.enrolments.insert(id, (institution, programme, status));
        }
    }
    Ok(account)
}

/// Where a learner's chain stood at an instant (UTC microseconds); 0 before its first transaction.
pub fn seq_at(conn: &mut Conn, learner: Uuid, as_of: i64) -> Result<i64> {
    let mut query = Hot::<Nullable<BigInt>>::new("SELECT MAX(learner_seq) FROM ledger_transaction WHERE learner_id = ");
    query.bind(learner).text(" AND posted_at <= ").bind(as_of);
    let rows: Vec<Option<i64>> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().copied().flatten().unwrap_or(0))
}

/// A place in an institution's feed: instant, learner, place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedPlace {
    /// UTC microseconds.
    pub posted_at: i64,
    /// The learner.
    pub learner: Uuid,
    /// The place in the chain.
    pub seq: i64,
}

/// What an institution wrote about achievements after `after`, oldest first, at most `limit`. What it wrote about
/// conversions and awards ([`Cause::about`]) is told elsewhere: it would leave holes in the pages.
///
/// [`Cause::about`]: crate::ledger::transaction::Cause::about
pub fn feed(conn: &mut Conn, institution: Uuid, after: FeedPlace, limit: i64) -> Result<Vec<(FeedPlace, Uuid)>> {
    let mut query = Hot::<(BigInt, Id16, BigInt, Nullable<Id16>)>::new(
        "SELECT posted_at, learner_id, learner_seq, achievement_id FROM ledger_transaction WHERE institution_id = ",
    );
    query.bind(institution).text(" AND achievement_id IS NOT NULL AND cause NOT IN (");
    let elsewhere = Cause::ALL.iter().filter(|cause| cause.about() != About::Achievement);
    for (place, cause) in elsewhere.enumerate() {
        query.text(if place == 0 { "'" } else { "', '" }).text(cause.as_str());
    }
    query.text("') AND posted_at >= ").bind(after.posted_at);
    query.text(" AND (posted_at, learner_id, learner_seq) > (").bind(after.posted_at);
    query.text(", ").bind(after.learner).text(", ").bind(after.seq);
    query.text(") ORDER BY posted_at, learner_id, learner_seq LIMIT ").bind(limit);
    let rows: Vec<(i64, Key, i64, Option<Key>)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows
        .into_iter()
        .filter_map(|(posted_at, learner, seq, about)| {
            Some((FeedPlace { posted_at, learner: learner.0, seq }, about?.0))
        })
        .collect())
}

/// What institutions issued to a learner and did not take back, up to the place `seq`: [`crate::ledger::balance::earned`]
/// without reading the chain.
pub fn earned(conn: &mut Conn, learner: Uuid, seq: i64) -> Result<CreditAmount> {
    let mut query = Hot::<Nullable<BigInt>>::new(
        "SELECT CAST(SUM(CASE WHEN from_purse IN ('issuance', 'revoked') THEN amount \
         WHEN to_purse IN ('issuance', 'revoked') THEN -amount ELSE 0 END) AS BIGINT) FROM posting WHERE learner_id = ",
    );
    query.bind(learner).text(" AND learner_seq <= ").bind(seq);
    let rows: Vec<Option<i64>> = on_backend!(conn, c => query.load(c))?;
    Ok(CreditAmount::from_thousandths(rows.first().copied().flatten().unwrap_or_default()))
}

/// The lots of a learner that conversions granted.
pub fn granted_lots(conn: &mut Conn, learner: Uuid) -> Result<HashSet<Uuid>> {
    let mut query = Hot::<Id16>::new(
        "SELECT DISTINCT lot_id FROM posting WHERE from_purse = 'conversion' AND to_purse = 'programme' AND learner_id = ",
    );
    query.bind(learner);
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|key| key.0).collect())
}

/// What has gone out of and come into the accounts of one kind, for one credit type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSum {
    /// Credit type.
    pub credit_type: CreditType,
    /// Kind of account.
    pub kind: AccountKind,
    /// All that ever left.
    pub left: CreditAmount,
    /// All that ever arrived.
    pub arrived: CreditAmount,
}

/// Sums over every posting of the book: one pass over one snapshot.
pub fn account_sums(conn: &mut Conn) -> Result<Vec<AccountSum>> {
    // PostgreSQL widens the sum of BIGINTs to NUMERIC; it is cut back, since the book's totals fit easily.
    let query = Hot::<(Text, Text, Text, BigInt)>::new(
        "SELECT credit_type, from_purse, to_purse, CAST(SUM(amount) AS BIGINT) FROM posting \
         GROUP BY credit_type, from_purse, to_purse ORDER BY credit_type, from_purse, to_purse",
    );
    let rows: Vec<(String, String, String, i64)> = on_backend!(conn, c => query.load(c))?;
    let mut sums: Vec<AccountSum> = Vec::new();
    let mut add = |credit_type, kind, left: i64, arrived: i64| {
        let place = sums.iter().position(|sum| sum.credit_type == credit_type && sum.kind == kind);
        let zero = CreditAmount::ZERO;
        let index = place.unwrap_or_else(|| {
            sums.push(AccountSum { credit_type, kind, left: zero, arrived: zero });
            sums.len() - 1
        });
        let sum = &mut sums[index];
        sum.left = CreditAmount::from_thousandths(sum.left.thousandths() + left);
        sum.arrived = CreditAmount::from_thousandths(sum.arrived.thousandths() + arrived);
    };
    for (credit_type, from, to, amount) in rows {
        let credit_type = word("posting.credit_type", &credit_type)?;
        add(credit_type, word("posting.from_purse", &from)?, amount, 0);
        add(credit_type, word("posting.to_purse", &to)?, 0, amount);
    }
    Ok(sums)
}

/// Stored balances summed by credit type.
pub fn balance_sums(conn: &mut Conn) -> Result<Vec<(CreditType, CreditAmount)>> {
    let query = Hot::<(Text, BigInt)>::new(
        "SELECT credit_type, CAST(SUM(amount) AS BIGINT) FROM balance GROUP BY credit_type ORDER BY credit_type",
    );
    let rows: Vec<(String, i64)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(credit_type, sum)| Ok((word("balance.credit_type", &credit_type)?, CreditAmount::from_thousandths(sum))))
        .collect()
}

/// Ids of learners with a book after `after`, in order, at most `limit`.
pub fn learners_after(conn: &mut Conn, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT learner_id FROM learner_head WHERE learner_id > ");
    query.bind(after).text(" ORDER BY learner_id LIMIT ").bind(limit);
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|key| key.0).collect())
}

/// The identity of the book, if the schema has been given one.
pub fn book_id(conn: &mut Conn) -> Result<Option<Uuid>> {
    let query = Hot::<Id16>::new("SELECT id FROM book");
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().map(|key| key.0))
}

/// A row of the book whose learner has no head, if there is one: its table and learner.
pub fn orphan(conn: &mut Conn) -> Result<Option<(&'static str, Uuid)>> {
    const TABLES: [(&str, &str); 4] = [
        (
            "ledger_transaction",
            "SELECT t.learner_id FROM ledger_transaction t LEFT JOIN learner_head h ON h.learner_id = t.learner_id WHERE h.learner_id IS NULL LIMIT 1",
        ),
        (
            "posting",
            "SELECT t.learner_id FROM posting t LEFT JOIN ledger_transaction h ON h.learner_id = t.learner_id AND h.learner_seq = t.learner_seq WHERE h.learner_id IS NULL LIMIT 1",
        ),
        (
            "achievement",
            "SELECT t.learner_id FROM achievement t LEFT JOIN learner_head h ON h.learner_id = t.learner_id WHERE h.learner_id IS NULL LIMIT 1",
        ),
        (
            "balance",
            "SELECT t.learner_id FROM balance t LEFT JOIN learner_head h ON h.learner_id = t.learner_id WHERE h.learner_id IS NULL LIMIT 1",
        ),
    ];
    for (table, sql) in TABLES {
        let query = Hot::<Id16>::new(sql);
        let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
        if let Some(key) = rows.first() {
            return Ok(Some((table, key.0)));
        }
    }
    Ok(None)
}

/// Lifts the time-out of statements for the transaction at hand: sums over the whole book take as long as they take.
pub fn take_time(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Postgres(_) => conn.run("SET LOCAL statement_timeout = 0"),
        Conn::Sqlite(_) => Ok(()),
    }
}
