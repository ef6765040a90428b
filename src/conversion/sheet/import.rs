//! From rows of text to a rule set, with every fault at its sheet, row and column.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::super::fault::{FAULTS_MAX, Fault, What};
use super::super::json;
use super::super::rule_set::{RULES_MAX, RuleSetDocument};
use super::super::tidy::tidy;
use super::column::{Column, RULE, Sheet};
use super::raw::{RawRow, RawSheet};
use super::{csv, xlsx};
use crate::domain::invalid::Reason;

/// A fault in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The sheet; none when the file as a whole is at fault.
    pub sheet: Option<Sheet>,
    /// The row, from 1; 0 when the sheet as a whole is at fault.
    pub row: u32,
    /// The column.
    pub column: Option<Column>,
    /// What is wrong.
    pub what: What,
}

/// A rule set read from a file.
#[derive(Debug, Clone)]
pub struct Import {
    /// The document, its texts in their one spelling.
    pub document: RuleSetDocument,
    places: Places,
}

impl Import {
    /// Faults found in the document, at the rows they come from.
    pub fn row_errors(&self, faults: &[Fault]) -> Vec<RowError> {
        faults.iter().map(|fault| self.places.error(&fault.pointer, fault.what.clone())).collect()
    }
}

/// Reads a workbook.
pub fn read_xlsx(bytes: &[u8]) -> Result<Import, Vec<RowError>> {
    xlsx::read(bytes).map_err(whole_file).and_then(read)
}

/// Reads a CSV file.
pub fn read_csv(bytes: &[u8]) -> Result<Import, Vec<RowError>> {
    csv::read(bytes).map_err(whole_file).and_then(read)
}

fn whole_file(what: What) -> Vec<RowError> {
    vec![RowError { sheet: None, row: 0, column: None, what }]
}

/// Where the parts of the document stand in the file: pointers into the document with sheet and row.
#[derive(Debug, Clone, Default)]
struct Places(HashMap<String, (Sheet, u32)>);

impl Places {
    /// The row of the innermost part that the pointer lies in, and the column that is nearest to the rest.
    fn error(&self, pointer: &str, what: What) -> RowError {
        let mut end = pointer.len();
        loop {
            if let Some(&(sheet, row)) = self.0.get(&pointer[..end]) {
                let column = nearest(sheet, &pointer[end..]);
                return RowError { sheet: Some(sheet), row, column, what };
            }
            match pointer[..end].rfind('/') {
                Some(slash) => end = slash,
                None => return RowError { sheet: None, row: 0, column: None, what },
            }
        }
    }
}

/// The column whose key is the longest beginning of the path, or that the path is a beginning of.
fn nearest(sheet: Sheet, pointer: &str) -> Option<Column> {
    let path = pointer.trim_start_matches('/').replace('/', ".");
    let path = if path == "minus" { "credits".to_owned() } else { path };
    if path.is_empty() {
        return None;
    }
    let below =
        |long: &str, short: &str| long == short || (long.starts_with(short) && long[short.len()..].starts_with('.'));
    let columns = sheet.columns();
    let within = columns.iter().filter(|column| below(&path, column.key)).max_by_key(|column| column.key.len());
    within.or_else(|| columns.iter().find(|column| below(column.key, &path))).copied()
}

#[derive(Default)]
struct Reading {
    errors: Vec<RowError>,
    places: Places,
}

impl Reading {
    fn error(&mut self, sheet: Sheet, row: u32, column: Option<Column>, what: What) {
        if self.errors.len() < FAULTS_MAX {
            self.errors.push(RowError { sheet: Some(sheet), row, column, what });
        }
    }

    fn field(&mut self, sheet: Sheet, row: u32, column: Option<Column>, reason: Reason) {
        self.error(sheet, row, column, What::Field(reason));
    }
}

/// The rows of one sheet as objects, with their row numbers.
struct Rows {
    sheet: Sheet,
    rows: Vec<(u32, String, Value)>,
}

fn read(sheets: Vec<RawSheet>) -> Result<Import, Vec<RowError>> {
    let mut reading = Reading::default();
    let mut read: Vec<Rows> = Vec::new();
    for sheet in Sheet::ALL {
        let mut found = sheets.iter().filter(|raw| raw.sheet == sheet);
        let rows = found.next().map(|raw| rows(raw, &mut reading)).unwrap_or_default();
        if found.next().is_some() {
            reading.field(sheet, 0, None, Reason::Duplicate);
        }
        read.push(Rows { sheet, rows });
    }
    let value = assemble(read, &mut reading);
    if !reading.errors.is_empty() {
        return Err(reading.errors);
    }
    match json::from_value(value) {
        Ok(document) => Ok(Import { document: tidy(&document), places: reading.places }),
        Err(fault) => Err(vec![reading.places.error(&fault.pointer, fault.what)]),
    }
}

/// The columns of a sheet in the order of the file, from its row of keys, or of titles where somebody deleted the keys.
fn header<'a>(raw: &'a RawSheet, reading: &mut Reading) -> Option<(Vec<Option<Column>>, &'a [RawRow])> {
    let columns = raw.sheet.columns();
    let find = |text: &String| columns.iter().find(|column| column.key == text || column.zh == text).copied();
    let keys =
        raw.rows.iter().take(2).rposition(|row| row.texts.iter().filter(|text| find(text).is_some()).count() >= 2);
    let Some(at) = keys else {
        reading.field(raw.sheet, raw.rows.first().map_or(0, |row| row.number), None, Reason::Required);
        return None;
    };
    let row = &raw.rows[at];
    let mut order: Vec<Option<Column>> = Vec::with_capacity(row.texts.len());
    for text in &row.texts {
        let column = find(&text.trim().to_owned());
        match column {
            None if !text.trim().is_empty() => {
                reading.error(raw.sheet, row.number, None, What::Unknown { word: text.trim().to_owned() });
            }
            Some(column) if order.contains(&Some(column)) => {
                reading.field(raw.sheet, row.number, Some(column), Reason::Duplicate);
            }
            _ => {}
        }
        order.push(column);
    }
    Some((order, &raw.rows[at + 1..]))
}

fn rows(raw: &RawSheet, reading: &mut Reading) -> Vec<(u32, String, Value)> {
    if raw.rows.is_empty() {
        return Vec::new();
    }
    let Some((order, rows)) = header(raw, reading) else { return Vec::new() };
    if raw.sheet == Sheet::Rules && rows.len() > RULES_MAX {
        reading.field(raw.sheet, 0, None, Reason::TooMany { max: RULES_MAX });
        return Vec::new();
    }
    rows.iter().map(|row| object(raw.sheet, row, &order, reading)).collect()
}

/// One row: its number, the code of its rule, and its object.
fn object(sheet: Sheet, row: &RawRow, order: &[Option<Column>], reading: &mut Reading) -> (u32, String, Value) {
    let mut rule = String::new();
    let mut value = Value::Object(Map::new());
    for (place, text) in row.texts.iter().enumerate() {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let Some(column) = order.get(place).copied().flatten() else {
            reading.error(sheet, row.number, None, What::Unknown { word: text.to_owned() });
            continue;
        };
        if column.key == RULE {
            text.clone_into(&mut rule);
            continue;
        }
        match column.cell.read(text) {
            Ok(read) => put(&mut value, column.key, read),
            Err(reason) => reading.field(sheet, row.number, Some(column), reason),
        }
    }
    (row.number, rule, value)
}

/// Puts a value at its path. `0` in a path is the only entry of a list.
fn put(value: &mut Value, path: &str, new: Value) {
    let mut place = value;
    for key in path.split('.') {
        if key == "0" {
            if !place.is_array() {
                *place = Value::Array(vec![Value::Object(Map::new())]);
            }
            place = &mut place[0];
        } else {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[key];
        }
    }
    *place = new;
}

fn assemble(read: Vec<Rows>, reading: &mut Reading) -> Value {
    let mut document = Value::Object(Map::new());
    let mut by_code: HashMap<String, usize> = HashMap::new();
    let mut rules: Vec<Value> = Vec::new();
    for Rows { sheet, rows } in read {
        match sheet {
            Sheet::Set => {
                if rows.len() != 1 {
                    let row = rows.get(1).map_or(0, |(row, ..)| *row);
                    let reason = if rows.is_empty() { Reason::Required } else { Reason::TooMany { max: 1 } };
                    reading.field(sheet, row, None, reason);
                }
                for (row, _, head) in rows.into_iter().take(1) {
                    reading.places.0.insert(String::new(), (sheet, row));
                    document = head;
                }
            }
            Sheet::Rules => {
                for (row, _, rule) in rows {
                    let code = rule["code"].as_str().unwrap_or_default().to_owned();
                    let place = rules.len();
                    reading.places.0.insert(format!("/rules/{place}"), (sheet, row));
                    if by_code.insert(code, place).is_some() {
                        let column = nearest(sheet, "/code");
                        reading.field(sheet, row, column, Reason::Duplicate);
                    }
                    rules.push(rule);
                }
            }
            _ => {
                for (row, code, part) in rows {
                    attach(sheet, row, &code, part, (&mut document, &mut rules), &by_code, reading);
                }
            }
        }
    }
    document["rules"] = Value::Array(rules);
    document
}

/// Puts a row of a further sheet into its rule, or a cap of no rule into the set.
fn attach(
    sheet: Sheet,
    row: u32,
    code: &str,
    mut part: Value,
    (document, rules): (&mut Value, &mut [Value]),
    by_code: &HashMap<String, usize>,
    reading: &mut Reading,
) {
    let column = nearest(sheet, "/rule");
    let (owner, prefix) = match by_code.get(code) {
        Some(&place) => (&mut rules[place], format!("/rules/{place}")),
        None if code.is_empty() && sheet == Sheet::Caps => (document, String::new()),
        None if code.is_empty() => return reading.field(sheet, row, column, Reason::Required),
        None => return reading.error(sheet, row, column, What::Unknown { word: code.to_owned() }),
    };
    let path = match sheet {
        Sheet::Rows => match part["kind"].as_str() {
            Some("adjustment") => {
                part["minus"] = part["credits"].take();
                "value.adjustments"
            }
            _ => "value.rows",
        },
        _ => super::table::PARTS.iter().find(|(other, _)| *other == sheet).map_or("", |(_, path)| *path),
    };
    if let Some(members) = part.as_object_mut().filter(|_| sheet == Sheet::Rows) {
        members.remove("kind");
        members.retain(|_, member| !member.is_null());
        members.entry("when").or_insert_with(|| Value::Object(Map::new()));
    }
    if sheet == Sheet::Cases
        && let Some(members) = part.as_object_mut()
    {
        members.entry("given").or_insert_with(|| Value::Object(Map::new()));
        members.entry("expect").or_insert_with(|| Value::Object(Map::new()));
    }
    let list = list_at(owner, path);
    reading.places.0.insert(format!("{prefix}/{}/{}", path.replace('.', "/"), list.len()), (sheet, row));
    list.push(part);
}

/// The list at a path, made where there is none.
fn list_at<'a>(value: &'a mut Value, path: &str) -> &'a mut Vec<Value> {
    let mut place = value;
    for key in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[key];
    }
    if !place.is_array() {
        *place = Value::Array(Vec::new());
    }
    match place {
        Value::Array(list) => list,
        _ => unreachable!("made a list above"),
    }
}
