//! Properties of the ledger: random histories on an in-memory model, SQLite and PostgreSQL, which must agree.
#![allow(clippy::unwrap_used, missing_docs)]

mod bank;
mod conversions;
mod histories;
mod model;
mod plans;
mod published;
mod requirements;
