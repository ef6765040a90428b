//! What the JSON handlers and the pages share: problems, extractors, tokens, cursors, middleware.

pub mod address;
pub mod audit;
pub mod bearer;
pub mod body;
pub mod caller;
pub mod client_proof;
pub mod cookies;
pub mod cursor;
pub mod etag;
pub mod headers;
pub mod keyed;
pub mod language;
pub mod middleware;
pub mod present;
pub mod problem;
pub mod rate_limit;
pub mod registry;
pub mod same_site;
pub mod sheet;
