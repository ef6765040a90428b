//! One call and its answer.

use std::fmt;
use std::ops::Index;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

use super::fresh;

static AGENT: LazyLock<Agent> = LazyLock::new(new_agent);

/// An agent with connections of its own: tests that kill servers must not meet another's dead connections.
pub fn new_agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(90)))
        .max_idle_connections(400)
        .max_idle_connections_per_host(100)
        .build()
        .into()
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation of the committed document that answers; none for pages and for what no document describes.
    pub operation: Option<&'static str>,
    /// The method.
    pub method: &'static str,
    /// The path with its query.
    pub path: String,
    /// Headers in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// The body, when there is one.
    pub body: Option<Vec<u8>>,
}

impl Call {
    /// A call of `operation`.
    pub fn new(operation: &'static str, method: &'static str, path: impl Into<String>) -> Self {
        Self { operation: Some(operation), ..Self::plain(method, path) }
    }

    /// A call that the document does not describe.
    pub fn plain(method: &'static str, path: impl Into<String>) -> Self {
        Self { operation: None, method, path: path.into(), headers: Vec::new(), body: None }
    }

    /// With one more header, replacing an earlier one of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(earlier, _)| !earlier.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without the header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(earlier, _)| !earlier.eq_ignore_ascii_case(name));
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().into_bytes())
    }

    /// With a body of any kind.
    pub fn bytes(mut self, content_type: &str, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self.header("content-type", content_type)
    }

    /// With a form as its body.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        self.bytes("application/x-www-form-urlencoded", pairs(fields).into_bytes())
    }

    /// With one more query parameter.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(&pairs(&[(name, value)]));
        self
    }

    /// With this idempotency key.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With an idempotency key that was never used.
    pub fn fresh_key(self) -> Self {
        self.key(&fresh::key())
    }

    /// With a bearer token.
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Sends it over the connections that tests share.
    pub fn send(&self, base: &str) -> Result<Answer, String> {
        self.send_by(&AGENT, base)
    }

    /// Sends it over `agent`; the error is that of the transport, never a status.
    pub fn send_by(&self, agent: &Agent, base: &str) -> Result<Answer, String> {
        let mut request = Request::builder().method(self.method).uri(format!("{base}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = match &self.body {
            Some(body) => request.body(body.clone()).map_err(|e| e.to_string()).map(|r| agent.run(r)),
            None if self.method == "POST" => request.body(Vec::new()).map_err(|e| e.to_string()).map(|r| agent.run(r)),
            None => request.body(()).map_err(|e| e.to_string()).map(|r| agent.run(r)),
        };
        let mut response = response?.map_err(|e| e.to_string())?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let bytes = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_vec()
            .map_err(|e| format!("body cut short: {e}"))?;
        Ok(Answer::new(self, response.status().as_u16(), headers, bytes))
    }
}

/// Fields joined as a form or a query writes them.
pub fn pairs(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    asked: String,
    /// The status.
    pub status: u16,
    /// All headers.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl Answer {
    /// An answer to `call`.
    pub fn new(call: &Call, status: u16, headers: Vec<(String, String)>, bytes: Vec<u8>) -> Self {
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { asked: format!("{} {}", call.method, call.path), status, headers, bytes, json }
    }

    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters.
    pub fn media_type(&self) -> &str {
        self.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Itself, when the status is the one that was hoped for.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Itself, when it is the problem `code` with this status, written as RFC 9457 asks.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.media_type(), "application/problem+json", "{self:?}");
        assert_eq!(self["status"].as_u64(), Some(u64::from(status)), "{self:?}");
        assert_eq!(self["type"].as_str(), Some(&*format!("/problems#{code}")), "{self:?}");
        for member in ["title", "detail", "instance"] {
            assert!(self[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {self:?}");
        }
        self
    }

    /// Itself, when it is the problem `code` and one of its errors points to `pointer`.
    #[track_caller]
    pub fn problem_at(self, status: u16, code: &str, pointer: &str) -> Self {
        let found = self.problem(status, code);
        assert!(found.pointers().iter().any(|own| own == pointer), "no error at {pointer}: {found:?}");
        found
    }

    /// All pointers of a problem's errors.
    pub fn pointers(&self) -> Vec<String> {
        let errors = self["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error["pointer"].as_str().map(str::to_owned)).collect()
    }

    /// A member that is text.
    #[track_caller]
    pub fn str(&self, member: &str) -> &str {
        self[member].as_str().unwrap_or_else(|| panic!("no text {member} in {self:?}"))
    }

    /// The `id` of what was made or found.
    #[track_caller]
    pub fn id(&self) -> String {
        self.str("id").to_owned()
    }

    /// The `items` of a list.
    #[track_caller]
    pub fn items(&self) -> &[Value] {
        self["items"].as_array().unwrap_or_else(|| panic!("no items in {self:?}"))
    }
}

impl Index<&str> for Answer {
    type Output = Value;

    fn index(&self, member: &str) -> &Value {
        &self.json[member]
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.text();
        if let Some((end, _)) = text.char_indices().nth(2_000) {
            text.truncate(end);
        }
        write!(f, "{} answered {} {}: {text}", self.asked, self.status, self.media_type())
    }
}
