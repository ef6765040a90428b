//! Posting one result within a transaction of the caller's: what it decides and what it posts stand or fall together.

use std::sync::Arc;

use super::Posting;
use super::group;
use super::job::{Job, Outcome, PostJob};
use crate::services::App;
use crate::services::error::Result;
use crate::services::opening::Openings;
use crate::services::refusal::Refusal;
use crate::store::committer::Verdict;
use crate::store::conn::Conn;
use crate::store::error::StoreError;

impl App {
    /// Posts one result by the code of every post. What the caller has locked before comes before the claims and the
    /// learner in the order of locks, and posts never lock it.
    pub(in crate::services) fn post_within(&self, conn: &mut Conn, job: PostJob) -> Result<Outcome> {
        let openings = Openings { keys: Arc::clone(&self.keys), ids: Arc::clone(&self.ids) };
        let posting = Posting {
            book: self.book,
            keys: Arc::clone(&self.keys),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            openings,
        };
        let job = Job::Post(Box::new(job));
        match group::run(&posting, conn, &[&job])?.pop() {
            Some(Verdict::Done(Outcome::Refused(refusal))) => Err(plain(refusal).into()),
            Some(Verdict::Done(outcome)) => Ok(outcome),
            Some(Verdict::Again) | None => Err(StoreError::Contended.into()),
        }
    }
}

/// Without the field of a post, which the caller's request does not have.
fn plain(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::AtField { refusal, .. } => plain(*refusal),
        other => other,
    }
}
