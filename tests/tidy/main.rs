//! Style and structure as tests: what a reviewer would otherwise have to look for.
mod layers;
mod layout;
mod migrations;
mod openapi;
mod problems;
mod schema;
mod sizes;
mod source;
mod sql;
mod words;
