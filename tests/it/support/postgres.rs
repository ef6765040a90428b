//! PostgreSQL for tests: databases in the cluster of the run, and clusters of their own for tests that stop them.

use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

use super::fresh;
use super::process::free_port;

/// The cluster of the run. Its absence is a failure, never a silent pass.
pub fn cluster_url() -> String {
    std::env::var("XUEFEN_TEST_POSTGRES_URL")
        .expect("XUEFEN_TEST_POSTGRES_URL names no PostgreSQL cluster: start the tests with tests/run")
}

/// A new empty database in the cluster of `url`; its URL.
pub fn create_database(url: &str) -> String {
    let name = format!("it_{}_{}", std::process::id(), fresh::number());
    execute(url, &format!("CREATE DATABASE {name}"));
    with_database(url, &name)
}

/// Removes a database made here.
pub fn drop_database(url: &str, database: &str) {
    execute(url, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", database_name(database)));
}

fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::establish(url).expect("the cluster answers");
    connection.batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
}

/// The name of the database in a URL.
pub fn database_name(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}

fn with_database(url: &str, name: &str) -> String {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let (server, _) = path.rsplit_once('/').expect("the URL names a database");
    query.map_or_else(|| format!("{server}/{name}"), |query| format!("{server}/{name}?{query}"))
}

/// The folder of PostgreSQL's own programs.
pub fn programs() -> PathBuf {
    if let Ok(folder) = std::env::var("XUEFEN_TEST_PG_BIN") {
        return PathBuf::from(folder);
    }
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed, or XUEFEN_TEST_PG_BIN set");
    let folder = versions.flatten().map(|version| version.path().join("bin")).max();
    folder.expect("PostgreSQL is installed, or XUEFEN_TEST_PG_BIN set")
}

/// A cluster that one test owns and may stop.
pub struct Cluster {
    folder: TempDir,
    port: u16,
}

impl Cluster {
    /// A new cluster, started.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("xuefen-pg-").tempdir().expect("a folder can be made");
        let cluster = Self { folder, port: free_port() };
        if is_root() {
            // initdb refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(cluster.folder.path()));
        }
        let data = cluster.data();
        run(cluster
            .program("initdb")
            .args(["--auth=trust", "--username=owner", "--encoding=UTF8", "--pgdata"])
            .arg(&data));
        cluster.up();
        cluster
    }

    /// The superuser's URL.
    pub fn url(&self) -> String {
        format!("postgres://owner@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, and returns once it answers.
    pub fn up(&self) {
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -k {}", self.port, self.folder.path().display());
        let log = self.folder.path().join("log");
        run(self
            .program("pg_ctl")
            .args(["start", "--wait", "--options", &options, "--log"])
            .arg(log)
            .arg("--pgdata")
            .arg(self.data()));
    }

    /// Stops it, cutting all connections.
    pub fn down(&self) {
        run(self.program("pg_ctl").args(["stop", "--wait", "--mode=fast", "--pgdata"]).arg(self.data()));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = programs().join(name);
        if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command.current_dir("/");
            command
        } else {
            Command::new(path)
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--pgdata"]).arg(self.data());
        // It may be down already.
        let _ = stop.output();
    }
}

/// Dumps a database as text.
pub fn dump(url: &str) -> Vec<u8> {
    let output = Command::new(programs().join("pg_dump")).arg(url).output().expect("pg_dump can be started");
    assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn run(command: &mut Command) {
    // pg_ctl leaves the server its standard output: a pipe would never end.
    let status = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status();
    let status = status.unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(status.success(), "{command:?}: {status}");
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(Path::new("/proc/self")).is_ok_and(|own| own.uid() == 0)
}
