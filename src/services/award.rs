//! Awards 毕业认定: a school confers what an enrolment came to. 毕业 redeems the credits of the programme and records the
//! diploma, an achievement without credits that later rules may rest on; 结业 and 肄业 leave the credits where they are.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Result};
use super::idempotency::{Answer, Once};
use super::oversight::is_of_or_over;
use super::posting::decide::{LearnerSealer, history_refusal};
use super::posting::evidence_digest;
use super::progress_basis::{Basis, Measured};
use super::refusal::Refusal;
use super::scope::Scope;
use super::sealing;
use crate::conversion::progress::{ConditionProgress, Sums};
use crate::conversion::shortfall::Shortfall;
use crate::crypto::digest::Hash;
use crate::domain::accreditation::permits;
use crate::domain::award::{AwardOutcome, AwardState};
use crate::domain::canonical;
use crate::domain::certificate_number::CertificateNumber;
use crate::domain::credit::CreditAmount;
use crate::domain::enrolment::{Enrolment, EnrolmentStatus, StatusChange, period_end};
use crate::domain::ids::EnrolmentId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::kind::AchievementKind;
use crate::domain::time::strict_date_opt;
use crate::ledger::book::Draft;
use crate::ledger::details::{Achievement, SealedDetails};
use crate::ledger::transaction::{Cause, TransactionKind};
use crate::store::award::{self, AwardRow};
use crate::store::claim::{self, ClaimKind, NewClaim};
use crate::store::conn::Conn;
use crate::store::enrolment::StatusRow;
use crate::store::error::StoreError;
use crate::store::programme::ProgrammeRow;
use crate::store::{accreditation, book, enrolment, programme};

/// An award to be conferred. `Debug` does not print the number.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAward {
    /// The enrolment: one at the caller's institution.
    pub enrolment_id: EnrolmentId,
    /// What it came to.
    pub outcome: AwardOutcome,
    /// Number of the diploma, which 毕业 needs, or of the certificate of 结业 or 肄业.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub diploma_number: Option<String>,
    /// From when it counts, not in the future; today unless given.
    #[serde(default, with = "strict_date_opt")]
    pub awarded_on: Option<NaiveDate>,
}

/// What of an award is kept in a key's record.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Conferred {
    /// The award.
    pub award: Uuid,
    /// Whether it was conferred by this request.
    pub fresh: bool,
}

/// What was found of the requirements when an award was conferred.
#[derive(Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) conditions: Vec<ConditionProgress>,
    pub(super) shortfalls: Vec<Shortfall>,
    pub(super) total: Sums,
}

/// What a request comes to, checked.
struct Wanted {
    enrolment: EnrolmentId,
    outcome: AwardOutcome,
    number: Option<CertificateNumber>,
    on: NaiveDate,
}

impl App {
    /// Confers an award. One that stands with the same outcome and number is answered.
    pub fn create_award(&self, actor: &ClientActor, new: &NewAward, once: &Once) -> Result<Answer<Conferred>> {
        actor.require(Scope::AwardsWrite)?;
        self.idempotently(once, |conn| self.confer(conn, actor, new, None))
    }

    /// Confers an award in the transaction at hand, from an audit where there is one.
    pub(super) fn confer(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        new: &NewAward,
        audit: Option<Uuid>,
    ) -> Result<Conferred> {
        let wanted = self.check_award(new)?;
        let seen = self.own_enrolment(conn, actor, wanted.enrolment.uuid())?;
        let learner = seen.learner_id.uuid();
        let (award_id, diploma_id) = (self.ids.id(), self.ids.id());
        // Claims come before the learner's lock, as everywhere.
        let claimed = self.claim_number(conn, &wanted, learner, award_id, diploma_id)?;
        let mut books = book::lock_books(conn, self.book, &[learner])?;
        let row = enrolment::find_row(conn, seen.id.uuid())?.ok_or(Error::NotFound)?;
        let enrolled = row.enrolment.clone();
        if wanted.on < enrolled.from_on {
            return Err(Invalid::one("/awarded_on", Reason::Earlier { other: "enrolment" }).into());
        }
        let key = self.learner_key(conn, learner)?.ok_or(Error::NotFound)?;
        let number = wanted.number.as_ref().map(CertificateNumber::as_str);
        if let Some(stands) = deferred_by(conn, learner, &wanted, audit)? {
            return Ok(Conferred { award: stands, fresh: false });
        }
        if let Some(stands) = standing(conn, learner, enrolled.id.uuid())? {
            let its = stands.sealed.as_deref().map(|sealed| sealing::open(&key, learner, stands.id, sealed));
            let same = stands.outcome == wanted.outcome && its.transpose()?.as_deref() == number;
            if same && stands.state == AwardState::Conferred {
                return Ok(Conferred { award: stands.id, fresh: false });
            }
            if (stands.outcome, wanted.outcome) != (AwardOutcome::Completed, AwardOutcome::Graduated)
                || stands.state != AwardState::Conferred
            {
                return Err(Refusal::AlreadyAwarded { award: stands.id }.into());
            }
        }
        if !claimed {
            return Err(Refusal::EvidenceAlreadyCredited.at("/diploma_number").into());
        }
        let programmes = programme::of_ids(conn, &[enrolled.programme_id.uuid()])?;
        let programme = programmes.get(&enrolled.programme_id.uuid()).ok_or(Error::NotFound)?;
        if wanted.outcome == AwardOutcome::Graduated {
            may_issue(conn, actor, wanted.on)?;
        }
        let (found, latest) = measure(conn, &enrolled, wanted.on)?;
        // What is redeemed was there on that day.
        if wanted.outcome == AwardOutcome::Graduated && latest.is_some_and(|latest| wanted.on < latest) {
            return Err(Invalid::one("/awarded_on", Reason::Earlier { other: "latest_result" }).into());
        }
        if wanted.outcome.needs_all() && !found.shortfalls.is_empty() {
            return Err(Refusal::RequirementsNotMet { shortfalls: found.shortfalls }.into());
        }
        self.change_status_for(conn, actor, &row, &wanted)?;
        let mut credits = CreditAmount::ZERO;
        let graduated = wanted.outcome == AwardOutcome::Graduated;
        if graduated {
            let history = self.history(conn, learner)?;
            let redemption = history
                .redeem(award_id, enrolled.id.uuid(), wanted.on, &mut || self.ids.id())
                .map_err(|refusal| Error::from(history_refusal(refusal)))?;
            let lots: Vec<_> = redemption.iter().flat_map(|draft| &draft.movements).collect();
            credits = CreditAmount::from_thousandths(lots.iter().map(|lot| lot.amount.thousandths()).sum());
            let redeemed: Vec<_> = lots.iter().map(|lot| json!({"credits": lot.amount, "lot": lot.lot})).collect();
            let facts = json!({
                "award_id": award_id, "level": programme.level, "major_code": programme.major_code, "redeemed": redeemed,
            });
            let diploma =
                self.diploma(actor, &enrolled, programme, diploma_id, wanted.on, canonical::to_string(&facts));
            let drafts = redemption.into_iter().chain([self.record(diploma, number, &programme.name)]);
            let book = books.get_mut(&learner).ok_or(Error::NotFound)?;
            let sealer = LearnerSealer { ids: self.ids.as_ref(), key: &key };
            let appended = drafts
                .map(|draft| book.append(draft, actor.author(), self.clock.now(), &sealer).map_err(StoreError::broken))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            book::append(conn, &appended, &[book])?;
        }
        let now = self.clock.now().micros();
        let sealed = number.map(|number| sealing::seal(self.ids.as_ref(), &key, learner, award_id, number));
        award::add(
            conn,
            &AwardRow {
                learner,
                id: award_id,
                enrolment: enrolled.id.uuid(),
                institution: actor.institution.uuid(),
                programme: enrolled.programme_id.uuid(),
                outcome: wanted.outcome,
                state: AwardState::Conferred,
                credit_type: programme.level.credit_type(),
                credits,
                awarded_on: wanted.on,
                diploma: graduated.then_some(diploma_id),
                sealed,
                document: serde_json::to_string(&found).map_err(StoreError::broken)?,
                audit,
                previous_status: enrolled.status,
                decided_by: actor.client.uuid(),
                requested_by: None,
                reason: None,
                confirmed_by: None,
                version: 1,
                created_at: now,
                updated_at: now,
            },
        )?;
        let outcome = Some(wanted.outcome.as_str());
        self.audit_client(conn, actor, "create_award", Some(enrolled.learner_id), true, outcome)?;
        Ok(Conferred { award: award_id, fresh: true })
    }

    fn check_award(&self, new: &NewAward) -> Result<Wanted> {
        let mut invalid = Invalid::default();
        let number = new
            .diploma_number
            .as_ref()
            .and_then(|text| invalid.take("/diploma_number", CertificateNumber::parse(AchievementKind::Diploma, text)));
        match (&new.diploma_number, new.outcome) {
            (None, AwardOutcome::Graduated) => invalid.push("/diploma_number", Reason::Required),
            (Some(_), outcome) if !outcome.has_number() => invalid.push("/diploma_number", Reason::NotAllowedHere),
            _ => {}
        }
        let today = self.clock.today();
        let on = new.awarded_on.unwrap_or(today);
        if on > today {
            invalid.push("/awarded_on", Reason::Future);
        }
        invalid.into_result()?;
        Ok(Wanted { enrolment: new.enrolment_id, outcome: new.outcome, number, on })
    }

    /// Claims the number of what is issued; whether it was free. A diploma's stands where a posted one's would.
    fn claim_number(
        &self,
        conn: &mut Conn,
        wanted: &Wanted,
        learner: Uuid,
        award: Uuid,
        diploma: Uuid,
    ) -> Result<bool> {
        let Some(number) = &wanted.number else { return Ok(true) };
        let digest = self.number_digest(wanted.outcome, number.as_str(), learner, wanted.on);
        let object = if wanted.outcome == AwardOutcome::Graduated { diploma } else { award };
        let claim = NewClaim {
            kind: ClaimKind::Evidence,
            digest: &digest,
            learner,
            object,
            revision: 1,
            content: None,
            at: self.clock.now().micros(),
        };
        Ok(!claim::insert(conn, &[claim])?.is_empty())
    }

    pub(super) fn number_digest(&self, outcome: AwardOutcome, number: &str, learner: Uuid, on: NaiveDate) -> Hash {
        let code = Some(outcome.as_str()).filter(|_| outcome != AwardOutcome::Graduated);
        evidence_digest(&self.keys, AchievementKind::Diploma, code, Some(number), None, learner, on)
    }

    /// Writes the status that the outcome gives, unless the enrolment has it already.
    fn change_status_for(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        row: &enrolment::EnrolmentRow,
        wanted: &Wanted,
    ) -> Result<()> {
        let from = row.enrolment.status;
        let Some(to) = wanted.outcome.status() else {
            return if from.is_live() { Ok(()) } else { Err(Refusal::EnrolmentNotLive.into()) };
        };
        if from == to {
            return Ok(());
        }
        if !from.can_become(to) {
            return Err(Refusal::StatusChangeNotAllowed { from: from.to_string(), to: to.to_string() }.into());
        }
        self.add_status(conn, actor, row, to, wanted.on)
    }

    /// Adds a step to an enrolment's history, from `on`.
    pub(super) fn add_status(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        row: &enrolment::EnrolmentRow,
        to: EnrolmentStatus,
        on: NaiveDate,
    ) -> Result<()> {
        let history = enrolment::history(conn, row.enrolment.learner_id.uuid(), row.enrolment.id.uuid())?;
        if history.last().is_some_and(|last| on < last.from_on) {
            return Err(Invalid::one("/awarded_on", Reason::Earlier { other: "status_history" }).into());
        }
        let steps = history.iter().map(|step| StatusChange { status: step.status, on: step.from_on });
        let steps: Vec<_> = steps.chain([StatusChange { status: to, on }]).collect();
        let step = StatusRow {
            seq: history.last().map_or(0, |last| last.seq) + 1,
            status: to,
            from_on: on,
            reason: None,
            recorded_by: actor.client.uuid(),
            recorded_at: self.clock.now().micros(),
        };
        Ok(enrolment::change_status(conn, row, period_end(&steps), step)?)
    }

    fn diploma(
        &self,
        actor: &ClientActor,
        enrolled: &Enrolment,
        programme: &ProgrammeRow,
        id: Uuid,
        on: NaiveDate,
        facts: String,
    ) -> Achievement {
        Achievement {
            id,
            learner: enrolled.learner_id.uuid(),
            seq: 0,
            series: self.ids.id(),
            revision: 1,
            lot: id,
            kind: AchievementKind::Diploma,
            institution: actor.institution.uuid(),
            code: None,
            level: None,
            credit_type: programme.level.credit_type(),
            credits: CreditAmount::ZERO,
            programme: Some(enrolled.programme_id.uuid()),
            enrolment: Some(enrolled.id.uuid()),
            term: None,
            attempt: None,
            delivery: None,
            facts: Some(facts),
            completed_on: on,
            issued_on: Some(on),
            valid_until: None,
            attached_to: None,
            supersedes: None,
        }
    }

    /// The transaction that records a diploma.
    fn record(&self, diploma: Achievement, number: Option<&str>, title: &str) -> Draft {
        Draft {
            id: self.ids.id(),
            kind: TransactionKind::Record,
            cause: Cause::Posted,
            about: Some(diploma.id),
            reverses: None,
            effective_on: diploma.completed_on,
            movements: Vec::new(),
            details: SealedDetails {
                number: number.map(str::to_owned),
                title: Some(title.to_owned()),
                ..SealedDetails::default()
            },
            achievement: Some(diploma),
        }
    }
}

/// Whether the actor may know of an award.
pub(super) fn knows(conn: &mut Conn, actor: &Actor, award: &AwardRow) -> Result<bool> {
    match actor {
        Actor::Client(_) => is_of_or_over(conn, actor, award.institution),
        Actor::Learner(own) => Ok(award.learner == own.learner.uuid()),
    }
}

/// The award of an enrolment that stands; 延期 settles nothing.
fn standing(conn: &mut Conn, learner: Uuid, enrolment: Uuid) -> Result<Option<AwardRow>> {
    let all = award::of_learners(conn, &[learner])?;
    let stands = |one: &AwardRow| {
        one.enrolment == enrolment && one.state != AwardState::Reversed && one.outcome != AwardOutcome::Deferred
    };
    Ok(all.into_iter().rfind(stands))
}

/// The 延期 that an audit has brought the enrolment already: asked for again, it stands.
fn deferred_by(conn: &mut Conn, learner: Uuid, wanted: &Wanted, audit: Option<Uuid>) -> Result<Option<Uuid>> {
    if wanted.outcome != AwardOutcome::Deferred || audit.is_none() {
        return Ok(None);
    }
    let same = |one: &AwardRow| {
        one.enrolment == wanted.enrolment.uuid()
            && one.outcome == AwardOutcome::Deferred
            && one.audit == audit
            && one.state != AwardState::Reversed
    };
    Ok(award::of_learners(conn, &[learner])?.into_iter().find(same).map(|one| one.id))
}

/// Refuses unless the institution is accredited to post diplomas.
fn may_issue(conn: &mut Conn, actor: &ClientActor, on: NaiveDate) -> Result<()> {
    let institution = actor.institution.uuid();
    let granted = accreditation::of_institutions(conn, &[institution])?.remove(&institution).unwrap_or_default();
    if permits(&granted, AchievementKind::Diploma, None, None, on) {
        return Ok(());
    }
    Err(Refusal::NotAccreditedFor { kind: AchievementKind::Diploma, code: None, level: None }.into())
}

/// What counts on a day, and the last day on which anything came that counts, perhaps a later one.
fn measure(conn: &mut Conn, enrolled: &Enrolment, on: NaiveDate) -> Result<(Found, Option<NaiveDate>)> {
    let basis = Basis::load(conn, std::slice::from_ref(enrolled), None)?;
    let Measured { progress, latest, .. } = basis.measure(enrolled, on);
    let found = Found { conditions: progress.conditions, shortfalls: progress.shortfalls, total: progress.total };
    Ok((found, latest))
}
