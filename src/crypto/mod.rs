//! Algorithms behind one small door: digests, sealing, keyed digests, passwords, signing keys.
//!
//! The international suite (SHA-256, HMAC-SHA-256, AES-256-GCM, Ed25519, argon2id) by AWS-LC. What is at rest names the
//! suite it was made with, so another can stand beside it.

pub mod digest;
pub mod jwk;
pub mod keys;
pub mod password;
pub mod seal;
pub mod signing;
