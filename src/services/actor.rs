//! Who acts in a use case. Staff will be a further kind of actor: whatever needs a second person compares actors' ids.

use std::net::IpAddr;

use uuid::Uuid;

use super::error::{Error, Result};
use super::scope::{Scope, Scopes};
use crate::domain::ids::{ClientId, InstitutionId, LearnerId};
use crate::domain::institution::InstitutionKind;
use crate::ledger::transaction::{ActorKind, Author};

/// A program of an institution, proved by its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientActor {
    /// The client.
    pub client: ClientId,
    /// The institution it acts for: taken from the token, never from a body.
    pub institution: InstitutionId,
    /// What the institution is.
    pub kind: InstitutionKind,
    /// What the token allows.
    pub scopes: Scopes,
    /// The request.
    pub request: Uuid,
    /// The network address that the request came from.
    pub address: Option<IpAddr>,
}

impl ClientActor {
    /// Refuses unless the token allows `scope`.
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(Error::Scope(scope)) }
    }

    /// Refuses unless the token allows one of `scopes`.
    pub fn require_any(&self, scopes: &[Scope]) -> Result<()> {
        match scopes.first() {
            Some(first) if !scopes.iter().any(|scope| self.scopes.contains(*scope)) => Err(Error::Scope(*first)),
            _ => Ok(()),
        }
    }

    /// Refuses unless the client acts for a bureau.
    pub fn require_bureau(&self) -> Result<()> {
        if self.is_bureau() { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// Whether the client acts for a bureau.
    pub fn is_bureau(&self) -> bool {
        self.kind == InstitutionKind::Bureau
    }

    /// The author of what it posts.
    pub fn author(&self) -> Author {
        Author {
            kind: ActorKind::Client,
            id: self.client.uuid(),
            institution: self.institution.uuid(),
            request: self.request,
        }
    }
}

/// Who calls the API: a client, or a learner for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A program of an institution.
    Client(ClientActor),
    /// A learner who is logged in.
    Learner(LearnerActor),
}

impl Actor {
    /// Refuses unless a client's token allows `scope`. Learners need none for their own things, and others' things do not
    /// exist for them: [`Actor::require_self`].
    pub fn require(&self, scope: Scope) -> Result<()> {
        match self {
            Self::Client(client) => client.require(scope),
            Self::Learner(_) => Ok(()),
        }
    }

    /// The client; refuses a learner.
    pub fn client(&self) -> Result<&ClientActor> {
        match self {
            Self::Client(client) => Ok(client),
            Self::Learner(_) => Err(Error::Forbidden),
        }
    }

    /// The learner; refuses a client.
    pub fn learner(&self) -> Result<&LearnerActor> {
        match self {
            Self::Learner(learner) => Ok(learner),
            Self::Client(_) => Err(Error::Forbidden),
        }
    }

    /// For a learner, refuses unless `learner` is itself: nobody else exists for it. Says nothing about clients.
    pub fn require_self(&self, learner: LearnerId) -> Result<()> {
        match self {
            Self::Learner(own) if own.learner != learner => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// What kind of actor it is.
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::Client(_) => ActorKind::Client,
            Self::Learner(_) => ActorKind::Learner,
        }
    }

    /// Its id: what four eyes compare.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Client(client) => client.client.uuid(),
            Self::Learner(learner) => learner.learner.uuid(),
        }
    }

    /// The institution it acts for; none for a learner.
    pub fn institution(&self) -> Option<InstitutionId> {
        match self {
            Self::Client(client) => Some(client.institution),
            Self::Learner(_) => None,
        }
    }

    /// The request.
    pub fn request(&self) -> Uuid {
        match self {
            Self::Client(client) => client.request,
            Self::Learner(learner) => learner.request,
        }
    }

    /// The author of what it posts. What a learner posts stands at the institution it is addressed to.
    pub fn author(&self, addressed_to: InstitutionId) -> Author {
        let institution = self.institution().unwrap_or(addressed_to).uuid();
        Author { kind: self.kind(), id: self.id(), institution, request: self.request() }
    }
}

impl From<ClientActor> for Actor {
    fn from(client: ClientActor) -> Self {
        Self::Client(client)
    }
}

impl From<LearnerActor> for Actor {
    fn from(learner: LearnerActor) -> Self {
        Self::Learner(learner)
    }
}

/// A learner who is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LearnerActor {
    /// The learner.
    pub learner: LearnerId,
    /// The request.
    pub request: Uuid,
    /// The network address that the request came from.
    pub address: Option<IpAddr>,
}
