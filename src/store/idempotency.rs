//! Records of requests that may be sent again.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Text};
use uuid::Uuid;

use super::book::{hash, insert};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use crate::crypto::digest::Hash;

/// A key as it is looked up: digested together with client and operation.
#[derive(Debug, Clone)]
pub struct Once {
    /// The client.
    pub client: Uuid,
    /// The operation.
    pub operation: &'static str,
    /// Digest of client, operation and key.
    pub key: Hash,
    /// Digest of the request.
    pub request: Hash,
}

/// What is kept of an answered request.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The key.
    pub once: &'a Once,
    /// The HTTP status it was answered with.
    pub status: i64,
    /// Ids and facts from which the answer is rendered again; canonical JSON.
    pub answer: &'a str,
    /// When, UTC microseconds.
    pub at: i64,
}

/// The request digest and answer recorded under a key.
pub fn find(conn: &mut Conn, once: &Once) -> Result<Option<(Vec<u8>, String)>> {
    let mut query = Hot::<(Binary, Text)>::new("SELECT request_digest, answer FROM idempotency WHERE key_digest = ");
    query.bind(once.key.as_slice());
    Ok(on_backend!(conn, c => query.load(c))?.pop())
}

/// Request digests and answers recorded under many keys' digests.
pub fn find_many(conn: &mut Conn, keys: &[&Once]) -> Result<HashMap<Hash, (Vec<u8>, String)>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Binary, Binary, Text)>::new(
        "SELECT key_digest, request_digest, answer FROM idempotency WHERE key_digest ",
    );
    query.among(keys.iter().map(|once| once.key.as_slice()));
    let rows: Vec<(Vec<u8>, Vec<u8>, String)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(|(key, request, answer)| Ok((hash(&key)?, (request, answer)))).collect()
}

/// Writes records; a key that stands already fails the transaction.
pub fn insert_all(conn: &mut Conn, records: &[Record<'_>]) -> Result<()> {
    insert(
        conn,
        records,
        "INSERT INTO idempotency (client_id, operation, key_digest, request_digest, status, answer, created_at) VALUES ",
        "",
        |r| {
            vec![
                r.once.client.bind(),
                r.once.operation.bind(),
                r.once.key.as_slice().bind(),
                r.once.request.as_slice().bind(),
                r.status.bind(),
                r.answer.bind(),
                r.at.bind(),
            ]
        },
    )
}

/// Forgets records made before `instant` (UTC microseconds), at most `limit` of them; answers how many went.
pub fn forget_before(conn: &mut Conn, instant: i64, limit: i64) -> Result<usize> {
    let mut statement = Hot::<BigInt>::new(
        "DELETE FROM idempotency WHERE key_digest IN (SELECT key_digest FROM idempotency WHERE created_at < ",
    );
    statement.bind(instant).text(" LIMIT ").bind(limit).text(")");
    Ok(on_backend!(conn, c => statement.execute(c))?)
}
