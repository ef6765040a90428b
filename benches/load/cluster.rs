//! The private PostgreSQL, started by the same script as for the tests.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// Shared by the server's databases and by pgbench's; all other settings are PostgreSQL's own.
const SETTINGS: &[&str] = &["shared_buffers=1GB"];

/// A running cluster; stopped when dropped.
pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    /// URL of the owner on the database `postgres`.
    url: String,
    /// Process id of the postmaster.
    pub pid: u32,
}

fn script(arguments: &[&str]) -> Result<String> {
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres"))
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("tests/postgres {} failed", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

impl Cluster {
    /// Creates and starts the cluster in `folder`.
    pub fn start(folder: &Path) -> Result<Self> {
        script(&["install"])?;
        let bin = PathBuf::from(script(&["bin"])?);
        let place = folder.to_str().ok_or("the folder's name is no text")?;
        let url = script(&[&["start", place], SETTINGS].concat())?;
        let mut cluster = Cluster { folder: folder.to_owned(), bin, url, pid: 0 };
        let file = std::fs::read_to_string(folder.join("data/postmaster.pid"))?;
        cluster.pid = file.lines().next().ok_or("an empty postmaster.pid")?.trim().parse()?;
        Ok(cluster)
    }

    /// Creates an empty database and gives its URL.
    pub fn create(&self, database: &str) -> Result<String> {
        self.query("postgres", &format!("CREATE DATABASE {database}"))?;
        Ok(self.url_of(database))
    }

    /// The owner's URL on a database.
    pub fn url_of(&self, database: &str) -> String {
        let server = self.url.rsplit_once('/').map_or(self.url.as_str(), |(server, _)| server);
        format!("{server}/{database}")
    }

    /// The answer of one statement, columns separated by `|`.
    pub fn query(&self, database: &str, statement: &str) -> Result<String> {
        let output = self.command("psql").args(["-XqAt", "-d", &self.url_of(database), "-c", statement]).output()?;
        if !output.status.success() {
            return Err(format!("psql: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// One of PostgreSQL's programs.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.stdin(Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.to_str()
            && let Err(error) = script(&["stop", folder])
        {
            eprintln!("load: {error}");
        }
    }
}
