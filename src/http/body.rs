//! JSON bodies and query strings, with pointers to what is wrong in them.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{BytesMut, Payload};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::registry::Code;
use crate::domain::invalid::Reason;
use crate::services::refusal::{ItemError, Refusal};

/// Largest body.
pub const BODY_MAX: usize = 1 << 20;
/// Largest body of a batch.
pub const BATCH_BODY_MAX: usize = 8 << 20;
/// How long a body may take to arrive: actix itself has no bound.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A body as it was sent (the idempotency digest covers it) and what it says.
#[derive(Debug)]
pub struct Body<T> {
    /// The bytes.
    pub raw: Vec<u8>,
    /// The value.
    pub value: T,
}

/// Reads a JSON body of at most `limit` bytes.
pub async fn json<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<Body<T>, Problem> {
    check_type(request)?;
    let raw = read(request, payload, limit).await?;
    let value = parse(&raw)?;
    Ok(Body { raw, value })
}

fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let media = header(CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let mut parts = media.split(';').map(str::trim);
    let json = parts.next() == Some("application/json");
    let utf8 = parts.all(|part| !part.starts_with("charset=") || part.trim_matches('"') == "charset=utf-8");
    let identity = header(CONTENT_ENCODING).is_none_or(|encoding| encoding.eq_ignore_ascii_case("identity"));
    if json && utf8 && identity { Ok(()) } else { Err(Problem::new(Code::UnsupportedMediaType)) }
}

/// Reads a body of at most `limit` bytes within the time allowed.
pub async fn read(request: &HttpRequest, mut payload: Payload, limit: usize) -> Result<Vec<u8>, Problem> {
    let too_large = || Problem::new(Code::PayloadTooLarge).with("limit", limit);
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let collect = async {
        let mut bytes = BytesMut::with_capacity(announced.unwrap_or(0));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::new(Code::MalformedJson))?;
            if bytes.len() + chunk.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.to_vec())
    };
    tokio::time::timeout(BODY_TIMEOUT, collect).await.map_err(|_| Problem::new(Code::RequestTimeout))?
}

/// Parses JSON; only when that fails is it parsed again to find the place.
pub fn parse<T: DeserializeOwned>(raw: &[u8]) -> Result<T, Problem> {
    match serde_json::from_slice(raw) {
        Ok(value) => Ok(value),
        Err(error) if error.is_data() => Err(locate::<T>(raw)),
        Err(_) => Err(Problem::new(Code::MalformedJson)),
    }
}

/// Reads one item of a batch; what is wrong with it is the item's own refusal.
pub fn item<T: DeserializeOwned>(raw: &str) -> Result<T, Refusal> {
    serde_json::from_str(raw).map_err(|_| Refusal::InvalidItem { errors: faults::<T>(raw.as_bytes()) })
}

fn locate<T: DeserializeOwned>(raw: &[u8]) -> Problem {
    match faults::<T>(raw) {
        errors if errors.is_empty() => Problem::new(Code::MalformedJson),
        errors => Problem::faulty(errors),
    }
}

fn faults<T: DeserializeOwned>(raw: &[u8]) -> Vec<ItemError> {
    let mut deserializer = serde_json::Deserializer::from_slice(raw);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let message = error.inner().to_string();
            vec![fault(pointer(error.path(), &message), &message)]
        }
    }
}

/// A JSON pointer (RFC 6901) of the path; a missing or unknown field's own name stands in the message.
fn pointer(path: &serde_path_to_error::Path, message: &str) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let named = |prefix: &str| Some(message.strip_prefix(prefix)?.split('`').next()?.to_owned());
    if let Some(field) = named("missing field `").or_else(|| named("unknown field `")) {
        let last = format!("/{}", escape(&field));
        if !pointer.ends_with(&last) {
            pointer.push_str(&last);
        }
    }
    pointer
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// What a deserialiser's message says. The domain's own types put their stable code first (`code: message`).
fn fault(pointer: String, message: &str) -> ItemError {
    let known = |reason: Reason| (reason.code().to_owned(), reason.message_zh(), reason.message_en());
    let message = message.split(" at line ").next().unwrap_or(message);
    let (code, detail_zh, detail_en) = if message.starts_with("missing field") {
        known(Reason::Required)
    } else if message.starts_with("unknown field") {
        ("unknown-field".to_owned(), "没有这个字段".to_owned(), "is not a field of this request".to_owned())
    } else if message.starts_with("unknown variant") {
        known(Reason::Unknown)
    } else {
        match message.split_once(": ") {
            Some((code, _)) if code == Reason::NotADate.code() => known(Reason::NotADate),
            Some((code, _)) if code == Reason::NotANumber.code() => known(Reason::NotANumber),
            Some((code, _)) if code == Reason::Negative.code() => known(Reason::Negative),
            Some((code, _)) if code == Reason::Unknown.code() => known(Reason::Unknown),
            Some((code, text)) if code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => {
                (code.to_owned(), "取值不符合要求".to_owned(), text.to_owned())
            }
            _ => ("wrong-type".to_owned(), "类型不正确".to_owned(), "has the wrong type".to_owned()),
        }
    };
    ItemError { pointer, code, detail_zh, detail_en }
}

/// Reads a query string; unknown, repeated and malformed members are refused. Every member of `T` may be left out.
pub fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    read_query(request.query_string()).map_err(|error| Problem::faulty(vec![error]))
}

fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, ItemError> {
    let read = |text: &str| match actix_web::web::Query::<T>::from_query(text) {
        Ok(value) => Ok(value.into_inner()),
        Err(actix_web::error::QueryPayloadError::Deserialize(inner)) => Err(inner.to_string()),
        Err(_) => Err(String::new()),
    };
    let message = match read(query) {
        Ok(value) => return Ok(value),
        Err(message) => message,
    };
    // The deserialiser does not say which member is at fault: it is the one that cannot stand alone.
    let alone = query.split('&').find_map(|pair| Some((pair.split('=').next()?, read(pair).err()?)));
    let (pointer, message) = match alone {
        Some((name, message)) => (format!("/query/{}", escape(name)), message),
        None => ("/query".to_owned(), message),
    };
    Err(fault(pointer, &message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Query {
        limit: Option<i64>,
        kind: Option<crate::domain::kind::AchievementKind>,
    }

    #[test]
    fn the_member_at_fault_is_pointed_out() {
        let fault = |query: &str| read_query::<Query>(query).map(drop).map_err(|e| (e.pointer, e.code));
        let good = read_query::<Query>("limit=2&kind=course").expect("good");
        assert_eq!((good.limit, good.kind.is_some()), (Some(2), true));
        assert!(read_query::<Query>("").is_ok());
        for (query, pointer, code) in [
            ("kind=course&limit=many", "/query/limit", "wrong-type"),
            ("limit=2&kind=juggling", "/query/kind", "unknown"),
            ("limit=2&colour=red", "/query/colour", "unknown-field"),
            ("limit=2&limit=3", "/query", "wrong-type"),
        ] {
            assert_eq!(fault(query), Err((pointer.to_owned(), code.to_owned())), "{query}");
        }
    }
}
