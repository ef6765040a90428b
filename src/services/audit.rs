//! Writing to the audit trail: an event stands in the transaction of what it tells of, or falls with it.

use std::net::IpAddr;
use std::sync::Mutex;

use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor, LearnerActor};
use super::audit_notes::Notes;
use super::audit_sealing::Sealing;
use crate::ledger::transaction::ActorKind;
use crate::store::audit::Event;

/// This process's part of the audit trail.
#[derive(Debug)]
pub struct Trail {
    /// The stream that its events stand in, drawn when it started.
    pub stream: Uuid,
    /// What is counted and not yet written.
    pub notes: Notes,
    /// How far the stream is linked.
    pub(super) sealing: Mutex<Sealing>,
}

impl Trail {
    /// A trail in a stream of its own.
    pub fn new(stream: Uuid) -> Self {
        Self { stream, notes: Notes::default(), sealing: Mutex::default() }
    }
}

/// Who an event is by, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct By {
    /// What acts.
    pub kind: ActorKind,
    /// Who, where it was proved.
    pub actor: Option<Uuid>,
    /// For which institution.
    pub institution: Option<Uuid>,
    /// From where.
    pub address: Option<IpAddr>,
    /// In which request.
    pub request: Option<Uuid>,
}

impl By {
    /// The service itself, or its operator on the machine.
    pub const SYSTEM: Self =
        Self { kind: ActorKind::System, actor: None, institution: None, address: None, request: None };
}

impl From<&ClientActor> for By {
    fn from(client: &ClientActor) -> Self {
        Self {
            kind: ActorKind::Client,
            actor: Some(client.client.uuid()),
            institution: Some(client.institution.uuid()),
            address: client.address,
            request: Some(client.request),
        }
    }
}

impl From<&LearnerActor> for By {
    fn from(learner: &LearnerActor) -> Self {
        Self {
            kind: ActorKind::Learner,
            actor: Some(learner.learner.uuid()),
            institution: None,
            address: learner.address,
            request: Some(learner.request),
        }
    }
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Client(client) => client.into(),
            Actor::Learner(learner) => learner.into(),
        }
    }
}

impl App {
    /// An event of now that says `action` was done; whoever writes it adds on whom and on what.
    pub fn event<'a>(&self, by: impl Into<By>, action: &'a str) -> Event<'a> {
        let by = by.into();
        Event {
            id: self.ids.id(),
            stream: self.trail.stream,
            at: self.clock.now().micros(),
            actor_kind: by.kind,
            actor: by.actor,
            institution: by.institution,
            action,
            learner: None,
            object: None,
            done: true,
            address: by.address.map(|address| address.to_string()),
            request: by.request,
            detail: None,
            times: 1,
        }
    }
}
