//! Signing keys of access tokens, sealed under the master key: several processes share them.

use diesel::prelude::*;
use zeroize::Zeroizing;

use super::conn::Conn;
use super::error::Result;
use super::schema::signing_key;
use crate::crypto::keys::KeyRing;
use crate::crypto::seal::SealBroken;
use crate::crypto::signing::SigningKey;
use crate::domain::time::Instant;
use crate::ports::IdSource;

/// When a key signs and when it verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTimes {
    /// From when on it signs; it is published before.
    pub signs_from: Instant,
    /// Until when it signs; none while no other follows.
    pub signs_until: Option<Instant>,
    /// Until when what it signed is taken; none while no other follows.
    pub verifies_until: Option<Instant>,
}

impl KeyTimes {
    /// Whether the key may sign at `now`.
    pub fn signs(&self, now: Instant) -> bool {
        self.signs_from <= now && self.signs_until.is_none_or(|until| now < until) && self.verifies(now)
    }

    /// Whether what the key signed is taken at `now`; also whether it is published.
    pub fn verifies(&self, now: Instant) -> bool {
        self.verifies_until.is_none_or(|until| now < until)
    }
}

/// A stored key.
#[derive(Debug)]
pub struct StoredKey {
    /// Key id: the thumbprint of the public key.
    pub kid: String,
    /// The public key.
    pub public: Vec<u8>,
    /// When it signs and verifies.
    pub times: KeyTimes,
    sealed: Vec<u8>,
}

impl StoredKey {
    /// The signing key.
    pub fn open(&self, keys: &KeyRing) -> std::result::Result<SigningKey, SealBroken> {
        let private: Zeroizing<Vec<u8>> = keys.open_own(&self.kid, &self.sealed)?;
        Ok(SigningKey { kid: self.kid.clone(), public: self.public.clone(), private })
    }
}

/// Every key, the one that signs last first; makes the first one.
pub fn ensure(conn: &mut Conn, keys: &KeyRing, ids: &dyn IdSource, now: Instant) -> Result<Vec<StoredKey>> {
    let found = all(conn)?;
    if !found.is_empty() {
        return Ok(found);
    }
    let new = SigningKey::generate();
    insert(conn, &new, &keys.seal_own(ids, &new.kid, &new.private), now, now)?;
    all(conn)
}

/// Every key, the one that signs last first.
pub fn all(conn: &mut Conn) -> Result<Vec<StoredKey>> {
    type Row = (String, Vec<u8>, Vec<u8>, i64, Option<i64>, Option<i64>);
    let rows: Vec<Row> = signing_key::table
        .order((signing_key::signs_from.desc(), signing_key::kid.asc()))
        .select((
            signing_key::kid,
            signing_key::public_key,
            signing_key::sealed_private,
            signing_key::signs_from,
            signing_key::signs_until,
            signing_key::verifies_until,
        ))
        .load(conn)?;
    let stored = |(kid, public, sealed, signs_from, signs_until, verifies_until): Row| {
        let times = KeyTimes {
            signs_from: Instant::from_micros(signs_from),
            signs_until: signs_until.map(Instant::from_micros),
            verifies_until: verifies_until.map(Instant::from_micros),
        };
        StoredKey { kid, public, times, sealed }
    };
    Ok(rows.into_iter().map(stored).collect())
}

/// Stores a key that signs from an instant on.
pub fn insert(conn: &mut Conn, new: &SigningKey, sealed: &[u8], now: Instant, signs_from: Instant) -> Result<()> {
    diesel::insert_into(signing_key::table)
        .values((
            signing_key::kid.eq(&new.kid),
            signing_key::public_key.eq(&new.public),
            signing_key::sealed_private.eq(sealed),
            signing_key::created_at.eq(now.micros()),
            signing_key::signs_from.eq(signs_from.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Lets every key that has no end yet sign until one instant and verify until another.
pub fn retire(conn: &mut Conn, signs_until: Instant, verifies_until: Instant) -> Result<()> {
    diesel::update(signing_key::table.filter(signing_key::signs_until.is_null()))
        .set((
            signing_key::signs_until.eq(Some(signs_until.micros())),
            signing_key::verifies_until.eq(Some(verifies_until.micros())),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes every key out of use at once: nothing that any of them signed is taken from `now` on.
pub fn distrust_all(conn: &mut Conn, now: Instant) -> Result<()> {
    let trusted = signing_key::verifies_until.is_null().or(signing_key::verifies_until.gt(now.micros()));
    diesel::update(signing_key::table.filter(trusted))
        .set((signing_key::signs_until.eq(Some(now.micros())), signing_key::verifies_until.eq(Some(now.micros()))))
        .execute(conn)?;
    Ok(())
}

/// Destroys keys that verify nothing any more; answers how many went.
pub fn forget(conn: &mut Conn, now: Instant) -> Result<usize> {
    Ok(diesel::delete(signing_key::table.filter(signing_key::verifies_until.le(now.micros()))).execute(conn)?)
}
