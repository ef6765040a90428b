//! The command line.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a command line prints

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{self, ConfigFile};
use crate::crypto::keys::KeyRing;
use crate::services::rate_limit::{QUOTA_MAX, Quotas};
use crate::store::conn::DatabaseUrl;

mod admin;
mod admin_client;
mod admin_identity;
mod admin_staff;
mod demo;
mod demo_screen;
mod migrate;
mod openapi;
mod serve;
mod verify;

/// Xuefen 学分银行: the credit bank of a city's vocational education.
#[derive(Debug, Parser)]
#[command(
    name = "xuefen",
    version,
    about,
    after_help = "Start here: `xuefen demo` fills a fictional city and serves it."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a fictional demo city with learners and serve it.
    Demo(demo::Demo),
    /// Serve the API and the pages.
    Serve(serve::Serve),
    /// Bring the database schema up to date (as the owner of the database).
    Migrate(migrate::Migrate),
    /// Recompute every chain, commitment, balance and sum; exit 1 at the first fault.
    Verify(verify::Verify),
    /// Print the OpenAPI document.
    Openapi,
    /// Institutions, clients, staff and identity cases, by the operator.
    Admin(admin::Admin),
}

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// Folder of the embedded database, the master key and the demo's log-ins.
    #[arg(long, global = true, default_value = "data", env = "XUEFEN_DATA_DIR")]
    pub data_dir: PathBuf,
    /// sqlite:PATH or postgres://…; the file in the data folder unless given.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Configuration file (TOML): database_url, master_key_file, base_url, test_region, rate_limits.
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
}

type Failure = Box<dyn std::error::Error>;

impl Place {
    fn file(&self) -> Result<ConfigFile, Failure> {
        Ok(self.config.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default())
    }

    /// The database.
    pub fn database(&self) -> Result<DatabaseUrl, Failure> {
        let file = self.file()?;
        Ok(config::database(self.database_url.as_deref().or(file.database_url.as_deref()), &self.data_dir)?)
    }

    /// The keys.
    pub fn keys(&self) -> Result<KeyRing, Failure> {
        Ok(config::key_ring(self.file()?.master_key_file.as_deref(), &self.data_dir)?)
    }

    /// How many requests each API client may send.
    pub fn quotas(&self) -> Result<Quotas, Failure> {
        let (file, usual) = (self.file()?.rate_limits, Quotas::default());
        Ok(Quotas {
            interactive: file.requests_per_minute.unwrap_or(usual.interactive).min(QUOTA_MAX),
            bulk: file.bulk_per_minute.unwrap_or(usual.bulk).min(QUOTA_MAX),
        })
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.data_dir
    }
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("XUEFEN_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,actix_server=warn")),
        )
        .with_target(false)
        .init();
    let result = match cli.command {
        Command::Demo(demo) => demo.run(),
        Command::Serve(serve) => serve.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Verify(verify) => verify.run(),
        Command::Openapi => openapi::run(),
        Command::Admin(admin) => admin.run(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xuefen: {error}");
            ExitCode::from(2)
        }
    }
}
