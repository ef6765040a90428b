//! `xuefen admin`: what an operator does on the machine itself.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::{Failure, Place};
use crate::config;
use crate::domain::accreditation::NewAccreditation;
use crate::domain::ids::InstitutionId;
use crate::domain::institution::{InstitutionKind, NewInstitution};
use crate::domain::kind::AchievementKind;
use crate::domain::proxies::Proxies;
use crate::domain::region::RegionPolicy;
use crate::services::{App, Settings};
use crate::startup;

/// Institutions, clients, accreditations and the training rate, by the operator.
#[derive(Debug, Args)]
pub(super) struct Admin {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Register an institution; prints its id. The first bureau is registered this way.
    Institution {
        /// Full name.
        #[arg(long)]
        name: String,
        /// secondary_school, technician_college, higher_vocational_college, university, open_university, awarding_body,
        /// training_provider, enterprise or bureau.
        #[arg(long)]
        kind: InstitutionKind,
        /// Unified social credit code (GB 32100), 18 characters.
        #[arg(long)]
        uscc: String,
        /// Region (GB/T 2260), six digits.
        #[arg(long)]
        region: String,
        /// The institution it answers to.
        #[arg(long)]
        authority: Option<InstitutionId>,
    },
    /// Make an API client for an institution; prints its id and, this once, its secret, if it has one.
    Client(super::admin_client::Client),
    /// Public keys of an API client.
    #[command(subcommand)]
    ClientKey(super::admin_client::ClientKey),
    /// Secrets of an API client.
    #[command(subcommand)]
    ClientSecret(super::admin_client::ClientSecret),
    /// The keys that access tokens are signed with; running servers learn of a change within a second.
    #[command(subcommand)]
    SigningKey(super::admin_client::SigningKey),
    /// Let an institution post a kind of achievement.
    Accredit {
        /// The institution.
        #[arg(long)]
        institution: InstitutionId,
        /// course, examination, skill_certificate, skill_level, qualification, training, competition, experience, diploma.
        #[arg(long)]
        kind: AchievementKind,
        /// A code, or a prefix with `*` behind it; may be repeated; all codes unless given.
        #[arg(long)]
        code: Vec<String>,
        /// First day.
        #[arg(long)]
        from: NaiveDate,
        /// Last day.
        #[arg(long)]
        to: Option<NaiveDate>,
    },
    /// Set the teaching hours (45 minutes) per training credit from a day on.
    TrainingRate {
        /// Hours per credit.
        #[arg(long)]
        hours: i64,
        /// First day.
        #[arg(long)]
        from: NaiveDate,
    },
    /// Make a member of staff; the password is read from standard input.
    Staff(super::admin_staff::Staff),
    /// Cases of documents presented under another name.
    #[command(subcommand)]
    IdentityCase(super::admin_identity::IdentityCase),
}

impl Admin {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let app = self.application()?;
        let done = Self::on(&app, self.what);
        app.close_audit().map_err(plain)?;
        done?;
        Ok(ExitCode::SUCCESS)
    }

    fn on(app: &App, what: What) -> Result<(), Failure> {
        match what {
            What::Institution { name, kind, uscc, region, authority } => {
                let new = NewInstitution {
                    name,
                    short_name: None,
                    kind,
                    uscc,
                    school_code: None,
                    authority_id: authority,
                    region,
                };
                println!("{}", app.add_institution(&new).map_err(plain)?);
            }
            What::Client(client) => client.run(app)?,
            What::ClientKey(key) => key.run(app)?,
            What::ClientSecret(secret) => secret.run(app)?,
            What::SigningKey(key) => key.run(app)?,
            What::Accredit { institution, kind, code, from, to } => {
                let codes = (!code.is_empty()).then_some(code);
                let new = NewAccreditation { kind, codes, levels: None, valid_from: from, valid_to: to };
                println!("{}", app.accredit(institution, &new).map_err(plain)?);
            }
            What::TrainingRate { hours, from } => {
                app.set_training_rate(from, hours).map_err(plain)?;
                println!("{hours} hours per training credit from {from}");
            }
            What::Staff(staff) => staff.run(app)?,
            What::IdentityCase(case) => case.run(app)?,
        }
        Ok(())
    }

    fn application(&self) -> Result<App, Failure> {
        let demo = super::demo::kept(self.place.folder()).is_some();
        let regions = RegionPolicy { allow_test: self.place.file()?.test_region.unwrap_or(demo) };
        let evidence = config::evidence_folder(self.place.folder());
        let settings = Settings {
            regions,
            base_url: "http://localhost".into(),
            plain_http: true,
            demo,
            evidence,
            quotas: self.place.quotas()?,
            proxies: Proxies::default(),
        };
        Ok(startup::application(&self.place.database()?, self.place.keys()?, settings)?)
    }
}

/// Errors of use cases as an operator reads them.
pub(super) fn plain(error: crate::services::error::Error) -> Failure {
    use crate::services::error::Error;
    match error {
        Error::Invalid(invalid) => invalid.to_string().into(),
        Error::Refused(refusal) => crate::http::problem::Problem::from(*refusal).to_string().into(),
        other => other.to_string().into(),
    }
}
