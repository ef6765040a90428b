//! Time, randomness and ids as arguments: the only place that asks the machine for them.
//!
//! Everything else takes a [`Clock`] or an [`IdSource`], so tests can hold time still and repeat a history.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::NaiveDate;
use uuid::Uuid;

use crate::domain::time::{Instant, beijing_date};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant, UTC, microseconds.
    fn now(&self) -> Instant;

    /// The present calendar date in Asia/Shanghai.
    fn today(&self) -> NaiveDate {
        beijing_date(self.now().to_datetime())
    }
}

/// Makes ids and random bytes.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7: ids made later sort later.
    fn id(&self) -> Uuid;

    /// Fills `bytes` from a cryptographic source.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place that reads the clock
    fn now(&self) -> Instant {
        Instant::from_datetime(chrono::Utc::now())
    }
}

/// UUIDv7 and random bytes from the operating system.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[allow(clippy::disallowed_methods)] // the one place that makes ids
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system's random source never fails once seeded");
    }
}

/// A clock that stands where it is put: for tests and the demo's history.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Stands at `at`.
    pub fn new(at: Instant) -> Self {
        Self(AtomicI64::new(at.micros()))
    }

    /// Moves to `at`, backwards as well.
    pub fn set(&self, at: Instant) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}
