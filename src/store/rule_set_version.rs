//! Versions of rule sets: drafted, reviewed, published, retired. The database itself keeps what is published.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::book::{hash, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind};
use super::schema::rule_set_version;
use super::types::{Id16, Key};
use crate::conversion::rule_set::{RuleSetDocument, RuleSetState};
use crate::crypto::digest::Hash;
use crate::domain::ids::RuleSetId;
use crate::domain::time::Instant;

/// Who did something, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// The actor.
    pub by: Uuid,
    /// When.
    pub at: Instant,
}

/// A version without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// The set.
    pub rule_set_id: RuleSetId,
    /// From 1.
    pub version: i64,
    /// Where it stands.
    pub state: RuleSetState,
    /// SHA-256 of the stored document.
    pub digest: Hash,
    /// Number of its rules.
    pub rules: i64,
    /// First day on which it holds.
    pub effective_from: NaiveDate,
    /// Last day on which it holds; earlier than the document's where it was retired.
    pub effective_to: Option<NaiveDate>,
    /// First cohort.
    pub cohort_from: Option<i32>,
    /// Last cohort.
    pub cohort_to: Option<i32>,
    /// The draft.
    pub created: Act,
    /// To review.
    pub submitted: Option<Act>,
    /// By a second actor.
    pub published: Option<Act>,
    /// Taken out of force.
    pub retired: Option<Act>,
    /// Why it was retired.
    pub retired_reason: Option<String>,
    /// Moves on with every change, and never repeats within a set.
    pub row_version: i64,
}

/// A document as it is stored.
#[derive(Debug, Clone)]
pub struct Written {
    /// Canonical JSON.
    pub text: String,
    /// Its SHA-256.
    pub digest: Hash,
}

impl Written {
    /// The one spelling of a document.
    pub fn of(document: &RuleSetDocument) -> Result<Self> {
        let value = serde_json::to_value(document).map_err(StoreError::broken)?;
        let text = crate::domain::canonical::to_string(&value);
        let digest = crate::crypto::digest::sha256(text.as_bytes());
        Ok(Self { text, digest })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rule_set_version)]
struct Row {
    rule_set_id: Key,
    version: i64,
    state: String,
    digest: Vec<u8>,
    rules: i64,
    effective_from: NaiveDate,
    effective_to: Option<NaiveDate>,
    cohort_from: Option<i64>,
    cohort_to: Option<i64>,
    created_by: Key,
    created_at: i64,
    submitted_by: Option<Key>,
    submitted_at: Option<i64>,
    published_by: Option<Key>,
    published_at: Option<i64>,
    retired_by: Option<Key>,
    retired_at: Option<i64>,
    retired_reason: Option<String>,
    row_version: i64,
}

fn act(by: Option<Key>, at: Option<i64>) -> Option<Act> {
    Some(Act { by: by?.0, at: Instant::from_micros(at?) })
}

/// A stored cohort.
pub(super) fn cohort(value: Option<i64>) -> Result<Option<i32>> {
    value.map(|year| i32::try_from(year).map_err(StoreError::broken)).transpose()
}

fn read(row: Row) -> Result<VersionRow> {
    Ok(VersionRow {
        rule_set_id: RuleSetId::from_uuid(row.rule_set_id.0),
        version: row.version,
        state: word("rule_set_version.state", &row.state)?,
        digest: hash(&row.digest)?,
        rules: row.rules,
        effective_from: row.effective_from,
        effective_to: row.effective_to,
        cohort_from: cohort(row.cohort_from)?,
        cohort_to: cohort(row.cohort_to)?,
        created: Act { by: row.created_by.0, at: Instant::from_micros(row.created_at) },
        submitted: act(row.submitted_by, row.submitted_at),
        published: act(row.published_by, row.published_at),
        retired: act(row.retired_by, row.retired_at),
        retired_reason: row.retired_reason,
        row_version: row.row_version,
    })
}

/// Every version of a set, by number.
pub fn of_set(conn: &mut Conn, set: RuleSetId) -> Result<Vec<VersionRow>> {
    Ok(of_sets(conn, &[set])?.remove(&set).unwrap_or_default())
}

/// [`of_set`] of several sets.
pub fn of_sets(conn: &mut Conn, sets: &[RuleSetId]) -> Result<HashMap<RuleSetId, Vec<VersionRow>>> {
    let rows: Vec<Row> = rule_set_version::table
        .filter(rule_set_version::rule_set_id.eq_any(sets.iter().map(|set| Key(set.uuid()))))
        .order((rule_set_version::rule_set_id, rule_set_version::version))
        .select(Row::as_select())
        .load(conn)?;
    let mut found: HashMap<RuleSetId, Vec<VersionRow>> = HashMap::new();
    for row in rows.into_iter().map(read) {
        let row = row?;
        found.entry(row.rule_set_id).or_default().push(row);
    }
    Ok(found)
}

/// What a version says, if it exists. Checked against its digest.
pub fn document(conn: &mut Conn, set: RuleSetId, version: i64) -> Result<Option<RuleSetDocument>> {
    let found: Option<(String, Vec<u8>)> = rule_set_version::table
        .filter(rule_set_version::rule_set_id.eq(Key(set.uuid())))
        .filter(rule_set_version::version.eq(version))
        .select((rule_set_version::document, rule_set_version::digest))
        .first(conn)
        .optional()?;
    let Some((text, digest)) = found else { return Ok(None) };
    if crate::crypto::digest::sha256(text.as_bytes()) != hash(&digest)? {
        return Err(StoreError::broken(format_args!("version {version} of rule set {set} is not what was written")));
    }
    serde_json::from_str(&text).map(Some).map_err(StoreError::broken)
}

/// Stores a draft.
pub fn insert(conn: &mut Conn, row: &VersionRow, written: &Written) -> Result<()> {
    diesel::insert_into(rule_set_version::table)
        .values((
            rule_set_version::rule_set_id.eq(Key(row.rule_set_id.uuid())),
            rule_set_version::version.eq(row.version),
            rule_set_version::state.eq(row.state.as_str()),
            rule_set_version::document.eq(&written.text),
            rule_set_version::digest.eq(&written.digest[..]),
            rule_set_version::rules.eq(row.rules),
            rule_set_version::effective_from.eq(row.effective_from),
            rule_set_version::effective_to.eq(row.effective_to),
            rule_set_version::cohort_from.eq(row.cohort_from.map(i64::from)),
            rule_set_version::cohort_to.eq(row.cohort_to.map(i64::from)),
            rule_set_version::created_by.eq(Key(row.created.by)),
            rule_set_version::created_at.eq(row.created.at.micros()),
            rule_set_version::row_version.eq(row.row_version),
            rule_set_version::updated_at.eq(row.created.at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes another document into a version that still stands at `expected`; answers whether it did. `row` says the state,
/// dates and number of rules afterwards.
pub fn rewrite(conn: &mut Conn, row: &VersionRow, written: &Written, expected: i64, at: Instant) -> Result<bool> {
    let changed = diesel::update(rule_set_version::table.filter(standing(row, expected)))
        .set((
            rule_set_version::state.eq(row.state.as_str()),
            rule_set_version::document.eq(&written.text),
            rule_set_version::digest.eq(&written.digest[..]),
            rule_set_version::rules.eq(row.rules),
            rule_set_version::effective_from.eq(row.effective_from),
            rule_set_version::effective_to.eq(row.effective_to),
            rule_set_version::cohort_from.eq(row.cohort_from.map(i64::from)),
            rule_set_version::cohort_to.eq(row.cohort_to.map(i64::from)),
            rule_set_version::submitted_by.eq(row.submitted.map(|act| Key(act.by))),
            rule_set_version::submitted_at.eq(row.submitted.map(|act| act.at.micros())),
            rule_set_version::row_version.eq(row.row_version),
            rule_set_version::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Writes the state of a version that still stands at `expected`, with who did what; answers whether it did.
pub fn advance(conn: &mut Conn, row: &VersionRow, expected: i64, at: Instant) -> Result<bool> {
    let changed = diesel::update(rule_set_version::table.filter(standing(row, expected)))
        .set((
            rule_set_version::state.eq(row.state.as_str()),
            rule_set_version::effective_to.eq(row.effective_to),
            rule_set_version::submitted_by.eq(row.submitted.map(|act| Key(act.by))),
            rule_set_version::submitted_at.eq(row.submitted.map(|act| act.at.micros())),
            rule_set_version::published_by.eq(row.published.map(|act| Key(act.by))),
            rule_set_version::published_at.eq(row.published.map(|act| act.at.micros())),
            rule_set_version::retired_by.eq(row.retired.map(|act| Key(act.by))),
            rule_set_version::retired_at.eq(row.retired.map(|act| act.at.micros())),
            rule_set_version::retired_reason.eq(&row.retired_reason),
            rule_set_version::row_version.eq(row.row_version),
            rule_set_version::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

#[diesel::dsl::auto_type]
fn standing(row: &VersionRow, expected: i64) -> _ {
    let set: Key = Key(row.rule_set_id.uuid());
    let version: i64 = row.version;
    rule_set_version::rule_set_id
        .eq(set)
        .and(rule_set_version::version.eq(version))
        .and(rule_set_version::row_version.eq(expected))
}

/// Remembers that an actor wrote a version.
pub fn add_editor(conn: &mut Conn, set: RuleSetId, version: i64, act: Act) -> Result<()> {
    if editors(conn, set, version)?.contains(&act.by) {
        return Ok(());
    }
    let mut insert = Hot::<()>::new("INSERT INTO rule_set_editor (rule_set_id, version, actor_id, edited_at) VALUES ");
    insert.row([set.uuid().bind(), version.bind(), act.by.bind(), act.at.micros().bind()]);
    on_backend!(conn, c => insert.execute(c))?;
    Ok(())
}

/// Everybody who wrote a version.
pub fn editors(conn: &mut Conn, set: RuleSetId, version: i64) -> Result<Vec<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT actor_id FROM rule_set_editor WHERE rule_set_id = ");
    query.bind(set.uuid()).text(" AND version = ").bind(version).text(" ORDER BY actor_id");
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|Key(id)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_date;

    #[test]
    fn a_document_has_one_spelling() {
        let text = r#"{"rules":[],"basis":"办法","effective_from":"2026-09-01","authority":"city","name":"规则"}"#;
        let document: RuleSetDocument = serde_json::from_str(text).expect("a document");
        assert_eq!(document.effective_from, parse_date("2026-09-01").expect("a date"));
        let written = Written::of(&document).expect("writes");
        assert_eq!(
            written.text,
            r#"{"association_one_tier_down":false,"authority":"city","basis":"办法","effective_from":"2026-09-01","name":"规则","rules":[]}"#
        );
        let again: RuleSetDocument = serde_json::from_str(&written.text).expect("a document");
        assert_eq!(again, document);
        assert_eq!(Written::of(&again).expect("writes").digest, written.digest);
    }
}
