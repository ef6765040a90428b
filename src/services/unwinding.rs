//! What follows outside the book when an achievement is revoked or corrected: conversions that rest on it end, come out
//! differently, or are held fast by an award.

use std::collections::HashMap;

use uuid::Uuid;

use crate::crypto::seal::DataKey;
use crate::domain::conversion::{
    ConversionAction, ConversionStatus, DiscrepancyCause, DiscrepancyKind, DiscrepancyState,
};
use crate::domain::time::Instant;
use crate::ledger::cascade::{Cascade, Dependent, Finding};
use crate::ledger::history::History;
use crate::ledger::transaction::{ActorKind, Author};
use crate::ports::IdSource;
use crate::services::conversion::shortened::left_short;
use crate::services::sealing;
use crate::store::conn::Conn;
use crate::store::conversion::{self, ConversionRow};
use crate::store::conversion_step::{self, StepRow};
use crate::store::discrepancy::{self, DiscrepancyRow, Record};
use crate::store::error::{Result, StoreError};
use crate::store::{achievement_use, book};

/// The learner's live conversions with what they rest on; read under the learner's lock.
pub fn dependents(conn: &mut Conn, learner: Uuid) -> Result<Vec<Dependent>> {
    let uses = achievement_use::of_learners(conn, &[learner])?;
    let evidence = achievement_use::by_conversion(&uses);
    if evidence.is_empty() {
        return Ok(Vec::new());
    }
    let rows = conversion::of_learners(conn, &[learner])?;
    let enrolments: HashMap<Uuid, Uuid> = rows.iter().map(|row| (row.id, row.enrolment)).collect();
    let dependent = |(conversion, evidence)| {
        let enrolment = enrolments.get(&conversion).copied();
        Dependent { conversion, evidence, enrolment }
    };
    Ok(evidence.into_iter().map(dependent).collect())
}

/// What the change of a record was.
pub struct Change<'a> {
    /// The achievement or fact that was revoked or corrected.
    pub record: Record,
    /// Which of the two.
    pub cause: DiscrepancyCause,
    /// Why.
    pub reason: Option<&'a str>,
    /// By whom.
    pub author: Author,
    /// When.
    pub at: Instant,
}

/// What writing needs.
pub struct Means<'a> {
    /// Ids and randomness.
    pub ids: &'a dyn IdSource,
    /// The learner's key.
    pub key: &'a DataKey,
}

/// Writes what a cascade means for the conversions of a learner: those that ended, and what somebody has to look at.
/// `differing` are those that stand and would come out differently now.
pub fn settle(
    conn: &mut Conn,
    learner: Uuid,
    cascade: &Cascade,
    differing: &[Uuid],
    change: &Change<'_>,
    means: &Means<'_>,
) -> Result<()> {
    let ended: Vec<Uuid> = cascade.ended.iter().map(|ended| ended.conversion).collect();
    achievement_use::release(conn, learner, &ended)?;
    let short = left_short(conn, means.key, learner, &ended)?;
    let rows = conversion::of_ids(conn, learner, &ended)?;
    let mut steps = Vec::with_capacity(rows.len());
    for mut row in rows {
        let converted = cascade.ended.iter().any(|one| one.conversion == row.id && one.converted);
        row.status = if converted { ConversionStatus::Reversed } else { ConversionStatus::Withdrawn };
        (row.turn, row.due_on, row.days_left) = (None, None, None);
        row.decided_on = row.decided_on.or(Some(change.at.beijing_date()));
        row.updated_at = change.at.max(row.updated_at);
        steps.push(step(&row, change, means));
        if !conversion::update(conn, &row)? {
            return Err(StoreError::Contended);
        }
    }
    conversion_step::append(conn, learner, steps)?;
    let standing: Vec<Uuid> =
        differing.iter().copied().chain(short.into_iter().map(|short| short.conversion)).collect();
    report(conn, learner, cascade, &standing, change, means)
}

fn step(row: &ConversionRow, change: &Change<'_>, means: &Means<'_>) -> StepRow {
    let id = means.ids.id();
    StepRow {
        learner: row.learner,
        conversion: row.id,
        seq: 0,
        action: match change.cause {
            DiscrepancyCause::Revocation => ConversionAction::SourceRevoked,
            DiscrepancyCause::Correction | DiscrepancyCause::Reversal => ConversionAction::SourceCorrected,
        },
        step: row.step,
        actor_kind: change.author.kind,
        actor: change.author.id,
        institution: (change.author.kind != ActorKind::Learner).then_some(change.author.institution),
        credits: Some(row.credits),
        due_on: None,
        row: id,
        sealed: change.reason.map(|text| sealing::seal(means.ids, means.key, row.learner, id, text)),
        at: change.at,
    }
}

/// Stores what somebody has to look at: the school that made the award, or the one that received the conversion.
fn report(
    conn: &mut Conn,
    learner: Uuid,
    cascade: &Cascade,
    differing: &[Uuid],
    change: &Change<'_>,
    means: &Means<'_>,
) -> Result<()> {
    let mut objects: Vec<(DiscrepancyKind, Uuid)> = Vec::new();
    let mut add = |kind, id| {
        if !objects.contains(&(kind, id)) {
            objects.push((kind, id));
        }
    };
    for finding in &cascade.findings {
        match finding {
            Finding::Award { award, .. } => add(DiscrepancyKind::Award, *award),
            Finding::Conversion { conversion } => add(DiscrepancyKind::Conversion, *conversion),
        }
    }
    differing.iter().for_each(|conversion| add(DiscrepancyKind::Conversion, *conversion));
    if objects.is_empty() {
        return Ok(());
    }
    let history = book::histories(conn, &[learner])?.remove(&learner).unwrap_or_default();
    let ids: Vec<Uuid> = objects.iter().map(|(_, id)| *id).collect();
    let receivers: HashMap<Uuid, Uuid> =
        conversion::of_ids(conn, learner, &ids)?.into_iter().map(|row| (row.id, row.institution)).collect();
    let rows: Vec<DiscrepancyRow> = objects
        .into_iter()
        .map(|(kind, object)| DiscrepancyRow {
            learner,
            id: means.ids.id(),
            institution: match kind {
                DiscrepancyKind::Conversion => receivers.get(&object).copied(),
                DiscrepancyKind::Award => awarder(&history, object),
            }
            .unwrap_or(change.author.institution),
            kind,
            object,
            record: change.record,
            cause: change.cause,
            state: DiscrepancyState::Open,
            found_at: change.at,
            resolved_at: None,
            sealed: None,
        })
        .collect();
    discrepancy::add(conn, &rows)
}

/// The institution that made an award.
fn awarder(history: &History, award: Uuid) -> Option<Uuid> {
    history.transactions.iter().find(|t| t.about == Some(award)).map(|t| t.author.institution)
}
