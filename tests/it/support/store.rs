//! Where one city keeps its data.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::postgres;

/// The two databases that every test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The bundled one.
    Sqlite,
    /// A private cluster.
    Postgres,
}

/// A data folder and, on PostgreSQL, a database.
pub struct Store {
    /// Which database it is.
    pub backend: Backend,
    /// What `--data-dir` gets.
    pub data_dir: PathBuf,
    /// What `--database-url` gets, if anything.
    pub database_url: Option<String>,
    /// The folder of it all; logs lie beside the data folder.
    pub folder: PathBuf,
    owned: Option<TempDir>,
    /// The cluster in which the database is to be dropped at the end.
    cluster: Option<String>,
}

impl Store {
    /// An empty one. On PostgreSQL it is a new database in the cluster of the run.
    pub fn fresh(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::at(backend, None, None),
            Backend::Postgres => {
                let cluster = postgres::cluster_url();
                Self::at(backend, Some(postgres::create_database(&cluster)), Some(cluster))
            }
        }
    }

    /// An empty one in a cluster that the test owns.
    pub fn in_cluster(url: &str) -> Self {
        Self::at(Backend::Postgres, Some(postgres::create_database(url)), None)
    }

    fn at(backend: Backend, database_url: Option<String>, cluster: Option<String>) -> Self {
        let owned = tempfile::Builder::new().prefix("xuefen-it-").tempdir().expect("a folder can be made");
        let folder = owned.path().to_owned();
        Self { backend, data_dir: folder.join("data"), database_url, folder, owned: Some(owned), cluster }
    }

    /// Leaves the folder to somebody else to remove.
    pub fn disown(&mut self) -> PathBuf {
        self.owned.take().map_or_else(|| self.folder.clone(), TempDir::keep)
    }

    /// The arguments of a command on this store.
    pub fn arguments(&self, command: &[&str]) -> Vec<String> {
        let mut arguments: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
        arguments.extend(["--data-dir".to_owned(), self.data_dir.display().to_string()]);
        if let Some(url) = &self.database_url {
            arguments.extend(["--database-url".to_owned(), url.clone()]);
        }
        arguments
    }

    /// The SQLite database's file.
    pub fn sqlite_file(&self) -> PathBuf {
        let found = files(&self.data_dir)
            .into_iter()
            .find(|path| fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3\0")));
        found.unwrap_or_else(|| panic!("no SQLite database in {}", self.data_dir.display()))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let (Some(cluster), Some(url), Some(_)) = (&self.cluster, &self.database_url, &self.owned) {
            postgres::drop_database(cluster, url);
        }
    }
}

/// All files in a folder and below.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Copies a folder with all that it holds.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for path in fs::read_dir(from).expect("the folder can be read").flatten().map(|entry| entry.path()) {
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
    }
}
