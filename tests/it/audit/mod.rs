//! The audit trail: what is in it, who sees it, and that nobody changes it unseen.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::book::pages;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::http::Call;
use crate::support::operations::list_audit_events;

mod addresses;
mod below;
mod refusals;
mod search;
mod trail;
mod views;

/// How long a test waits for what is noted: it is written within a second or two.
const PATIENCE: Duration = Duration::from_secs(15);

/// The demo's auditor.
pub fn auditor(city: &City) -> Client {
    Client::new(&city.base, &city.demo["auditor"])
}

/// A call in a request of its own, and the request's id.
pub fn marked(call: Call) -> (Call, String) {
    let id = format!("018f3a3e-0000-7000-8000-{:012x}", crate::support::fresh::number());
    (call.header("x-request-id", &id), id)
}

/// All events of a search, as `client` sees them.
#[track_caller]
pub fn events(client: &Client, filters: &[(&str, &str)]) -> Vec<Value> {
    let call = filters.iter().fold(list_audit_events(), |call, (name, value)| call.query(name, value));
    pages(client, call)
}

/// The event of a request, as soon as it is written.
#[track_caller]
pub fn event_of(client: &Client, request: &str) -> Value {
    let since = Instant::now();
    loop {
        if let Some(event) = events(client, &[("request_id", request)]).pop() {
            return event;
        }
        assert!(since.elapsed() < PATIENCE, "no event of request {request}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
