//! API clients: made by an operator, proved by a secret of 256 random bits or by an assertion that they signed.

use zeroize::Zeroizing;

use super::App;
use super::assertion::said_client;
use super::client_key;
use super::error::{Error, Result};
use super::guesses::Trier;
use super::rate_limit::Lane;
use super::scope::{Scope, Scopes};
use crate::crypto::jwk::PublicKey;
use crate::domain::ids::{ClientId, InstitutionId};
use crate::domain::institution::InstitutionKind;
use crate::domain::time::Instant;
use crate::store::client::{self, ClientState, NewClient};
use crate::store::client_secret::{self, NewSecret};
use crate::store::conn::Conn;

/// A client just made; the secret is shown this once.
#[derive(Debug)]
pub struct MadeClient {
    /// Its id, which is also its `client_id` on the wire.
    pub id: ClientId,
    /// Its secret.
    pub secret: Zeroizing<String>,
    /// Its scopes.
    pub scopes: Scopes,
}

/// The scopes that a client of an institution of `kind` gets unless an operator says otherwise.
pub fn usual_scopes(kind: InstitutionKind) -> Scopes {
    use Scope::*;
    let common = [InstitutionsRead, ProgrammesRead, CatalogueRead, LedgerRead, RulesRead];
    let bureau: &[Scope] = &[
        InstitutionsWrite,
        AccreditationsWrite,
        CoursesRead,
        CatalogueWrite,
        LearnersRead,
        LearnersWrite,
        AchievementsRead,
        RulesWrite,
        RulesPublish,
        PlansRead,
        ConversionsRead,
        ConversionsDecide,
        CasesRead,
        CasesDecide,
        AwardsRead,
        AwardsWrite,
        FactsWrite,
    ];
    let school: &[Scope] = &[
        ProgrammesWrite,
        CoursesRead,
        CoursesWrite,
        LearnersRead,
        LearnersWrite,
        AchievementsRead,
        AchievementsWrite,
        RulesWrite,
        RulesPublish,
        PlansRead,
        ConversionsRead,
        ConversionsWrite,
        ConversionsDecide,
        CasesRead,
        CasesWrite,
        CasesDecide,
        AwardsRead,
        AwardsWrite,
        FactsWrite,
    ];
    let poster: &[Scope] = &[
        CoursesRead,
        LearnersWrite,
        AchievementsRead,
        AchievementsWrite,
        RulesWrite,
        ConversionsRead,
        ConversionsDecide,
        CasesRead,
        CasesDecide,
    ];
    let own = match kind {
        InstitutionKind::Bureau => bureau,
        InstitutionKind::SecondarySchool
        | InstitutionKind::TechnicianCollege
        | InstitutionKind::HigherVocationalCollege
        | InstitutionKind::University
        | InstitutionKind::OpenUniversity => school,
        InstitutionKind::AwardingBody | InstitutionKind::TrainingProvider | InstitutionKind::Enterprise => poster,
    };
    common.iter().chain(own).copied().collect()
}

/// How a client says who it is.
pub enum Proof {
    /// By its secret.
    Secret {
        /// Its id.
        id: String,
        /// Its secret.
        secret: Zeroizing<String>,
    },
    /// By a signed assertion.
    Assertion {
        /// Its id, where it stands beside the assertion.
        id: Option<String>,
        /// The JWT.
        jwt: String,
    },
}

impl Proof {
    /// The id that is said, whether there is such a client or not.
    pub fn said(&self) -> String {
        match self {
            Self::Secret { id, .. } => id.clone(),
            Self::Assertion { id, jwt } => {
                let within = said_client(jwt).unwrap_or_default();
                // What stands beside the assertion must say the same.
                if id.as_ref().is_none_or(|id| *id == within) { within } else { String::new() }
            }
        }
    }
}

/// What came of a proof.
#[derive(Debug)]
pub enum Proved {
    /// It is this client, which is active.
    Client(ClientId, ClientState),
    /// There is no such client, or it is not it.
    Nobody,
    /// Too many wrong proofs, or too many requests: seconds to wait.
    Wait(u32),
}

impl App {
    /// Makes a client for an institution, with a secret.
    pub fn make_client(&self, institution: InstitutionId, name: &str, scopes: Option<Scopes>) -> Result<MadeClient> {
        let id = ClientId::from_uuid(self.ids.id());
        let (secret, digest) = self.new_client_secret(id);
        let scopes = self.add_client(id, institution, name, scopes, |conn, now| {
            Ok(client_secret::insert(conn, &NewSecret { client: id, digest: &digest, at: now })?)
        })?;
        Ok(MadeClient { id, secret, scopes })
    }

    /// Makes a client for an institution that proves itself by its keys alone.
    pub fn make_client_with_keys(
        &self,
        institution: InstitutionId,
        name: &str,
        scopes: Option<Scopes>,
        keys: &[PublicKey],
    ) -> Result<(ClientId, Scopes)> {
        let id = ClientId::from_uuid(self.ids.id());
        let add = |conn: &mut Conn, now: Instant| client_key::add(conn, id, keys, now);
        Ok((id, self.add_client(id, institution, name, scopes, add)?))
    }

    fn add_client(
        &self,
        id: ClientId,
        institution: InstitutionId,
        name: &str,
        scopes: Option<Scopes>,
        credentials: impl Fn(&mut Conn, Instant) -> Result<()>,
    ) -> Result<Scopes> {
        let now = self.clock.now();
        self.db.write(|conn| {
            let kind = client::institution_kind(conn, institution)?.ok_or(Error::NotFound)?;
            let scopes = scopes.unwrap_or_else(|| usual_scopes(kind));
            client::insert(conn, &NewClient { id, institution, name, scopes: &scopes.to_string(), at: now })?;
            credentials(conn, now)?;
            self.note_change(conn, None, "create_client", &format!("client {id}"))?;
            Ok(scopes)
        })
    }

    /// The client that a proof is of, if it is right and the client is active. Unknown clients and wrong proofs cost the same
    /// work and get the same answer; too many of them from one address have to wait.
    pub fn prove_client(&self, proof: &Proof, address: &str) -> Result<Proved> {
        let said = proof.said();
        let (trier, now) = (Trier::new(&said, address), self.clock.now());
        if let Some(seconds) = self.guesses.wait(&trier, now) {
            return Ok(Proved::Wait(seconds));
        }
        let id = said.parse().unwrap_or(ClientId::from_uuid(uuid::Uuid::nil()));
        let state = self.db.read(|conn| client::state(conn, id))?.filter(|state| state.active);
        let right = match proof {
            Proof::Secret { secret, .. } => self.secret_holds(id, secret)?,
            Proof::Assertion { jwt, .. } => self.assertion_holds(id, state.is_some(), jwt)?,
        };
        let Some(state) = state.filter(|_| right) else {
            return Ok(self.guesses.wrong(&trier, now).map_or(Proved::Nobody, Proved::Wait));
        };
        self.guesses.right(&trier, now);
        match self.limits.take(self.settings.quotas, Lane::Interactive, id, now) {
            Ok(_) => Ok(Proved::Client(id, state)),
            Err(exhausted) => Ok(Proved::Wait(exhausted.wait)),
        }
    }
}
