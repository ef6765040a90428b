//! From the slip of paper to a password.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::error::or_page;
use super::forms;
use super::page::{Frame, html, see_other, started};
use super::visitor::Visitor;
use crate::http::address::origin;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::activation_form::{ActivationFault, ActivationForm};
use crate::services::login::Activated;
use crate::services::passwords::PasswordFault;

/// The form as it was sent.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub struct ActivateForm {
    token: String,
    /// The name.
    pub name: String,
    /// The number of a document.
    pub id_number: String,
    /// The code of the slip.
    pub code: String,
    password: String,
    password_again: String,
}

/// What is wrong, by field; the template says it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults {
    /// At the name.
    pub name: Option<String>,
    /// At the number.
    pub id_number: Option<String>,
    /// At the code.
    pub code: bool,
    /// At the password.
    pub password: Option<PasswordFault>,
    /// The second password is another.
    pub again: bool,
    /// Name, number and code do not belong together.
    pub refused: bool,
}

impl Faults {
    /// Whether there is any.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }

    fn of(faults: Vec<ActivationFault>) -> Self {
        let mut own = Self::default();
        for fault in faults {
            match fault {
                ActivationFault::Name(reason) => own.name = Some(reason.message_zh()),
                ActivationFault::IdNumber(reason) => own.id_number = Some(reason.message_zh()),
                ActivationFault::Code => own.code = true,
                ActivationFault::Password(fault) => own.password = Some(fault),
            }
        }
        own
    }
}

/// The page of the form.
#[derive(Template)]
#[template(path = "activate.html")]
pub struct ActivatePage<'a> {
    /// Around it.
    pub frame: Frame,
    /// What was typed.
    pub form: &'a ActivateForm,
    /// What is wrong with it.
    pub faults: Faults,
}

impl<'a> ActivatePage<'a> {
    /// The form as typed, with what is wrong.
    pub fn new(frame: Frame, form: &'a ActivateForm, faults: Faults) -> Self {
        Self { frame, form, faults }
    }
}

/// `GET /activate`
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let page = empty(&request, &app).await;
    or_page(&request, &app, page)
}

async fn empty(request: &HttpRequest, app: &Data<App>) -> Result<HttpResponse, Problem> {
    let visitor = Visitor::of(request, app).await?;
    if visitor.actor().is_some() {
        return Ok(see_other(app, "/me").finish());
    }
    let (frame, form) = (Frame::new(app, &visitor), ActivateForm::default());
    html(app, StatusCode::OK, &visitor, &ActivatePage::new(frame, &form, Faults::default()))
}

/// `POST /activate`
pub async fn submit(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let page = activate(&request, payload, &app).await;
    or_page(&request, &app, page)
}

async fn activate(request: &HttpRequest, payload: Payload, app: &Data<App>) -> Result<HttpResponse, Problem> {
    let form: ActivateForm = forms::read(request, payload).await?;
    let visitor = Visitor::of(request, app).await?;
    forms::guard(request, app, &visitor, &form.token)?;
    let (service, from, typed) = (app.clone(), origin(request), form.clone());
    let again = form.password != form.password_again;
    let activated = blocking(move || {
        let ActivateForm { name, id_number, code, password, .. } = &typed;
        let form = ActivationForm { name, id_number, code, password };
        if again { Ok(Activated::Faulty(service.activation_faults(&form))) } else { service.activate(&form, &from) }
    });
    let faults = match activated.await? {
        Activated::Done(id) => return Ok(started(app, &id, "/me?activated=1")),
        Activated::Faulty(faults) => Faults { again, ..Faults::of(faults) },
        Activated::Refused => Faults { refused: true, ..Faults::default() },
    };
    let page = ActivatePage::new(Frame::new(app, &visitor), &form, faults);
    html(app, StatusCode::UNPROCESSABLE_ENTITY, &visitor, &page)
}
