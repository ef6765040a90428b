//! Awards for a cohort, from its final audit: each in a transaction of its own, each with an answer of its own.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::award::{Conferred, NewAward};
use super::error::{Error, Result};
use super::graduation_audit::{AuditRow, audit_of};
use super::idempotency::{Answer, Once, replay};
use super::refusal::Refusal;
use super::scope::Scope;
use crate::domain::award::{AuditStage, AuditState, AwardOutcome, AwardState};
use crate::domain::ids::EnrolmentId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::time::strict_date_opt;
use crate::store::award::AwardRow;
use crate::store::error::StoreError;
use crate::store::{award, enrolment, graduation_audit};

/// Most awards of one request: each takes a few milliseconds, and the answer is waited for.
pub const AWARDS_MAX: usize = 500;

/// Whom the awards are for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Chosen {
    /// These enrolments, at most 500.
    Named(Vec<EnrolmentId>),
    /// The word `all_met`: everybody the audit found 已达标 and for whom nothing has been decided, at most 500 at a time.
    Word(String),
}

/// Awards to be conferred from an audit.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAwards {
    /// For whom.
    pub enrolment_ids: Chosen,
    /// What the enrolments came to.
    pub outcome: AwardOutcome,
    /// From when they count; today unless given.
    #[serde(default, with = "strict_date_opt")]
    pub awarded_on: Option<NaiveDate>,
    /// Number of the diploma or certificate by enrolment: of those meant, with `all_met` of those found 已达标.
    #[serde(default)]
    pub diploma_numbers: HashMap<EnrolmentId, String>,
}

/// What came of one enrolment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AwardItem {
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// The award, and whether it is new.
    pub conferred: Option<Conferred>,
    /// Why not.
    pub refusal: Option<Refusal>,
}

/// What came of all.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AwardsAnswer {
    /// Everyone, in order.
    pub items: Vec<AwardItem>,
    /// With `all_met`, how many are left for the next request.
    pub remaining: usize,
}

impl App {
    /// Confers awards from a final audit of the caller's that is done.
    pub fn create_audit_awards(
        &self,
        actor: &ClientActor,
        id: Uuid,
        new: &NewAwards,
        once: &Once,
    ) -> Result<Answer<AwardsAnswer>> {
        actor.require(Scope::AwardsWrite)?;
        if let Some(answer) = self.db.read(|conn| replay(conn, once))? {
            return Ok(Answer::Replayed(answer));
        }
        let (audit, chosen, remaining) = self.db.read(|conn| {
            let audit = audit_of(conn, actor, id)?;
            if audit.institution != actor.institution.uuid() {
                return Err(Error::NotFound);
            }
            if (audit.stage, audit.state) != (AuditStage::Final, AuditState::Done) {
                return Err(Refusal::WrongState.into());
            }
            let Choice { chosen, known, remaining } = choose(conn, &audit, &new.enrolment_ids)?;
            let mut invalid = Invalid::default();
            for enrolment in new.diploma_numbers.keys().filter(|enrolment| !known.contains(enrolment)) {
                invalid.push(format!("/diploma_numbers/{enrolment}"), Reason::Unknown);
            }
            invalid.into_result()?;
            Ok::<_, Error>((audit, chosen, remaining))
        })?;
        let mut items = Vec::with_capacity(chosen.len());
        for enrolment in chosen {
            let one = NewAward {
                enrolment_id: enrolment,
                outcome: new.outcome,
                diploma_number: new.diploma_numbers.get(&enrolment).cloned(),
                awarded_on: new.awarded_on,
            };
            items.push(self.award_item(actor, &audit, &one)?);
        }
        self.idempotently(once, |_| Ok(AwardsAnswer { items: items.clone(), remaining }))
    }

    fn award_item(&self, actor: &ClientActor, audit: &AuditRow, one: &NewAward) -> Result<AwardItem> {
        let conferred = self.db.write(|conn| {
            let found = enrolment::find(conn, one.enrolment_id.uuid())?;
            let of_cohort = found.is_some_and(|found| {
                found.programme_id.uuid() == audit.programme && i64::from(found.cohort) == audit.cohort
            });
            if !of_cohort {
                return Err(Refusal::UnknownEnrolment.into());
            }
            self.confer(conn, actor, one, Some(audit.id))
        });
        let (conferred, refusal) = match conferred {
            Ok(conferred) => (Some(conferred), None),
            Err(Error::Refused(refusal)) => (None, Some(*refusal)),
            Err(Error::Invalid(invalid)) => (None, Some(Refusal::from(invalid))),
            Err(Error::NotFound) => (None, Some(Refusal::UnknownEnrolment)),
            Err(Error::Store(StoreError::Contended | StoreError::Duplicate)) => (None, Some(Refusal::NotTakenNow)),
            Err(error) => return Err(error),
        };
        Ok(AwardItem { enrolment: one.enrolment_id, conferred, refusal })
    }
}

/// Whom a request means.
struct Choice {
    /// The enrolments, in order.
    chosen: Vec<EnrolmentId>,
    /// Those for whom a number may be named: with `all_met` also the ones done before or left for later.
    known: HashSet<EnrolmentId>,
    /// How many are left beyond what one request takes.
    remaining: usize,
}

/// Whether an award decides an enrolment for an audit: 毕业 and 肄业 from wherever, of the others those of the audit itself.
/// 结业 and an earlier 延期 leave it open whether 毕业 follows.
pub(super) fn award_settles(award: &AwardRow, audit: Uuid) -> bool {
    let ends = matches!(award.outcome, AwardOutcome::Graduated | AwardOutcome::Incomplete);
    award.state != AwardState::Reversed && (ends || award.audit == Some(audit))
}

fn choose(conn: &mut crate::store::conn::Conn, audit: &AuditRow, chosen: &Chosen) -> Result<Choice> {
    match chosen {
        Chosen::Named(list) if list.is_empty() => Err(Invalid::one("/enrolment_ids", Reason::Empty).into()),
        Chosen::Named(list) if list.len() > AWARDS_MAX => Err(Refusal::BatchTooLarge { limit: AWARDS_MAX }.into()),
        Chosen::Named(list) => {
            let mut known = HashSet::new();
            match list.iter().position(|id| !known.insert(id)) {
                Some(twice) => Err(Invalid::one(format!("/enrolment_ids/{twice}"), Reason::Duplicate).into()),
                None => Ok(Choice { chosen: list.clone(), known: list.iter().copied().collect(), remaining: 0 }),
            }
        }
        Chosen::Word(word) if word == "all_met" => {
            let rows = graduation_audit::results(conn, audit.id, Some(true), None, i64::MAX)?;
            let learners: Vec<Uuid> = rows.iter().map(|row| row.learner).collect();
            let mut decided = HashSet::new();
            for run in learners.chunks(AWARDS_MAX) {
                let awards = award::of_learners(conn, run)?.into_iter();
                decided.extend(awards.filter(|one| award_settles(one, audit.id)).map(|one| one.enrolment));
            }
            let mut open: Vec<Uuid> =
                rows.iter().map(|row| row.enrolment).filter(|enrolment| !decided.contains(enrolment)).collect();
            let remaining = open.len().saturating_sub(AWARDS_MAX);
            open.truncate(AWARDS_MAX);
            let known = rows.iter().map(|row| EnrolmentId::from_uuid(row.enrolment)).collect();
            let chosen = open.into_iter().map(EnrolmentId::from_uuid).collect();
            Ok(Choice { chosen, known, remaining })
        }
        Chosen::Word(_) => Err(Invalid::one("/enrolment_ids", Reason::Unknown).into()),
    }
}
