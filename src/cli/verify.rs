//! `xuefen verify`.

use std::process::ExitCode;

use clap::Args;

use super::{Failure, Place};
use crate::ports::{Clock, SystemClock};
use crate::services::audit_verify::verify_trail;
use crate::services::ledger::verify;
use crate::store::db::Db;

/// Recomputes the whole book.
#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    place: Place,
    /// Check hashes, balances and sums without the master key; commitments are then counted as unopened.
    #[arg(long)]
    without_key: bool,
}

impl Verify {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let db = Db::new(self.place.database()?);
        let keys = if self.without_key { None } else { Some(self.place.keys()?) };
        let verified = verify(&db, keys.as_ref(), |_| ())?;
        let checked = verified.checked;
        println!(
            "{} learners, {} transactions: {} opened, {} erased, {} unopened",
            verified.learners, checked.transactions, checked.opened, checked.erased, checked.unopened
        );
        if let Some(fault) = verified.fault {
            println!("WRONG: {fault}");
            return Ok(ExitCode::from(1));
        }
        let trail = verify_trail(&db, SystemClock.now())?;
        println!(
            "audit trail: {} events in {} streams, {} not linked yet, {} checkpoints",
            trail.linked + trail.fresh,
            trail.streams,
            trail.fresh,
            trail.checkpoints
        );
        if let Some(fault) = trail.fault {
            println!("WRONG: {fault}");
            return Ok(ExitCode::from(1));
        }
        println!("the book holds");
        Ok(ExitCode::SUCCESS)
    }
}
