//! Rule sets as spreadsheets that staff edit: one row per rule, further sheets for what a rule has several of.
//!
//! Row 1 has Chinese titles, row 2 (hidden in a workbook) stable keys, rules begin in row 3. Columns may stand in any order. A
//! CSV file has the same sheets one below the other, each after a row `[sheet]`.
//! Limits: files of [`FILE_MAX`] bytes, [`super::rule_set::RULES_MAX`] rules, [`ROWS_MAX`] rows of every other sheet.

pub mod cell;
pub mod column;
mod csv;
mod import;
mod raw;
pub mod table;
#[cfg(test)]
mod tests;
mod xlsx;

pub use self::csv::write as write_csv;
pub use self::import::{Import, RowError, read_csv, read_xlsx};
pub use self::xlsx::write as write_xlsx;

/// Largest file, in bytes.
pub const FILE_MAX: usize = 8 * 1024 * 1024;
/// Most rows of any sheet but that of the rules: tables of 5,000 rules have tens of thousands.
pub const ROWS_MAX: usize = 100_000;
/// Most bytes that a workbook may have once unpacked: far more than any set of 5,000 rules, far less than memory.
pub const UNPACKED_MAX: u64 = 64 * 1024 * 1024;
/// First row with content, counted from 1: titles and keys stand above.
pub const FIRST_ROW: u32 = 3;
