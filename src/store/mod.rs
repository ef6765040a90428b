//! diesel: rows and domain values, the one door, the committer, migrations.

pub mod accreditation;
pub mod audit;
pub mod book;
pub mod book_rows;
pub mod claim;
pub mod catalogue;
pub mod client;
pub mod committer;
pub mod conn;
pub mod course;
pub mod db;
pub mod error;
mod gate;
pub mod hot;
pub mod idempotency;
pub mod institution;
pub mod migrations;
mod pool;
pub mod programme;
pub mod programme_version;
pub mod schema;
pub mod training_rate;
pub mod types;
