//! What a transaction says beside its movements: plain facts that cannot identify, and sealed ones that could.
//!
//! Both have one canonical form: JSON without spaces, members in alphabetical order (the order of the fields below),
//! `null` where there is nothing, dates as `YYYY-MM-DD`, amounts in thousandths.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::transaction::{ActorKind, Author, Cause};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::kind::AchievementKind;
use crate::domain::score::ScoreScale;
use crate::domain::term::Attempt;

/// An achievement's facts, never edited: rules and statistics read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Achievement {
    /// Its id; also the lot of the credits it earns.
    pub id: Uuid,
    /// The learner.
    pub learner: Uuid,
    /// The transaction that brought it.
    pub seq: i64,
    /// Shared by all revisions of one posted result.
    pub series: Uuid,
    /// 1, 2, 3… within the series.
    pub revision: i64,
    /// The lot that holds its credits: its own, or an earlier revision's when a correction changed no credits.
    pub lot: Uuid,
    /// The kind.
    pub kind: AchievementKind,
    /// The institution that posted it.
    pub institution: Uuid,
    /// Course, certificate, examination or occupation code.
    pub code: Option<String>,
    /// Level of the certificate, or prize.
    pub level: Option<String>,
    /// Type of its credits.
    pub credit_type: CreditType,
    /// What it is worth; an attached attempt is worth something and has deposited nothing.
    pub credits: CreditAmount,
    /// The programme, for a course.
    pub programme: Option<Uuid>,
    /// The enrolment whose purse it counts in.
    pub enrolment: Option<Uuid>,
    /// The term, for a course.
    pub term: Option<String>,
    /// Which attempt, for a course.
    pub attempt: Option<Attempt>,
    /// Taught, online or blended.
    pub delivery: Option<String>,
    /// Further plain facts, canonical JSON: hours, target groups, region, prize, team.
    pub facts: Option<String>,
    /// When it was completed.
    pub completed_on: NaiveDate,
    /// When the certificate was issued.
    pub issued_on: Option<NaiveDate>,
    /// Until when the certificate is valid.
    pub valid_until: Option<NaiveDate>,
    /// The attempt that keeps counting, where this one is not better.
    pub attached_to: Option<Uuid>,
    /// The attempt that this one is better than.
    pub supersedes: Option<Uuid>,
}

impl Achievement {
    /// What rows are clustered by within a learner: kind and code, so further attempts stand together.
    pub fn subject(&self) -> String {
        subject(self.kind, self.code.as_deref())
    }
}

/// See [`Achievement::subject`].
pub fn subject(kind: AchievementKind, code: Option<&str>) -> String {
    format!("{}/{}", kind.as_str(), code.unwrap_or_default())
}

#[derive(Serialize)]
struct CanonicalAchievement<'a> {
    attached_to: Option<Uuid>,
    attempt: Option<Attempt>,
    code: Option<&'a str>,
    completed_on: NaiveDate,
    credit_type: CreditType,
    credits: i64,
    delivery: Option<&'a str>,
    enrolment: Option<Uuid>,
    facts: Option<&'a str>,
    id: Uuid,
    institution: Uuid,
    issued_on: Option<NaiveDate>,
    kind: AchievementKind,
    level: Option<&'a str>,
    lot: Uuid,
    programme: Option<Uuid>,
    revision: i64,
    series: Uuid,
    supersedes: Option<Uuid>,
    term: Option<&'a str>,
    valid_until: Option<NaiveDate>,
}

#[derive(Serialize)]
struct CanonicalPlain<'a> {
    achievement: Option<CanonicalAchievement<'a>>,
    achievement_id: Option<Uuid>,
    actor_id: Uuid,
    actor_kind: ActorKind,
    cause: Cause,
    institution: Uuid,
    request: Uuid,
    reverses: Option<i64>,
}

/// The canonical plain fields of a transaction; `achievement` is the one that this transaction brought, if any.
pub fn canonical_plain(
    author: &Author,
    cause: Cause,
    reverses: Option<i64>,
    about: Option<Uuid>,
    achievement: Option<&Achievement>,
) -> String {
    let plain = CanonicalPlain {
        achievement: achievement.map(|a| CanonicalAchievement {
            attached_to: a.attached_to,
            attempt: a.attempt,
            code: a.code.as_deref(),
            completed_on: a.completed_on,
            credit_type: a.credit_type,
            credits: a.credits.thousandths(),
            delivery: a.delivery.as_deref(),
            enrolment: a.enrolment,
            facts: a.facts.as_deref(),
            id: a.id,
            institution: a.institution,
            issued_on: a.issued_on,
            kind: a.kind,
            level: a.level.as_deref(),
            lot: a.lot,
            programme: a.programme,
            revision: a.revision,
            series: a.series,
            supersedes: a.supersedes,
            term: a.term.as_deref(),
            valid_until: a.valid_until,
        }),
        achievement_id: about,
        actor_id: author.id,
        actor_kind: author.kind,
        cause,
        institution: author.institution,
        request: author.request,
        reverses,
    };
    serde_json::to_string(&plain).expect("plain fields serialise")
}

/// What could identify the learner or is nobody else's business: sealed under the learner's key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedDetails {
    /// The poster's reference.
    #[serde(default)]
    pub external_ref: Option<String>,
    /// Number of the certificate.
    #[serde(default)]
    pub number: Option<String>,
    /// Why something was corrected or revoked.
    #[serde(default)]
    pub reason: Option<String>,
    /// The score.
    #[serde(default)]
    pub score: Option<SealedScore>,
    /// Free text: name of the course, training title, enterprise.
    #[serde(default)]
    pub title: Option<String>,
}

/// A score as it was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedScore {
    /// Its scale.
    pub scale: ScoreScale,
    /// Its canonical value.
    pub value: String,
}

impl SealedDetails {
    /// The canonical form that the commitment covers.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("sealed details serialise")
    }
}

/// Length of the salt before the canonical details.
pub const SALT_LEN: usize = 16;

/// Salt and canonical details as one sealed value holds them.
pub fn with_salt(salt: &[u8; SALT_LEN], canonical: &str) -> Vec<u8> {
    [salt.as_slice(), canonical.as_bytes()].concat()
}

/// Takes [`with_salt`] apart.
pub fn split_salt(opened: &[u8]) -> Option<([u8; SALT_LEN], &str)> {
    let (salt, canonical) = opened.split_at_checked(SALT_LEN)?;
    Some((salt.try_into().ok()?, std::str::from_utf8(canonical).ok()?))
}

/// What the sealed value of a transaction is bound to: learner and place in the chain.
pub fn sealed_place(learner: Uuid, seq: i64) -> [u8; 24] {
    let mut place = [0; 24];
    place[..16].copy_from_slice(learner.as_bytes());
    place[16..].copy_from_slice(&seq.to_be_bytes());
    place
}
