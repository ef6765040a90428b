//! The tables as diesel sees them are the tables that the migrations make.
use crate::migrations::names;
use crate::source::{files, split};
use crate::sql::schema;

/// A column in diesel's words.
fn diesel_type(sql_type: &str, nullable: bool) -> String {
    let name = match sql_type {
        "id" => "Id16",
        "bytes" => "Binary",
        "text" => "Text",
        "bigint" => "BigInt",
        "date" => "Date",
        other => panic!("no diesel type for {other}"),
    };
    if nullable { format!("Nullable<{name}>") } else { name.to_owned() }
}

/// What stands between the first brace and its partner.
fn braced(text: &str) -> &str {
    let open = text.find('{').unwrap_or_else(|| panic!("no brace in {text}"));
    let mut depth = 0;
    for (at, c) in text[open..].char_indices() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &text[open + 1..open + at];
        }
    }
    panic!("a brace stays open in {text}")
}

#[test]
fn diesel_knows_every_column() {
    let declared: String =
        files("src/store", "rs").into_iter().filter(|f| f.path.contains("/schema")).map(|f| f.text).collect();
    let code = split(&declared).code;
    let made = schema("sqlite", &names());
    let mut seen = Vec::new();
    for block in code.split("table!").skip(1) {
        // The macro's body, without the `use` lines before the table.
        let head = braced(block).split(';').next_back().unwrap_or_default();
        let (declaration, columns) = head.split_once(") {").unwrap_or_else(|| panic!("not understood: {head}"));
        let (name, key) = declaration.split_once('(').unwrap_or_else(|| panic!("not understood: {declaration}"));
        let name = name.split('{').next_back().unwrap_or_default().trim();
        let key: Vec<&str> = key.split(',').map(str::trim).collect();
        let columns: Vec<(String, String)> = columns
            .split('}')
            .next()
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_once("->"))
            .map(|(column, of)| (column.trim().to_owned(), of.trim().trim_end_matches(',').to_owned()))
            .collect();
        let table = made.tables.get(name).unwrap_or_else(|| panic!("no migration makes {name}"));
        let wanted: Vec<(String, String)> = table
            .columns
            .iter()
            .map(|column| (column.name.clone(), diesel_type(&column.sql_type, column.nullable)))
            .collect();
        // diesel renames a column that is a word of Rust.
        let plain = |(column, of): (String, String)| (column.trim_end_matches('_').to_owned(), of);
        assert_eq!(columns.into_iter().map(plain).collect::<Vec<_>>(), wanted, "columns of {name}");
        assert_eq!(key, table.primary_key, "primary key of {name}");
        seen.push(name.to_owned());
    }
    seen.sort();
    assert_eq!(seen, made.tables.keys().cloned().collect::<Vec<_>>(), "tables that diesel knows");
}
