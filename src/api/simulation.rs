//! Simulation 规则模拟: who gains and who loses by a version of a rule set.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::job::{JobBody, accepted};
use super::listing::Place;
use super::responses::{JobStepProblems, SublistProblems};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{EnrolmentId, LearnerId, ProgrammeId};
use crate::domain::text_enum::text_enum;
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::cursor::Page;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::simulation::{Side, SimulationRow};

#[derive(OpenApi)]
#[openapi(paths(create_simulation, list_simulation_results))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/rule-sets/{id}/versions/{version}/simulation")
                .route(web::post().to(create_simulation)),
        )
        .service(web::resource("/api/v1/simulations/{id}/results").route(web::get().to(list_simulation_results)));
}

text_enum! {
    /// For whom something changes.
    pub enum Change {
        Gain = "gain" / "增加",
        Lose = "lose" / "减少",
    }
}

/// A learner for whom something changes.
#[derive(Serialize, ToSchema)]
#[schema(as = SimulationResult)]
pub struct ResultBody {
    /// The learner.
    learner_id: LearnerId,
    /// The enrolment.
    enrolment_id: EnrolmentId,
    /// The programme.
    programme_id: ProgrammeId,
    /// Credits that could be converted without the version.
    credits_before: CreditAmount,
    /// Credits that could be converted with it.
    credits_after: CreditAmount,
    /// Courses and parts of courses that would be exempted without it.
    courses_before: i64,
    /// Courses and parts of courses that would be exempted with it.
    courses_after: i64,
}

impl From<SimulationRow> for ResultBody {
    fn from(row: SimulationRow) -> Self {
        Self {
            learner_id: LearnerId::from_uuid(row.learner),
            enrolment_id: EnrolmentId::from_uuid(row.enrolment),
            programme_id: ProgrammeId::from_uuid(row.programme),
            credits_before: row.before,
            credits_after: row.after,
            courses_before: row.courses_before,
            courses_after: row.courses_after,
        }
    }
}

/// Which results are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultQuery {
    /// Only of those who gain, or who lose.
    change: Option<Change>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets/{id}/versions/{version}/simulation", operation_id = "create_simulation",
    tag = "rule-sets",
    summary = "Simulate a version of a rule set · 模拟规则版本的影响",
    description = "On all learners whom it reaches, against what is in force without it. A job: poll it at its address; its result says who gains and who loses, by programme and institution.",
    params(
        ("id" = Uuid, Path, description = "The rule set"),
        ("version" = i64, Path, description = "The version, from 1"),
    ),
    responses((status = 202, description = "Queued", body = JobBody), JobStepProblems),
    security(("oauth2" = ["rules:write"]))
)]
async fn create_simulation(
    Bearer(actor): Bearer,
    path: Path<(String, String)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (id, version) = (path_id(&path.0)?, path_id(&path.1)?);
    blocking(move || app.create_simulation(&actor, id, version)).await.map(accepted)
}

#[utoipa::path(
    get, path = "/api/v1/simulations/{id}/results", operation_id = "list_simulation_results", tag = "rule-sets",
    summary = "List for whom a simulated version changes something · 模拟结果明细",
    params(("id" = Uuid, Path, description = "The job"), ResultQuery),
    responses((status = 200, description = "A page", body = Page<ResultBody>), SublistProblems),
    security(("oauth2" = ["rules:read"]))
)]
async fn list_simulation_results(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let ResultQuery { change, limit, cursor } = body::query(&request)?;
    let place = Place::read(&app, &request, limit, cursor.as_deref())?;
    let side = match change {
        None => Side::Both,
        Some(Change::Gain) => Side::Gain,
        Some(Change::Lose) => Side::Lose,
    };
    let reader = app.clone();
    let rows = move || reader.list_simulation_results(&actor, id, side, place.after, place.rows());
    let rows = blocking(rows).await?;
    Ok(place.respond(&app, &request, rows, |row| row.enrolment, ResultBody::from))
}
