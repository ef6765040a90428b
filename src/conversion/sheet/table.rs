//! A rule set as rows of text, and back.

use serde_json::{Map, Value};

use super::super::rule::ConversionRule;
use super::super::rule_set::RuleSetDocument;
use super::column::{RULE, Sheet};

/// One sheet's rows, without titles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Which sheet.
    pub sheet: Sheet,
    /// The rows: one text for each column of the sheet.
    pub rows: Vec<Vec<String>>,
}

/// The object of a row, at its path; null where there is nothing.
pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    const NOTHING: &Value = &Value::Null;
    path.split('.')
        .try_fold(value, |value, key| match value {
            Value::Array(items) => key.parse::<usize>().ok().and_then(|place| items.get(place)),
            value => value.get(key),
        })
        .unwrap_or(NOTHING)
}

/// The texts of one row. Rows other than the set's and the rules' begin with the code of their rule.
pub fn texts(sheet: Sheet, rule: &str, value: &Value) -> Vec<String> {
    let text = |column: &super::column::Column| match column.key {
        RULE => rule.to_owned(),
        key => column.cell.write(at(value, key)),
    };
    sheet.columns().iter().map(text).collect()
}

/// Everything of a document, sheet by sheet.
pub fn tables(document: &RuleSetDocument) -> Vec<Table> {
    // Plain data: writing it as JSON cannot fail; were it to, the sheets would be empty and the round trip's test would tell.
    let mut head = serde_json::to_value(document).unwrap_or_default();
    let caps = head.as_object_mut().and_then(|members| {
        members.remove("rules");
        members.remove("caps")
    });
    let mut tables: Vec<Table> = Sheet::ALL.iter().map(|sheet| Table { sheet: *sheet, rows: Vec::new() }).collect();
    let mut push = |sheet: Sheet, rule: &str, value: &Value| {
        if let Some(table) = tables.iter_mut().find(|table| table.sheet == sheet) {
            table.rows.push(texts(sheet, rule, value));
        }
    };
    push(Sheet::Set, "", &head);
    for cap in caps.iter().flat_map(items) {
        push(Sheet::Caps, "", cap);
    }
    for rule in &document.rules {
        let value = serde_json::to_value(rule).unwrap_or_default();
        push(Sheet::Rules, &rule.code, &value);
        for (sheet, path) in PARTS {
            let skip = usize::from(*sheet == Sheet::Sources);
            for part in items(at(&value, path)).skip(skip) {
                push(*sheet, &rule.code, part);
            }
        }
        rows(rule, &value, &mut |row| push(Sheet::Rows, &rule.code, row));
    }
    tables
}

/// Lists within a rule that have a sheet of their own, in which each entry is one row.
pub const PARTS: &[(Sheet, &str)] = &[
    (Sheet::Sources, "sources"),
    (Sheet::Courses, "value.courses"),
    (Sheet::Bands, "score.bands"),
    (Sheet::Caps, "caps"),
    (Sheet::Steps, "procedure.steps"),
    (Sheet::Cases, "cases"),
];

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Rows of a table and its adjustments, as one sheet has them.
fn rows(rule: &ConversionRule, value: &Value, each: &mut dyn FnMut(&Value)) {
    if !matches!(rule.value, super::super::value::Value::Table { .. }) {
        return;
    }
    for (kind, path, amount) in [("row", "value.rows", "credits"), ("adjustment", "value.adjustments", "minus")] {
        for row in items(at(value, path)) {
            let mut members: Map<String, Value> = row.as_object().cloned().unwrap_or_default();
            let credits = members.remove(amount).unwrap_or_default();
            members.insert("credits".into(), credits);
            members.insert("kind".into(), kind.into());
            each(&Value::Object(members));
        }
    }
}
