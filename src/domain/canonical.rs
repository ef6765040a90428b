//! Canonical JSON: object keys sorted by code point, no spaces. The bytes that digests and hashes are made of.

use serde_json::Value;

/// Writes a value canonically. Amounts belong in strings: floats are written as serde_json has them.
///
/// Own code, because the order of serde_json's own maps depends on a feature that any dependency may switch on.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            list(out, ['{', '}'], entries, |(key, value), out| {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(value, out);
            });
        }
        Value::Array(items) => list(out, ['[', ']'], items, write),
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    each: impl Fn(T, &mut String),
) {
    out.push(open);
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        each(item, out);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({"b": [1, {"z": null, "a": "引\"号"}], "a": true, "": {}});
        assert_eq!(to_string(&value), r#"{"":{},"a":true,"b":[1,{"a":"引\"号","z":null}]}"#);
    }
}
