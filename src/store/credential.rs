//! What a learner proves itself with: one password hash each.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{learner, learner_credential};
use super::types::Key;
use crate::domain::ids::LearnerId;
use crate::domain::time::Instant;

/// The password hash of a learner who has set a password.
pub fn password_hash(conn: &mut Conn, learner: LearnerId) -> Result<Option<String>> {
    Ok(learner_credential::table
        .filter(learner_credential::learner_id.eq(Key(learner.uuid())))
        .select(learner_credential::password_hash)
        .first(conn)
        .optional()?)
}

/// Sets the password hash of a learner, the first or another.
pub fn set(conn: &mut Conn, learner: LearnerId, hash: &str, at: Instant) -> Result<()> {
    let changed = diesel::update(learner_credential::table)
        .filter(learner_credential::learner_id.eq(Key(learner.uuid())))
        .set((learner_credential::password_hash.eq(hash), learner_credential::set_at.eq(at.micros())))
        .execute(conn)?;
    if changed == 0 {
        // Two first settings at once: one fails as a duplicate and is tried again as a change.
        diesel::insert_into(learner_credential::table)
            .values((
                learner_credential::learner_id.eq(Key(learner.uuid())),
                learner_credential::password_hash.eq(hash),
                learner_credential::set_at.eq(at.micros()),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Notes when an account was first activated.
pub fn activated(conn: &mut Conn, learner: LearnerId, at: Instant) -> Result<()> {
    diesel::update(learner::table)
        .filter(learner::id.eq(Key(learner.uuid())))
        .filter(learner::activated_at.is_null())
        .set(learner::activated_at.eq(Some(at.micros())))
        .execute(conn)?;
    Ok(())
}
