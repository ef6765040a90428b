//! Whether conversions would come out differently now that an achievement they rest on was corrected, or a fact revoked.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::super::kept_plan;
use super::super::sealing;
use crate::conversion::check::recheck;
use crate::conversion::input::PlanInput;
use crate::conversion::plan::PlanLine;
use crate::crypto::seal::DataKey;
use crate::domain::score::Score;
use crate::ledger::details::{Achievement, SealedDetails};
use crate::ledger::history::History;
use crate::store::conn::Conn;
use crate::store::error::{Result, StoreError};
use crate::store::{conversion, conversion_plan};

/// Those of `resting` whose lines, evaluated again with `new` in the place of the corrected achievement, do not give what
/// was applied for.
pub fn differing(
    conn: &mut Conn,
    key: &DataKey,
    history: &History,
    resting: &[Uuid],
    new: &Achievement,
    details: &SealedDetails,
) -> Result<Vec<Uuid>> {
    let revisions: BTreeSet<Uuid> =
        history.achievements.iter().filter(|a| a.series == new.series).map(|a| a.id).collect();
    let mut found = Vec::new();
    for row in conversion::of_ids(conn, new.learner, resting)? {
        let Some(plan) = conversion_plan::find(conn, row.plan)? else { continue };
        let mut kept = kept_plan::open(conn, plan, key)?;
        let bytes = sealing::open_bytes(key, row.learner, row.id, &row.sealed)?;
        let line: PlanLine = serde_json::from_slice(&bytes).map_err(StoreError::broken)?;
        replace(&mut kept.input, &revisions, new, details);
        if recheck(&kept.input, std::slice::from_ref(&line)).is_err() {
            found.push(row.id);
        }
    }
    Ok(found)
}

/// Those live conversions of a learner, but for `ended`, whose lines do not come out any more without a fact that is revoked:
/// a rule asked for it without using it up.
pub fn without_fact(conn: &mut Conn, key: &DataKey, learner: Uuid, fact: Uuid, ended: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    let rows = conversion::of_learners(conn, &[learner])?;
    for row in rows.into_iter().filter(|row| row.status.is_live() && !ended.contains(&row.id)) {
        let Some(plan) = conversion_plan::find(conn, row.plan)? else { continue };
        let mut kept = kept_plan::open(conn, plan, key)?;
        let known = kept.input.facts.len();
        kept.input.facts.retain(|other| other.id != fact);
        if kept.input.facts.len() == known {
            continue;
        }
        let bytes = sealing::open_bytes(key, row.learner, row.id, &row.sealed)?;
        let line: PlanLine = serde_json::from_slice(&bytes).map_err(StoreError::broken)?;
        if recheck(&kept.input, std::slice::from_ref(&line)).is_err() {
            found.push(row.id);
        }
    }
    Ok(found)
}

fn replace(input: &mut PlanInput, revisions: &BTreeSet<Uuid>, new: &Achievement, details: &SealedDetails) {
    for evidence in input.evidence.iter_mut().filter(|evidence| revisions.contains(&evidence.id)) {
        evidence.code.clone_from(&new.code);
        evidence.level.clone_from(&new.level);
        evidence.credits = new.credits;
        evidence.credit_type = new.credit_type;
        evidence.score =
            details.score.as_ref().map(|score| Score { scale: score.scale, value: score.value.clone(), passed: None });
        evidence.completed_on = new.completed_on;
        evidence.issued_on = new.issued_on;
        evidence.valid_until = new.valid_until;
    }
    for lot in input.lots.iter_mut().filter(|lot| revisions.contains(&lot.achievement)) {
        lot.available = lot.available.min(new.credits);
    }
}
