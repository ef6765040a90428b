//! Jobs: long work beside the service, with progress and a result.

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{GetProblems, JobStepProblems, ListProblems};
use crate::domain::ids::JobId;
use crate::domain::time::Instant;
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::cursor::Page;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::job::{JobKind, JobRow, JobState};

#[derive(OpenApi)]
#[openapi(paths(get_job, list_jobs, create_job_cancellation))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/jobs").route(web::get().to(list_jobs)))
        .service(web::resource("/api/v1/jobs/{id}").route(web::get().to(get_job)))
        .service(web::resource("/api/v1/jobs/{id}/cancellation").route(web::post().to(create_job_cancellation)));
}

/// A job and how far it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobBody {
    /// Its id.
    id: JobId,
    /// What it does.
    kind: JobKind,
    /// Where it stands.
    state: JobState,
    /// Enrolments looked at.
    done: i64,
    /// Enrolments in all; null until they have been counted.
    total: Option<i64>,
    /// Nothing written to the book after this instant is looked at.
    as_of: Instant,
    /// What was asked.
    #[schema(value_type = Object)]
    request: serde_json::Value,
    /// What came out, once it is done.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
    /// When it was asked for.
    created_at: Instant,
    /// When it was begun.
    started_at: Option<Instant>,
    /// When it ended, however.
    finished_at: Option<Instant>,
}

impl From<JobRow> for JobBody {
    fn from(row: JobRow) -> Self {
        let json = |text: String| serde_json::from_str(&text).unwrap_or_default();
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            done: row.done,
            total: row.total,
            as_of: row.watermark,
            request: json(row.request),
            result: row.result.map(json),
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

/// Answers that a job was taken into the queue.
pub(super) fn accepted(row: JobRow) -> HttpResponse {
    HttpResponse::Accepted().insert_header((LOCATION, format!("/api/v1/jobs/{}", row.id))).json(JobBody::from(row))
}

/// Which jobs are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct JobQuery {
    /// Of this kind; cohort plans when left out.
    kind: Option<JobKind>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/jobs", operation_id = "list_jobs", tag = "jobs",
    summary = "List jobs · 后台任务列表",
    description = "The jobs of one's own institution, oldest first. Simulations need `rules:read`, cohort plans `plans:read`.",
    params(JobQuery),
    responses((status = 200, description = "A page", body = Page<JobBody>), ListProblems),
    security(("oauth2" = ["plans:read"]), ("oauth2" = ["rules:read"]))
)]
async fn list_jobs(Bearer(actor): Bearer, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let JobQuery { kind, limit, cursor } = body::query(&request)?;
    let place = Place::read(&app, &request, limit, cursor.as_deref())?;
    let kind = kind.unwrap_or(JobKind::CohortPlan);
    let reader = app.clone();
    let rows = blocking(move || reader.list_jobs(&actor, kind, place.after, place.rows())).await?;
    Ok(place.respond(&app, &request, rows, |row| row.id.uuid(), JobBody::from))
}

#[utoipa::path(
    get, path = "/api/v1/jobs/{id}", operation_id = "get_job", tag = "jobs",
    summary = "Get a job · 查看后台任务",
    params(("id" = Uuid, Path, description = "The job")),
    responses((status = 200, description = "The job", body = JobBody), GetProblems),
    security(("oauth2" = ["plans:read"]), ("oauth2" = ["rules:read"]))
)]
async fn get_job(Bearer(actor): Bearer, path: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let row = blocking(move || app.get_job(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(JobBody::from(row)))
}

#[utoipa::path(
    post, path = "/api/v1/jobs/{id}/cancellation", operation_id = "create_job_cancellation", tag = "jobs",
    summary = "Cancel a job · 取消后台任务",
    description = "One that has not ended. What it has found so far stays. Simulations need `rules:write`, cohort plans `conversions:write`.",
    params(("id" = Uuid, Path, description = "The job")),
    responses((status = 200, description = "Cancelled", body = JobBody), JobStepProblems),
    security(("oauth2" = ["conversions:write"]), ("oauth2" = ["rules:write"]))
)]
async fn create_job_cancellation(
    Bearer(actor): Bearer,
    path: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let row = blocking(move || app.cancel_job(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(JobBody::from(row)))
}
