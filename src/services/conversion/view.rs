//! A conversion as those see it who may know of it.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::App;
use super::super::actor::Actor;
use super::super::error::{Error, Result};
use super::super::evidence_file::{FileView, file_view};
use super::super::sealing;
use super::line_of;
use super::turn::{is_overdue, step_of};
use crate::conversion::plan::{Draw, EvidenceRef, PlanLine, RuleRef};
use crate::conversion::policy::{Procedure, StepBy};
use crate::crypto::seal::DataKey;
use crate::domain::conversion::{ConversionAction, ConversionStatus};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::ids::{ConversionId, ConversionPlanId, EnrolmentId, InstitutionId, LearnerId, ProgrammeId};
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::ledger::transaction::ActorKind;
use crate::store::audit::{self, Event};
use crate::store::conn::Conn;
use crate::store::conversion::{self, ConversionRow};
use crate::store::conversion_step::{self, StepRow};
use crate::store::evidence_file::{self, FileRow};

/// A conversion.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Conversion)]
pub struct ConversionView {
    /// Its id; also the lot of what it grants.
    pub id: ConversionId,
    /// Shared by the lines that were applied for together.
    pub application_id: Uuid,
    /// The plan it is a line of.
    pub plan_id: ConversionPlanId,
    /// The line, from 1.
    pub line: u32,
    /// The learner.
    pub learner_id: LearnerId,
    /// The institution that receives the learner.
    pub institution_id: InstitutionId,
    /// The enrolment it counts in.
    pub enrolment_id: EnrolmentId,
    /// Its programme.
    pub programme_id: ProgrammeId,
    /// Where it stands.
    pub status: ConversionStatus,
    /// Credits asked for.
    pub asked: CreditAmount,
    /// Credits granted, or what is left to be decided on. The credits of `exempts` are part of them.
    pub credits: CreditAmount,
    /// Their type.
    pub credit_type: CreditType,
    /// The module, for credits that exempt no course.
    pub module: Option<String>,
    /// Exempted courses.
    pub exempts: Vec<ExemptedView>,
    /// The rule, in the version it was applied for under.
    pub rule: RuleRef,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
    /// What was set aside for it.
    pub draws: Vec<Draw>,
    /// Files that were sent when it was completed.
    pub evidence_files: Vec<FileView>,
    /// The term it counts from.
    pub term: Term,
    /// `automatic`, or `steps`.
    pub decision: &'static str,
    /// The step it is at, while it is being decided.
    pub step: Option<ConversionStepView>,
    /// The day of the application.
    pub applied_on: NaiveDate,
    /// The day of the decision.
    pub decided_on: Option<NaiveDate>,
    /// The decision's number (认定编号).
    pub decision_no: Option<String>,
    /// What was done with it, in order.
    pub history: Vec<ConversionEvent>,
    /// When it last changed.
    pub updated_at: Instant,
}

/// An exempted course with the score to record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ExemptedCourse)]
pub struct ExemptedView {
    /// Its code in the plan.
    pub course_code: String,
    /// Its name in the plan.
    pub name: String,
    /// Its module.
    pub module: String,
    /// Credits it counts for.
    pub credits: CreditAmount,
    /// The score to record: a mark, a grade, or 免考.
    pub score: String,
    /// The part that is exempted, where it is not the whole course.
    pub part: Option<String>,
}

/// Whose turn it is and until when.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConversionStep)]
pub struct ConversionStepView {
    /// Its number, from 1.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Whose decision it is; `nobody` for a public notice.
    pub by: StepBy,
    /// The role that decides within the institution.
    pub role: Option<String>,
    /// The institution whose turn it is; none during a public notice and while the applicant completes it.
    pub turn: Option<InstitutionId>,
    /// The last day: of the step, or, while the applicant completes it, of that.
    pub due_on: Option<NaiveDate>,
    /// It has passed: the bureau above may decide as well.
    pub overdue: bool,
}

/// Something that was done with a conversion.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConversionEvent)]
pub struct ConversionEvent {
    /// What.
    pub action: ConversionAction,
    /// When.
    pub at: Instant,
    /// What its actor is.
    pub by: ActorKind,
    /// The institution it acted for.
    pub institution_id: Option<InstitutionId>,
    /// The step it was at.
    pub step: Option<u32>,
    /// Credits that were left then.
    pub credits: Option<CreditAmount>,
    /// Why.
    pub reason: Option<String>,
}

/// The number of a decision: its day and the end of the conversion's id, which nobody can count up or guess.
pub(super) fn decision_no(row: &ConversionRow) -> Option<String> {
    let decided =
        matches!(row.status, ConversionStatus::Converted | ConversionStatus::Rejected | ConversionStatus::Reversed);
    let id = row.id.simple().to_string().to_uppercase();
    row.decided_on.filter(|_| decided).map(|on| format!("ZH{}-{}", on.format("%Y%m%d"), &id[id.len() - 12..]))
}

/// The courses that are (still) exempted, with their scores out of the line.
pub(super) fn exempts(row: &ConversionRow, line: &PlanLine) -> Vec<ExemptedView> {
    let score = |code: &str| line.grants.exempts.iter().find(|course| course.course_code == code);
    let view = |course: &crate::domain::conversion::Exempted| ExemptedView {
        course_code: course.course_code.clone(),
        name: course.name.clone(),
        module: course.module.clone(),
        credits: course.credits,
        score: score(&course.course_code).map_or_else(|| "免考".to_owned(), |course| course.score.clone()),
        part: course.part.clone(),
    };
    row.exempts.iter().map(view).collect()
}

impl App {
    /// The conversions with these ids that the actor may know of, in the order of the ids.
    pub(super) fn conversion_views(&self, conn: &mut Conn, actor: &Actor, ids: &[Uuid]) -> Result<Vec<ConversionView>> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let row = conversion::find(conn, *id)?.ok_or(Error::NotFound)?;
            if self.may_see(conn, actor, &row)? {
                rows.push(row);
            }
        }
        self.views_of(conn, rows)
    }

    /// Rows as they are shown; those whose learner's key has been erased are left out.
    pub(super) fn views_of(&self, conn: &mut Conn, rows: Vec<ConversionRow>) -> Result<Vec<ConversionView>> {
        let mut learners: Vec<Uuid> = rows.iter().map(|row| row.learner).collect();
        learners.sort_unstable();
        learners.dedup();
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let keys = self.keys_of(conn, &learners)?;
        let mut steps: HashMap<Uuid, Vec<StepRow>> = HashMap::new();
        for step in conversion_step::of_learners(conn, &learners, &ids)? {
            steps.entry(step.conversion).or_default().push(step);
        }
        let mut files: HashMap<Uuid, Vec<FileRow>> = HashMap::new();
        for (conversion, file) in evidence_file::attached(conn, &learners, &ids)? {
            files.entry(conversion).or_default().push(file);
        }
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(key) = keys.get(&row.learner) else { continue };
            let files = files.remove(&row.id).unwrap_or_default();
            let files = files.iter().map(|file| file_view(file, key)).collect::<std::result::Result<_, _>>()?;
            views.push(self.view_of(&row, steps.get(&row.id).map_or(&[][..], Vec::as_slice), files, key)?);
        }
        Ok(views)
    }

    fn view_of(
        &self,
        row: &ConversionRow,
        steps: &[StepRow],
        evidence_files: Vec<FileView>,
        key: &DataKey,
    ) -> Result<ConversionView> {
        let line = line_of(row, key)?;
        let event = |step: &StepRow| {
            let reason =
                step.sealed.as_ref().map(|sealed| sealing::open(key, row.learner, step.row, sealed)).transpose()?;
            Ok::<_, Error>(ConversionEvent {
                action: step.action,
                at: step.at,
                by: step.actor_kind,
                institution_id: step.institution.map(InstitutionId::from_uuid),
                step: step.step,
                credits: step.credits,
                reason,
            })
        };
        let step = step_of(row, &line.procedure).filter(|_| row.status.is_open()).map(|step| ConversionStepView {
            number: row.step.unwrap_or_default(),
            name: step.name.clone(),
            by: row.step_by.unwrap_or(step.by),
            role: step.role.clone(),
            turn: row.turn.map(InstitutionId::from_uuid),
            due_on: row.due_on,
            overdue: is_overdue(row, self.clock.today()),
        });
        Ok(ConversionView {
            id: ConversionId::from_uuid(row.id),
            application_id: row.application,
            plan_id: ConversionPlanId::from_uuid(row.plan),
            line: row.line_no,
            learner_id: LearnerId::from_uuid(row.learner),
            institution_id: InstitutionId::from_uuid(row.institution),
            enrolment_id: EnrolmentId::from_uuid(row.enrolment),
            programme_id: ProgrammeId::from_uuid(row.programme),
            status: row.status,
            asked: row.asked,
            credits: row.credits,
            credit_type: row.credit_type,
            module: row.module.clone(),
            exempts: exempts(row, &line),
            decision: if line.procedure == Procedure::Automatic { "automatic" } else { "steps" },
            step,
            rule: line.rule,
            evidence: line.evidence,
            draws: line.draws,
            evidence_files,
            term: row.term,
            applied_on: row.applied_on,
            decided_on: row.decided_on,
            decision_no: decision_no(row),
            history: steps.iter().map(event).collect::<Result<_>>()?,
            updated_at: row.updated_at,
        })
    }

    /// An audit row of what an actor did with a conversion, or that it saw it.
    pub(super) fn audit_conversion(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        action: &str,
        row: &ConversionRow,
        detail: &str,
    ) -> Result<()> {
        let object = format!("conversion {}", row.id);
        let (learner, detail) = (Some(row.learner), Some(detail));
        let event = Event { learner, object: Some(&object), detail, ..self.event(actor, action) };
        Ok(audit::append(conn, &event)?)
    }
}
