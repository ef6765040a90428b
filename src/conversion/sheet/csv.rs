//! CSV: all sheets in one file, UTF-8 with a mark at its beginning (Excel needs it); GB18030 is read as well.

use super::super::fault::What;
use super::super::rule_set::RuleSetDocument;
use super::column::Sheet;
use super::raw::{RawRow, RawSheet};
use super::table::tables;
use super::{FILE_MAX, ROWS_MAX};
use crate::domain::invalid::Reason;
use crate::domain::text::no_formula;

/// The mark of UTF-8.
const MARK: &str = "\u{FEFF}";

/// The document as one CSV file: after a row `[sheet]`, titles, keys and rows of each.
pub fn write(document: &RuleSetDocument) -> Result<Vec<u8>, What> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer(MARK.as_bytes().to_vec());
    let broken = |error: csv::Error| What::Malformed { detail: error.to_string() };
    for table in tables(document) {
        let columns = table.sheet.columns();
        writer.write_record([format!("[{}]", table.sheet.key()), table.sheet.zh().to_owned()]).map_err(broken)?;
        writer.write_record(columns.iter().map(|column| column.zh)).map_err(broken)?;
        writer.write_record(columns.iter().map(|column| column.key)).map_err(broken)?;
        for row in &table.rows {
            writer.write_record(row.iter().map(|text| no_formula(text))).map_err(broken)?;
        }
    }
    writer.into_inner().map_err(|error| What::Malformed { detail: error.to_string() })
}

/// Takes back what [`no_formula`] put before a text.
fn plain(text: &str) -> &str {
    text.strip_prefix('\'').unwrap_or(text)
}

/// The sheets of a CSV file.
pub fn read(bytes: &[u8]) -> Result<Vec<RawSheet>, What> {
    if bytes.len() > FILE_MAX {
        return Err(What::Field(Reason::TooLong { max: FILE_MAX }));
    }
    // One kind of line break, or the reader's line numbers are one short.
    let text = decode(bytes)?.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.trim_start_matches(MARK).as_bytes());
    let mut sheets: Vec<RawSheet> = Vec::new();
    let mut record = csv::StringRecord::new();
    // Unknown sections are passed over, rows before any section as well.
    let mut known = false;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(sheets),
            Err(error) => return Err(What::Malformed { detail: error.to_string() }),
        }
        let first = record.get(0).unwrap_or_default().trim();
        if let Some(name) = first.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let sheet = Sheet::ALL.into_iter().find(|sheet| name == sheet.key() || name == sheet.zh());
            known = sheet.is_some();
            sheets.extend(sheet.map(|sheet| RawSheet { sheet, rows: Vec::new() }));
            continue;
        }
        let Some(sheet) = sheets.last_mut().filter(|_| known) else { continue };
        if record.iter().all(|text| text.trim().is_empty()) {
            continue;
        }
        if sheet.rows.len() > ROWS_MAX {
            return Err(What::Field(Reason::TooMany { max: ROWS_MAX }));
        }
        let number = record.position().map_or(0, |position| u32::try_from(position.line()).unwrap_or(u32::MAX));
        let texts = record.iter().map(|text| plain(text.trim()).to_owned()).collect();
        sheet.rows.push(RawRow { number, texts });
    }
}

/// UTF-8 where it is that, else GB18030, which Chinese editions of Excel write.
fn decode(bytes: &[u8]) -> Result<String, What> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(What::Field(Reason::Format { expected: "UTF-8 / GB18030" })),
    }
}
