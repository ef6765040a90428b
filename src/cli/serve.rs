//! `xuefen serve`.

use std::net::TcpListener;
use std::process::ExitCode;

use clap::Args;

use super::{Failure, Place};
use crate::config;
use crate::domain::region::RegionPolicy;
use crate::services::Settings;
use crate::startup;
use crate::store::conn::DatabaseUrl;
use crate::store::migrations;

/// Serves the API and the pages.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    #[command(flatten)]
    place: Place,
}

impl Serve {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let file = self.place.file()?;
        let proxies = file.proxies()?;
        let url = self.place.database()?;
        if matches!(url, DatabaseUrl::Sqlite(_)) && self.place.database_url.is_none() {
            // The embedded database has no other owner who could migrate it.
            config::prepare_data_dir(self.place.folder())?;
            migrations::run(&url)?;
        }
        let demo = super::demo::kept(self.place.folder()).is_some();
        let listener = TcpListener::bind(&self.listen)?;
        let local = format!("http://{}", listener.local_addr()?);
        let settings = Settings {
            regions: RegionPolicy { allow_test: file.test_region.unwrap_or(demo) },
            plain_http: file.base_url.as_deref().is_none_or(|url| url.starts_with("http://")),
            base_url: file.base_url.unwrap_or_else(|| local.clone()),
            demo,
            evidence: config::evidence_folder(self.place.folder()),
            quotas: self.place.quotas()?,
            proxies,
        };
        let app = startup::application(&url, self.place.keys()?, settings)?;
        startup::serve(app, listener, || tracing::info!(address = %local, "serving"))?;
        Ok(ExitCode::SUCCESS)
    }
}
