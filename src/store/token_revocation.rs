//! Access tokens that their clients revoked, each until it would have run out anyway.

use diesel::prelude::*;
use uuid::Uuid;

use super::conn::Conn;
use super::error::Result;
use super::schema::token_revocation as revocation;
use super::types::Key;
use crate::domain::ids::ClientId;
use crate::domain::time::Instant;

/// Whether a token was revoked.
pub fn stands(conn: &mut Conn, token: Uuid) -> Result<bool> {
    let same = revocation::table.filter(revocation::jti.eq(Key(token)));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

/// Revokes a token; false when it had been.
pub fn insert(conn: &mut Conn, token: Uuid, client: ClientId, at: Instant, expires_at: Instant) -> Result<bool> {
    if stands(conn, token)? {
        return Ok(false);
    }
    diesel::insert_into(revocation::table)
        .values((
            revocation::jti.eq(Key(token)),
            revocation::client_id.eq(Key(client.uuid())),
            revocation::revoked_at.eq(at.micros()),
            revocation::expires_at.eq(expires_at.micros()),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Forgets revocations of tokens that ran out before `before`; answers how many went.
pub fn forget(conn: &mut Conn, before: Instant) -> Result<usize> {
    Ok(diesel::delete(revocation::table.filter(revocation::expires_at.lt(before.micros()))).execute(conn)?)
}
