//! Activation codes issued again.

use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

use super::problem_schema::ProblemBody;
use crate::domain::ids::LearnerId;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::activation::CodeDelivery;
use crate::services::learner::ActivationView;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(reissue_activation))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/learners/{id}/activation").route(web::post().to(reissue_activation)));
}

/// How the code will reach the learner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivationPost {
    /// `slip`: holds 30 days. `face_to_face`: holds 15 minutes.
    delivery: CodeDelivery,
}

#[utoipa::path(
    post, path = "/api/v1/learners/{id}/activation", operation_id = "reissue_activation", tag = "learners",
    summary = "Issue another activation code · 重新签发激活码",
    description = "Earlier codes no longer hold. For a school with a live enrolment of the learner, the opener of an \
                   account that was never activated, and the bureau.",
    params(("id" = Uuid, Path, description = "The learner")),
    request_body = ActivationPost,
    responses(
        (status = 201, description = "The code, shown this once", body = ActivationView),
        (status = 400, description = "Something is wrong with the request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:write"]))
)]
async fn reissue_activation(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<LearnerId>(&id)?;
    let delivery = body::json::<ActivationPost>(&request, payload, BODY_MAX).await?.value.delivery;
    let issued = blocking(move || app.reissue_activation(&actor, id, delivery)).await?;
    let view = ActivationView { code: Some(issued.code.to_string()), expires_at: issued.expires_at };
    Ok(HttpResponse::Created().json(view))
}
