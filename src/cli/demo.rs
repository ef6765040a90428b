//! `xuefen demo`.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::{Failure, Place};

/// Makes a demo city and serves it.
#[derive(Debug, Args)]
pub(super) struct Demo {
    #[command(flatten)]
    place: Place,
}

impl Demo {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let _ = self.place;
        Ok(ExitCode::SUCCESS)
    }
}

/// The JSON line of the demo that filled this folder, if one did.
pub(super) fn kept(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join("demo.json")).ok()
}
