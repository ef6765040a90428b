//! `xuefen openapi`: the document as the code makes it; `openapi/xuefen-v1.json` is its committed copy.

use std::process::ExitCode;

use super::Failure;

pub(super) fn run() -> Result<ExitCode, Failure> {
    println!("{}", crate::api::document().to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
