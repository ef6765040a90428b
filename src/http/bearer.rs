//! The bearer token of a request (RFC 6750) as the client that acts.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};

use super::address;
use super::audit;
use super::problem::Problem;
use super::rate_limit;
use super::registry::Code;
use crate::services::App;
use crate::services::actor::ClientActor;
use crate::services::sessions::Origin;

/// An authenticated API client.
#[derive(Debug, Clone, Copy)]
pub struct Bearer(pub ClientActor);

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().cloned();
        let token = token(request);
        let request = request.clone();
        Box::pin(async move {
            let (Some(app), Some(token)) = (app, token) else { return Err(Problem::new(Code::Unauthenticated)) };
            Ok(Self(client(&app, token, &request).await?))
        })
    }
}

/// The token that a request carries.
pub(super) fn token(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The client that a token was issued to. Known tokens of known clients are answered from memory; the rest ask the
/// database on a blocking thread. The request is remembered as the client's and counts against its quota.
pub(super) async fn client(app: &web::Data<App>, token: String, request: &HttpRequest) -> Result<ClientActor, Problem> {
    let actor = match app.tokens.remembered(&token, app.clock.now()) {
        Some(actor) => actor,
        None => {
            let app = app.clone();
            super::present::blocking(move || app.authenticate(&token)).await?
        }
    };
    let Origin { request: id, address } = address::origin(request);
    let actor = ClientActor { request: id, address, ..actor };
    audit::acts(request, &actor.into());
    rate_limit::count(app, request, actor.client)?;
    Ok(actor)
}
