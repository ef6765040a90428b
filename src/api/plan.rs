//! Conversion plans and the comparison of programmes.

use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;

use super::responses::SubpostProblems;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::plan::PlanPost;
use crate::services::plan_comparison::{ComparisonPost, ComparisonView};
use crate::services::plan_view::PlanView;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(post_conversion_plans, post_conversion_plan_comparison))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/conversion-plans").route(web::post().to(post_conversion_plans))).service(
        web::resource("/api/v1/conversion-plans/comparison").route(web::post().to(post_conversion_plan_comparison)),
    );
}

#[utoipa::path(
    post, path = "/api/v1/conversion-plans", operation_id = "post_conversion_plans", tag = "plans",
    summary = "Make the best conversion plan for a learner and a programme · 生成转换方案",
    description = "No allowed set of lines gives more credits in the programme; ties go to fewer achievements, then to those \
                   that expire first. Every line says its rule, clause and arithmetic, every achievement that is not used \
                   says why. With `what_if` achievements are supposed that are not held. The plan is kept for seven days, \
                   for applying, with the 20 newest of a learner that nobody has applied for. Where the time for the search runs out, `optimal` is false and `bound` says what no plan \
                   can pass. For the learner, a school in which it is enrolled, and the bureau.",
    request_body = PlanPost,
    responses((status = 200, description = "The plan", body = PlanView), SubpostProblems),
    security(("oauth2" = ["plans:read"]), ("session" = []))
)]
async fn post_conversion_plans(
    app: Data<App>,
    Caller(actor): Caller,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let post = body::json::<PlanPost>(&request, payload, BODY_MAX).await?.value;
    let view = blocking(move || app.make_plan(&actor, &post)).await?;
    Ok(HttpResponse::Ok().json(view))
}

#[utoipa::path(
    post, path = "/api/v1/conversion-plans/comparison", operation_id = "post_conversion_plan_comparison", tag = "plans",
    summary = "Compare what a learner would bring into programmes · 升学比一比",
    description = "All programmes of a level (at most 200, those of the nearest majors; `left_out` tells how many \
                   others there are), or those named. A programme in which the learner is enrolled is \
                   measured by the plan of its cohort, others by that of their newest. Programmes without any plan are left \
                   out.",
    request_body = ComparisonPost,
    responses((status = 200, description = "Side by side", body = ComparisonView), SubpostProblems),
    security(("oauth2" = ["plans:read"]), ("session" = []))
)]
async fn post_conversion_plan_comparison(
    app: Data<App>,
    Caller(actor): Caller,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let post = body::json::<ComparisonPost>(&request, payload, BODY_MAX).await?.value;
    let view = blocking(move || app.compare_programmes(&actor, &post)).await?;
    Ok(HttpResponse::Ok().json(view))
}
