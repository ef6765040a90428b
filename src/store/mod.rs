//! diesel: rows and domain values, the one door, the committer, migrations.

pub mod accreditation;
pub mod activation;
pub mod audit;
pub mod book;
pub mod book_rows;
pub mod catalogue;
pub mod checkpoint;
pub mod claim;
pub mod client;
pub mod committer;
pub mod conn;
pub mod course;
pub mod credential;
pub mod db;
pub mod enrolment;
pub mod error;
pub mod gate;
pub mod home;
pub mod hot;
pub mod idempotency;
pub mod identity_case;
pub mod institution;
pub mod learner;
pub mod learner_identity;
#[cfg(test)]
mod lookup_tests;
pub mod migrations;
pub mod pool;
pub mod programme;
pub mod programme_version;
pub mod reading;
pub mod schema;
pub mod session;
pub mod signing_key;
pub mod staff;
pub mod training_rate;
pub mod types;
