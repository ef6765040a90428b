//! Batches that are being answered: a second request with the same key waits for the first one's answer.
//!
//! Single posts need none of this: their keys meet in the database. A batch keeps its answer only with its last group.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::App;
use super::error::Result;
use super::idempotency::Once;
use super::refusal::Refusal;
use crate::crypto::digest::Hash;

/// How long a second request waits.
const WAIT: Duration = Duration::from_secs(5);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(50);

/// The keys being answered by this process.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<Mutex<HashSet<Hash>>>);

/// The right to answer a key; given back when dropped.
#[derive(Debug)]
pub struct Turn {
    all: InFlight,
    key: Hash,
}

impl InFlight {
    /// The turn of `key`, unless another request has it.
    pub fn take(&self, key: Hash) -> Option<Turn> {
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        fresh.then(|| Turn { all: self.clone(), key })
    }
}

impl App {
    /// Waits while another request with this key is being answered.
    pub async fn turn(&self, once: &Once) -> Result<Turn> {
        let deadline = tokio::time::Instant::now() + WAIT;
        loop {
            if let Some(turn) = self.in_flight.take(once.key) {
                return Ok(turn);
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(Refusal::IdempotencyInFlight.into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_turn_for_a_key_at_a_time() {
        let all = InFlight::default();
        let first = all.take([1; 32]);
        assert!(first.is_some());
        assert!(all.take([1; 32]).is_none());
        assert!(all.take([2; 32]).is_some());
        drop(first);
        assert!(all.take([1; 32]).is_some());
    }
}
