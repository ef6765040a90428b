//! Rule sets as JSON: read with the place of what is wrong, written in the order of the model.

use serde::Deserialize;
use serde_json::Value;

use super::fault::{Fault, What};
use super::limits::Cap;
use super::rule::ConversionRule;
use super::rule_set::RuleSetDocument;
use super::tidy::tidy;
use crate::domain::canonical;
use crate::domain::invalid::Reason;

/// The bytes that digests are made of: sorted keys, no spaces.
pub fn canonical(document: &RuleSetDocument) -> String {
    canonical::to_string(&serde_json::to_value(document).unwrap_or_default())
}

/// The document for people and editors: indented, members in the order of the model. The same document gives the same text.
pub fn export(document: &RuleSetDocument) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a document; its texts come back in their one spelling.
pub fn import(text: &str) -> Result<RuleSetDocument, Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let document = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let fault = fault(&error);
        match serde_json::from_str(text) {
            Ok(value) => nearer(&value, fault),
            Err(_) => fault,
        }
    })?;
    reader
        .end()
        .map_err(|error| Fault { pointer: String::new(), what: What::Malformed { detail: error.to_string() } })?;
    Ok(tidy(&document))
}

/// Reads a document from a value in memory, as it stands.
pub fn from_value(value: Value) -> Result<RuleSetDocument, Fault> {
    match from(value.clone()) {
        Ok(document) => Ok(document),
        Err(fault) => Err(nearer(&value, fault)),
    }
}

/// Most members or entries that are tried at each level when looking for the one at fault.
const TRIED_MAX: usize = 200;

/// The fault at the member it comes from: the reader of a tagged union (a value, a place, a cap) does not say which member was
/// wrong. It is the one without which the reader says something else.
pub fn nearer(document: &Value, fault: Fault) -> Fault {
    let mut parts = fault.pointer.split('/').skip(1);
    let (list, place) = (parts.next(), parts.next().and_then(|place| place.parse::<usize>().ok()));
    let (Some(list @ ("rules" | "caps")), Some(place)) = (list, place) else { return fault };
    let prefix = format!("/{list}/{place}");
    let (Some(part), Some(rest)) = (document.pointer(&prefix), fault.pointer.strip_prefix(&prefix)) else {
        return fault;
    };
    let read = |value: Value| match list {
        "rules" => from::<ConversionRule>(value).map(drop),
        _ => from::<Cap>(value).map(drop),
    };
    let Err(Fault { what, .. }) = read(part.clone()) else { return fault };
    let mut pointer = rest.to_owned();
    while let Some(key) = culprit(part, &pointer, &what, &read) {
        pointer.push('/');
        pointer.push_str(&key);
    }
    Fault { pointer: format!("{prefix}{pointer}"), what: fault.what }
}

/// The member or entry at `pointer` without which the part reads differently.
fn culprit(part: &Value, pointer: &str, what: &What, read: &dyn Fn(Value) -> Result<(), Fault>) -> Option<String> {
    let keys: Vec<String> = match part.pointer(pointer)? {
        // The tag comes last: without it everything reads differently.
        Value::Object(members) => {
            let (tags, others): (Vec<_>, Vec<_>) = members.keys().cloned().partition(|key| key == "is" || key == "in");
            others.into_iter().chain(tags).collect()
        }
        Value::Array(items) => (0..items.len()).map(|place| place.to_string()).collect(),
        _ => return None,
    };
    keys.into_iter().take(TRIED_MAX).find(|key| {
        let mut without = part.clone();
        match without.pointer_mut(pointer) {
            Some(Value::Object(members)) => drop(members.remove(key)),
            Some(Value::Array(items)) => drop(key.parse().map(|place: usize| items.remove(place))),
            _ => return false,
        }
        read(without).err().is_none_or(|fault| fault.what != *what)
    })
}

/// Reads anything from a value in memory.
pub fn from<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(value).map_err(|error| fault(&error))
}

fn fault(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    use serde_path_to_error::Segment;
    let message = error.inner().to_string();
    let mut pointer = String::new();
    for segment in error.path().iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let named = |prefix: &str| Some(message.strip_prefix(prefix)?.split('`').next()?.to_owned());
    let what = if let Some(field) = named("missing field `") {
        pointer.push_str(&format!("/{field}"));
        What::Field(Reason::Required)
    } else if let Some(field) = named("unknown field `") {
        pointer.push_str(&format!("/{field}"));
        What::Field(Reason::NotAllowedHere)
    } else if message.starts_with("unknown variant") {
        What::Field(Reason::Unknown)
    } else {
        let code = message.split_once(": ").map_or("", |(code, _)| code);
        match code {
            "not-a-date" => What::Field(Reason::NotADate),
            "not-a-number" => What::Field(Reason::NotANumber),
            "negative" => What::Field(Reason::Negative),
            "decimal-places" => What::Field(Reason::DecimalPlaces { max: 3 }),
            "unknown" => What::Field(Reason::Unknown),
            _ => What::Malformed { detail: message.split(" at line ").next().unwrap_or(&message).to_owned() },
        }
    };
    Fault { pointer, what }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::templates;
    use super::*;

    #[test]
    fn faults_are_pointed_out_within_tagged_unions() {
        let document = templates::find("R16").expect("a template").document.clone();
        let changed = |pointer: &str, new: Value| {
            let mut value = serde_json::to_value(&document).expect("JSON");
            *value.pointer_mut(pointer).expect("there") = new;
            let fault = import(&value.to_string()).expect_err("a fault");
            (fault.pointer, fault.what.code())
        };
        let rows = "/rules/0/value/rows";
        let credits = format!("{rows}/3/credits");
        assert_eq!(changed(&credits, json!("many")), (credits.clone(), "not-a-number"));
        assert_eq!(changed(&credits, json!("0.0001")), (credits.clone(), "decimal-places"));
        let prize = format!("{rows}/2/when/prizes/0");
        assert_eq!(changed(&prize, json!("gold")), (prize.clone(), "unknown"));
        assert_eq!(changed("/rules/0/value/is", json!("guess")), ("/rules/0/value/is".into(), "unknown"));
        assert_eq!(changed("/rules/1/title", json!(7)), ("/rules/1/title".into(), "malformed"));
        assert_eq!(changed("/effective_from", json!("2024-2-30")), ("/effective_from".into(), "not-a-date"));
        assert_eq!(changed("/rules", json!({})).0, "/rules");
    }

    #[test]
    fn equal_documents_have_equal_bytes() {
        for template in templates::all() {
            let again = import(&export(&template.document)).expect("readable");
            assert_eq!(canonical(&again), canonical(&template.document));
        }
    }
}
