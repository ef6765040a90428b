//! Which bureau watches over which institution. A bureau sees and decides what concerns the institutions that answer to it,
//! through however many bureaus in between, and nothing of others'.

use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::Result;
use crate::domain::ids::InstitutionId;
use crate::domain::institution::InstitutionKind;
use crate::store::conn::Conn;
use crate::store::institution;
use crate::store::rules_in_force::owners;

impl App {
    /// The bureaus to which an institution answers, the nearest first; a bureau answers to itself before all.
    pub(super) fn bureaus_over(&self, conn: &mut Conn, of: Uuid) -> Result<Vec<Uuid>> {
        let mut bureaus = Vec::new();
        for owner in owners(conn, of)? {
            let found = institution::get(conn, InstitutionId::from_uuid(owner))?;
            if found.is_some_and(|row| row.kind == InstitutionKind::Bureau) {
                bureaus.push(owner);
            }
        }
        Ok(bureaus)
    }

    /// Whether an actor is a bureau to which the institution answers; any bureau where the institution names none.
    pub(super) fn is_bureau_over(&self, conn: &mut Conn, actor: &ClientActor, of: Uuid) -> Result<bool> {
        if !actor.is_bureau() {
            return Ok(false);
        }
        let bureaus = self.bureaus_over(conn, of)?;
        Ok(bureaus.is_empty() || bureaus.contains(&actor.institution.uuid()))
    }

    /// Whether an actor acts for this institution, or for a bureau over it. No learner does.
    pub(super) fn is_of_or_over(&self, conn: &mut Conn, actor: &Actor, of: Uuid) -> Result<bool> {
        match actor {
            Actor::Learner(_) => Ok(false),
            Actor::Client(client) => Ok(client.institution.uuid() == of || self.is_bureau_over(conn, client, of)?),
        }
    }

    /// The institutions that answer to an actor which is a bureau, itself among them; none where it is no bureau.
    pub(super) fn watched(&self, conn: &mut Conn, actor: &ClientActor) -> Result<Option<Vec<Uuid>>> {
        if !actor.is_bureau() {
            return Ok(None);
        }
        Ok(Some(institution::answering_to(conn, actor.institution)?))
    }
}
