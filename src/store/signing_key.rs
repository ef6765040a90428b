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

/// A stored key.
#[derive(Debug)]
pub struct StoredKey {
    kid: String,
    public: Vec<u8>,
    sealed: Vec<u8>,
    retired: bool,
}

impl StoredKey {
    /// Key id, public key and, unless it is retired, the signing key.
    pub fn open(self, keys: &KeyRing) -> std::result::Result<(String, Vec<u8>, Option<SigningKey>), SealBroken> {
        let private: Zeroizing<Vec<u8>> = keys.open_own(&self.kid, &self.sealed)?;
        let signing = SigningKey { kid: self.kid.clone(), public: self.public.clone(), private };
        Ok((self.kid, self.public, (!self.retired).then_some(signing)))
    }
}

/// Every key, the newest first; makes the first one.
pub fn ensure(conn: &mut Conn, keys: &KeyRing, ids: &dyn IdSource, now: Instant) -> Result<Vec<StoredKey>> {
    let found = all(conn)?;
    if !found.is_empty() {
        return Ok(found);
    }
    let new = SigningKey::generate();
    diesel::insert_into(signing_key::table)
        .values((
            signing_key::kid.eq(&new.kid),
            signing_key::public_key.eq(&new.public),
            signing_key::sealed_private.eq(keys.seal_own(ids, &new.kid, &new.private)),
            signing_key::created_at.eq(now.micros()),
        ))
        .execute(conn)?;
    all(conn)
}

fn all(conn: &mut Conn) -> Result<Vec<StoredKey>> {
    type Row = (String, Vec<u8>, Vec<u8>, Option<i64>);
    let rows: Vec<Row> = signing_key::table
        .order((signing_key::created_at.desc(), signing_key::kid.asc()))
        .select((signing_key::kid, signing_key::public_key, signing_key::sealed_private, signing_key::retired_at))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(kid, public, sealed, retired)| StoredKey { kid, public, sealed, retired: retired.is_some() })
        .collect())
}
