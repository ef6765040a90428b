//! Password hashing: argon2id (RFC 9106) with a pepper.
//!
//! Parameters as OWASP ASVS 5.0 11.4.2 asks: 64 MiB, 3 passes, 1 lane; about 130 ms on the reference machine, so
//! callers hash in a bounded pool.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::keys::KeyRing;
use crate::ports::IdSource;

/// Memory per hash, KiB: 64 MiB.
pub const MEMORY_KIB: u32 = 64 * 1024;
/// Passes over the memory.
pub const PASSES: u32 = 3;
/// Lanes: more give nothing on the reference machine.
pub const LANES: u32 = 1;
/// Longest password that is hashed, bytes; longer ones are refused before (ASVS 6.2.9 asks for at least 64 characters).
pub const PASSWORD_MAX_BYTES: usize = 512;

fn hasher(ring: &KeyRing) -> Argon2<'_> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants are within argon2's limits");
    Argon2::new_with_secret(ring.pepper(), Algorithm::Argon2id, Version::V0x13, params)
        .expect("the pepper is within argon2's limits")
}

/// The PHC string of `password` under a fresh salt.
pub fn hash(ring: &KeyRing, ids: &dyn IdSource, password: &str) -> String {
    let mut salt = [0; 16];
    ids.fill(&mut salt);
    let hash: PasswordHash = hasher(ring)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("passwords are bounded before they are hashed");
    hash.to_string()
}

/// Whether `password` is the one hashed; without a stored hash the same work is done and the answer is no, so an
/// unknown account costs as long as a wrong password.
pub fn verify(ring: &KeyRing, password: &str, stored: Option<&str>) -> bool {
    let known = stored.is_some();
    let text = stored.unwrap_or(NOBODY);
    let matches =
        PasswordHash::new(text).is_ok_and(|hash| hasher(ring).verify_password(password.as_bytes(), &hash).is_ok());
    matches && known
}

/// A well-formed hash with the same parameters that no password has.
const NOBODY: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemIds;

    #[test]
    fn the_right_password_under_the_right_pepper_only() {
        let ring = KeyRing::from_hex(&KeyRing::generate_hex(&SystemIds)).expect("good");
        let other = KeyRing::from_hex(&KeyRing::generate_hex(&SystemIds)).expect("good");
        let stored = hash(&ring, &SystemIds, "菊花 blooms in 1 city");
        assert!(stored.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{stored}");
        assert!(verify(&ring, "菊花 blooms in 1 city", Some(&stored)));
        assert!(!verify(&ring, "菊花 blooms in 2 cities", Some(&stored)));
        assert!(!verify(&other, "菊花 blooms in 1 city", Some(&stored)), "the pepper counts");
        assert!(!verify(&ring, "anything", None));
        assert!(PasswordHash::new(NOBODY).is_ok(), "the stand-in must be hashed against, not rejected early");
    }
}
