//! Comma-separated sheets that open as a table in the office programs that schools use.

/// Marks the text as UTF-8 for programs that would take it for another encoding.
const BOM: &str = "\u{feff}";

/// A sheet with a heading: RFC 4180, lines end in CR LF.
pub fn csv<R: IntoIterator<Item = String>>(heading: &[&str], rows: impl IntoIterator<Item = R>) -> String {
    let mut text = BOM.to_owned();
    line(&mut text, heading.iter().map(ToString::to_string));
    for row in rows {
        line(&mut text, row);
    }
    text
}

fn line(text: &mut String, cells: impl IntoIterator<Item = String>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&quoted(&cell));
    }
    text.push_str("\r\n");
}

/// A cell as it is written. One that a program would take for a formula is made plain text: nobody's course name runs.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let plain = if formula { format!("'{cell}") } else { cell.to_owned() };
    if plain.contains([',', '"', '\r', '\n']) { format!("\"{}\"", plain.replace('"', "\"\"")) } else { plain }
}

#[cfg(test)]
mod tests {
    use super::csv;

    #[test]
    fn cells_are_quoted_and_formulas_are_plain() {
        let row = ["甲,乙", "他说\"好\"", "=1+1", "-3", "60"].map(str::to_owned);
        let sheet = csv(&["学号", "成绩"], [row]);
        assert_eq!(sheet, "\u{feff}学号,成绩\r\n\"甲,乙\",\"他说\"\"好\"\"\",'=1+1,'-3,60\r\n");
    }
}
