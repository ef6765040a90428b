//! Recognition cases: a learner presents what no issuer posted; the institution decides, the bureau on appeal.
//!
//! Whose turn it is and what is overdue is computed from the stored day when a case is read: nothing has to run at
//! midnight, and nothing is ever closed because a day has passed.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::actor::{Actor, ClientActor};
use super::case::StepView;
use super::error::{Error, Result};
use super::evidence_file::FileView;
use super::oversight::{is_of_or_over, watched};
use super::scope::Scope;
use super::sealing;
use crate::crypto::seal::DataKey;
use crate::domain::case::Turn;
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{AchievementId, InstitutionId, LearnerId, RecognitionCaseId};
use crate::domain::kind::AchievementKind;
use crate::domain::recognition_case::{CaseOutcome, CaseState, ClaimedAchievement};
use crate::domain::time::Instant;
use crate::ledger::transaction::ActorKind;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
pub use crate::store::recognition_case::QueuePlace;
use crate::store::recognition_case::{self, CaseRow, Queue};

mod decide;
mod posting;
mod present;

pub use decide::Decision;
pub use present::{Appeal, Completion, Presentation, Withdrawal};

/// The noun of audit rows.
const NOUN: &str = "recognition_case";

/// A case in a list.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = RecognitionCaseBrief)]
pub struct CaseBrief {
    /// Its id.
    pub id: RecognitionCaseId,
    /// Whose.
    pub learner_id: LearnerId,
    /// The institution asked to decide.
    pub institution_id: InstitutionId,
    /// Kind of what is claimed.
    pub kind: AchievementKind,
    /// Its level.
    pub level: Option<String>,
    /// Where it stands.
    pub state: CaseState,
    /// What was decided. A rejected appeal leaves the first decision as it was.
    pub outcome: Option<CaseOutcome>,
    /// The credits that were recognised.
    pub credits: Option<CreditAmount>,
    /// What recognised it in the account.
    pub achievement_id: Option<AchievementId>,
    /// Whose turn it is, and until when.
    pub turn: Turn,
    /// What the presenter is.
    pub presented_by: ActorKind,
    /// The school that presented it for the learner.
    pub presented_for_by: Option<InstitutionId>,
    /// When it was presented.
    pub presented_at: Instant,
    /// When something was done last.
    pub updated_at: Instant,
}

/// A case with all that belongs to it.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = RecognitionCase)]
pub struct CaseView {
    /// Where it stands.
    #[serde(flatten)]
    pub brief: CaseBrief,
    /// What is claimed.
    pub claim: ClaimedAchievement,
    /// The evidence.
    pub evidence_files: Vec<FileView>,
    /// What has been done, in order.
    pub steps: Vec<StepView>,
}

/// Which cases are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseFilter {
    /// In this state.
    pub state: Option<CaseState>,
    /// Overdue ones only.
    pub overdue: bool,
}

impl App {
    /// A page of cases, what is due first before what is due later. A learner sees its own, all at once and the newest
    /// first; an institution those it is asked to decide or has presented; a bureau those it has to see to.
    pub fn list_cases(
        &self,
        actor: &Actor,
        filter: CaseFilter,
        after: Option<QueuePlace>,
        limit: i64,
    ) -> Result<(Vec<CaseBrief>, Option<QueuePlace>)> {
        actor.require(Scope::CasesRead)?;
        let today = self.clock.today();
        let (briefs, next) = self.db.read(|conn| {
            let (rows, next) = match actor {
                Actor::Learner(own) => {
                    let rows = recognition_case::of_learner(conn, own.learner.uuid())?;
                    let wanted = |row: &CaseRow| filter.state.is_none_or(|state| row.state == state);
                    (rows.into_iter().filter(wanted).collect(), None)
                }
                Actor::Client(client) => {
                    let overdue = filter.overdue.then_some(today);
                    let queue = queue_of(conn, client, today)?;
                    let mut rows = recognition_case::queue(conn, &queue, filter.state, overdue, after, limit + 1)?;
                    let next = next_place(&mut rows, limit, |row| (row.queue_on(), row.id));
                    (rows, next)
                }
            };
            let mut briefs = Vec::with_capacity(rows.len());
            for row in &rows {
                let brief = self.case_brief(conn, row)?;
                if !filter.overdue || brief.turn.overdue {
                    briefs.push(brief);
                }
            }
            Ok::<_, Error>((briefs, next))
        })?;
        let shown = briefs.iter().map(|brief: &CaseBrief| brief.learner_id.uuid());
        self.audit_shown(actor, "list_recognition_cases", None, shown)?;
        Ok((briefs, next))
    }

    /// One case.
    pub fn get_case(&self, actor: &Actor, id: RecognitionCaseId) -> Result<CaseView> {
        actor.require(Scope::CasesRead)?;
        let view = self.recognition_view(actor, id)?;
        self.audit_look(actor, "view_recognition_case", view.brief.learner_id.uuid(), &format!("{NOUN} {id}"))?;
        Ok(view)
    }

    /// A case as it stands, for whoever may see it.
    fn recognition_view(&self, actor: &Actor, id: RecognitionCaseId) -> Result<CaseView> {
        self.db.read(|conn| {
            let row = recognition_case::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            self.require_case(conn, actor, &row)?;
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            Ok(CaseView {
                brief: self.case_brief(conn, &row)?,
                claim: self.claim_of(&row, &key)?,
                evidence_files: self.files_of_case(conn, &key, row.learner, row.id)?,
                steps: self.steps(conn, &key, row.learner, row.id)?,
            })
        })
    }

    /// Whether the case exists for the actor: its learner, the institution asked, the school that presented it, the bureau
    /// over the institution.
    pub(super) fn may_see_case(&self, conn: &mut Conn, actor: &Actor, row: &CaseRow) -> Result<bool> {
        match actor {
            Actor::Learner(own) => Ok(own.learner.uuid() == row.learner),
            Actor::Client(client) if row.presented_for == Some(client.institution.uuid()) => Ok(true),
            Actor::Client(_) => is_of_or_over(conn, actor, row.institution),
        }
    }

    fn require_case(&self, conn: &mut Conn, actor: &Actor, row: &CaseRow) -> Result<()> {
        if self.may_see_case(conn, actor, row)? { Ok(()) } else { Err(Error::NotFound) }
    }

    fn claim_of(&self, row: &CaseRow, key: &DataKey) -> Result<ClaimedAchievement> {
        let text = sealing::open(key, row.learner, row.id, &row.sealed)?;
        serde_json::from_str(&text).map_err(|_| StoreError::broken("a claim does not read").into())
    }

    fn case_brief(&self, conn: &mut Conn, row: &CaseRow) -> Result<CaseBrief> {
        let at_bureau = row.state == CaseState::Submitted && self.is_bureau(conn, row.institution)?;
        Ok(CaseBrief {
            id: RecognitionCaseId::from_uuid(row.id),
            learner_id: LearnerId::from_uuid(row.learner),
            institution_id: InstitutionId::from_uuid(row.institution),
            kind: row.kind,
            level: row.level.clone(),
            state: row.state,
            outcome: row.outcome,
            credits: row.credits,
            achievement_id: row.achievement.map(AchievementId::from_uuid),
            turn: row.state.turn(row.due_on, at_bureau, self.clock.today()),
            presented_by: row.actor_kind,
            presented_for_by: row.presented_for.map(InstitutionId::from_uuid),
            presented_at: Instant::from_micros(row.created_at),
            updated_at: Instant::from_micros(row.updated_at),
        })
    }
}

/// The queue that a client's institution works on.
pub(super) fn queue_of(conn: &mut Conn, client: &ClientActor, today: NaiveDate) -> Result<Queue> {
    let own = client.institution.uuid();
    Ok(match watched(conn, client)? {
        Some(watched) => Queue::Bureau { own, watched, today },
        None => Queue::Institution(own),
    })
}

/// Cuts what was read beyond the page; answers where the next one begins.
pub(super) fn next_place<R>(rows: &mut Vec<R>, limit: i64, place: impl Fn(&R) -> QueuePlace) -> Option<QueuePlace> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more).map(place)
}
