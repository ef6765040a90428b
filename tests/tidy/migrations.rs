//! The migrations of both databases make the same schema, and one that can be split by learner.
use std::collections::BTreeSet;
use std::fs;

use xuefen::store::guards::{APPEND_ONLY, KEPT, OTHERS};

use crate::source::{read, root};
use crate::sql::{Schema, schema};

/// The names of the migrations in order; the same for both databases.
pub fn names() -> Vec<String> {
    let of = |database: &str| -> Vec<String> {
        let folder = root().join("migrations").join(database);
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let (sqlite, postgres) = (of("sqlite"), of("postgres"));
    assert!(!sqlite.is_empty(), "no migrations");
    assert_eq!(sqlite, postgres, "the databases' migrations differ in name");
    sqlite
}

fn both() -> (Schema, Schema) {
    let names = names();
    (schema("sqlite", &names), schema("postgres", &names))
}

#[test]
fn names_count_up_and_can_be_undone() {
    for (place, name) in names().iter().enumerate() {
        let (number, noun) = name.split_once('_').unwrap_or_else(|| panic!("{name}: not NNNN_name"));
        assert_eq!(number, format!("{:04}", place + 1), "{name}: numbers have no gap");
        assert!(noun.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}: lower case");
        for database in ["sqlite", "postgres"] {
            let up = read(&format!("migrations/{database}/{name}/up.sql"));
            let down = read(&format!("migrations/{database}/{name}/down.sql"));
            for table in up.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split_whitespace().next()) {
                assert!(down.contains(&format!("DROP TABLE {table};")), "{database}/{name}: down.sql keeps {table}");
            }
        }
    }
}

#[test]
fn both_databases_have_the_same_tables() {
    let (sqlite, postgres) = both();
    let tables = |schema: &Schema| schema.tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(tables(&sqlite), tables(&postgres));
    for (name, table) in &sqlite.tables {
        let other = &postgres.tables[name];
        assert_eq!(table.columns, other.columns, "columns of {name}");
        assert_eq!(table.primary_key, other.primary_key, "primary key of {name}");
        assert_eq!(table.unique, other.unique, "unique keys of {name}");
        assert_eq!(table.indexes, other.indexes, "indexes of {name}");
    }
}

#[test]
fn only_common_types_are_used() {
    let (sqlite, _) = both();
    for (name, table) in &sqlite.tables {
        assert!(!table.primary_key.is_empty(), "{name} has no primary key");
        for column in &table.columns {
            let known = ["id", "bytes", "text", "bigint", "date"].contains(&column.sql_type.as_str());
            assert!(known, "{name}.{}: {} does not mean the same on both databases", column.name, column.sql_type);
        }
    }
}

#[test]
fn tables_of_a_learner_can_be_split_by_learner() {
    // Names a learner but belongs to something else: a queue of the bureau, a log-in by its digest, a log.
    const ELSEWHERE: &[&str] = &["audit_event", "claim", "identity_case", "session"];
    let (sqlite, _) = both();
    for (name, table) in &sqlite.tables {
        let of_learner = table.columns.iter().any(|column| column.name == "learner_id");
        if !of_learner || ELSEWHERE.contains(&name.as_str()) {
            continue;
        }
        assert_eq!(table.primary_key[0], "learner_id", "{name}: the primary key starts with learner_id");
        for (key, columns) in &table.unique {
            assert!(columns.contains(&"learner_id".to_owned()), "{name}: {key} is unique across learners, use a claim");
        }
    }
}

#[test]
fn append_only_tables_are_guarded_on_both() {
    let (sqlite, postgres) = both();
    let wanted: BTreeSet<String> = APPEND_ONLY.iter().map(ToString::to_string).collect();
    assert_eq!(guarded(&sqlite, &["no_update", "no_delete", "no_replace"]), wanted, "SQLite");
    assert_eq!(guarded(&postgres, &["append_only", "no_truncate"]), wanted, "PostgreSQL");
}

#[test]
fn kept_tables_are_guarded_on_both() {
    let (sqlite, postgres) = both();
    let wanted: BTreeSet<String> = KEPT.iter().map(|kept| kept.table.to_owned()).collect();
    let but = |mut tables: BTreeSet<String>| {
        tables.retain(|table| !OTHERS.contains(&table.as_str()));
        tables
    };
    assert_eq!(but(guarded(&sqlite, &["kept", "stays", "born"])), wanted, "SQLite");
    assert_eq!(but(guarded(&postgres, &["kept", "stays", "whole"])), wanted, "PostgreSQL");
    for kept in KEPT {
        let columns = sqlite.tables[kept.table].columns.iter().map(|column| column.name.as_str());
        let named: Vec<&str> = columns.clone().filter(|name| !kept.may_change.contains(name)).collect();
        assert_eq!(named.len() + kept.may_change.len(), columns.count(), "{}: a column that is not there", kept.table);
        for schema in [&sqlite, &postgres] {
            let of = &schema.updates_of[&format!("{}_kept", kept.table)];
            assert_eq!(*of, named, "{}: columns that never change", kept.table);
        }
    }
}

#[test]
fn every_guard_is_listed_and_no_guarded_table_has_a_second_key() {
    let (sqlite, postgres) = both();
    let listed: BTreeSet<&str> =
        APPEND_ONLY.iter().copied().chain(KEPT.iter().map(|kept| kept.table)).chain(OTHERS.iter().copied()).collect();
    for schema in [&sqlite, &postgres] {
        let guarded: BTreeSet<&str> = schema.triggers.iter().map(|(_, table)| table.as_str()).collect();
        assert_eq!(guarded, listed);
    }
    // A row could be replaced at another key than the one that the guards look at.
    for table in listed {
        assert!(sqlite.tables[table].unique.is_empty(), "{table} has a second key");
    }
}

/// The tables that have a trigger for each of `guards`.
fn guarded(schema: &Schema, guards: &[&str]) -> BTreeSet<String> {
    let has = |table: &str, guard: &str| {
        schema.triggers.iter().any(|(name, on)| on == table && *name == format!("{table}_{guard}"))
    };
    schema.tables.keys().filter(|table| guards.iter().all(|guard| has(table, guard))).cloned().collect()
}
