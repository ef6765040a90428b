//! `xuefen demo`.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::demo_screen::{self, Bar};
use super::{Failure, Place};
use crate::config;
use crate::demo::{self, City, LEARNERS_MAX, Wish};
use crate::domain::proxies::Proxies;
use crate::domain::region::RegionPolicy;
use crate::services::{App, Settings};
use crate::startup;
use crate::store::migrations;

/// File in the data folder that keeps the line of `demo --json`, log-ins and secrets included.
const KEPT: &str = "demo.json";
/// Every demo city is the same city.
const SEED: u64 = 410_299;

/// Makes a demo city and serves it; a second run on the same folder serves the same city again.
///
/// Institutions, people and numbers are invented. The server listens on this machine only.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Port on this machine; 0 picks a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Learners of the city.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(..=LEARNERS_MAX))]
    learners: u64,
    /// Print one line of JSON on standard output once it listens, everything else on standard error.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Demo {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let folder = self.place.folder();
        let url = self.place.database()?;
        // The port first: that it is taken should not be learnt after minutes of work.
        let listener = TcpListener::bind(("127.0.0.1", self.port))
            .map_err(|error| format!("port {}: {error}; choose another with --port", self.port))?;
        config::prepare_data_dir(folder)?;
        migrations::run(&url)?;
        let settings = Settings {
            regions: RegionPolicy { allow_test: true },
            base_url: format!("http://{}", listener.local_addr()?),
            plain_http: true,
            demo: true,
            evidence: config::evidence_folder(folder),
            quotas: self.place.quotas()?,
            proxies: Proxies::default(),
        };
        let app = startup::application(&url, self.place.keys()?, settings)?;
        let city = self.city(&app)?;
        let json = serde_json::to_string(&city)?;
        startup::serve(app, listener, || {
            demo_screen::show(&city, &folder.join(KEPT));
            if self.json {
                println!("{json}");
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// The city that stands, or one made now.
    fn city(&self, app: &App) -> Result<City, Failure> {
        let folder = self.place.folder();
        let vacant = demo::is_vacant(app)?;
        if let Some(mut city) = kept(folder) {
            if city.book_id != app.book {
                return Err(format!(
                    "{} belongs to another database: give the database it was made with, or another --data-dir",
                    folder.join(KEPT).display()
                )
                .into());
            }
            city.base_url.clone_from(&app.settings.base_url);
            return Ok(city);
        }
        if !vacant {
            return Err("this database already holds institutions that no finished demo made (perhaps one that was \
                        interrupted): give a fresh --data-dir, or an empty database"
                .into());
        }
        let bar = Bar::new();
        let wish = Wish { learners: self.learners, seed: SEED };
        let city =
            demo::fill(app, &wish, &|stage, done, total| bar.tell(stage, done, total)).map_err(super::admin::plain)?;
        bar.end();
        keep(folder, &city)?;
        Ok(city)
    }
}

/// The city that a demo has made in this folder, if one did.
pub(super) fn kept(folder: &Path) -> Option<City> {
    serde_json::from_str(&fs::read_to_string(folder.join(KEPT)).ok()?).ok()
}

/// Keeps a city, whole or not at all, for the service alone to read.
fn keep(folder: &Path, city: &City) -> Result<(), Failure> {
    let (path, fresh) = (folder.join(KEPT), folder.join("demo.json.new"));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(serde_json::to_string(city)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(fresh, path)?;
    Ok(())
}
