//! Who calls: an API client by its token, or a learner by the cookie of its session.
//!
//! A cookie is sent along by the browser whoever wrote the page. So a request that changes something counts as the
//! learner's only when the browser says that our own page sent it, and when its body is of a kind that a form on
//! another site cannot send unasked.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest, web};

use super::cookies::Cookie;
use super::problem::Problem;
use super::registry::Code;
use super::same_site::surely_ours;
use super::{address, audit, bearer};
use crate::services::App;
use crate::services::actor::Actor;

/// Kinds of bodies that come with a cookie: JSON, and files as they are.
const BODIES: &[&str] = &["application/json", "application/pdf", "image/jpeg", "image/png"];

/// An authenticated client or learner. Where a request carries a token, the token counts.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub Actor);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().cloned();
        let bears = request.headers().contains_key(AUTHORIZATION);
        let token = bearer::token(request);
        let session = app.as_ref().and_then(|app| Cookie::Session.read(request, app.settings.plain_http));
        let ours = app.as_ref().is_some_and(|app| may_change(request, &app.settings.base_url));
        let (request, origin) = (request.clone(), address::origin(request));
        Box::pin(async move {
            let nobody = || Problem::new(Code::Unauthenticated);
            let app = app.ok_or_else(nobody)?;
            if bears {
                let client = bearer::client(&app, token.ok_or_else(nobody)?, &request).await?;
                return Ok(Self(client.into()));
            }
            let session = session.ok_or_else(nobody)?;
            let learner = super::present::blocking(move || app.session(&session, &origin)).await?.ok_or_else(nobody)?;
            audit::acts(&request, &learner.into());
            if ours { Ok(Self(learner.into())) } else { Err(Problem::new(Code::Forbidden)) }
        })
    }
}

/// Whether a request with a cookie may do what its method says.
fn may_change(request: &HttpRequest, base_url: &str) -> bool {
    if request.method().is_safe() {
        return true;
    }
    let headers = request.headers();
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let empty =
        headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0") && !headers.contains_key(TRANSFER_ENCODING);
    surely_ours(request, base_url) && (BODIES.contains(&media.as_str()) || media.is_empty() && empty)
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;
    use actix_web::http::header::HOST;
    use actix_web::test::TestRequest;

    use super::*;

    fn may(method: Method, headers: &[(&'static str, &str)]) -> bool {
        let mut request = TestRequest::default().method(method).insert_header((HOST, "bank.example"));
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        may_change(&request.to_http_request(), "https://bank.example")
    }

    #[test]
    fn a_cookie_alone_changes_nothing() {
        let ours = ("origin", "https://bank.example");
        let json = ("content-type", "application/json; charset=utf-8");
        assert!(may(Method::GET, &[]));
        assert!(may(Method::POST, &[ours, json]));
        assert!(may(Method::POST, &[("sec-fetch-site", "same-origin"), json]));
        assert!(may(Method::DELETE, &[ours]), "nothing is sent");
        assert!(!may(Method::POST, &[json]), "the browser does not say where it comes from");
        assert!(!may(Method::POST, &[("origin", "https://elsewhere.example"), json]));
        assert!(!may(Method::POST, &[("sec-fetch-site", "cross-site"), ours, json]));
        for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
            assert!(!may(Method::POST, &[ours, ("content-type", media), ("content-length", "2")]), "{media}");
        }
    }
}
