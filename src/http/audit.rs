//! The one place in which refusals are seen on their way out: whatever was refused for want of a proof or of a right goes into
//! the audit trail, whoever made the answer.

use std::collections::HashMap;

use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use uuid::Uuid;

use super::address;
use super::headers::RequestId;
use super::registry::Code;
use crate::ledger::transaction::ActorKind;
use crate::services::App;
use crate::services::actor::Actor;
use crate::services::audit::By;
use crate::services::audit_notes::Note;

/// Names of the API's operations by method and path pattern, for the audit trail.
#[derive(Debug, Default)]
pub struct Operations(pub HashMap<(Method, String), String>);

/// Who a request turned out to be by.
#[derive(Debug, Clone, Copy)]
struct Acting(By);

/// The client that a request says it is by.
#[derive(Debug, Clone, Copy)]
struct Claimed(Uuid);

/// A proof that was refused although the answer is none.
#[derive(Debug, Clone, Copy)]
struct Unproved;

/// What a page was answered with instead of what was asked.
#[derive(Debug, Clone, Copy)]
struct Refused(Code);

/// Remembers who acts, once it is proved.
pub fn acts(request: &HttpRequest, actor: &Actor) {
    request.extensions_mut().insert(Acting(actor.into()));
}

/// Remembers which client a request for a token says it is by. What is no client id is not remembered: it may be a secret in the
/// wrong place.
pub fn claims(request: &HttpRequest, client: &str) {
    if let Ok(client) = Uuid::try_parse(client) {
        request.extensions_mut().insert(Claimed(client));
    }
}

/// Remembers that a session was named which does not live.
pub fn unproved(request: &HttpRequest) {
    request.extensions_mut().insert(Unproved);
}

/// Marks a page as a refusal with this code.
pub fn refused(response: &mut HttpResponse, code: Code) {
    response.extensions_mut().insert(Refused(code));
}

/// Notes what the answer to a request was, where it is an authentication or a refusal; `problem` is what it was answered with.
pub fn note(response: &ServiceResponse, problem: Option<Code>) {
    let request = response.request();
    let (status, method) = (response.status(), request.method());
    let problem = problem.or_else(|| response.response().extensions().get::<Refused>().map(|refused| refused.0));
    let token =
        ENDPOINTS.iter().find(|(path, _)| *path == request.path() && method == Method::POST).map(|found| found.1);
    let unproved = request.extensions().get::<Unproved>().is_some();
    if !(token.is_some() || unproved || status.is_client_error()) {
        return;
    }
    let Some(app) = request.app_data::<Data<App>>() else { return };
    let acting = request.extensions().get::<Acting>().map(|acting| acting.0);
    let claimed = request.extensions().get::<Claimed>().map(|claimed| claimed.0);
    let stranger = By {
        kind: if request.path().starts_with("/api/") || token.is_some() {
            ActorKind::Client
        } else {
            ActorKind::Learner
        },
        actor: None,
        institution: None,
        address: address::address(request),
        request: Some(RequestId::of(request).0),
    };
    if unproved {
        app.note_audit(Note::refused(By { kind: ActorKind::Learner, ..stranger }, "use_session", "no-living-session"));
    }
    if let Some(action) = token {
        app.note_audit(of_token(action, status, stranger, claimed));
    } else if let Some(code) = problem.filter(|code| is_refusal(*code, acting.is_some())) {
        let by = acting.unwrap_or(stranger);
        let (action, object) = operation(request);
        let learner = learner(request);
        app.note_audit(Note { learner, object, ..Note::refused(by, action, code.as_str()) });
    }
}

/// Where clients prove themselves by something else than a token, and what they do there.
const ENDPOINTS: [(&str, &str); 2] = [("/oauth/token", "issue_token"), ("/oauth/revoke", "revoke_token")];

fn of_token(action: &'static str, status: StatusCode, by: By, claimed: Option<Uuid>) -> Note {
    let object = claimed.map(|client| format!("client {client}"));
    let refused = Note { object, claimed, ..Note::refused(by, action, "refused") };
    match status {
        StatusCode::OK => {
            // Proved: it is the actor itself.
            let by = By { actor: claimed, ..refused.by };
            Note { by, done: true, detail: None, ..refused }
        }
        StatusCode::UNAUTHORIZED => Note { detail: Some("invalid-client"), ..refused },
        StatusCode::TOO_MANY_REQUESTS => Note { detail: Some("too-many-requests"), ..refused },
        StatusCode::SERVICE_UNAVAILABLE => Note { detail: Some("unavailable"), ..refused },
        _ => Note { detail: Some("invalid-request"), ..refused },
    }
}

/// Whether a problem says that somebody may not, or did not prove to be somebody. Not to be found is a refusal where it is known
/// who looked: what one may not know of is hidden that way.
fn is_refusal(code: Code, proved: bool) -> bool {
    match code {
        Code::Unauthenticated
        | Code::InsufficientScope
        | Code::Forbidden
        | Code::NotAccreditedFor
        | Code::AuthorityNotYours
        | Code::FourEyes
        | Code::AnotherPersonRequired
        | Code::TooManyRequests => true,
        Code::NotFound => proved,
        other => other.status() == StatusCode::FORBIDDEN,
    }
}

/// The operation that a request asked for, and the thing it named. Of paths nothing is kept but ids: whatever else stands in
/// them may be anything.
fn operation(request: &HttpRequest) -> (String, Option<String>) {
    let pattern = request.match_pattern().unwrap_or_default();
    let known = request.app_data::<Data<Operations>>();
    let key = (request.method().clone(), pattern);
    if let Some(name) = known.and_then(|known| known.0.get(&key)) {
        return (name.clone(), object(request.path()));
    }
    let page = (!key.1.is_empty()).then(|| format!("page {}", key.1));
    (format!("{}_page", key.0.as_str().to_ascii_lowercase()), page)
}

/// The last thing with an id in a path.
fn object(path: &str) -> Option<String> {
    let segments: Vec<&str> = path.split('/').collect();
    let mut named = segments.windows(2).filter_map(|pair| Some((pair[0], id(pair[1])?)));
    named.next_back().map(|(kind, id)| format!("{} {id}", singular(kind)))
}

/// The learner whom a path names.
fn learner(request: &HttpRequest) -> Option<Uuid> {
    id(request.path().strip_prefix("/api/v1/learners/")?.split('/').next()?)
}

fn id(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// The word for one thing of a kind: `rule-sets` are each a `rule_set`.
fn singular(kind: &str) -> String {
    let kind = kind.replace('-', "_");
    match kind.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => kind.strip_suffix('s').unwrap_or(&kind).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_only_ids_are_kept() {
        let id = "018f3a3e-0000-7000-8000-000000000001";
        assert_eq!(object(&format!("/api/v1/learners/{id}/balances")), Some(format!("learner {id}")));
        assert_eq!(object(&format!("/api/v1/rule-sets/{id}/versions/1")), Some(format!("rule_set {id}")));
        assert_eq!(object(&format!("/api/v1/expiry-policies/{id}")), Some(format!("expiry_policy {id}")));
        for path in ["/api/v1/learners/410299200603150081", "/api/v1/learners/secret", "/api/v1/learners", "/", ""] {
            assert_eq!(object(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_hidden_is_a_refusal_only_to_somebody() {
        assert!(is_refusal(Code::NotFound, true) && !is_refusal(Code::NotFound, false));
        assert!(is_refusal(Code::Unauthenticated, false) && is_refusal(Code::InsufficientScope, true));
        assert!(!is_refusal(Code::InvalidRequest, true) && !is_refusal(Code::WrongState, true));
        for code in Code::ALL.iter().filter(|code| matches!(code.status().as_u16(), 401 | 403)) {
            assert!(is_refusal(*code, false), "{code:?}");
        }
    }
}
