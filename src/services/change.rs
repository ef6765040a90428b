//! What changes of versioned things have in common.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use super::App;
use super::actor::ClientActor;
use super::audit::By;
use super::error::{Error, Precondition, Result};
use crate::domain::time::strict_date_opt;
use crate::store::audit::{self, Event};
use crate::store::conn::Conn;

/// `#[serde(default, deserialize_with = "given")]`: a field that was left out is none, and null is a value like any other:
/// it is taken where `T` has it and refused where not.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// [`given`] for a date that may be null.
pub(super) fn given_date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<NaiveDate>>, D::Error> {
    strict_date_opt::deserialize(deserializer).map(Some)
}

/// Refuses a change that is not based on what stands.
pub(super) fn standing(stands: bool) -> Result<()> {
    if stands { Ok(()) } else { Err(Error::Precondition(Precondition::Stale)) }
}

/// What is left out of a change stays.
pub(super) fn or_standing<T: Clone>(change: &Option<T>, stands: &T) -> T {
    change.as_ref().unwrap_or(stands).clone()
}

impl App {
    /// Writes into the audit trail that `action` was done to `object` (`<kind> <id>`), by a client or, without one, by the
    /// operator.
    pub(super) fn note_change(
        &self,
        conn: &mut Conn,
        by: Option<&ClientActor>,
        action: &str,
        object: &str,
    ) -> Result<()> {
        let event = Event { object: Some(object), ..self.event(by.map_or(By::SYSTEM, By::from), action) };
        Ok(audit::append(conn, &event)?)
    }
}
