//! The problems that operations answer with, in groups, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{ContentBuilder, Ref, RefOr};

/// Problems by status and what they mean there.
type Problems = &'static [(&'static str, &'static str)];

/// Of every operation that needs a token.
const EVERYWHERE: Problems = &[
    ("401", "No valid token"),
    ("403", "A scope is missing, or not for this caller"),
    ("429", "The client's quota is used up: wait Retry-After seconds"),
    ("500", "The service failed"),
    ("503", "Not now"),
];
/// Of every operation that needs none.
const SERVICE: Problems = &[("500", "The service failed"), ("503", "Not now")];
const QUERY: Problems = &[("400", "Something is wrong with the query")];
const MISSING: Problems = &[("404", "There is none, or none for this caller")];
const BODY: Problems = &[
    ("400", "Something is wrong with the request"),
    ("408", "The body did not arrive in time"),
    ("413", "Too large"),
    ("415", "Not JSON"),
];
const TAKEN: Problems = &[("409", "It exists already")];
const VERSION: Problems =
    &[("412", "It has changed since the version named in If-Match"), ("428", "If-Match is missing")];

macro_rules! groups {
    ($( $(#[$meta:meta])* $name:ident = $($part:ident)+; )+) => { $(
        $(#[$meta])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                responses(&[$($part),+])
            }
        }
    )+ };
}

const RULES: Problems = &[("409", "It contradicts what stands"), ("422", "A rule of the bank says no")];

groups! {
    /// Of posting to the ledger.
    PostProblems = EVERYWHERE BODY RULES;
    /// Of posting to the ledger below something that must exist.
    SubpostProblems = EVERYWHERE BODY MISSING RULES;
    /// Of what anybody may learn.
    MetadataProblems = SERVICE;
    /// Of a report.
    ReportProblems = EVERYWHERE;
    /// Of a list.
    ListProblems = EVERYWHERE QUERY;
    /// Of a list for everybody.
    PublicListProblems = SERVICE QUERY;
    /// Of a list below something that must exist.
    SublistProblems = EVERYWHERE QUERY MISSING;
    /// Of looking at one thing.
    GetProblems = EVERYWHERE MISSING;
    /// Of creating what has a natural key.
    CreateProblems = EVERYWHERE BODY TAKEN;
    /// Of creating below something that must exist.
    SubcreateProblems = EVERYWHERE BODY MISSING;
    /// Of creating what has a natural key below something that must exist.
    KeyedSubcreateProblems = EVERYWHERE BODY MISSING TAKEN;
    /// Of opening a rule set.
    CreateRuleSetProblems = EVERYWHERE BODY RULES;
    /// Of what is done to a rule set.
    RuleSetProblems = EVERYWHERE BODY MISSING RULES;
    /// Of a step that needs no body and contradicts something.
    JobStepProblems = EVERYWHERE MISSING TAKEN;
    /// Of writing to a rule set.
    RuleSetUpdateProblems = EVERYWHERE BODY MISSING RULES VERSION;
    /// Of a step of a rule set that needs no body.
    RuleSetStepProblems = EVERYWHERE MISSING RULES VERSION;
    /// Of changing what has a version.
    UpdateProblems = EVERYWHERE BODY MISSING VERSION;
    /// Of changing what has a version and a natural key.
    KeyedUpdateProblems = EVERYWHERE BODY MISSING TAKEN VERSION;
}

fn responses(parts: &[Problems]) -> BTreeMap<String, RefOr<Response>> {
    let problem = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = |description: &str| {
        ResponseBuilder::new().description(description).content("application/problem+json", problem()).build()
    };
    let all = parts.iter().copied().flatten();
    all.map(|(status, description)| ((*status).to_owned(), RefOr::T(response(description)))).collect()
}
