//! The database itself refuses to change what the book says.

use serde_json::json;

use crate::support::city::City;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::operations::post_achievement;
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    database_refuses_to_change_the_book,
}

/// Tables that only ever grow, with a column that an `UPDATE` might set.
const GROWING: [(&str, &str); 4] =
    [("ledger_transaction", "kind"), ("posting", "amount"), ("achievement", "credits"), ("audit_event", "action")];

fn database_refuses_to_change_the_book(backend: Backend) {
    let mut city = City::own(backend);
    let student = city.student();
    city.school().send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let guarded = rows.guarded();
    for (table, column) in GROWING {
        assert!(guarded.iter().any(|own| own == table), "{table} has no guard: {guarded:?}");
        let count = rows.count(table);
        assert!(count > 0, "{table} is empty");
        let mut attempts = vec![format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")];
        match backend {
            Backend::Sqlite => {
                let replace = format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1");
                attempts.push(format!("PRAGMA recursive_triggers=ON; {replace}"));
                attempts.push(format!("PRAGMA recursive_triggers=OFF; {replace}"));
                attempts.push(format!("UPDATE OR REPLACE {table} SET {column} = {column}"));
                // Another key at the place of a row that stands.
                let columns: Vec<String> = rows.columns(table).into_iter().map(|(name, _)| name).collect();
                let other = columns.iter().map(|name| match name.as_str() {
                    "learner_seq" => "learner_seq + 1000".to_owned(),
                    "id" => "randomblob(16)".to_owned(),
                    name => name.to_owned(),
                });
                let other: Vec<String> = other.collect();
                attempts.push(format!(
                    "PRAGMA recursive_triggers=OFF; INSERT OR REPLACE INTO {table} (rowid, {}) SELECT rowid, {} FROM {table} LIMIT 1",
                    columns.join(", "),
                    other.join(", ")
                ));
            }
            Backend::Postgres => {
                let key = if table == "audit_event" { "id" } else { "learner_id" };
                attempts.push(format!("TRUNCATE {table}"));
                attempts.push(format!("TRUNCATE {table} CASCADE"));
                attempts.push(format!(
                    "INSERT INTO {table} SELECT * FROM {table} LIMIT 1 ON CONFLICT ON CONSTRAINT {table}_pkey DO UPDATE SET {key} = EXCLUDED.{key}"
                ));
            }
        }
        for attempt in attempts {
            let refused = rows.execute(&attempt);
            assert!(refused.is_err(), "{attempt} was not refused");
            assert!(!refused.as_ref().is_err_and(|fault| fault.contains("syntax")), "{attempt}: {refused:?}");
            assert_eq!(rows.count(table), count, "{attempt} changed the number of rows");
        }
    }
    drop(rows);
    let verified = crate::support::process::run(&city.store.arguments(&["verify"]));
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
