//! The book's rows: appended in multi-row statements, read back per learner. The one narrow place that writes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Text};
use uuid::Uuid;

use super::book_rows::{achievements, transactions};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Bind, Hot, IntoBind, chunks};
use super::types::{Id16, Key};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::term::Attempt;
use crate::domain::time::Instant;
use crate::ledger::book::{Appended, Balances, LearnerBook};
use crate::ledger::chain::Head;
use crate::ledger::details::Achievement;
use crate::ledger::history::History;
use crate::ledger::posting::Posting;
use crate::ledger::purse::Account;
use crate::ledger::transaction::Transaction;

pub(super) fn word<T: std::str::FromStr>(column: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| StoreError::broken(format_args!("{column} holds {text:?}")))
}

pub(super) fn hash(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::broken("a hash is not 32 bytes"))
}

/// Heads and balances of `learners`, locked until the transaction ends, in the order of their ids. Unknown ones are absent.
pub fn lock_books(conn: &mut Conn, book: Uuid, learners: &[Uuid]) -> Result<HashMap<Uuid, LearnerBook>> {
    if learners.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, BigInt, Binary, BigInt)>::new(
        "SELECT learner_id, seq, hash, posted_at FROM learner_head WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id");
    if matches!(conn, Conn::Postgres(_)) {
        query.text(" FOR UPDATE");
    }
    let heads: Vec<(Key, i64, Vec<u8>, i64)> = on_backend!(conn, c => query.load(c))?;
    let mut books = HashMap::with_capacity(heads.len());
    for (Key(learner), seq, bytes, posted_at) in heads {
        let head = Head { seq, hash: hash(&bytes)?, posted_at: Instant::from_micros(posted_at) };
        books.insert(learner, LearnerBook { book, learner, head, balances: Balances::new() });
    }
    for (learner, balances) in balances(conn, learners)? {
        if let Some(book) = books.get_mut(&learner) {
            book.balances = balances;
        }
    }
    Ok(books)
}

/// Stored balances of `learners`.
pub fn balances(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, Balances>> {
    let mut query = Hot::<(Id16, Text, Id16, Text, BigInt)>::new(
        "SELECT learner_id, purse, purse_ref, credit_type, amount FROM balance WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    let rows: Vec<(Key, String, Key, String, i64)> = on_backend!(conn, c => query.load(c))?;
    let mut balances: HashMap<Uuid, Balances> = HashMap::new();
    for (Key(learner), purse, Key(reference), credit_type, amount) in rows {
        let account = Account { kind: word("balance.purse", &purse)?, reference };
        let key = (account, word("balance.credit_type", &credit_type)?);
        balances.entry(learner).or_default().insert(key, CreditAmount::from_thousandths(amount));
    }
    Ok(balances)
}

/// The heads of the chains of `learners`, unlocked.
pub fn heads(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, Head>> {
    let mut query = Hot::<(Id16, BigInt, Binary, BigInt)>::new(
        "SELECT learner_id, seq, hash, posted_at FROM learner_head WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    let rows: Vec<(Key, i64, Vec<u8>, i64)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(learner, seq, bytes, at)| {
            Ok((learner.0, Head { seq, hash: hash(&bytes)?, posted_at: Instant::from_micros(at) }))
        })
        .collect()
}

/// The head of one learner's chain, unlocked.
pub fn head(conn: &mut Conn, learner: Uuid) -> Result<Option<Head>> {
    let mut query =
        Hot::<(BigInt, Binary, BigInt)>::new("SELECT seq, hash, posted_at FROM learner_head WHERE learner_id = ");
    query.bind(learner);
    let row: Option<(i64, Vec<u8>, i64)> = on_backend!(conn, c => query.load(c))?.pop();
    row.map(|(seq, bytes, at)| Ok(Head { seq, hash: hash(&bytes)?, posted_at: Instant::from_micros(at) })).transpose()
}

/// Writes what was appended: transactions, postings, achievements, then the new heads and balances of their learners.
pub fn append(conn: &mut Conn, appended: &[Appended], books: &[&LearnerBook]) -> Result<()> {
    let subjects: Vec<(&Achievement, String)> =
        appended.iter().filter_map(|a| a.achievement.as_ref()).map(|a| (a, a.subject())).collect();
    // Only what these transactions moved: the other balances stand as they are.
    let moved: BTreeSet<(Uuid, Account, CreditType)> = appended
        .iter()
        .flat_map(|a| a.transaction.postings.iter().map(move |p| (a.transaction.learner, p)))
        .flat_map(|(learner, p)| [(learner, p.from, p.credit_type), (learner, p.to, p.credit_type)])
        .collect();
    let postings = appended.iter().flat_map(|a| {
        (1..).zip(&a.transaction.postings).map(move |(number, p)| posting_row(&a.transaction, number, p))
    });
    let heads = books.iter().map(|b| {
        vec![b.learner.bind(), b.head.seq.bind(), b.head.hash.as_slice().bind(), b.head.posted_at.micros().bind()]
    });
    let balances = books
        .iter()
        .flat_map(|b| b.balances.iter().map(|(key, amount)| (b.learner, key, *amount)))
        .filter(|(learner, (account, credit_type), _)| moved.contains(&(*learner, *account, *credit_type)))
        .map(|(learner, (account, credit_type), amount)| {
            vec![
                learner.bind(),
                account.kind.as_str().bind(),
                account.reference.bind(),
                credit_type.as_str().bind(),
                amount.thousandths().bind(),
            ]
        });
    let transactions = appended.iter().map(|a| transaction_row(&a.transaction));
    let achievements = subjects.iter().map(|(a, subject)| achievement_row(a, subject));
    insert_together(
        conn,
        vec![
            (INSERT_TRANSACTION, transactions.collect(), ""),
            (INSERT_POSTING, postings.collect(), ""),
            (INSERT_ACHIEVEMENT, achievements.collect(), ""),
            (SET_HEAD, heads.collect(), HEAD_STANDS),
            (SET_BALANCE, balances.collect(), BALANCE_STANDS),
        ],
    )
}

/// Begins an `INSERT INTO … VALUES `. Any failure ends the transaction, so SQLite need not keep every page as it was
/// before the statement, which it would do to undo that statement alone.
fn begin<ST>(hot: &mut Hot<'_, ST>, conn: &Conn, head: &'static str) {
    let head = head.strip_suffix("VALUES ").unwrap_or(head);
    match (conn, head.strip_prefix("INSERT ")) {
        (Conn::Sqlite(_), Some(rest)) => hot.text("INSERT OR FAIL ").text(rest),
        _ => hot.text(head),
    };
}

/// An `INSERT INTO … VALUES ` of at least one row, and what follows the rows.
pub(super) fn inserting<'a, ST, R: IntoIterator<Item = Bind<'a>>>(
    conn: &Conn,
    head: &'static str,
    rows: impl IntoIterator<Item = R>,
    tail: &'static str,
) -> Hot<'a, ST> {
    let mut statement = Hot::new("");
    begin(&mut statement, conn, head);
    statement.table(rows).text(tail);
    statement
}

/// The runs in which rows are inserted: powers of two on SQLite; on PostgreSQL all at once, far below the time-out.
pub(super) fn runs<'r, T>(conn: &Conn, rows: &'r [T]) -> Vec<&'r [T]> {
    const ARRAY_MAX: usize = 4_096;
    match conn {
        Conn::Sqlite(_) => chunks(rows).collect(),
        Conn::Postgres(_) => rows.chunks(ARRAY_MAX).collect(),
    }
}

/// Inserts rows.
pub(super) fn insert<'a, T>(
    conn: &mut Conn,
    rows: &'a [T],
    head: &'static str,
    tail: &'static str,
    row: impl Fn(&'a T) -> Vec<Bind<'a>>,
) -> Result<()> {
    for run in runs(conn, rows) {
        let statement = inserting::<(), _>(conn, head, run.iter().map(&row), tail);
        on_backend!(conn, c => statement.execute(c))?;
    }
    Ok(())
}

/// Inserts rows of several tables; on PostgreSQL in one statement, since each statement is a journey to the server.
fn insert_together<'a>(
    conn: &mut Conn,
    mut tables: Vec<(&'static str, Vec<Vec<Bind<'a>>>, &'static str)>,
) -> Result<()> {
    const BEFORE: [&str; 4] = ["WITH a AS (", "), b AS (", "), c AS (", "), d AS ("];
    tables.retain(|(_, rows, _)| !rows.is_empty());
    let Some((last, others)) = tables.split_last().filter(|_| matches!(conn, Conn::Postgres(_))) else {
        for (head, rows, tail) in &tables {
            insert(conn, rows, head, tail, Clone::clone)?;
        }
        return Ok(());
    };
    let mut statement = Hot::<()>::new("");
    for ((head, rows, tail), before) in others.iter().zip(BEFORE) {
        begin(statement.text(before), conn, head);
        statement.table(rows.iter().cloned()).text(tail);
    }
    if !others.is_empty() {
        statement.text(") ");
    }
    begin(&mut statement, conn, last.0);
    statement.table(last.1.iter().cloned()).text(last.2);
    on_backend!(conn, c => statement.execute(c))?;
    Ok(())
}

const SET_HEAD: &str = "INSERT INTO learner_head (learner_id, seq, hash, posted_at) VALUES ";
const HEAD_STANDS: &str =
    " ON CONFLICT (learner_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, posted_at = excluded.posted_at";
const SET_BALANCE: &str = "INSERT INTO balance (learner_id, purse, purse_ref, credit_type, amount) VALUES ";
const BALANCE_STANDS: &str =
    " ON CONFLICT (learner_id, purse, purse_ref, credit_type) DO UPDATE SET amount = excluded.amount";
const INSERT_TRANSACTION: &str = "INSERT INTO ledger_transaction (learner_id, learner_seq, id, kind, institution_id, \
     actor_kind, actor_id, request_id, cause, achievement_id, reverses_seq, effective_on, posted_at, suite, commitment, \
     hash, sealed) VALUES ";
const INSERT_POSTING: &str = "INSERT INTO posting (learner_id, learner_seq, posting_no, credit_type, amount, lot_id, \
     from_purse, from_ref, from_balance, to_purse, to_ref, to_balance) VALUES ";
const INSERT_ACHIEVEMENT: &str = "INSERT INTO achievement (learner_id, subject, id, learner_seq, series_id, revision, \
     lot_id, kind, institution_id, code, level, credit_type, credits, programme_id, enrolment_id, term, attempt, \
     delivery, facts, completed_on, issued_on, valid_until, attached_to, supersedes) VALUES ";

fn transaction_row(t: &Transaction) -> Vec<Bind<'_>> {
    vec![
        t.learner.bind(),
        t.seq.bind(),
        t.id.bind(),
        t.kind.as_str().bind(),
        t.author.institution.bind(),
        t.author.kind.as_str().bind(),
        t.author.id.bind(),
        t.author.request.bind(),
        t.cause.as_str().bind(),
        t.about.bind(),
        t.reverses.bind(),
        t.effective_on.bind(),
        t.posted_at.micros().bind(),
        t.suite.bind(),
        t.commitment.as_slice().bind(),
        t.hash.as_slice().bind(),
        t.sealed.as_slice().bind(),
    ]
}

fn posting_row<'a>(t: &Transaction, number: i64, p: &'a Posting) -> Vec<Bind<'a>> {
    vec![
        t.learner.bind(),
        t.seq.bind(),
        number.bind(),
        p.credit_type.as_str().bind(),
        p.amount.thousandths().bind(),
        p.lot.bind(),
        p.from.kind.as_str().bind(),
        p.from.reference.bind(),
        p.from_balance.map(CreditAmount::thousandths).bind(),
        p.to.kind.as_str().bind(),
        p.to.reference.bind(),
        p.to_balance.map(CreditAmount::thousandths).bind(),
    ]
}

fn achievement_row<'a>(a: &'a Achievement, subject: &'a str) -> Vec<Bind<'a>> {
    vec![
        a.learner.bind(),
        subject.bind(),
        a.id.bind(),
        a.seq.bind(),
        a.series.bind(),
        a.revision.bind(),
        a.lot.bind(),
        a.kind.as_str().bind(),
        a.institution.bind(),
        a.code.as_deref().bind(),
        a.level.as_deref().bind(),
        a.credit_type.as_str().bind(),
        a.credits.thousandths().bind(),
        a.programme.bind(),
        a.enrolment.bind(),
        a.term.as_deref().bind(),
        a.attempt.map(Attempt::as_str).bind(),
        a.delivery.as_deref().bind(),
        a.facts.as_deref().bind(),
        a.completed_on.bind(),
        a.issued_on.bind(),
        a.valid_until.bind(),
        a.attached_to.bind(),
        a.supersedes.bind(),
    ]
}

/// The chains and achievements of `learners`, sealed details unopened.
pub fn histories(conn: &mut Conn, learners: &[Uuid]) -> Result<BTreeMap<Uuid, History>> {
    let mut found: BTreeMap<Uuid, History> = BTreeMap::new();
    for transaction in transactions(conn, learners)? {
        found.entry(transaction.learner).or_default().transactions.push(transaction);
    }
    for achievement in achievements(conn, learners)? {
        found.entry(achievement.learner).or_default().achievements.push(achievement);
    }
    Ok(found)
}

/// Gives the schema its book's identity, once; answers the one that stands.
pub fn found(conn: &mut Conn, id: Uuid, now: Instant) -> Result<Uuid> {
    if let Some(book) = super::reading::book_id(conn)? {
        return Ok(book);
    }
    insert(conn, &[(id, now)], "INSERT INTO book (id, created_at) VALUES ", "", |(id, now)| {
        vec![id.bind(), now.micros().bind()]
    })?;
    Ok(id)
}
