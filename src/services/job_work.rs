//! Working jobs: chunk by chunk under a lease, each chunk a short read, some thinking, and a short write.
//!
//! Whoever holds the lease goes on from what was last written; a process that dies leaves the lease to run out. The results
//! of a chunk and the progress are written in one transaction, so a chunk counts once however often it is tried.

use std::time::Duration;

use super::App;
use super::cohort_plan_work::CohortPlanWork;
use super::error::{Error, Result};
use super::simulation_work::SimulationWork;
use crate::domain::time::Instant;
use crate::ports::Clock;
use crate::store::job::{self, JobKind, JobRow, JobState, Lease};
use crate::store::job_results::{self, CohortPlanRow, SimulationRow};

/// How long a lease lasts without a sign of life. A chunk is cut short long before (see [`Pace`]).
const LEASE_MICROS: i64 = 20_000_000;
/// How often one chunk is tried before the job fails.
const TRIES_MAX: i64 = 3;
/// Posts come first: of its own time a job rests this share.
const REST: u32 = 10;
/// Longest rest between two chunks.
const REST_MAX: Duration = Duration::from_millis(100);

/// After how much time a chunk takes up nothing more: what it has begun by then ends within twice this time.
const CHUNK_MICROS: i64 = 5_000_000;

/// How long a chunk has been at work.
pub(super) struct Pace<'a> {
    clock: &'a dyn Clock,
    began: Instant,
}

impl<'a> Pace<'a> {
    /// Begins now.
    pub fn new(clock: &'a dyn Clock) -> Self {
        Self { clock, began: clock.now() }
    }

    /// Whether the chunk is to end with what it has done so far.
    pub fn is_over(&self) -> bool {
        self.clock.now().micros() - self.began.micros() >= CHUNK_MICROS
    }
}

/// What a chunk found.
pub(super) enum Found {
    /// What learners of a cohort could convert.
    CohortPlans(Vec<CohortPlanRow>),
    /// For whom a rule set changes something.
    Simulated(Vec<SimulationRow>),
}

/// What a chunk has come to.
pub(super) struct Chunk {
    /// What it found.
    pub found: Found,
    /// Enrolments that it looked at.
    pub done: i64,
    /// All there are.
    pub total: i64,
    /// Where to go on, as JSON.
    pub progress: String,
    /// What came out, as JSON, when nothing is left.
    pub result: Option<String>,
}

/// How work goes on.
pub(super) enum Step {
    /// A chunk is done.
    Done(Chunk),
    /// It cannot be done at all: why, as a word. The job fails, and is not tried again.
    Fails(&'static str),
}

/// A kind of work.
pub(super) trait Work {
    /// The next chunk of `job`; it ends when `pace` is over.
    fn chunk(&mut self, app: &App, job: &JobRow, pace: &Pace<'_>) -> Result<Step>;
}

impl App {
    /// Takes up one job and works it until it ends or `stop` says so; answers whether there was one.
    pub fn work(&self, stop: &dyn Fn() -> bool) -> Result<bool> {
        let now = self.clock.now();
        if !self.db.read(|conn| job::waiting(conn, now))? {
            return Ok(false);
        }
        let holder = self.ids.id();
        let lease = || {
            let now = self.clock.now();
            Lease { holder, now, until: Instant::from_micros(now.micros() + LEASE_MICROS) }
        };
        let Some(mut job) = self.db.write(|conn| job::take_up(conn, lease()))? else { return Ok(false) };
        if job.tries > TRIES_MAX {
            self.db.write(|conn| job::finish(conn, &job, JobState::Failed, lease()))?;
            tracing::error!(job = %job.id, kind = %job.kind, "a job failed again and again");
            return Ok(true);
        }
        let mut work: Box<dyn Work> = match job.kind {
            JobKind::CohortPlan => Box::new(CohortPlanWork::default()),
            JobKind::Simulation => Box::new(SimulationWork::default()),
        };
        loop {
            if stop() {
                self.db.write(|conn| job::give_back(conn, &job, lease()))?;
                return Ok(true);
            }
            let began = self.clock.now();
            let pace = Pace::new(self.clock.as_ref());
            let chunk = match work.chunk(self, &job, &pace)? {
                Step::Done(chunk) => chunk,
                Step::Fails(why) => {
                    job.result = Some(serde_json::json!({"failed": why}).to_string());
                    self.db.write(|conn| job::finish(conn, &job, JobState::Failed, lease()))?;
                    tracing::warn!(job = %job.id, kind = %job.kind, why, "a job cannot be done");
                    return Ok(true);
                }
            };
            job.done += chunk.done;
            job.total = Some(chunk.total.max(job.done));
            job.progress = chunk.progress;
            job.result = chunk.result;
            // Counted anew from here: only the same chunk failing again and again ends a job.
            job.tries = 0;
            let held = self.db.write(|conn| {
                let held = match job.result {
                    Some(_) => job::finish(conn, &job, JobState::Done, lease())?,
                    None => job::advance(conn, &job, lease())?,
                };
                if held {
                    match &chunk.found {
                        Found::CohortPlans(rows) => job_results::add_cohort_plans(conn, job.id, rows)?,
                        Found::Simulated(rows) => job_results::add_simulated(conn, job.id, rows)?,
                    }
                }
                Ok::<_, Error>(held)
            })?;
            if !held || job.result.is_some() {
                return Ok(true); // cancelled, taken over, or done
            }
            rest(began, self.clock.now());
        }
    }
}

/// Rests after a chunk that took from `began` to `now`.
pub(super) fn rest(began: Instant, now: Instant) {
    let took = Duration::from_micros(u64::try_from(now.micros() - began.micros()).unwrap_or(0));
    std::thread::sleep((took / REST).min(REST_MAX));
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    /// A second passes with every look.
    struct Ticking(AtomicI64);

    impl Clock for Ticking {
        fn now(&self) -> Instant {
            Instant::from_micros(self.0.fetch_add(1_000_000, Ordering::Relaxed))
        }
    }

    #[test]
    fn a_chunk_ends_long_before_its_lease() {
        let clock = Ticking(AtomicI64::new(0));
        let pace = Pace::new(&clock);
        let looks = (0..100).take_while(|_| !pace.is_over()).count();
        assert_eq!(looks, 4);
        const { assert!(3 * CHUNK_MICROS < LEASE_MICROS) };
    }
}
