//! A library of rule sets made from published rules, to start a draft from.
//!
//! Each file has the id and source of the published rule, how sure its text is (`V` seen at the source, `V2` on a copy, `M` from
//! memory), the choices made where the text leaves room, and the rule set itself. Dates, programmes and codes are for the
//! editor to fill in.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rule_set::RuleSetDocument;

/// A rule set to start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Id of the published rule: `R01`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// How sure the text is: `V`, `V2` or `M`.
    pub mark: String,
    /// Where it was published.
    pub source: Option<String>,
    /// Choices made where the published text leaves room, Chinese and English.
    pub choices: Vec<String>,
    /// The rule set.
    pub document: RuleSetDocument,
}

macro_rules! files {
    ($($id:literal),+ $(,)?) => {
        &[$( include_str!(concat!("templates/", $id, ".json")) ),+]
    };
}

const FILES: &[&str] = files![
    "R01", "R02", "R04", "R06", "R08", "R09", "R10", "R12", "R13", "R15", "R16", "R18", "R19", "R20", "R23", "R28",
    "R29", "R31", "R32", "R33", "R34", "R35", "R39", "R40", "R42", "R43", "R46",
];

/// All templates, in order of id.
pub fn all() -> &'static [Template] {
    // A file that cannot be read would be missing here; a test reads each of them.
    static ALL: LazyLock<Vec<Template>> =
        LazyLock::new(|| FILES.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());
    &ALL
}

/// The template of a published rule.
pub fn find(id: &str) -> Option<&'static Template> {
    all().iter().find(|template| template.id == id)
}

#[cfg(test)]
mod tests {
    use super::super::tidy::tidy;
    use super::super::validate::{Context, validate};
    use super::*;

    #[test]
    fn every_template_is_read_and_in_order() {
        for text in FILES {
            let template: Template = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:.80}"));
            let faults = validate(&template.document, &Context::default()).err().unwrap_or_default();
            assert!(faults.is_empty(), "{}: {faults:?}", template.id);
            assert_eq!(tidy(&template.document), template.document, "{}", template.id);
            assert!(!template.choices.is_empty(), "{} says no choice", template.id);
        }
        assert_eq!(all().len(), FILES.len());
    }
}
