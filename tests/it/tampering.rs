//! `xuefen verify` finds whatever was changed behind the server's back, and names it.

use serde_json::json;

use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::fixture::{Student, course, enrolment, with};
use crate::support::fresh;
use crate::support::operations::{open_enrolment, post_achievement, revoke_achievement, transfer_enrolment};
use crate::support::process::run;
use crate::support::rows::Rows;
use crate::support::store::{Backend, Store};

crate::support::on_both_alone! {
    verify_is_content_with_an_honest_book,
    verify_names_the_row_that_was_changed,
    verify_misses_no_row_that_was_removed,
}

/// The tables of the book, with the columns that name a row.
const BOOK: [(&str, &[&str]); 5] = [
    ("ledger_transaction", &["learner_id", "learner_seq"]),
    ("posting", &["learner_id", "learner_seq", "posting_no"]),
    ("achievement", &["learner_id", "subject", "id"]),
    ("balance", &["learner_id", "purse", "purse_ref", "credit_type"]),
    ("learner_head", &["learner_id"]),
];

/// A stopped city in which every kind of transaction has happened.
fn stopped_city(backend: Backend) -> City {
    let mut city = City::own(backend);
    let school = city.school();
    let student = city.student();
    fill(&city, &student);
    let programme = city.new_programme(school, "secondary");
    let target = school.send(open_enrolment(&student.id, &enrolment(&programme, &fresh::code("T")))).is(201).id();
    let all = json!({"to_enrolment_id": target, "lots": "all"});
    school.send(transfer_enrolment(&student.enrolment_id, &all)).is(200);
    city.server.stop();
    city
}

fn fill(city: &City, student: &Student) {
    let school = city.school();
    let learner = json!({"id": student.id});
    let code = fresh::code("C");
    school.send(post_achievement(&course(&learner, &code, "4"))).is(201);
    let retake = json!({"attempt": "retake", "score": {"scale": "percentage", "value": "95"}, "completed_on": days_ago(9).to_string()});
    school.send(post_achievement(&with(&course(&learner, &code, "4"), retake))).is(201);
    let posted = school.send(post_achievement(&course(&learner, &fresh::code("C"), "2"))).is(201);
    school.send(revoke_achievement(&posted.id(), "测试")).is(200);
    let dated = json!({"issued_on": days_ago(50).to_string(), "valid_until": days_ago(1).to_string()});
    let certificate = with(&city.result("skill_certificate", student), dated);
    city.accredited("skill_certificate").send(post_achievement(&certificate)).is(201);
    city.accredited("training").send(post_achievement(&city.result("training", student))).is(201);
}

/// The exit status of `verify` and all that it says.
pub fn verify(store: &Store) -> (Option<i32>, String) {
    let output = run(&store.arguments(&["verify"]));
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

fn verify_is_content_with_an_honest_book(backend: Backend) {
    let mut city = City::own(backend);
    let student = city.student();
    fill(&city, &student);
    let (code, said) = verify(&city.store);
    assert_eq!(code, Some(0), "beside a running server: {said}");
    city.server.stop();
    let (code, said) = verify(&city.store);
    assert_eq!(code, Some(0), "{said}");
}

fn verify_names_the_row_that_was_changed(backend: Backend) {
    let city = stopped_city(backend);
    let mut rows = Rows::open(&city.store);
    prepare(&mut rows, backend);
    let (code, said) = verify(&city.store);
    assert_eq!(code, Some(0), "without its guards the book is still honest: {said}");
    let mut missed = Vec::new();
    for (table, key) in BOOK {
        for (column, kind) in rows.columns(table) {
            let Some((place, learner)) = some_row(&mut rows, backend, table, key, &column) else { continue };
            for value in [changed(backend, &column, &kind), borrowed(table, &column, &place)] {
                // A key that is taken, or a column in which all rows agree, has nothing to change it to.
                if rows.execute(&format!("UPDATE {table} SET {column} = {value} WHERE {place}")).is_err() {
                    continue;
                }
                let (code, said) = verify(&city.store);
                let named = column == "learner_id" || said.contains(&learner);
                if code != Some(1) || !said.contains(table) || !named {
                    missed.push(format!("{table}.{column} = {value} ({place}): {code:?} {}", said.trim()));
                }
                restore(&mut rows, table);
            }
        }
    }
    let (code, said) = verify(&city.store);
    assert_eq!(code, Some(0), "the test did not restore what it changed: {said}");
    assert!(missed.is_empty(), "not found or not named:\n{}", missed.join("\n"));
}

fn verify_misses_no_row_that_was_removed(backend: Backend) {
    let city = stopped_city(backend);
    let mut rows = Rows::open(&city.store);
    prepare(&mut rows, backend);
    let mut missed = Vec::new();
    for (table, key) in BOOK {
        let (place, _) = some_row(&mut rows, backend, table, key, key[0]).expect("the table has rows");
        rows.must(&format!("DELETE FROM {table} WHERE {place}"));
        let (code, said) = verify(&city.store);
        if code != Some(1) {
            missed.push(format!("{table} ({place}): {code:?} {}", said.trim()));
        }
        restore(&mut rows, table);
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
}

/// Takes the guards away, and keeps a copy of each table.
fn prepare(rows: &mut Rows, backend: Backend) {
    if backend == Backend::Sqlite {
        rows.must("PRAGMA ignore_check_constraints=ON");
    }
    for (table, _) in BOOK {
        rows.unguard(table);
        if backend == Backend::Postgres {
            let checks = format!(
                "SELECT conname::text AS v FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype IN ('c', 'f')"
            );
            for name in rows.texts(&checks) {
                rows.must(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}"));
            }
        }
        rows.must(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
    }
}

fn restore(rows: &mut Rows, table: &str) {
    rows.must(&format!("DELETE FROM {table}"));
    rows.must(&format!("INSERT INTO {table} SELECT * FROM kept_{table}"));
}

/// A condition that holds for one row in the middle of the table in which `column` is not null, and its learner.
fn some_row(rows: &mut Rows, backend: Backend, table: &str, key: &[&str], column: &str) -> Option<(String, String)> {
    let quoted = |name: &str| match backend {
        Backend::Sqlite => format!("'{name} = ' || quote({name})"),
        Backend::Postgres => format!("'{name} = ' || quote_literal({name}::text)"),
    };
    let place: Vec<String> = key.iter().map(|name| quoted(name)).collect();
    let learner = match backend {
        Backend::Sqlite => "lower(hex(learner_id))",
        Backend::Postgres => "learner_id::text",
    };
    // A balance of nothing says the same as no row.
    let filled = if table == "balance" { "amount <> 0" } else { "1 = 1" };
    let sql = format!(
        "SELECT {} || '@' || {learner} AS v FROM {table} WHERE {column} IS NOT NULL AND {filled} ORDER BY {}",
        place.join(" || ' AND ' || "),
        key.join(", "),
    );
    let found = rows.texts(&sql);
    let (place, learner) = found.get(found.len() / 2)?.rsplit_once('@')?;
    let plain: String = learner.chars().filter(|letter| *letter != '-').collect();
    let uuid = format!("{}-{}-{}-{}-{}", &plain[..8], &plain[8..12], &plain[12..16], &plain[16..20], &plain[20..]);
    Some((place.to_owned(), uuid))
}

/// An expression for a value that stands in another row.
fn borrowed(table: &str, column: &str, place: &str) -> String {
    let own = format!("(SELECT {column} FROM kept_{table} WHERE {place})");
    format!("(SELECT {column} FROM kept_{table} WHERE {column} <> {own} ORDER BY {column} LIMIT 1)")
}

/// An expression for the column's value with one byte changed; the next day where it is a date.
pub fn changed(backend: Backend, column: &str, kind: &str) -> String {
    match (backend, kind) {
        (_, "bigint" | "integer" | "smallint") => format!("{column} + 256"),
        (Backend::Sqlite, "blob") => format!(
            "CAST(substr({column}, 1, length({column}) - 1) || \
             CASE WHEN substr({column}, -1) = x'00' THEN x'01' ELSE x'00' END AS BLOB)"
        ),
        (Backend::Sqlite, _) => {
            format!(
                "substr({column}, 1, length({column}) - 1) || CASE WHEN substr({column}, -1) = '1' THEN '2' ELSE '1' END"
            )
        }
        (Backend::Postgres, "bytea") => {
            format!("set_byte({column}, length({column}) - 1, get_byte({column}, length({column}) - 1) # 1)")
        }
        (Backend::Postgres, "date") => format!("{column} + 1"),
        (Backend::Postgres, "uuid") => {
            format!(
                "(left({column}::text, 35) || CASE WHEN right({column}::text, 1) = '1' THEN '2' ELSE '1' END)::uuid"
            )
        }
        (Backend::Postgres, _) => {
            format!("left({column}, -1) || CASE WHEN right({column}, 1) = '1' THEN '2' ELSE '1' END")
        }
    }
}
