//! `xuefen verify` recomputes the trail and names what was changed, removed or slipped in behind the server's back; what a killed
//! process left is linked by the next.

use std::time::{Duration, Instant};

use crate::support::city::City;
use crate::support::operations::{get_learner, list_learners};
use crate::support::rows::Rows;
use crate::support::store::Backend;
use crate::tampering::{changed, verify};

crate::support::on_both_alone! {
    verify_names_what_was_changed_in_the_trail,
    verify_finds_what_was_removed_or_slipped_in,
    what_a_killed_process_left_is_linked_by_the_next,
}

const TRAIL: [&str; 3] = ["audit_event", "audit_link", "audit_checkpoint"];

/// A stopped city with several links and checkpoints in its trail, open to changes.
fn stopped_city(backend: Backend) -> (City, Rows) {
    let mut city = City::own(backend);
    let student = city.student();
    let mut rows = Rows::open(&city.store);
    for _ in 0..3 {
        let links = rows.count("audit_link");
        city.school().send(get_learner(&student.id)).is(200);
        city.school().send(list_learners()).is(200);
        until(|| rows.count("audit_link") > links);
    }
    city.server.stop();
    assert!(rows.count("audit_checkpoint") >= 2, "one at the start, one at the end");
    if backend == Backend::Sqlite {
        rows.must("PRAGMA ignore_check_constraints=ON");
    }
    for table in TRAIL {
        rows.unguard(table);
        if backend == Backend::Postgres {
            let checks = format!(
                "SELECT conname::text AS v FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'c'"
            );
            for name in rows.texts(&checks) {
                rows.must(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}"));
            }
        }
        rows.must(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
    }
    let (code, said) = verify(&city.store);
    assert_eq!(code, Some(0), "an honest trail: {said}");
    assert!(said.contains(" 0 not linked yet"), "a server that stops links all: {said}");
    (city, rows)
}

#[track_caller]
fn until(mut met: impl FnMut() -> bool) {
    let since = Instant::now();
    while !met() {
        assert!(since.elapsed() < super::PATIENCE, "it did not come about");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn restore(rows: &mut Rows, table: &str) {
    rows.must(&format!("DELETE FROM {table}"));
    rows.must(&format!("INSERT INTO {table} SELECT * FROM kept_{table}"));
}

/// A condition for one row in the middle of a table in which `column` is not null, and the row as `verify` names it.
fn some_row(rows: &mut Rows, backend: Backend, table: &str, column: &str) -> Option<(String, String)> {
    let keys: &[&str] = match table {
        "audit_event" => &["id"],
        "audit_link" => &["stream", "seq"],
        _ => &["seq"],
    };
    let (quote, plain) = match backend {
        Backend::Sqlite => ("quote", "lower(hex(id))"),
        Backend::Postgres => ("quote_literal", "id::text"),
    };
    let text = if backend == Backend::Postgres { "::text" } else { "" };
    let place: Vec<String> = keys.iter().map(|key| format!("'{key} = ' || {quote}({key}{text})")).collect();
    let name = if table == "audit_event" { plain } else { "CAST(seq AS TEXT)" };
    let sql = format!(
        "SELECT {} || '@' || {name} AS v FROM {table} WHERE {column} IS NOT NULL ORDER BY {}",
        place.join(" || ' AND ' || "),
        keys.join(", ")
    );
    let found = rows.texts(&sql);
    let (place, name) = found.get(found.len() / 2)?.rsplit_once('@')?;
    Some((place.to_owned(), name.replace('-', "")))
}

fn verify_names_what_was_changed_in_the_trail(backend: Backend) {
    let (city, mut rows) = stopped_city(backend);
    let (mut missed, mut tried) = (Vec::new(), 0);
    for table in TRAIL {
        for (column, kind) in rows.columns(table) {
            let Some((place, name)) = some_row(&mut rows, backend, table, &column) else { continue };
            let value = changed(backend, &column, &kind);
            if rows.execute(&format!("UPDATE {table} SET {column} = {value} WHERE {place}")).is_err() {
                continue; // a key that is taken
            }
            tried += 1;
            let (code, said) = verify(&city.store);
            // An event that has moved elsewhere is missed where it was linked; a link or checkpoint at its number.
            let named = said.replace('-', "").contains(&name) || matches!(&*column, "seq" | "stream");
            if code != Some(1)
                || !said.contains("WRONG: audit")
                || !(said.contains(table) || column == "stream")
                || !named
            {
                missed.push(format!("{table}.{column} = {value} ({place}): {code:?} {}", said.trim()));
            }
            restore(&mut rows, table);
        }
    }
    let (code, said) = verify(&city.store);
    assert_eq!(code, Some(0), "the test did not restore what it changed: {said}");
    assert!(missed.is_empty(), "not found or not named:\n{}", missed.join("\n"));
    assert!(tried >= 20, "{tried} columns");
}

fn verify_finds_what_was_removed_or_slipped_in(backend: Backend) {
    let (city, mut rows) = stopped_city(backend);
    let (random, old) = match backend {
        Backend::Sqlite => ("randomblob(16)", "at - 86400000000"),
        Backend::Postgres => ("gen_random_uuid()", "at - 86400000000"),
    };
    let columns: Vec<String> = rows.columns("audit_event").into_iter().map(|(name, _)| name).collect();
    let copy = |stream: &str, at: &str| {
        let values = columns.iter().map(|name| match name.as_str() {
            "id" => random.to_owned(),
            "stream" => stream.to_owned(),
            "at" => at.to_owned(),
            other => other.to_owned(),
        });
        let values: Vec<String> = values.collect();
        format!("INSERT INTO audit_event SELECT {} FROM audit_event LIMIT 1", values.join(", "))
    };
    let of_middle = |rows: &mut Rows, table| some_row(rows, backend, table, "at").expect("a row").0;
    let last_link = "seq = (SELECT max(seq) FROM audit_link) AND seq > 1";
    let attacks = [
        format!("DELETE FROM audit_event WHERE {}", of_middle(&mut rows, "audit_event")),
        format!("DELETE FROM audit_link WHERE {}", of_middle(&mut rows, "audit_link")),
        format!("DELETE FROM audit_link WHERE {last_link}"),
        "DELETE FROM audit_link WHERE seq = 1".to_owned(),
        "DELETE FROM audit_checkpoint WHERE seq = 1".to_owned(),
        // A whole stream, and nothing left of it but what a checkpoint says.
        "DELETE FROM audit_event; DELETE FROM audit_link".to_owned(),
        copy("stream", old),
        copy(random, old),
        copy("stream", "at + 86400000000000"),
    ];
    let mut missed = Vec::new();
    for attack in attacks {
        rows.must(&attack);
        let (code, said) = verify(&city.store);
        if code != Some(1) || !said.contains("WRONG: audit") {
            missed.push(format!("{attack}: {code:?} {}", said.trim()));
        }
        TRAIL.iter().for_each(|table| restore(&mut rows, table));
    }
    let (code, said) = verify(&city.store);
    assert_eq!(code, Some(0), "the test did not restore what it changed: {said}");
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
}

fn what_a_killed_process_left_is_linked_by_the_next(backend: Backend) {
    let mut city = City::own(backend);
    let student = city.student();
    let mut left = 0;
    for _ in 0..20 {
        city.school().send(get_learner(&student.id)).is(200);
        city.server.kill();
        let (code, said) = verify(&city.store);
        assert_eq!(code, Some(0), "events of the last minutes may be unlinked: {said}");
        left = unlinked(&said);
        if left > 0 {
            break;
        }
        city.serve_again();
    }
    assert!(left > 0, "no process was killed before it linked");
    assert!(!events_of_dead(&city).is_empty());
    city.serve_again();
    // The next one waits until it is sure that nobody else does it.
    let since = Instant::now();
    while unlinked(&verify(&city.store).1) > 0 || !events_of_dead(&city).is_empty() {
        assert!(since.elapsed() < Duration::from_secs(60), "nobody linked what was left");
        std::thread::sleep(Duration::from_secs(1));
    }
    city.server.stop();
    let (code, said) = verify(&city.store);
    assert_eq!(code, Some(0), "{said}");
}

/// Streams whose last event no link has taken in.
fn events_of_dead(city: &City) -> Vec<String> {
    Rows::open(&city.store).texts(
        "SELECT DISTINCT 'stream' AS v FROM audit_event e WHERE (SELECT count(*) FROM audit_event o WHERE o.stream = e.stream) \
         > (SELECT coalesce(sum(length(l.events)), 0) / 48 FROM audit_link l WHERE l.stream = e.stream)",
    )
}

fn unlinked(said: &str) -> u64 {
    let (before, _) = said.split_once(" not linked yet").unwrap_or_else(|| panic!("{said}"));
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{said}"))
}
