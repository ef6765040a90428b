//! The database itself refuses to change what the book says, and whatever else is kept for good.

use serde_json::json;
use xuefen::store::guards::{APPEND_ONLY, KEPT, OTHERS};

use crate::graduation_audits::audit;
use crate::support::cases::pdf;
use crate::support::city::City;
use crate::support::clock::today;
use crate::support::operations::{create_evidence_file, create_expiry_policy, revoke_evidence_file};
use crate::support::plan::{Planned, confirm_conduct};
use crate::support::rows::Rows;
use crate::support::session::Session;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    database_refuses_to_change_the_book,
    database_refuses_to_change_what_is_kept,
}

fn database_refuses_to_change_the_book(backend: Backend) {
    let mut city = City::own(backend);
    let school = city.school();
    let planned = Planned::new(&city, school, "secondary");
    let student = planned.student(&city, school);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    audit(school, &planned.programme, "pre");
    let policy =
        json!({"credit_type": "training", "months": 600, "effective_from": today().to_string(), "basis": "演示文件"});
    city.bureau().send(create_expiry_policy(&policy)).is(201);
    let learner = Session::of(&city, &student);
    let file = learner.send(create_evidence_file("application/pdf", pdf("误传"))).is(201).id();
    learner.send(revoke_evidence_file(&file)).is(204);
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let guarded = rows.guarded();
    for &table in APPEND_ONLY {
        assert!(guarded.iter().any(|own| own == table), "{table} has no guard: {guarded:?}");
        let mut attempts = vec![format!("DELETE FROM {table}")];
        for (column, _) in rows.columns(table) {
            attempts.push(format!("UPDATE {table} SET {column} = {column}"));
            if backend == Backend::Sqlite {
                attempts.push(format!("UPDATE OR REPLACE {table} SET {column} = {column}"));
            }
        }
        attempts.extend(replacing(&mut rows, backend, table));
        refused(&mut rows, table, &attempts);
    }
    drop(rows);
    let verified = crate::support::process::run(&city.store.arguments(&["verify"]));
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

fn database_refuses_to_change_what_is_kept(backend: Backend) {
    let mut city = City::own(backend);
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let mut listed: Vec<&str> = APPEND_ONLY.iter().copied().chain(KEPT.iter().map(|kept| kept.table)).collect();
    listed.extend(OTHERS);
    listed.sort_unstable();
    assert_eq!(rows.guarded(), listed);
    for kept in KEPT {
        let table = kept.table;
        let mut attempts = vec![format!("DELETE FROM {table}")];
        for (column, kind) in rows.columns(table) {
            let other = other(backend, &column, &kind);
            let change = format!("{table} SET {column} = {other}");
            if kept.may_change.contains(&column.as_str()) {
                continue;
            }
            attempts.push(format!("UPDATE {change}"));
            if backend == Backend::Sqlite {
                attempts.push(format!("UPDATE OR REPLACE {change}"));
                // One row at the place of another.
                attempts
                    .push(format!("UPDATE OR REPLACE {table} SET {column} = (SELECT {column} FROM {table} LIMIT 1)"));
            }
        }
        attempts.extend(replacing(&mut rows, backend, table));
        refused(&mut rows, table, &attempts);
        // What has come of it does change.
        for column in kept.may_change {
            rows.must(&format!("UPDATE {table} SET {column} = {column}"));
        }
    }
    // Only plans on which nothing rests are forgotten.
    let rested_on = "SELECT 1 FROM conversion c WHERE c.learner_id = p.learner_id AND c.plan_id = p.id";
    let resting = format!("conversion_plan p WHERE EXISTS ({rested_on})");
    let count = rows.count(&resting);
    assert!(count > 0, "no conversion rests on a plan");
    rows.must(&format!("DELETE FROM conversion_plan AS p WHERE NOT EXISTS ({rested_on})"));
    assert_eq!(rows.count(&resting), count);
}

/// Attempts to put a row in the place of one that stands.
fn replacing(rows: &mut Rows, backend: Backend, table: &str) -> Vec<String> {
    match backend {
        Backend::Sqlite => {
            let replace = format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1");
            let mut attempts = vec![
                format!("PRAGMA recursive_triggers=ON; {replace}"),
                format!("PRAGMA recursive_triggers=OFF; {replace}"),
            ];
            let hidden = format!("SELECT 'yes' AS v FROM pragma_table_list WHERE name = '{table}' AND wr = 0");
            if !rows.texts(&hidden).is_empty() {
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
                attempts.push(format!("UPDATE OR REPLACE {table} SET rowid = (SELECT min(rowid) FROM {table})"));
            }
            attempts
        }
        Backend::Postgres => {
            let (key, _) = rows.columns(table).swap_remove(0);
            vec![
                format!("TRUNCATE {table}"),
                format!("TRUNCATE {table} CASCADE"),
                format!(
                    "INSERT INTO {table} SELECT * FROM {table} LIMIT 1 ON CONFLICT ON CONSTRAINT {table}_pkey DO UPDATE SET {key} = EXCLUDED.{key}"
                ),
            ]
        }
    }
}

/// Another value than the one that stands in a column.
fn other(backend: Backend, column: &str, kind: &str) -> String {
    match (backend, kind) {
        (_, "text") => format!("coalesce({column}, '') || 'x'"),
        (_, "bigint") => format!("coalesce({column}, 0) + 1"),
        (_, "date") => "'1999-01-01'".to_owned(),
        (Backend::Sqlite, _) => "randomblob(16)".to_owned(),
        (Backend::Postgres, "uuid") => "gen_random_uuid()".to_owned(),
        (Backend::Postgres, _) => "sha256('x')".to_owned(),
    }
}

/// Tries each, and compares the number of rows.
#[track_caller]
fn refused(rows: &mut Rows, table: &str, attempts: &[String]) {
    let count = rows.count(table);
    assert!(count > 0, "{table} is empty");
    for attempt in attempts {
        let refused = rows.execute(attempt);
        let fault = refused.expect_err(&format!("{attempt} was not refused"));
        let guard = ["is append-only", "keeps what it says", "is kept", "is there already"];
        assert!(guard.iter().any(|said| fault.contains(said)), "{attempt}: {fault}");
        assert_eq!(rows.count(table), count, "{attempt} changed the number of rows");
    }
}
