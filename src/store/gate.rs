//! The turnstile before SQLite's one writer: deposits go first, other writes never wait long.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long another write waits behind deposits before the next deposit group lets it pass.
const PATIENCE: Duration = Duration::from_millis(20);

/// Which lane a write stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A group of deposits.
    Deposits,
    /// Everything else.
    Other,
}

#[derive(Debug, Default)]
struct Turn {
    busy: bool,
    deposits_waiting: usize,
    impatient: usize,
    /// Whether the last turn was another write's: then deposits are next, however many are impatient.
    other_was_last: bool,
}

/// Lets one writer through at a time.
#[derive(Debug, Default)]
pub struct Gate {
    turn: Mutex<Turn>,
    freed: Condvar,
}

/// The right to write; given back when dropped.
#[derive(Debug)]
pub struct Pass<'g>(&'g Gate);

impl Gate {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn of `lane`; `None` when `longest` has passed.
    pub fn enter(&self, lane: Lane, longest: Duration) -> Option<Pass<'_>> {
        let start = Instant::now();
        let mut turn = self.turn();
        let mut impatient = false;
        if lane == Lane::Deposits {
            turn.deposits_waiting += 1;
        }
        loop {
            let free = !turn.busy
                && match lane {
                    Lane::Deposits => turn.impatient == 0 || turn.other_was_last,
                    Lane::Other => turn.deposits_waiting == 0 || impatient && !turn.other_was_last,
                };
            let waited = start.elapsed();
            if free || waited >= longest {
                turn.busy |= free;
                if free {
                    turn.other_was_last = lane == Lane::Other;
                }
                turn.deposits_waiting -= usize::from(lane == Lane::Deposits);
                turn.impatient -= usize::from(impatient);
                if !free {
                    self.freed.notify_all();
                }
                return free.then(|| Pass(self)); // lazily: dropping a pass takes the lock held here
            }
            if lane == Lane::Other && !impatient && waited >= PATIENCE {
                impatient = true;
                turn.impatient += 1;
                continue;
            }
            let next = if lane == Lane::Other && !impatient { PATIENCE } else { longest };
            let (again, _) = self
                .freed
                .wait_timeout(turn, next.saturating_sub(waited).max(Duration::from_millis(1)))
                .unwrap_or_else(PoisonError::into_inner);
            turn = again;
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.turn().busy = false;
        self.0.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    #[test]
    fn one_at_a_time_and_nobody_starves() {
        let gate = Arc::new(Gate::default());
        let inside = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let flood: Vec<_> = (0..2)
            .map(|_| {
                let (gate, inside, stop) = (gate.clone(), inside.clone(), stop.clone());
                std::thread::spawn(move || {
                    while !stop.load(Ordering::SeqCst) {
                        let pass = gate.enter(Lane::Deposits, Duration::from_secs(5)).expect("enters");
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(pass);
                    }
                })
            })
            .collect();
        for _ in 0..5 {
            let pass = gate.enter(Lane::Other, Duration::from_secs(2)).expect("a write gets through the flood");
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            inside.fetch_sub(1, Ordering::SeqCst);
            drop(pass);
        }
        stop.store(true, Ordering::SeqCst);
        flood.into_iter().for_each(|thread| thread.join().expect("no assertion failed"));
    }

    #[test]
    fn waiting_ends() {
        let gate = Gate::default();
        let _held = gate.enter(Lane::Other, Duration::from_millis(1)).expect("free");
        assert!(gate.enter(Lane::Deposits, Duration::from_millis(5)).is_none());
        assert!(gate.enter(Lane::Other, Duration::from_millis(5)).is_none());
    }
}
