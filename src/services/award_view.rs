//! Awards as institutions, the bureau and their learners see them.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::achievements::TransactionRef;
use super::actor::{Actor, ClientActor};
use super::award::{Found, knows};
use super::error::{Error, Result};
use super::progress::ShortfallView;
use super::scope::Scope;
use super::sealing;
use crate::conversion::progress::{ConditionProgress, Sums};
use crate::crypto::seal::DataKey;
use crate::domain::award::{AwardOutcome, AwardState};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::ids::{EnrolmentId, InstitutionId, LearnerId, ProgrammeId};
use crate::domain::time::Instant;
use crate::ledger::transaction::{Transaction, TransactionKind};
use crate::store::award::{self, AwardRow};
use crate::store::book_rows::transactions;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
pub use crate::store::feed::FeedPlace;

/// Credits of one lot that were redeemed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedeemedLot {
    /// The lot: the achievement that earned it, or the conversion that granted it.
    pub lot: Uuid,
    /// How much.
    pub credits: CreditAmount,
}

/// An award.
#[derive(Clone, Serialize, ToSchema)]
pub struct AwardView {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub learner_id: LearnerId,
    /// Of which enrolment.
    pub enrolment_id: EnrolmentId,
    /// By whom.
    pub institution_id: InstitutionId,
    /// In which programme.
    pub programme_id: ProgrammeId,
    /// What the enrolment came to.
    pub outcome: AwardOutcome,
    /// Where it stands.
    pub state: AwardState,
    /// From when it counts.
    pub awarded_on: NaiveDate,
    /// Type of the credits.
    pub credit_type: CreditType,
    /// What was redeemed; it stays told after a reversal.
    pub credits: CreditAmount,
    /// Lot by lot.
    pub redeemed: Vec<RedeemedLot>,
    /// The achievement that records the diploma; 毕业 only.
    pub diploma_achievement_id: Option<Uuid>,
    /// Number of the diploma or certificate; null once the person has been erased.
    pub diploma_number: Option<String>,
    /// Credits at that time, against what the plan asks for.
    pub total: Sums,
    /// What was missing, where the outcome allowed it.
    pub shortfalls: Vec<ShortfallView>,
    /// Conditions and where they stood.
    pub conditions: Vec<ConditionProgress>,
    /// The audit it came from.
    pub audit_id: Option<Uuid>,
    /// Why its reversal was asked for.
    pub reversal_reason: Option<String>,
    /// When it was conferred.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What it wrote in the book, oldest first, its reversal included.
    pub transactions: Vec<TransactionRef>,
}

impl App {
    /// One award: for its learner, its institution and the bureau.
    pub fn get_award(&self, actor: &Actor, id: Uuid) -> Result<AwardView> {
        actor.require(Scope::AwardsRead)?;
        let view = self.db.read(|conn| {
            let row = award::find(conn, id)?.ok_or(Error::NotFound)?;
            if knows(conn, actor, &row)? { self.award_view(conn, row) } else { Err(Error::NotFound) }
        })?;
        if let Actor::Client(client) = actor {
            let learner = Some(view.learner_id);
            self.db.write(|conn| self.audit_client(conn, client, "view_award", learner, true, None))?;
        }
        Ok(view)
    }

    /// What the caller's institution conferred or reversed after a place in its feed, oldest change first. Recent items may
    /// repeat: the next walk begins ten seconds before this one began.
    pub fn list_awards(&self, actor: &ClientActor, after: FeedPlace, limit: i64) -> Result<Vec<AwardView>> {
        actor.require(Scope::AwardsRead)?;
        let views: Vec<AwardView> = self.db.read(|conn| {
            let rows = award::feed(conn, actor.institution.uuid(), after, limit)?;
            rows.into_iter().map(|row| self.award_view(conn, row)).collect::<Result<_>>()
        })?;
        let shown = views.iter().map(|view| view.learner_id.uuid());
        self.audit_shown(&Actor::Client(*actor), "list_awards", None, shown)?;
        Ok(views)
    }

    /// An award that the caller is known to have written.
    pub fn award_in(&self, id: Uuid) -> Result<AwardView> {
        self.db.read(|conn| {
            let row = award::find(conn, id)?.ok_or(Error::NotFound)?;
            self.award_view(conn, row)
        })
    }

    fn award_view(&self, conn: &mut Conn, row: AwardRow) -> Result<AwardView> {
        let key = self.learner_key(conn, row.learner)?;
        let found: Found = serde_json::from_str(&row.document).map_err(StoreError::broken)?;
        let about = |t: &&Transaction| t.about == Some(row.id) || row.diploma.is_some() && t.about == row.diploma;
        let chain = transactions(conn, &[row.learner])?;
        let own: Vec<&Transaction> = chain.iter().filter(about).collect();
        let redemption = own.iter().find(|t| t.kind == TransactionKind::Redemption && t.about == Some(row.id));
        let redeemed = redemption.into_iter().flat_map(|t| &t.postings);
        let open = |key: &DataKey, sealed: &Option<Vec<u8>>, place: Uuid| -> Result<Option<String>> {
            Ok(sealed.as_deref().map(|sealed| sealing::open(key, row.learner, place, sealed)).transpose()?)
        };
        let opened = |sealed: &Option<Vec<u8>>, place| key.as_ref().map_or(Ok(None), |key| open(key, sealed, place));
        Ok(AwardView {
            id: row.id,
            learner_id: LearnerId::from_uuid(row.learner),
            enrolment_id: EnrolmentId::from_uuid(row.enrolment),
            institution_id: InstitutionId::from_uuid(row.institution),
            programme_id: ProgrammeId::from_uuid(row.programme),
            outcome: row.outcome,
            state: row.state,
            awarded_on: row.awarded_on,
            credit_type: row.credit_type,
            credits: row.credits,
            redeemed: redeemed.map(|posting| RedeemedLot { lot: posting.lot, credits: posting.amount }).collect(),
            diploma_achievement_id: row.diploma,
            diploma_number: opened(&row.sealed, row.id)?,
            total: found.total,
            shortfalls: found.shortfalls.iter().map(ShortfallView::from).collect(),
            conditions: found.conditions,
            audit_id: row.audit,
            reversal_reason: opened(&row.reason, super::award_reversal::reason_place(row.id))?,
            created_at: Instant::from_micros(row.created_at),
            updated_at: Instant::from_micros(row.updated_at),
            transactions: own.into_iter().map(TransactionRef::from).collect(),
        })
    }
}
