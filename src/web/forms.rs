//! Reading a form, and telling our own forms from those that stand on other sites.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use actix_web::web::{Payload, Query};
use serde::de::DeserializeOwned;

use super::visitor::Visitor;
use crate::http::body;
use crate::http::problem::Problem;
use crate::http::registry::Code;
use crate::services::App;

/// Largest form: long names and passwords, percent-encoded, fit several times over.
const FORM_MAX: usize = 64 * 1024;

/// Reads a form; members that are not asked for are passed over.
pub async fn read<T: DeserializeOwned>(request: &HttpRequest, payload: Payload) -> Result<T, Problem> {
    let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    let raw = body::read(request, payload, FORM_MAX).await?;
    let malformed = || Problem::new(Code::InvalidRequest);
    let text = String::from_utf8(raw).map_err(|_| malformed())?;
    Query::<T>::from_query(&text).map(Query::into_inner).map_err(|_| malformed())
}

/// Refuses a form that is not ours: its token must be that of the visitor's cookie, and the browser must not say that
/// it came from another site.
pub fn guard(request: &HttpRequest, app: &App, visitor: &Visitor, token: &str) -> Result<(), Problem> {
    let ours = same_site(request, &app.settings.base_url) && app.form_token_fits(visitor.binding(), token);
    if ours { Ok(()) } else { Err(Problem::new(Code::Forbidden)) }
}

/// What `Sec-Fetch-Site` and `Origin` say, as far as they were sent. A page with `Referrer-Policy: same-origin` sends its
/// own origin, never `null`.
fn same_site(request: &HttpRequest, base_url: &str) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("null"));
    let fetched = header("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let host = header(HOST.as_str()).unwrap_or_default();
    let origin = header(ORIGIN.as_str()).is_none_or(|origin| {
        let own = origin.split_once("://").is_some_and(|(_, authority)| !host.is_empty() && authority == host);
        own || origin == base_url
    });
    fetched && origin
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn what_the_browser_calls_another_site_is_refused() {
        let ours = |headers: &[(&'static str, &str)]| {
            let mut request = TestRequest::post().insert_header((HOST, "bank.example:8443"));
            for (name, value) in headers {
                request = request.insert_header((*name, *value));
            }
            same_site(&request.to_http_request(), "https://bank.example")
        };
        assert!(ours(&[]), "an old browser says nothing");
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://bank.example:8443")]));
        assert!(ours(&[("origin", "https://bank.example")]), "the public address, behind a proxy");
        for origin in
            ["https://elsewhere.example", "null", "", "https://bank.example.evil.example", "bank.example:8443"]
        {
            assert!(!ours(&[("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", "none"] {
            assert!(!ours(&[("sec-fetch-site", site)]), "{site}");
        }
    }
}
