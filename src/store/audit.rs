//! The audit trail: who did or saw what, on whom, from where. Append-only.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};
use uuid::Uuid;

use super::book::insert;
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::ledger::audit_chain::AuditEvent;
use crate::ledger::transaction::ActorKind;

/// One event. Nothing in it may identify a learner but the id.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Its id, a UUIDv7.
    pub id: Uuid,
    /// The stream of this process.
    pub stream: Uuid,
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
    /// On what: `<kind> <id>` of the thing.
    pub object: Option<&'a str>,
    /// Whether it was done, or refused.
    pub done: bool,
    /// The network address it came from.
    pub address: Option<String>,
    /// The request.
    pub request: Option<Uuid>,
    /// A code that says more; never free text.
    pub detail: Option<&'a str>,
    /// How often it happened; more than once only where repeats of a minute are counted.
    pub times: i64,
}

/// How an outcome is written.
pub fn outcome(done: bool) -> &'static str {
    if done { "done" } else { "refused" }
}

/// Appends many events at once.
pub fn append_all(conn: &mut Conn, events: &[Event<'_>]) -> Result<()> {
    insert(
        conn,
        events,
        "INSERT INTO audit_event (id, stream, at, actor_kind, actor_id, institution_id, action, learner_id, object, \
         outcome, address, request_id, detail, times) VALUES ",
        "",
        |event| {
            vec![
                event.id.bind(),
                event.stream.bind(),
                event.at.bind(),
                event.actor_kind.as_str().bind(),
                event.actor.bind(),
                event.institution.bind(),
                event.action.bind(),
                event.learner.bind(),
                event.object.bind(),
                outcome(event.done).bind(),
                event.address.as_deref().bind(),
                event.request.bind(),
                event.detail.bind(),
                event.times.bind(),
            ]
        },
    )
}

/// Appends one event.
pub fn append(conn: &mut Conn, event: &Event<'_>) -> Result<()> {
    append_all(conn, std::slice::from_ref(event))
}

type RowSql = (
    (Id16, Id16, BigInt, Text, Nullable<Id16>, Nullable<Id16>, Text),
    (Nullable<Id16>, Nullable<Text>, Text, Nullable<Text>, Nullable<Id16>, Nullable<Text>, BigInt),
);
type Row = (
    (Key, Key, i64, String, Option<Key>, Option<Key>, String),
    (Option<Key>, Option<String>, String, Option<String>, Option<Key>, Option<String>, i64),
);
const SELECT: &str = "SELECT id, stream, at, actor_kind, actor_id, institution_id, action, learner_id, object, outcome, \
     address, request_id, detail, times FROM audit_event WHERE ";

fn load(conn: &mut Conn, query: Hot<'_, RowSql>) -> Result<Vec<AuditEvent>> {
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let read = |row: Row| {
        let ((id, stream, at, actor_kind, actor, institution, action), rest) = row;
        let (learner, object, outcome, address, request, detail, times) = rest;
        AuditEvent {
            id: id.0,
            stream: stream.0,
            at,
            actor_kind,
            actor: actor.map(|key| key.0),
            institution: institution.map(|key| key.0),
            action,
            learner: learner.map(|key| key.0),
            object,
            outcome,
            address,
            request: request.map(|key| key.0),
            detail,
            times,
        }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The events of these ids, in no order.
pub fn of_ids(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<AuditEvent>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("id ").among(ids.iter().copied());
    load(conn, query)
}

/// Ids of a stream's events that were drawn after `after`, by id; at most `limit`.
pub fn ids_of_stream(conn: &mut Conn, stream: Uuid, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT id FROM audit_event WHERE stream = ");
    query.bind(stream).text(" AND id > ").bind(after).text(" ORDER BY id LIMIT ").bind(limit);
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|key| key.0).collect())
}

/// The first stream behind `after` that has events.
pub fn next_stream(conn: &mut Conn, after: Uuid) -> Result<Option<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT stream FROM audit_event WHERE stream > ");
    query.bind(after).text(" ORDER BY stream LIMIT 1");
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().map(|key| key.0))
}

/// How many events a stream has.
pub fn count_of_stream(conn: &mut Conn, stream: Uuid) -> Result<i64> {
    let mut query = Hot::<BigInt>::new("SELECT count(*) FROM audit_event WHERE stream = ");
    query.bind(stream);
    let rows: Vec<i64> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().copied().unwrap_or(0))
}

/// A place in the trail, the latest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrailPlace {
    /// When, UTC microseconds.
    pub at: i64,
    /// Which.
    pub id: Uuid,
}

/// Which events are looked for. What is none does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of these institutions.
    pub of: Vec<Uuid>,
    /// And of none.
    pub of_none: bool,
    /// Done by whom.
    pub actor: Option<Uuid>,
    /// On whom.
    pub learner: Option<Uuid>,
    /// For which institution.
    pub institution: Option<Uuid>,
    /// What.
    pub action: Option<String>,
    /// Whether it was done, or refused.
    pub done: Option<bool>,
    /// On what.
    pub object: Option<String>,
    /// In which request.
    pub request: Option<Uuid>,
    /// Not before, UTC microseconds.
    pub since: i64,
    /// Before, UTC microseconds.
    pub until: i64,
}

/// Up to `limit` events that fit, the latest first, behind a place.
pub fn search(conn: &mut Conn, filter: &Filter, after: Option<TrailPlace>, limit: i64) -> Result<Vec<AuditEvent>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("at >= ").bind(filter.since).text(" AND at < ").bind(filter.until);
    // As a case, so that no plan gathers and sorts the events of every institution to show the latest.
    query.text(" AND CASE WHEN institution_id IS NULL THEN ").text(if filter.of_none { "1 = 1" } else { "1 = 0" });
    query.text(" ELSE institution_id ").among(filter.of.iter().copied()).text(" END");
    if let Some(actor) = filter.actor {
        query.text(" AND actor_id = ").bind(actor);
    }
    if let Some(learner) = filter.learner {
        query.text(" AND learner_id = ").bind(learner);
    }
    if let Some(institution) = filter.institution {
        query.text(" AND institution_id = ").bind(institution);
    }
    if let Some(action) = &filter.action {
        // What names a thing narrows the search more than what was done: the plan goes by that.
        let narrow = filter.actor.or(filter.learner).or(filter.request).is_some() || filter.object.is_some();
        query.text(if narrow { " AND action || '' = " } else { " AND action = " }).bind(action.as_str());
    }
    if let Some(done) = filter.done {
        query.text(" AND outcome = ").bind(outcome(done));
    }
    if let Some(object) = &filter.object {
        query.text(" AND object = ").bind(object.as_str());
    }
    if let Some(request) = filter.request {
        query.text(" AND request_id = ").bind(request);
    }
    latest_first(query, conn, after, limit)
}

/// Up to `limit` events in which others saw or did something of a learner's, the latest first, behind a place.
pub fn of_learner(conn: &mut Conn, learner: Uuid, after: Option<TrailPlace>, limit: i64) -> Result<Vec<AuditEvent>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("learner_id = ").bind(learner).text(" AND actor_kind <> 'learner' AND outcome = 'done'");
    latest_first(query, conn, after, limit)
}

fn latest_first(
    mut query: Hot<'_, RowSql>,
    conn: &mut Conn,
    after: Option<TrailPlace>,
    limit: i64,
) -> Result<Vec<AuditEvent>> {
    if let Some(place) = after {
        query.text(" AND (at, id) < (").bind(place.at).text(", ").bind(place.id).text(")");
    }
    query.text(" ORDER BY at DESC, id DESC LIMIT ").bind(limit);
    load(conn, query)
}
