//! How often a log-in name may be tried with a wrong password (ASVS 6.3.1): per process, in memory, for known and
//! unknown names alike, so that the answer tells nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::crypto::digest::Hash;
use crate::domain::time::Instant;

/// Wrong tries before a name has to wait.
pub const TRIES: u32 = 10;
/// How long tries are remembered, microseconds: 15 minutes.
const WINDOW: i64 = 15 * 60 * 1_000_000;
/// Names remembered; beyond it those whose time is over are dropped, and then all.
const NAMES_MAX: usize = 50_000;

/// Wrong tries by the keyed digest of the name.
#[derive(Default)]
pub struct Attempts(Mutex<Option<HashMap<Hash, (u32, Instant)>>>);

impl Attempts {
    /// Nothing tried yet.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether the name may be tried now.
    pub fn allowed(&self, name: &Hash, now: Instant) -> bool {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = names.as_mut().and_then(|names| names.get(name));
        found.is_none_or(|(tries, since)| *tries < TRIES || over(*since, now))
    }

    /// Notes a wrong try.
    pub fn failed(&self, name: &Hash, now: Instant) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names = names.get_or_insert_default();
        if names.len() >= NAMES_MAX {
            names.retain(|_, (_, since)| !over(*since, now));
        }
        if names.len() >= NAMES_MAX {
            names.clear();
        }
        let (tries, since) = names.entry(*name).or_insert((0, now));
        if over(*since, now) {
            (*tries, *since) = (0, now);
        }
        *tries += 1;
    }

    /// Forgets the wrong tries of a name that got it right.
    pub fn succeeded(&self, name: &Hash) {
        if let Some(names) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            names.remove(name);
        }
    }
}

fn over(since: Instant, now: Instant) -> bool {
    now.micros() - since.micros() >= WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_waits_after_ten_wrong_tries_and_others_do_not() {
        let attempts = Attempts::new();
        let at = Instant::from_micros;
        for _ in 0..TRIES {
            assert!(attempts.allowed(&[1; 32], at(0)));
            attempts.failed(&[1; 32], at(0));
        }
        assert!(!attempts.allowed(&[1; 32], at(WINDOW - 1)));
        assert!(attempts.allowed(&[2; 32], at(0)));
        assert!(attempts.allowed(&[1; 32], at(WINDOW)));
        attempts.failed(&[1; 32], at(WINDOW));
        assert!(attempts.allowed(&[1; 32], at(WINDOW)), "the count starts anew");
    }

    #[test]
    fn getting_it_right_forgets_the_wrong_tries() {
        let attempts = Attempts::new();
        for _ in 0..TRIES {
            attempts.failed(&[1; 32], Instant::from_micros(0));
        }
        attempts.succeeded(&[1; 32]);
        assert!(attempts.allowed(&[1; 32], Instant::from_micros(0)));
    }
}
