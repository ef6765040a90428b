//! What rule sets are checked against: everything that rules may name, and the plans they can reach.

use std::collections::{BTreeMap, BTreeSet};

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};
use uuid::Uuid;

use super::book::word;
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, MAX_ROWS};
use super::types::{Id16, Key};
use crate::conversion::known::{Known, OpenProgramme};
use crate::conversion::rule_set::Authority;
use crate::domain::catalogue::CatalogueKind;
use crate::domain::level::ProgrammeLevel;

/// Rows read at once.
const PAGE: i64 = 5_000;
/// Cohorts whose plans are looked at when a set names no last one: those who may still come to use it.
const COHORTS_AHEAD: i32 = 10;

/// Catalogue entries, institutions, programmes and, if `courses`, all registered courses.
pub fn known(conn: &mut Conn, courses: bool) -> Result<Known> {
    let mut known = Known::default();
    let query = Hot::<(Text, Text, Text)>::new("SELECT kind, code, level FROM catalogue_entry");
    let entries: Vec<(String, String, String)> = on_backend!(conn, c => query.load(c))?;
    for (kind, code, level) in entries {
        let kind: CatalogueKind = word("catalogue_entry.kind", &kind)?;
        known.add_entry(kind.achievement_kind(), &code, Some(&*level).filter(|level| !level.is_empty()));
    }
    known.institutions = authorities(conn)?.into_keys().collect();
    for programme in programmes(conn)? {
        known.programmes.insert(programme.id);
        known.majors.insert(programme.major_code);
    }
    if courses {
        let mut last = Uuid::nil();
        loop {
            let mut query = Hot::<(Id16, Id16, Text)>::new("SELECT id, institution_id, code FROM course WHERE id > ");
            query.bind(last).text(" ORDER BY id LIMIT ").bind(PAGE);
            let rows: Vec<(Key, Key, String)> = on_backend!(conn, c => query.load(c))?;
            let Some((Key(id), ..)) = rows.last() else { break };
            last = *id;
            for (_, Key(institution), code) in &rows {
                known.add_course(*institution, code);
            }
        }
    }
    Ok(known)
}

/// Every institution with its authority.
fn authorities(conn: &mut Conn) -> Result<BTreeMap<Uuid, Option<Uuid>>> {
    let query = Hot::<(Id16, Nullable<Id16>)>::new("SELECT id, authority_id FROM institution");
    let rows: Vec<(Key, Option<Key>)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|(Key(id), above)| (id, above.map(|Key(id)| id))).collect())
}

/// The institutions that rules of `owner` hold for.
pub fn reach(conn: &mut Conn, owner: Uuid, authority: Authority) -> Result<BTreeSet<Uuid>> {
    if authority == Authority::Institution {
        return Ok(BTreeSet::from([owner]));
    }
    let above = authorities(conn)?;
    let below = |institution: &Uuid| {
        let mut steps = std::iter::successors(Some(*institution), |id| above.get(id).copied().flatten());
        steps.by_ref().take(super::rules_in_force::AUTHORITIES_MAX + 1).any(|id| id == owner)
    };
    Ok(above.keys().copied().filter(below).collect())
}

struct Programme {
    id: Uuid,
    institution: Uuid,
    level: ProgrammeLevel,
    major_code: String,
}

fn programmes(conn: &mut Conn) -> Result<Vec<Programme>> {
    let query = Hot::<(Id16, Id16, Text, Text)>::new("SELECT id, institution_id, level, major_code FROM programme");
    let rows: Vec<(Key, Key, String, String)> = on_backend!(conn, c => query.load(c))?;
    let read = |(Key(id), Key(institution), level, major_code): (Key, Key, String, String)| {
        Ok(Programme { id, institution, level: word("programme.level", &level)?, major_code })
    };
    rows.into_iter().map(read).collect()
}

/// The programmes of `institutions`, each with its institution.
pub fn programmes_of(conn: &mut Conn, institutions: &BTreeSet<Uuid>) -> Result<Vec<(Uuid, Uuid)>> {
    let all = programmes(conn)?.into_iter().map(|programme| (programme.id, programme.institution));
    Ok(all.filter(|(_, institution)| institutions.contains(institution)).collect())
}

/// The plans, of cohorts within the bounds, of the programmes of `institutions`; of `only` where it is not empty.
pub fn open_programmes(
    conn: &mut Conn,
    institutions: &BTreeSet<Uuid>,
    only: &[Uuid],
    cohorts: (Option<i32>, Option<i32>),
) -> Result<Vec<OpenProgramme>> {
    let wanted = |p: &Programme| institutions.contains(&p.institution) && (only.is_empty() || only.contains(&p.id));
    let programmes: BTreeMap<Uuid, Programme> =
        programmes(conn)?.into_iter().filter(wanted).map(|programme| (programme.id, programme)).collect();
    let ids: Vec<Uuid> = programmes.keys().copied().collect();
    let first = cohorts.0.unwrap_or(0);
    let last = cohorts.1.unwrap_or(first.max(2000).saturating_add(100 + COHORTS_AHEAD));
    let mut open = Vec::new();
    for run in ids.chunks(MAX_ROWS) {
        let mut query = Hot::<(Id16, BigInt, Text)>::new(
            "SELECT programme_id, cohort, document FROM programme_version WHERE programme_id ",
        );
        query.among(run.iter().copied());
        query.text(" AND cohort >= ").bind(i64::from(first)).text(" AND cohort <= ").bind(i64::from(last));
        query.text(" ORDER BY programme_id, cohort");
        let rows: Vec<(Key, i64, String)> = on_backend!(conn, c => query.load(c))?;
        for (Key(id), _, document) in rows {
            let Some(programme) = programmes.get(&id) else { continue };
            open.push(OpenProgramme {
                programme: id,
                institution: programme.institution,
                level: programme.level,
                major_code: programme.major_code.clone(),
                plan: serde_json::from_str(&document).map_err(StoreError::broken)?,
            });
        }
    }
    Ok(open)
}
