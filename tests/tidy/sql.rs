//! As much of SQL as the migrations use: tables, columns, keys, indexes and triggers.
use std::collections::BTreeMap;

use crate::source::{is_word, read};

/// A table as its CREATE TABLE says.
#[derive(Debug, Default, PartialEq)]
pub struct Table {
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Columns of the primary key.
    pub primary_key: Vec<String>,
    /// Columns of each UNIQUE, by the constraint's or index's name.
    pub unique: BTreeMap<String, Vec<String>>,
    /// Names and columns of the plain indexes.
    pub indexes: BTreeMap<String, String>,
}

/// A column, its type in the word of both databases.
#[derive(Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub sql_type: String,
    pub nullable: bool,
    /// The value lists of its CHECKs.
    pub values: Vec<String>,
}

/// What one database's migrations make, all applied.
#[derive(Debug, Default)]
pub struct Schema {
    pub tables: BTreeMap<String, Table>,
    /// Trigger name and the table it guards.
    pub triggers: Vec<(String, String)>,
    /// The columns whose change fires a trigger, where it names any.
    pub updates_of: BTreeMap<String, Vec<String>>,
}

/// Reads `migrations/<database>/<name>/up.sql` of all `names`.
pub fn schema(database: &str, names: &[String]) -> Schema {
    let mut schema = Schema::default();
    for name in names {
        let path = format!("migrations/{database}/{name}/up.sql");
        let text: String =
            read(&path).lines().map(|line| line.split("--").next().unwrap_or("").to_owned() + "\n").collect();
        schema.apply(&text, &path);
    }
    schema
}

impl Schema {
    fn apply(&mut self, text: &str, path: &str) {
        for (at, _) in text.match_indices("CREATE ") {
            let words: Vec<&str> = text[at..].split(|c: char| !is_word(c)).filter(|w| !w.is_empty()).take(12).collect();
            match words[1] {
                "TABLE" => {
                    let body = parenthesised(&text[at..]);
                    let known = self.tables.insert(words[2].to_owned(), table(body));
                    assert!(known.is_none(), "{path}: {} is created twice", words[2]);
                }
                "INDEX" | "UNIQUE" => {
                    let unique = words[1] == "UNIQUE";
                    let name = words[if unique { 3 } else { 2 }].to_owned();
                    let statement = text[at..].split(';').next().unwrap_or_default();
                    let (_, target) = statement.split_once(" ON ").unwrap_or_else(|| panic!("{path}: {statement}"));
                    let on = target.split(|c: char| !is_word(c)).next().unwrap_or_default();
                    let table = self.tables.get_mut(on).unwrap_or_else(|| panic!("{path}: index on unknown {on}"));
                    if unique {
                        table.unique.insert(name, list(parenthesised(target)));
                    } else {
                        table.indexes.insert(name, target.split_whitespace().collect::<Vec<_>>().join(" "));
                    }
                }
                "TRIGGER" => {
                    let (head, on) = text[at..].split_once(" ON ").unwrap_or_else(|| panic!("{path}: {words:?}"));
                    if let Some((_, columns)) = head.split_once(" UPDATE OF ") {
                        self.updates_of.insert(words[2].to_owned(), list(columns));
                    }
                    let on = on.split(|c: char| !is_word(c)).next().unwrap_or_default();
                    self.triggers.push((words[2].to_owned(), on.to_owned()));
                }
                _ => {}
            }
        }
        for line in text.lines().filter(|line| line.trim_start().starts_with("ALTER TABLE")) {
            if let Some((head, rest)) = line.split_once(" ADD COLUMN ") {
                let name = head.split_whitespace().nth(2).unwrap_or_default();
                let table = self.tables.get_mut(name).unwrap_or_else(|| panic!("{path}: {line}"));
                table.columns.push(column(rest.trim_end_matches(';')));
            } else if let Some((head, rest)) = line.split_once(" DROP COLUMN ") {
                let name = head.split_whitespace().nth(2).unwrap_or_default();
                let table = self.tables.get_mut(name).unwrap_or_else(|| panic!("{path}: {line}"));
                let gone = rest.trim_end_matches(';');
                assert!(table.columns.iter().any(|column| column.name == gone), "{path}: {line}");
                table.columns.retain(|column| column.name != gone);
            }
        }
    }
}

fn table(body: &str) -> Table {
    let mut table = Table::default();
    for item in split_top(body) {
        let item = item.trim();
        let named =
            item.strip_prefix("CONSTRAINT ").map(|rest| rest.split_once(char::is_whitespace).unwrap_or((rest, "")));
        let (name, item) = named.unwrap_or(("", item));
        let item = item.trim();
        if item.starts_with("PRIMARY KEY") {
            table.primary_key = list(parenthesised(item));
        } else if item.starts_with("UNIQUE") {
            table.unique.insert(name.to_owned(), list(parenthesised(item)));
        } else if !item.starts_with("CHECK") && !item.starts_with("FOREIGN KEY") {
            let column = column(item);
            if item.contains("PRIMARY KEY") {
                table.primary_key = vec![column.name.clone()];
            }
            table.columns.push(column);
        }
    }
    table
}

fn column(text: &str) -> Column {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default().to_owned();
    let word = words.next().unwrap_or_default();
    let of_id = text.contains(&format!("length({name}) = 16"));
    let sql_type = match word {
        "UUID" => "id".to_owned(),
        "BLOB" if of_id => "id".to_owned(),
        "BLOB" | "BYTEA" => "bytes".to_owned(),
        other => other.to_lowercase(),
    };
    let values = text
        .match_indices(&format!("CHECK ({name} "))
        .map(|(at, _)| parenthesised(&text[at..]).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    Column { name, sql_type, nullable: !text.contains("NOT NULL"), values }
}

/// What stands between the first parenthesis and its partner.
fn parenthesised(text: &str) -> &str {
    let open = text.find('(').unwrap_or_else(|| panic!("no parenthesis in {text}"));
    let mut depth = 0;
    for (at, c) in text[open..].char_indices() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &text[open + 1..open + at];
        }
    }
    panic!("a parenthesis stays open in {text}")
}

/// Splits at the commas outside parentheses.
fn split_top(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim().to_owned()).collect()
}

#[test]
fn a_table_is_read() {
    let mut schema = Schema::default();
    schema.apply(
        "CREATE TABLE a (\n id BLOB NOT NULL CHECK (length(id) = 16),\n k TEXT CHECK (k IN ('x', 'y')),\n PRIMARY KEY (id, k),\n \
         CONSTRAINT a_k UNIQUE (k)\n) WITHOUT ROWID;\nCREATE INDEX a_i ON a (k, id);\nALTER TABLE a ADD COLUMN n BIGINT;\n\
         CREATE TRIGGER a_no_update BEFORE UPDATE ON a\nBEGIN SELECT 1; END;",
        "here",
    );
    let table = &schema.tables["a"];
    let columns: Vec<_> = table.columns.iter().map(|c| (c.name.as_str(), c.sql_type.as_str(), c.nullable)).collect();
    assert_eq!(columns, [("id", "id", false), ("k", "text", true), ("n", "bigint", true)]);
    assert_eq!(table.columns[1].values, ["k IN ('x', 'y')"]);
    assert_eq!(table.primary_key, ["id", "k"]);
    assert_eq!(table.unique["a_k"], ["k"]);
    assert_eq!(table.indexes["a_i"], "a (k, id)");
    assert_eq!(schema.triggers, [("a_no_update".to_owned(), "a".to_owned())]);
}
