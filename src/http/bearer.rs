//! The bearer token of a request (RFC 6750) as the client that acts.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};

use super::headers::RequestId;
use super::problem::Problem;
use super::registry::Code;
use crate::services::App;
use crate::services::actor::ClientActor;

/// An authenticated API client.
#[derive(Debug, Clone, Copy)]
pub struct Bearer(pub ClientActor);

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().cloned();
        let token = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned());
        let id = RequestId::of(request).0;
        Box::pin(async move {
            let (Some(app), Some(token)) = (app, token) else { return Err(Problem::new(Code::Unauthenticated)) };
            // Known tokens of known clients are answered from memory; the rest ask the database on a blocking thread.
            if let Some(actor) = app.tokens.remembered(&token, app.clock.now()) {
                return Ok(Self(ClientActor { request: id, ..actor }));
            }
            let actor = super::present::blocking(move || app.authenticate(&token)).await?;
            Ok(Self(ClientActor { request: id, ..actor }))
        })
    }
}
