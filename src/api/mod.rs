//! JSON handlers: extract, call one use case, present.
//!
//! Each noun's file holds its handlers, its routes and its part of the OpenAPI document.

use std::collections::HashMap;

use actix_web::http::Method;
use actix_web::web::ServiceConfig;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};

use crate::http::audit::Operations;
use crate::services::scope::Scope;

pub mod accounts;
pub mod accreditation;
pub mod achievements;
pub mod activation;
pub mod audit_event;
pub mod award;
pub mod calendar;
pub mod catalogue;
pub mod cohort_plan;
pub mod condition;
pub mod conversion;
pub mod course;
pub mod discrepancy;
pub mod enrolment;
pub mod evidence_file;
pub mod exemption;
pub mod expiry_policy;
pub mod fact;
mod feed;
pub mod graduation_audit;
pub mod institution;
pub mod job;
pub mod learner;
pub mod ledger;
mod listing;
pub mod me;
pub mod meta;
pub mod oauth;
pub mod oauth_metadata;
pub mod objection;
pub mod pathway;
pub mod plan;
pub mod precedent;
pub mod problem_schema;
pub mod programme;
pub mod programme_version;
pub mod progress;
mod queue;
pub mod recognition_case;
mod responses;
pub mod rule_set;
pub mod rule_set_comment;
pub mod rule_set_exchange;
pub mod rule_set_review;
pub mod simulation;
pub mod substitution;
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
        .configure(conversion::routes)
        .configure(exemption::routes)
        .configure(plan::routes)
        .configure(fact::routes)
        .configure(discrepancy::routes)
        .configure(institution::routes)
        .configure(accreditation::routes)
        .configure(programme::routes)
        .configure(programme_version::routes)
        .configure(course::routes)
        .configure(catalogue::routes)
        .configure(calendar::routes)
        .configure(expiry_policy::routes)
        .configure(rule_set_exchange::routes)
        .configure(rule_set::routes)
        .configure(rule_set_review::routes)
        .configure(rule_set_comment::routes)
        .configure(simulation::routes)
        .configure(cohort_plan::routes)
        .configure(job::routes)
        .configure(learner::routes)
        .configure(activation::routes)
        .configure(me::routes)
        .configure(audit_event::routes)
        .configure(evidence_file::routes)
        .configure(recognition_case::routes)
        .configure(objection::routes)
        .configure(precedent::routes)
        .configure(enrolment::routes)
        .configure(progress::routes)
        .configure(condition::routes)
        .configure(substitution::routes)
        .configure(graduation_audit::routes)
        .configure(award::routes)
        .configure(pathway::routes)
        .configure(oauth::routes)
        .configure(oauth_metadata::routes);
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Xuefen 学分银行 API",
        version = "1.0.0",
        description = "Accounts, achievements and the ledger of a city's credit bank. 学分银行接口：账户、学习成果与账簿。"
    ),
    components(schemas(problem_schema::ProblemBody, problem_schema::ProblemField)),
    security(("oauth2" = []))
)]
struct Base;

/// The names of the operations by method and path, for the audit trail.
pub fn operations() -> Operations {
    let mut names = HashMap::new();
    for (path, item) in document().paths.paths {
        let operations = [
            (Method::GET, item.get),
            (Method::POST, item.post),
            (Method::PUT, item.put),
            (Method::PATCH, item.patch),
            (Method::DELETE, item.delete),
        ];
        for (method, operation) in operations {
            if let Some(name) = operation.and_then(|operation| operation.operation_id) {
                names.insert((method, path.clone()), name);
            }
        }
    }
    Operations(names)
}

/// The whole OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Base::openapi();
    for part in [
        meta::Doc::openapi(),
        achievements::Doc::openapi(),
        accounts::Doc::openapi(),
        ledger::Doc::openapi(),
        transfers::Doc::openapi(),
        conversion::Doc::openapi(),
        exemption::Doc::openapi(),
        plan::Doc::openapi(),
        fact::Doc::openapi(),
        discrepancy::Doc::openapi(),
        institution::Doc::openapi(),
        accreditation::Doc::openapi(),
        programme::Doc::openapi(),
        programme_version::Doc::openapi(),
        course::Doc::openapi(),
        catalogue::Doc::openapi(),
        calendar::Doc::openapi(),
        expiry_policy::Doc::openapi(),
        rule_set_exchange::Doc::openapi(),
        rule_set::Doc::openapi(),
        rule_set_review::Doc::openapi(),
        rule_set_comment::Doc::openapi(),
        simulation::Doc::openapi(),
        cohort_plan::Doc::openapi(),
        job::Doc::openapi(),
        learner::Doc::openapi(),
        activation::Doc::openapi(),
        me::Doc::openapi(),
        audit_event::Doc::openapi(),
        evidence_file::Doc::openapi(),
        recognition_case::Doc::openapi(),
        objection::Doc::openapi(),
        precedent::Doc::openapi(),
        enrolment::Doc::openapi(),
        progress::Doc::openapi(),
        condition::Doc::openapi(),
        substitution::Doc::openapi(),
        graduation_audit::Doc::openapi(),
        award::Doc::openapi(),
        pathway::Doc::openapi(),
        oauth::Doc::openapi(),
        oauth_metadata::Doc::openapi(),
    ] {
        document.merge(part);
    }
    let scopes = Scopes::from_iter(Scope::ALL.iter().map(|scope| (scope.as_str(), scope.zh())));
    let flow = Flow::ClientCredentials(ClientCredentials::new("/oauth/token", scopes));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("oauth2", SecurityScheme::OAuth2(OAuth2::new([flow])));
    let session = ApiKeyValue::with_description(
        "__Host-xuefen-session",
        "The cookie of a learner who is logged in. Requests that change something must come from our own pages (Origin \
         or Sec-Fetch-Site) · 学习者登录后的会话",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::rate_limit::lane;
    use crate::services::rate_limit::Lane;

    #[test]
    fn bulk_work_is_what_is_listed_here() {
        let document = document();
        let bulk = document.paths.paths.keys().map(String::as_str).filter(|path| lane(path) == Lane::Bulk);
        let mut bulk: Vec<&str> = bulk.collect();
        bulk.sort_unstable();
        assert_eq!(
            bulk,
            [
                "/api/v1/achievements/batch",
                "/api/v1/cohort-plans",
                "/api/v1/cohort-plans/{id}/invitations",
                "/api/v1/cohort-plans/{id}/results",
                "/api/v1/graduation-audits",
                "/api/v1/graduation-audits/{id}",
                "/api/v1/graduation-audits/{id}/awards",
                "/api/v1/graduation-audits/{id}/results",
                "/api/v1/jobs",
                "/api/v1/jobs/{id}",
                "/api/v1/jobs/{id}/cancellation",
                "/api/v1/learners/batch",
                "/api/v1/rule-sets/import",
                "/api/v1/rule-sets/{id}/export",
                "/api/v1/rule-sets/{id}/versions/{version}/simulation",
                "/api/v1/simulations/{id}/results",
            ]
        );
    }
}
