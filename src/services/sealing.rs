//! Personal texts under a learner's key: each opens only in the row it was sealed for.

use uuid::Uuid;

use super::App;
use super::error::Result;
use crate::crypto::keys::KeyRing;
use crate::crypto::seal::DataKey;
use crate::ports::IdSource;
use crate::store::conn::Conn;
use crate::store::error::{Result as StoreResult, StoreError};
use crate::store::learner::{self, WrappedKey};

fn place(learner: Uuid, row: Uuid) -> [u8; 32] {
    let mut place = [0; 32];
    place[..16].copy_from_slice(learner.as_bytes());
    place[16..].copy_from_slice(row.as_bytes());
    place
}

/// Seals `text` for the row `row` of `learner`; as JSON, so that more may stand beside it one day.
pub fn seal(ids: &dyn IdSource, key: &DataKey, learner: Uuid, row: Uuid, text: &str) -> Vec<u8> {
    seal_bytes(ids, key, learner, row, serde_json::Value::from(text).to_string().as_bytes())
}

/// Seals `bytes` for the row `row` of `learner`.
pub fn seal_bytes(ids: &dyn IdSource, key: &DataKey, learner: Uuid, row: Uuid, bytes: &[u8]) -> Vec<u8> {
    key.seal(ids, &place(learner, row), bytes)
}

/// Opens what [`seal_bytes`] made.
pub fn open_bytes(key: &DataKey, learner: Uuid, row: Uuid, sealed: &[u8]) -> StoreResult<Vec<u8>> {
    key.open(&place(learner, row), sealed).map_err(StoreError::broken)
}

/// Opens what [`seal`] made.
pub fn open(key: &DataKey, learner: Uuid, row: Uuid, sealed: &[u8]) -> StoreResult<String> {
    let plain = open_bytes(key, learner, row, sealed)?;
    serde_json::from_slice(&plain).map_err(|_| StoreError::broken("a sealed text is no text"))
}

/// A learner's data key, unless it has been erased.
pub fn unwrap(keys: &KeyRing, learner: Uuid, stored: &WrappedKey) -> StoreResult<Option<DataKey>> {
    if stored.erased {
        return Ok(None);
    }
    keys.unwrap(learner, &stored.wrapped).map(Some).map_err(|_| StoreError::broken("a learner's key does not unwrap"))
}

impl App {
    /// The data key of `learner`; none for an unknown learner and for one whose key has been erased.
    pub fn learner_key(&self, conn: &mut Conn, learner: Uuid) -> Result<Option<DataKey>> {
        let stored = learner::keys(conn, &[learner])?.remove(&learner);
        Ok(stored.map(|stored| unwrap(&self.keys, learner, &stored)).transpose()?.flatten())
    }
}
