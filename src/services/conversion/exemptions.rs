//! 免修名单: decided exemptions of a term, as they go back into the school's own system.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::App;
use super::super::actor::{Actor, ClientActor};
use super::super::error::{Error, Result};
use super::super::scope::Scope;
use super::super::sealing;
use super::line_of;
use super::view::{decision_no, exempts};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{ConversionId, EnrolmentId, LearnerId};
use crate::domain::term::Term;
use crate::store::{conversion, enrolment};

/// One course that a learner need not take.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ExemptionItem)]
pub struct ExemptionView {
    /// The conversion.
    pub conversion_id: ConversionId,
    /// The decision's number.
    pub decision_no: String,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// The learner.
    pub learner_id: LearnerId,
    /// The enrolment.
    pub enrolment_id: EnrolmentId,
    /// The student number there.
    pub student_no: Option<String>,
    /// Code of the course in the plan.
    pub course_code: String,
    /// Its name.
    pub course_name: String,
    /// Credits it counts for.
    pub credits: CreditAmount,
    /// The score to record.
    pub score: String,
    /// The part that is exempted, where it is not the whole course.
    pub part: Option<String>,
    /// The rule.
    pub rule_code: String,
}

impl App {
    /// The exemptions decided at the caller's institution for a term, by conversion; of at most `limit` conversions after a
    /// place, and the next place, if there may be more.
    pub fn exemptions(
        &self,
        actor: &ClientActor,
        term: Term,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<(Vec<ExemptionView>, Option<Uuid>)> {
        actor.require(Scope::ConversionsRead)?;
        let institution = actor.institution.uuid();
        let (items, next) = self.db.read(|conn| {
            let rows = conversion::exempting(conn, institution, term, after, limit)?;
            let full = i64::try_from(rows.len()).is_ok_and(|length| length == limit);
            let next = rows.last().map(|row| row.id).filter(|_| full);
            let mut learners: Vec<Uuid> = rows.iter().map(|row| row.learner).collect();
            learners.sort_unstable();
            learners.dedup();
            let mut keys = HashMap::new();
            for learner in &learners {
                keys.insert(*learner, self.learner_key(conn, *learner)?);
            }
            let mut student_nos: HashMap<Uuid, String> = HashMap::new();
            for row in enrolment::rows_of(conn, &learners, Some(&[institution]))? {
                let (learner, id) = (row.enrolment.learner_id.uuid(), row.enrolment.id.uuid());
                if let Some(Some(key)) = keys.get(&learner) {
                    student_nos.insert(id, sealing::open(key, learner, id, &row.sealed)?);
                }
            }
            let mut items = Vec::new();
            for row in rows {
                let Some(Some(key)) = keys.get(&row.learner) else { continue };
                let line = line_of(&row, key)?;
                let (Some(number), Some(decided_on)) = (decision_no(&row), row.decided_on) else { continue };
                for course in exempts(&row, &line) {
                    items.push(ExemptionView {
                        conversion_id: ConversionId::from_uuid(row.id),
                        decision_no: number.clone(),
                        decided_on,
                        learner_id: LearnerId::from_uuid(row.learner),
                        enrolment_id: EnrolmentId::from_uuid(row.enrolment),
                        student_no: student_nos.get(&row.enrolment).cloned(),
                        course_code: course.course_code,
                        course_name: course.name,
                        credits: course.credits,
                        score: course.score,
                        part: course.part,
                        rule_code: row.rule_code.clone(),
                    });
                }
            }
            Ok::<_, Error>((items, next))
        })?;
        let shown = items.iter().map(|item: &ExemptionView| item.learner_id.uuid());
        self.audit_shown(&Actor::Client(*actor), "list_exemptions", None, shown)?;
        Ok((items, next))
    }
}
