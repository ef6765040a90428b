//! Reading the book's rows back as the ledger's values.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};
use uuid::Uuid;

use super::book::{hash, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind, MAX_ROWS, padded};
use super::types::{Id16, Key};
use crate::domain::credit::CreditAmount;
use crate::domain::time::Instant;
use crate::ledger::details::Achievement;
use crate::ledger::posting::Posting;
use crate::ledger::purse::Account;
use crate::ledger::transaction::{Author, Transaction};

type TransactionSql = (
    Id16,
    BigInt,
    Id16,
    Text,
    Id16,
    Text,
    Id16,
    Id16,
    Text,
    Nullable<Id16>,
    Nullable<BigInt>,
    Date,
    BigInt,
    BigInt,
    Binary,
    Binary,
    Binary,
);
type TransactionRow = (
    Key,
    i64,
    Key,
    String,
    Key,
    String,
    Key,
    Key,
    String,
    Option<Key>,
    Option<i64>,
    NaiveDate,
    i64,
    i64,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
);

/// Which transactions of the learners are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// From this place, included.
    pub first: i64,
    /// To this place, included.
    pub last: i64,
}

impl Span {
    /// The whole chain.
    pub const ALL: Self = Self { first: 0, last: i64::MAX };
}

/// Every transaction of `learners` with its postings, by learner and place.
pub fn transactions(conn: &mut Conn, learners: &[Uuid]) -> Result<Vec<Transaction>> {
    transactions_within(conn, learners, Span::ALL)
}

/// The transactions of `learners` within `span`, with their postings, by learner and place.
pub fn transactions_within(conn: &mut Conn, learners: &[Uuid], span: Span) -> Result<Vec<Transaction>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<TransactionSql>::new(
        "SELECT learner_id, learner_seq, id, kind, institution_id, actor_kind, actor_id, request_id, cause, \
         achievement_id, reverses_seq, effective_on, posted_at, suite, commitment, hash, sealed \
         FROM ledger_transaction WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" AND learner_seq BETWEEN ").bind(span.first).text(" AND ").bind(span.last);
    query.text(" ORDER BY learner_id, learner_seq");
    let rows: Vec<TransactionRow> = on_backend!(conn, c => query.load(c))?;
    let mut postings = postings(conn, learners, span)?;
    rows.into_iter()
        .map(|row| {
            let postings = postings.remove(&(row.0.0, row.1)).unwrap_or_default();
            transaction(row, postings)
        })
        .collect()
}

fn transaction(row: TransactionRow, postings: Vec<Posting>) -> Result<Transaction> {
    let (
        learner,
        seq,
        id,
        kind,
        institution,
        actor_kind,
        actor,
        request,
        cause,
        achievement,
        reverses,
        effective_on,
        posted_at,
        suite,
        commitment,
        own_hash,
        sealed,
    ) = row;
    Ok(Transaction {
        learner: learner.0,
        seq,
        id: id.0,
        kind: word("ledger_transaction.kind", &kind)?,
        cause: word("ledger_transaction.cause", &cause)?,
        author: Author {
            kind: word("ledger_transaction.actor_kind", &actor_kind)?,
            id: actor.0,
            institution: institution.0,
            request: request.0,
        },
        about: achievement.map(|key| key.0),
        reverses,
        effective_on,
        posted_at: Instant::from_micros(posted_at),
        suite,
        commitment: hash(&commitment).map_err(|_| broken_row("ledger_transaction", learner.0, seq))?,
        hash: hash(&own_hash).map_err(|_| broken_row("ledger_transaction", learner.0, seq))?,
        sealed,
        postings,
    })
}

type PostingSql =
    (Id16, BigInt, BigInt, Text, BigInt, Id16, Text, Id16, Nullable<BigInt>, Text, Id16, Nullable<BigInt>);
type PostingRow = (Key, i64, i64, String, i64, Key, String, Key, Option<i64>, String, Key, Option<i64>);

fn postings(conn: &mut Conn, learners: &[Uuid], span: Span) -> Result<HashMap<(Uuid, i64), Vec<Posting>>> {
    let mut query = Hot::<PostingSql>::new(
        "SELECT learner_id, learner_seq, posting_no, credit_type, amount, lot_id, from_purse, from_ref, from_balance, to_purse, \
         to_ref, to_balance FROM posting WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" AND learner_seq BETWEEN ").bind(span.first).text(" AND ").bind(span.last);
    query.text(" ORDER BY learner_id, learner_seq, posting_no");
    let rows: Vec<PostingRow> = on_backend!(conn, c => query.load(c))?;
    let mut found: HashMap<(Uuid, i64), Vec<Posting>> = HashMap::new();
    for (learner, seq, number, credit_type, amount, lot, from, from_ref, from_balance, to, to_ref, to_balance) in rows {
        let own = found.entry((learner.0, seq)).or_default();
        if usize::try_from(number).ok() != Some(own.len() + 1) {
            return Err(broken_row("posting", learner.0, seq));
        }
        own.push(Posting {
            credit_type: word("posting.credit_type", &credit_type)?,
            amount: CreditAmount::from_thousandths(amount),
            lot: lot.0,
            from: Account { kind: word("posting.from_purse", &from)?, reference: from_ref.0 },
            to: Account { kind: word("posting.to_purse", &to)?, reference: to_ref.0 },
            from_balance: from_balance.map(CreditAmount::from_thousandths),
            to_balance: to_balance.map(CreditAmount::from_thousandths),
        });
    }
    Ok(found)
}

fn broken_row(table: &str, learner: Uuid, seq: i64) -> StoreError {
    StoreError::broken(format_args!("{table} row {learner}/{seq} is malformed"))
}

type AchievementSql = (
    Id16,
    Id16,
    BigInt,
    Id16,
    BigInt,
    Id16,
    Text,
    Id16,
    Nullable<Text>,
    Nullable<Text>,
    Text,
    BigInt,
    Nullable<Id16>,
    Nullable<Id16>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Date,
    Nullable<Date>,
    Nullable<Date>,
    Nullable<Id16>,
    Nullable<Id16>,
    Text,
);
type AchievementRow = (
    Key,
    Key,
    i64,
    Key,
    i64,
    Key,
    String,
    Key,
    Option<String>,
    Option<String>,
    String,
    i64,
    Option<Key>,
    Option<Key>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    NaiveDate,
    Option<NaiveDate>,
    Option<NaiveDate>,
    Option<Key>,
    Option<Key>,
    String,
);

/// Every achievement of `learners`, in the order of the transactions that brought them.
pub fn achievements(conn: &mut Conn, learners: &[Uuid]) -> Result<Vec<Achievement>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<AchievementSql>::new(
        "SELECT learner_id, id, learner_seq, series_id, revision, lot_id, kind, institution_id, code, level, \
         credit_type, credits, programme_id, enrolment_id, term, attempt, delivery, facts, completed_on, issued_on, \
         valid_until, attached_to, supersedes, subject FROM achievement WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, learner_seq");
    let rows: Vec<AchievementRow> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(achievement).collect()
}

fn achievement(row: AchievementRow) -> Result<Achievement> {
    let (
        learner,
        id,
        seq,
        series,
        revision,
        lot,
        kind,
        institution,
        code,
        level,
        credit_type,
        credits,
        programme,
        enrolment,
        term,
        attempt,
        delivery,
        facts,
        completed_on,
        issued_on,
        valid_until,
        attached_to,
        supersedes,
        subject,
    ) = row;
    let achievement = Achievement {
        id: id.0,
        learner: learner.0,
        seq,
        series: series.0,
        revision,
        lot: lot.0,
        kind: word("achievement.kind", &kind)?,
        institution: institution.0,
        code,
        level,
        credit_type: word("achievement.credit_type", &credit_type)?,
        credits: CreditAmount::from_thousandths(credits),
        programme: programme.map(|key| key.0),
        enrolment: enrolment.map(|key| key.0),
        term,
        attempt: attempt.as_deref().map(|text| word("achievement.attempt", text)).transpose()?,
        delivery,
        facts,
        completed_on,
        issued_on,
        valid_until,
        attached_to: attached_to.map(|key| key.0),
        supersedes: supersedes.map(|key| key.0),
    };
    if achievement.subject() != subject {
        return Err(StoreError::broken(format_args!(
            "achievement {} is filed under another subject than its own",
            achievement.id
        )));
    }
    Ok(achievement)
}

/// Which of the learners have results filed under the subjects: learner, subject and posting institution of each.
pub fn prior_results(conn: &mut Conn, subjects: &[(Uuid, String)]) -> Result<HashSet<(Uuid, String, Uuid)>> {
    let mut found = HashSet::new();
    for run in subjects.chunks(MAX_ROWS) {
        let run = padded(run);
        let mut query = Hot::<(Id16, Text, Id16)>::new("WITH wanted (learner_id, subject) AS (");
        query.table(run.iter().map(|(learner, subject)| [learner.bind(), subject.as_str().bind()]));
        // CROSS JOIN keeps SQLite from reading the whole table for a long list; PostgreSQL takes it for any other join.
        query.text(
            ") SELECT a.learner_id, a.subject, a.institution_id FROM wanted w CROSS JOIN achievement a \
             WHERE a.learner_id = w.learner_id AND a.subject = w.subject",
        );
        let rows: Vec<(Key, String, Key)> = on_backend!(conn, c => query.load(c))?;
        found.extend(rows.into_iter().map(|(learner, subject, institution)| (learner.0, subject, institution.0)));
    }
    Ok(found)
}
