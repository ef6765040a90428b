//! 免修名单: exemptions that were decided, as they go back into the school's own system.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::OpenApi;
use uuid::Uuid;

use super::responses::ListProblems;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::term::Term;
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::cursor::{self, Page};
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::http::sheet::csv;
use crate::services::App;
use crate::services::conversion::ExemptionView;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(list_exemptions))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/exemptions").route(web::get().to(list_exemptions)));
}

/// Which exemptions are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExemptionsQuery {
    term: Option<String>,
    format: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// Most conversions on a page of the sheet.
const SHEET_MAX: i64 = 2_000;
const HEADING: [&str; 9] = ["学号", "课程代码", "课程名称", "学分", "成绩", "部分免修", "认定编号", "认定日期", "规则"];

#[utoipa::path(
    get, path = "/api/v1/exemptions", operation_id = "list_exemptions", tag = "conversions",
    summary = "Exemptions decided for a term, for the school's own system · 免修名单",
    description = "Of the caller's own programmes. As JSON, or with `format=csv` as a sheet (UTF-8 with a byte order mark); \
                   where there are more, `Link` names the next page.",
    params(
        ("term" = String, Query, description = "Such as 2026-2027-1"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; `json` unless said otherwise"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
        ("limit" = Option<i64>, Query, description = "Conversions: 1 to 200, 50 unless said otherwise; a sheet has 2,000"),
    ),
    responses(
        (status = 200, description = "A page", content(
            (Page<ExemptionView> = "application/json"),
            (String = "text/csv"),
        )),
        ListProblems,
    ),
    security(("oauth2" = ["conversions:read"]))
)]
async fn list_exemptions(app: Data<App>, Bearer(actor): Bearer, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = body::query::<ExemptionsQuery>(&request)?;
    let text = query.term.as_deref().ok_or_else(|| Invalid::one("/query/term", Reason::Required))?;
    let term: Term = text.parse().map_err(|reason| Invalid::one("/query/term", reason))?;
    let sheet = match query.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => return Err(Invalid::one("/query/format", Reason::Unknown).into()),
    };
    let limit = if sheet { SHEET_MAX } else { cursor::page_size(query.limit)? };
    let list = format!("exemptions/{term}");
    let after = query.cursor.as_deref().map(|text| cursor::decode(&app.keys, &list, text)).transpose()?;
    let after = after.map(|bytes| Uuid::from_slice(&bytes)).transpose().map_err(|_| cursor::wrong())?;
    let service = app.clone();
    let (items, next) = blocking(move || service.exemptions(&actor, term, after, limit)).await?;
    let rest = if sheet { "&format=csv".to_owned() } else { format!("&limit={limit}") };
    let next = next.map(|id| {
        format!("/api/v1/exemptions?term={term}&cursor={}{rest}", cursor::encode(&app.keys, &list, id.as_bytes()))
    });
    if !sheet {
        return Ok(cursor::respond(&Page { items, next }));
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"));
    response.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"exemptions-{term}.csv\"")));
    if let Some(next) = &next {
        response.insert_header((LINK, format!("<{next}>; rel=\"next\"")));
    }
    Ok(response.body(csv(&HEADING, items.into_iter().map(cells))))
}

fn cells(item: ExemptionView) -> [String; 9] {
    [
        item.student_no.unwrap_or_default(),
        item.course_code,
        item.course_name,
        item.credits.to_string(),
        item.score,
        item.part.unwrap_or_default(),
        item.decision_no,
        item.decided_on.to_string(),
        item.rule_code,
    ]
}
