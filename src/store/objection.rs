//! Objections: one row each as it stands; what led there are its steps.

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::book::word;
use super::conn::Conn;
use super::error::{Result, StoreError};
use super::recognition_case::{Queue, QueuePlace};
use super::schema::objection;
use super::types::{Key, columns};
use crate::domain::case::NOTHING_DUE;
use crate::domain::objection::{ObjectionKind, ObjectionOutcome, ObjectionState};

/// An objection as it stands.
#[derive(Debug, Clone)]
pub struct ObjectionRow {
    /// Whose.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The issuer: who posted the entry, or should have posted it.
    pub institution: Uuid,
    /// What it is to.
    pub kind: ObjectionKind,
    /// The transaction.
    pub transaction: Option<Uuid>,
    /// The achievement.
    pub achievement: Option<Uuid>,
    /// Keyed digest of what it is to.
    pub digest: Vec<u8>,
    /// Its words, sealed.
    pub sealed: Vec<u8>,
    /// Where it stands.
    pub state: ObjectionState,
    /// What was answered or decided last.
    pub outcome: Option<ObjectionOutcome>,
    /// Until when.
    pub due_on: Option<NaiveDate>,
    /// Who answered first.
    pub answered_by: Option<Uuid>,
    /// What was done about it.
    pub correction: Option<Correction>,
    /// Moves on with every change.
    pub version: i64,
    /// When it was raised, UTC microseconds.
    pub created_at: i64,
    /// When it changed last, UTC microseconds.
    pub updated_at: i64,
}

/// What corrects what was objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// An achievement that was corrected, revoked or posted.
    Achievement(Uuid),
    /// A transaction that undid or replaced what is no achievement: a conversion, an award, a transfer.
    Transaction(Uuid),
}

impl Correction {
    /// The ids as they are stored: of the achievement and of the transaction.
    fn columns(correction: Option<Self>) -> (Option<Key>, Option<Key>) {
        match correction {
            None => (None, None),
            Some(Self::Achievement(id)) => (Some(Key(id)), None),
            Some(Self::Transaction(id)) => (None, Some(Key(id))),
        }
    }
}

type Row = (
    (Key, Key, Key, String, Option<Key>, Option<Key>, Vec<u8>, Vec<u8>),
    (String, Option<String>, Option<NaiveDate>, Option<Key>, Option<Key>, Option<Key>),
    (i64, i64, i64),
);
columns!(
    COLUMNS = (
        (
            objection::learner_id,
            objection::id,
            objection::institution_id,
            objection::kind,
            objection::transaction_id,
            objection::achievement_id,
            objection::digest,
            objection::sealed,
        ),
        (
            objection::state,
            objection::outcome,
            objection::due_on,
            objection::answered_by,
            objection::correction_id,
            objection::correction_transaction_id,
        ),
        (objection::version, objection::created_at, objection::updated_at),
    )
);

fn row((what, standing, (version, created_at, updated_at)): Row) -> Result<ObjectionRow> {
    let (learner, id, institution, kind, transaction, achievement, digest, sealed) = what;
    let (state, outcome, due_on, answered_by, correction, by_transaction) = standing;
    let id_of = |key: Option<Key>| key.map(|key| key.0);
    Ok(ObjectionRow {
        learner: learner.0,
        id: id.0,
        institution: institution.0,
        kind: word("objection.kind", &kind)?,
        transaction: id_of(transaction),
        achievement: id_of(achievement),
        digest,
        sealed,
        state: word("objection.state", &state)?,
        outcome: outcome.map(|outcome| word("objection.outcome", &outcome)).transpose()?,
        due_on,
        answered_by: id_of(answered_by),
        correction: correction
            .map(|key| Correction::Achievement(key.0))
            .or(by_transaction.map(|key| Correction::Transaction(key.0))),
        version,
        created_at,
        updated_at,
    })
}

impl ObjectionRow {
    /// Its place in queues: by the day until which the issuer or a bureau has to do something, else at the end.
    pub fn queue_on(&self) -> NaiveDate {
        self.due_on.filter(|_| self.state.is_open()).unwrap_or(NOTHING_DUE)
    }
}

/// Stores a new objection.
pub fn insert(conn: &mut Conn, new: &ObjectionRow) -> Result<()> {
    diesel::insert_into(objection::table)
        .values((
            objection::learner_id.eq(Key(new.learner)),
            objection::id.eq(Key(new.id)),
            objection::institution_id.eq(Key(new.institution)),
            objection::kind.eq(new.kind.as_str()),
            objection::transaction_id.eq(new.transaction.map(Key)),
            objection::achievement_id.eq(new.achievement.map(Key)),
            objection::digest.eq(new.digest.as_slice()),
            objection::sealed.eq(new.sealed.as_slice()),
            objection::state.eq(new.state.as_str()),
            objection::due_on.eq(new.due_on),
            objection::queue_on.eq(new.queue_on()),
            objection::version.eq(new.version),
            objection::created_at.eq(new.created_at),
            objection::updated_at.eq(new.updated_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// One objection.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<ObjectionRow>> {
    let found: Option<Row> =
        objection::table.filter(objection::id.eq(Key(id))).select(COLUMNS).first(conn).optional()?;
    found.map(row).transpose()
}

/// One objection, kept from others until the transaction ends. Who was first has changed it: then this one is tried
/// again.
pub fn take(conn: &mut Conn, id: Uuid) -> Result<Option<ObjectionRow>> {
    let Some(found) = find(conn, id)? else { return Ok(None) };
    let standing = objection::table
        .filter(objection::learner_id.eq(Key(found.learner)))
        .filter(objection::id.eq(Key(id)))
        .filter(objection::version.eq(found.version));
    let taken = diesel::update(standing).set(objection::version.eq(found.version + 1)).execute(conn)?;
    if taken == 1 { Ok(Some(ObjectionRow { version: found.version + 1, ..found })) } else { Err(StoreError::Contended) }
}

/// Writes what a taken objection has become.
pub fn update(conn: &mut Conn, row: &ObjectionRow) -> Result<()> {
    let own = objection::table.filter(objection::learner_id.eq(Key(row.learner))).filter(objection::id.eq(Key(row.id)));
    let (achievement, transaction) = Correction::columns(row.correction);
    diesel::update(own)
        .set((
            objection::state.eq(row.state.as_str()),
            objection::outcome.eq(row.outcome.map(ObjectionOutcome::as_str)),
            objection::due_on.eq(row.due_on),
            objection::queue_on.eq(row.queue_on()),
            objection::answered_by.eq(row.answered_by.map(Key)),
            objection::correction_id.eq(achievement),
            objection::correction_transaction_id.eq(transaction),
            objection::updated_at.eq(row.updated_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// All objections of a learner, the newest first.
pub fn of_learner(conn: &mut Conn, learner: Uuid) -> Result<Vec<ObjectionRow>> {
    let rows: Vec<Row> = objection::table
        .filter(objection::learner_id.eq(Key(learner)))
        .order(objection::id.desc())
        .select(COLUMNS)
        .load(conn)?;
    rows.into_iter().map(row).collect()
}

/// Up to `limit` objections of a queue after a place, what is due first before what is due later.
pub fn queue(
    conn: &mut Conn,
    queue: &Queue,
    state: Option<ObjectionState>,
    overdue_on: Option<NaiveDate>,
    after: Option<QueuePlace>,
    limit: i64,
) -> Result<Vec<ObjectionRow>> {
    const WITH_ISSUER: [&str; 2] = [ObjectionState::Open.as_str(), ObjectionState::Ordered.as_str()];
    let mut query =
        objection::table.select(COLUMNS).order((objection::queue_on, objection::id)).limit(limit).into_boxed();
    query = match queue {
        Queue::Institution(id) => query.filter(objection::institution_id.eq(Key(*id))),
        Queue::Bureau { own, watched, today } => {
            let issuers_turn = objection::state.eq(WITH_ISSUER[0]).or(objection::state.eq(WITH_ISSUER[1]));
            let late = issuers_turn.and(objection::queue_on.lt(*today));
            let escalated = objection::state.eq(ObjectionState::Escalated.as_str());
            let watched = objection::institution_id.eq_any(watched.iter().copied().map(Key));
            query.filter(objection::institution_id.eq(Key(*own)).or(watched.and(escalated.or(late))))
        }
    };
    if let Some(state) = state {
        query = query.filter(objection::state.eq(state.as_str()));
    }
    if let Some(today) = overdue_on {
        query = query.filter(objection::queue_on.lt(today));
    }
    if let Some((day, id)) = after {
        let later = objection::queue_on.eq(day).and(objection::id.gt(Key(id)));
        query = query.filter(objection::queue_on.gt(day).or(later));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(row).collect()
}
