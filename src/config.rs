//! What an operator configures: command line first, then environment, then the file, then defaults.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::crypto::keys::KeyRing;
use crate::domain::proxies::{ForwardedHeader, Proxies};
use crate::ports::SystemIds;
use crate::store::conn::DatabaseUrl;

/// Environment variable that holds the master key (64 hexadecimal digits).
pub const MASTER_KEY_VARIABLE: &str = "XUEFEN_MASTER_KEY";
/// Name of the database file in a data folder.
const DATABASE_FILE: &str = "xuefen.db";
/// Name of the master key's file in a data folder.
const MASTER_KEY_FILE: &str = "master.key";

/// The configuration file (TOML); every member may be left out.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// `sqlite:PATH` or `postgres://…`.
    pub database_url: Option<String>,
    /// File that holds the master key, readable by the service alone.
    pub master_key_file: Option<PathBuf>,
    /// The public address, `https://…`; issuer and audience of tokens.
    pub base_url: Option<String>,
    /// Whether id numbers of the test region 410299 are accepted.
    pub test_region: Option<bool>,
    /// How many requests each API client may send.
    #[serde(default)]
    pub rate_limits: RateLimitsFile,
    /// Networks of the proxies in front of the service, `10.0.0.0/8`: their word on where a request came from is taken.
    pub trusted_proxies: Option<Vec<String>>,
    /// The header in which they say it, `x-forwarded-for` (unless given) or `forwarded`: the one that they set.
    pub forwarded_header: Option<String>,
}

/// The table `rate_limits` of the file: requests a minute of each client at each process; 0 is without limit.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitsFile {
    /// Of interactive calls.
    pub requests_per_minute: Option<u32>,
    /// Of batches, jobs and sheets.
    pub bulk_per_minute: Option<u32>,
}

/// Configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No master key anywhere.
    #[error("no master key: set {MASTER_KEY_VARIABLE}, or master_key_file in the configuration, or use --data-dir")]
    NoMasterKey,
    /// The master key is not 64 hexadecimal digits.
    #[error("the master key is not 64 hexadecimal digits")]
    MasterKey,
    /// A network of proxies, or their header, is not understood.
    #[error("{0}")]
    Proxies(String),
    /// The database URL is not understood.
    #[error("{0}")]
    Database(String),
}

impl ConfigFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?;
        toml::from_str(&text).map_err(|error| file_error(path, &error))
    }

    /// The proxies in front of the service.
    pub fn proxies(&self) -> Result<Proxies, ConfigError> {
        let networks = self.trusted_proxies.iter().flatten().map(|text| {
            let wrong = || ConfigError::Proxies(format!("trusted_proxies: {text:?} is no network like 10.0.0.0/8"));
            text.parse().map_err(|()| wrong())
        });
        let header = match self.forwarded_header.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("x-forwarded-for") => ForwardedHeader::XForwardedFor,
            Some("forwarded") => ForwardedHeader::Forwarded,
            Some(_) => {
                let what = "forwarded_header: x-forwarded-for or forwarded";
                return Err(ConfigError::Proxies(what.to_owned()));
            }
        };
        Ok(Proxies { networks: networks.collect::<Result<_, _>>()?, header })
    }
}

fn file_error(path: &Path, reason: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::File { path: path.to_owned(), reason: reason.to_string() }
}

/// The database: named, or the file in the data folder.
pub fn database(url: Option<&str>, data_dir: &Path) -> Result<DatabaseUrl, ConfigError> {
    match url {
        Some(url) => {
            url.parse().map_err(|error: crate::store::error::StoreError| ConfigError::Database(error.to_string()))
        }
        None => Ok(DatabaseUrl::Sqlite(data_dir.join(DATABASE_FILE).display().to_string())),
    }
}

/// Folder of the sealed evidence files: in the data folder, whatever the database.
pub fn evidence_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("evidence")
}

/// The key ring: from the environment, the configured file, or the data folder's file.
pub fn key_ring(file: Option<&Path>, data_dir: &Path) -> Result<KeyRing, ConfigError> {
    if let Ok(text) = std::env::var(MASTER_KEY_VARIABLE) {
        return KeyRing::from_hex(&text).map_err(|_| ConfigError::MasterKey);
    }
    let own = data_dir.join(MASTER_KEY_FILE);
    let path = match file {
        Some(path) => path,
        None if own.exists() => own.as_path(),
        None => return Err(ConfigError::NoMasterKey),
    };
    let text = std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?;
    KeyRing::from_hex(&text).map_err(|_| ConfigError::MasterKey)
}

/// Makes the data folder and, where there is none, its master key with mode 0600.
pub fn prepare_data_dir(data_dir: &Path) -> Result<(), ConfigError> {
    use std::io::Write;
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|error| file_error(data_dir, &error))?;
    let path = data_dir.join(MASTER_KEY_FILE);
    if path.exists() || std::env::var_os(MASTER_KEY_VARIABLE).is_some() {
        return Ok(());
    }
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| {
            writeln!(file, "{}", KeyRing::generate_hex(&SystemIds).as_str())?;
            file.sync_all()
        })
        .map_err(|error| file_error(&path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_data_folder_gets_one_private_key_and_keeps_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        prepare_data_dir(&data).expect("made");
        let path = data.join(MASTER_KEY_FILE);
        let mode = std::fs::metadata(&path).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let first = std::fs::read_to_string(&path).expect("readable");
        prepare_data_dir(&data).expect("made before");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), first);
        assert!(key_ring(None, &data).is_ok());
        assert!(matches!(key_ring(None, folder.path()), Err(ConfigError::NoMasterKey)));
    }

    #[test]
    fn unknown_members_of_the_file_are_refused() {
        assert!(toml::from_str::<ConfigFile>("databse_url = 'x'").is_err());
        assert!(toml::from_str::<ConfigFile>("test_region = true").is_ok());
        let limited: ConfigFile = toml::from_str("[rate_limits]\nbulk_per_minute = 60").expect("good");
        assert_eq!(limited.rate_limits.bulk_per_minute, Some(60));
        for text in ["bulk_per_minute = -1", "bulk = 60", "requests_per_minute = \"many\""] {
            assert!(toml::from_str::<ConfigFile>(&format!("[rate_limits]\n{text}")).is_err(), "{text}");
        }
        let proxies = |text: &str| toml::from_str::<ConfigFile>(text).expect("well-formed").proxies();
        assert!(proxies("trusted_proxies = ['10.0.0.0/8', '::1']\nforwarded_header = 'Forwarded'").is_ok());
        for bad in ["trusted_proxies = ['10.0.0.0/33']", "trusted_proxies = ['proxy']", "forwarded_header = 'via'"] {
            assert!(proxies(bad).is_err(), "{bad}");
        }
    }
}
