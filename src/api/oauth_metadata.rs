//! What a client can learn by itself: the keys that tokens are signed with, and the metadata of the authorization server
//! (RFC 8414) and of the API as a protected resource (RFC 9728).

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::responses::MetadataProblems;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::scope::Scope;
use crate::services::signing_keys::Jwk;

/// How clients prove themselves.
const PROOFS: [&str; 3] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
/// What they sign assertions with.
const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];
/// How long these may be cached, seconds. A new key is published twice as long before it signs.
const CACHED: &str = "public, max-age=300";

#[derive(OpenApi)]
#[openapi(paths(get_jwks, get_authorization_server, get_protected_resource))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/.well-known/jwks.json").route(web::get().to(get_jwks)))
        .service(
            web::resource("/.well-known/oauth-authorization-server").route(web::get().to(get_authorization_server)),
        )
        .service(web::resource("/.well-known/oauth-protected-resource").route(web::get().to(get_protected_resource)));
}

/// The service's public keys.
#[derive(Serialize, ToSchema)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// Metadata of the authorization server (RFC 8414).
#[derive(Serialize, ToSchema)]
pub struct AuthorizationServer {
    /// The service's address: `iss` and `aud` of its tokens.
    issuer: String,
    /// Where tokens are issued.
    token_endpoint: String,
    /// How clients prove themselves there.
    token_endpoint_auth_methods_supported: [&'static str; 3],
    /// What assertions may be signed with.
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    /// Where tokens are revoked (RFC 7009).
    revocation_endpoint: String,
    /// How clients prove themselves there.
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    /// What assertions may be signed with there.
    revocation_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    /// The keys that tokens are signed with.
    jwks_uri: String,
    /// Every scope.
    scopes_supported: Vec<&'static str>,
    /// `client_credentials` alone.
    grant_types_supported: [&'static str; 1],
    /// None: there is no authorization endpoint.
    response_types_supported: [&'static str; 0],
    /// The API's reference.
    service_documentation: String,
    /// The API (RFC 9728, section 4).
    protected_resources: [String; 1],
}

/// Metadata of the API as a protected resource (RFC 9728).
#[derive(Serialize, ToSchema)]
pub struct ProtectedResource {
    /// The service's address.
    resource: String,
    /// Who issues tokens for it: itself.
    authorization_servers: [String; 1],
    /// Every scope.
    scopes_supported: Vec<&'static str>,
    /// In the `Authorization` header alone.
    bearer_methods_supported: [&'static str; 1],
    /// Its name.
    resource_name: &'static str,
    /// Its reference.
    resource_documentation: String,
}

fn scopes() -> Vec<&'static str> {
    Scope::ALL.iter().map(|scope| scope.as_str()).collect()
}

#[utoipa::path(
    get, path = "/.well-known/jwks.json", operation_id = "get_jwks", tag = "oauth",
    summary = "Public keys of the access tokens · 访问令牌的公钥",
    responses((status = 200, description = "The keys (RFC 7517)", body = JwkSet), MetadataProblems),
    security(())
)]
async fn get_jwks(app: Data<App>) -> Result<HttpResponse, Problem> {
    let keys = blocking(move || app.jwks()).await?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, CACHED)).json(JwkSet { keys }))
}

#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server", operation_id = "get_authorization_server", tag = "oauth",
    summary = "Metadata of the authorization server · 授权服务元数据",
    responses((status = 200, description = "The metadata (RFC 8414)", body = AuthorizationServer)),
    security(())
)]
async fn get_authorization_server(app: Data<App>) -> HttpResponse {
    let issuer = app.settings.base_url.clone();
    let at = |path: &str| format!("{issuer}{path}");
    HttpResponse::Ok().insert_header((CACHE_CONTROL, CACHED)).json(AuthorizationServer {
        token_endpoint: at("/oauth/token"),
        token_endpoint_auth_methods_supported: PROOFS,
        token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        revocation_endpoint: at("/oauth/revoke"),
        revocation_endpoint_auth_methods_supported: PROOFS,
        revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        jwks_uri: at("/.well-known/jwks.json"),
        scopes_supported: scopes(),
        grant_types_supported: ["client_credentials"],
        response_types_supported: [],
        service_documentation: at("/docs"),
        protected_resources: [issuer.clone()],
        issuer,
    })
}

#[utoipa::path(
    get, path = "/.well-known/oauth-protected-resource", operation_id = "get_protected_resource", tag = "oauth",
    summary = "Metadata of the API as a protected resource · 受保护资源元数据",
    responses((status = 200, description = "The metadata (RFC 9728)", body = ProtectedResource)),
    security(())
)]
async fn get_protected_resource(app: Data<App>) -> HttpResponse {
    let resource = app.settings.base_url.clone();
    HttpResponse::Ok().insert_header((CACHE_CONTROL, CACHED)).json(ProtectedResource {
        authorization_servers: [resource.clone()],
        scopes_supported: scopes(),
        bearer_methods_supported: ["header"],
        resource_name: "Xuefen 学分银行 API",
        resource_documentation: format!("{resource}/docs"),
        resource,
    })
}
