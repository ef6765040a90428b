//! The key ring: one master key from outside the database, and the keys derived from it.
//!
//! The master key wraps each learner's data key and yields, by HKDF-SHA-256 (RFC 5869) under a label each, the keys of
//! the keyed digests: an attacker with the database alone can neither read nor search personal data.

use aws_lc_rs::{hkdf, hmac};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::digest::Hash;
use super::seal::{DataKey, KEY_LEN, SealBroken};
use crate::ports::IdSource;

/// What a keyed digest is for: each purpose has a key of its own, so digests never match across purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Uniqueness claims: references, evidence, identities, student numbers.
    Claim,
    /// Sameness of the content of a request.
    Content,
    /// Whole folded personal names.
    Name,
    /// Client secrets, activation codes, session ids.
    Secret,
    /// Cursors handed to clients.
    Cursor,
}

impl Purpose {
    const ALL: [Self; 5] = [Self::Claim, Self::Content, Self::Name, Self::Secret, Self::Cursor];

    fn label(self) -> &'static [u8] {
        match self {
            Self::Claim => b"xuefen/digest/claim/1",
            Self::Content => b"xuefen/digest/content/1",
            Self::Name => b"xuefen/digest/name/1",
            Self::Secret => b"xuefen/digest/secret/1",
            Self::Cursor => b"xuefen/digest/cursor/1",
        }
    }
}

/// Version of the master key and of the digest keys; stored beside what they made.
pub const KEY_VERSION: i64 = 1;

/// The keys of a running service.
pub struct KeyRing {
    wrap: DataKey,
    pepper: DataKey,
    digests: [hmac::Key; 5],
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(…)")
    }
}

/// A master key that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a master key is 64 hexadecimal digits")]
pub struct MasterKeyFormat;

impl KeyRing {
    /// Derives the ring from the master key, 64 hexadecimal digits (white space around them is allowed).
    pub fn from_hex(text: &str) -> Result<Self, MasterKeyFormat> {
        let bytes = Zeroizing::new(hex::decode(text.trim()).map_err(|_| MasterKeyFormat)?);
        if bytes.len() != KEY_LEN {
            return Err(MasterKeyFormat);
        }
        let derive = |label: &[u8]| {
            let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"xuefen").extract(&bytes);
            let mut out = Zeroizing::new([0; KEY_LEN]);
            prk.expand(&[label], hkdf::HKDF_SHA256)
                .and_then(|okm| okm.fill(out.as_mut()))
                .expect("32 bytes are within HKDF's limit");
            out
        };
        let data_key = |label: &[u8]| DataKey::from_bytes(derive(label).as_ref()).expect("derived keys have 32 bytes");
        Ok(Self {
            wrap: data_key(b"xuefen/wrap/1"),
            pepper: data_key(b"xuefen/pepper/1"),
            digests: Purpose::ALL.map(|purpose| hmac::Key::new(hmac::HMAC_SHA256, derive(purpose.label()).as_ref())),
        })
    }

    /// A fresh master key as text for a key file.
    pub fn generate_hex(ids: &dyn IdSource) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        ids.fill(bytes.as_mut());
        Zeroizing::new(hex::encode(bytes.as_ref()))
    }

    /// HMAC-SHA-256 over length-prefixed parts, under the key of `purpose`.
    pub fn digest(&self, purpose: Purpose, parts: &[&[u8]]) -> Hash {
        let mut context = hmac::Context::with_key(&self.digests[purpose as usize]);
        for part in parts {
            let length = u32::try_from(part.len()).expect("a digested part is far below 4 GiB");
            context.update(&length.to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
    }

    /// The secret mixed into every password hash.
    pub fn pepper(&self) -> &[u8] {
        self.pepper.bytes()
    }

    /// Wraps a learner's data key.
    pub fn wrap(&self, ids: &dyn IdSource, learner: Uuid, key: &DataKey) -> Vec<u8> {
        self.wrap.seal(ids, learner.as_bytes(), key.bytes())
    }

    /// Unwraps a learner's data key.
    pub fn unwrap(&self, learner: Uuid, wrapped: &[u8]) -> Result<DataKey, SealBroken> {
        DataKey::from_bytes(&Zeroizing::new(self.wrap.open(learner.as_bytes(), wrapped)?))
    }

    /// Seals a secret of the service itself (a signing key) under the master key.
    pub fn seal_own(&self, ids: &dyn IdSource, place: &str, plain: &[u8]) -> Vec<u8> {
        self.wrap.seal(ids, place.as_bytes(), plain)
    }

    /// Opens what [`KeyRing::seal_own`] made.
    pub fn open_own(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealBroken> {
        self.wrap.open(place.as_bytes(), sealed).map(Zeroizing::new)
    }
}

/// Compares in a time that does not depend on where the bytes differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemIds;

    fn ring() -> KeyRing {
        KeyRing::from_hex(&KeyRing::generate_hex(&SystemIds)).expect("generated keys are good")
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let ring = ring();
        assert_ne!(ring.digest(Purpose::Claim, &[b"x"]), ring.digest(Purpose::Name, &[b"x"]));
        assert_ne!(ring.digest(Purpose::Claim, &[b"ab", b"c"]), ring.digest(Purpose::Claim, &[b"a", b"bc"]));
    }

    #[test]
    fn a_wrapped_key_opens_for_its_learner_only() {
        let ring = ring();
        let key = DataKey::generate(&SystemIds);
        let (mine, other) = (SystemIds.id(), SystemIds.id());
        let wrapped = ring.wrap(&SystemIds, mine, &key);
        assert!(ring.unwrap(mine, &wrapped).is_ok());
        assert!(ring.unwrap(other, &wrapped).is_err());
        assert!(self::ring().unwrap(mine, &wrapped).is_err(), "another master key opens nothing");
    }

    #[test]
    fn malformed_master_keys_are_refused() {
        for text in ["", "00", &"g".repeat(64), &"0".repeat(63), &"0".repeat(66)] {
            assert!(KeyRing::from_hex(text).is_err());
        }
        assert!(KeyRing::from_hex(&format!("{}\n", "0".repeat(64))).is_ok());
    }
}
