//! What has been done in a case or objection, in order. Append-only.

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::book::word;
use super::conn::Conn;
use super::error::Result;
use super::schema::case_step;
use super::types::Key;
use crate::domain::case::StepKind;
use crate::ledger::transaction::ActorKind;

/// One step.
#[derive(Debug, Clone)]
pub struct StepRow {
    /// What was done.
    pub step: StepKind,
    /// What the actor is.
    pub actor_kind: ActorKind,
    /// Who.
    pub actor: Uuid,
    /// For which institution.
    pub institution: Option<Uuid>,
    /// What was decided or answered.
    pub outcome: Option<String>,
    /// Credits, thousandths.
    pub credits: Option<i64>,
    /// What is due from then on.
    pub due_on: Option<NaiveDate>,
    /// The row that the text is sealed for.
    pub row: Uuid,
    /// The text, sealed.
    pub sealed: Option<Vec<u8>>,
    /// When, UTC microseconds.
    pub at: i64,
}

/// Adds a step to a case.
pub fn append(conn: &mut Conn, learner: Uuid, case: Uuid, new: &StepRow) -> Result<()> {
    let own = case_step::table.filter(case_step::learner_id.eq(Key(learner))).filter(case_step::case_id.eq(Key(case)));
    let last: Option<i64> = own.order(case_step::seq.desc()).select(case_step::seq).first(conn).optional()?;
    diesel::insert_into(case_step::table)
        .values((
            case_step::learner_id.eq(Key(learner)),
            case_step::case_id.eq(Key(case)),
            case_step::seq.eq(last.unwrap_or(0) + 1),
            case_step::step.eq(new.step.as_str()),
            case_step::actor_kind.eq(new.actor_kind.as_str()),
            case_step::actor_id.eq(Key(new.actor)),
            case_step::institution_id.eq(new.institution.map(Key)),
            case_step::outcome.eq(new.outcome.as_deref()),
            case_step::credits.eq(new.credits),
            case_step::due_on.eq(new.due_on),
            case_step::row_id.eq(Key(new.row)),
            case_step::sealed.eq(new.sealed.as_deref()),
            case_step::at.eq(new.at),
        ))
        .execute(conn)?;
    Ok(())
}

type Row =
    (String, String, Key, Option<Key>, Option<String>, Option<i64>, Option<NaiveDate>, Key, Option<Vec<u8>>, i64);

/// All steps of a case.
pub fn of_case(conn: &mut Conn, learner: Uuid, case: Uuid) -> Result<Vec<StepRow>> {
    let rows: Vec<Row> = case_step::table
        .filter(case_step::learner_id.eq(Key(learner)))
        .filter(case_step::case_id.eq(Key(case)))
        .order(case_step::seq)
        .select((
            case_step::step,
            case_step::actor_kind,
            case_step::actor_id,
            case_step::institution_id,
            case_step::outcome,
            case_step::credits,
            case_step::due_on,
            case_step::row_id,
            case_step::sealed,
            case_step::at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(step, actor_kind, actor, institution, outcome, credits, due_on, row, sealed, at)| {
            Ok(StepRow {
                step: word("case_step.step", &step)?,
                actor_kind: word("case_step.actor_kind", &actor_kind)?,
                actor: actor.0,
                institution: institution.map(|key| key.0),
                outcome,
                credits,
                due_on,
                row: row.0,
                sealed,
                at,
            })
        })
        .collect()
}
