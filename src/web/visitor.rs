//! Who looks at a page: a learner with a session, or somebody with a cookie that forms are bound to.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use actix_web::web::Data;

use crate::http::address::origin;
use crate::http::audit;
use crate::http::cookies::Cookie;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::actor::LearnerActor;

/// Who looks.
pub enum Visitor {
    /// A learner.
    Learner {
        /// Who acts.
        actor: LearnerActor,
        /// The id of the session.
        session: String,
    },
    /// Somebody unknown.
    Stranger {
        /// The value of the cookie that forms are bound to.
        binding: String,
        /// Whether the cookie has to be set first.
        fresh: bool,
    },
}

impl Visitor {
    /// Looks the session up, if the request carries one.
    pub async fn of(request: &HttpRequest, app: &Data<App>) -> Result<Self, Problem> {
        let plain = app.settings.plain_http;
        if let Some(session) = Cookie::Session.read(request, plain) {
            let (app, id, from) = (app.clone(), session.clone(), origin(request));
            if let Some(actor) = blocking(move || app.session(&id, &from)).await? {
                audit::acts(request, &actor.into());
                return Ok(Self::Learner { actor, session });
            }
            audit::unproved(request);
        }
        Ok(Self::stranger(request, app))
    }

    /// Somebody whose session, if any, is not looked up.
    pub fn stranger(request: &HttpRequest, app: &App) -> Self {
        match Cookie::Form.read(request, app.settings.plain_http) {
            Some(binding) => Self::Stranger { binding, fresh: false },
            None => Self::Stranger { binding: app.new_form_binding(), fresh: true },
        }
    }

    /// What the tokens of this visitor's forms are bound to.
    pub fn binding(&self) -> &str {
        match self {
            Self::Learner { session, .. } => session,
            Self::Stranger { binding, .. } => binding,
        }
    }

    /// The learner, if it is one.
    pub fn actor(&self) -> Option<&LearnerActor> {
        match self {
            Self::Learner { actor, .. } => Some(actor),
            Self::Stranger { .. } => None,
        }
    }

    /// The cookie that has to be set with the page.
    pub fn cookie(&self, plain: bool) -> Option<HeaderValue> {
        match self {
            Self::Stranger { binding, fresh: true } => HeaderValue::from_str(&Cookie::Form.set(binding, plain)).ok(),
            _ => None,
        }
    }
}
