//! Workbooks: written with closed lists to choose from, read cell by cell without ever unpacking more than is allowed.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError,
};

use super::super::fault::What;
use super::super::rule_set::RuleSetDocument;
use super::cell::Cell;
use super::column::Sheet;
use super::raw::{RawRow, RawSheet};
use super::table::{Table, tables};
use super::{FILE_MAX, FIRST_ROW, ROWS_MAX, UNPACKED_MAX};
use crate::domain::invalid::Reason;

/// Most files within a workbook; ours has about twenty.
const PARTS_MAX: usize = 500;
/// Most columns that are read: the widest sheet has about seventy.
const COLUMNS_MAX: u32 = 200;
/// Most characters that Excel offers as a list to choose from.
const CHOICES_MAX: usize = 255;
/// Rows below the last one for which lists are offered too.
const SPARE_ROWS: u32 = 500;

/// The document as a workbook. Fails only for texts longer than a cell can hold (32,767 characters).
pub fn write(document: &RuleSetDocument) -> Result<Vec<u8>, What> {
    build(document).map_err(|error| What::Malformed { detail: error.to_string() })
}

fn build(document: &RuleSetDocument) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The day from which the set holds stands for the time of writing: equal sets give equal files.
    let created = ExcelDateTime::parse_from_str(&document.effective_from.to_string())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    for table in tables(document) {
        let sheet = workbook.add_worksheet();
        sheet.set_name(table.sheet.zh())?;
        fill(sheet, &table)?;
    }
    workbook.save_to_buffer()
}

fn fill(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let title = Format::new().set_bold().set_text_wrap();
    let text = Format::new().set_num_format("@");
    let last = FIRST_ROW - 1 + u32::try_from(table.rows.len()).unwrap_or(u32::MAX).saturating_add(SPARE_ROWS);
    for (place, column) in (0_u16..).zip(table.sheet.columns()) {
        sheet.set_column_format(place, &text)?;
        sheet.set_column_width(place, 14)?;
        sheet.write_string_with_format(0, place, column.zh, &title)?;
        sheet.write_string(1, place, column.key)?;
        let choices: Vec<&str> = match column.cell {
            Cell::One(list) => list.words().iter().map(|(_, zh)| *zh).collect(),
            Cell::Flag => vec!["是", "否"],
            _ => continue,
        };
        if choices.iter().map(|choice| choice.chars().count() + 1).sum::<usize>() <= CHOICES_MAX {
            // A warning only: the wire words are read as well.
            let list =
                DataValidation::new().allow_list_strings(&choices)?.set_error_style(DataValidationErrorStyle::Warning);
            sheet.add_data_validation(FIRST_ROW - 1, place, last, place, &list)?;
        }
    }
    for (row, texts) in (FIRST_ROW - 1..).zip(&table.rows) {
        for (place, written) in (0_u16..).zip(texts) {
            if !written.is_empty() {
                // Always as text: what begins like a formula is none.
                sheet.write_string_with_format(row, place, written, &text)?;
            }
        }
    }
    sheet.set_row_hidden(1)?;
    sheet.set_freeze_panes(FIRST_ROW - 1, 1)?;
    Ok(())
}

/// The sheets of a workbook as text. Formulas are not evaluated: the value that the file has stored counts.
pub fn read(bytes: &[u8]) -> Result<Vec<RawSheet>, What> {
    if bytes.len() > FILE_MAX {
        return Err(What::Field(Reason::TooLong { max: FILE_MAX }));
    }
    check_unpacked(bytes)?;
    let broken = |error: calamine::XlsxError| What::Malformed { detail: error.to_string() };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut sheets = Vec::new();
    for name in workbook.sheet_names() {
        let Some(sheet) = Sheet::ALL.into_iter().find(|sheet| name == sheet.zh() || name == sheet.key()) else {
            continue;
        };
        let mut rows: Vec<RawRow> = Vec::new();
        let mut reader = workbook.worksheet_cells_reader(&name).map_err(broken)?;
        while let Some(cell) = reader.next_cell().map_err(broken)? {
            let (row, column) = cell.get_position();
            let text = text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            if column >= COLUMNS_MAX {
                return Err(What::Field(Reason::TooMany { max: COLUMNS_MAX as usize }));
            }
            let number = row.saturating_add(1);
            if rows.last().is_none_or(|last| last.number != number) {
                if rows.len() > ROWS_MAX {
                    return Err(What::Field(Reason::TooMany { max: ROWS_MAX }));
                }
                rows.push(RawRow { number, texts: Vec::new() });
            }
            if let Some(last) = rows.last_mut() {
                last.set(column as usize, text);
            }
        }
        sheets.push(RawSheet { sheet, rows });
    }
    Ok(sheets)
}

/// Unpacks everything once, counting: what a file says of its own size proves nothing.
fn check_unpacked(bytes: &[u8]) -> Result<(), What> {
    let broken = |detail: String| What::Malformed { detail };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(error.to_string()))?;
    if archive.len() > PARTS_MAX {
        return Err(What::Field(Reason::TooMany { max: PARTS_MAX }));
    }
    let mut left = UNPACKED_MAX;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|error| broken(error.to_string()))?;
        let mut limited = part.take(left + 1);
        let unpacked = std::io::copy(&mut limited, &mut std::io::sink()).map_err(|error| broken(error.to_string()))?;
        left = left.checked_sub(unpacked).ok_or(What::Field(Reason::TooLong { max: UNPACKED_MAX as usize }))?;
    }
    Ok(())
}

/// A cell as somebody would type it. Numbers in their shortest form: the file has them in binary.
fn text(value: &DataRef) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => if *flag { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
    }
}
