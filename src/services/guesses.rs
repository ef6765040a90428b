//! Wrong proofs at the token endpoint: bounded for each client id at each address, and for each address, in the memory of
//! the process.
//!
//! A client that has proved itself from an address lately is never shut out there, whoever else guesses behind the same
//! proxy: only its wrong proofs are.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::rate_limit::Buckets;
use crate::crypto::digest::{Hash, sha256};
use crate::domain::time::Instant;

/// Wrong proofs of one client id from one address, a minute.
pub const PAIR_TRIES: u32 = 10;
/// Wrong proofs from one address, a minute.
pub const ADDRESS_TRIES: u32 = 100;
/// How long a proof from an address counts, microseconds: a day.
const PROVED: i64 = 24 * 3600 * 1_000_000;
/// Pairs remembered as proved; beyond it the old ones are dropped, and then all.
const PAIRS_MAX: usize = 50_000;

/// Who tries: a client id, known or not, from an address.
#[derive(Debug, Clone)]
pub struct Trier {
    pair: Hash,
    address: String,
}

impl Trier {
    /// Of what the request says.
    pub fn new(client_id: &str, address: &str) -> Self {
        let pair = sha256(format!("{address} {client_id}").as_bytes());
        Self { pair, address: address.to_owned() }
    }
}

/// Wrong proofs.
#[derive(Default)]
pub struct Guesses {
    pairs: Buckets<Hash>,
    addresses: Buckets<String>,
    proved: Mutex<HashMap<Hash, Instant>>,
}

impl Guesses {
    /// Seconds that the trier has to wait before a proof of its is looked at; none when it may be.
    pub fn wait(&self, trier: &Trier, now: Instant) -> Option<u32> {
        let proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner).get(&trier.pair).copied();
        if proved.is_some_and(|at| now.micros() - at.micros() < PROVED) {
            return None;
        }
        let pair = self.pairs.wait(&trier.pair, PAIR_TRIES, now);
        pair.or_else(|| self.addresses.wait(&trier.address, ADDRESS_TRIES, now))
    }

    /// Notes a wrong proof; the seconds to wait when there were too many.
    pub fn wrong(&self, trier: &Trier, now: Instant) -> Option<u32> {
        let pair = self.pairs.take(trier.pair, PAIR_TRIES, now).err();
        let address = self.addresses.take(trier.address.clone(), ADDRESS_TRIES, now).err();
        pair.or(address).map(|empty| empty.wait)
    }

    /// Notes a right one.
    pub fn right(&self, trier: &Trier, now: Instant) {
        let mut proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        if proved.len() >= PAIRS_MAX {
            proved.retain(|_, at| now.micros() - at.micros() < PROVED);
            if proved.len() >= PAIRS_MAX {
                proved.clear();
            }
        }
        proved.insert(trier.pair, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_bounded_by_client_and_by_address() {
        let (guesses, now) = (Guesses::default(), Instant::from_micros(1_700_000_000_000_000));
        let trier = Trier::new("a", "192.0.2.1");
        for _ in 0..PAIR_TRIES {
            assert_eq!(guesses.wait(&trier, now), None);
            assert_eq!(guesses.wrong(&trier, now), None);
        }
        assert!(guesses.wait(&trier, now).is_some() && guesses.wrong(&trier, now).is_some());
        assert_eq!(guesses.wait(&Trier::new("a", "192.0.2.2"), now), None, "the client is not shut out elsewhere");
        assert_eq!(guesses.wait(&Trier::new("b", "192.0.2.1"), now), None);
        for n in 0..ADDRESS_TRIES {
            guesses.wrong(&Trier::new(&n.to_string(), "192.0.2.1"), now);
        }
        assert!(guesses.wait(&Trier::new("b", "192.0.2.1"), now).is_some(), "an address tries many names");
        let later = Instant::from_micros(now.micros() + 61_000_000);
        assert_eq!(guesses.wait(&trier, later), None);
    }

    #[test]
    fn who_proved_itself_is_not_shut_out_by_others_behind_the_same_proxy() {
        let (guesses, now) = (Guesses::default(), Instant::from_micros(1_700_000_000_000_000));
        let trier = Trier::new("a", "192.0.2.1");
        guesses.right(&trier, now);
        for _ in 0..2 * ADDRESS_TRIES {
            guesses.wrong(&trier, now);
        }
        assert!(guesses.wrong(&trier, now).is_some(), "wrong ones are told to wait");
        assert_eq!(guesses.wait(&trier, now), None, "right ones are looked at");
        let next_day = Instant::from_micros(now.micros() + PROVED);
        for _ in 0..2 * ADDRESS_TRIES {
            guesses.wrong(&trier, next_day);
        }
        assert!(guesses.wait(&trier, next_day).is_some());
    }
}
