//! Tokens for API clients: OAuth 2.0 client credentials (RFC 6749, section 4.4), and their revocation (RFC 7009).

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::http::address::address;
use crate::http::audit;
use crate::http::client_proof::{INVALID_CLIENT, INVALID_REQUEST, OauthError, fields, form, proof};
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::clients::Proved;
use crate::services::tokens::{Issued, TokenAnswer};

#[derive(OpenApi)]
#[openapi(paths(issue_token, revoke_token))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/oauth/token").route(web::post().to(issue_token)))
        .service(web::resource("/oauth/revoke").route(web::post().to(revoke_token)));
}

/// The form of a token request.
#[derive(Deserialize, ToSchema)]
pub struct TokenForm {
    /// Always `client_credentials`.
    grant_type: Option<String>,
    /// Scopes wanted, separated by spaces; all that the client has when absent.
    scope: Option<String>,
    /// The client's id, where it is neither in the `Authorization` header nor in an assertion.
    #[allow(dead_code, reason = "read with the proof")]
    client_id: Option<String>,
    /// The client's secret, where it is not in the `Authorization` header.
    #[allow(dead_code, reason = "read with the proof")]
    client_secret: Option<String>,
    /// Always `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`, with `client_assertion`.
    #[allow(dead_code, reason = "read with the proof")]
    client_assertion_type: Option<String>,
    /// A JWT that the client signed (RFC 7523), instead of a secret.
    #[allow(dead_code, reason = "read with the proof")]
    client_assertion: Option<String>,
}

/// The form of a revocation. The client proves itself as for a token.
#[derive(Deserialize, ToSchema)]
pub struct RevocationForm {
    /// The access token.
    token: Option<String>,
    /// `access_token`, or nothing: there are no others.
    #[allow(dead_code, reason = "there is one kind of token")]
    token_type_hint: Option<String>,
    /// As for a token.
    #[allow(dead_code, reason = "read with the proof")]
    client_id: Option<String>,
    /// As for a token.
    #[allow(dead_code, reason = "read with the proof")]
    client_secret: Option<String>,
    /// As for a token.
    #[allow(dead_code, reason = "read with the proof")]
    client_assertion_type: Option<String>,
    /// As for a token.
    #[allow(dead_code, reason = "read with the proof")]
    client_assertion: Option<String>,
}

/// An error as RFC 6749, section 5.2 has it.
#[derive(Serialize, ToSchema)]
pub struct TokenError {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type`, `invalid_scope` or `temporarily_unavailable`.
    error: &'static str,
}

/// Why a request got nothing.
enum Refused {
    Error(OauthError),
    Wait(u32),
}

impl From<OauthError> for Refused {
    fn from(error: OauthError) -> Self {
        Self::Error(error)
    }
}

#[utoipa::path(
    post, path = "/oauth/token", operation_id = "issue_token", tag = "oauth",
    summary = "Get an access token · 获取访问令牌",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = Issued),
        (status = 400, description = "The request is not a token request, or proves the client in two ways", body = TokenError),
        (status = 401, description = "The client is unknown, or its secret or assertion wrong", body = TokenError),
        (status = 429, description = "Too many requests or wrong proofs: wait Retry-After seconds", body = TokenError),
        (status = 503, description = "Not now", body = TokenError),
    ),
    security(())
)]
async fn issue_token(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    match token(&request, payload, app).await {
        Ok(issued) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(issued),
        Err(refused) => refuse(&refused),
    }
}

async fn token(request: &HttpRequest, payload: Payload, app: Data<App>) -> Result<Issued, Refused> {
    let text = form(request, payload).await?;
    let form: TokenForm = fields(&text)?;
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err((StatusCode::BAD_REQUEST, "unsupported_grant_type").into()),
        None => return Err(INVALID_REQUEST.into()),
    }
    let (proof, network) = (proof(request, &text)?, network(request));
    audit::claims(request, &proof.said());
    let answer = blocking(move || app.issue_token(&proof, form.scope.as_deref(), &network)).await.map_err(away)?;
    match answer {
        TokenAnswer::Issued(issued) => Ok(issued),
        TokenAnswer::Nobody => Err(INVALID_CLIENT.into()),
        TokenAnswer::Scope => Err((StatusCode::BAD_REQUEST, "invalid_scope").into()),
        TokenAnswer::Wait(seconds) => Err(Refused::Wait(seconds)),
    }
}

#[utoipa::path(
    post, path = "/oauth/revoke", operation_id = "revoke_token", tag = "oauth",
    summary = "Revoke one's own access token · 注销访问令牌",
    request_body(content = RevocationForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It is no token of this client that is taken, whether it was one or not"),
        (status = 400, description = "The request names no token, or proves the client in two ways", body = TokenError),
        (status = 401, description = "The client is unknown, or its secret or assertion wrong", body = TokenError),
        (status = 429, description = "Too many requests or wrong proofs: wait Retry-After seconds", body = TokenError),
        (status = 503, description = "Not now", body = TokenError),
    ),
    security(())
)]
async fn revoke_token(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    match revoke(&request, payload, app).await {
        Ok(()) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).finish(),
        Err(refused) => refuse(&refused),
    }
}

async fn revoke(request: &HttpRequest, payload: Payload, app: Data<App>) -> Result<(), Refused> {
    let text = form(request, payload).await?;
    let form: RevocationForm = fields(&text)?;
    let (proof, network) = (proof(request, &text)?, network(request));
    audit::claims(request, &proof.said());
    let token = form.token.ok_or(INVALID_REQUEST)?;
    match blocking(move || app.revoke_token(&proof, &token, &network)).await.map_err(away)? {
        Proved::Client(..) => Ok(()),
        Proved::Nobody => Err(INVALID_CLIENT.into()),
        Proved::Wait(seconds) => Err(Refused::Wait(seconds)),
    }
}

fn refuse(refused: &Refused) -> HttpResponse {
    let (status, error) = match refused {
        Refused::Error(error) => *error,
        Refused::Wait(_) => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
    };
    let mut response = HttpResponseBuilder::new(status);
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="xuefen""#));
    }
    if let Refused::Wait(seconds) = refused {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    response.insert_header((CACHE_CONTROL, "no-store")).json(TokenError { error })
}

/// What a failure of the service itself is answered with.
fn away(problem: Problem) -> Refused {
    match problem.code.status() {
        StatusCode::SERVICE_UNAVAILABLE => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable").into(),
        status => (status, "server_error").into(),
    }
}

/// The network that the request came from: of IPv6 the first half alone, since one host has all addresses of a /64.
fn network(request: &HttpRequest) -> String {
    match address(request) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => address.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
        None => String::new(),
    }
}
