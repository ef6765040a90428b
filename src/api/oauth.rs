//! Tokens for API clients: OAuth 2.0 client credentials (RFC 6749, section 4.4) and the keys they verify with.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::http::body;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::error::Error;
use crate::services::tokens::{Issued, Jwk};

/// Largest token request.
const FORM_MAX: usize = 4096;

#[derive(OpenApi)]
#[openapi(paths(issue_token, get_jwks))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/oauth/token").route(web::post().to(issue_token)))
        .service(web::resource("/.well-known/jwks.json").route(web::get().to(get_jwks)));
}

/// The form of a token request.
#[derive(Deserialize, ToSchema)]
pub struct TokenForm {
    /// Always `client_credentials`.
    grant_type: Option<String>,
    /// Scopes wanted, separated by spaces; all that the client has when absent.
    scope: Option<String>,
    /// The client's id, where it is not in the `Authorization` header.
    client_id: Option<String>,
    /// The client's secret, where it is not in the `Authorization` header.
    client_secret: Option<String>,
}

/// An error as RFC 6749, section 5.2 has it.
#[derive(Serialize, ToSchema)]
pub struct TokenError {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type`, `invalid_scope` or `temporarily_unavailable`.
    error: &'static str,
}

/// The service's public keys.
#[derive(Serialize, ToSchema)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

#[utoipa::path(
    post, path = "/oauth/token", operation_id = "issue_token", tag = "oauth",
    summary = "Get an access token · 获取访问令牌",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = Issued),
        (status = 400, description = "The request is not a token request", body = TokenError),
        (status = 401, description = "The client is unknown or its secret wrong", body = TokenError),
        (status = 503, description = "Not now", body = TokenError),
    ),
    security(())
)]
async fn issue_token(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    match token(&request, payload, app).await {
        Ok(issued) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(issued),
        Err((status, error)) => {
            let mut response = HttpResponseBuilder::new(status);
            if status == StatusCode::UNAUTHORIZED {
                response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="xuefen""#));
            }
            response.insert_header((CACHE_CONTROL, "no-store")).json(TokenError { error })
        }
    }
}

async fn token(request: &HttpRequest, payload: Payload, app: Data<App>) -> Result<Issued, (StatusCode, &'static str)> {
    let bad = (StatusCode::BAD_REQUEST, "invalid_request");
    let media = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !media.starts_with("application/x-www-form-urlencoded") {
        return Err(bad);
    }
    let raw = body::read(request, payload, FORM_MAX).await.map_err(|_| bad)?;
    let text = String::from_utf8(raw).map_err(|_| bad)?;
    let form = web::Query::<TokenForm>::from_query(&text).map_err(|_| bad)?.into_inner();
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err((StatusCode::BAD_REQUEST, "unsupported_grant_type")),
        None => return Err(bad),
    }
    let (id, secret) = match (basic(request), form.client_id, form.client_secret) {
        (Some(pair), None, None) => pair,
        (None, Some(id), Some(secret)) => (id, secret),
        _ => return Err((StatusCode::UNAUTHORIZED, "invalid_client")),
    };
    let issued = blocking(move || match app.issue_token(&id, &secret, form.scope.as_deref()) {
        Err(Error::Forbidden) => Ok(Err("invalid_scope")),
        other => other.map(Ok),
    })
    .await
    .map_err(|problem: Problem| match problem.code.status() {
        StatusCode::SERVICE_UNAVAILABLE => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        status => (status, "server_error"),
    })?;
    issued.map_err(|error| (StatusCode::BAD_REQUEST, error))?.ok_or((StatusCode::UNAUTHORIZED, "invalid_client"))
}

/// Client id and secret of HTTP Basic (RFC 7617).
fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = header.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(credentials.trim()).ok())??;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

#[utoipa::path(
    get, path = "/.well-known/jwks.json", operation_id = "get_jwks", tag = "oauth",
    summary = "Public keys of the access tokens · 访问令牌的公钥",
    responses((status = 200, description = "The keys (RFC 7517)", body = JwkSet)),
    security(())
)]
async fn get_jwks(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=300")).json(JwkSet { keys: app.tokens.jwks() })
}
