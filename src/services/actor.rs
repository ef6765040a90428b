//! Who acts in a use case.

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
}

impl ClientActor {
    /// Refuses unless the token allows `scope`.
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(Error::Scope(scope)) }
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

/// A learner who is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LearnerActor {
    /// The learner.
    pub learner: LearnerId,
    /// The request.
    pub request: Uuid,
}
