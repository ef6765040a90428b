//! Use cases: authorise → idempotency → load → decide (pure) → append → audit.

use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use crate::crypto::keys::KeyRing;
use crate::domain::proxies::Proxies;
use crate::domain::region::RegionPolicy;
use crate::ports::{Clock, IdSource};
use crate::store::committer::Committer;
use crate::store::db::Db;

pub mod account_opening;
pub mod accounts;
pub mod accreditation;
pub mod achievements;
pub mod activation;
pub mod activation_form;
pub mod actor;
pub mod assertion;
pub mod attempts;
pub mod audit;
pub mod audit_awards;
pub mod audit_event;
pub mod audit_notes;
mod audit_sealing;
pub mod audit_verify;
pub mod award;
pub mod award_reversal;
pub mod award_view;
pub mod calendar;
pub mod care;
mod case;
pub mod catalogue;
mod change;
pub mod client_key;
pub mod client_secret;
pub mod clients;
pub mod cohort_plan;
mod cohort_plan_state;
mod cohort_plan_work;
pub mod condition;
pub mod conversion;
pub mod course;
pub mod details;
pub mod digests;
pub mod discrepancies;
mod enrolling;
pub mod enrolment;
pub mod error;
pub mod evidence_file;
pub mod expiry;
pub mod fact;
pub mod graduation_audit;
pub mod guesses;
pub mod home;
pub mod idempotency;
pub mod identity_case;
pub mod in_flight;
pub mod institution;
pub mod job;
mod job_work;
pub mod kept_plan;
pub mod learner;
pub mod ledger;
pub mod login;
#[cfg(test)]
mod login_tests;
pub mod me;
pub mod objections;
pub mod opening;
mod opening_rows;
#[cfg(test)]
mod opening_tests;
mod oversight;
pub mod passwords;
pub mod pathway;
pub mod plan;
mod plan_basis;
pub mod plan_comparison;
pub mod plan_input;
mod plan_steps;
pub mod plan_supposed;
#[cfg(test)]
mod plan_tests;
pub mod plan_view;
pub mod posting;
pub mod precedents;
pub mod programme;
pub mod programme_version;
pub mod progress;
mod progress_basis;
pub mod rate_limit;
pub mod recognition;
pub mod refusal;
pub mod rule_set;
pub mod rule_set_check;
pub mod rule_set_comment;
pub mod rule_set_draft;
pub mod rule_set_exchange;
pub mod rule_set_review;
pub mod scope;
pub mod sealing;
pub mod sessions;
mod shown;
pub mod signing_keys;
pub mod simulation;
mod simulation_tally;
mod simulation_work;
pub mod staff;
pub mod substitution;
pub mod tokens;
pub mod training_rate;
pub mod transfers;
pub mod unwinding;
mod whereabouts;
pub mod writing;

/// What every use case needs; one per process.
pub struct App {
    /// The database.
    pub db: Db,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn IdSource>,
    /// The identity of the book.
    pub book: Uuid,
    /// Access tokens: signing keys and what has been verified lately.
    pub tokens: tokens::Tokens,
    /// The group committer of posts.
    pub committer: Committer<posting::Posting>,
    /// Batches of this process that are being answered.
    pub in_flight: in_flight::InFlight,
    /// How many requests each client has sent lately.
    pub limits: rate_limit::RateLimits,
    /// Wrong proofs at the token endpoint.
    pub guesses: guesses::Guesses,
    /// This process's part of the audit trail.
    pub trail: audit::Trail,
    /// What an operator chose.
    pub settings: Settings,
}

/// What an operator chose.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the test region 410299 is accepted in id numbers.
    pub regions: RegionPolicy,
    /// The public address, for token issuer and audience; no slash at the end.
    pub base_url: String,
    /// Whether pages are served over plain HTTP on a loopback address: the session cookie then cannot be `__Host-`.
    pub plain_http: bool,
    /// Whether this is the demo city.
    pub demo: bool,
    /// Where evidence files lie, sealed.
    pub evidence: PathBuf,
    /// How many requests each client may send.
    pub quotas: rate_limit::Quotas,
    /// The proxies whose word on where a request came from is taken.
    pub proxies: Proxies,
}

impl App {
    /// Whether the database answers.
    pub fn ping(&self) -> error::Result<()> {
        self.db.read(|conn| {
            crate::store::reading::book_id(conn)?;
            Ok(())
        })
    }
}
