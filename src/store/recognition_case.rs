//! Recognition cases: one row each as it stands; what led there are its steps.

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::book::word;
use super::conn::Conn;
use super::error::{Result, StoreError};
use super::schema::recognition_case as case;
use super::types::{Key, columns};
use crate::domain::case::NOTHING_DUE;
use crate::domain::credit::CreditAmount;
use crate::domain::kind::AchievementKind;
use crate::domain::recognition_case::{CaseOutcome, CaseState};
use crate::ledger::transaction::ActorKind;

/// A case as it stands.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// Whose.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The institution asked to decide.
    pub institution: Uuid,
    /// Kind of what is claimed.
    pub kind: AchievementKind,
    /// Its level, as catalogues write it.
    pub level: Option<String>,
    /// Keyed digest of what is claimed.
    pub digest: Vec<u8>,
    /// What is claimed, sealed.
    pub sealed: Vec<u8>,
    /// What the presenter is.
    pub actor_kind: ActorKind,
    /// Who presented it.
    pub actor: Uuid,
    /// The school that presented it for the learner.
    pub presented_for: Option<Uuid>,
    /// Where it stands.
    pub state: CaseState,
    /// What was decided last.
    pub outcome: Option<CaseOutcome>,
    /// The credits that were recognised.
    pub credits: Option<CreditAmount>,
    /// Until when.
    pub due_on: Option<NaiveDate>,
    /// Working days that were left when the clock stopped.
    pub days_left: Option<u32>,
    /// Who took the first decision.
    pub decided_by: Option<Uuid>,
    /// What recognised it.
    pub achievement: Option<Uuid>,
    /// Its entry in the register of precedents.
    pub precedent: Option<Uuid>,
    /// Moves on with every change.
    pub version: i64,
    /// When it was presented, UTC microseconds.
    pub created_at: i64,
    /// When it changed last, UTC microseconds.
    pub updated_at: i64,
}

type Row = (
    (Key, Key, Key, String, Option<String>, Vec<u8>, Vec<u8>, String, Key, Option<Key>),
    (String, Option<String>, Option<i64>, Option<NaiveDate>, Option<i64>, Option<Key>, Option<Key>, Option<Key>),
    (i64, i64, i64),
);
columns!(
    COLUMNS = (
        (
            case::learner_id,
            case::id,
            case::institution_id,
            case::kind,
            case::level,
            case::digest,
            case::sealed,
            case::actor_kind,
            case::actor_id,
            case::presented_for,
        ),
        (
            case::state,
            case::outcome,
            case::credits,
            case::due_on,
            case::days_left,
            case::decided_by,
            case::achievement_id,
            case::precedent_id,
        ),
        (case::version, case::created_at, case::updated_at),
    )
);

fn row((what, standing, (version, created_at, updated_at)): Row) -> Result<CaseRow> {
    let (learner, id, institution, kind, level, digest, sealed, actor_kind, actor, presented_for) = what;
    let (state, outcome, credits, due_on, days_left, decided_by, achievement, precedent) = standing;
    Ok(CaseRow {
        learner: learner.0,
        id: id.0,
        institution: institution.0,
        kind: word("recognition_case.kind", &kind)?,
        level,
        digest,
        sealed,
        actor_kind: word("recognition_case.actor_kind", &actor_kind)?,
        actor: actor.0,
        presented_for: presented_for.map(|key| key.0),
        state: word("recognition_case.state", &state)?,
        outcome: outcome.map(|outcome| word("recognition_case.outcome", &outcome)).transpose()?,
        credits: credits.map(CreditAmount::from_thousandths),
        due_on,
        days_left: days_left.map(u32::try_from).transpose().map_err(StoreError::broken)?,
        decided_by: decided_by.map(|key| key.0),
        achievement: achievement.map(|key| key.0),
        precedent: precedent.map(|key| key.0),
        version,
        created_at,
        updated_at,
    })
}

impl CaseRow {
    /// Its place in queues: by the day until which an institution or bureau has to do something, else at the end.
    pub fn queue_on(&self) -> NaiveDate {
        let waits = matches!(self.state, CaseState::Submitted | CaseState::Appealed);
        self.due_on.filter(|_| waits).unwrap_or(NOTHING_DUE)
    }
}

/// Stores a new case.
pub fn insert(conn: &mut Conn, new: &CaseRow) -> Result<()> {
    diesel::insert_into(case::table)
        .values((
            case::learner_id.eq(Key(new.learner)),
            case::id.eq(Key(new.id)),
            case::institution_id.eq(Key(new.institution)),
            case::kind.eq(new.kind.as_str()),
            case::level.eq(new.level.as_deref()),
            case::digest.eq(new.digest.as_slice()),
            case::sealed.eq(new.sealed.as_slice()),
            case::actor_kind.eq(new.actor_kind.as_str()),
            case::actor_id.eq(Key(new.actor)),
            case::presented_for.eq(new.presented_for.map(Key)),
            case::state.eq(new.state.as_str()),
            case::due_on.eq(new.due_on),
            case::queue_on.eq(new.queue_on()),
            case::version.eq(new.version),
            case::created_at.eq(new.created_at),
            case::updated_at.eq(new.updated_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// One case.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<CaseRow>> {
    let found: Option<Row> = case::table.filter(case::id.eq(Key(id))).select(COLUMNS).first(conn).optional()?;
    found.map(row).transpose()
}

/// One case, kept from others until the transaction ends. Who was first has changed it: then this one is tried again.
pub fn take(conn: &mut Conn, id: Uuid) -> Result<Option<CaseRow>> {
    let Some(found) = find(conn, id)? else { return Ok(None) };
    let standing = case::table
        .filter(case::learner_id.eq(Key(found.learner)))
        .filter(case::id.eq(Key(id)))
        .filter(case::version.eq(found.version));
    let taken = diesel::update(standing).set(case::version.eq(found.version + 1)).execute(conn)?;
    if taken == 1 { Ok(Some(CaseRow { version: found.version + 1, ..found })) } else { Err(StoreError::Contended) }
}

/// Writes what a taken case has become.
pub fn update(conn: &mut Conn, row: &CaseRow) -> Result<()> {
    let own = case::table.filter(case::learner_id.eq(Key(row.learner))).filter(case::id.eq(Key(row.id)));
    diesel::update(own)
        .set((
            case::level.eq(row.level.as_deref()),
            case::digest.eq(row.digest.as_slice()),
            case::sealed.eq(row.sealed.as_slice()),
            case::state.eq(row.state.as_str()),
            case::outcome.eq(row.outcome.map(CaseOutcome::as_str)),
            case::credits.eq(row.credits.map(CreditAmount::thousandths)),
            case::due_on.eq(row.due_on),
            case::queue_on.eq(row.queue_on()),
            case::days_left.eq(row.days_left.map(i64::from)),
            case::decided_by.eq(row.decided_by.map(Key)),
            case::achievement_id.eq(row.achievement.map(Key)),
            case::precedent_id.eq(row.precedent.map(Key)),
            case::updated_at.eq(row.updated_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// All cases of a learner, the newest first.
pub fn of_learner(conn: &mut Conn, learner: Uuid) -> Result<Vec<CaseRow>> {
    let rows: Vec<Row> =
        case::table.filter(case::learner_id.eq(Key(learner))).order(case::id.desc()).select(COLUMNS).load(conn)?;
    rows.into_iter().map(row).collect()
}

/// Whose cases are listed.
#[derive(Debug, Clone)]
pub enum Queue {
    /// Those of an institution: asked to decide, or presented by it.
    Institution(Uuid),
    /// Those that a bureau has to see to: addressed to it, and of the institutions it watches what is taken to it or overdue.
    Bureau {
        /// The bureau.
        own: Uuid,
        /// The institutions that answer to it.
        watched: Vec<Uuid>,
        /// The day it looks on.
        today: NaiveDate,
    },
}

/// A place in a queue: the day and the case.
pub type QueuePlace = (NaiveDate, Uuid);

/// Up to `limit` cases of a queue after a place, what is due first before what is due later.
pub fn queue(
    conn: &mut Conn,
    queue: &Queue,
    state: Option<CaseState>,
    overdue_on: Option<NaiveDate>,
    after: Option<QueuePlace>,
    limit: i64,
) -> Result<Vec<CaseRow>> {
    let mut query = case::table.select(COLUMNS).order((case::queue_on, case::id)).limit(limit).into_boxed();
    query = match queue {
        Queue::Institution(id) => query.filter(case::institution_id.eq(Key(*id)).or(case::presented_for.eq(Key(*id)))),
        Queue::Bureau { own, watched, today } => {
            let late = case::state.eq(CaseState::Submitted.as_str()).and(case::queue_on.lt(*today));
            let watched = case::institution_id.eq_any(watched.iter().copied().map(Key));
            let below = watched.and(case::state.eq(CaseState::Appealed.as_str()).or(late));
            query.filter(case::institution_id.eq(Key(*own)).or(below))
        }
    };
    if let Some(state) = state {
        query = query.filter(case::state.eq(state.as_str()));
    }
    if let Some(today) = overdue_on {
        query = query.filter(case::queue_on.lt(today));
    }
    if let Some((day, id)) = after {
        query = query.filter(case::queue_on.gt(day).or(case::queue_on.eq(day).and(case::id.gt(Key(id)))));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(row).collect()
}
