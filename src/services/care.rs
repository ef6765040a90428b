//! Care for work that nobody waits for: what fails, or panics, is told and does not take the rest with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{Error, Result};

/// Does `work`; none when it failed or panicked, which is told with `what` it was. What does not exist (any more) is no
/// failure. State shared with others is in the database, whose connections do not outlive a panic.
pub fn carefully<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Some(value),
        Ok(Err(Error::NotFound)) => None,
        Ok(Err(error)) => {
            tracing::warn!(%error, "{what} failed");
            None
        }
        Err(_) => {
            tracing::error!("{what} panicked");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_faults_nor_panics_go_further() {
        assert_eq!(carefully("work", || Ok(1)), Some(1));
        assert_eq!(carefully::<u32>("work", || Err(Error::Forbidden)), None);
        assert_eq!(carefully::<u32>("work", || panic!("on purpose")), None);
    }
}
