//! Public keys of API clients as JSON Web Keys (RFC 7517, RFC 8037): which may be registered, and what a signature by one
//! proves. The key fixes the algorithm: neither `none` nor an HMAC with the public key as its secret is ever looked at.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::digest::sha256;

/// Largest JWK Set that is read, bytes: five RSA keys of 4096 bits with certificates have room.
pub const SET_MAX_BYTES: usize = 32 * 1024;
/// Most keys of one client that stand at once: rotation takes two.
pub const KEYS_MAX: usize = 5;
/// Longest `kid`, characters.
pub const KID_MAX: usize = 128;
/// Shortest and longest RSA modulus, bits.
pub const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// The only RSA exponent: 65537.
const RSA_EXPONENT: &str = "AQAB";
/// Members that only a private or a shared key has.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// What a key verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// Ed25519 (RFC 8032).
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl KeyAlgorithm {
    /// Every one, as `alg` names it.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// The name in `alg`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    fn jwt(self) -> Algorithm {
        match self {
            Self::EdDsa => Algorithm::EdDSA,
            Self::Es256 => Algorithm::ES256,
            Self::Rs256 => Algorithm::RS256,
        }
    }
}

/// A public key that can be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The client's own word for it; the thumbprint of RFC 7638 where the set gives none.
    pub kid: String,
    /// The one algorithm that it verifies.
    pub algorithm: KeyAlgorithm,
    /// Its required members as RFC 7638 writes them: one text for one key.
    pub members: String,
}

/// Why a key is not taken; `n` counts the keys of the set from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkFault {
    /// No JSON, or neither a key nor a set of keys.
    #[error("not a JWK or JWK Set (RFC 7517) of at most {SET_MAX_BYTES} bytes")]
    NotASet,
    /// None or too many.
    #[error("a JWK Set has 1 to {KEYS_MAX} keys")]
    Count,
    /// Two keys of the set have one id, or are one key.
    #[error("key {n}: the set has it twice")]
    Twice {
        /// Which.
        n: usize,
    },
    /// Something that must stay with the client.
    #[error(
        "key {n} is a private or shared key: register its public part alone, and make a new pair, since this one was shown"
    )]
    Private {
        /// Which.
        n: usize,
    },
    /// Another kind of key.
    #[error(
        "key {n}: Ed25519 (EdDSA), P-256 (ES256) and RSA (RS256) are taken, for signatures, with `alg` and `use` as such or left out"
    )]
    Unsupported {
        /// Which.
        n: usize,
    },
    /// A key whose members are no such key.
    #[error("key {n} is malformed")]
    Malformed {
        /// Which.
        n: usize,
    },
    /// An RSA key that is too small, too large or has an odd exponent.
    #[error("key {n}: RSA keys have 2048 to 4096 bits and the exponent 65537")]
    Weak {
        /// Which.
        n: usize,
    },
    /// An id that cannot be one.
    #[error("key {n}: `kid` has 1 to {KID_MAX} visible ASCII characters")]
    Kid {
        /// Which.
        n: usize,
    },
}

/// Reads a JWK Set, or a single JWK.
pub fn parse_set(text: &str) -> Result<Vec<PublicKey>, JwkFault> {
    if text.len() > SET_MAX_BYTES {
        return Err(JwkFault::NotASet);
    }
    let value: Value = serde_json::from_str(text).map_err(|_| JwkFault::NotASet)?;
    let single = [value.clone()];
    let keys = match value.get("keys") {
        Some(keys) => keys.as_array().ok_or(JwkFault::NotASet)?.as_slice(),
        None if value.get("kty").is_some() => &single,
        None => return Err(JwkFault::NotASet),
    };
    if keys.is_empty() || keys.len() > KEYS_MAX {
        return Err(JwkFault::Count);
    }
    let mut parsed: Vec<PublicKey> = Vec::with_capacity(keys.len());
    for (key, n) in keys.iter().zip(1..) {
        let key = parse(key, n)?;
        if parsed.iter().any(|other| other.kid == key.kid || other.members == key.members) {
            return Err(JwkFault::Twice { n });
        }
        parsed.push(key);
    }
    Ok(parsed)
}

fn parse(jwk: &Value, n: usize) -> Result<PublicKey, JwkFault> {
    let members = jwk.as_object().ok_or(JwkFault::Malformed { n })?;
    if PRIVATE.iter().any(|name| members.contains_key(*name)) {
        return Err(JwkFault::Private { n });
    }
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| {
        let decoded = text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        decoded.ok_or(JwkFault::Malformed { n })
    };
    let (algorithm, canonical) = match (text("kty"), text("crv")) {
        (Some("OKP"), Some("Ed25519")) => {
            check_point(&ED25519, &bytes("x")?, 32, n)?;
            (KeyAlgorithm::EdDsa, json!({"crv": "Ed25519", "kty": "OKP", "x": text("x")}))
        }
        (Some("EC"), Some("P-256")) => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            check_point(&ECDSA_P256_SHA256_FIXED, &point, if x.len() == 32 { 65 } else { 0 }, n)?;
            (KeyAlgorithm::Es256, json!({"crv": "P-256", "kty": "EC", "x": text("x"), "y": text("y")}))
        }
        (Some("RSA"), _) => {
            let modulus = bytes("n")?;
            let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
            let odd = modulus.last().is_some_and(|last| last % 2 == 1);
            let leads = modulus.first().is_some_and(|first| *first != 0);
            if !RSA_BITS.contains(&bits) || !odd || !leads || text("e") != Some(RSA_EXPONENT) {
                return Err(JwkFault::Weak { n });
            }
            (KeyAlgorithm::Rs256, json!({"e": RSA_EXPONENT, "kty": "RSA", "n": text("n")}))
        }
        _ => return Err(JwkFault::Unsupported { n }),
    };
    let said = |name: &str, meant: &str| jwk.get(name).is_none_or(|value| value.as_str() == Some(meant));
    let verifies = |ops: &Value| ops.as_array().is_some_and(|ops| ops.iter().any(|op| op == "verify"));
    if !said("use", "sig") || !said("alg", algorithm.as_str()) || !jwk.get("key_ops").is_none_or(verifies) {
        return Err(JwkFault::Unsupported { n });
    }
    let members = canonical.to_string();
    let kid = match jwk.get("kid") {
        None => URL_SAFE_NO_PAD.encode(sha256(members.as_bytes())),
        Some(kid) => kid.as_str().unwrap_or_default().to_owned(),
    };
    if !(1..=KID_MAX).contains(&kid.len()) || !kid.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(JwkFault::Kid { n });
    }
    Ok(PublicKey { kid, algorithm, members })
}

fn check_point(of: &'static dyn VerificationAlgorithm, bytes: &[u8], length: usize, n: usize) -> Result<(), JwkFault> {
    if bytes.len() != length || ParsedPublicKey::new(of, bytes).is_err() {
        return Err(JwkFault::Malformed { n });
    }
    Ok(())
}

impl PublicKey {
    /// The key that was registered as these members.
    pub fn stored(kid: &str, algorithm: &str, members: &str) -> Option<Self> {
        let algorithm = KeyAlgorithm::ALL.into_iter().find(|known| known.as_str() == algorithm)?;
        Some(Self { kid: kid.to_owned(), algorithm, members: members.to_owned() })
    }

    /// A key of the same kind as `like` that nobody holds: verifying against it costs what a wrong signature costs.
    pub fn of_nobody(like: KeyAlgorithm) -> Self {
        let members = match like {
            // RFC 8037, appendix A.2.
            KeyAlgorithm::EdDsa => {
                json!({"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
            }
            // RFC 7515, appendix A.3.
            KeyAlgorithm::Es256 => json!({
                "crv": "P-256", "kty": "EC",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            }),
            KeyAlgorithm::Rs256 => {
                json!({"e": RSA_EXPONENT, "kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0xC3; 256])})
            }
        };
        Self { kid: String::new(), algorithm: like, members: members.to_string() }
    }

    fn verifying(&self) -> Option<DecodingKey> {
        let members: Value = serde_json::from_str(&self.members).ok()?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
        match self.algorithm {
            KeyAlgorithm::EdDsa => DecodingKey::from_ed_components(text("x")),
            KeyAlgorithm::Es256 => DecodingKey::from_ec_components(text("x"), text("y")),
            KeyAlgorithm::Rs256 => DecodingKey::from_rsa_components(text("n"), text("e")),
        }
        .ok()
    }

    /// The claims of `jwt` if this key signed it, with its own algorithm. The claims themselves are not judged.
    pub fn claims<T: DeserializeOwned>(&self, jwt: &str) -> Option<T> {
        let mut validation = Validation::new(self.algorithm.jwt());
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Some(jsonwebtoken::decode(jwt, &self.verifying()?, &validation).ok()?.claims)
    }
}

#[cfg(test)]
#[path = "jwk_tests.rs"]
mod tests;
