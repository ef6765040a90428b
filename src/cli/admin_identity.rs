//! `xuefen admin identity-case`: a document presented under another name is decided by an administrator.

use clap::Subcommand;

use super::Failure;
use super::admin::plain;
use crate::domain::ids::IdentityCaseId;
use crate::services::App;

/// What to do with identity cases.
#[derive(Debug, Subcommand)]
pub(super) enum IdentityCase {
    /// List the open ones.
    List,
    /// The presented name is the same person's: it becomes the current one, the earlier stays as history.
    Accept {
        /// The case.
        id: IdentityCaseId,
        /// Why, for the record.
        #[arg(long)]
        note: String,
    },
    /// It is somebody else's document or a mistake: nothing changes.
    Refuse {
        /// The case.
        id: IdentityCaseId,
        /// Why, for the record.
        #[arg(long)]
        note: String,
    },
}

impl IdentityCase {
    pub(super) fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List => {
                for case in app.open_identity_cases().map_err(plain)? {
                    let text = |text: &Option<zeroize::Zeroizing<String>>| {
                        text.as_ref().map_or_else(|| "(erased)".to_owned(), |text| text.to_string())
                    };
                    println!(
                        "{}  account {}  {} {}  named {}, presented as {}  by {}  {}",
                        case.id,
                        case.account_no,
                        case.document.zh(),
                        case.masked.as_deref().unwrap_or("(erased)"),
                        text(&case.present_name),
                        text(&case.presented_name),
                        case.institution,
                        case.opened_at
                    );
                }
            }
            Self::Accept { id, note } => decide(app, id, true, &note)?,
            Self::Refuse { id, note } => decide(app, id, false, &note)?,
        }
        Ok(())
    }
}

fn decide(app: &App, id: IdentityCaseId, accept: bool, note: &str) -> Result<(), Failure> {
    let decided = app.decide_identity_case(id, accept, Some(note), "operator").map_err(plain)?;
    println!("{}", if decided { "decided" } else { "there is no such open case" });
    Ok(())
}
