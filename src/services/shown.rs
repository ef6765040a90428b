//! The trail of looks: whose data a client was shown in a list. One row for each learner, as for a single look, written in
//! one insert before the answer goes out.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::App;
use super::actor::Actor;
use super::error::Result;
use crate::store::audit::{self, Event};

impl App {
    /// Notes that a client was shown data of these learners, each named once. Nobody shown leaves no row, and no more does a
    /// learner, who looks at its own things. `object` is what was listed, where it is a thing of its own.
    pub(super) fn audit_shown(
        &self,
        actor: &Actor,
        action: &str,
        object: Option<&str>,
        learners: impl IntoIterator<Item = Uuid>,
    ) -> Result<()> {
        if let Actor::Learner(_) = actor {
            return Ok(());
        }
        let learners: BTreeSet<Uuid> = learners.into_iter().collect();
        if learners.is_empty() {
            return Ok(());
        }
        self.db.write(|conn| {
            let event = |learner: &Uuid| Event { learner: Some(*learner), object, ..self.event(actor, action) };
            let events: Vec<Event<'_>> = learners.iter().map(event).collect();
            Ok(audit::append_all(conn, &events)?)
        })
    }
}
