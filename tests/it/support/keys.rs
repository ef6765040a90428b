//! Key pairs that a client keeps to itself, and what it signs with them: with any header and any claims, right or forged.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::clock::now;
use super::fresh;

/// A key pair.
pub enum Pair {
    /// Ed25519.
    Ed(Ed25519KeyPair),
    /// P-256.
    Ec(EcdsaKeyPair),
    /// RSA of 2048 bits.
    Rsa(RsaKeyPair),
}

/// Text of bytes as JWTs write them.
pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Pair {
    /// A new Ed25519 pair.
    pub fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().expect("a pair"))
    }

    /// A new P-256 pair.
    pub fn ec() -> Self {
        Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair"))
    }

    /// A new RSA pair.
    pub fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair"))
    }

    /// The algorithm that the key fixes.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    /// The public key as a JWK.
    pub fn jwk(&self, kid: &str) -> Value {
        let mut jwk = match self {
            Self::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key())}),
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..65])})
            }
            Self::Rsa(pair) => {
                // RSAPublicKey in DER: the modulus follows nine bytes of heads and its leading nought.
                json!({"kty": "RSA", "e": "AQAB", "n": b64(&pair.public_key().as_ref()[9..265])})
            }
        };
        jwk["kid"] = json!(kid);
        jwk["use"] = json!("sig");
        jwk
    }

    /// A JWT with this header and these claims, signed by this key whatever the header says.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
        let random = SystemRandom::new();
        let signature = match self {
            Self::Ed(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Self::Ec(pair) => pair.sign(&random, message.as_bytes()).expect("signs").as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).expect("signs");
                signature
            }
        };
        format!("{message}.{}", b64(signature))
    }

    /// A good assertion of `client` for the service at `base`.
    pub fn assertion(&self, kid: &str, client: &str, base: &str) -> String {
        self.sign(&self.header(kid), &claims(client, base))
    }

    /// The header of a good assertion.
    pub fn header(&self, kid: &str) -> Value {
        json!({"alg": self.algorithm(), "typ": "JWT", "kid": kid})
    }
}

/// The claims of a good assertion.
pub fn claims(client: &str, base: &str) -> Value {
    let now = now().timestamp();
    let jti = format!("{}-{}", std::process::id(), fresh::number());
    json!({"iss": client, "sub": client, "aud": base, "jti": jti, "iat": now, "exp": now + 60})
}
