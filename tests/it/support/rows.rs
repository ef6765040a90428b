//! The database behind the server's back.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::store::{Backend, Store};

/// A connection of the test's own to a store.
pub enum Rows {
    /// To the bundled database.
    Sqlite(Box<SqliteConnection>),
    /// To PostgreSQL, as the owner.
    Postgres(Box<PgConnection>),
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Nullable<Text>)]
    v: Option<String>,
}

impl Rows {
    /// Opens the store.
    pub fn open(store: &Store) -> Self {
        match (store.backend, &store.database_url) {
            (Backend::Sqlite, _) => {
                let path = store.sqlite_file().display().to_string();
                let mut connection = SqliteConnection::establish(&path).expect("the database opens");
                let settings = "PRAGMA busy_timeout=20000; PRAGMA recursive_triggers=ON; PRAGMA foreign_keys=OFF;";
                connection.batch_execute(settings).expect("settings are taken");
                Self::Sqlite(Box::new(connection))
            }
            (Backend::Postgres, url) => {
                let url = url.as_deref().expect("a store on PostgreSQL has a URL");
                Self::Postgres(Box::new(PgConnection::establish(url).expect("the database opens")))
            }
        }
    }

    /// Runs statements.
    pub fn execute(&mut self, sql: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        }
        .map_err(|e| e.to_string())
    }

    /// Runs statements that must succeed.
    #[track_caller]
    pub fn must(&mut self, sql: &str) {
        self.execute(sql).unwrap_or_else(|fault| panic!("{sql}: {fault}"));
    }

    /// The column `v`, which must be text, of a query.
    #[track_caller]
    pub fn texts(&mut self, sql: &str) -> Vec<String> {
        let query = sql_query(sql);
        let cells: Result<Vec<Cell>, _> = match self {
            Self::Sqlite(connection) => query.load(&mut **connection),
            Self::Postgres(connection) => query.load(&mut **connection),
        };
        cells.unwrap_or_else(|e| panic!("{sql}: {e}")).into_iter().map(|cell| cell.v.unwrap_or_default()).collect()
    }

    /// The number that a query for one text gives.
    #[track_caller]
    pub fn count(&mut self, table: &str) -> u64 {
        let counted = self.texts(&format!("SELECT CAST(COUNT(*) AS TEXT) AS v FROM {table}"));
        counted[0].parse().expect("a count is a number")
    }

    /// Tables that the schema guards with triggers, in the order of their names.
    pub fn guarded(&mut self) -> Vec<String> {
        match self {
            Self::Sqlite(_) => {
                self.texts("SELECT DISTINCT tbl_name AS v FROM sqlite_master WHERE type = 'trigger' ORDER BY 1")
            }
            Self::Postgres(_) => self.texts(
                "SELECT DISTINCT c.relname::text AS v FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
                 JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE NOT t.tgisinternal AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1",
            ),
        }
    }

    /// Takes the triggers of a table away.
    pub fn unguard(&mut self, table: &str) {
        match self {
            Self::Sqlite(_) => {
                let names =
                    format!("SELECT name AS v FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'");
                for name in self.texts(&names) {
                    self.must(&format!("DROP TRIGGER \"{name}\""));
                }
            }
            Self::Postgres(_) => self.must(&format!("ALTER TABLE {table} DISABLE TRIGGER USER")),
        }
    }

    /// The columns of a table with their declared types, in order.
    pub fn columns(&mut self, table: &str) -> Vec<(String, String)> {
        let rows = match self {
            Self::Sqlite(_) => self.texts(&format!(
                "SELECT name || ' ' || lower(type) AS v FROM pragma_table_info('{table}') ORDER BY cid"
            )),
            Self::Postgres(_) => self.texts(&format!(
                "SELECT column_name || ' ' || data_type AS v FROM information_schema.columns \
                 WHERE table_name = '{table}' AND table_schema = current_schema() ORDER BY ordinal_position"
            )),
        };
        let pairs = rows.iter().filter_map(|row| row.split_once(' '));
        pairs.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
    }
}
