//! Logging in and out.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, SET_COOKIE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::error::or_page;
use super::page::{Frame, html, see_other};
use super::visitor::Visitor;
use super::{forms, page};
use crate::http::address::origin;
use crate::http::cookies::Cookie;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::login::LoggedIn;

/// The form as it was sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LoginForm {
    token: String,
    login: String,
    password: String,
}

/// What stands above the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Nothing.
    None,
    /// The log-in was refused.
    Refused,
    /// Too many wrong tries.
    Wait,
}

/// The page of the form.
#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage<'a> {
    /// Around it.
    pub frame: Frame,
    /// What was typed.
    pub login: &'a str,
    /// What stands above it.
    pub notice: Notice,
}

/// How long a name has to wait after too many wrong tries at most, seconds.
const WAIT_SECONDS: &str = "900";

/// `GET /login`
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let page = empty(&request, &app).await;
    or_page(&request, &app, page)
}

async fn empty(request: &HttpRequest, app: &Data<App>) -> Result<HttpResponse, Problem> {
    let visitor = Visitor::of(request, app).await?;
    if visitor.actor().is_some() {
        return Ok(see_other(app, "/me").finish());
    }
    let page = LoginPage { frame: Frame::new(app, &visitor), login: "", notice: Notice::None };
    html(app, StatusCode::OK, &visitor, &page)
}

/// `POST /login`
pub async fn submit(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let page = log_in(&request, payload, &app).await;
    or_page(&request, &app, page)
}

async fn log_in(request: &HttpRequest, payload: Payload, app: &Data<App>) -> Result<HttpResponse, Problem> {
    let form: LoginForm = forms::read(request, payload).await?;
    let visitor = Visitor::of(request, app).await?;
    forms::guard(request, app, &visitor, &form.token)?;
    let (service, from) = (app.clone(), origin(request));
    let (login, password) = (form.login.clone(), form.password);
    let notice = match blocking(move || service.log_in(&login, &password, &from)).await? {
        LoggedIn::Done(id) => return Ok(page::started(app, &id, "/me")),
        LoggedIn::Refused => Notice::Refused,
        LoggedIn::Wait => Notice::Wait,
    };
    let page = LoginPage { frame: Frame::new(app, &visitor), login: &form.login, notice };
    let wait = notice == Notice::Wait;
    let status = if wait { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut response = html(app, status, &visitor, &page)?;
    if wait {
        response.headers_mut().insert(RETRY_AFTER, WAIT_SECONDS.parse().expect("digits are a header value"));
    }
    Ok(response)
}

/// The form of the log-out button.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LogOutForm {
    token: String,
}

/// `POST /logout`
pub async fn log_out(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let page = leave(&request, payload, &app).await;
    or_page(&request, &app, page)
}

async fn leave(request: &HttpRequest, payload: Payload, app: &Data<App>) -> Result<HttpResponse, Problem> {
    let form: LogOutForm = forms::read(request, payload).await?;
    let visitor = Visitor::of(request, app).await?;
    let Visitor::Learner { actor, session } = &visitor else { return Ok(see_other(app, "/").finish()) };
    forms::guard(request, app, &visitor, &form.token)?;
    let (service, from, actor, session) = (app.clone(), origin(request), *actor, session.clone());
    blocking(move || service.log_out(&actor, &session, &from)).await?;
    let cookie = Cookie::Session.clear(app.settings.plain_http);
    Ok(see_other(app, "/").insert_header((SET_COOKIE, cookie)).finish())
}
