//! Rule sets in and out: files, differences, templates.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::responses::{ListProblems, RuleSetUpdateProblems, SublistProblems};
use super::rule_set::VersionBody;
use super::versioned::created;
use crate::conversion::diff::Diff;
use crate::conversion::explain::Text;
use crate::conversion::rule_set::RuleSetDocument;
use crate::conversion::sheet::FILE_MAX;
use crate::conversion::templates::Template;
use crate::domain::ids::RuleSetId;
use crate::domain::invalid::{Invalid, Reason};
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::http::registry::Code;
use crate::services::App;
use crate::services::rule_set_exchange::{File, FileFault, Format, Imported, Into};

/// Media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[derive(OpenApi)]
#[openapi(
    paths(get_rule_set_diff, get_rule_set_export, create_rule_set_import, list_rule_templates),
    components(schemas(Format))
)]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun; `import` stands before any route that takes an id there.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/rule-sets/import").route(web::post().to(create_rule_set_import)))
        .service(web::resource("/api/v1/rule-templates").route(web::get().to(list_rule_templates)))
        .service(web::resource("/api/v1/rule-sets/{id}/diff").route(web::get().to(get_rule_set_diff)))
        .service(web::resource("/api/v1/rule-sets/{id}/export").route(web::get().to(get_rule_set_export)));
}

/// A fault of an imported file.
#[derive(Serialize, ToSchema)]
struct ImportFault {
    /// Key of the sheet; null in JSON, and where the file as a whole is at fault.
    sheet: Option<&'static str>,
    /// Row, from 1.
    row: Option<u32>,
    /// Title of the column.
    column: Option<&'static str>,
    /// Pointer into the document, or `/sheets/<sheet>/<row>/<column>`.
    pointer: String,
    /// Stable code.
    code: String,
    /// What is wrong.
    detail: Text,
}

impl From<FileFault> for ImportFault {
    fn from(FileFault { sheet, row, column, item }: FileFault) -> Self {
        let detail = Text::new(item.detail_zh, item.detail_en);
        Self { sheet, row, column, pointer: item.pointer, code: item.code, detail }
    }
}

/// What has become of a file.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleSetImport)]
struct ImportBody {
    /// The draft; null in a trial.
    rule_set: Option<VersionBody>,
    /// Whether it may be submitted as it is.
    valid: bool,
    /// What validation finds in it.
    faults: Vec<ImportFault>,
}

/// Where the file goes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// Into the draft of this set, which needs If-Match; a new set when left out.
    rule_set_id: Option<RuleSetId>,
    /// Only tell the faults.
    dry_run: Option<bool>,
}

/// Which versions are compared.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DiffQuery {
    /// The earlier version.
    #[param(minimum = 1, required)]
    from: Option<i64>,
    /// The later version.
    #[param(minimum = 1, required)]
    to: Option<i64>,
}

/// Which file is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// How it is written; JSON when left out.
    format: Option<Format>,
    /// The version; the newest when left out.
    #[param(minimum = 1)]
    version: Option<i64>,
}

/// The templates.
#[derive(Serialize, ToSchema)]
struct RuleTemplates {
    /// By the id of the published rule.
    items: &'static [Template],
}

#[utoipa::path(
    get, path = "/api/v1/rule-sets/{id}/diff", operation_id = "get_rule_set_diff", tag = "rule-sets",
    summary = "Compare two versions of a rule set · 比较规则集的两个版本",
    params(("id" = Uuid, Path, description = "The rule set"), DiffQuery),
    responses((status = 200, description = "What changed, in words", body = Diff), SublistProblems),
    security(("oauth2" = ["rules:read"]), ("session" = []))
)]
async fn get_rule_set_diff(
    Caller(actor): Caller,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let DiffQuery { from, to } = body::query(&request)?;
    let missing = |name: &str| Problem::invalid(&Invalid::one(format!("/query/{name}"), Reason::Required));
    let (from, to) = (from.ok_or_else(|| missing("from"))?, to.ok_or_else(|| missing("to"))?);
    let diff = blocking(move || app.diff_rule_set(&actor, id, from, to)).await?;
    Ok(HttpResponse::Ok().json(diff))
}

#[utoipa::path(
    get, path = "/api/v1/rule-sets/{id}/export", operation_id = "get_rule_set_export", tag = "rule-sets",
    summary = "Get a rule set as a file · 导出规则集",
    description = "As JSON, or as a workbook or CSV file that can be edited and imported again.",
    params(("id" = Uuid, Path, description = "The rule set"), ExportQuery),
    responses(
        (status = 200, description = "The file", content(
            (RuleSetDocument = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        SublistProblems
    ),
    security(("oauth2" = ["rules:read"]), ("session" = []))
)]
async fn get_rule_set_export(
    Caller(actor): Caller,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let ExportQuery { format, version } = body::query(&request)?;
    let format = format.unwrap_or(Format::Json);
    let file = blocking(move || app.export_rule_set(&actor, id, version, format)).await?;
    Ok(download(file))
}

fn download(File { format, bytes, name }: File) -> HttpResponse {
    let media = match format {
        Format::Json => "application/json",
        Format::Csv => "text/csv; charset=utf-8",
        Format::Xlsx => XLSX,
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(bytes)
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets/import", operation_id = "create_rule_set_import", tag = "rule-sets",
    summary = "Draft a rule set from a file · 导入规则集",
    description = "The file is the body: application/json, text/csv (UTF-8 or GB18030) or a workbook, at most 8 MiB and 5,000 rules. What cannot be read is refused with every row at fault; what can be read is kept as a draft, with what validation finds in it.",
    params(
        ImportQuery,
        ("If-Match" = Option<String>, Header, description = "With `rule_set_id`: the state that the change is based on, from ETag"),
    ),
    request_body(content(
        (RuleSetDocument = "application/json"),
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )),
    responses(
        (status = 200, description = "Read, or written to the draft", body = ImportBody),
        (status = 201, description = "A new draft", body = ImportBody),
        RuleSetUpdateProblems
    ),
    security(("oauth2" = ["rules:write"]))
)]
async fn create_rule_set_import(
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let ImportQuery { rule_set_id, dry_run } = body::query(&request)?;
    let format = format_of(&request)?;
    let into = match (dry_run.unwrap_or(false), rule_set_id) {
        (true, _) => Into::Trial,
        (false, None) => Into::New,
        (false, Some(id)) => Into::Draft(id, etag::expected_version(&request)?),
    };
    let bytes = body::read(&request, payload, FILE_MAX).await?;
    let imported = blocking(move || app.import_rule_set(&actor, format, &bytes, into)).await?;
    Ok(answer(imported, matches!(into, Into::New)))
}

fn answer(Imported { stored, faults }: Imported, new: bool) -> HttpResponse {
    let place = stored.as_ref().map(|view| (view.set.set.id, view.version.version, view.version.row_version));
    let body = ImportBody {
        rule_set: stored.map(VersionBody::from),
        valid: faults.is_empty(),
        faults: faults.into_iter().map(ImportFault::from).collect(),
    };
    match place {
        Some((id, version, row_version)) if new => {
            created(format!("/api/v1/rule-sets/{id}/versions/{version}"), row_version, body)
        }
        Some((.., row_version)) => super::versioned::standing(row_version, body),
        None => HttpResponse::Ok().json(body),
    }
}

/// The format that the request says its body has.
fn format_of(request: &HttpRequest) -> Result<Format, Problem> {
    let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let encoded = request.headers().contains_key("content-encoding");
    match media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" if !encoded => Ok(Format::Json),
        "text/csv" if !encoded => Ok(Format::Csv),
        XLSX if !encoded => Ok(Format::Xlsx),
        _ => Err(Problem::new(Code::UnsupportedMediaType)),
    }
}

#[utoipa::path(
    get, path = "/api/v1/rule-templates", operation_id = "list_rule_templates", tag = "rule-sets",
    summary = "List rule templates · 规则模板",
    description = "Rule sets made from published rules of schools and credit banks, to start a draft from.",
    responses((status = 200, description = "The templates", body = RuleTemplates), ListProblems),
    security(("oauth2" = ["rules:read"]))
)]
async fn list_rule_templates(Bearer(actor): Bearer, app: Data<App>) -> Result<HttpResponse, Problem> {
    let items = app.rule_templates(&actor)?;
    Ok(HttpResponse::Ok().json(RuleTemplates { items }))
}
