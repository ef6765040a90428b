//! 需要核对: decisions that rest on a record which has changed since. Nothing happens by itself; the institution looks at each,
//! puts right what has to be (reverses the conversion, undoes the award), and says what it found.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Result};
use super::idempotency::{Answer, Once};
use super::oversight::{is_bureau_over, watched};
use super::refusal::Refusal;
use super::scope::Scope;
use super::sealing;
use crate::domain::conversion::{DiscrepancyCause, DiscrepancyKind, DiscrepancyState};
use crate::domain::ids::{AchievementId, DiscrepancyId, InstitutionId, LearnerId};
use crate::domain::time::Instant;
use crate::store::conn::Conn;
use crate::store::discrepancy::{self, DiscrepancyRow};

/// Something to be looked at.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Discrepancy)]
pub struct DiscrepancyView {
    /// Its id.
    pub id: DiscrepancyId,
    /// The learner.
    pub learner_id: LearnerId,
    /// Who has to look at it.
    pub institution_id: InstitutionId,
    /// What rests on the record.
    pub kind: DiscrepancyKind,
    /// Which award or conversion.
    pub object_id: Uuid,
    /// The achievement that changed, or on which what went rested; null where it was a fact.
    pub achievement_id: Option<AchievementId>,
    /// The fact of the person that changed instead.
    pub fact_id: Option<Uuid>,
    /// How it changed.
    pub cause: DiscrepancyCause,
    /// Whether it has been looked at.
    pub state: DiscrepancyState,
    /// When it was found.
    pub found_at: Instant,
    /// The day it was settled.
    pub resolved_on: Option<NaiveDate>,
    /// What was found.
    pub finding: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Done {
    discrepancy: Uuid,
}

impl App {
    /// What a caller's institution has to look at, or has; of those below it for a bureau. By id, at most `limit` after one.
    pub fn list_discrepancies(
        &self,
        actor: &ClientActor,
        state: DiscrepancyState,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<DiscrepancyView>> {
        actor.require(Scope::ConversionsRead)?;
        let views: Vec<DiscrepancyView> = self.db.read(|conn| {
            let own = watched(conn, actor)?.unwrap_or_else(|| vec![actor.institution.uuid()]);
            let rows = discrepancy::list(conn, &own, state, after.unwrap_or(Uuid::nil()), limit)?;
            rows.into_iter().map(|row| self.discrepancy_view(conn, &row)).collect::<Result<_>>()
        })?;
        let shown = views.iter().map(|view| view.learner_id.uuid());
        self.audit_shown(&Actor::Client(*actor), "list_discrepancies", None, shown)?;
        Ok(views)
    }

    /// Settles one, with what was found.
    pub fn resolve_discrepancy(
        &self,
        actor: &ClientActor,
        id: DiscrepancyId,
        finding: &str,
        once: &Once,
    ) -> Result<Answer<DiscrepancyView>> {
        actor.require(Scope::ConversionsDecide)?;
        let answer = self.idempotently(once, |conn| {
            let row = discrepancy::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            if row.institution != actor.institution.uuid() {
                let knows = is_bureau_over(conn, actor, row.institution)?;
                return Err(if knows { Error::Forbidden } else { Error::NotFound });
            }
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            let sealed = sealing::seal(self.ids.as_ref(), &key, row.learner, row.id, finding);
            if !discrepancy::resolve(conn, &row, actor.client.uuid(), &sealed, self.clock.now())? {
                return Err(Refusal::WrongState.into());
            }
            let learner = LearnerId::from_uuid(row.learner);
            self.audit_client(conn, actor, "resolve_discrepancy", Some(learner), true, None)?;
            Ok(Done { discrepancy: row.id })
        })?;
        let (done, replayed) = answer.parts();
        let view = self.db.read(|conn| {
            let row = discrepancy::find(conn, done.discrepancy)?.ok_or(Error::NotFound)?;
            self.discrepancy_view(conn, &row)
        })?;
        Ok(if replayed { Answer::Replayed(view) } else { Answer::Fresh(view) })
    }

    fn discrepancy_view(&self, conn: &mut Conn, row: &DiscrepancyRow) -> Result<DiscrepancyView> {
        let key = self.learner_key(conn, row.learner)?;
        let finding = row.sealed.as_ref().zip(key.as_ref());
        let finding = finding.map(|(sealed, key)| sealing::open(key, row.learner, row.id, sealed)).transpose()?;
        Ok(DiscrepancyView {
            id: DiscrepancyId::from_uuid(row.id),
            learner_id: LearnerId::from_uuid(row.learner),
            institution_id: InstitutionId::from_uuid(row.institution),
            kind: row.kind,
            object_id: row.object,
            achievement_id: row.record.achievement().map(AchievementId::from_uuid),
            fact_id: row.record.fact(),
            cause: row.cause,
            state: row.state,
            found_at: row.found_at,
            resolved_on: row.resolved_at.map(Instant::beijing_date),
            finding,
        })
    }
}
