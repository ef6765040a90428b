//! The one spelling of a rule set's texts: trimmed, NFC, codes without full-width letters. Done once, before checking.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::rule_set::RuleSetDocument;

/// Members whose text is a code: full-width letters and digits become ordinary ones.
const CODES: &[&str] = &["code", "codes", "modules", "majors", "majors_excluded"];

/// The same document with its texts in their one spelling.
pub fn tidy(document: &RuleSetDocument) -> RuleSetDocument {
    // Plain data all through; should writing or reading it ever fail, the document is checked as it stands.
    let Ok(mut value) = serde_json::to_value(document) else { return document.clone() };
    clean(&mut value, false);
    serde_json::from_value(value).unwrap_or_else(|_| document.clone())
}

fn clean(value: &mut Value, code: bool) {
    match value {
        Value::String(text) => {
            let trimmed = text.trim();
            let clean: String = if code { trimmed.nfkc().collect() } else { trimmed.nfc().collect() };
            *text = clean;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, code)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                // What a case supposes is somebody's data, not the rule's text.
                if name != "given" {
                    clean(member, CODES.contains(&name.as_str()));
                }
            }
        }
        _ => {}
    }
}
