//! What achievements are used for by conversions: each once per family and scope (DESIGN §4, exclusivity).
//!
//! A row names the conversion (its line) that uses the evidence. Rows go away again when the conversion is undone, withdrawn
//! or rejected; the learner's head is locked meanwhile, so two conversions of one learner never race.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::book::insert;
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::time::Instant;

/// A use that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The learner.
    pub learner: Uuid,
    /// The achievement or fact.
    pub evidence: Uuid,
    /// Family of the exclusivity it is used under.
    pub family: String,
    /// Scope of it: life, a level, a programme.
    pub scope: String,
    /// The conversion.
    pub conversion: Uuid,
}

/// The uses that stand of `learners`, by learner and evidence.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid]) -> Result<Vec<Use>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<(Id16, Id16, Text, Text, Id16)>::new(
        "SELECT learner_id, evidence_id, family, scope, line_id FROM achievement_use WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, evidence_id, family, scope");
    let rows: Vec<(Key, Key, String, String, Key)> = on_backend!(conn, c => query.load(c))?;
    let made = |(learner, evidence, family, scope, line): (Key, Key, String, String, Key)| Use {
        learner: learner.0,
        evidence: evidence.0,
        family,
        scope,
        conversion: line.0,
    };
    Ok(rows.into_iter().map(made).collect())
}

/// The evidence of each conversion among `uses`, by conversion.
pub fn by_conversion(uses: &[Use]) -> BTreeMap<Uuid, Vec<Uuid>> {
    let mut found: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for one in uses {
        found.entry(one.conversion).or_default().push(one.evidence);
    }
    found
}

/// Reserves uses for conversions that are applied for. A use that stands already is [`super::error::StoreError::Duplicate`].
pub fn reserve(conn: &mut Conn, uses: &[Use], at: Instant) -> Result<()> {
    insert(
        conn,
        uses,
        "INSERT INTO achievement_use (learner_id, evidence_id, family, scope, line_id, recorded_at) VALUES ",
        "",
        |one| {
            vec![
                one.learner.bind(),
                one.evidence.bind(),
                one.family.as_str().bind(),
                one.scope.as_str().bind(),
                one.conversion.bind(),
                at.micros().bind(),
            ]
        },
    )
}

/// Lets go of what `conversions` used.
pub fn release(conn: &mut Conn, learner: Uuid, conversions: &[Uuid]) -> Result<()> {
    if conversions.is_empty() {
        return Ok(());
    }
    let mut statement = Hot::<()>::new("DELETE FROM achievement_use WHERE learner_id = ");
    statement.bind(learner).text(" AND line_id ");
    statement.among(conversions.iter().copied());
    on_backend!(conn, c => statement.execute(c))?;
    Ok(())
}
