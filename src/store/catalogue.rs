//! The bureau's catalogues: what examinations, certificates, competitions and experience are worth.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use uuid::Uuid;

use super::book::word;
use super::conn::{Conn, on_backend};
use super::course::small;
use super::error::Result;
use super::hot::{Hot, IntoBind, MAX_ROWS, padded};
use super::types::{Id16, Key};
use crate::domain::catalogue::CatalogueKind;
use crate::domain::competition::CompetitionTier;
use crate::domain::credit::CreditAmount;

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
}

type EntrySql =
    (Text, Text, Id16, Text, Text, BigInt, Date, Nullable<Date>, Nullable<Id16>, Nullable<Text>, Nullable<BigInt>);
type EntryRow =
    (String, String, Key, String, String, i64, NaiveDate, Option<NaiveDate>, Option<Key>, Option<String>, Option<i64>);

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
        let mut query = Hot::<EntrySql>::new("WITH wanted (kind, code) AS (VALUES ");
        query.rows(padded(run).into_iter().map(|(kind, code)| [kind.as_str().bind(), code.bind()]));
        query.text(
            ") SELECT e.kind, e.code, e.id, e.level, e.name, e.credits, e.valid_from, e.valid_to, e.body_id, e.tier, \
             e.team_max FROM wanted CROSS JOIN catalogue_entry e WHERE e.kind = wanted.kind AND e.code = wanted.code \
             ORDER BY e.kind, e.code, e.level, e.valid_from",
        );
        let rows: Vec<EntryRow> = on_backend!(conn, c => query.load(c))?;
        for (kind, code, id, level, name, credits, valid_from, valid_to, body, tier, team_max) in rows {
            let entries = found.entry((word("catalogue_entry.kind", &kind)?, code)).or_default();
            if entries.last().is_some_and(|last| last.id == id.0) {
                continue; // the list was padded with its last member
            }
            entries.push(CatalogueEntry {
                id: id.0,
                level: Some(level).filter(|level| !level.is_empty()),
                name,
                credits: CreditAmount::from_thousandths(credits),
                valid_from,
                valid_to,
                body_id: body.map(|key| key.0),
                tier: tier.map(|tier| word("catalogue_entry.tier", &tier)).transpose()?,
                team_max: team_max.map(|most| small("catalogue_entry.team_max", most)).transpose()?,
            });
        }
    }
    Ok(found)
}
