//! On PostgreSQL one role owns the tables and another serves: the second can add to the book and change nothing.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::json;
use xuefen::store::guards::{APPEND_ONLY, KEPT, OTHERS};

use crate::support::book::check;
use crate::support::city::{City, wait_ready};
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::operations::post_achievement;
use crate::support::process::{Server, run};
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_postgres_alone! {
    serving_role_cannot_change_the_book,
}

fn serving_role_cannot_change_the_book() {
    let mut city = City::own(Backend::Postgres);
    let student = city.student();
    let role = format!("serving_{}_{}", std::process::id(), fresh::number());
    let mut owner = Rows::open(&city.store);
    owner.must(&format!("CREATE ROLE {role} LOGIN PASSWORD 'paper'"));
    let granted = run(&city.store.arguments(&["migrate", "--grant-to", &role]));
    assert!(granted.status.success(), "{}", String::from_utf8_lossy(&granted.stderr));
    city.server.stop();

    let url = city.store.database_url.clone().expect("a database");
    let (_, rest) = url.split_once('@').expect("the URL names its owner");
    let serving = format!("postgres://{role}:paper@{rest}");
    let address = city.base.trim_start_matches("http://").to_owned();
    let mut arguments =
        ["serve", "--listen", &address, "--database-url", &serving, "--data-dir"].map(str::to_owned).to_vec();
    arguments.push(city.store.data_dir.display().to_string());
    let mut server = Server::start(&city.store.folder, &arguments, None);
    wait_ready(&city.base);
    let client = city.school().at(&city.base);
    client.send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), "4"))).is(201);
    assert_eq!(check(&client, &student.id).earned(), "4");

    let mut connection = PgConnection::establish(&serving).expect("the role may log in");
    let mut refused = |change: &str| {
        let refused = connection.batch_execute(change).expect_err(change).to_string();
        assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{change}: {refused}");
    };
    let unchanging = KEPT.iter().filter(|kept| kept.may_change.is_empty()).map(|kept| kept.table);
    for table in APPEND_ONLY.iter().copied().chain(unchanging) {
        let (column, _) = owner.columns(table).swap_remove(0);
        refused(&format!("UPDATE {table} SET {column} = {column}"));
    }
    let staying = KEPT.iter().filter(|kept| !kept.may_go).map(|kept| kept.table).chain(OTHERS.iter().copied());
    for table in APPEND_ONLY.iter().copied().chain(staying) {
        refused(&format!("DELETE FROM {table}"));
    }
    for table in APPEND_ONLY.iter().chain(OTHERS).copied().chain(KEPT.iter().map(|kept| kept.table)) {
        refused(&format!("TRUNCATE {table}"));
        refused(&format!("ALTER TABLE {table} DISABLE TRIGGER USER"));
        refused(&format!("DROP TABLE {table}"));
    }
    drop(connection);
    server.stop();
    owner.must(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}
