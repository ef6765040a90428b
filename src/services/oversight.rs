//! Which bureau watches over which institution. A bureau sees and decides what concerns the institutions that answer to it,
//! through however many bureaus in between, and those that answer to none; nothing of others'.

use uuid::Uuid;

use super::actor::{Actor, ClientActor};
use super::error::Result;
use crate::domain::ids::InstitutionId;
use crate::domain::institution::InstitutionKind;
use crate::store::conn::Conn;
use crate::store::institution;
use crate::store::rules_in_force::owners;

/// The bureaus to which an institution answers, the nearest first; a bureau answers to itself before all.
pub fn bureaus_over(conn: &mut Conn, of: Uuid) -> Result<Vec<Uuid>> {
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
pub fn is_bureau_over(conn: &mut Conn, actor: &ClientActor, of: Uuid) -> Result<bool> {
    if !actor.is_bureau() {
        return Ok(false);
    }
    let bureaus = bureaus_over(conn, of)?;
    Ok(bureaus.is_empty() || bureaus.contains(&actor.institution.uuid()))
}

/// Whether an actor acts for an institution, or for a bureau over it. No learner does.
pub fn is_of_or_over(conn: &mut Conn, actor: &Actor, of: Uuid) -> Result<bool> {
    match actor {
        Actor::Learner(_) => Ok(false),
        Actor::Client(client) => Ok(client.institution.uuid() == of || is_bureau_over(conn, client, of)?),
    }
}

/// The institutions that answer to an actor which is a bureau, itself among them; none where it is no bureau.
pub fn watched(conn: &mut Conn, actor: &ClientActor) -> Result<Option<Vec<Uuid>>> {
    if !actor.is_bureau() {
        return Ok(None);
    }
    Ok(Some(institution::answering_to(conn, actor.institution)?))
}
