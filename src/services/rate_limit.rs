//! How many requests each API client may send: one quota for interactive calls and one for bulk work, so that a night's
//! import does not starve the calls of the day, nor they the import.
//!
//! A quota of `q` is a token bucket (GCRA): it holds `q` requests and fills evenly within a minute. It is kept in the memory
//! of each process: with several processes a client has the quota at each of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::domain::ids::ClientId;
use crate::domain::time::Instant;

/// The window of every quota, seconds.
pub const WINDOW_SECONDS: u32 = 60;
/// The window in nanoseconds.
const WINDOW: i64 = WINDOW_SECONDS as i64 * 1_000_000_000;
/// Most requests of a quota: one each microsecond.
pub const QUOTA_MAX: u32 = 60_000_000;
/// Keys remembered; beyond it those whose bucket is full again are dropped, and then all.
const KEYS_MAX: usize = 100_000;
/// Interactive requests a minute unless configured: what stops a program gone wild and nothing else.
pub const INTERACTIVE_DEFAULT: u32 = 1_200_000;
/// Bulk requests a minute unless configured.
pub const BULK_DEFAULT: u32 = 12_000;

/// Which quota a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// One thing at a time.
    Interactive,
    /// Batches, jobs and sheets.
    Bulk,
}

impl Lane {
    /// Its name in the `RateLimit` fields.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
        }
    }
}

/// The quotas that an operator chose, requests a minute of each client at each process; 0 is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Of interactive calls.
    pub interactive: u32,
    /// Of bulk work.
    pub bulk: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { interactive: INTERACTIVE_DEFAULT, bulk: BULK_DEFAULT }
    }
}

impl Quotas {
    /// The quota of a lane.
    pub fn of(self, lane: Lane) -> u32 {
        match lane {
            Lane::Interactive => self.interactive,
            Lane::Bulk => self.bulk,
        }
    }
}

/// Where a client stands with its quota after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The whole quota.
    pub quota: u32,
    /// What is left of it now.
    pub remaining: u32,
    /// Seconds until it is whole again.
    pub reset: u32,
}

/// A bucket was empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    /// Where the client stands.
    pub allowance: Allowance,
    /// Seconds until the next request is taken, one at least.
    pub wait: u32,
}

/// Token buckets of one quota, by key. Of each bucket the instant is kept at which it will be full again, nanoseconds.
pub struct Buckets<K>(Mutex<HashMap<K, i64>>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Buckets<K> {
    /// Takes one from the bucket of `key`, which holds `quota`.
    pub fn take(&self, key: K, quota: u32, now: Instant) -> Result<Allowance, Exhausted> {
        let (quota, now) = (quota.clamp(1, QUOTA_MAX), nanos(now));
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= KEYS_MAX && !full_at.contains_key(&key) {
            full_at.retain(|_, at| *at > now);
            if full_at.len() >= KEYS_MAX {
                full_at.clear();
            }
        }
        let at = full_at.entry(key).or_insert(now);
        // A clock that was put back leaves nobody waiting for longer than a window.
        let before = (*at).clamp(now, now + WINDOW);
        let after = before + WINDOW / i64::from(quota);
        if after > now + WINDOW {
            *at = before;
            return Err(Exhausted { allowance: allowance(before, quota, now), wait: seconds(after - now - WINDOW) });
        }
        *at = after;
        Ok(allowance(after, quota, now))
    }

    /// Seconds until the bucket of `key` holds one; none when it does.
    pub fn wait(&self, key: &K, quota: u32, now: Instant) -> Option<u32> {
        let (quota, now) = (quota.clamp(1, QUOTA_MAX), nanos(now));
        let full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = (*full_at.get(key)?).clamp(now, now + WINDOW);
        let over = before + WINDOW / i64::from(quota) - now - WINDOW;
        (over > 0).then(|| seconds(over))
    }
}

fn nanos(at: Instant) -> i64 {
    at.micros().saturating_mul(1_000)
}

/// Whole seconds, one at least.
fn seconds(nanos: i64) -> u32 {
    u32::try_from(nanos.max(1).div_euclid(1_000_000_000) + i64::from(nanos % 1_000_000_000 > 0))
        .unwrap_or(u32::MAX)
        .max(1)
}

fn allowance(full_at: i64, quota: u32, now: i64) -> Allowance {
    let remaining = (now + WINDOW - full_at) / (WINDOW / i64::from(quota));
    let reset = if full_at > now { seconds(full_at - now) } else { 0 };
    Allowance { quota, remaining: u32::try_from(remaining).unwrap_or(0).min(quota), reset }
}

/// The buckets of all clients.
#[derive(Default)]
pub struct RateLimits {
    interactive: Buckets<ClientId>,
    bulk: Buckets<ClientId>,
}

impl RateLimits {
    /// Counts one request of a client; no allowance where there is no limit.
    pub fn take(
        &self,
        quotas: Quotas,
        lane: Lane,
        client: ClientId,
        now: Instant,
    ) -> Result<Option<Allowance>, Exhausted> {
        let buckets = match lane {
            Lane::Interactive => &self.interactive,
            Lane::Bulk => &self.bulk,
        };
        match quotas.of(lane) {
            0 => Ok(None),
            quota => buckets.take(client, quota, now).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Instant {
        Instant::from_micros(1_700_000_000_000_000 + (seconds * 1e6) as i64)
    }

    #[test]
    fn a_bucket_holds_its_quota_and_fills_within_a_minute() {
        let buckets = Buckets::default();
        for left in (0..6).rev() {
            let taken = buckets.take("a", 6, at(0.0)).expect("there is one");
            assert_eq!((taken.quota, taken.remaining), (6, left));
        }
        let empty = buckets.take("a", 6, at(0.0)).expect_err("it is empty");
        assert_eq!((empty.wait, empty.allowance.remaining, empty.allowance.reset), (10, 0, 60));
        assert_eq!(buckets.take("a", 6, at(9.5)).expect_err("not yet").wait, 1);
        assert!(buckets.take("b", 6, at(9.5)).is_ok(), "others have buckets of their own");
        assert_eq!(buckets.take("a", 6, at(10.0)).expect("one has come").remaining, 0);
        assert_eq!(buckets.take("a", 6, at(75.0)).expect("full again").remaining, 5);
    }

    #[test]
    fn a_refusal_takes_nothing_and_waiting_is_told_beforehand() {
        let buckets = Buckets::default();
        assert_eq!(buckets.wait(&"a", 1, at(0.0)), None);
        buckets.take("a", 1, at(0.0)).expect("there is one");
        for _ in 0..100 {
            buckets.take("a", 1, at(1.0)).expect_err("it is empty");
        }
        assert_eq!(buckets.wait(&"a", 1, at(1.0)), Some(59));
        assert!(buckets.take("a", 1, at(60.0)).is_ok());
    }

    #[test]
    fn a_clock_put_back_shuts_nobody_out() {
        let buckets = Buckets::default();
        buckets.take("a", 2, at(86_400.0)).expect("there is one");
        assert!(buckets.take("a", 2, at(0.0)).is_err_and(|empty| empty.wait <= 60));
        assert!(buckets.take("a", 2, at(61.0)).is_ok());
    }

    #[test]
    fn lanes_do_not_starve_each_other_and_nought_is_no_limit() {
        let (limits, client) = (RateLimits::default(), ClientId::from_uuid(uuid::Uuid::nil()));
        let quotas = Quotas { interactive: 1, bulk: 1 };
        assert!(limits.take(quotas, Lane::Bulk, client, at(0.0)).is_ok());
        assert!(limits.take(quotas, Lane::Bulk, client, at(0.0)).is_err());
        assert!(limits.take(quotas, Lane::Interactive, client, at(0.0)).is_ok());
        assert!(limits.take(quotas, Lane::Interactive, client, at(0.0)).is_err());
        let none = Quotas { interactive: 0, bulk: 0 };
        assert_eq!(limits.take(none, Lane::Bulk, client, at(0.0)), Ok(None));
    }
}
