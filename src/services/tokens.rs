//! Access tokens: RFC 9068 `at+jwt`, signed with Ed25519, 15 minutes at most.
//!
//! Only the result of a signature check and the client's state are remembered, the latter for a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::scope::Scopes;
use crate::crypto::digest::{Hash, sha256};
use crate::crypto::signing::{SigningKey, jwk_x};
use crate::domain::ids::{ClientId, InstitutionId};
use crate::domain::time::Instant;
use crate::store::client::{self, ClientState};
use crate::store::error::StoreError;

/// Life of a token, seconds.
pub const TOKEN_SECONDS: i64 = 900;
/// How long a client's state may be remembered, microseconds: revocation takes effect within a second.
const STATE_MICROS: i64 = 1_000_000;
/// Tokens remembered; beyond it all are forgotten and verified again.
const REMEMBERED_MAX: usize = 10_000;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    client_id: Uuid,
    jti: Uuid,
    iat: i64,
    exp: i64,
    scope: String,
    /// The client's epoch: revoking a client or its tokens moves it on.
    epoch: i64,
}

#[derive(Debug, Clone, Copy)]
struct Remembered {
    actor: ClientActor,
    expires: i64,
    state_read_at: Instant,
}

/// A key that tokens are signed or verified with.
struct Key {
    kid: String,
    public: Vec<u8>,
    signing: Option<EncodingKey>,
    verifying: DecodingKey,
}

/// Signing keys and what has been verified lately.
pub struct Tokens {
    keys: RwLock<Arc<Vec<Key>>>,
    remembered: Mutex<HashMap<Hash, Remembered>>,
}

/// A token just issued.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Issued {
    /// The JWT.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds it is valid for.
    pub expires_in: i64,
    /// The scopes it carries.
    pub scope: String,
}

/// A public key of the service (RFC 7517, RFC 8037).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: &'static str,
    /// Always `Ed25519`.
    pub crv: &'static str,
    /// The public key, base64url.
    pub x: String,
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// Always `EdDSA`.
    pub alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub use_: &'static str,
}

impl Tokens {
    /// Keys in order of preference: the first one that can sign signs.
    pub fn new(keys: Vec<(String, Vec<u8>, Option<SigningKey>)>) -> Self {
        let keys = keys
            .into_iter()
            .filter_map(|(kid, public, private)| {
                let verifying = DecodingKey::from_ed_components(&jwk_x(&public)).ok()?;
                let signing = private.map(|key| EncodingKey::from_ed_der(&key.private));
                Some(Key { kid, public, signing, verifying })
            })
            .collect();
        Self { keys: RwLock::new(Arc::new(keys)), remembered: Mutex::default() }
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The public keys, for `/.well-known/jwks.json`.
    pub fn jwks(&self) -> Vec<Jwk> {
        let jwk = |key: &Key| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            x: jwk_x(&key.public),
            kid: key.kid.clone(),
            alg: "EdDSA",
            use_: "sig",
        };
        self.keys().iter().map(jwk).collect()
    }

    /// The actor of a token that was verified before and whose client was looked at within the last second.
    pub fn remembered(&self, token: &str, now: Instant) -> Option<ClientActor> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let found = remembered.get(&sha256(token.as_bytes()))?;
        let fresh = now.micros() - found.state_read_at.micros() < STATE_MICROS && found.state_read_at <= now;
        (fresh && now.micros() / 1_000_000 < found.expires).then_some(found.actor)
    }
}

impl App {
    /// Issues a token to a client that proved its secret; `wanted` narrows its scopes.
    pub fn issue_token(&self, client_id: &str, secret: &str, wanted: Option<&str>) -> Result<Option<Issued>> {
        let Some((id, state)) = self.prove_client(client_id, secret)? else { return Ok(None) };
        let own = client_scopes(&state)?;
        let scopes = match wanted {
            None => own,
            Some(text) => match Scopes::parse(text).map(|wanted| wanted.intersection(own)) {
                Some(granted) if !granted.is_empty() => granted,
                _ => return Err(Error::Forbidden),
            },
        };
        let now = self.clock.now().micros() / 1_000_000;
        let claims = Claims {
            iss: self.settings.base_url.clone(),
            aud: self.settings.base_url.clone(),
            sub: id.uuid(),
            client_id: id.uuid(),
            jti: self.ids.id(),
            iat: now,
            exp: now + TOKEN_SECONDS,
            scope: scopes.to_string(),
            epoch: state.auth_epoch,
        };
        let keys = self.tokens.keys();
        let Some((key, signing)) = keys.iter().find_map(|key| Some((key, key.signing.as_ref()?))) else {
            return Err(Error::Unavailable);
        };
        let header = Header { typ: Some("at+jwt".into()), kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let access_token = jsonwebtoken::encode(&header, &claims, signing).map_err(|_| Error::Unavailable)?;
        Ok(Some(Issued { access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS, scope: claims.scope }))
    }

    /// The client that a token was issued to, if it is good and the client still is.
    pub fn authenticate(&self, token: &str) -> Result<ClientActor> {
        let claims = self.verify_token(token)?;
        let now = self.clock.now();
        let state: Option<ClientState> =
            self.db.read(|conn| client::state(conn, ClientId::from_uuid(claims.client_id)))?;
        let state = state.filter(|s| s.active && s.auth_epoch == claims.epoch).ok_or(Error::Unauthenticated)?;
        let granted = Scopes::parse(&claims.scope).ok_or(Error::Unauthenticated)?;
        let actor = ClientActor {
            client: ClientId::from_uuid(claims.client_id),
            institution: InstitutionId::from_uuid(state.institution.uuid()),
            kind: state.institution_kind,
            scopes: granted.intersection(client_scopes(&state)?),
            request: Uuid::nil(),
        };
        let mut remembered = self.tokens.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        let entry = Remembered { actor, expires: claims.exp, state_read_at: now };
        remembered.insert(sha256(token.as_bytes()), entry);
        Ok(actor)
    }

    fn verify_token(&self, token: &str) -> Result<Claims> {
        let refuse = |_| Error::Unauthenticated;
        let header = jsonwebtoken::decode_header(token).map_err(refuse)?;
        if header.typ.as_deref() != Some("at+jwt") {
            return Err(Error::Unauthenticated);
        }
        let keys = self.tokens.keys();
        let key = keys.iter().find(|key| Some(&key.kid) == header.kid.as_ref()).ok_or(Error::Unauthenticated)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = 0;
        validation.validate_exp = false; // against the injected clock, below
        validation.set_audience(&[&self.settings.base_url]);
        validation.set_issuer(&[&self.settings.base_url]);
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &validation).map_err(refuse)?.claims;
        let now = self.clock.now().micros() / 1_000_000;
        if claims.exp <= now || claims.exp - claims.iat > TOKEN_SECONDS {
            return Err(Error::Unauthenticated);
        }
        Ok(claims)
    }
}

fn client_scopes(state: &ClientState) -> Result<Scopes> {
    Scopes::parse(&state.scopes).ok_or_else(|| StoreError::broken("a client has an unknown scope").into())
}
