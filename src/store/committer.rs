//! Group commit: writes that arrive together are committed together, each answered only after the durable commit.
//!
//! Groups form by themselves: a committing thread takes what is queued, up to [`GROUP_MAX`] jobs, with no timer. One bad
//! job never fails its neighbours: an unexpected error splits the group until the culprit stands alone. When the
//! database goes away, also at COMMIT with the outcome unknown, the group is run again once it is back: the claims it
//! left tell what had been committed.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::checkpoint::Checkpointer;
use super::conn::{Conn, DatabaseUrl};
use super::db::Db;
use super::error::StoreError;
use super::gate::Lane;

/// Most jobs in one group: keeps a write transaction on SQLite below 50 ms.
pub const GROUP_MAX: usize = 512;
/// Most jobs waiting; beyond it callers are told to come back.
pub const QUEUE_MAX: usize = 20_000;
/// From how many waiting jobs on the second thread takes a group as well.
const MANY: usize = 128;
/// How long jobs wait for the first thread before the second one takes them.
const STALLED: Duration = Duration::from_millis(10);
/// How long a group waits for a database that went away before its jobs are answered as unavailable.
const AWAY_MAX: Duration = Duration::from_millis(3500);

/// What a group of jobs gives for each of them, in order.
pub enum Verdict<O> {
    /// Answered by this group.
    Done(O),
    /// Depends on another job of the same run: to be run again once that one is written, in the same transaction.
    Again,
}

/// What the committer does with jobs; the services implement it.
pub trait Work: Send + Sync + 'static {
    /// One thing to commit.
    type Job: Send + 'static;
    /// Its answer.
    type Outcome: Send + 'static;

    /// Runs a group within one transaction. May be called again with the same jobs when the transaction did not hold.
    fn run(&self, conn: &mut Conn, jobs: &[&Self::Job]) -> Result<Vec<Verdict<Self::Outcome>>, StoreError>;

    /// Whether the group, which must stand or fall together, is to be committed.
    fn all_stand(&self, outcomes: &[Self::Outcome]) -> bool;
}

/// Why a job was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRun {
    /// The queue is full.
    #[error("too many writes are waiting")]
    Full,
    /// The database is away or failed on this job.
    #[error("the database did not take it")]
    Unavailable,
    /// The database refused this job for a reason the service does not know.
    #[error("the database failed on it")]
    Failed,
}

type Answer<W> = Result<<W as Work>::Outcome, NotRun>;
type AtomicAnswer<W> = Result<Vec<<W as Work>::Outcome>, NotRun>;

struct Waiting<W: Work> {
    job: W::Job,
    answer: oneshot::Sender<Answer<W>>,
}

/// Jobs that stand or fall together, or one that stands alone.
enum Entry<W: Work> {
    Single(Waiting<W>),
    Atomic(Vec<W::Job>, oneshot::Sender<AtomicAnswer<W>>),
}

struct Queue<W: Work> {
    entries: VecDeque<Entry<W>>,
    closed: bool,
    /// Groups taken so far: whether the first thread comes along.
    taken: u64,
    /// Whether the second thread found nothing to do, and has to be told of what arrives.
    helper_sleeps: bool,
}

impl<W: Work> Queue<W> {
    fn next_group(&mut self) -> Option<Group<W>> {
        self.taken += 1;
        match self.entries.pop_front()? {
            Entry::Atomic(jobs, answer) => Some(Group::Atomic(jobs, answer)),
            Entry::Single(first) => {
                let mut waiting = vec![first];
                while waiting.len() < GROUP_MAX && matches!(self.entries.front(), Some(Entry::Single(_))) {
                    if let Some(Entry::Single(next)) = self.entries.pop_front() {
                        waiting.push(next);
                    }
                }
                Some(Group::Singles(waiting))
            }
        }
    }
}

struct Shared<W: Work> {
    db: Db,
    work: W,
    queue: Mutex<Queue<W>>,
    /// Wakes the first thread.
    arrived: Condvar,
    /// Wakes the second one.
    help: Condvar,
}

/// The queue and the threads that empty it.
pub struct Committer<W: Work> {
    shared: Arc<Shared<W>>,
    /// SQLite's checkpoints, for as long as there are commits.
    _checkpointer: Option<Checkpointer>,
}

impl<W: Work> Committer<W> {
    /// Starts the committing threads: one for SQLite's one writer, two for PostgreSQL. The second one helps when much is
    /// waiting or the first is held up: a group costs almost the same whatever its size, so few large ones are better.
    pub fn start(db: Db, work: W) -> Self {
        let sqlite = matches!(db.url(), DatabaseUrl::Sqlite(_));
        let threads = if sqlite { 1 } else { 2 };
        let checkpointer = sqlite.then(|| Checkpointer::start(db.clone()));
        let queue = Mutex::new(Queue { entries: VecDeque::new(), closed: false, taken: 0, helper_sleeps: false });
        let shared = Arc::new(Shared { db, work, queue, arrived: Condvar::new(), help: Condvar::new() });
        for number in 0..threads {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("committer-{number}"))
                .spawn(move || shared.serve(number > 0))
                .expect("a thread can be started");
        }
        Self { shared, _checkpointer: checkpointer }
    }

    /// Queues `jobs`; each has an answer of its own.
    pub fn submit(&self, jobs: Vec<W::Job>) -> Result<Vec<oneshot::Receiver<Answer<W>>>, NotRun> {
        let mut queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.closed || queue.entries.len() + jobs.len() > QUEUE_MAX {
            return Err(NotRun::Full);
        }
        let receivers = jobs
            .into_iter()
            .map(|job| {
                let (answer, receiver) = oneshot::channel();
                queue.entries.push_back(Entry::Single(Waiting { job, answer }));
                receiver
            })
            .collect();
        self.shared.told(queue);
        Ok(receivers)
    }

    /// Queues jobs that are all committed or none.
    pub fn submit_atomic(&self, jobs: Vec<W::Job>) -> Result<oneshot::Receiver<AtomicAnswer<W>>, NotRun> {
        let mut queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.closed || queue.entries.len() >= QUEUE_MAX {
            return Err(NotRun::Full);
        }
        let (answer, receiver) = oneshot::channel();
        queue.entries.push_back(Entry::Atomic(jobs, answer));
        self.shared.told(queue);
        Ok(receiver)
    }
}

impl<W: Work> Drop for Committer<W> {
    fn drop(&mut self) {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.arrived.notify_all();
        self.shared.help.notify_all();
    }
}

impl<W: Work> Shared<W> {
    /// Wakes whom the new jobs concern.
    fn told(&self, queue: MutexGuard<'_, Queue<W>>) {
        let help = queue.helper_sleeps || queue.entries.len() >= MANY;
        drop(queue);
        self.arrived.notify_one();
        if help {
            self.help.notify_one();
        }
    }

    fn serve(&self, helps: bool) {
        while let Some(group) = self.next_group(helps) {
            match group {
                Group::Singles(waiting) => self.run_singles(waiting),
                Group::Atomic(jobs, answer) => {
                    let _ = answer.send(self.run_atomic(&jobs));
                }
            }
        }
    }

    fn next_group(&self, helps: bool) -> Option<Group<W>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if queue.entries.is_empty() {
                if queue.closed {
                    return None;
                }
                let arrived = if helps { &self.help } else { &self.arrived };
                queue.helper_sleeps |= helps;
                queue = arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.helper_sleeps &= !helps;
                continue;
            }
            if helps && queue.entries.len() < MANY && !queue.closed {
                let taken = queue.taken;
                queue = self.help.wait_timeout(queue, STALLED).unwrap_or_else(PoisonError::into_inner).0;
                if queue.entries.is_empty() || queue.taken != taken && queue.entries.len() < MANY {
                    continue;
                }
            }
            return queue.next_group();
        }
    }

    fn run_singles(&self, waiting: Vec<Waiting<W>>) {
        let jobs: Vec<&W::Job> = waiting.iter().map(|waiting| &waiting.job).collect();
        match self.commit(&jobs) {
            Ok(outcomes) => {
                for (waiting, outcome) in waiting.into_iter().zip(outcomes) {
                    let _ = waiting.answer.send(Ok(outcome)); // the caller may have gone: what was committed stands
                }
            }
            Err(StoreError::Unavailable(reason)) => {
                tracing::warn!(jobs = waiting.len(), %reason, "the database is away: a group was not committed");
                for waiting in waiting {
                    let _ = waiting.answer.send(Err(NotRun::Unavailable));
                }
            }
            Err(error) if waiting.len() == 1 => {
                tracing::error!(%error, "one write failed and was isolated");
                for waiting in waiting {
                    let _ = waiting.answer.send(Err(NotRun::Failed));
                }
            }
            Err(_) => {
                let mut left = waiting;
                let right = left.split_off(left.len() / 2);
                self.run_singles(left);
                self.run_singles(right);
            }
        }
    }

    fn run_atomic(&self, jobs: &[W::Job]) -> Result<Vec<W::Outcome>, NotRun> {
        let refs: Vec<&W::Job> = jobs.iter().collect();
        let mut refused = None;
        let result = self.patiently(|| {
            self.db.write_in(Lane::Deposits, |conn| {
                let outcomes = self.run_all(conn, &refs)?;
                if self.work.all_stand(&outcomes) {
                    return Ok(outcomes);
                }
                refused = Some(outcomes);
                Err(StoreError::Broken("an atomic batch with a refused item is rolled back".into()))
            })
        });
        match (result, refused) {
            (Ok(outcomes), _) | (Err(StoreError::Broken(_)), Some(outcomes)) => Ok(outcomes),
            (Err(StoreError::Unavailable(_)), _) => Err(NotRun::Unavailable),
            (Err(error), _) => {
                tracing::error!(%error, "an atomic batch failed");
                Err(NotRun::Failed)
            }
        }
    }

    fn commit(&self, jobs: &[&W::Job]) -> Result<Vec<W::Outcome>, StoreError> {
        self.patiently(|| self.db.write_in(Lane::Deposits, |conn| self.run_all(conn, jobs)))
    }

    /// Runs jobs until each is answered: those that depend on others of the same run follow in a run of their own.
    fn run_all(&self, conn: &mut Conn, jobs: &[&W::Job]) -> Result<Vec<W::Outcome>, StoreError> {
        let mut outcomes: Vec<Option<W::Outcome>> = jobs.iter().map(|_| None).collect();
        let mut left: Vec<usize> = (0..jobs.len()).collect();
        while !left.is_empty() {
            let run: Vec<&W::Job> = left.iter().map(|index| jobs[*index]).collect();
            let before = left.len();
            // A panic must cost the job that caused it, not the thread that everybody's posts wait for.
            let ran = catch_unwind(AssertUnwindSafe(|| self.work.run(conn, &run)));
            let verdicts = ran.map_err(|_| StoreError::Broken("deciding a job panicked".into()))??;
            let mut again = Vec::new();
            for (index, verdict) in left.into_iter().zip(verdicts) {
                match verdict {
                    Verdict::Done(outcome) => outcomes[index] = Some(outcome),
                    Verdict::Again => again.push(index),
                }
            }
            if again.len() == before {
                return Err(StoreError::Broken("jobs wait for one another".into()));
            }
            left = again;
        }
        Ok(outcomes.into_iter().map(|outcome| outcome.expect("every job was answered")).collect())
    }

    /// Runs `f` again while the database is away, for a bounded time.
    fn patiently<T>(&self, mut f: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let deadline = Instant::now() + AWAY_MAX;
        loop {
            match f() {
                Err(StoreError::Unavailable(_)) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(200));
                }
                result => return result,
            }
        }
    }
}

enum Group<W: Work> {
    Singles(Vec<Waiting<W>>),
    Atomic(Vec<W::Job>, oneshot::Sender<AtomicAnswer<W>>),
}
