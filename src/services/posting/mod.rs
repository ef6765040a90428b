//! Posting achievements: the hot path, set-based and group-committed. A single post is a batch of one.

use std::sync::Arc;

use uuid::Uuid;

use crate::crypto::digest::Hash;
use crate::crypto::keys::{KeyRing, Purpose};
use crate::domain::achievement::ValidAchievement;
use crate::domain::certificate_number::CertificateNumber;
use crate::domain::kind::AchievementKind;
use crate::ledger::details::{Achievement, SealedDetails};
use crate::ports::{Clock, IdSource};
use crate::services::opening::Openings;
use crate::store::committer::{Verdict, Work};
use crate::store::conn::Conn;
use crate::store::error::StoreError;

pub mod decide;
mod group;
pub mod job;
mod loaded;
pub mod submit;
mod value;
pub mod within;

use job::{Job, Outcome};

/// The committer's work.
pub struct Posting {
    /// The identity of the book.
    pub book: Uuid,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn IdSource>,
    /// Opens accounts for posts that wish it.
    pub openings: Openings,
}

impl Work for Posting {
    type Job = Job;
    type Outcome = Outcome;

    fn run(&self, conn: &mut Conn, jobs: &[&Job]) -> Result<Vec<Verdict<Outcome>>, StoreError> {
        group::run(self, conn, jobs)
    }

    fn all_stand(&self, outcomes: &[Outcome]) -> bool {
        !outcomes.iter().any(|outcome| matches!(outcome, Outcome::Refused(_)))
    }
}

impl Posting {
    /// The claim of a result's evidence; a course has none.
    fn evidence_of(&self, post: &ValidAchievement, learner: Uuid) -> Option<Hash> {
        let number = post.content.number().map(CertificateNumber::as_str);
        let title = post.content.title();
        let code = post.content.code();
        let on = post.completed_on;
        (post.kind() != AchievementKind::Course)
            .then(|| evidence_digest(&self.keys, post.kind(), code, number, title, learner, on))
    }

    fn evidence_digest_of(&self, a: &Achievement, details: Option<&SealedDetails>, learner: Uuid) -> Hash {
        let number = details.and_then(|details| details.number.as_deref());
        let title = details.and_then(|details| details.title.as_deref());
        evidence_digest(&self.keys, a.kind, a.code.as_deref(), number, title, learner, a.completed_on)
    }
}

/// What must not give credit twice: the numbered certificate, whoever posts it; without a number the learner, the
/// thing and the day.
pub fn evidence_digest(
    keys: &KeyRing,
    kind: AchievementKind,
    code: Option<&str>,
    number: Option<&str>,
    title: Option<&str>,
    learner: Uuid,
    completed_on: chrono::NaiveDate,
) -> Hash {
    let code = code.unwrap_or_default();
    match number {
        Some(number) => {
            keys.digest(Purpose::Claim, &[b"evidence", kind.as_str().as_bytes(), code.as_bytes(), number.as_bytes()])
        }
        None => {
            let thing = if code.is_empty() { title.unwrap_or_default() } else { code };
            let day = completed_on.to_string();
            let parts: [&[u8]; 5] =
                [b"unnumbered", learner.as_bytes(), kind.as_str().as_bytes(), thing.as_bytes(), day.as_bytes()];
            keys.digest(Purpose::Claim, &parts)
        }
    }
}
