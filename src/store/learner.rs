//! Learners: accounts, data keys and heads of empty chains.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::book::{hash, insert};
use super::claim::{self, ClaimKind};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::crypto::keys::KEY_VERSION;

/// An account to be opened.
#[derive(Debug)]
pub struct NewLearner {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub account_no: String,
    /// Its data key, wrapped.
    pub wrapped: Vec<u8>,
    /// The institution that opens it.
    pub opened_by: Uuid,
    /// When, UTC microseconds.
    pub at: i64,
}

/// An account as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnerRow {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub account_no: String,
    /// The institution that opened it.
    pub opened_by: Uuid,
    /// When, UTC microseconds.
    pub opened_at: i64,
    /// When a password was first set.
    pub activated_at: Option<i64>,
    /// The account it was merged into.
    pub merged_into: Option<Uuid>,
}

/// A learner's data key as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The key, wrapped by the master key.
    pub wrapped: Vec<u8>,
    /// Whether it has been erased, and the person with it.
    pub erased: bool,
}

/// Hash of the head of an empty chain.
const NO_HASH: [u8; 32] = [0; 32];

/// Opens accounts with their keys and empty chains. An account number that stands already fails the transaction, which
/// is then run again with others.
pub fn insert_all(conn: &mut Conn, learners: &[NewLearner]) -> Result<()> {
    insert(conn, learners, "INSERT INTO learner (id, account_no, opened_by, opened_at) VALUES ", "", |l| {
        vec![l.id.bind(), l.account_no.as_str().bind(), l.opened_by.bind(), l.at.bind()]
    })?;
    insert(
        conn,
        learners,
        "INSERT INTO learner_key (learner_id, wrapped, master_version, created_at) VALUES ",
        "",
        |l| vec![l.id.bind(), l.wrapped.as_slice().bind(), KEY_VERSION.bind(), l.at.bind()],
    )?;
    insert(conn, learners, "INSERT INTO learner_head (learner_id, seq, hash, posted_at) VALUES ", "", |l| {
        vec![l.id.bind(), 0_i64.bind(), NO_HASH.as_slice().bind(), 0_i64.bind()]
    })
}

type Row = (Key, String, Key, i64, Option<i64>, Option<Key>);

/// The accounts of these ids. Unknown ones are absent.
pub fn of_ids(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, LearnerRow>> {
    if learners.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Text, Id16, BigInt, Nullable<BigInt>, Nullable<Id16>)>::new(
        "SELECT id, account_no, opened_by, opened_at, activated_at, merged_into FROM learner WHERE id ",
    );
    query.among(learners.iter().copied());
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let row =
        |(Key(id), account_no, Key(opened_by), opened_at, activated_at, merged_into): (_, _, _, _, _, Option<Key>)| {
            let merged_into = merged_into.map(|key| key.0);
            (id, LearnerRow { id, account_no, opened_by, opened_at, activated_at, merged_into })
        };
    Ok(rows.into_iter().map(row).collect())
}

/// The account numbers of these ids.
pub fn account_nos(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    Ok(of_ids(conn, learners)?.into_iter().map(|(id, row)| (id, row.account_no)).collect())
}

/// The accounts of these numbers. Unknown ones are absent.
pub fn by_account_nos(conn: &mut Conn, numbers: &[&str]) -> Result<HashMap<String, Uuid>> {
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Text, Id16)>::new("SELECT account_no, id FROM learner WHERE account_no ");
    query.among(numbers.iter().copied());
    let rows: Vec<(String, Key)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|(number, Key(id))| (number, id)).collect())
}

/// The wrapped data keys of these learners.
pub fn keys(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, WrappedKey>> {
    if learners.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Binary, Nullable<BigInt>)>::new(
        "SELECT learner_id, wrapped, erased_at FROM learner_key WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    let rows: Vec<(Key, Vec<u8>, Option<i64>)> = on_backend!(conn, c => query.load(c))?;
    let key =
        |(Key(id), wrapped, erased): (Key, _, Option<i64>)| (id, WrappedKey { wrapped, erased: erased.is_some() });
    Ok(rows.into_iter().map(key).collect())
}

/// A page of all accounts, by id, after `after`.
pub fn page(conn: &mut Conn, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT id FROM learner WHERE id > ");
    query.bind(after).text(" ORDER BY id LIMIT ").bind(limit);
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|key| key.0).collect())
}

/// Takes away an account that was opened in this transaction without enrolment and code, for a post that was refused
/// after all. One that has either, or anything in its chain, stays.
pub fn remove_unused(conn: &mut Conn, learner: Uuid) -> Result<()> {
    let mut query =
        Hot::<Binary>::new("SELECT i.digest FROM learner_identity i JOIN learner_head h ON h.learner_id = ");
    query.text("i.learner_id WHERE h.seq = 0 AND i.learner_id = ").bind(learner);
    query.text(" AND NOT EXISTS (SELECT 1 FROM activation a WHERE a.learner_id = i.learner_id)");
    query.text(" AND NOT EXISTS (SELECT 1 FROM enrolment e WHERE e.learner_id = i.learner_id)");
    let digests: Vec<Vec<u8>> = on_backend!(conn, c => query.load(c))?;
    if digests.is_empty() {
        return Ok(());
    }
    let digests: Vec<_> = digests.iter().map(|digest| hash(digest)).collect::<Result<_>>()?;
    claim::delete(conn, ClaimKind::Identity, &digests)?;
    for text in [
        "DELETE FROM learner_identity WHERE learner_id = ",
        "DELETE FROM learner_name WHERE learner_id = ",
        "DELETE FROM learner_key WHERE learner_id = ",
        "DELETE FROM learner_head WHERE learner_id = ",
        "DELETE FROM learner WHERE id = ",
    ] {
        let mut statement = Hot::<()>::new(text);
        statement.bind(learner);
        on_backend!(conn, c => statement.execute(c))?;
    }
    Ok(())
}
