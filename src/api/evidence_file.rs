//! Evidence files: sent as they are, given out as attachments.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{IntoParams, OpenApi, PartialSchema, ToSchema};

use super::responses::{GetProblems, SubpostProblems};
use crate::domain::evidence_file::{FILE_MAX, MediaType};
use crate::domain::ids::{EvidenceFileId, LearnerId};
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::evidence_file::{FileView, SentFile};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(create_evidence_file, get_evidence_file, revoke_evidence_file))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/evidence-files").route(web::post().to(create_evidence_file))).service(
        web::resource("/api/v1/evidence-files/{id}")
            .route(web::get().to(get_evidence_file))
            .route(web::delete().to(revoke_evidence_file)),
    );
}

/// The bytes of a file.
struct FileContent;

impl PartialSchema for FileContent {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl ToSchema for FileContent {}

/// Whose a file is, and what it is called.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// Whose it is: needed from a school; a learner sends its own.
    learner_id: Option<LearnerId>,
    /// What its sender calls it.
    #[param(max_length = 400)]
    name: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/evidence-files", operation_id = "create_evidence_file", tag = "recognition cases",
    summary = "Send an evidence file · 上传证明材料",
    description = "The file as the body: PDF, JPEG or PNG, at most 5 MiB. What it is, is found by its content, which must \
                   agree with Content-Type. A file that belongs to no case is seen by its sender and the learner alone, \
                   and let go after 30 days. At most 20 of a learner wait; all of them may take 200 MiB.",
    params(FileQuery),
    request_body(
        description = "The file",
        content((FileContent = "application/pdf"), (FileContent = "image/jpeg"), (FileContent = "image/png"))
    ),
    responses((status = 201, description = "Stored", body = FileView), SubpostProblems),
    security(("oauth2" = ["cases:write"]), ("session" = []))
)]
async fn create_evidence_file(
    app: Data<App>,
    Caller(actor): Caller,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let FileQuery { learner_id, name } = body::query(&request)?;
    let declared = declared(&request);
    let bytes = body::read(&request, payload, FILE_MAX).await?;
    let send = move || {
        let sent = SentFile { learner: learner_id, declared, name: name.as_deref(), bytes: &bytes };
        app.send_evidence_file(&actor, &sent)
    };
    let view = blocking(send).await?;
    let address = format!("/api/v1/evidence-files/{}", view.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, address)).json(view))
}

/// What the request says that its body is.
fn declared(request: &HttpRequest) -> Option<MediaType> {
    let header = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    header.split(';').next()?.trim().to_ascii_lowercase().parse().ok()
}

#[utoipa::path(
    get, path = "/api/v1/evidence-files/{id}", operation_id = "get_evidence_file", tag = "recognition cases",
    summary = "Get an evidence file · 查看证明材料",
    description = "For those who may see a case that it belongs to. Every look of an institution is recorded.",
    params(("id" = Uuid, Path, description = "The file")),
    responses(
        (
            status = 200, description = "The file, as an attachment",
            content((FileContent = "application/pdf"), (FileContent = "image/jpeg"), (FileContent = "image/png"))
        ),
        GetProblems,
    ),
    security(("oauth2" = ["cases:read"]), ("session" = []))
)]
async fn get_evidence_file(app: Data<App>, Caller(actor): Caller, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = path_id::<EvidenceFileId>(&id)?;
    let (view, bytes) = blocking(move || app.evidence_file(&actor, id)).await?;
    let name = format!("attachment; filename=\"evidence-{id}.{}\"", view.media_type.extension());
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, view.media_type.as_str()))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .body(bytes))
}

#[utoipa::path(
    delete, path = "/api/v1/evidence-files/{id}", operation_id = "revoke_evidence_file", tag = "recognition cases",
    summary = "Delete an evidence file that belongs to no case · 删除未使用的证明材料",
    description = "By who sent it. Files of cases and conversions stay: 409 `wrong-state`.",
    params(("id" = Uuid, Path, description = "The file")),
    responses((status = 204, description = "Deleted"), SubpostProblems),
    security(("oauth2" = ["cases:write"]), ("session" = []))
)]
async fn revoke_evidence_file(
    app: Data<App>,
    Caller(actor): Caller,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<EvidenceFileId>(&id)?;
    blocking(move || app.delete_evidence_file(&actor, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
