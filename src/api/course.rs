//! The course catalogue of an institution: kept by itself, read by every client.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{CreateProblems, GetProblems, ListProblems, UpdateProblems};
use super::versioned::{created, standing};
use crate::domain::course::NewCourse;
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{CourseId, InstitutionId};
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::Page;
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::course::{CourseChange, CourseRow};

#[derive(OpenApi)]
#[openapi(paths(create_course, list_courses, get_course, update_course))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/courses").route(web::post().to(create_course)).route(web::get().to(list_courses)),
        )
        .service(
            web::resource("/api/v1/courses/{id}")
                .route(web::get().to(get_course))
                .route(web::patch().to(update_course)),
        );
}

/// A course version: what the course is worth for cohorts from `from_cohort` on, until the next version.
#[derive(Serialize, ToSchema)]
#[schema(as = Course)]
pub struct CourseBody {
    /// Its id.
    id: CourseId,
    /// Whose.
    institution_id: InstitutionId,
    /// Code within the institution.
    code: String,
    /// Name.
    name: String,
    /// Credits.
    credits: CreditAmount,
    /// Teaching hours.
    hours: Option<u32>,
    /// Of these, practice.
    practice_hours: Option<u32>,
    /// First cohort.
    from_cohort: i32,
}

impl From<CourseRow> for CourseBody {
    fn from(CourseRow { institution_id, code, course, .. }: CourseRow) -> Self {
        Self {
            id: CourseId::from_uuid(course.id),
            institution_id,
            code,
            name: course.name,
            credits: course.credits,
            hours: course.hours,
            practice_hours: course.practice_hours,
            from_cohort: course.from_cohort,
        }
    }
}

/// Which courses are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CourseQuery {
    /// Of this institution; the caller's own when left out.
    institution_id: Option<InstitutionId>,
    /// Of this code only.
    code: Option<String>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/courses", operation_id = "create_course", tag = "courses",
    summary = "Register a course version · 登记课程",
    description = "For one's own courses. The first result of an unregistered course registers it as well.",
    request_body = NewCourse,
    responses((status = 201, description = "Registered", body = CourseBody), CreateProblems),
    security(("oauth2" = ["courses:write"]))
)]
async fn create_course(
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let new = body::json::<NewCourse>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_course(&actor, &new)).await?;
    Ok(created(format!("/api/v1/courses/{}", row.course.id), row.version, CourseBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/courses", operation_id = "list_courses", tag = "courses",
    summary = "List course versions · 课程列表",
    params(CourseQuery),
    responses((status = 200, description = "A page", body = Page<CourseBody>), ListProblems),
    security(("oauth2" = ["courses:read"]))
)]
async fn list_courses(Bearer(actor): Bearer, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let CourseQuery { institution_id, code, limit, cursor } = body::query(&request)?;
    let place = Place::read(&app, &request, limit, cursor.as_deref())?;
    let reader = app.clone();
    let rows = move || reader.list_courses(&actor, institution_id, code.as_deref(), place.after, place.rows());
    let rows = blocking(rows).await?;
    Ok(place.respond(&app, &request, rows, |row| row.course.id, CourseBody::from))
}

#[utoipa::path(
    get, path = "/api/v1/courses/{id}", operation_id = "get_course", tag = "courses",
    summary = "Get a course version · 查看课程",
    params(("id" = Uuid, Path, description = "The course version")),
    responses((status = 200, description = "The course version", body = CourseBody), GetProblems),
    security(("oauth2" = ["courses:read"]))
)]
async fn get_course(Bearer(actor): Bearer, path: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let row = blocking(move || app.get_course(&actor, id)).await?;
    Ok(standing(row.version, CourseBody::from(row)))
}

#[utoipa::path(
    patch, path = "/api/v1/courses/{id}", operation_id = "update_course", tag = "courses",
    summary = "Change a course version · 修改课程",
    description = "For one's own courses. What a course is worth does not change: that is a new version.",
    params(
        ("id" = Uuid, Path, description = "The course version"),
        ("If-Match" = String, Header, description = "The version that the change is based on, from ETag"),
    ),
    request_body = CourseChange,
    responses((status = 200, description = "As it stands now", body = CourseBody), UpdateProblems),
    security(("oauth2" = ["courses:write"]))
)]
async fn update_course(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    let change = body::json::<CourseChange>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.update_course(&actor, id, expected, &change)).await?;
    Ok(standing(row.version, CourseBody::from(row)))
}
