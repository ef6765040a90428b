//! API clients: made by an operator, proved by a secret of 256 random bits.

use zeroize::Zeroizing;

use super::App;
use super::error::{Error, Result};
use super::scope::{Scope, Scopes};
use crate::crypto::keys::{Purpose, same};
use crate::domain::ids::{ClientId, InstitutionId};
use crate::domain::institution::InstitutionKind;
use crate::store::client::{self, ClientState, NewClient};

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

impl App {
    /// Makes a client for an institution.
    pub fn make_client(&self, institution: InstitutionId, name: &str, scopes: Option<Scopes>) -> Result<MadeClient> {
        let id = ClientId::from_uuid(self.ids.id());
        let mut bytes = Zeroizing::new([0_u8; 32]);
        self.ids.fill(bytes.as_mut());
        let secret = Zeroizing::new(hex::encode(bytes.as_ref()));
        let digest = self.secret_digest(id, &secret);
        let now = self.clock.now();
        let scopes = self.db.write(|conn| {
            let kind = client::institution_kind(conn, institution)?.ok_or(Error::NotFound)?;
            let scopes = scopes.unwrap_or_else(|| usual_scopes(kind));
            let new = NewClient { id, institution, name, secret_digest: &digest, scopes: &scopes.to_string(), at: now };
            client::insert(conn, &new)?;
            Ok::<_, Error>(scopes)
        })?;
        Ok(MadeClient { id, secret, scopes })
    }

    /// The client of an id and secret, if both are right and it is active.
    pub fn prove_client(&self, client_id: &str, secret: &str) -> Result<Option<(ClientId, ClientState)>> {
        let id = client_id.parse().unwrap_or(ClientId::from_uuid(uuid::Uuid::nil()));
        let state = self.db.read(|conn| client::state(conn, id))?;
        let digest = self.secret_digest(id, secret);
        // The comparison is made for unknown clients too, so that both refusals cost the same.
        let stored = state.as_ref().map_or(&[0; 32][..], |state| &state.secret_digest);
        let proved = same(stored, &digest);
        Ok(state.filter(|state| proved && state.active).map(|state| (id, state)))
    }

    fn secret_digest(&self, id: ClientId, secret: &str) -> [u8; 32] {
        self.keys.digest(Purpose::Secret, &[b"client", id.uuid().as_bytes(), secret.as_bytes()])
    }
}
