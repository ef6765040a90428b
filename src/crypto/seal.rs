//! Authenticated encryption of personal data at rest (AES-256-GCM, NIST SP 800-38D).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::ports::IdSource;

/// Length of a data key, bytes.
pub const KEY_LEN: usize = 32;

/// A key that seals; its bytes are wiped when dropped.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; KEY_LEN]>);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// A sealed value that does not open: wrong key, wrong place or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed data does not open")]
pub struct SealBroken;

impl DataKey {
    /// A fresh random key.
    pub fn generate(ids: &dyn IdSource) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        ids.fill(bytes.as_mut());
        Self(bytes)
    }

    /// The key of these 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealBroken> {
        Ok(Self(Zeroizing::new(bytes.try_into().map_err(|_| SealBroken)?)))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    fn cipher(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.0.as_ref()).expect("a data key has 32 bytes"))
    }

    /// Nonce, ciphertext and tag of `plain`, bound to `place` (what row and column it belongs to).
    pub fn seal(&self, ids: &dyn IdSource, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        ids.fill(&mut nonce);
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .cipher()
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed[NONCE_LEN..])
            .expect("sealing fails only beyond 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`DataKey::seal`] made for the same place.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealBroken> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(SealBroken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealBroken)?;
        let mut body = body.to_vec();
        let length = self.cipher().open_in_place(nonce, Aad::from(place), &mut body).map_err(|_| SealBroken)?.len();
        body.truncate(length);
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemIds;

    #[test]
    fn what_is_sealed_opens_only_in_its_place() {
        let key = DataKey::generate(&SystemIds);
        let sealed = key.seal(&SystemIds, b"row 1", "林小满".as_bytes());
        assert_eq!(key.open(b"row 1", &sealed).expect("opens"), "林小满".as_bytes());
        assert_eq!(key.open(b"row 2", &sealed), Err(SealBroken));
        let mut changed = sealed.clone();
        *changed.last_mut().expect("not empty") ^= 1;
        assert_eq!(key.open(b"row 1", &changed), Err(SealBroken));
        assert_eq!(key.open(b"row 1", b"short"), Err(SealBroken));
        assert_ne!(sealed, key.seal(&SystemIds, b"row 1", "林小满".as_bytes()), "nonces never repeat");
    }
}
