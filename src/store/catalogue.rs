//! The bureau's catalogues: what examinations, certificates, competitions and experience are worth.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use uuid::Uuid;

use super::book::word;
use super::conn::{Conn, on_backend};
use super::course::small;
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind, MAX_ROWS, padded};
use super::schema::catalogue_entry;
use super::types::{Id16, Key, columns};
use crate::domain::catalogue::{CatalogueKind, NewCatalogueEntry};
use crate::domain::competition::CompetitionTier;
use crate::domain::credit::CreditAmount;
use crate::domain::ids::CatalogueEntryId;
use crate::domain::time::Instant;

/// An entry as the posting path reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Its id.
    pub id: Uuid,
    /// Level; none where the kind has none, or where it holds for every level.
    pub level: Option<String>,
    /// Name.
    pub name: String,
    /// Credits.
    pub credits: CreditAmount,
    /// First day of completion or issue for which it holds.
    pub valid_from: NaiveDate,
    /// Last such day.
    pub valid_to: Option<NaiveDate>,
    /// The body that issues it.
    pub body_id: Option<Uuid>,
    /// Competitions only: the tier.
    pub tier: Option<CompetitionTier>,
    /// Competitions only: team members that may gain credits.
    pub team_max: Option<u32>,
    /// What counts once: levels of one certificate, prizes of one contest.
    pub family: Option<String>,
    /// Words that rules may ask for, in order.
    pub tags: Vec<String>,
}

#[rustfmt::skip]
type EntrySql = (
    Text, Text, Id16, Text, Text, BigInt, Date, Nullable<Date>, Nullable<Id16>, Nullable<Text>, Nullable<BigInt>,
    Nullable<Text>, Text,
);
#[rustfmt::skip]
type EntryRow = (
    String, String, Key, String, String, i64, NaiveDate, Option<NaiveDate>, Option<Key>, Option<String>, Option<i64>,
    Option<String>, String,
);

/// Every entry of the kinds and codes, by level and first day. What is not catalogued is absent.
pub fn entries(
    conn: &mut Conn,
    wanted: &[(CatalogueKind, &str)],
) -> Result<HashMap<(CatalogueKind, String), Vec<CatalogueEntry>>> {
    let mut found: HashMap<(CatalogueKind, String), Vec<CatalogueEntry>> = HashMap::new();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    for run in wanted.chunks(MAX_ROWS) {
        // CROSS JOIN keeps SQLite from reading the whole table first; PostgreSQL takes it for any other join.
        let mut query = Hot::<EntrySql>::new("WITH wanted (kind, code) AS (");
        query.table(padded(run).into_iter().map(|(kind, code)| [kind.as_str().bind(), code.bind()]));
        query.text(
            ") SELECT e.kind, e.code, e.id, e.level, e.name, e.credits, e.valid_from, e.valid_to, e.body_id, e.tier, \
             e.team_max, e.family, e.tags FROM wanted CROSS JOIN catalogue_entry e WHERE e.kind = wanted.kind AND e.code = wanted.code \
             ORDER BY e.kind, e.code, e.level, e.valid_from",
        );
        let rows: Vec<EntryRow> = on_backend!(conn, c => query.load(c))?;
        for row in rows {
            let (kind, code, entry) = read(row)?;
            let entries = found.entry((kind, code)).or_default();
            // The list was padded with its last member.
            if entries.last().is_none_or(|last| last.id != entry.id) {
                entries.push(entry);
            }
        }
    }
    Ok(found)
}

fn read(row: EntryRow) -> Result<(CatalogueKind, String, CatalogueEntry)> {
    let (kind, code, id, level, name, credits, valid_from, valid_to, body, tier, team_max, family, tags) = row;
    let entry = CatalogueEntry {
        id: id.0,
        level: Some(level).filter(|level| !level.is_empty()),
        name,
        credits: CreditAmount::from_thousandths(credits),
        valid_from,
        valid_to,
        body_id: body.map(|key| key.0),
        tier: tier.map(|tier| word("catalogue_entry.tier", &tier)).transpose()?,
        team_max: team_max.map(|most| small("catalogue_entry.team_max", most)).transpose()?,
        family,
        tags: serde_json::from_str(&tags).map_err(StoreError::broken)?,
    };
    Ok((word("catalogue_entry.kind", &kind)?, code, entry))
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueRow {
    /// Kind.
    pub kind: CatalogueKind,
    /// Code.
    pub code: String,
    /// What it says.
    pub entry: CatalogueEntry,
    /// Moves on with every change.
    pub version: i64,
}

columns!(
    COLUMNS = (
        catalogue_entry::kind,
        catalogue_entry::code,
        catalogue_entry::id,
        catalogue_entry::level,
        catalogue_entry::name,
        catalogue_entry::credits,
        catalogue_entry::valid_from,
        catalogue_entry::valid_to,
        catalogue_entry::body_id,
        catalogue_entry::tier,
        catalogue_entry::team_max,
        catalogue_entry::family,
        catalogue_entry::tags,
    )
);

fn versioned((row, version): (EntryRow, i64)) -> Result<CatalogueRow> {
    let (kind, code, entry) = read(row)?;
    Ok(CatalogueRow { kind, code, entry, version })
}

/// The entry, if it exists.
pub fn get(conn: &mut Conn, id: CatalogueEntryId) -> Result<Option<CatalogueRow>> {
    let row: Option<(EntryRow, i64)> = catalogue_entry::table
        .filter(catalogue_entry::id.eq(Key(id.uuid())))
        .select((COLUMNS, catalogue_entry::version))
        .first(conn)
        .optional()?;
    row.map(versioned).transpose()
}

/// Up to `limit` entries after an id, by id; of one kind or code where they are given.
pub fn list(
    conn: &mut Conn,
    kind: Option<CatalogueKind>,
    code: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<CatalogueRow>> {
    let columns = (COLUMNS, catalogue_entry::version);
    let mut query = catalogue_entry::table.select(columns).order(catalogue_entry::id).limit(limit).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(catalogue_entry::kind.eq(kind.as_str()));
    }
    if let Some(code) = code {
        query = query.filter(catalogue_entry::code.eq(code));
    }
    if let Some(after) = after {
        query = query.filter(catalogue_entry::id.gt(Key(after)));
    }
    let rows: Vec<(EntryRow, i64)> = query.load(conn)?;
    rows.into_iter().map(versioned).collect()
}

/// A list of words as canonical JSON.
fn words(words: &[String]) -> Result<String> {
    serde_json::to_string(words).map_err(StoreError::broken)
}

/// Stores an entry.
pub fn insert(conn: &mut Conn, id: CatalogueEntryId, new: &NewCatalogueEntry, at: Instant) -> Result<()> {
    diesel::insert_into(catalogue_entry::table)
        .values((
            catalogue_entry::id.eq(Key(id.uuid())),
            catalogue_entry::kind.eq(new.kind.as_str()),
            catalogue_entry::code.eq(&new.code),
            catalogue_entry::level.eq(new.level.as_deref().unwrap_or_default()),
            catalogue_entry::name.eq(&new.name),
            catalogue_entry::body_id.eq(new.body_id.map(|id| Key(id.uuid()))),
            catalogue_entry::credits.eq(new.credits.thousandths()),
            catalogue_entry::valid_from.eq(new.valid_from),
            catalogue_entry::valid_to.eq(new.valid_to),
            catalogue_entry::tier.eq(new.tier.map(CompetitionTier::as_str)),
            catalogue_entry::team_max.eq(new.team_max.map(i64::from)),
            catalogue_entry::family.eq(&new.family),
            catalogue_entry::tags.eq(words(&new.tags)?),
            catalogue_entry::version.eq(1_i64),
            catalogue_entry::created_at.eq(at.micros()),
            catalogue_entry::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes name, credits, last day, family and tags of `row`, if it still stands at `row.version`, and moves the version on; answers
/// whether it did.
pub fn update(conn: &mut Conn, row: &CatalogueRow, at: Instant) -> Result<bool> {
    let standing = catalogue_entry::id.eq(Key(row.entry.id)).and(catalogue_entry::version.eq(row.version));
    let changed = diesel::update(catalogue_entry::table.filter(standing))
        .set((
            catalogue_entry::name.eq(&row.entry.name),
            catalogue_entry::credits.eq(row.entry.credits.thousandths()),
            catalogue_entry::valid_to.eq(row.entry.valid_to),
            catalogue_entry::family.eq(&row.entry.family),
            catalogue_entry::tags.eq(words(&row.entry.tags)?),
            catalogue_entry::version.eq(row.version + 1),
            catalogue_entry::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
