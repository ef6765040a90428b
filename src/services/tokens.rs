//! Access tokens: RFC 9068 `at+jwt`, signed with Ed25519, 15 minutes at most, revoked by their client (RFC 7009).
//!
//! What is remembered of a token, its client's state and that it is not revoked, is forgotten after a second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::clients::{Proof, Proved};
use super::error::{Error, Result};
use super::scope::Scopes;
use super::signing_keys::SigningKeys;
use crate::crypto::digest::{Hash, sha256};
use crate::domain::ids::ClientId;
use crate::domain::time::Instant;
use crate::store::client::{self, ClientState};
use crate::store::error::StoreError;
use crate::store::token_revocation;

/// Life of a token, seconds.
pub const TOKEN_SECONDS: i64 = 900;
/// Type of an access token (RFC 9068): nothing else is taken for one.
const TYP: &str = "at+jwt";
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

/// Signing keys and what has been verified lately.
#[derive(Default)]
pub struct Tokens {
    pub(super) keys: SigningKeys,
    remembered: Mutex<HashMap<Hash, Remembered>>,
}

/// What came of asking for a token.
#[derive(Debug)]
pub enum TokenAnswer {
    /// Here it is.
    Issued(Issued),
    /// There is no such client, or it is not it.
    Nobody,
    /// The client has none of the scopes.
    Scope,
    /// Too many requests or wrong proofs: seconds to wait.
    Wait(u32),
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

impl Tokens {
    /// The actor of a token that was verified before and whose client was looked at within the last second.
    pub fn remembered(&self, token: &str, now: Instant) -> Option<ClientActor> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let found = remembered.get(&sha256(token.as_bytes()))?;
        let fresh = now.micros() - found.state_read_at.micros() < STATE_MICROS && found.state_read_at <= now;
        (fresh && now.micros() / 1_000_000 < found.expires).then_some(found.actor)
    }
}

impl App {
    /// Issues a token to a client that proved who it is; `wanted` narrows its scopes.
    pub fn issue_token(&self, proof: &Proof, wanted: Option<&str>, address: &str) -> Result<TokenAnswer> {
        let (id, state) = match self.prove_client(proof, address)? {
            Proved::Client(id, state) => (id, state),
            Proved::Nobody => return Ok(TokenAnswer::Nobody),
            Proved::Wait(seconds) => return Ok(TokenAnswer::Wait(seconds)),
        };
        let own = client_scopes(&state)?;
        let scopes = match wanted {
            None => own,
            Some(text) => match Scopes::parse(text).map(|wanted| wanted.intersection(own)) {
                Some(granted) if !granted.is_empty() => granted,
                _ => return Ok(TokenAnswer::Scope),
            },
        };
        let now = self.clock.now();
        let seconds = now.micros() / 1_000_000;
        let claims = Claims {
            iss: self.settings.base_url.clone(),
            aud: self.settings.base_url.clone(),
            sub: id.uuid(),
            client_id: id.uuid(),
            jti: self.ids.id(),
            iat: seconds,
            exp: seconds + TOKEN_SECONDS,
            scope: scopes.to_string(),
            epoch: state.auth_epoch,
        };
        let keys = self.signing_keys()?;
        let key = keys.iter().find(|key| key.times.signs(now)).ok_or(Error::Unavailable)?;
        let header = Header { typ: Some(TYP.into()), kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let access_token = jsonwebtoken::encode(&header, &claims, &key.signing).map_err(|_| Error::Unavailable)?;
        let issued = Issued { access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS, scope: claims.scope };
        Ok(TokenAnswer::Issued(issued))
    }

    /// Revokes a token of the client that proved who it is (RFC 7009): from within a second on no process takes it. What is no
    /// token, no longer one, or somebody else's, is left as it is, and the answer tells nothing of it.
    pub fn revoke_token(&self, proof: &Proof, token: &str, address: &str) -> Result<Proved> {
        let proved = self.prove_client(proof, address)?;
        let Proved::Client(id, _) = &proved else { return Ok(proved) };
        let claims = match self.verify_token(token) {
            Ok(claims) if claims.client_id == id.uuid() => claims,
            Ok(_) | Err(Error::Unauthenticated) => return Ok(proved),
            Err(error) => return Err(error),
        };
        let (now, expires) = (self.clock.now(), Instant::from_micros(claims.exp * 1_000_000));
        self.db.write(|conn| Ok::<_, Error>(token_revocation::insert(conn, claims.jti, *id, now, expires)?))?;
        let mut remembered = self.tokens.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.remove(&sha256(token.as_bytes()));
        Ok(proved)
    }

    /// The client that a token was issued to, if it is good and the client still is.
    pub fn authenticate(&self, token: &str) -> Result<ClientActor> {
        let claims = self.verify_token(token)?;
        let now = self.clock.now();
        let id = ClientId::from_uuid(claims.client_id);
        // One snapshot; taken after `now`, so that what is remembered is never older than it says.
        let (state, revoked) = self
            .db
            .read(|conn| Ok::<_, Error>((client::state(conn, id)?, token_revocation::stands(conn, claims.jti)?)))?;
        let state = state.filter(|_| !revoked);
        let state = state.filter(|s| s.active && s.auth_epoch == claims.epoch).ok_or(Error::Unauthenticated)?;
        let granted = Scopes::parse(&claims.scope).ok_or(Error::Unauthenticated)?;
        let actor = ClientActor {
            client: id,
            institution: state.institution,
            kind: state.institution_kind,
            scopes: granted.intersection(client_scopes(&state)?),
            request: Uuid::nil(),
            address: None,
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
        if header.typ.as_deref() != Some(TYP) || header.crit.is_some() {
            return Err(Error::Unauthenticated);
        }
        let (keys, now) = (self.signing_keys()?, self.clock.now());
        let named = keys.iter().find(|key| Some(&key.kid) == header.kid.as_ref());
        let key = named.filter(|key| key.times.verifies(now)).ok_or(Error::Unauthenticated)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = 0;
        validation.validate_exp = false; // against the injected clock, below
        validation.set_audience(&[&self.settings.base_url]);
        validation.set_issuer(&[&self.settings.base_url]);
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &validation).map_err(refuse)?.claims;
        let now = now.micros() / 1_000_000;
        if claims.exp <= now || claims.exp - claims.iat > TOKEN_SECONDS {
            return Err(Error::Unauthenticated);
        }
        Ok(claims)
    }
}

fn client_scopes(state: &ClientState) -> Result<Scopes> {
    Scopes::parse(&state.scopes).ok_or_else(|| StoreError::broken("a client has an unknown scope").into())
}
