//! The double-entry book, pure: purses, postings, transactions, the chain, and what may be posted.
//!
//! Nothing here reads a clock, a random source or a database. The services load a [`book::LearnerBook`], decide on it,
//! and hand what was [`book::Appended`] to the store.

pub mod audit_chain;
pub mod award;
pub mod balance;
pub mod book;
pub mod cascade;
pub mod chain;
pub mod conversion;
pub mod details;
pub mod history;
pub mod lots;
pub mod posting;
pub mod purse;
pub mod status;
#[cfg(test)]
mod test_chain;
pub mod transaction;
pub mod verify;
