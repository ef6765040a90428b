//! Whose turn a conversion is, and until when. A passed deadline escalates to the bureau above and never rejects.

use chrono::NaiveDate;
use uuid::Uuid;

use super::super::App;
use super::super::actor::ClientActor;
use super::super::error::Result;
use super::super::oversight::{bureaus_over, is_bureau_over};
use super::super::writing::Writing;
use super::Case;
use crate::conversion::plan::EvidenceRef;
use crate::conversion::policy::{Procedure, Step, StepBy};
use crate::domain::conversion::{ConversionAction, ConversionStatus};
use crate::domain::working_days::due;
use crate::store::conn::Conn;
use crate::store::conversion::ConversionRow;
use crate::store::{conversion_step, enrolment};

/// How an actor stands to a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is its turn.
    Turn,
    /// It may know of it.
    Knows,
    /// It does not exist for it.
    Nobody,
}

/// The steps of a line's procedure; none for an automatic one.
pub(super) fn steps(procedure: &Procedure) -> &[Step] {
    match procedure {
        Procedure::Automatic => &[],
        Procedure::Steps { steps } => steps,
    }
}

/// The step that a conversion is at.
pub(super) fn step_of<'c>(row: &ConversionRow, procedure: &'c Procedure) -> Option<&'c Step> {
    let at = usize::try_from(row.step?).ok()?.checked_sub(1)?;
    steps(procedure).get(at)
}

/// Whether the last day of the present step has passed.
pub(super) fn is_overdue(row: &ConversionRow, today: NaiveDate) -> bool {
    row.status == ConversionStatus::Pending && row.due_on.is_some_and(|due| due < today)
}

/// Whether time alone has ended what a conversion waits for: a public notice, or its completion by the applicant.
pub(super) fn has_run_out(row: &ConversionRow, today: NaiveDate) -> bool {
    let nobody = row.step_by == Some(StepBy::Nobody) && row.turn.is_none();
    match row.status {
        ConversionStatus::Returned => row.due_on.is_some_and(|due| due < today),
        _ => nobody && is_overdue(row, today),
    }
}

impl App {
    /// Puts a conversion at step `number` of its procedure, from 1; the clock starts today.
    pub(super) fn enter(&self, conn: &mut Conn, writing: &Writing, case: &mut Case, number: u32) -> Result<()> {
        let today = self.clock.today();
        case.row.step = Some(number);
        let Some(step) = step_of(&case.row, &case.line.procedure).cloned() else { return Ok(()) };
        let receiver = case.row.institution;
        case.row.status = ConversionStatus::Pending;
        case.row.step_by = Some(step.by);
        case.row.turn = match step.by {
            StepBy::Receiver => Some(receiver),
            StepBy::Issuer => Some(issuer(writing, case).unwrap_or(receiver)),
            StepBy::Bureau => Some(bureaus_over(conn, receiver)?.first().copied().unwrap_or(receiver)),
            StepBy::Nobody => None,
        };
        case.row.due_on = Some(due(today, step.working_days, &self.calendar_from(conn, today)?));
        case.row.days_left = None;
        Ok(())
    }

    /// Goes on behind the present step: to the next one, or, after the last, converts.
    pub(super) fn go_on(
        &self,
        conn: &mut Conn,
        writing: &mut Writing,
        case: &mut Case,
        author: crate::ledger::transaction::Author,
    ) -> Result<()> {
        let next = case.row.step.unwrap_or(0) + 1;
        let more = usize::try_from(next).is_ok_and(|next| next <= steps(&case.line.procedure).len());
        if more { self.enter(conn, writing, case, next) } else { self.convert(conn, writing, case, author) }
    }

    /// Brings a conversion to where time alone has brought it: what was returned and not completed in time lapses, and public
    /// notices whose days have passed end. Where the enrolment has ended meanwhile, the receiving institution has to decide.
    /// Answers whether anything changed.
    pub(super) fn catch_up(&self, conn: &mut Conn, writing: &mut Writing, case: &mut Case) -> Result<bool> {
        let mut ended = false;
        while has_run_out(&case.row, self.clock.today()) {
            ended = true;
            let author = self.system_author(&case.row);
            if case.row.status == ConversionStatus::Returned {
                self.let_go(conn, writing, case, author, ConversionStatus::Withdrawn)?;
                self.note(writing, case, author, ConversionAction::Lapsed, None);
                break;
            }
            self.note(writing, case, author, ConversionAction::NoticeEnded, None);
            let live = enrolment::find(conn, case.row.enrolment)?.is_some_and(|found| found.status.is_live());
            if live {
                self.go_on(conn, writing, case, author)?;
            } else {
                self.leave_to_receiver(conn, case)?;
            }
        }
        Ok(ended)
    }

    /// What a notice ended for nobody any more becomes the receiver's to decide, in as many working days as the notice had:
    /// in its queue, and after them in that of the bureau above.
    fn leave_to_receiver(&self, conn: &mut Conn, case: &mut Case) -> Result<()> {
        let days = step_of(&case.row, &case.line.procedure).map_or(1, |step| step.working_days.max(1));
        let today = self.clock.today();
        case.row.step_by = Some(StepBy::Receiver);
        case.row.turn = Some(case.row.institution);
        case.row.due_on = Some(due(today, days, &self.calendar_from(conn, today)?));
        Ok(())
    }

    /// How a client stands to a conversion.
    pub(super) fn conversion_standing(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        row: &ConversionRow,
    ) -> Result<Standing> {
        let own = actor.institution.uuid();
        let over = is_bureau_over(conn, actor, row.institution)?;
        let escalated = over && row.step_by != Some(StepBy::Nobody) && is_overdue(row, self.clock.today());
        if row.status == ConversionStatus::Pending && (row.turn == Some(own) || escalated) {
            return Ok(Standing::Turn);
        }
        let knows =
            over || row.institution == own || row.turn == Some(own) || enrolment::is_own(conn, row.learner, own)?;
        if knows {
            return Ok(Standing::Knows);
        }
        // Whoever decided a step goes on knowing what became of it.
        let steps = conversion_step::of_conversions(conn, row.learner, &[row.id])?;
        let decided = steps.iter().any(|step| step.institution == Some(own));
        Ok(if decided { Standing::Knows } else { Standing::Nobody })
    }
}

/// Who issued the first achievement that a line rests on.
fn issuer(writing: &Writing, case: &Case) -> Option<Uuid> {
    let first = case.line.evidence.iter().find_map(|evidence| match evidence {
        EvidenceRef::AchievementId(id) => Some(*id),
        EvidenceRef::FactId(_) => None,
    })?;
    writing.history.achievements.iter().find(|a| a.id == first).map(|a| a.institution)
}
