//! Properties of the ledger: random histories on an in-memory model, SQLite and PostgreSQL, which must agree.
#![allow(clippy::unwrap_used, missing_docs)]

mod bank;
mod histories;
mod model;
