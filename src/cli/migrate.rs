//! `xuefen migrate`.

use std::process::ExitCode;

use clap::Args;

use super::{Failure, Place};
use crate::config;
use crate::ports::{Clock, SystemClock, SystemIds};
use crate::startup;
use crate::store::conn::DatabaseUrl;
use crate::store::db::Db;
use crate::store::migrations;

/// Brings the schema up to date.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    place: Place,
    /// PostgreSQL: also grant this existing role what the service needs; it can add to the book but not change it.
    #[arg(long)]
    grant_to: Option<String>,
}

impl Migrate {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let url = self.place.database()?;
        if matches!(url, DatabaseUrl::Sqlite(_)) && self.place.database_url.is_none() {
            config::prepare_data_dir(self.place.folder())?;
        }
        let done = migrations::run(&url)?;
        startup::found_book(&Db::new(url.clone()), &SystemIds, SystemClock.now())?;
        if done.is_empty() {
            println!("the schema is up to date");
        }
        for name in done {
            println!("ran {name}");
        }
        if let Some(role) = self.grant_to {
            migrations::grant_serving(&url, &role)?;
            println!("granted {role} what the service needs");
        }
        Ok(ExitCode::SUCCESS)
    }
}
