//! A client proves itself by a signed assertion: `private_key_jwt` (RFC 7523, OpenID Connect Core, section 9).

use serde::{Deserialize, Deserializer};

use super::App;
use super::client_key::standing;
use super::error::Result;
use crate::crypto::digest::sha256;
use crate::crypto::jwk::{KeyAlgorithm, PublicKey};
use crate::domain::ids::ClientId;
use crate::domain::time::Instant;
use crate::store::client_key;

/// Longest assertion that is looked at, bytes.
pub const ASSERTION_MAX: usize = 6 * 1024;
/// How far ahead an assertion may run out, seconds.
pub const ASSERTION_SECONDS: i64 = 300;
/// How far a client's clock may be ahead, seconds.
const SKEW_SECONDS: i64 = 30;
/// Longest `jti`, bytes.
const JTI_MAX: usize = 256;
/// Types of JWT that an assertion may say it is; never that of an access token.
const TYPES: &[&str] = &["JWT", "client-authentication+jwt"];

/// What an assertion says.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    #[serde(deserialize_with = "one_or_more")]
    aud: Vec<String>,
    jti: String,
    #[serde(deserialize_with = "seconds")]
    exp: i64,
    #[serde(default, deserialize_with = "seconds_or_none")]
    iat: Option<i64>,
    #[serde(default, deserialize_with = "seconds_or_none")]
    nbf: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
}

/// A NumericDate (RFC 7519): parts of a second are dropped.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let whole = number.as_i64().or_else(|| number.as_f64().filter(|n| n.abs() < 1e15).map(|n| n.floor() as i64));
    whole.ok_or_else(|| serde::de::Error::custom("no date"))
}

fn seconds_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<i64>, D::Error> {
    seconds(deserializer).map(Some)
}

/// What can be told of an assertion before its signature is verified. Nothing of it counts yet.
struct Outside {
    kid: Option<String>,
    algorithm: KeyAlgorithm,
}

fn outside(jwt: &str) -> Option<Outside> {
    let header = jsonwebtoken::decode_header(jwt).ok()?;
    if header.crit.is_some() || header.typ.as_deref().is_some_and(|typ| !TYPES.contains(&typ)) {
        return None;
    }
    let name = format!("{:?}", header.alg);
    let algorithm = KeyAlgorithm::ALL.into_iter().find(|known| known.as_str() == name)?;
    Some(Outside { kid: header.kid, algorithm })
}

/// The client that an assertion says it comes from; nothing is proved by that.
pub(super) fn said_client(jwt: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Said {
        sub: String,
    }
    if jwt.len() > ASSERTION_MAX {
        return None;
    }
    jsonwebtoken::dangerous::insecure_decode::<Said>(jwt).ok().map(|said| said.claims.sub)
}

/// Whether the claims are those of `client`, for one of `audiences`, at `now` (seconds).
fn holds(claims: &Claims, client: ClientId, audiences: &[String], now: i64) -> bool {
    let own = client.to_string();
    let named = claims.iss == own && claims.sub == own;
    // An assertion that is for somebody else as well could be used by them here.
    let meant = !claims.aud.is_empty() && claims.aud.iter().all(|aud| audiences.contains(aud));
    let begun = [claims.iat, claims.nbf].into_iter().flatten().all(|at| at <= now + SKEW_SECONDS);
    let short =
        claims.exp - now <= ASSERTION_SECONDS && claims.iat.is_none_or(|at| claims.exp - at <= ASSERTION_SECONDS);
    let once = (1..=JTI_MAX).contains(&claims.jti.len());
    named && meant && begun && short && once && claims.exp > now
}

impl App {
    /// Whether `jwt` is an assertion of `client`, not used before; it is used up by this. An unknown client or key costs the
    /// same signature check.
    pub(super) fn assertion_holds(&self, client: ClientId, known: bool, jwt: &str) -> Result<bool> {
        if jwt.len() > ASSERTION_MAX {
            return Ok(false);
        }
        let Some(outside) = outside(jwt) else { return Ok(false) };
        let keys = self.db.read(|conn| standing(conn, client))?;
        let mut named = keys.iter().filter(|key| outside.kid.as_ref().is_none_or(|kid| *kid == key.kid));
        // Without a `kid` it must be clear which key is meant.
        let key = match (named.next(), named.next()) {
            (Some(key), None) => Some(key),
            _ => None,
        };
        let nobody = PublicKey::of_nobody(outside.algorithm);
        let claims: Option<Claims> = key.unwrap_or(&nobody).claims(jwt);
        let now = self.clock.now();
        let holds = |claims: &Claims| holds(claims, client, &self.assertion_audiences(), now.micros() / 1_000_000);
        let Some(claims) = claims.filter(|claims| known && key.is_some() && holds(claims)) else { return Ok(false) };
        let digest = sha256(claims.jti.as_bytes());
        let expires = Instant::from_micros(claims.exp * 1_000_000);
        self.db.write(|conn| Ok(client_key::use_assertion(conn, client, &digest, expires)?))
    }

    /// Whom an assertion may be meant for: the issuer (the service itself) or its token endpoint.
    fn assertion_audiences(&self) -> [String; 2] {
        let base = &self.settings.base_url;
        [base.clone(), format!("{base}/oauth/token")]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_the_clients_own_short_and_for_us() {
        let id = ClientId::from_uuid(uuid::Uuid::from_u128(7));
        let (own, now) = (id.to_string(), 1_800_000_000_i64);
        let audiences = ["https://bank.example".to_owned(), "https://bank.example/oauth/token".to_owned()];
        let good = json!({"iss": own, "sub": own, "aud": audiences[1], "jti": "1", "exp": now + 300, "iat": now});
        let judge = |name: &str, value: serde_json::Value| {
            let mut claims = good.clone();
            if value.is_null() {
                claims.as_object_mut().expect("an object").remove(name)
            } else {
                claims.as_object_mut().expect("an object").insert(name.to_owned(), value)
            };
            serde_json::from_value::<Claims>(claims).is_ok_and(|claims| holds(&claims, id, &audiences, now))
        };
        assert!(judge("jti", json!("another")));
        assert!(judge("aud", json!(audiences[0])) && judge("aud", json!([audiences[0], audiences[1]])));
        assert!(judge("iat", json!(null)) && judge("iat", json!(now + 30)) && judge("nbf", json!(now)));
        assert!(judge("exp", json!(now as f64 + 60.5)));
        for (name, value) in [
            ("iss", json!("somebody")),
            ("sub", json!("somebody")),
            ("iss", json!(null)),
            ("aud", json!(null)),
            ("aud", json!([])),
            ("aud", json!("https://elsewhere.example")),
            ("aud", json!([audiences[0], "https://elsewhere.example"])),
            ("aud", json!("https://bank.example/")),
            ("jti", json!(null)),
            ("jti", json!("")),
            ("jti", json!("j".repeat(JTI_MAX + 1))),
            ("exp", json!(null)),
            ("exp", json!(now)),
            ("exp", json!(now + 301)),
            ("exp", json!("soon")),
            ("iat", json!(now + 31)),
            ("iat", json!(now - 1)),
            ("nbf", json!(now + 31)),
        ] {
            assert!(!judge(name, value.clone()), "{name}: {value}");
        }
    }
}
