//! Awards: what became of an enrolment.

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::feed::{self, FeedPlace};
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::award::{AwardOutcome, AwardState};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::enrolment::EnrolmentStatus;

/// An award as it is stored.
#[derive(Debug, Clone)]
pub struct AwardRow {
    /// Whose.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Of which enrolment.
    pub enrolment: Uuid,
    /// By whom.
    pub institution: Uuid,
    /// In which programme.
    pub programme: Uuid,
    /// What it says.
    pub outcome: AwardOutcome,
    /// Where it stands.
    pub state: AwardState,
    /// Type of the credits.
    pub credit_type: CreditType,
    /// What was redeemed.
    pub credits: CreditAmount,
    /// From when it counts.
    pub awarded_on: NaiveDate,
    /// The achievement that records the diploma.
    pub diploma: Option<Uuid>,
    /// The number of the diploma or certificate, sealed.
    pub sealed: Option<Vec<u8>>,
    /// What was found of the requirements, as canonical JSON: codes and facts, nothing personal.
    pub document: String,
    /// The audit it was conferred from.
    pub audit: Option<Uuid>,
    /// The enrolment's status before.
    pub previous_status: EnrolmentStatus,
    /// Who conferred it.
    pub decided_by: Uuid,
    /// Who asked for its reversal.
    pub requested_by: Option<Uuid>,
    /// Why, sealed.
    pub reason: Option<Vec<u8>>,
    /// Who confirmed the reversal.
    pub confirmed_by: Option<Uuid>,
    /// Moves on with every change.
    pub version: i64,
    /// When it was conferred, UTC microseconds.
    pub created_at: i64,
    /// When it last changed, UTC microseconds.
    pub updated_at: i64,
}

type Sql = (
    (Id16, Id16, Id16, Id16, Id16, Text, Text, Text, BigInt, Date, Nullable<Id16>, Nullable<Binary>, Text),
    (Nullable<Id16>, Text, Id16, Nullable<Id16>, Nullable<Binary>, Nullable<Id16>, BigInt, BigInt, BigInt),
);
type Row = (
    (Key, Key, Key, Key, Key, String, String, String, i64, NaiveDate, Option<Key>, Option<Vec<u8>>, String),
    (Option<Key>, String, Key, Option<Key>, Option<Vec<u8>>, Option<Key>, i64, i64, i64),
);

const SELECT: &str = "SELECT learner_id, id, enrolment_id, institution_id, programme_id, outcome, state, credit_type, \
     credits, awarded_on, diploma_id, sealed, document, audit_id, previous_status, decided_by, requested_by, reason, \
     confirmed_by, version, created_at, updated_at FROM award WHERE ";

fn row((first, second): Row) -> Result<AwardRow> {
    let (learner, id, enrolment, institution, programme, outcome, state, credit_type, credits, awarded_on, ..) = first;
    let (diploma, sealed, document) = (first.10, first.11, first.12);
    let (audit, previous, decided_by, requested_by, reason, confirmed_by, version, created_at, updated_at) = second;
    Ok(AwardRow {
        learner: learner.0,
        id: id.0,
        enrolment: enrolment.0,
        institution: institution.0,
        programme: programme.0,
        outcome: word("award.outcome", &outcome)?,
        state: word("award.state", &state)?,
        credit_type: word("award.credit_type", &credit_type)?,
        credits: CreditAmount::from_thousandths(credits),
        awarded_on,
        diploma: diploma.map(|key| key.0),
        sealed,
        document,
        audit: audit.map(|key| key.0),
        previous_status: word("award.previous_status", &previous)?,
        decided_by: decided_by.0,
        requested_by: requested_by.map(|key| key.0),
        reason,
        confirmed_by: confirmed_by.map(|key| key.0),
        version,
        created_at,
        updated_at,
    })
}

fn load(conn: &mut Conn, query: Hot<'_, Sql>) -> Result<Vec<AwardRow>> {
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(row).collect()
}

/// One award.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<AwardRow>> {
    let mut query = Hot::<Sql>::new(SELECT);
    query.text("id = ").bind(id);
    Ok(load(conn, query)?.pop())
}

/// The awards of `learners`, in the order in which they were conferred.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid]) -> Result<Vec<AwardRow>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<Sql>::new(SELECT);
    query.text("learner_id ");
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, id");
    load(conn, query)
}

/// What an institution conferred or reversed after a place, oldest change first, at most `limit`.
pub fn feed(conn: &mut Conn, institution: Uuid, place: FeedPlace, limit: i64) -> Result<Vec<AwardRow>> {
    let mut query = Hot::<Sql>::new(SELECT);
    feed::after(&mut query, institution, place, limit);
    load(conn, query)
}

/// Stores an award.
pub fn add(conn: &mut Conn, award: &AwardRow) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(award),
        "INSERT INTO award (learner_id, id, enrolment_id, institution_id, programme_id, outcome, state, credit_type, \
         credits, awarded_on, diploma_id, sealed, document, audit_id, previous_status, decided_by, version, created_at, \
         updated_at) VALUES ",
        "",
        |a| {
            vec![
                a.learner.bind(),
                a.id.bind(),
                a.enrolment.bind(),
                a.institution.bind(),
                a.programme.bind(),
                a.outcome.as_str().bind(),
                a.state.as_str().bind(),
                a.credit_type.as_str().bind(),
                a.credits.thousandths().bind(),
                a.awarded_on.bind(),
                a.diploma.bind(),
                a.sealed.as_deref().bind(),
                a.document.as_str().bind(),
                a.audit.bind(),
                a.previous_status.as_str().bind(),
                a.decided_by.bind(),
                a.version.bind(),
                a.created_at.bind(),
                a.updated_at.bind(),
            ]
        },
    )
}

/// Writes where an award stands now, as read at `award.version`; fails as contended when it has changed since.
pub fn change(conn: &mut Conn, award: &AwardRow, at: i64) -> Result<()> {
    let mut statement = Hot::<()>::new("UPDATE award SET state = ");
    statement.bind(award.state.as_str()).text(", requested_by = ").bind(award.requested_by);
    statement.text(", reason = ").bind(award.reason.as_deref()).text(", confirmed_by = ").bind(award.confirmed_by);
    statement.text(", version = version + 1, updated_at = ").bind(at);
    statement.text(" WHERE learner_id = ").bind(award.learner).text(" AND id = ").bind(award.id);
    statement.text(" AND version = ").bind(award.version);
    if on_backend!(conn, c => statement.execute(c))? == 1 { Ok(()) } else { Err(StoreError::Contended) }
}
