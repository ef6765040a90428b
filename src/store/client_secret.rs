//! Secrets of API clients, as keyed digests: who reads the table cannot act as anybody.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::api_client_secret as secret;
use super::types::Key;
use crate::domain::ids::ClientId;
use crate::domain::time::Instant;

/// A secret to be stored.
#[derive(Debug)]
pub struct NewSecret<'a> {
    /// Whose.
    pub client: ClientId,
    /// Keyed digest.
    pub digest: &'a [u8],
    /// When.
    pub at: Instant,
}

/// Stores a secret that stands until another follows.
pub fn insert(conn: &mut Conn, new: &NewSecret<'_>) -> Result<()> {
    diesel::insert_into(secret::table)
        .values((
            secret::client_id.eq(Key(new.client.uuid())),
            secret::digest.eq(new.digest),
            secret::created_at.eq(new.at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Digests of the secrets that stand at `now`, the newest first.
pub fn standing(conn: &mut Conn, client: ClientId, now: Instant) -> Result<Vec<Vec<u8>>> {
    Ok(secret::table
        .filter(secret::client_id.eq(Key(client.uuid())))
        .filter(secret::expires_at.is_null().or(secret::expires_at.gt(now.micros())))
        .order((secret::created_at.desc(), secret::digest.asc()))
        .select(secret::digest)
        .load(conn)?)
}

/// Lets the newest secret of a client stand until `until` and takes every other away: one more may follow.
pub fn keep_newest_until(conn: &mut Conn, client: ClientId, now: Instant, until: Instant) -> Result<()> {
    let newest = standing(conn, client, now)?.into_iter().next().unwrap_or_default();
    let own = secret::table.filter(secret::client_id.eq(Key(client.uuid())));
    diesel::delete(own.filter(secret::digest.ne(&newest))).execute(conn)?;
    let own = secret::table.filter(secret::client_id.eq(Key(client.uuid())));
    // A day that was given before is not put off.
    let later = secret::expires_at.is_null().or(secret::expires_at.gt(until.micros()));
    diesel::update(own.filter(later)).set(secret::expires_at.eq(Some(until.micros()))).execute(conn)?;
    Ok(())
}

/// Takes every secret of a client away; answers how many stood in the table.
pub fn remove_all(conn: &mut Conn, client: ClientId) -> Result<usize> {
    Ok(diesel::delete(secret::table.filter(secret::client_id.eq(Key(client.uuid())))).execute(conn)?)
}

/// Forgets secrets that ran out before `now`; answers how many went.
pub fn forget_expired(conn: &mut Conn, now: Instant) -> Result<usize> {
    Ok(diesel::delete(secret::table.filter(secret::expires_at.le(now.micros()))).execute(conn)?)
}
