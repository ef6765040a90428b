//! Conversions: applying with a plan's lines, deciding, withdrawing, undoing, and what goes back to schools.
//!
//! Everything about one learner happens under that learner's lock, so the same evidence is never used twice however many
//! institutions act at once. What credits do stands in the book; the rows here say where a conversion is in its procedure.

use uuid::Uuid;

use super::App;
use super::actor::Actor;
use super::error::{Error, Result};
use super::sealing;
use super::writing::Writing;
use crate::conversion::plan::PlanLine;
use crate::crypto::seal::DataKey;
use crate::domain::conversion::ConversionAction;
use crate::ledger::transaction::{ActorKind, Author};
use crate::store::conn::Conn;
use crate::store::conversion::{self, ConversionRow};
use crate::store::conversion_step::StepRow;
use crate::store::error::StoreError;
use crate::store::{book, enrolment};

pub mod apply;
pub mod decide;
mod exemptions;
pub mod lists;
pub mod past;
pub mod reassess;
pub mod shortened;
mod turn;
pub mod view;

pub use exemptions::ExemptionView;
pub use view::ConversionView;

/// One conversion under its learner's lock.
struct Case {
    row: ConversionRow,
    line: PlanLine,
    steps: Vec<StepRow>,
}

/// The line that a row was applied for.
fn line_of(row: &ConversionRow, key: &DataKey) -> Result<PlanLine> {
    let bytes = sealing::open_bytes(key, row.learner, row.id, &row.sealed)?;
    Ok(serde_json::from_slice(&bytes).map_err(StoreError::broken)?)
}

impl App {
    /// Locks a conversion's learner and reads both.
    fn conversion_case(&self, conn: &mut Conn, id: Uuid) -> Result<(Writing, Case)> {
        let learner = conversion::find(conn, id)?.ok_or(Error::NotFound)?.learner;
        let writing = self.writing(conn, learner)?;
        let row = conversion::find(conn, id)?.ok_or(Error::NotFound)?;
        let line = line_of(&row, &writing.key)?;
        Ok((writing, Case { row, line, steps: Vec::new() }))
    }

    /// Notes what is done with a conversion, with what is left of it now.
    fn note(&self, writing: &Writing, case: &mut Case, author: Author, action: ConversionAction, reason: Option<&str>) {
        let id = self.ids.id();
        let row = &case.row;
        // A learner acts for no institution.
        let institution = (author.kind != ActorKind::Learner).then_some(author.institution);
        case.steps.push(StepRow {
            learner: row.learner,
            conversion: row.id,
            seq: 0,
            action,
            step: row.step,
            actor_kind: author.kind,
            actor: author.id,
            institution,
            credits: Some(row.credits),
            due_on: row.due_on,
            row: id,
            sealed: reason.map(|text| sealing::seal(self.ids.as_ref(), &writing.key, row.learner, id, text)),
            at: self.clock.now(),
        });
    }

    /// Writes a changed conversion with its steps and what was appended to the book.
    fn save(&self, conn: &mut Conn, writing: &Writing, mut case: Case) -> Result<()> {
        case.row.updated_at = self.clock.now().max(case.row.updated_at);
        if !conversion::update(conn, &case.row)? {
            return Err(StoreError::Contended.into());
        }
        crate::store::conversion_step::append(conn, writing.learner, case.steps)?;
        self.finish(conn, writing)?;
        Ok(())
    }

    /// Refuses unless the actor acts for this learner: the learner itself, or a school in which it is enrolled now.
    fn require_for(&self, conn: &mut Conn, actor: &Actor, learner: Uuid) -> Result<()> {
        let may = match actor {
            Actor::Learner(own) => own.learner.uuid() == learner,
            Actor::Client(client) => enrolment::is_own(conn, learner, client.institution.uuid())?,
        };
        if may && book::head(conn, learner)?.is_some() { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Who writes what nobody decides: the service, at the receiving institution.
    fn system_author(&self, row: &ConversionRow) -> Author {
        Author { kind: ActorKind::System, id: self.book, institution: row.institution, request: self.ids.id() }
    }
}
