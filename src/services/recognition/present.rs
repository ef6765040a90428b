//! What the presenter does: present, complete, withdraw, appeal.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{CaseView, NOUN};
use crate::crypto::keys::Purpose;
use crate::domain::achievement::Refusal as PostRefusal;
use crate::domain::canonical;
use crate::domain::case::{APPEAL_DAYS, BUREAU_DAYS, CASES_A_DAY, DECISION_DAYS, OPEN_MAX, StepKind};
use crate::domain::evidence_file::FILES_MAX;
use crate::domain::ids::{EvidenceFileId, InstitutionId, LearnerId, RecognitionCaseId};
use crate::domain::institution::InstitutionKind;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::recognition_case::{CaseState, ClaimedAchievement};
use crate::domain::time::Instant;
use crate::services::App;
use crate::services::actor::Actor;
use crate::services::case::{Said, written};
use crate::services::error::{Error, Result};
use crate::services::evidence_file::whose;
use crate::services::idempotency::{Answer, Once};
use crate::services::refusal::{ItemError, Refusal};
use crate::services::scope::Scope;
use crate::services::sealing;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::recognition_case::{self, CaseRow};
use crate::store::{book, case_step, enrolment, evidence_file};

/// An achievement as it is presented.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    /// Whose it is: needed from a school; a learner presents its own.
    #[serde(default)]
    pub learner_id: Option<LearnerId>,
    /// Who is to decide: a school where the learner has a live enrolment, or a bureau.
    pub institution_id: InstitutionId,
    /// What is claimed.
    pub claim: ClaimedAchievement,
    /// What the presenter has to say.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub statement: Option<String>,
    /// The evidence, sent before: one file at least.
    #[schema(min_items = 1, max_items = 5)]
    pub evidence_file_ids: Vec<EvidenceFileId>,
}

/// What a returned case was lacking.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// What is claimed, put right; as it was when left out.
    #[serde(default)]
    pub claim: Option<ClaimedAchievement>,
    /// What the presenter has to say.
    #[schema(max_length = 4000)]
    pub statement: String,
    /// Further evidence.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub evidence_file_ids: Vec<EvidenceFileId>,
}

/// Taking a case back.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Why.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub reason: Option<String>,
}

/// An appeal.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Appeal {
    /// Why.
    #[schema(max_length = 4000)]
    pub reason: String,
}

impl App {
    /// Presents an achievement for recognition.
    pub fn present_case(&self, actor: &Actor, new: &Presentation, once: &Once) -> Result<Answer<CaseView>> {
        actor.require(Scope::CasesWrite)?;
        let learner = whose(actor, new.learner_id, "/learner_id")?;
        let statement = new.statement.as_deref().map(|text| written("/statement", text)).transpose()?;
        let level = self.check_claim(learner, &new.claim)?;
        if !(1..=FILES_MAX).contains(&new.evidence_file_ids.len()) {
            return Err(Invalid::one("/evidence_file_ids", Reason::range(1, FILES_MAX)).into());
        }
        let id = self.ids.id();
        self.once_a_case(actor, once, |conn| {
            self.require_presenter(conn, actor, learner)?;
            self.check_decider(conn, learner, new.institution_id)?;
            let key = self.learner_key(conn, learner.uuid())?.ok_or(Error::NotFound)?;
            // Two presentations at once must see each other.
            book::lock_books(conn, self.book, &[learner.uuid()])?;
            let (sealed, digest) = self.sealed_claim(&key, learner.uuid(), id, &new.claim)?;
            let all = recognition_case::of_learner(conn, learner.uuid())?;
            let today = self.clock.today();
            let of_today = all.iter().filter(|case| Instant::from_micros(case.created_at).beijing_date() == today);
            if of_today.count() >= CASES_A_DAY {
                return Err(Refusal::TooManyToday { limit: CASES_A_DAY }.into());
            }
            let open: Vec<_> = all.iter().filter(|case| case.state.is_open()).collect();
            if open.iter().any(|case| case.digest == digest) {
                return Err(Refusal::AlreadyExists.at("/claim").into());
            }
            if open.len() >= OPEN_MAX {
                return Err(Refusal::TooManyOpen { limit: OPEN_MAX }.into());
            }
            let files = self.named_files(conn, actor, learner.uuid(), &new.evidence_file_ids)?;
            let due = self.due_in(conn, DECISION_DAYS)?;
            let now = self.clock.now().micros();
            let row = CaseRow {
                learner: learner.uuid(),
                id,
                institution: new.institution_id.uuid(),
                kind: new.claim.kind,
                level: level.clone(),
                digest,
                sealed,
                actor_kind: actor.kind(),
                actor: actor.id(),
                presented_for: actor.institution().map(InstitutionId::uuid),
                state: CaseState::Submitted,
                outcome: None,
                credits: None,
                due_on: Some(due),
                days_left: None,
                decided_by: None,
                achievement: None,
                precedent: None,
                version: 1,
                created_at: now,
                updated_at: now,
            };
            recognition_case::insert(conn, &row)?;
            evidence_file::attach(conn, row.learner, id, &files, now)?;
            let said = Said { due_on: Some(due), text: statement.as_deref(), ..Said::default() };
            self.step(conn, actor, &key, (row.learner, NOUN, id), StepKind::Presented, said)?;
            Ok(id)
        })
    }

    /// Puts right what a returned case was lacking; the clock goes on where it stopped.
    pub fn complete_case(
        &self,
        actor: &Actor,
        id: RecognitionCaseId,
        new: &Completion,
        once: &Once,
    ) -> Result<Answer<CaseView>> {
        actor.require(Scope::CasesWrite)?;
        let statement = written("/statement", &new.statement)?;
        self.once_a_case(actor, once, |conn| {
            let mut row = self.own_case(conn, actor, id)?;
            in_state(&row, CaseState::Returned)?;
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            // What is presented meanwhile must be seen, as on presenting, and no file may go that is to be attached.
            book::lock_books(conn, self.book, &[row.learner])?;
            if let Some(claim) = &new.claim {
                if claim.kind != row.kind {
                    return Err(Invalid::one("/claim/kind", Reason::Mismatch).into());
                }
                row.level = self.check_claim(LearnerId::from_uuid(row.learner), claim)?;
                (row.sealed, row.digest) = self.sealed_claim(&key, row.learner, row.id, claim)?;
                let others = recognition_case::of_learner(conn, row.learner)?;
                let mut open = others.iter().filter(|case| case.id != row.id && case.state.is_open());
                if open.any(|case| case.digest == row.digest) {
                    return Err(Refusal::AlreadyExists.at("/claim").into());
                }
            }
            self.attach_further(conn, actor, (row.learner, row.id), &new.evidence_file_ids)?;
            let due = self.due_in(conn, row.days_left.take().unwrap_or(DECISION_DAYS).max(1))?;
            row.state = CaseState::Submitted;
            row.due_on = Some(due);
            let said = Said { due_on: Some(due), text: Some(&statement), ..Said::default() };
            self.store_step(conn, actor, &key, row, StepKind::Completed, said)
        })
    }

    /// Takes a case back that is not decided yet.
    pub fn withdraw_case(
        &self,
        actor: &Actor,
        id: RecognitionCaseId,
        new: &Withdrawal,
        once: &Once,
    ) -> Result<Answer<CaseView>> {
        actor.require(Scope::CasesWrite)?;
        let reason = new.reason.as_deref().map(|text| written("/reason", text)).transpose()?;
        self.once_a_case(actor, once, |conn| {
            let mut row = self.own_case(conn, actor, id)?;
            if !matches!(row.state, CaseState::Submitted | CaseState::Returned) {
                return Err(Refusal::NotInThisState { state: row.state.to_string() }.into());
            }
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            row.state = CaseState::Withdrawn;
            row.due_on = None;
            let said = Said { text: reason.as_deref(), ..Said::default() };
            self.store_step(conn, actor, &key, row, StepKind::Withdrawn, said)
        })
    }

    /// Appeals to the bureau's panel: once, in time, against what was not recognised in full.
    pub fn appeal_case(
        &self,
        actor: &Actor,
        id: RecognitionCaseId,
        new: &Appeal,
        once: &Once,
    ) -> Result<Answer<CaseView>> {
        actor.require(Scope::CasesWrite)?;
        let reason = written("/reason", &new.reason)?;
        self.once_a_case(actor, once, |conn| {
            let mut row = self.own_case(conn, actor, id)?;
            let steps = case_step::of_case(conn, row.learner, row.id)?;
            if steps.iter().any(|step| step.step == StepKind::Appealed) {
                return Err(Refusal::AlreadyAppealed.into());
            }
            in_state(&row, CaseState::Decided)?;
            if let Some(until) = row.due_on.filter(|until| *until < self.clock.today()) {
                return Err(Refusal::PeriodOver { until }.into());
            }
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            let due = self.due_in(conn, BUREAU_DAYS)?;
            row.state = CaseState::Appealed;
            row.due_on = Some(due);
            let said = Said { due_on: Some(due), text: Some(&reason), ..Said::default() };
            self.store_step(conn, actor, &key, row, StepKind::Appealed, said)
        })
    }

    /// The days in which a decision of today can be appealed against.
    pub(super) fn appeal_due(&self, conn: &mut Conn) -> Result<chrono::NaiveDate> {
        self.due_in(conn, APPEAL_DAYS)
    }

    /// Does something at most once for a key and answers the case it was done to.
    pub(super) fn once_a_case(
        &self,
        actor: &Actor,
        once: &Once,
        effect: impl FnMut(&mut Conn) -> Result<Uuid>,
    ) -> Result<Answer<CaseView>> {
        let (id, replayed) = self.idempotently(once, effect)?.parts();
        let view = self.recognition_view(actor, RecognitionCaseId::from_uuid(id))?;
        Ok(if replayed { Answer::Replayed(view) } else { Answer::Fresh(view) })
    }

    /// Writes what a taken case has become, and the step that led there.
    pub(super) fn store_step(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        key: &crate::crypto::seal::DataKey,
        mut row: CaseRow,
        step: StepKind,
        said: Said<'_>,
    ) -> Result<Uuid> {
        row.updated_at = self.clock.now().micros();
        recognition_case::update(conn, &row)?;
        self.step(conn, actor, key, (row.learner, NOUN, row.id), step, said)?;
        Ok(row.id)
    }

    /// A case of the presenter's, taken: its learner's, or one that the actor's school presented.
    fn own_case(&self, conn: &mut Conn, actor: &Actor, id: RecognitionCaseId) -> Result<CaseRow> {
        let row = recognition_case::take(conn, id.uuid())?.ok_or(Error::NotFound)?;
        self.require_case(conn, actor, &row)?;
        let own = match actor {
            Actor::Learner(_) => true,
            Actor::Client(client) => row.presented_for == Some(client.institution.uuid()),
        };
        if own { Ok(row) } else { Err(Error::Forbidden) }
    }

    /// Who is asked must be a bureau or a school that the learner attends.
    fn check_decider(&self, conn: &mut Conn, learner: LearnerId, decider: InstitutionId) -> Result<()> {
        let row = self.active_institution(conn, "/institution_id", decider)?;
        let fits = row.kind == InstitutionKind::Bureau || enrolment::is_own(conn, learner.uuid(), decider.uuid())?;
        if fits { Ok(()) } else { Err(Invalid::one("/institution_id", Reason::Unknown).into()) }
    }

    /// Checks a claim as the post that would recognise it; answers its level.
    fn check_claim(&self, learner: LearnerId, claim: &ClaimedAchievement) -> Result<Option<String>> {
        let post = claim.post(learner, "claim".to_owned(), None, None);
        let checked = post.validate(self.clock.today(), self.settings.regions).map_err(|refusal| match refusal {
            PostRefusal::Invalid(invalid) => Refusal::InvalidItem { errors: ItemError::list(&invalid.under("/claim")) },
            PostRefusal::NotPassed => Refusal::NotPassed.at("/claim/score"),
            PostRefusal::ExemptionIsNotAnAchievement => Refusal::ExemptionIsNotAnAchievement.at("/claim/score"),
        })?;
        Ok(checked.content.level())
    }

    /// A claim as it is stored, and the digest by which the same claim is known again.
    fn sealed_claim(
        &self,
        key: &crate::crypto::seal::DataKey,
        learner: Uuid,
        id: Uuid,
        claim: &ClaimedAchievement,
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let value: Value = serde_json::to_value(claim).map_err(StoreError::broken)?;
        let text = canonical::to_string(&value);
        let digest = self.keys.digest(Purpose::Content, &[b"recognition", learner.as_bytes(), text.as_bytes()]);
        Ok((sealing::seal(self.ids.as_ref(), key, learner, id, &text), digest.to_vec()))
    }
}

/// Refuses unless the case is in `state`.
pub(super) fn in_state(row: &CaseRow, state: CaseState) -> Result<()> {
    if row.state == state { Ok(()) } else { Err(Refusal::NotInThisState { state: row.state.to_string() }.into()) }
}
