//! Properties of the ledger: random histories on an in-memory model, SQLite and PostgreSQL, which must agree; and what
//! days and years do to plans, to what was decided and to tokens.
#![allow(clippy::unwrap_used, missing_docs)]

mod bank;
mod conversions;
mod histories;
mod model;
mod plans;
mod published;
mod requirements;
mod tokens;
mod years;
