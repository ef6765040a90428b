//! The audit trail as auditors search it, and as a learner sees who looked.

use std::collections::HashMap;
use std::str::FromStr;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{ClientActor, LearnerActor};
use super::error::{Error, Result};
use super::scope::Scope;
use crate::domain::ids::InstitutionId;
use crate::domain::text_enum::text_enum;
use crate::domain::time::Instant;
use crate::ledger::audit_chain::AuditEvent;
use crate::ledger::transaction::ActorKind;
pub use crate::store::audit::TrailPlace;
use crate::store::audit::{self, Event, Filter};
use crate::store::error::StoreError;
use crate::store::institution;

/// How far back a search looks that names neither actor nor learner, object or request, and no beginning: 31 days.
pub const SEARCH_MICROS: i64 = 31 * 24 * 3600 * 1_000_000;

text_enum! {
    /// How it came out.
    pub enum Outcome {
        /// It was done.
        Done = "done" / "已完成",
        /// It was refused.
        Refused = "refused" / "已拒绝",
    }
}

/// What an auditor looks for; what is none does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Done by whom.
    pub actor: Option<Uuid>,
    /// On whom.
    pub learner: Option<Uuid>,
    /// For which institution.
    pub institution: Option<Uuid>,
    /// What, `<verb>_<resource>`.
    pub action: Option<String>,
    /// How it came out.
    pub outcome: Option<Outcome>,
    /// On what, `<kind> <id>`.
    pub object: Option<String>,
    /// In which request.
    pub request: Option<Uuid>,
    /// Not before.
    pub since: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
}

/// An event of the audit trail.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub struct AuditEventView {
    /// Its id.
    pub id: Uuid,
    /// When it happened, or happened first.
    pub at: Instant,
    /// What acted: a client, a member of staff, a learner, or the system itself.
    pub actor_kind: ActorKind,
    /// Who acted; null where nobody proved to be anybody.
    pub actor_id: Option<Uuid>,
    /// The institution it acted for.
    pub institution_id: Option<Uuid>,
    /// What was done or tried, `<verb>_<resource>`.
    pub action: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The learner whom it concerns.
    pub learner_id: Option<Uuid>,
    /// What it concerns: a kind and an id.
    pub object: Option<String>,
    /// The network address it came from.
    pub address: Option<String>,
    /// The request; the first, where several were counted together.
    pub request_id: Option<Uuid>,
    /// A code that says more.
    pub detail: Option<String>,
    /// How often it happened: repeats within a minute are counted in one event.
    pub times: i64,
}

/// That somebody saw or did something of the learner's.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = View)]
pub struct ViewView {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Instant,
    /// What acted: a client, a member of staff, or the system itself. Which person is not told.
    pub actor_kind: ActorKind,
    /// The institution it acted for; null for the service itself.
    pub institution: Option<ViewInstitution>,
    /// What was seen or done, `<verb>_<resource>`.
    pub action: String,
    /// What it was about: a kind and an id.
    pub object: Option<String>,
}

/// An institution by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ViewInstitution {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

impl App {
    /// Searches the audit trail, the latest first, and is itself an event of it. A bureau sees what was done for the
    /// institutions that answer to it; the one that answers to none also what was done for none: by learners, strangers and
    /// the operator.
    pub fn search_audit(
        &self,
        actor: &ClientActor,
        wanted: &Wanted,
        after: Option<TrailPlace>,
        limit: i64,
    ) -> Result<Vec<AuditEventView>> {
        actor.require(Scope::AuditRead)?;
        actor.require_bureau()?;
        let now = self.clock.now().micros();
        let named =
            wanted.actor.is_some() || wanted.learner.is_some() || wanted.object.is_some() || wanted.request.is_some();
        let until = wanted.until.map_or(i64::MAX, Instant::micros);
        let far = if named { 0 } else { until.min(now).saturating_sub(SEARCH_MICROS) };
        let events = self.db.read(|conn| {
            let own = institution::get(conn, actor.institution)?.ok_or(Error::NotFound)?;
            let filter = Filter {
                of: institution::answering_to(conn, actor.institution)?,
                of_none: own.authority_id.is_none(),
                actor: wanted.actor,
                learner: wanted.learner,
                institution: wanted.institution,
                action: wanted.action.clone(),
                done: wanted.outcome.map(|outcome| outcome == Outcome::Done),
                object: wanted.object.clone(),
                request: wanted.request,
                since: wanted.since.map_or(far, Instant::micros),
                until,
            };
            Ok::<_, Error>(audit::search(conn, &filter, after, limit)?)
        })?;
        self.db.write(|conn| {
            // Whose trail was looked for, if anybody's: the learner sees that as well.
            let asked = wanted.learner.filter(|learner| events.iter().any(|event| event.learner == Some(*learner)));
            let event = Event { learner: asked, ..self.event(actor, "search_audit_events") };
            Ok::<_, Error>(audit::append(conn, &event)?)
        })?;
        events.into_iter().map(view).collect()
    }

    /// Who saw or did what of the learner's, the latest first; what it did itself is left out.
    pub fn views(&self, actor: &LearnerActor, after: Option<TrailPlace>, limit: i64) -> Result<Vec<ViewView>> {
        self.db.read(|conn| {
            let events = audit::of_learner(conn, actor.learner.uuid(), after, limit)?;
            let mut names: HashMap<Uuid, String> = HashMap::new();
            for id in events.iter().filter_map(|event| event.institution) {
                if !names.contains_key(&id)
                    && let Some(row) = institution::get(conn, InstitutionId::from_uuid(id))?
                {
                    names.insert(id, row.name);
                }
            }
            events
                .into_iter()
                .map(|event| {
                    let found = event.institution.and_then(|id| Some((id, names.get(&id)?.clone())));
                    Ok(ViewView {
                        id: event.id,
                        at: Instant::from_micros(event.at),
                        actor_kind: word(&event.actor_kind)?,
                        institution: found.map(|(id, name)| ViewInstitution { id, name }),
                        action: event.action,
                        object: event.object,
                    })
                })
                .collect()
        })
    }
}

fn view(event: AuditEvent) -> Result<AuditEventView> {
    Ok(AuditEventView {
        id: event.id,
        at: Instant::from_micros(event.at),
        actor_kind: word(&event.actor_kind)?,
        actor_id: event.actor,
        institution_id: event.institution,
        action: event.action,
        outcome: word(&event.outcome)?,
        learner_id: event.learner,
        object: event.object,
        address: event.address,
        request_id: event.request,
        detail: event.detail,
        times: event.times,
    })
}

fn word<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| StoreError::broken("an audit event has an unknown word").into())
}
