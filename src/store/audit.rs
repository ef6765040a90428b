//! The audit trail: who did or saw what, on whom, from where. Append-only.

use diesel::prelude::*;
use uuid::Uuid;

use super::book::insert;
use super::conn::Conn;
use super::error::Result;
use super::hot::IntoBind;
use super::schema::audit_event;
use super::types::Key;
use crate::ledger::transaction::ActorKind;

/// One event. Nothing in it may identify a learner but the id.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Its id, a UUIDv7.
    pub id: Uuid,
    /// When, UTC microseconds.
    pub at: i64,
    /// What the actor is.
    pub actor_kind: ActorKind,
    /// Who.
    pub actor: Option<Uuid>,
    /// For which institution.
    pub institution: Option<Uuid>,
    /// What was done, `<verb>_<resource>`.
    pub action: &'a str,
    /// On whom.
    pub learner: Option<Uuid>,
    /// On what: kind and id of the thing.
    pub object: Option<&'a str>,
    /// `done` or `refused`.
    pub outcome: &'a str,
    /// The network address it came from.
    pub address: Option<&'a str>,
    /// The request.
    pub request: Option<Uuid>,
    /// A code that says more; never free text.
    pub detail: Option<&'a str>,
}

/// Appends many events at once.
pub fn append_all(conn: &mut Conn, events: &[Event<'_>]) -> Result<()> {
    insert(
        conn,
        events,
        "INSERT INTO audit_event (id, at, actor_kind, actor_id, institution_id, action, learner_id, object, outcome, \
         address, request_id, detail) VALUES ",
        "",
        |event| {
            vec![
                event.id.bind(),
                event.at.bind(),
                event.actor_kind.as_str().bind(),
                event.actor.bind(),
                event.institution.bind(),
                event.action.bind(),
                event.learner.bind(),
                event.object.bind(),
                event.outcome.bind(),
                event.address.bind(),
                event.request.bind(),
                event.detail.bind(),
            ]
        },
    )
}

/// Appends one event.
pub fn append(conn: &mut Conn, event: &Event<'_>) -> Result<()> {
    diesel::insert_into(audit_event::table)
        .values((
            audit_event::id.eq(Key(event.id)),
            audit_event::at.eq(event.at),
            audit_event::actor_kind.eq(event.actor_kind.as_str()),
            audit_event::actor_id.eq(event.actor.map(Key)),
            audit_event::institution_id.eq(event.institution.map(Key)),
            audit_event::action.eq(event.action),
            audit_event::learner_id.eq(event.learner.map(Key)),
            audit_event::object.eq(event.object),
            audit_event::outcome.eq(event.outcome),
            audit_event::address.eq(event.address),
            audit_event::request_id.eq(event.request.map(Key)),
            audit_event::detail.eq(event.detail),
        ))
        .execute(conn)?;
    Ok(())
}
