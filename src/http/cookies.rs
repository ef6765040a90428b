//! The two cookies of browsers: the session, and the random value that forms are bound to before there is one.
//!
//! Both are `__Host-` cookies, which no other host and no plain connection can set. The loopback demo over plain HTTP is
//! the exception: browsers take no such cookie there, so the names go without the prefix and the page says so.

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;

/// A cookie of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The id of the session.
    Session,
    /// What forms are bound to without a session.
    Form,
}

impl Cookie {
    /// Its name; `plain` is the demo over plain HTTP.
    pub fn name(self, plain: bool) -> &'static str {
        match (self, plain) {
            (Self::Session, false) => "__Host-xuefen-session",
            (Self::Session, true) => "xuefen-session",
            (Self::Form, false) => "__Host-xuefen-form",
            (Self::Form, true) => "xuefen-form",
        }
    }

    /// Its value in a request, if one was sent and it can be one of ours: base64url and not long.
    pub fn read(self, request: &HttpRequest, plain: bool) -> Option<String> {
        let name = self.name(plain);
        let pairs = request.headers().get_all(COOKIE).filter_map(|header| header.to_str().ok());
        let mut pairs = pairs.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(own, _)| *own == name)?;
        let ours = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        ((16..=64).contains(&value.len()) && value.bytes().all(ours)).then(|| value.to_owned())
    }

    /// The `Set-Cookie` that keeps it until the browser is closed.
    pub fn set(self, value: &str, plain: bool) -> String {
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{}", self.name(plain), secure(plain))
    }

    /// The `Set-Cookie` that takes it away.
    pub fn clear(self, plain: bool) -> String {
        format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}", self.name(plain), secure(plain))
    }
}

fn secure(plain: bool) -> &'static str {
    if plain { "" } else { "; Secure" }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_host_cookie_is_secure_and_the_plain_one_does_not_claim_it() {
        let safe = Cookie::Session.set("abc", false);
        assert_eq!(safe, "__Host-xuefen-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        let plain = Cookie::Session.set("abc", true);
        assert_eq!(plain, "xuefen-session=abc; Path=/; HttpOnly; SameSite=Lax");
        assert!(Cookie::Form.clear(false).contains("Max-Age=0") && Cookie::Form.clear(false).ends_with("; Secure"));
    }

    #[test]
    fn only_values_that_can_be_ours_are_read() {
        let read = |header: &str| {
            let request = TestRequest::get().insert_header((COOKIE, header)).to_http_request();
            Cookie::Session.read(&request, true)
        };
        assert_eq!(read("a=b; xuefen-session=0123456789abcdef-_"), Some("0123456789abcdef-_".to_owned()));
        assert_eq!(read("xuefen-session=short"), None);
        assert_eq!(read("xuefen-session=0123456789abcdef<script>"), None);
        assert_eq!(read(&format!("xuefen-session={}", "a".repeat(65))), None);
        assert_eq!(read("other-xuefen-session=0123456789abcdef"), None);
        assert_eq!(read("xuefen-session"), None);
    }
}
