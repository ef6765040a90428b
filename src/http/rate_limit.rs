//! Quotas of API clients on the wire: `RateLimit` and `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers-10 has them,
//! and 429 with `Retry-After` when one is used up.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};

use super::problem::Problem;
use super::registry::Code;
use crate::domain::ids::ClientId;
use crate::services::App;
use crate::services::rate_limit::{Allowance, Lane, WINDOW_SECONDS};

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Paths of bulk work: whatever begins so.
const BULK_PREFIXES: &[&str] = &[
    "/api/v1/achievements/batch",
    "/api/v1/learners/batch",
    "/api/v1/cohort-plans",
    "/api/v1/graduation-audits",
    "/api/v1/jobs",
    "/api/v1/simulations",
];
/// Paths of bulk work below rule sets: whatever ends so.
const BULK_OF_RULE_SETS: &[&str] = &["/export", "/import", "/simulation"];

/// What the answer says of the quota.
#[derive(Debug, Clone, Copy)]
struct Counted {
    lane: Lane,
    allowance: Allowance,
}

/// The lane of a path.
pub fn lane(path: &str) -> Lane {
    let bulk = BULK_PREFIXES
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    let sheet = path.starts_with("/api/v1/rule-sets/") && BULK_OF_RULE_SETS.iter().any(|end| path.ends_with(end));
    if bulk || sheet { Lane::Bulk } else { Lane::Interactive }
}

/// Counts a request of a client against the quota of its lane.
pub(super) fn count(app: &App, request: &HttpRequest, client: ClientId) -> Result<(), Problem> {
    let lane = lane(request.path());
    let taken = app.limits.take(app.settings.quotas, lane, client, app.clock.now());
    let allowance = match taken {
        Ok(allowance) => allowance,
        Err(exhausted) => Some(exhausted.allowance),
    };
    if let Some(allowance) = allowance {
        request.extensions_mut().insert(Counted { lane, allowance });
    }
    taken.map(drop).map_err(|exhausted| {
        let problem = Problem::new(Code::TooManyRequests).with("lane", lane.as_str());
        problem.with("retry_after", exhausted.wait)
    })
}

/// Writes the fields of a counted request into its answer.
pub(super) fn tell(request: &HttpRequest, headers: &mut HeaderMap) {
    let Some(Counted { lane, allowance }) = request.extensions().get::<Counted>().copied() else { return };
    let name = lane.as_str();
    let value = |text: String| HeaderValue::try_from(text).expect("names and numbers make a header value");
    headers.insert(RATELIMIT_POLICY, value(format!(r#""{name}";q={};w={WINDOW_SECONDS}"#, allowance.quota)));
    headers.insert(RATELIMIT, value(format!(r#""{name}";r={};t={}"#, allowance.remaining, allowance.reset)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_jobs_and_sheets_have_a_lane_of_their_own() {
        for path in [
            "/api/v1/achievements/batch",
            "/api/v1/learners/batch",
            "/api/v1/jobs",
            "/api/v1/jobs/1/cancellation",
            "/api/v1/cohort-plans/1/results",
            "/api/v1/rule-sets/import",
            "/api/v1/rule-sets/1/versions/2/simulation",
        ] {
            assert_eq!(lane(path), Lane::Bulk, "{path}");
        }
        for path in
            ["/api/v1/achievements", "/api/v1/learners/batches", "/api/v1/rule-sets/1", "/api/v1/jobsite", "/import"]
        {
            assert_eq!(lane(path), Lane::Interactive, "{path}");
        }
    }
}
