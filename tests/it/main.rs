//! Black-box tests: the real server on each database, spoken to as institutions and learners speak to it.

mod support;

mod accreditations;
mod achievements;
mod activation;
mod append_only;
mod bad_input;
mod balances;
mod batch;
mod certificates;
mod command_line;
mod concurrency;
mod courses;
mod demo;
mod documents;
mod enrolments;
mod faults;
mod home;
mod idempotency;
mod institutions;
mod learners;
mod programmes;
mod roles;
mod secrets;
mod statement;
mod suspension;
mod tampering;
mod tokens;
mod trial_balance;
