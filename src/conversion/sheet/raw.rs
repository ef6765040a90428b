//! Rows of text as a file has them.

use super::column::Sheet;

/// A sheet of a file that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSheet {
    /// Which.
    pub sheet: Sheet,
    /// Rows that are not empty, titles and keys included.
    pub rows: Vec<RawRow>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Its number in the file, from 1.
    pub number: u32,
    /// Its texts by column, from the first.
    pub texts: Vec<String>,
}

impl RawRow {
    /// Puts a text in a column.
    pub fn set(&mut self, column: usize, text: String) {
        if self.texts.len() <= column {
            self.texts.resize(column + 1, String::new());
        }
        self.texts[column] = text;
    }
}
