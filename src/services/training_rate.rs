//! The bureau's rate of training hours per credit, set by an operator.

use chrono::NaiveDate;

use super::App;
use super::error::Result;
use crate::domain::invalid::{Invalid, Reason};
use crate::store::training_rate;
pub use crate::store::training_rate::DEFAULT_HOURS_PER_CREDIT;

/// Most hours per credit: a rate above it is a mistake.
pub const HOURS_PER_CREDIT_MAX: i64 = 100;

impl App {
    /// Sets how many hours of 45 minutes are one training credit for trainings completed from `valid_from` on. Credits
    /// already recognised stay.
    pub fn set_training_rate(&self, valid_from: NaiveDate, hours: i64) -> Result<()> {
        if !(1..=HOURS_PER_CREDIT_MAX).contains(&hours) {
            return Err(Invalid::one("/hours_per_credit", Reason::range(1, HOURS_PER_CREDIT_MAX)).into());
        }
        let now = self.clock.now();
        self.db.write(|conn| {
            training_rate::set(conn, valid_from, hours, now)?;
            self.note_change(conn, None, "set_training_rate", &format!("training_rate {valid_from}"))
        })
    }

    /// The rate for trainings completed on a day.
    pub fn training_rate(&self, on: NaiveDate) -> Result<i64> {
        Ok(self.db.read(|conn| training_rate::hours_per_credit(conn, on))?)
    }
}
