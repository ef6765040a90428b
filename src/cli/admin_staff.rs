//! `xuefen admin staff`.

use std::io::BufRead;

use clap::Args;

use super::Failure;
use super::admin::plain;
use crate::domain::ids::InstitutionId;
use crate::domain::staff::StaffRole;
use crate::services::App;

/// Makes a member of staff.
#[derive(Debug, Args)]
pub(super) struct Staff {
    /// Log-in name.
    #[arg(long)]
    login: String,
    /// Name shown to colleagues.
    #[arg(long)]
    name: String,
    /// The institution.
    #[arg(long)]
    institution: InstitutionId,
    /// registrar, class_teacher, reviewer, rule_editor, rule_publisher, auditor, administrator, security_administrator.
    #[arg(long)]
    role: StaffRole,
}

impl Staff {
    pub(super) fn run(self, app: &App) -> Result<(), Failure> {
        eprintln!("password (one line on standard input):");
        let mut password = zeroize::Zeroizing::new(String::new());
        std::io::stdin().lock().read_line(&mut password)?;
        let id = app
            .add_staff(&self.login, &self.name, self.institution, self.role, password.trim_end_matches(['\r', '\n']))
            .map_err(plain)?;
        println!("{id}");
        Ok(())
    }
}
