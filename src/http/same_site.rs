//! What a browser says about the page that a request came from.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};

/// Whether neither `Sec-Fetch-Site` nor `Origin` says that another site sent the request, as far as they were sent: for
/// forms, which carry a token besides. A page with `Referrer-Policy: same-origin` sends its own origin, never `null`.
pub fn not_elsewhere(request: &HttpRequest, base_url: &str) -> bool {
    fetched(request).unwrap_or(true) && origin(request, base_url).unwrap_or(true)
}

/// Whether the browser says that our own page sent the request: silence is no proof.
pub fn surely_ours(request: &HttpRequest, base_url: &str) -> bool {
    match (fetched(request), origin(request, base_url)) {
        (None, None) => false,
        (fetched, origin) => fetched.unwrap_or(true) && origin.unwrap_or(true),
    }
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name).map(|value| value.to_str().unwrap_or("null"))
}

fn fetched(request: &HttpRequest) -> Option<bool> {
    header(request, "sec-fetch-site").map(|site| site == "same-origin")
}

fn origin(request: &HttpRequest, base_url: &str) -> Option<bool> {
    let host = header(request, HOST.as_str()).unwrap_or_default();
    header(request, ORIGIN.as_str()).map(|origin| {
        let own = origin.split_once("://").is_some_and(|(_, authority)| !host.is_empty() && authority == host);
        own || origin == base_url
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn request(headers: &[(&'static str, &str)]) -> HttpRequest {
        let mut request = TestRequest::post().insert_header((HOST, "bank.example:8443"));
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        request.to_http_request()
    }

    #[test]
    fn what_the_browser_calls_another_site_is_refused() {
        for told in [not_elsewhere, surely_ours] {
            let ours = |headers: &[(&'static str, &str)]| told(&request(headers), "https://bank.example");
            assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://bank.example:8443")]));
            assert!(ours(&[("origin", "https://bank.example")]), "the public address, behind a proxy");
            for origin in
                ["https://elsewhere.example", "null", "", "https://bank.example.evil.example", "bank.example:8443"]
            {
                assert!(!ours(&[("origin", origin)]), "{origin}");
                assert!(!ours(&[("origin", origin), ("sec-fetch-site", "same-origin")]), "{origin}");
            }
            for site in ["cross-site", "same-site", "none"] {
                assert!(!ours(&[("sec-fetch-site", site)]), "{site}");
            }
        }
    }

    #[test]
    fn silence_is_enough_beside_a_token_only() {
        assert!(not_elsewhere(&request(&[]), "https://bank.example"), "an old browser says nothing");
        assert!(!surely_ours(&request(&[]), "https://bank.example"));
    }
}
