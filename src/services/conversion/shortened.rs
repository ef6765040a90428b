//! Upgrades that are left short: where only the highest of a family counts, a higher one adds the difference to what a lower
//! one gave. When that goes or becomes less, the difference alone is too little, and somebody has to look at it.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::super::App;
use super::super::error::Result;
use super::super::kept_plan::{self, KeptPlan};
use super::super::sealing;
use super::super::writing::Writing;
use crate::conversion::plan::{Because, EvidenceRef, PlanLine};
use crate::crypto::seal::DataKey;
use crate::domain::conversion::{DiscrepancyCause, DiscrepancyKind, DiscrepancyState};
use crate::store::conn::Conn;
use crate::store::conversion::{self, ConversionRow};
use crate::store::discrepancy::{self, DiscrepancyRow, Record};
use crate::store::error::{Result as StoreResult, StoreError};
use crate::store::{achievement_use, conversion_plan};

/// An upgrade that gave only the difference to what has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// The conversion that stands.
    pub conversion: Uuid,
    /// Who received it.
    pub institution: Uuid,
    /// What the conversion that has gone rested on.
    pub rested_on: Record,
}

/// What one conversion made of whose family.
struct Made {
    row: ConversionRow,
    line: PlanLine,
    plan: KeptPlan,
    families: BTreeSet<String>,
}

/// The live conversions of a learner that gave only the difference to what those of `gone` had given for a lower one of the
/// same family.
pub fn left_short(conn: &mut Conn, key: &DataKey, learner: Uuid, gone: &[Uuid]) -> StoreResult<Vec<Short>> {
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let rows = conversion::of_learners(conn, &[learner])?;
    let stands = |row: &&ConversionRow| row.status.is_live() && !gone.contains(&row.id);
    let mut upgrades = Vec::new();
    for row in rows.iter().filter(stands) {
        let line = line(row, key)?;
        if line.because.iter().any(|step| matches!(step, Because::Difference { .. })) {
            upgrades.extend(made(conn, key, row, line)?);
        }
    }
    if upgrades.is_empty() {
        return Ok(Vec::new());
    }
    let mut short: Vec<Short> = Vec::new();
    for row in rows.iter().filter(|row| gone.contains(&row.id)) {
        let Some(lower) = made(conn, key, row, line(row, key)?)? else { continue };
        let Some(rested_on) = lower.line.evidence.first().map(record) else { continue };
        for upgrade in upgrades.iter().filter(|upgrade| upgrade.adds_to(&lower)) {
            let (conversion, institution) = (upgrade.row.id, upgrade.row.institution);
            if !short.iter().any(|known| known.conversion == conversion) {
                short.push(Short { conversion, institution, rested_on });
            }
        }
    }
    Ok(short)
}

impl Made {
    /// Whether the difference was that to `lower`: named in the plan, or made again since for the same programme.
    fn adds_to(&self, lower: &Self) -> bool {
        let named = self.plan.input.uses.iter().any(|past| past.conversion == lower.row.id);
        let later = self.row.programme == lower.row.programme && lower.row.created_at <= self.row.created_at;
        !self.families.is_disjoint(&lower.families) && (named || later)
    }
}

/// What a line rests on, as what may change.
fn record(evidence: &EvidenceRef) -> Record {
    match evidence {
        EvidenceRef::AchievementId(id) => Record::Achievement(*id),
        EvidenceRef::FactId(id) => Record::Fact(*id),
    }
}

fn line(row: &ConversionRow, key: &DataKey) -> StoreResult<PlanLine> {
    let bytes = sealing::open_bytes(key, row.learner, row.id, &row.sealed)?;
    serde_json::from_slice(&bytes).map_err(StoreError::broken)
}

fn made(conn: &mut Conn, key: &DataKey, row: &ConversionRow, line: PlanLine) -> StoreResult<Option<Made>> {
    let Some(stored) = conversion_plan::find(conn, row.plan)? else { return Ok(None) };
    let plan = kept_plan::open(conn, stored, key)?;
    let used: BTreeSet<Uuid> = line.evidence.iter().map(EvidenceRef::id).collect();
    let families =
        plan.input.evidence.iter().filter(|entry| used.contains(&entry.id)).filter_map(|entry| entry.family.clone());
    let families = families.collect();
    Ok(Some(Made { row: row.clone(), line, plan, families }))
}

impl App {
    /// Lets go of what a conversion used that ends, and reports upgrades that it leaves short.
    pub(super) fn let_evidence_go(&self, conn: &mut Conn, writing: &Writing, row: &ConversionRow) -> Result<()> {
        achievement_use::release(conn, row.learner, &[row.id])?;
        self.report_short(conn, writing, row)
    }

    /// Reports the upgrades that are left short by a conversion that ends or becomes less: to those who received them.
    pub(super) fn report_short(&self, conn: &mut Conn, writing: &Writing, row: &ConversionRow) -> Result<()> {
        let short = left_short(conn, &writing.key, row.learner, &[row.id])?;
        let found: Vec<DiscrepancyRow> = short
            .into_iter()
            .map(|short| DiscrepancyRow {
                learner: row.learner,
                id: self.ids.id(),
                institution: short.institution,
                kind: DiscrepancyKind::Conversion,
                object: short.conversion,
                record: short.rested_on,
                cause: DiscrepancyCause::Reversal,
                state: DiscrepancyState::Open,
                found_at: self.clock.now(),
                resolved_at: None,
                sealed: None,
            })
            .collect();
        Ok(discrepancy::add(conn, &found)?)
    }
}
