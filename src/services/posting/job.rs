//! What is asked of the committer, and what it answers.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::crypto::digest::Hash;
use crate::domain::achievement::ValidAchievement;
use crate::domain::credit::CreditAmount;
use crate::domain::identity::ValidDocument;
use crate::domain::name::PersonName;
use crate::ledger::details::Achievement;
use crate::ledger::status::AchievementStatus;
use crate::ledger::transaction::{Author, Transaction};
use crate::services::refusal::Refusal;
use crate::store::claim::ClaimKind;
use crate::store::idempotency::Once;

/// One thing to commit.
pub enum Job {
    /// A result.
    Post(Box<PostJob>),
    /// The answer of a whole batch, kept under its key.
    Keep {
        /// The key.
        once: Once,
        /// The answer.
        answer: String,
    },
}

/// How the learner is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// By id.
    Id(Uuid),
    /// By account number.
    AccountNo(String),
    /// By a claim: document or student number.
    Claimed(ClaimKind, Hash),
}

/// A result, checked as far as it can be without the database. Ids are chosen once, so that running it again after a
/// commit of unknown outcome finds its own traces.
pub struct PostJob {
    /// Who posts.
    pub author: Author,
    /// What.
    pub post: ValidAchievement,
    /// For whom.
    pub naming: Naming,
    /// The document and name to open an account with, where that is wished.
    pub opening: Option<(ValidDocument, PersonName)>,
    /// Digest of the name that goes with a document.
    pub name: Option<Hash>,
    /// The id the achievement will have.
    pub achievement: Uuid,
    /// The id its transaction will have.
    pub transaction: Uuid,
    /// Claim of the reference.
    pub reference: Hash,
    /// The canonical content.
    pub canonical: String,
    /// The key, for a single post.
    pub once: Option<Once>,
    /// Whether a reviewer recognised it: then no accreditation is asked for, and less than the catalogue may count.
    pub recognised: bool,
}

impl PostJob {
    /// The refusal with the field of the post that it rests on.
    pub(super) fn pointed(&self, refusal: Refusal) -> Refusal {
        let kind = self.post.kind().as_str();
        let own;
        let pointer = match &refusal {
            Refusal::CreditsNotAsCatalogued { .. } | Refusal::CreditsRequired => "/credits",
            Refusal::CreditTypeRequired => "/credit_type",
            Refusal::EnrolmentAmbiguous { .. } | Refusal::UnknownEnrolment => "/enrolment_id",
            Refusal::ExternalRefTaken { .. } => "/external_ref",
            Refusal::UnknownProgramme => "/programme_id",
            Refusal::NameMismatch => "/learner/name",
            Refusal::IdempotencyKeyReused => "/header/idempotency-key",
            Refusal::UnknownLearner => match self.naming {
                Naming::Id(_) => "/learner/id",
                Naming::AccountNo(_) => "/learner/account_no",
                Naming::Claimed(ClaimKind::StudentNo, _) => "/learner/student_no",
                Naming::Claimed(..) => "/learner/id_document",
            },
            Refusal::EvidenceAlreadyCredited => {
                own = if self.post.content.number().is_some() { format!("/{kind}/number") } else { format!("/{kind}") };
                &own
            }
            _ => return refusal,
        };
        let pointer = pointer.to_owned();
        refusal.at(&pointer)
    }
}

/// What was answered under a key: ids only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The achievement.
    pub achievement: Uuid,
    /// Its learner.
    pub learner: Uuid,
    /// Whether this request wrote it; else it stood before.
    pub created: bool,
}

/// What came of a job.
#[derive(Debug)]
pub enum Outcome {
    /// Written now.
    Posted(Box<Posted>),
    /// It stood already with the same content.
    Unchanged(Kept),
    /// The key had been answered before.
    Replayed(String),
    /// No.
    Refused(Refusal),
    /// The batch's answer is kept.
    Kept,
}

/// A result just written.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The achievement.
    pub achievement: Achievement,
    /// Its transactions, the last one being the one that brought it.
    pub transactions: Vec<Transaction>,
    /// The credits it brought.
    pub credits: CreditAmount,
    /// Where it stands.
    pub status: AchievementStatus,
}
