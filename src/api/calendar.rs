//! The working days of each year.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;

use super::responses::{GetProblems, UpdateProblems};
use super::versioned::{created, standing};
use crate::domain::working_days::CalendarYear;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(get_calendar, update_calendar))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/api/v1/calendar/{year}")
            .route(web::get().to(get_calendar))
            .route(web::put().to(update_calendar)),
    );
}

#[utoipa::path(
    get, path = "/api/v1/calendar/{year}", operation_id = "get_calendar", tag = "calendar",
    summary = "Days off and working weekends of a year · 查看某年放假调休安排",
    description = "Deadlines count working days. A year that nothing was entered for has weekends only, and answers 404.",
    params(("year" = i32, Path, description = "The year")),
    responses((status = 200, description = "The arrangements", body = CalendarYear), GetProblems),
    security(("oauth2" = []), ("session" = []))
)]
async fn get_calendar(Caller(actor): Caller, year: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let year = path_id(&year)?;
    let row = blocking(move || app.get_calendar(&actor, year)).await?;
    Ok(standing(row.version, row.year))
}

#[utoipa::path(
    put, path = "/api/v1/calendar/{year}", operation_id = "update_calendar", tag = "calendar",
    summary = "Enter the arrangements of a year · 登记某年放假调休安排",
    description = "For the bureau. Deadlines that run already stay as they were announced.",
    params(
        ("year" = i32, Path, description = "The year, 2000 to 2200"),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, from ETag; none for the first entry of a year"),
    ),
    request_body = CalendarYear,
    responses(
        (status = 200, description = "Entered anew", body = CalendarYear),
        (status = 201, description = "Entered", body = CalendarYear),
        UpdateProblems,
    ),
    security(("oauth2" = ["catalogue:write"]))
)]
async fn update_calendar(
    Bearer(actor): Bearer,
    year: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let year = path_id(&year)?;
    let based_on = request.headers().contains_key("if-match");
    let expected = based_on.then(|| etag::expected_version(&request)).transpose()?;
    let new = body::json::<CalendarYear>(&request, payload, BODY_MAX).await?.value;
    let (row, first) = blocking(move || app.put_calendar(&actor, year, &new, expected)).await?;
    let address = format!("/api/v1/calendar/{year}");
    Ok(if first { created(address, row.version, row.year) } else { standing(row.version, row.year) })
}
