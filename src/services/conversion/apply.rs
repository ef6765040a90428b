//! Applying with the lines of a plan: everything is checked again under the learner's lock, in whole numbers and without
//! solving.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::App;
use super::super::actor::Actor;
use super::super::error::{Error, Result};
use super::super::idempotency::{Answer, Once};
use super::super::kept_plan::KeptPlan;
use super::super::refusal::Refusal;
use super::super::scope::Scope;
use super::super::sealing;
use super::super::writing::Writing;
use super::{Case, ConversionView};
use crate::conversion::check::recheck;
use crate::conversion::explain_unused::breach as explain;
use crate::conversion::plan::{Breach, PlanLine, UnusedReason};
use crate::conversion::policy::Procedure;
use crate::domain::conversion::{ConversionAction, ConversionStatus, Exempted};
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::{ConversionPlanId, InstitutionId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::term::Term;
use crate::ledger::conversion::Draw;
use crate::store::achievement_use::{self, Use};
use crate::store::conn::Conn;
use crate::store::conversion::{self, ConversionRow};
use crate::store::error::StoreError;
use crate::store::{conversion_plan, conversion_step, enrolment};

/// What the record of a key keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Applied {
    conversions: Vec<Uuid>,
}

impl App {
    /// Applies with lines of a plan, or with all of them: for the learner itself, or by its school. Answers one conversion
    /// for each line.
    pub fn apply_conversions(
        &self,
        actor: &Actor,
        plan: ConversionPlanId,
        lines: Option<&[u32]>,
        once: &Once,
    ) -> Result<Answer<Vec<ConversionView>>> {
        actor.require(Scope::ConversionsWrite)?;
        let answer = self.idempotently(once, |conn| {
            let row = conversion_plan::find(conn, plan.uuid())?.ok_or(Error::NotFound)?;
            self.require_for(conn, actor, row.learner)?;
            if row.hypothetical {
                return Err(Refusal::PlanHypothetical.into());
            }
            let kept = self.kept_plan(conn, plan.uuid())?.ok_or(Error::NotFound)?;
            let conversions = self.apply(conn, actor, &kept, lines)?;
            Ok(Applied { conversions })
        })?;
        let (applied, replayed) = answer.parts();
        let views = self.db.read(|conn| self.conversion_views(conn, actor, &applied.conversions))?;
        Ok(if replayed { Answer::Replayed(views) } else { Answer::Fresh(views) })
    }

    fn apply(&self, conn: &mut Conn, actor: &Actor, kept: &KeptPlan, lines: Option<&[u32]>) -> Result<Vec<Uuid>> {
        let chosen = choose(&kept.plan.lines, lines)?;
        let Some(aimed) = kept.row.enrolment else { return Err(Refusal::PlanWithoutEnrolment.into()) };
        let mut writing = self.writing(conn, kept.row.learner)?;
        // The oldest plans go when new ones are made, under the same lock.
        conversion_plan::find(conn, kept.row.id)?.ok_or(Error::NotFound)?;
        let enrolment = enrolment::find(conn, aimed)?.ok_or(Error::NotFound)?;
        if !enrolment.status.is_live() {
            return Err(Refusal::EnrolmentNotLive.into());
        }
        if self.clock.now() > kept.row.expires_at {
            return Err(Refusal::PlanOutdated { line: None, reason: None, words: None }.into());
        }
        let now = self.plan_input(conn, &writing.history, &enrolment, self.clock.today())?;
        recheck(&now, &chosen).map_err(|breach| refused(&breach, &chosen))?;
        // The term of the application, against whose caps it was just checked; the plan may be of the last one.
        let term = now.programme.term.unwrap_or_else(|| Term::containing(now.on));
        let application = self.ids.id();
        let mut made = Vec::with_capacity(chosen.len());
        for line in &chosen {
            let row = self.new_row(actor, (kept, term), &writing, &enrolment, application, line)?;
            made.push(self.apply_line(conn, actor, &mut writing, row, line)?);
        }
        self.finish(conn, &writing)?;
        let ids = made.iter().map(|case| case.row.id).collect();
        let rows: Vec<ConversionRow> = made.iter().map(|case| case.row.clone()).collect();
        conversion::add(conn, &rows)?;
        for row in &rows {
            self.audit_conversion(conn, actor, "apply_conversion", row, row.status.as_str())?;
        }
        let steps = made.into_iter().flat_map(|case| case.steps).collect();
        conversion_step::append(conn, kept.row.learner, steps)?;
        Ok(ids)
    }

    fn new_row(
        &self,
        actor: &Actor,
        (kept, term): (&KeptPlan, Term),
        writing: &Writing,
        enrolment: &Enrolment,
        application: Uuid,
        line: &PlanLine,
    ) -> Result<ConversionRow> {
        let (id, now, today) = (self.ids.id(), self.clock.now(), self.clock.today());
        let learner = writing.learner;
        let bytes = serde_json::to_vec(line).map_err(StoreError::broken)?;
        let exempts = line.grants.exempts.iter().map(|course| Exempted {
            course_code: course.course_code.clone(),
            credits: course.credits,
            module: course.module.clone(),
            name: course.name.clone(),
            part: course.part.clone(),
        });
        Ok(ConversionRow {
            learner,
            id,
            application,
            plan: kept.row.id,
            line_no: line.line,
            institution: enrolment.institution_id.uuid(),
            enrolment: enrolment.id.uuid(),
            programme: enrolment.programme_id.uuid(),
            rule_set: line.rule.rule_set,
            rule_set_version: line.rule.version,
            rule_code: line.rule.code.clone(),
            status: ConversionStatus::Pending,
            asked: line.grants.credits,
            credits: line.grants.credits,
            credit_type: line.grants.credit_type,
            module: line.grants.module.clone(),
            exempts: exempts.collect(),
            sealed: sealing::seal_bytes(self.ids.as_ref(), &writing.key, learner, id, &bytes),
            term,
            actor_kind: actor.kind(),
            actor: actor.id(),
            applied_on: today,
            step: None,
            step_by: None,
            turn: None,
            due_on: None,
            days_left: None,
            decided_on: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// Reserves the uses, sets the draws aside, and converts at once or begins the procedure.
    fn apply_line(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        writing: &mut Writing,
        row: ConversionRow,
        line: &PlanLine,
    ) -> Result<Case> {
        let (id, today) = (row.id, self.clock.today());
        let author = actor.author(InstitutionId::from_uuid(row.institution));
        reserve(conn, writing.learner, id, line, self.clock.now())?;
        let draws: Vec<Draw> = line.draws.iter().map(|draw| Draw { lot: draw.lot, amount: draw.amount }).collect();
        self.post(writing, author, |history, mut ids| history.hold(id, &draws, today, &mut ids))?;
        let mut case = Case { row, line: line.clone(), steps: Vec::new() };
        self.note(writing, &mut case, author, ConversionAction::Applied, None);
        if line.procedure == Procedure::Automatic {
            self.convert(conn, writing, &mut case, author)?;
        } else {
            self.enter(conn, writing, &mut case, 1)?;
        }
        Ok(case)
    }
}

/// The lines asked for, in the order of the plan.
fn choose(plan: &[PlanLine], wanted: Option<&[u32]>) -> std::result::Result<Vec<PlanLine>, Invalid> {
    let Some(wanted) = wanted else {
        return if plan.is_empty() { Err(Invalid::one("/lines", Reason::Empty)) } else { Ok(plan.to_vec()) };
    };
    let mut seen = BTreeSet::new();
    for (at, number) in wanted.iter().enumerate() {
        let pointer = || format!("/lines/{at}");
        if !plan.iter().any(|line| line.line == *number) {
            return Err(Invalid::one(pointer(), Reason::Unknown));
        }
        if !seen.insert(*number) {
            return Err(Invalid::one(pointer(), Reason::Duplicate));
        }
    }
    Ok(plan.iter().filter(|line| seen.contains(&line.line)).cloned().collect())
}

/// Reserves every use of a line. What it rests on without a use of its own is noted under the line alone, so that a
/// revocation finds it.
fn reserve(
    conn: &mut Conn,
    learner: Uuid,
    conversion: Uuid,
    line: &PlanLine,
    at: crate::domain::time::Instant,
) -> Result<()> {
    let mut uses: Vec<Use> = line
        .uses
        .iter()
        .map(|key| Use {
            learner,
            evidence: key.evidence,
            family: key.family.clone(),
            scope: key.scope.clone(),
            conversion,
        })
        .collect();
    for evidence in &line.evidence {
        if !uses.iter().any(|one| one.evidence == evidence.id()) {
            let (family, scope) = (line.rule.code.clone(), format!("line:{conversion}"));
            uses.push(Use { learner, evidence: evidence.id(), family, scope, conversion });
        }
    }
    let key = |one: &Use| (one.evidence, one.family.clone(), one.scope.clone());
    let stand: BTreeSet<_> = achievement_use::of_learners(conn, &[learner])?.iter().map(key).collect();
    if uses.iter().any(|one| stand.contains(&key(one))) {
        return Err(Refusal::AlreadyUsed.into());
    }
    Ok(achievement_use::reserve(conn, &uses, at)?)
}

/// What a line that does not come out any more is answered with.
fn refused(breach: &Breach, lines: &[PlanLine]) -> Refusal {
    let used = [UnusedReason::AlreadyUsed, UnusedReason::CourseConverted, UnusedReason::AlreadyRedeemed];
    if used.contains(&breach.reason) {
        return Refusal::AlreadyUsed;
    }
    let line = lines.get(breach.line).map(|line| line.line);
    Refusal::PlanOutdated { line, reason: Some(breach.reason.as_str().to_owned()), words: Some(explain(breach)) }
}
