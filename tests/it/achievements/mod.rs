//! Completed results: who may post them, what they are worth, and what becomes of them.

mod amounts;
mod attempts;
mod evidence;
mod feed;
mod kinds;
mod lookup;
mod repeats;
mod revisions;
mod revocation;
