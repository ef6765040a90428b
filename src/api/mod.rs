//! JSON handlers: extract, call one use case, present.
//!
//! Each noun's file holds its handlers, its routes and its part of the OpenAPI document.

use actix_web::web::ServiceConfig;
use utoipa::OpenApi;
use utoipa::openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};

use crate::services::scope::Scope;

pub mod accounts;
pub mod accreditation;
pub mod achievements;
pub mod activation;
pub mod catalogue;
pub mod course;
pub mod enrolment;
pub mod institution;
pub mod learner;
pub mod ledger;
mod listing;
pub mod meta;
pub mod oauth;
pub mod problem_schema;
pub mod programme;
pub mod programme_version;
mod responses;
pub mod transfers;
mod versioned;

/// The routes of every noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(meta::routes)
        .configure(achievements::routes)
        .configure(accounts::routes)
        .configure(ledger::routes)
        .configure(transfers::routes)
        .configure(institution::routes)
        .configure(accreditation::routes)
        .configure(programme::routes)
        .configure(programme_version::routes)
        .configure(course::routes)
        .configure(catalogue::routes)
        .configure(learner::routes)
        .configure(activation::routes)
        .configure(enrolment::routes)
        .configure(oauth::routes);
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Xuefen 学分银行 API",
        version = "1.0.0",
        description = "Accounts, achievements and the ledger of a city's credit bank. 学分银行接口:账户、学习成果与账簿。"
    ),
    components(schemas(problem_schema::ProblemBody, problem_schema::ProblemField)),
    security(("oauth2" = []))
)]
struct Base;

/// The whole OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Base::openapi();
    for part in [
        meta::Doc::openapi(),
        achievements::Doc::openapi(),
        accounts::Doc::openapi(),
        ledger::Doc::openapi(),
        transfers::Doc::openapi(),
        institution::Doc::openapi(),
        accreditation::Doc::openapi(),
        programme::Doc::openapi(),
        programme_version::Doc::openapi(),
        course::Doc::openapi(),
        catalogue::Doc::openapi(),
        learner::Doc::openapi(),
        activation::Doc::openapi(),
        enrolment::Doc::openapi(),
        oauth::Doc::openapi(),
    ] {
        document.merge(part);
    }
    let scopes = Scopes::from_iter(Scope::ALL.iter().map(|scope| (scope.as_str(), scope.zh())));
    let flow = Flow::ClientCredentials(ClientCredentials::new("/oauth/token", scopes));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("oauth2", SecurityScheme::OAuth2(OAuth2::new([flow])));
    document
}
