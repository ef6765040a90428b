//! Who the caller is.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor, LearnerActor};
use super::error::{Error, Result};
use super::learner::{DocumentView, document};
use super::scope::Scope;
use super::sealing;
use crate::domain::ids::{InstitutionId, LearnerId};
use crate::domain::institution::InstitutionKind;
use crate::store::{institution, learner, learner_identity};

/// The caller as the bank knows it.
#[derive(Clone, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Me)]
pub enum MeView {
    /// A learner who is logged in.
    Learner(LearnerMe),
    /// A program of an institution.
    Client(ClientMe),
}

/// A learner as it sees itself.
#[derive(Clone, Serialize, ToSchema)]
pub struct LearnerMe {
    /// Its id.
    pub id: LearnerId,
    /// Its account number.
    pub account_no: String,
    /// Its present name.
    pub name: Option<String>,
    /// The document the account was opened with.
    pub id_document: Option<DocumentView>,
}

/// A client as it sees itself.
#[derive(Clone, Serialize, ToSchema)]
pub struct ClientMe {
    /// Its id.
    pub id: Uuid,
    /// The institution it acts for.
    pub institution: InstitutionMe,
    /// What this token allows.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Scope>,
}

/// The institution that a client acts for.
#[derive(Clone, Serialize, ToSchema)]
pub struct InstitutionMe {
    /// Its id.
    pub id: InstitutionId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: InstitutionKind,
}

impl App {
    /// Who the caller is.
    pub fn me(&self, actor: &Actor) -> Result<MeView> {
        match actor {
            Actor::Learner(actor) => self.learner_me(actor).map(MeView::Learner),
            Actor::Client(actor) => self.client_me(actor).map(MeView::Client),
        }
    }

    fn learner_me(&self, actor: &LearnerActor) -> Result<LearnerMe> {
        let id = actor.learner.uuid();
        self.db.read(|conn| {
            let account = learner::of_ids(conn, &[id])?.remove(&id).ok_or(Error::NotFound)?;
            let key = self.learner_key(conn, id)?;
            let names = learner_identity::names(conn, &[id])?;
            let identities = learner_identity::identities(conn, &[id])?;
            let present = names.iter().find(|name| name.ended_at.is_none()).zip(key.as_ref());
            let name = present.map(|(name, key)| sealing::open(key, id, name.id, &name.sealed)).transpose()?;
            let id_document = identities.first().zip(key.as_ref()).map(|(row, key)| document(row, key)).transpose()?;
            Ok(LearnerMe { id: actor.learner, account_no: account.account_no, name, id_document })
        })
    }

    fn client_me(&self, actor: &ClientActor) -> Result<ClientMe> {
        let row = self.db.read(|conn| institution::get(conn, actor.institution))?.ok_or(Error::NotFound)?;
        let scopes = Scope::ALL.iter().copied().filter(|scope| actor.scopes.contains(*scope)).collect();
        let institution = InstitutionMe { id: row.id, name: row.name, kind: row.kind };
        Ok(ClientMe { id: actor.client.uuid(), institution, scopes })
    }
}
