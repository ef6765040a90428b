//! The schema of problems (RFC 9457) in the OpenAPI document.

use serde::Serialize;
use utoipa::ToSchema;

/// A refusal. Further members carry its facts, for example `catalogued`, `case_id` or `stands`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Address of the code in the list of problems.
    #[serde(rename = "type")]
    pub type_: String,
    /// English title, the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// Explanation in the language asked for.
    pub detail: String,
    /// `urn:request:<X-Request-Id>`.
    #[schema(nullable = false)]
    pub instance: Option<String>,
    /// The fields at fault.
    #[schema(nullable = false)]
    pub errors: Option<Vec<ProblemField>>,
}

/// A field at fault.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemField {
    /// JSON pointer into the body, `/query/<name>` or `/header/<name>`.
    pub pointer: String,
    /// Stable code.
    pub code: String,
    /// Explanation.
    pub detail: String,
}
