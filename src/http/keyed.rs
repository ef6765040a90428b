//! A request that may be sent again under its `Idempotency-Key`: the key is taken from the request at once, the body only
//! when the handler asks for it, so that nobody unknown has a body read.

use std::fmt::Display;
use std::future::{Ready, ready};

use actix_web::dev;
use actix_web::web::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body::{self, BODY_MAX};
use super::language::Language;
use super::present::{blocking, replayed};
use super::problem::Problem;
use super::registry::Code;
use crate::services::App;
use crate::services::actor::Actor;
use crate::services::error::Result;
use crate::services::idempotency::{Answer, Once};

/// Longest `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_MAX: usize = 255;

/// The request's `Idempotency-Key` (1–255 visible ASCII characters) and its body, not read yet.
pub struct Keyed {
    key: String,
    request: HttpRequest,
    payload: Payload,
}

impl FromRequest for Keyed {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let key = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
        let good = key.filter(|key| {
            (1..=IDEMPOTENCY_KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let Some(key) = good.map(str::to_owned) else {
            return ready(Err(Problem::new(Code::IdempotencyKeyRequired)));
        };
        ready(Payload::from_request(request, payload).into_inner().map_or_else(
            |_| Err(Problem::new(Code::ServiceUnavailable)), // never: it only takes the stream
            |payload| Ok(Self { key, request: request.clone(), payload }),
        ))
    }
}

impl Keyed {
    /// The language that is asked for.
    pub fn language(&self) -> Language {
        Language::of(self.request.headers())
    }

    /// Reads a JSON body of at most [`BODY_MAX`] bytes; `target` is what the path names, or nothing.
    pub async fn read<T: DeserializeOwned>(
        self,
        app: &App,
        actor: impl Into<Actor>,
        operation: &'static str,
        target: impl Display,
    ) -> std::result::Result<(T, Once), Problem> {
        self.read_within(BODY_MAX, app, actor, operation, target).await
    }

    /// The same of at most `limit` bytes.
    pub async fn read_within<T: DeserializeOwned>(
        self,
        limit: usize,
        app: &App,
        actor: impl Into<Actor>,
        operation: &'static str,
        target: impl Display,
    ) -> std::result::Result<(T, Once), Problem> {
        let body = body::json::<T>(&self.request, self.payload, limit).await?;
        let once = app.once(actor, operation, &self.key, &target.to_string(), &body.raw);
        Ok((body.value, once))
    }
}

/// Runs a use case that is done once for a key and answers `fresh` with what came of it, marked where it was done before.
pub async fn answer<T: Serialize + Send + 'static>(
    fresh: HttpResponseBuilder,
    use_case: impl FnOnce() -> Result<Answer<T>> + Send + 'static,
) -> std::result::Result<HttpResponse, Problem> {
    let (value, again) = blocking(use_case).await?.parts();
    let mut response = replayed(fresh, again);
    Ok(response.json(value))
}
