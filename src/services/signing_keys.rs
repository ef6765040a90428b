//! The keys that access tokens are signed with: shared by all processes, changed by an operator while they run.
//!
//! A new key is published before it signs, and the old one verifies until the last token it signed has run out. No process
//! goes by what it read longer than a second ago.

use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;

use super::App;
use super::error::{Error, Result};
use super::tokens::TOKEN_SECONDS;
use crate::crypto::signing::{SigningKey, jwk_x};
use crate::domain::time::Instant;
use crate::store::signing_key::{self, KeyTimes};

/// How long the keys may be remembered, microseconds.
const KEYS_MICROS: i64 = 1_000_000;
/// How long a new key is published before it signs, seconds: twice as long as the key set may be cached.
pub const LEAD_SECONDS: i64 = 600;
/// How long what a process does with an old key may take, seconds.
const MARGIN_SECONDS: i64 = 60;

/// A key that tokens are signed or verified with.
pub(super) struct Key {
    pub kid: String,
    pub times: KeyTimes,
    pub signing: EncodingKey,
    pub verifying: DecodingKey,
    public: Vec<u8>,
}

#[derive(Default)]
struct Held {
    keys: Arc<Vec<Key>>,
    read_at: Option<Instant>,
}

/// The keys as this process read them last.
#[derive(Default)]
pub(super) struct SigningKeys(RwLock<Held>);

/// A public key of the service (RFC 7517, RFC 8037).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: &'static str,
    /// Always `Ed25519`.
    pub crv: &'static str,
    /// The public key, base64url.
    pub x: String,
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// Always `EdDSA`.
    pub alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub use_: &'static str,
}

/// How keys change over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// In turn: no token is lost.
    InTurn,
    /// At once, since a key was seen by others: every token that stands is lost.
    AtOnce,
}

impl App {
    /// The keys, read again after a second.
    pub(super) fn signing_keys(&self) -> Result<Arc<Vec<Key>>> {
        let now = self.clock.now();
        {
            let held = self.tokens.keys.0.read().unwrap_or_else(PoisonError::into_inner);
            let fresh = |at: Instant| at <= now && now.micros() - at.micros() < KEYS_MICROS;
            if held.read_at.is_some_and(fresh) {
                return Ok(Arc::clone(&held.keys));
            }
        }
        let stored = self.db.read(signing_key::all)?;
        let mut held = self.tokens.keys.0.write().unwrap_or_else(PoisonError::into_inner);
        let same = |held: &Key, read: &signing_key::StoredKey| held.kid == read.kid && held.times == read.times;
        if held.keys.len() != stored.len() || !held.keys.iter().zip(&stored).all(|(held, read)| same(held, read)) {
            let opened = stored.iter().map(|key| self.open_key(key)).collect::<Result<Vec<_>>>()?;
            held.keys = Arc::new(opened);
        }
        held.read_at = Some(now);
        Ok(Arc::clone(&held.keys))
    }

    fn open_key(&self, stored: &signing_key::StoredKey) -> Result<Key> {
        let unusable = || {
            tracing::error!(kid = stored.kid, "a signing key does not open with this master key");
            Error::Unavailable
        };
        let private = stored.open(&self.keys).map_err(|_| unusable())?;
        Ok(Key {
            kid: stored.kid.clone(),
            times: stored.times,
            signing: EncodingKey::from_ed_der(&private.private),
            verifying: DecodingKey::from_ed_components(&jwk_x(&stored.public)).map_err(|_| unusable())?,
            public: stored.public.clone(),
        })
    }

    /// The public keys, for `/.well-known/jwks.json`: those that sign, will sign, or signed what is still taken. While the
    /// database is away they are those that were read last.
    pub fn jwks(&self) -> Result<Vec<Jwk>> {
        let now = self.clock.now();
        let keys = self.signing_keys().or_else(|error| {
            let held = self.tokens.keys.0.read().unwrap_or_else(PoisonError::into_inner);
            if held.keys.is_empty() { Err(error) } else { Ok(Arc::clone(&held.keys)) }
        })?;
        let jwk = |key: &Key| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            x: jwk_x(&key.public),
            kid: key.kid.clone(),
            alg: "EdDSA",
            use_: "sig",
        };
        Ok(keys.iter().filter(|key| key.times.verifies(now)).map(jwk).collect())
    }

    /// Makes a new signing key and ends the others; answers its id and from when it signs. None when, in turn, a key that was
    /// made before does not sign yet.
    pub fn rotate_signing_key(&self, rotation: Rotation) -> Result<Option<(String, Instant)>> {
        let now = self.clock.now();
        let new = SigningKey::generate();
        let sealed = self.keys.seal_own(self.ids.as_ref(), &new.kid, &new.private);
        let after = |from: Instant, seconds: i64| Instant::from_micros(from.micros() + seconds * 1_000_000);
        self.db.write(|conn| {
            let signs_from = match rotation {
                Rotation::InTurn => {
                    if signing_key::all(conn)?.iter().any(|key| key.times.signs_from > now && key.times.verifies(now)) {
                        return Ok(None);
                    }
                    let signs_from = after(now, LEAD_SECONDS);
                    signing_key::retire(conn, signs_from, after(signs_from, TOKEN_SECONDS + MARGIN_SECONDS))?;
                    signs_from
                }
                Rotation::AtOnce => {
                    signing_key::distrust_all(conn, now)?;
                    now
                }
            };
            signing_key::insert(conn, &new, &sealed, now, signs_from)?;
            self.note_change(conn, None, "rotate_signing_key", &format!("signing_key {}", new.kid))?;
            Ok(Some((new.kid.clone(), signs_from)))
        })
    }

    /// Every signing key and when it signs and verifies, the one that signs last first.
    pub fn signing_key_times(&self) -> Result<Vec<(String, KeyTimes)>> {
        let stored = self.db.read(|conn| Ok::<_, Error>(signing_key::all(conn)?))?;
        Ok(stored.into_iter().map(|key| (key.kid, key.times)).collect())
    }
}
