//! Ed25519 signing keys (RFC 8032) for access tokens.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::digest::sha256;

/// A signing key pair with its key id.
pub struct SigningKey {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// The raw 32-byte public key.
    pub public: Vec<u8>,
    /// The private key, PKCS #8 version 1 DER.
    pub private: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A fresh key pair.
    pub fn generate() -> Self {
        let pair = Ed25519KeyPair::generate().expect("the system's random source never fails once seeded");
        let public = pair.public_key().as_ref().to_vec();
        let private = pair.to_pkcs8v1().expect("a generated key serialises").as_ref().to_vec();
        Self { kid: kid(&public), public, private: Zeroizing::new(private) }
    }
}

/// The public key in base64url, as a JWK's `x`.
pub fn jwk_x(public: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(public)
}

/// RFC 7638 thumbprint of an Ed25519 public key (members in the order of RFC 8037, section 2).
pub fn kid(public: &[u8]) -> String {
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, jwk_x(public));
    URL_SAFE_NO_PAD.encode(sha256(jwk.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        // RFC 8037, appendix A.3.
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("base64url");
        assert_eq!(kid(&x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
