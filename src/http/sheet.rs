//! Comma-separated sheets that open as a table in the office programs that schools use.

use crate::domain::text::no_formula;

/// Marks the text as UTF-8 for programs that would take it for another encoding.
const BOM: &str = "\u{feff}";

/// A sheet with a heading: RFC 4180, lines end in CR LF.
pub fn csv<R: IntoIterator<Item = String>>(heading: &[&str], rows: impl IntoIterator<Item = R>) -> Vec<u8> {
    const MEMORY: &str = "rows of any length go into memory";
    let mut writer =
        csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(BOM.as_bytes().to_vec());
    writer.write_record(heading).expect(MEMORY);
    for row in rows {
        writer.write_record(row.into_iter().map(|cell| no_formula(&cell))).expect(MEMORY);
    }
    writer.into_inner().expect(MEMORY)
}

#[cfg(test)]
mod tests {
    use super::csv;

    #[test]
    fn cells_are_quoted_and_formulas_are_plain() {
        let row = ["甲,乙", "他说\"好\"", "=1+1", "-3", "60"].map(str::to_owned);
        let sheet = String::from_utf8(csv(&["学号", "成绩"], [row])).expect("text");
        assert_eq!(sheet, "\u{feff}学号,成绩\r\n\"甲,乙\",\"他说\"\"好\"\"\",'=1+1,'-3,60\r\n");
    }
}
