//! Requests that may be sent again: one effect, the same answer, for 30 days.
//!
//! The record stands in the transaction of the effect. It holds ids and facts, never personal data or secrets; the
//! answer is rendered from them again.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::App;
use super::actor::Actor;
use super::error::{Error, Result};
use super::refusal::Refusal;
use crate::crypto::digest::sha256;
use crate::crypto::keys::{Purpose, same};
use crate::domain::time::Instant;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
pub use crate::store::idempotency::Once;
use crate::store::idempotency::{self, Record};
use crate::store::{client_key, client_secret, conversion_plan, session, signing_key, token_revocation};

/// What came of an idempotent request.
#[derive(Debug)]
pub enum Answer<T> {
    /// Done now.
    Fresh(T),
    /// Done before: rendered from the record.
    Replayed(T),
}

impl<T> Answer<T> {
    /// The value either way, and whether it is a replay.
    pub fn parts(self) -> (T, bool) {
        match self {
            Self::Fresh(value) => (value, false),
            Self::Replayed(value) => (value, true),
        }
    }
}

impl App {
    /// The record key of a request: `target` is what the path names, `body` the bytes as sent. A learner's keys are its own, as
    /// a client's are.
    pub fn once(&self, actor: impl Into<Actor>, operation: &'static str, key: &str, target: &str, body: &[u8]) -> Once {
        let actor = actor.into();
        Once {
            client: actor.id(),
            operation,
            key: self
                .keys
                .digest(Purpose::Claim, &[b"idempotency", actor.id().as_bytes(), operation.as_bytes(), key.as_bytes()]),
            request: self.keys.digest(Purpose::Content, &[target.as_bytes(), &sha256(body)]),
        }
    }

    /// Runs `effect` at most once for `once`, in one write transaction. `effect` answers what the record keeps: ids and
    /// facts from which the answer can be rendered again.
    pub fn idempotently<T: Serialize + DeserializeOwned>(
        &self,
        once: &Once,
        mut effect: impl FnMut(&mut Conn) -> Result<T>,
    ) -> Result<Answer<T>> {
        let now = self.clock.now();
        self.db.write(|conn| {
            if let Some(value) = replay(conn, once)? {
                return Ok(Answer::Replayed(value));
            }
            let value = match effect(conn) {
                Ok(value) => value,
                // Perhaps refused because the first request with this key was just done, while this one waited for a lock.
                Err(refused @ Error::Refused(_)) => {
                    return replay(conn, once)?.map_or(Err(refused), |value| Ok(Answer::Replayed(value)));
                }
                Err(error) => return Err(error),
            };
            let answer = serde_json::to_string(&value).map_err(StoreError::broken)?;
            // A second request with the key that ran beside this one fails here, tries again and finds the record.
            idempotency::insert_all(conn, &[Record { once, status: 200, answer: &answer, at: now.micros() }])?;
            Ok(Answer::Fresh(value))
        })
    }
}

/// How long an answer is kept, days.
const KEPT_DAYS: i64 = 30;
/// Records forgotten in one transaction: keeps it below 50 ms.
const FORGET_AT_ONCE: i64 = 1_000;

impl App {
    /// Forgets answers that are older than they need to be, and sessions that have ended; answers how many went.
    pub fn forget_what_ran_out(&self) -> Result<usize> {
        let now = self.clock.now().micros();
        let before = now - KEPT_DAYS * 24 * 3_600 * 1_000_000;
        // Somebody may be applying with a plan in its last moment.
        let ended = now - 24 * 3_600 * 1_000_000;
        let mut forgotten = 0;
        loop {
            let gone = self.db.write(|conn| {
                let records = idempotency::forget_before(conn, before, FORGET_AT_ONCE)?;
                let sessions = session::forget_ended(conn, now, FORGET_AT_ONCE)?;
                let plans = conversion_plan::forget_before(conn, ended, FORGET_AT_ONCE)?;
                let clients = forget_of_clients(conn, self.clock.now())?;
                Ok::<_, Error>(records + sessions + plans + clients)
            })?;
            forgotten += gone;
            if gone == 0 {
                return Ok(forgotten);
            }
        }
    }
}

/// Forgets what the proofs and tokens of API clients leave behind once it has run out. A minute more than that: other
/// processes' clocks may be behind.
fn forget_of_clients(conn: &mut Conn, now: Instant) -> Result<usize> {
    let before = Instant::from_micros(now.micros() - 60 * 1_000_000);
    let assertions = client_key::forget_assertions(conn, before)?;
    let secrets = client_secret::forget_expired(conn, before)?;
    let revocations = token_revocation::forget(conn, before)?;
    Ok(assertions + secrets + revocations + signing_key::forget(conn, before)?)
}

/// The recorded answer of `once`, if there is one for the same request.
pub fn replay<T: DeserializeOwned>(conn: &mut Conn, once: &Once) -> Result<Option<T>> {
    let found = idempotency::find(conn, once)?;
    let Some((request, answer)) = found else { return Ok(None) };
    if !same(&request, &once.request) {
        return Err(Error::from(Refusal::IdempotencyKeyReused.at("/header/idempotency-key")));
    }
    Ok(Some(serde_json::from_str(&answer).map_err(StoreError::broken)?))
}
