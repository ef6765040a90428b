//! The service about itself: health, the OpenAPI document, the reference to click through.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::problem_schema::ProblemBody;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;

/// The committed document; a test compares it with the code.
const DOCUMENT: &str = include_str!("../../openapi/xuefen-v1.json");

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(get_liveness, get_readiness, get_openapi_document))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/livez").route(web::get().to(get_liveness)))
        .service(web::resource("/readyz").route(web::get().to(get_readiness)))
        .service(web::resource("/api/v1/openapi.json").route(web::get().to(get_openapi_document)))
        .service(web::resource("/docs").route(web::get().to(to_reference)))
        .service(web::resource("/docs/{file:.*}").route(web::get().to(reference)));
}

/// Health.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    status: &'static str,
}

#[utoipa::path(
    get, path = "/livez", operation_id = "get_liveness", tag = "service",
    summary = "Is the process alive · 进程是否存活",
    responses((status = 200, description = "It is", body = Health)),
    security(())
)]
async fn get_liveness() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

#[utoipa::path(
    get, path = "/readyz", operation_id = "get_readiness", tag = "service",
    summary = "Can it serve: does the database answer · 是否可以提供服务",
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "The database does not answer", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(())
)]
async fn get_readiness(app: Data<App>) -> Result<HttpResponse, Problem> {
    blocking(move || app.ping()).await?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

#[utoipa::path(
    get, path = "/api/v1/openapi.json", operation_id = "get_openapi_document", tag = "service",
    summary = "This document · 本接口文档",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
    security(())
)]
async fn get_openapi_document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(DOCUMENT)
}

async fn to_reference() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// The interactive reference: everything it needs is in the binary.
async fn reference(file: web::Path<String>) -> HttpResponse {
    let config = utoipa_swagger_ui::Config::from("/api/v1/openapi.json").try_it_out_enabled(true);
    let name = if file.is_empty() { "index.html" } else { file.as_str() };
    match utoipa_swagger_ui::serve(name, std::sync::Arc::new(config)) {
        Ok(Some(found)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, found.content_type))
            .insert_header((CACHE_CONTROL, "public, max-age=3600"))
            .insert_header((
                CONTENT_SECURITY_POLICY,
                "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
            ))
            .body(found.bytes.into_owned()),
        _ => HttpResponse::NotFound().finish(),
    }
}
