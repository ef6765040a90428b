//! The embedded migrations: the same names on both databases.

use diesel::backend::Backend;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::result::Error as DieselError;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::{Conn, DatabaseUrl, Role, on_backend};
use super::error::{Result, StoreError};
use super::guards::{APPEND_ONLY, KEPT, OTHERS};
use super::hot::Hot;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Brings the schema up to date; answers the names of what was run.
pub fn run(url: &DatabaseUrl) -> Result<Vec<String>> {
    let mut conn = Conn::open(url, Role::Writer)?;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(error.to_string());
    let names = match &mut conn {
        Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map_err(failed)?.iter().map(ToString::to_string).collect(),
        Conn::Postgres(c) => {
            // A large index may take longer than a request may.
            diesel::connection::SimpleConnection::batch_execute(c, "SET statement_timeout = 0")?;
            c.run_pending_migrations(POSTGRES).map_err(failed)?.iter().map(ToString::to_string).collect()
        }
    };
    Ok(names)
}

/// Whether the schema is behind this build. Only reads: the serving role may not create so much as the list of migrations.
pub fn pending(url: &DatabaseUrl) -> Result<bool> {
    let mut conn = Conn::open(url, Role::Writer)?;
    let list = Hot::<Text>::new("SELECT version FROM __diesel_schema_migrations");
    let done: QueryResult<Vec<String>> = on_backend!(&mut conn, c => list.load(c));
    let done = match done {
        Ok(done) => done,
        Err(DieselError::DatabaseError(_, said)) if NO_LIST.iter().any(|known| said.message().contains(known)) => {
            return Ok(true);
        }
        Err(error) => return Err(error.into()),
    };
    let wanted = match conn {
        Conn::Sqlite(_) => versions::<Sqlite>(SQLITE),
        Conn::Postgres(_) => versions::<Pg>(POSTGRES),
    }?;
    Ok(wanted.iter().any(|version| !done.contains(version)))
}

/// What the two databases say when there is no list of migrations yet.
const NO_LIST: [&str; 2] = ["no such table", "does not exist"];

fn versions<DB: Backend>(source: EmbeddedMigrations) -> Result<Vec<String>>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations = source.migrations().map_err(|error| StoreError::Migration(error.to_string()))?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Grants the serving role what it needs and nothing more: rows of the append-only tables can be added and read.
///
/// PostgreSQL only; `role` must exist. The owner migrates, the serving role serves.
pub fn grant_serving(url: &DatabaseUrl, role: &str) -> Result<()> {
    let of = |tables: Vec<&str>| tables.join(", ");
    let append_only = of(APPEND_ONLY.to_vec());
    let kept = of(KEPT.iter().filter(|own| !own.may_go).map(|own| own.table).chain(OTHERS.iter().copied()).collect());
    let unchanging = of(KEPT.iter().filter(|own| own.may_change.is_empty()).map(|own| own.table).collect());
    if role.is_empty() || !role.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(StoreError::Migration("a role name has letters, digits and underscores only".into()));
    }
    let mut conn = Conn::open(url, Role::Writer)?;
    if matches!(conn, Conn::Sqlite(_)) {
        return Err(StoreError::Migration("roles exist on PostgreSQL only".into()));
    }
    conn.run(&format!(
        "GRANT USAGE ON SCHEMA public TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}; \
         REVOKE UPDATE, DELETE, TRUNCATE ON {append_only} FROM {role}; \
         REVOKE DELETE, TRUNCATE ON {kept} FROM {role}; \
         REVOKE UPDATE, TRUNCATE ON {unchanging} FROM {role}; \
         REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON __diesel_schema_migrations, book FROM {role};"
    ))
}
