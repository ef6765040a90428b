//! The embedded migrations: the same names on both databases.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::{Conn, DatabaseUrl, Role, on_backend};
use super::error::{Result, StoreError};

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

/// Whether the schema is behind this build.
pub fn pending(url: &DatabaseUrl) -> Result<bool> {
    let mut conn = Conn::open(url, Role::Writer)?;
    let source = if matches!(conn, Conn::Sqlite(_)) { SQLITE } else { POSTGRES };
    on_backend!(&mut conn, c => c.has_pending_migration(source))
        .map_err(|error| StoreError::Migration(error.to_string()))
}

/// Grants the serving role what it needs and nothing more: rows of the append-only tables can be added and read.
///
/// PostgreSQL only; `role` must exist. The owner migrates, the serving role serves.
pub fn grant_serving(url: &DatabaseUrl, role: &str) -> Result<()> {
    const APPEND_ONLY: &str = "ledger_transaction, posting, achievement, enrolment_status, audit_event";
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
         REVOKE UPDATE, DELETE, TRUNCATE ON {APPEND_ONLY} FROM {role}; \
         REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON __diesel_schema_migrations, book FROM {role};"
    ))
}
