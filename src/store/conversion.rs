//! Conversions: one row for each line that was applied for. What stands in the chain is not repeated here but its place in
//! the procedure; a change names the version it is based on.

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
use crate::conversion::policy::StepBy;
use crate::domain::conversion::{ConversionStatus, Exempted};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::ledger::transaction::ActorKind;

/// A conversion as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionRow {
    /// The learner.
    pub learner: Uuid,
    /// Its id; also the lot of what it grants.
    pub id: Uuid,
    /// Shared by the lines that were applied for together.
    pub application: Uuid,
    /// The plan.
    pub plan: Uuid,
    /// The line of the plan, from 1.
    pub line_no: u32,
    /// The institution that receives the learner.
    pub institution: Uuid,
    /// The enrolment it counts in.
    pub enrolment: Uuid,
    /// Its programme.
    pub programme: Uuid,
    /// The rule set.
    pub rule_set: Uuid,
    /// Its version at the application.
    pub rule_set_version: i64,
    /// The rule.
    pub rule_code: String,
    /// Where it stands.
    pub status: ConversionStatus,
    /// Credits asked for.
    pub asked: CreditAmount,
    /// Credits granted, or what is left to be decided on.
    pub credits: CreditAmount,
    /// Their type.
    pub credit_type: CreditType,
    /// The module, for credits that exempt no course.
    pub module: Option<String>,
    /// Exempted courses, as far as they have not been struck out.
    pub exempts: Vec<Exempted>,
    /// The line as it was applied for.
    pub sealed: Vec<u8>,
    /// The term of the application.
    pub term: Term,
    /// What applied.
    pub actor_kind: ActorKind,
    /// Who.
    pub actor: Uuid,
    /// The day of the application.
    pub applied_on: NaiveDate,
    /// The step of the procedure that it is at, from 1; none when it was automatic.
    pub step: Option<u32>,
    /// Whose decision that step is.
    pub step_by: Option<StepBy>,
    /// The institution whose turn it is; none during a public notice, and when it is decided.
    pub turn: Option<Uuid>,
    /// The last day of the step.
    pub due_on: Option<NaiveDate>,
    /// Working days that were left when the clock was stopped.
    pub days_left: Option<u32>,
    /// The day of the decision.
    pub decided_on: Option<NaiveDate>,
    /// Moves on with every change.
    pub version: i64,
    /// When it was applied for.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

const COLUMNS: &str = "learner_id, id, application_id, plan_id, line_no, institution_id, enrolment_id, programme_id, \
     rule_set_id, rule_set_version, rule_code, status, asked, credits, credit_type, module, exempts, sealed, term, \
     actor_kind, actor_id, applied_on, step, step_by, turn_id, due_on, days_left, decided_on, version, created_at, \
     updated_at";

type RowSql = (
    (Id16, Id16, Id16, Id16, BigInt, Id16, Id16, Id16),
    (Id16, BigInt, Text, Text, BigInt, BigInt, Text, Nullable<Text>),
    (Text, Binary, Text, Text, Id16, Date),
    (Nullable<BigInt>, Nullable<Text>, Nullable<Id16>, Nullable<Date>, Nullable<BigInt>, Nullable<Date>),
    (BigInt, BigInt, BigInt),
);
type Row = (
    (Key, Key, Key, Key, i64, Key, Key, Key),
    (Key, i64, String, String, i64, i64, String, Option<String>),
    (String, Vec<u8>, String, String, Key, NaiveDate),
    (Option<i64>, Option<String>, Option<Key>, Option<NaiveDate>, Option<i64>, Option<NaiveDate>),
    (i64, i64, i64),
);

fn small(column: &str, number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| StoreError::broken(format_args!("conversion.{column} holds {number}")))
}

fn row(row: Row) -> Result<ConversionRow> {
    let (
        (learner, id, application, plan, line_no, institution, enrolment, programme),
        (rule_set, rule_set_version, rule_code, status, asked, credits, credit_type, module),
        (exempts, sealed, term, actor_kind, actor, applied_on),
        (step, step_by, turn, due_on, days_left, decided_on),
        (version, created_at, updated_at),
    ) = row;
    Ok(ConversionRow {
        learner: learner.0,
        id: id.0,
        application: application.0,
        plan: plan.0,
        line_no: small("line_no", line_no)?,
        institution: institution.0,
        enrolment: enrolment.0,
        programme: programme.0,
        rule_set: rule_set.0,
        rule_set_version,
        rule_code,
        status: word("conversion.status", &status)?,
        asked: CreditAmount::from_thousandths(asked),
        credits: CreditAmount::from_thousandths(credits),
        credit_type: word("conversion.credit_type", &credit_type)?,
        module,
        exempts: serde_json::from_str(&exempts).map_err(StoreError::broken)?,
        sealed,
        term: word("conversion.term", &term)?,
        actor_kind: word("conversion.actor_kind", &actor_kind)?,
        actor: actor.0,
        applied_on,
        step: step.map(|step| small("step", step)).transpose()?,
        step_by: step_by.map(|by| word("conversion.step_by", &by)).transpose()?,
        turn: turn.map(|key| key.0),
        due_on,
        days_left: days_left.map(|days| small("days_left", days)).transpose()?,
        decided_on,
        version,
        created_at: Instant::from_micros(created_at),
        updated_at: Instant::from_micros(updated_at),
    })
}

fn select<'a>() -> Hot<'a, RowSql> {
    let mut query = Hot::<RowSql>::new("SELECT ");
    query.text(COLUMNS).text(" FROM conversion WHERE ");
    query
}

fn load(conn: &mut Conn, query: Hot<'_, RowSql>) -> Result<Vec<ConversionRow>> {
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(row).collect()
}

fn exempts_text(exempts: &[Exempted]) -> String {
    serde_json::to_string(exempts).expect("courses serialise")
}

/// Stores conversions that are applied for.
pub fn add(conn: &mut Conn, rows: &[ConversionRow]) -> Result<()> {
    let texts = |row| -> (&ConversionRow, String, String) { (row, exempts_text(&row.exempts), row.term.to_string()) };
    let rows: Vec<(&ConversionRow, String, String)> = rows.iter().map(texts).collect();
    insert(
        conn,
        &rows,
        "INSERT INTO conversion (learner_id, id, application_id, plan_id, line_no, institution_id, enrolment_id, \
         programme_id, rule_set_id, rule_set_version, rule_code, status, asked, credits, credit_type, module, exempts, \
         sealed, term, actor_kind, actor_id, applied_on, step, step_by, turn_id, due_on, days_left, decided_on, version, \
         created_at, updated_at) VALUES ",
        "",
        |(row, exempts, term)| {
            vec![
                row.learner.bind(),
                row.id.bind(),
                row.application.bind(),
                row.plan.bind(),
                i64::from(row.line_no).bind(),
                row.institution.bind(),
                row.enrolment.bind(),
                row.programme.bind(),
                row.rule_set.bind(),
                row.rule_set_version.bind(),
                row.rule_code.as_str().bind(),
                row.status.as_str().bind(),
                row.asked.thousandths().bind(),
                row.credits.thousandths().bind(),
                row.credit_type.as_str().bind(),
                row.module.as_deref().bind(),
                exempts.as_str().bind(),
                row.sealed.as_slice().bind(),
                term.as_str().bind(),
                row.actor_kind.as_str().bind(),
                row.actor.bind(),
                row.applied_on.bind(),
                row.step.map(i64::from).bind(),
                row.step_by.map(StepBy::as_str).bind(),
                row.turn.bind(),
                row.due_on.bind(),
                row.days_left.map(i64::from).bind(),
                row.decided_on.bind(),
                row.version.bind(),
                row.created_at.micros().bind(),
                row.updated_at.micros().bind(),
            ]
        },
    )
}

/// Writes what a decision changes, if the row is still at its version; false when it has moved on.
pub fn update(conn: &mut Conn, row: &ConversionRow) -> Result<bool> {
    let exempts = exempts_text(&row.exempts);
    let mut statement = Hot::<()>::new("UPDATE conversion SET status = ");
    statement.bind(row.status.as_str()).text(", credits = ").bind(row.credits.thousandths());
    statement.text(", exempts = ").bind(exempts.as_str()).text(", step = ").bind(row.step.map(i64::from));
    statement.text(", step_by = ").bind(row.step_by.map(StepBy::as_str)).text(", turn_id = ").bind(row.turn);
    statement.text(", due_on = ").bind(row.due_on).text(", days_left = ").bind(row.days_left.map(i64::from));
    statement.text(", decided_on = ").bind(row.decided_on).text(", version = version + 1, updated_at = ");
    statement.bind(row.updated_at.micros()).text(" WHERE learner_id = ").bind(row.learner);
    statement.text(" AND id = ").bind(row.id).text(" AND version = ").bind(row.version);
    Ok(on_backend!(conn, c => statement.execute(c))? == 1)
}

/// One conversion.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<ConversionRow>> {
    let mut query = select();
    query.text("id = ").bind(id);
    Ok(load(conn, query)?.pop())
}

/// The conversions of `learners`, by learner and id.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid]) -> Result<Vec<ConversionRow>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = select();
    query.text("learner_id ");
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, id");
    load(conn, query)
}

/// A learner's conversions, all or those into these institutions, by id after a place; at most `limit`.
pub fn page_of(
    conn: &mut Conn,
    learner: Uuid,
    into: Option<&[Uuid]>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ConversionRow>> {
    let mut query = select();
    query.text("learner_id = ").bind(learner);
    if let Some(institutions) = into {
        query.text(" AND institution_id ").among(institutions.iter().copied());
    }
    if let Some(after) = after {
        query.text(" AND id > ").bind(after);
    }
    query.text(" ORDER BY id LIMIT ").bind(limit);
    load(conn, query)
}

/// The conversions with these ids, by id.
pub fn of_ids(conn: &mut Conn, learner: Uuid, ids: &[Uuid]) -> Result<Vec<ConversionRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = select();
    query.text("learner_id = ").bind(learner).text(" AND id ");
    query.among(ids.iter().copied());
    query.text(" ORDER BY id");
    load(conn, query)
}

/// What changed of the conversions into an institution's programmes after a place, oldest first, at most `limit`.
pub fn feed(conn: &mut Conn, institution: Uuid, place: FeedPlace, limit: i64) -> Result<Vec<ConversionRow>> {
    let mut query = select();
    feed::after(&mut query, institution, place, limit);
    load(conn, query)
}

/// Those over which a bureau watches, and the day on which it looks: what is overdue there is its to decide as well.
pub type Watched<'w> = (&'w [Uuid], NaiveDate);

/// What waits for an institution's decision, by the last day of its step and id, after a place; at most `limit`.
pub fn queue(
    conn: &mut Conn,
    institution: Uuid,
    watched: Option<Watched<'_>>,
    after: Option<(NaiveDate, Uuid)>,
    limit: i64,
) -> Result<Vec<ConversionRow>> {
    let mut query = select();
    query.text("status = 'pending' AND due_on IS NOT NULL AND (turn_id = ").bind(institution);
    if let Some((institutions, today)) = watched {
        query.text(" OR step_by IN ('receiver', 'issuer', 'bureau') AND due_on < ").bind(today);
        query.text(" AND institution_id ").among(institutions.iter().copied());
    }
    query.text(")");
    if let Some((due, id)) = after {
        query.text(" AND (due_on, id) > (").bind(due).text(", ").bind(id).text(")");
    }
    query.text(" ORDER BY due_on, id LIMIT ").bind(limit);
    load(conn, query)
}

/// Conversions that time alone brings on: whose public notice ended, or which were to be completed, before `today`. By the last day and id after a place,
/// at most `limit`.
pub fn run_out(
    conn: &mut Conn,
    today: NaiveDate,
    after: Option<(NaiveDate, Uuid)>,
    limit: i64,
) -> Result<Vec<(NaiveDate, Uuid)>> {
    let mut query = Hot::<(Date, Id16)>::new(
        "SELECT due_on, id FROM conversion WHERE step_by IN ('receiver', 'issuer', 'bureau', 'nobody') AND \
         (status = 'returned' OR status = 'pending' AND step_by = 'nobody' AND turn_id IS NULL) AND due_on < ",
    );
    query.bind(today);
    if let Some((due, id)) = after {
        query.text(" AND (due_on, id) > (").bind(due).text(", ").bind(id).text(")");
    }
    query.text(" ORDER BY due_on, id LIMIT ").bind(limit);
    let rows: Vec<(NaiveDate, Key)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|(due, key)| (due, key.0)).collect())
}

/// The conversions into an institution's programmes that were decided for a term and exempt courses, by id after a place.
pub fn exempting(
    conn: &mut Conn,
    institution: Uuid,
    term: Term,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ConversionRow>> {
    let term = term.to_string();
    let mut query = select();
    query.text("institution_id = ").bind(institution).text(" AND term = ").bind(term.as_str());
    query.text(" AND status = 'converted' AND exempts <> '[]'");
    if let Some(after) = after {
        query.text(" AND id > ").bind(after);
    }
    query.text(" ORDER BY id LIMIT ").bind(limit);
    load(conn, query)
}
