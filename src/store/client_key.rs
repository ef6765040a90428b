//! Public keys of API clients, and the assertions that were signed with them and used.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{api_client_key as key, client_assertion as assertion};
use super::types::Key;
use crate::crypto::digest::Hash;
use crate::domain::ids::ClientId;
use crate::domain::time::Instant;

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its id, the client's own word for it.
    pub kid: String,
    /// The one algorithm that it verifies.
    pub alg: String,
    /// Its public members (RFC 7638).
    pub jwk: String,
    /// Since when it is registered.
    pub created_at: Instant,
    /// When it was removed.
    pub removed_at: Option<Instant>,
}

/// Every key that a client has or had, the newest first.
pub fn all(conn: &mut Conn, client: ClientId) -> Result<Vec<StoredKey>> {
    type Row = (String, String, String, i64, Option<i64>);
    let rows: Vec<Row> = key::table
        .filter(key::client_id.eq(Key(client.uuid())))
        .order((key::created_at.desc(), key::kid.asc()))
        .select((key::kid, key::alg, key::jwk, key::created_at, key::removed_at))
        .load(conn)?;
    let stored = |(kid, alg, jwk, created, removed): Row| StoredKey {
        kid,
        alg,
        jwk,
        created_at: Instant::from_micros(created),
        removed_at: removed.map(Instant::from_micros),
    };
    Ok(rows.into_iter().map(stored).collect())
}

/// Stores a key.
pub fn insert(conn: &mut Conn, client: ClientId, new: &StoredKey) -> Result<()> {
    diesel::insert_into(key::table)
        .values((
            key::client_id.eq(Key(client.uuid())),
            key::kid.eq(&new.kid),
            key::alg.eq(&new.alg),
            key::jwk.eq(&new.jwk),
            key::created_at.eq(new.created_at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a key out of use; false when the client has no such key that stands.
pub fn remove(conn: &mut Conn, client: ClientId, kid: &str, at: Instant) -> Result<bool> {
    let standing = key::table
        .filter(key::client_id.eq(Key(client.uuid())))
        .filter(key::kid.eq(kid))
        .filter(key::removed_at.is_null());
    Ok(diesel::update(standing).set(key::removed_at.eq(Some(at.micros()))).execute(conn)? > 0)
}

/// Notes that an assertion was used; false when it had been. Two at once meet at the primary key, and the one that loses
/// asks again.
pub fn use_assertion(conn: &mut Conn, client: ClientId, digest: &Hash, expires_at: Instant) -> Result<bool> {
    let same = assertion::table
        .filter(assertion::client_id.eq(Key(client.uuid())))
        .filter(assertion::digest.eq(digest.as_slice()));
    let used: bool = diesel::select(diesel::dsl::exists(same)).get_result(conn)?;
    if !used {
        diesel::insert_into(assertion::table)
            .values((
                assertion::client_id.eq(Key(client.uuid())),
                assertion::digest.eq(digest.as_slice()),
                assertion::expires_at.eq(expires_at.micros()),
            ))
            .execute(conn)?;
    }
    Ok(!used)
}

/// Forgets assertions that ran out before `before`; answers how many went.
pub fn forget_assertions(conn: &mut Conn, before: Instant) -> Result<usize> {
    Ok(diesel::delete(assertion::table.filter(assertion::expires_at.lt(before.micros()))).execute(conn)?)
}
