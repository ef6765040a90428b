//! 本学期可免修名单: who of a cohort could convert what; invitations to apply.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::job::{JobBody, accepted};
use super::listing::Place;
use super::responses::{GetProblems, JobStepProblems, RuleSetProblems, SublistProblems};
use crate::conversion::plan::{Grant, PlanLine, RuleRef};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{EnrolmentId, InstitutionId, JobId, LearnerId, ProgrammeId};
use crate::domain::time::Instant;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::cursor::Page;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::cohort_plan::{CohortPlanView, InvitationState, InvitationView, NewCohortPlan};

#[derive(OpenApi)]
#[openapi(paths(
    create_cohort_plan,
    list_cohort_plan_results,
    create_cohort_plan_invitations,
    list_conversion_invitations
))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/cohort-plans").route(web::post().to(create_cohort_plan)))
        .service(web::resource("/api/v1/cohort-plans/{id}/results").route(web::get().to(list_cohort_plan_results)))
        .service(
            web::resource("/api/v1/cohort-plans/{id}/invitations")
                .route(web::post().to(create_cohort_plan_invitations)),
        )
        .service(
            web::resource("/api/v1/learners/{id}/conversion-invitations")
                .route(web::get().to(list_conversion_invitations)),
        );
}

/// A use of a rule that a learner could make.
#[derive(Serialize, ToSchema)]
#[schema(as = CohortPlanLine)]
pub struct LineBody {
    /// The rule.
    rule: RuleRef,
    /// What it grants.
    grants: Grant,
}

impl From<PlanLine> for LineBody {
    fn from(PlanLine { rule, grants, .. }: PlanLine) -> Self {
        Self { rule, grants }
    }
}

/// What one learner of a cohort could convert.
#[derive(Serialize, ToSchema)]
#[schema(as = CohortPlanResult)]
pub struct ResultBody {
    /// The learner.
    learner_id: LearnerId,
    /// The enrolment that it would count in.
    enrolment_id: EnrolmentId,
    /// Credits of the best plan.
    credits: CreditAmount,
    /// Courses that it exempts.
    courses: i64,
    /// Its lines; empty once the learner has left the school.
    lines: Vec<LineBody>,
    /// When the learner was invited from this list.
    invited_at: Option<Instant>,
    /// What has come of it since the list was made.
    state: InvitationState,
}

impl From<CohortPlanView> for ResultBody {
    fn from(CohortPlanView { row, lines, invited_at, state }: CohortPlanView) -> Self {
        Self {
            learner_id: LearnerId::from_uuid(row.learner),
            enrolment_id: EnrolmentId::from_uuid(row.enrolment),
            credits: row.credits,
            courses: row.courses,
            lines: lines.into_iter().map(LineBody::from).collect(),
            invited_at: invited_at.map(Instant::from_micros),
            state,
        }
    }
}

/// How many were invited.
#[derive(Serialize, ToSchema)]
struct Invited {
    /// Learners invited now; those invited before from the same list are not counted again.
    invited: usize,
}

/// An invitation to apply for what could be converted.
#[derive(Serialize, ToSchema)]
#[schema(as = ConversionInvitation)]
struct InvitationBody {
    /// The list that it rests on.
    cohort_plan_id: JobId,
    /// Who invites.
    institution_id: InstitutionId,
    /// The programme.
    programme_id: Option<ProgrammeId>,
    /// What could be converted when the list was made.
    #[serde(flatten)]
    plan: ResultBody,
}

impl From<InvitationView> for InvitationBody {
    fn from(InvitationView { invitation, programme, plan }: InvitationView) -> Self {
        Self {
            cohort_plan_id: JobId::from_uuid(invitation.job),
            institution_id: InstitutionId::from_uuid(invitation.institution),
            programme_id: programme,
            plan: plan.into(),
        }
    }
}

/// The invitations of a learner.
#[derive(Serialize, ToSchema)]
struct ConversionInvitations {
    /// Newest first.
    items: Vec<InvitationBody>,
}

/// Which results are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultQuery {
    /// Also those who could convert nothing.
    all: Option<bool>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/cohort-plans", operation_id = "create_cohort_plan", tag = "cohort-plans",
    summary = "List who of a cohort could convert what · 生成本学期可免修名单",
    description = "For a school's own programmes. A job: poll it at its address.",
    request_body = NewCohortPlan,
    responses((status = 202, description = "Queued", body = JobBody), RuleSetProblems),
    security(("oauth2" = ["conversions:write"]))
)]
async fn create_cohort_plan(
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let new = body::json::<NewCohortPlan>(&request, payload, BODY_MAX).await?.value;
    blocking(move || app.create_cohort_plan(&actor, &new)).await.map(accepted)
}

#[utoipa::path(
    get, path = "/api/v1/cohort-plans/{id}/results", operation_id = "list_cohort_plan_results", tag = "cohort-plans",
    summary = "List what learners of a cohort could convert · 可免修名单",
    description = "As far as the job has come.",
    params(("id" = Uuid, Path, description = "The job"), ResultQuery),
    responses((status = 200, description = "A page", body = Page<ResultBody>), SublistProblems),
    security(("oauth2" = ["plans:read"]))
)]
async fn list_cohort_plan_results(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let ResultQuery { all, limit, cursor } = body::query(&request)?;
    let place = Place::read(&app, &request, limit, cursor.as_deref())?;
    let (reader, some) = (app.clone(), !all.unwrap_or(false));
    let rows = move || reader.list_cohort_plan_results(&actor, id, some, place.after, place.rows());
    let rows = blocking(rows).await?;
    Ok(place.respond(&app, &request, rows, |view| view.row.enrolment, ResultBody::from))
}

#[utoipa::path(
    post, path = "/api/v1/cohort-plans/{id}/invitations", operation_id = "create_cohort_plan_invitations",
    tag = "cohort-plans",
    summary = "Invite all who could convert anything · 邀请名单上的学习者申请",
    description = "Once the job is done. Every learner sees the invitation and confirms by applying.",
    params(("id" = Uuid, Path, description = "The job")),
    responses((status = 200, description = "Invited", body = Invited), JobStepProblems),
    security(("oauth2" = ["conversions:write"]))
)]
async fn create_cohort_plan_invitations(
    Bearer(actor): Bearer,
    path: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let invited = blocking(move || app.invite_cohort(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(Invited { invited }))
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}/conversion-invitations", operation_id = "list_conversion_invitations",
    tag = "cohort-plans",
    summary = "List a learner's invitations · 学习者收到的免修邀请",
    description = "For the learner, and for its schools what they sent themselves.",
    params(("id" = Uuid, Path, description = "The learner")),
    responses((status = 200, description = "The invitations", body = ConversionInvitations), GetProblems),
    security(("oauth2" = ["plans:read"]), ("session" = []))
)]
async fn list_conversion_invitations(
    Caller(actor): Caller,
    path: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let learner = path_id(&path)?;
    let views = blocking(move || app.list_conversion_invitations(&actor, learner)).await?;
    let items = views.into_iter().map(InvitationBody::from).collect();
    Ok(HttpResponse::Ok().json(ConversionInvitations { items }))
}
