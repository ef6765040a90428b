//! How a client says who it is at the token and the revocation endpoint: HTTP Basic, the form, or a signed assertion
//! (RFC 6749, section 2.3; RFC 7523, section 2.2). Never in two ways at once.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::web::{Payload, Query};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::body;
use crate::services::clients::Proof;

/// Largest form: an assertion by an RSA key of 4096 bits has room.
const FORM_MAX: usize = 8 * 1024;
/// The only type of assertion (RFC 7523).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A status and an error of RFC 6749, section 5.2.
pub type OauthError = (StatusCode, &'static str);

/// A request that is no such request.
pub const INVALID_REQUEST: OauthError = (StatusCode::BAD_REQUEST, "invalid_request");
/// No client, or not this one.
pub const INVALID_CLIENT: OauthError = (StatusCode::UNAUTHORIZED, "invalid_client");

#[derive(Deserialize)]
struct Credentials {
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
}

/// Reads the form of a request; repeated members are refused.
pub async fn form(request: &HttpRequest, payload: Payload) -> Result<String, OauthError> {
    let media = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !media.starts_with("application/x-www-form-urlencoded") {
        return Err(INVALID_REQUEST);
    }
    let raw = body::read(request, payload, FORM_MAX).await.map_err(|_| INVALID_REQUEST)?;
    String::from_utf8(raw).map_err(|_| INVALID_REQUEST)
}

/// The members of a form that `T` knows.
pub fn fields<T: DeserializeOwned>(form: &str) -> Result<T, OauthError> {
    Ok(Query::<T>::from_query(form).map_err(|_| INVALID_REQUEST)?.into_inner())
}

/// The one proof that a request carries.
pub fn proof(request: &HttpRequest, form: &str) -> Result<Proof, OauthError> {
    let form: Credentials = fields(form)?;
    let header = request.headers().contains_key(AUTHORIZATION);
    let asserted = form.client_assertion.is_some() || form.client_assertion_type.is_some();
    if [header, form.client_secret.is_some(), asserted].into_iter().filter(|said| *said).count() > 1 {
        return Err(INVALID_REQUEST);
    }
    if header {
        let (id, secret) = basic(request).ok_or(INVALID_CLIENT)?;
        // The id may stand in the form as well, and then says the same.
        if form.client_id.is_some_and(|other| other != id) {
            return Err(INVALID_REQUEST);
        }
        return Ok(Proof::Secret { id, secret });
    }
    match (form.client_id, form.client_secret, form.client_assertion) {
        (Some(id), Some(secret), None) => Ok(Proof::Secret { id, secret: Zeroizing::new(secret) }),
        (id, None, Some(jwt)) if form.client_assertion_type.as_deref() == Some(JWT_BEARER) => {
            Ok(Proof::Assertion { id, jwt })
        }
        _ if asserted => Err(INVALID_REQUEST),
        _ => Err(INVALID_CLIENT),
    }
}

/// Client id and secret of HTTP Basic (RFC 7617).
fn basic(request: &HttpRequest) -> Option<(String, Zeroizing<String>)> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = header.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(credentials.trim()).ok())??;
    let decoded = Zeroizing::new(decoded);
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), Zeroizing::new(secret.to_owned())))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn kind(basic: Option<&str>, form: &str) -> Result<&'static str, &'static str> {
        let mut request = TestRequest::post();
        if let Some(pair) = basic {
            request = request.insert_header((AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair))));
        }
        match proof(&request.to_http_request(), form) {
            Ok(Proof::Secret { .. }) => Ok("secret"),
            Ok(Proof::Assertion { .. }) => Ok("assertion"),
            Err((_, error)) => Err(error),
        }
    }

    #[test]
    fn a_client_proves_itself_in_one_way() {
        let jwt = format!("client_assertion_type={JWT_BEARER}&client_assertion=a.b.c");
        assert_eq!(kind(Some("a:b"), ""), Ok("secret"));
        assert_eq!(kind(Some("a:b"), "client_id=a"), Ok("secret"));
        assert_eq!(kind(None, "client_id=a&client_secret=b"), Ok("secret"));
        assert_eq!(kind(None, &jwt), Ok("assertion"));
        assert_eq!(kind(None, &format!("{jwt}&client_id=a")), Ok("assertion"));
        for (header, form) in [
            (Some("a:b"), "client_id=c".to_owned()),
            (Some("a:b"), "client_secret=b".to_owned()),
            (Some("a:b"), jwt.clone()),
            (None, format!("{jwt}&client_id=a&client_secret=b")),
            (None, format!("{jwt}&client_secret=b")),
            (None, "client_assertion=a.b.c".to_owned()),
            (None, "client_assertion=a.b.c&client_assertion_type=saml".to_owned()),
            (None, format!("client_id=a&client_assertion_type={JWT_BEARER}")),
            (None, "client_id=a&client_id=b&client_secret=c".to_owned()),
        ] {
            assert_eq!(kind(header, &form), Err("invalid_request"), "{form}");
        }
        for (header, form) in [(None, ""), (None, "client_id=a"), (None, "client_secret=b"), (Some("nothing"), "")] {
            assert_eq!(kind(header, form), Err("invalid_client"), "{form}");
        }
    }
}
