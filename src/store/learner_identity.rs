//! Identity documents and names of learners, sealed, with their history.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::book::{hash, insert, word};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::crypto::digest::Hash;
use crate::domain::identity::IdentityType;

/// An identity document.
#[derive(Debug, Clone)]
pub struct IdentityRow {
    /// Whose.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Kind of document.
    pub type_: IdentityType,
    /// Keyed digest of the number: that of its claim.
    pub digest: Hash,
    /// The number, sealed.
    pub sealed: Vec<u8>,
    /// When it was recorded, UTC microseconds.
    pub since: i64,
}

/// A name that a learner has or had.
#[derive(Debug, Clone)]
pub struct NameRow {
    /// Whose.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Keyed digest of the folded name.
    pub digest: Hash,
    /// The name, sealed.
    pub sealed: Vec<u8>,
    /// Since when, UTC microseconds.
    pub since: i64,
    /// Until when; none for the present name.
    pub ended_at: Option<i64>,
}

/// Records identity documents.
pub fn insert_identities(conn: &mut Conn, rows: &[IdentityRow]) -> Result<()> {
    insert(conn, rows, "INSERT INTO learner_identity (learner_id, id, type, digest, sealed, since) VALUES ", "", |r| {
        vec![
            r.learner.bind(),
            r.id.bind(),
            r.type_.as_str().bind(),
            r.digest.as_slice().bind(),
            r.sealed.as_slice().bind(),
            r.since.bind(),
        ]
    })
}

/// Records names.
pub fn insert_names(conn: &mut Conn, rows: &[NameRow]) -> Result<()> {
    insert(conn, rows, "INSERT INTO learner_name (learner_id, id, digest, sealed, since, ended_at) VALUES ", "", |r| {
        vec![
            r.learner.bind(),
            r.id.bind(),
            r.digest.as_slice().bind(),
            r.sealed.as_slice().bind(),
            r.since.bind(),
            r.ended_at.bind(),
        ]
    })
}

type DocumentSql = (Key, Key, String, Vec<u8>, Vec<u8>, i64);
type NameSql = (Key, Key, Vec<u8>, Vec<u8>, i64, Option<i64>);

/// The present documents of `learners`, the earliest recorded first.
pub fn identities(conn: &mut Conn, learners: &[Uuid]) -> Result<Vec<IdentityRow>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<(Id16, Id16, Text, Binary, Binary, BigInt)>::new(
        "SELECT learner_id, id, type, digest, sealed, since FROM learner_identity WHERE ended_at IS NULL AND learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, since, id");
    let rows: Vec<DocumentSql> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(Key(learner), Key(id), type_, digest, sealed, since)| {
            let type_ = word("learner_identity.type", &type_)?;
            Ok(IdentityRow { learner, id, type_, digest: hash(&digest)?, sealed, since })
        })
        .collect()
}

/// Every name of `learners`, former ones included, the oldest first.
pub fn names(conn: &mut Conn, learners: &[Uuid]) -> Result<Vec<NameRow>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<(Id16, Id16, Binary, Binary, BigInt, Nullable<BigInt>)>::new(
        "SELECT learner_id, id, digest, sealed, since, ended_at FROM learner_name WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, since, id");
    let rows: Vec<NameSql> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(Key(learner), Key(id), digest, sealed, since, ended_at)| {
            Ok(NameRow { learner, id, digest: hash(&digest)?, sealed, since, ended_at })
        })
        .collect()
}

/// Digests of all names that `learners` have or had: a former name still names its bearer.
pub fn current_names(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, Vec<Hash>>> {
    let mut digests: HashMap<Uuid, Vec<Hash>> = HashMap::new();
    for name in names(conn, learners)? {
        digests.entry(name.learner).or_default().push(name.digest);
    }
    Ok(digests)
}

/// Makes the present name of `learner` a former one.
pub fn end_name(conn: &mut Conn, learner: Uuid, at: i64) -> Result<()> {
    let mut statement = Hot::<()>::new("UPDATE learner_name SET ended_at = ");
    statement.bind(at).text(" WHERE learner_id = ").bind(learner).text(" AND ended_at IS NULL");
    on_backend!(conn, c => statement.execute(c))?;
    Ok(())
}
