//! Digests over length-prefixed fields.

use aws_lc_rs::digest::{Context, SHA256};

/// A 32-byte digest.
pub type Hash = [u8; 32];

/// Which algorithms made a row; the number is stored in the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// SHA-256 for chain and commitment, AES-256-GCM for sealing.
    International = 1,
}

impl Suite {
    /// The stored number.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The suite of a stored number, if this build knows it.
    pub fn from_number(number: i64) -> Option<Self> {
        (number == 1).then_some(Self::International)
    }
}

/// A digest in the making: every field is prefixed by its length (4 bytes, big-endian), so no two lists of fields
/// share a preimage.
pub struct Fields(Context);

impl Fields {
    /// Starts with the domain tag, which is a field itself.
    pub fn new(domain: &str) -> Self {
        let mut fields = Self(Context::new(&SHA256));
        fields.push(domain.as_bytes());
        fields
    }

    /// Appends one field, at most 4 GiB.
    pub fn push(&mut self, field: &[u8]) -> &mut Self {
        let length = u32::try_from(field.len()).expect("a hashed field is far below 4 GiB");
        self.0.update(&length.to_be_bytes());
        self.0.update(field);
        self
    }

    /// The digest.
    pub fn finish(self) -> Hash {
        self.0.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }
}

/// The plain SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Hash {
    aws_lc_rs::digest::digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_fields_changes_the_digest() {
        let digest = |parts: [&[u8]; 2]| {
            let mut fields = Fields::new("test");
            fields.push(parts[0]).push(parts[1]);
            fields.finish()
        };
        assert_ne!(digest([b"ab", b"c"]), digest([b"a", b"bc"]));
    }

    #[test]
    fn sha256_of_abc_is_the_published_vector() {
        // FIPS 180-4, example "abc".
        assert_eq!(hex::encode(sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
