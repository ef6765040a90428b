//! The bank's refusals, with the facts each rests on. The sentences are made where they are shown.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::conversion::explain::Text;
use crate::conversion::shortfall::Shortfall;
use crate::domain::credit::CreditAmount;
use crate::domain::evidence_file::FileFault;
use crate::domain::invalid::Invalid;
use crate::domain::kind::AchievementKind;

/// A rule of the bank says no. Stored with idempotent batches, so names and fields stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "no", rename_all = "snake_case")]
pub enum Refusal {
    /// One item of a batch does not say anything possible.
    InvalidItem {
        /// Pointers into the item, codes and details.
        errors: Vec<ItemError>,
    },
    /// The document belongs to an account under another name: an administrator decides.
    IdentityUnderReview {
        /// The case that was opened.
        case_id: Uuid,
    },
    /// The reference stands with other content.
    ExternalRefTaken {
        /// The achievement that stands.
        stands: Uuid,
        /// Its revision.
        revision: i64,
    },
    /// The same certificate has given credit before.
    EvidenceAlreadyCredited,
    /// Something with this natural key exists.
    AlreadyExists,
    /// It has been revoked before.
    AlreadyRevoked,
    /// A later revision stands; that one is the one to change.
    NotTheLatestRevision {
        /// The one that stands.
        stands: Uuid,
    },
    /// Outside the poster's accreditation.
    NotAccreditedFor {
        /// The kind.
        kind: AchievementKind,
        /// The code.
        code: Option<String>,
        /// The level.
        level: Option<String>,
    },
    /// The catalogue gives another amount.
    CreditsNotAsCatalogued {
        /// What the catalogue says.
        catalogued: CreditAmount,
        /// What was posted.
        posted: CreditAmount,
    },
    /// An unregistered course was posted without credits.
    CreditsRequired,
    /// Outside any enrolment the type of the credits must be said.
    CreditTypeRequired,
    /// Several enrolments contain the date.
    EnrolmentAmbiguous {
        /// Their ids.
        enrolments: Vec<Uuid>,
    },
    /// A failed result is not an achievement.
    NotPassed,
    /// An exempted course is not an achievement.
    ExemptionIsNotAnAchievement,
    /// No account answers to the reference.
    UnknownLearner,
    /// The document's account has another name.
    NameMismatch,
    /// No such programme of the caller's.
    UnknownProgramme,
    /// No such enrolment of the learner at the caller's.
    UnknownEnrolment,
    /// The enrolment has ended.
    EnrolmentNotLive,
    /// This status cannot follow the present one.
    StatusChangeNotAllowed {
        /// The present status.
        from: String,
        /// The one asked for.
        to: String,
    },
    /// A purse would become negative.
    InsufficientCredit {
        /// What was to be taken.
        wanted: CreditAmount,
        /// What is there.
        available: CreditAmount,
    },
    /// The lot is in use elsewhere.
    LotInUse,
    /// Credits that a conversion granted are never converted again.
    GrantedLot {
        /// The conversion that granted them.
        lot: Uuid,
    },
    /// An award has redeemed the credits.
    AlreadyRedeemed {
        /// The award.
        award: Uuid,
    },
    /// The evidence, or the course, has been used by a conversion that stands.
    AlreadyUsed,
    /// The plan does not come out as it did.
    PlanOutdated {
        /// The line that does not.
        line: Option<u32>,
        /// Why, in the codes of unused achievements.
        reason: Option<String>,
        /// Why, in words.
        words: Option<Text>,
    },
    /// The plan supposes achievements that are not held.
    PlanHypothetical,
    /// The plan was made for a programme in which the learner is not enrolled.
    PlanWithoutEnrolment,
    /// The same thing is decided by another person.
    AnotherPersonRequired,
    /// The present state of the thing does not allow this.
    WrongState,
    /// The conversion grants no credits and exempts from no course.
    NothingToConvert,
    /// The purse holds nothing that could be moved.
    NothingToTransfer,
    /// Lots move only between purses of one credit type.
    CreditTypesDiffer,
    /// The key was used for another request.
    IdempotencyKeyReused,
    /// The first request with this key has not been answered yet.
    IdempotencyInFlight,
    /// Too many items.
    BatchTooLarge {
        /// The most that are taken.
        limit: usize,
    },
    /// What the programme asks for is not met.
    RequirementsNotMet {
        /// What is missing.
        shortfalls: Vec<Shortfall>,
    },
    /// An enrolment becomes 毕业 by an award alone.
    AwardRequired,
    /// The enrolment has an award that stands.
    AlreadyAwarded {
        /// The award.
        award: Uuid,
    },
    /// Rules of this authority are made by somebody else.
    AuthorityNotYours,
    /// Who wrote or submitted something does not decide on it as well.
    FourEyes,
    /// The version stands where this cannot be done.
    RuleSetState {
        /// Where it stands: a state, or `none` when there is no such version.
        state: String,
    },
    /// Validation found faults.
    RuleSetInvalid {
        /// Pointers into the document, codes and details.
        errors: Vec<ItemError>,
    },
    /// So many jobs of the institution have not ended yet.
    TooManyJobs {
        /// The most that may wait at once.
        limit: i64,
    },
    /// The job stands where this cannot be done.
    JobState {
        /// Where it stands.
        state: String,
    },
    /// Too many rules in one set.
    TooManyRules {
        /// The most that are taken.
        limit: usize,
    },
    /// The service could not take this item now; the same item may be posted again.
    NotTakenNow,
    /// The service failed on this item, and would again.
    Failed,
    /// A reviewer can recognise only courses that the institution has catalogued.
    CourseNotCatalogued,
    /// Not while the case stands like this.
    NotInThisState {
        /// How it stands.
        state: String,
    },
    /// A case is appealed against once.
    AlreadyAppealed,
    /// The days for it have passed.
    PeriodOver {
        /// The last of them.
        until: NaiveDate,
    },
    /// The learner's files take as much room as they may.
    QuotaUsed {
        /// How much, bytes.
        limit: i64,
    },
    /// As many as one day may bring.
    TooManyToday {
        /// How many.
        limit: usize,
    },
    /// As many as there may be are open.
    TooManyOpen {
        /// How many.
        limit: usize,
    },
    /// The file is no evidence file.
    EvidenceFileRefused {
        /// Why.
        fault: FileFault,
    },
    /// A text for the public tells who the learner is.
    PersonalData,
    /// What is named did not correct anything since the objection.
    NotACorrection,
    /// Another refusal, which rests on one field.
    AtField {
        /// JSON pointer to it.
        pointer: String,
        /// The refusal.
        refusal: Box<Refusal>,
    },
}

impl Refusal {
    /// The same, resting on the field at `pointer`.
    pub fn at(self, pointer: &str) -> Self {
        Self::AtField { pointer: pointer.to_owned(), refusal: Box::new(self) }
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::InvalidItem { errors: ItemError::list(&invalid) }
    }
}

/// What is wrong with one field of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemError {
    /// JSON pointer into the item.
    pub pointer: String,
    /// Stable code.
    pub code: String,
    /// In Chinese.
    pub detail_zh: String,
    /// In English.
    pub detail_en: String,
}

impl ItemError {
    /// The errors of an invalid item.
    pub fn list(invalid: &Invalid) -> Vec<Self> {
        invalid
            .0
            .iter()
            .map(|error| Self {
                pointer: error.pointer.clone(),
                code: error.reason.code().to_owned(),
                detail_zh: error.reason.message_zh(),
                detail_en: error.reason.message_en(),
            })
            .collect()
    }
}
