//! Pathways: programmes one after another.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, word};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::pathway::{PathwayKind, PathwayState};

/// A pathway as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathwayRow {
    /// Its id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: PathwayKind,
    /// Its own rule set.
    pub rule_set: Option<Uuid>,
    /// Whether learners still enter it.
    pub state: PathwayState,
    /// Its programmes, in order.
    pub programmes: Vec<Uuid>,
    /// Moves on with every change.
    pub version: i64,
}

type Row = (Key, String, String, Option<Key>, String, i64);
type Sql = (Id16, Text, Text, Nullable<Id16>, Text, BigInt);
const SELECT: &str = "SELECT id, name, kind, rule_set_id, state, version FROM pathway WHERE ";

fn load(conn: &mut Conn, query: Hot<'_, Sql>) -> Result<Vec<PathwayRow>> {
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.0.0).collect();
    let mut programmes = programmes(conn, &ids)?;
    rows.into_iter()
        .map(|(Key(id), name, kind, rule_set, state, version)| {
            Ok(PathwayRow {
                id,
                name,
                kind: word("pathway.kind", &kind)?,
                rule_set: rule_set.map(|key| key.0),
                state: word("pathway.state", &state)?,
                programmes: programmes.remove(&id).unwrap_or_default(),
                version,
            })
        })
        .collect()
}

fn programmes(conn: &mut Conn, pathways: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<Uuid>>> {
    let mut found: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    if pathways.is_empty() {
        return Ok(found);
    }
    let mut query =
        Hot::<(Id16, Id16)>::new("SELECT pathway_id, programme_id FROM pathway_programme WHERE pathway_id ");
    query.among(pathways.iter().copied());
    query.text(" ORDER BY pathway_id, place");
    let rows: Vec<(Key, Key)> = on_backend!(conn, c => query.load(c))?;
    for (pathway, programme) in rows {
        found.entry(pathway.0).or_default().push(programme.0);
    }
    Ok(found)
}

/// One pathway.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<PathwayRow>> {
    let mut query = Hot::<Sql>::new(SELECT);
    query.text("id = ").bind(id);
    Ok(load(conn, query)?.pop())
}

/// Up to `limit` pathways after an id.
pub fn list(conn: &mut Conn, after: Option<Uuid>, limit: i64) -> Result<Vec<PathwayRow>> {
    let mut query = Hot::<Sql>::new(SELECT);
    query.text("id > ").bind(after.unwrap_or(Uuid::nil())).text(" ORDER BY id LIMIT ").bind(limit);
    load(conn, query)
}

/// The pathways that one of `programmes` belongs to, by id.
pub fn of_programmes(conn: &mut Conn, programmes: &[Uuid]) -> Result<Vec<PathwayRow>> {
    if programmes.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<Sql>::new(SELECT);
    query.text("id IN (SELECT pathway_id FROM pathway_programme WHERE programme_id ");
    query.among(programmes.iter().copied());
    query.text(") ORDER BY id");
    load(conn, query)
}

/// Stores a pathway.
pub fn add(conn: &mut Conn, row: &PathwayRow, at: i64) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(row),
        "INSERT INTO pathway (id, name, kind, rule_set_id, state, version, created_at, updated_at) VALUES ",
        "",
        |row| {
            vec![
                row.id.bind(),
                row.name.as_str().bind(),
                row.kind.as_str().bind(),
                row.rule_set.bind(),
                row.state.as_str().bind(),
                row.version.bind(),
                at.bind(),
                at.bind(),
            ]
        },
    )?;
    add_programmes(conn, row)
}

fn add_programmes(conn: &mut Conn, row: &PathwayRow) -> Result<()> {
    let steps: Vec<(i64, Uuid)> = (1..).zip(row.programmes.iter().copied()).collect();
    insert(
        conn,
        &steps,
        "INSERT INTO pathway_programme (pathway_id, place, programme_id) VALUES ",
        "",
        |(place, programme)| vec![row.id.bind(), place.bind(), programme.bind()],
    )
}

/// Writes `row`, if it still stands at `row.version`, and moves the version on; answers whether it did.
pub fn update(conn: &mut Conn, row: &PathwayRow, at: i64) -> Result<bool> {
    let mut statement = Hot::<()>::new("UPDATE pathway SET name = ");
    statement.bind(row.name.as_str()).text(", rule_set_id = ").bind(row.rule_set);
    statement.text(", state = ").bind(row.state.as_str()).text(", version = version + 1, updated_at = ").bind(at);
    statement.text(" WHERE id = ").bind(row.id).text(" AND version = ").bind(row.version);
    if on_backend!(conn, c => statement.execute(c))? != 1 {
        return Ok(false);
    }
    let mut gone = Hot::<()>::new("DELETE FROM pathway_programme WHERE pathway_id = ");
    gone.bind(row.id);
    on_backend!(conn, c => gone.execute(c))?;
    add_programmes(conn, row)?;
    Ok(true)
}
