//! Public keys of API clients: registered, listed and removed by an operator. Two stand at once while a client changes over.

use super::App;
use super::error::{Error, Result};
use super::refusal::Refusal;
use crate::crypto::jwk::{KEYS_MAX, PublicKey};
use crate::domain::ids::ClientId;
use crate::domain::time::Instant;
use crate::store::client;
use crate::store::client_key::{self, StoredKey};
use crate::store::conn::Conn;
use crate::store::error::{Result as StoreResult, StoreError};

/// The keys of a client that stand.
pub(super) fn standing(conn: &mut Conn, client: ClientId) -> StoreResult<Vec<PublicKey>> {
    let stored = client_key::all(conn, client)?.into_iter().filter(|key| key.removed_at.is_none());
    let broken = || StoreError::broken("a client's key is of no known kind");
    stored.map(|key| PublicKey::stored(&key.kid, &key.alg, &key.jwk).ok_or_else(broken)).collect()
}

/// Registers keys beside those that stand. Neither an id nor a key comes back once it was removed.
pub(super) fn add(conn: &mut Conn, client: ClientId, keys: &[PublicKey], at: Instant) -> Result<()> {
    let known = client_key::all(conn, client)?;
    let standing = known.iter().filter(|key| key.removed_at.is_none()).count();
    if standing + keys.len() > KEYS_MAX {
        return Err(Refusal::TooManyOpen { limit: KEYS_MAX }.into());
    }
    for key in keys {
        if known.iter().any(|other| other.kid == key.kid || other.jwk == key.members) {
            return Err(Refusal::AlreadyExists.into());
        }
        let new = StoredKey {
            kid: key.kid.clone(),
            alg: key.algorithm.as_str().to_owned(),
            jwk: key.members.clone(),
            created_at: at,
            removed_at: None,
        };
        client_key::insert(conn, client, &new)?;
    }
    Ok(())
}

impl App {
    /// Registers keys of a client beside those that stand.
    pub fn add_client_keys(&self, client: ClientId, keys: &[PublicKey]) -> Result<()> {
        let now = self.clock.now();
        self.db.write(|conn| {
            client::state(conn, client)?.ok_or(Error::NotFound)?;
            add(conn, client, keys, now)?;
            keys.iter().try_for_each(|key| {
                self.note_change(conn, None, "add_client_key", &format!("client {client} key {}", key.kid))
            })
        })
    }

    /// Every key that a client has or had, the newest first.
    pub fn client_keys(&self, client: ClientId) -> Result<Vec<StoredKey>> {
        self.db.read(|conn| {
            client::state(conn, client)?.ok_or(Error::NotFound)?;
            Ok(client_key::all(conn, client)?)
        })
    }

    /// Removes a key of a client: no assertion by it is taken any more. With `end_tokens`, nor is a token that stands.
    pub fn remove_client_key(&self, client: ClientId, kid: &str, end_tokens: bool) -> Result<()> {
        let now = self.clock.now();
        self.db.write(|conn| {
            if !client_key::remove(conn, client, kid, now)? {
                return Err(Error::NotFound);
            }
            if end_tokens {
                client::end_tokens(conn, client)?;
            }
            self.note_change(conn, None, "remove_client_key", &format!("client {client} key {kid}"))
        })
    }
}
