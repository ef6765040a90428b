//! What all pages have in common: the frame of the template and the headers of the answer.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::assets;
use super::visitor::Visitor;
use crate::http::cookies::Cookie;
use crate::http::problem::Problem;
use crate::http::registry::Code;
use crate::services::App;

/// Nothing is loaded but our own style sheet and pictures, nothing runs, nothing may frame the page.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// What the base template shows on every page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Path of the style sheet.
    pub style: String,
    /// Path of the icon.
    pub icon: String,
    /// Whether this is the demo city.
    pub demo: bool,
    /// Whether the connection is plain HTTP.
    pub plain: bool,
    /// Whether a learner is logged in.
    pub learner: bool,
    /// The token of this visitor's forms.
    pub token: String,
}

impl Frame {
    /// The frame of a page for `visitor`.
    pub fn new(app: &App, visitor: &Visitor) -> Self {
        Self {
            style: assets::style_path(),
            icon: assets::icon_path(),
            demo: app.settings.demo,
            plain: app.settings.plain_http,
            learner: visitor.actor().is_some(),
            token: app.form_token(visitor.binding()),
        }
    }
}

/// The headers that every answer of the pages has.
pub fn headed(app: &App, status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "same-origin"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("cross-origin-opener-policy", "same-origin"));
    if !app.settings.plain_http {
        response.insert_header((STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    }
    response
}

/// A page.
pub fn html(
    app: &App,
    status: StatusCode,
    visitor: &Visitor,
    template: &impl Template,
) -> Result<HttpResponse, Problem> {
    let text = template.render().map_err(|error| {
        tracing::error!(%error, "a page did not render");
        Problem::new(Code::InternalError)
    })?;
    let mut response = headed(app, status);
    if let Some(cookie) = visitor.cookie(app.settings.plain_http) {
        response.append_header((SET_COOKIE, cookie));
    }
    Ok(response.insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(text))
}

/// Sends the browser on to another page after a form.
pub fn see_other(app: &App, path: &'static str) -> HttpResponseBuilder {
    let mut response = headed(app, StatusCode::SEE_OTHER);
    response.insert_header((LOCATION, path));
    response
}

/// Sends the browser on with a session that has just begun.
pub fn started(app: &App, session: &str, path: &'static str) -> HttpResponse {
    let cookie = Cookie::Session.set(session, app.settings.plain_http);
    see_other(app, path).insert_header((SET_COOKIE, cookie)).finish()
}
