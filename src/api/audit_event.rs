//! The audit trail, for auditors, and what a learner sees of it.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi};
use uuid::Uuid;

use super::listing::next_address;
use super::responses::ListProblems;
use crate::domain::ids::InstitutionId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::time::Instant;
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::cursor::{self, Page};
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::audit_event::{AuditEventView, Outcome, TrailPlace, ViewView, Wanted};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(list_audit_events, list_views))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/audit-events").route(web::get().to(list_audit_events)))
        .service(web::resource("/api/v1/me/views").route(web::get().to(list_views)));
}

/// Which events are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    /// Done by this actor: a client, a learner or a member of staff.
    #[param(value_type = Option<Uuid>)]
    actor_id: Option<String>,
    /// Concerning this learner.
    #[param(value_type = Option<Uuid>)]
    learner_id: Option<String>,
    /// Done for this institution.
    #[param(value_type = Option<Uuid>)]
    institution_id: Option<String>,
    /// What was done or tried, `<verb>_<resource>`.
    #[param(max_length = 64)]
    action: Option<String>,
    /// How it came out.
    #[param(value_type = Option<Outcome>)]
    outcome: Option<String>,
    /// What it concerned, as events write it: a kind, a space, an id.
    #[param(max_length = 128)]
    object: Option<String>,
    /// Done in this request.
    #[param(value_type = Option<Uuid>)]
    request_id: Option<String>,
    /// Not before this instant; a search that names neither actor, learner, object nor request goes back 31 days unless said.
    #[param(value_type = Option<Instant>)]
    since: Option<String>,
    /// Before this instant.
    #[param(value_type = Option<Instant>)]
    until: Option<String>,
    /// From `next`.
    cursor: Option<String>,
    /// 1 to 200, 50 unless said otherwise.
    limit: Option<i64>,
}

impl EventsQuery {
    fn wanted(&self) -> Result<Wanted, Invalid> {
        let id = |name: &str, text: &Option<String>| -> Result<Option<Uuid>, Invalid> {
            let parsed = text.as_deref().map(str::parse::<InstitutionId>).transpose();
            let wrong = |reason| Invalid::one(format!("/query/{name}"), reason);
            Ok(parsed.map_err(wrong)?.map(InstitutionId::uuid))
        };
        let instant = |name: &str, text: &Option<String>| -> Result<Option<Instant>, Invalid> {
            let wrong = || Invalid::one(format!("/query/{name}"), Reason::Format { expected: "RFC 3339 instant" });
            text.as_deref().map(str::parse).transpose().map_err(|_| wrong())
        };
        let word = |name: &str, text: &Option<String>, max: usize| -> Result<Option<String>, Invalid> {
            let fits = |text: &&String| {
                let own = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.' | '/' | '{' | '}');
                (1..=max).contains(&text.len()) && text.chars().all(own)
            };
            let expected = "a word of the audit trail";
            let wrong = || Invalid::one(format!("/query/{name}"), Reason::Format { expected });
            text.as_ref().map(|text| Some(text).filter(fits).cloned().ok_or_else(wrong)).transpose()
        };
        let outcome = self.outcome.as_deref().map(str::parse).transpose();
        Ok(Wanted {
            actor: id("actor_id", &self.actor_id)?,
            learner: id("learner_id", &self.learner_id)?,
            institution: id("institution_id", &self.institution_id)?,
            action: word("action", &self.action, 64)?,
            outcome: outcome.map_err(|_| Invalid::one("/query/outcome", Reason::Unknown))?,
            object: word("object", &self.object, 128)?,
            request: id("request_id", &self.request_id)?,
            since: instant("since", &self.since)?,
            until: instant("until", &self.until)?,
        })
    }
}

#[utoipa::path(
    get, path = "/api/v1/audit-events", operation_id = "list_audit_events", tag = "audit",
    summary = "Search the audit trail · 查询审计记录",
    description = "The latest first. A bureau sees what was done and tried for the institutions that answer to it; the one \
                   that answers to none also what was done for none, as log-ins and refusals of strangers. The search is an \
                   event itself. Repeats by the same actor from the same address within a minute are one event with their \
                   number in `times`. Events are written within a second and counted repeats within a minute.",
    params(EventsQuery),
    responses((status = 200, description = "A page", body = Page<AuditEventView>), ListProblems),
    security(("oauth2" = ["audit:read"]))
)]
async fn list_audit_events(
    app: Data<App>,
    Bearer(actor): Bearer,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = body::query::<EventsQuery>(&request)?;
    let wanted = query.wanted()?;
    let place = Trail::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let (service, after, rows) = (app.clone(), place.after, place.limit + 1);
    let events = blocking(move || service.search_audit(&actor, &wanted, after, rows)).await?;
    Ok(place.respond(&app, &request, events, |event| TrailPlace { at: event.at.micros(), id: event.id }))
}

/// A page of what others saw and did.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ViewsQuery {
    /// From `next`.
    cursor: Option<String>,
    /// 1 to 200, 50 unless said otherwise.
    limit: Option<i64>,
}

#[utoipa::path(
    get, path = "/api/v1/me/views", operation_id = "list_views", tag = "audit",
    summary = "Who looked at the learner's data, or changed it · 谁查看或办理过我的信息",
    description = "The latest first, what the learner did itself left out. The institution is named; the person who acted \
                   for it is not.",
    params(ViewsQuery),
    responses((status = 200, description = "A page", body = Page<ViewView>), ListProblems),
    security(("session" = []))
)]
async fn list_views(app: Data<App>, Caller(actor): Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = body::query::<ViewsQuery>(&request)?;
    let learner = *actor.learner()?;
    let place = Trail::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let (service, after, rows) = (app.clone(), place.after, place.limit + 1);
    let views = blocking(move || service.views(&learner, after, rows)).await?;
    Ok(place.respond(&app, &request, views, |view| TrailPlace { at: view.at.micros(), id: view.id }))
}

/// Which page of a trail is wanted.
struct Trail {
    after: Option<TrailPlace>,
    limit: i64,
}

impl Trail {
    fn read(app: &App, request: &HttpRequest, limit: Option<i64>, cursor: Option<&str>) -> Result<Self, Invalid> {
        let limit = cursor::page_size(limit)?;
        let read = |cursor| {
            let position = cursor::decode(&app.keys, request.path(), cursor)?;
            let (at, id) = position.split_first_chunk::<8>().ok_or_else(cursor::wrong)?;
            let id = Uuid::from_slice(id).map_err(|_| cursor::wrong())?;
            Ok(TrailPlace { at: i64::from_be_bytes(*at), id })
        };
        Ok(Self { after: cursor.map(read).transpose()?, limit })
    }

    /// Answers the page that `rows` hold; one more than it has tells whether there is another.
    fn respond<R: Serialize>(
        &self,
        app: &App,
        request: &HttpRequest,
        mut rows: Vec<R>,
        place: impl Fn(&R) -> TrailPlace,
    ) -> HttpResponse {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| {
            let place = place(last);
            let position = [&place.at.to_be_bytes()[..], place.id.as_bytes()].concat();
            let cursor = cursor::encode(&app.keys, request.path(), &position);
            next_address(request.path(), request.query_string(), &cursor)
        });
        cursor::respond(&Page { items: rows, next })
    }
}
