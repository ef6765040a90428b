//! What evidence files there are, and which cases they belong to.

use diesel::prelude::*;
use uuid::Uuid;

use super::book::{hash, word};
use super::conn::Conn;
use super::error::Result;
use super::schema::{case_file, evidence_file, evidence_file_end};
use super::types::{Key, columns};
use crate::crypto::digest::Hash;
use crate::domain::evidence_file::MediaType;
use crate::ledger::transaction::ActorKind;

/// An evidence file.
#[derive(Debug, Clone)]
pub struct FileRow {
    /// Whose.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of what is stored.
    pub digest: Hash,
    /// What it is.
    pub media: MediaType,
    /// Its size before it was sealed, bytes.
    pub size: i64,
    /// What its sender called it, sealed.
    pub name: Option<Vec<u8>>,
    /// What its sender is.
    pub actor_kind: ActorKind,
    /// Who sent it.
    pub actor: Uuid,
    /// For which institution.
    pub institution: Option<Uuid>,
    /// When, UTC microseconds.
    pub at: i64,
}

columns!(
    COLUMNS = (
        evidence_file::learner_id,
        evidence_file::id,
        evidence_file::digest,
        evidence_file::media_type,
        evidence_file::size,
        evidence_file::name,
        evidence_file::actor_kind,
        evidence_file::actor_id,
        evidence_file::institution_id,
        evidence_file::created_at,
    )
);
type Row = (Key, Key, Vec<u8>, String, i64, Option<Vec<u8>>, String, Key, Option<Key>, i64);

fn row((learner, id, digest, media, size, name, actor_kind, actor, institution, at): Row) -> Result<FileRow> {
    Ok(FileRow {
        learner: learner.0,
        id: id.0,
        digest: hash(&digest)?,
        media: word("evidence_file.media_type", &media)?,
        size,
        name,
        actor_kind: word("evidence_file.actor_kind", &actor_kind)?,
        actor: actor.0,
        institution: institution.map(|key| key.0),
        at,
    })
}

/// Stores a file's row; the file itself must stand already.
pub fn insert(conn: &mut Conn, new: &FileRow) -> Result<()> {
    diesel::insert_into(evidence_file::table)
        .values((
            evidence_file::learner_id.eq(Key(new.learner)),
            evidence_file::id.eq(Key(new.id)),
            evidence_file::digest.eq(new.digest.as_slice()),
            evidence_file::media_type.eq(new.media.as_str()),
            evidence_file::size.eq(new.size),
            evidence_file::name.eq(new.name.as_deref()),
            evidence_file::actor_kind.eq(new.actor_kind.as_str()),
            evidence_file::actor_id.eq(Key(new.actor)),
            evidence_file::institution_id.eq(new.institution.map(Key)),
            evidence_file::created_at.eq(new.at),
        ))
        .execute(conn)?;
    Ok(())
}

/// One file, unless it was let go.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<FileRow>> {
    let found: Option<Row> = evidence_file::table
        .filter(evidence_file::id.eq(Key(id)))
        .filter(diesel::dsl::not(diesel::dsl::exists(ended())))
        .select(COLUMNS)
        .first(conn)
        .optional()?;
    found.map(row).transpose()
}

/// The end of the file at hand.
#[diesel::dsl::auto_type]
fn ended() -> _ {
    let same = evidence_file_end::learner_id
        .eq(evidence_file::learner_id)
        .and(evidence_file_end::file_id.eq(evidence_file::id));
    evidence_file_end::table.filter(same)
}

/// Up to `limit` files that belong to no case, stand, and were sent before an instant (UTC microseconds), by id after one.
pub fn waiting_since(conn: &mut Conn, before: i64, after: Uuid, limit: i64) -> Result<Vec<FileRow>> {
    let attached = case_file::table
        .filter(case_file::learner_id.eq(evidence_file::learner_id))
        .filter(case_file::file_id.eq(evidence_file::id));
    let rows: Vec<Row> = evidence_file::table
        .filter(evidence_file::id.gt(Key(after)))
        .filter(evidence_file::created_at.lt(before))
        .filter(diesel::dsl::not(diesel::dsl::exists(ended())))
        .filter(diesel::dsl::not(diesel::dsl::exists(attached)))
        .order(evidence_file::id)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    rows.into_iter().map(row).collect()
}

/// Lets a file go.
pub fn end(conn: &mut Conn, file: &FileRow, (kind, actor): (ActorKind, Uuid), at: i64) -> Result<()> {
    diesel::insert_into(evidence_file_end::table)
        .values((
            evidence_file_end::learner_id.eq(Key(file.learner)),
            evidence_file_end::file_id.eq(Key(file.id)),
            evidence_file_end::actor_kind.eq(kind.as_str()),
            evidence_file_end::actor_id.eq(Key(actor)),
            evidence_file_end::ended_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// All files of a learner but those that were let go, in the order they were sent.
pub fn of_learner(conn: &mut Conn, learner: Uuid) -> Result<Vec<FileRow>> {
    let rows: Vec<Row> = evidence_file::table
        .filter(evidence_file::learner_id.eq(Key(learner)))
        .filter(diesel::dsl::not(diesel::dsl::exists(ended())))
        .order(evidence_file::id)
        .select(COLUMNS)
        .load(conn)?;
    rows.into_iter().map(row).collect()
}

/// Which file belongs to which case of a learner: (case, file), in order.
pub fn of_cases(conn: &mut Conn, learner: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    let rows: Vec<(Key, Key)> = case_file::table
        .filter(case_file::learner_id.eq(Key(learner)))
        .order((case_file::case_id, case_file::file_id))
        .select((case_file::case_id, case_file::file_id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(case, file)| (case.0, file.0)).collect())
}

/// The files of these cases of these learners, by case and in the order they were sent.
pub fn attached(conn: &mut Conn, learners: &[Uuid], cases: &[Uuid]) -> Result<Vec<(Uuid, FileRow)>> {
    let same = evidence_file::learner_id.eq(case_file::learner_id).and(evidence_file::id.eq(case_file::file_id));
    let rows: Vec<(Key, Row)> = case_file::table
        .inner_join(evidence_file::table.on(same))
        .filter(case_file::learner_id.eq_any(learners.iter().copied().map(Key)))
        .filter(case_file::case_id.eq_any(cases.iter().copied().map(Key)))
        .order((case_file::case_id, case_file::file_id))
        .select((case_file::case_id, COLUMNS))
        .load(conn)?;
    rows.into_iter().map(|(case, file)| Ok((case.0, row(file)?))).collect()
}

/// Adds files to a case.
pub fn attach(conn: &mut Conn, learner: Uuid, case: Uuid, files: &[Uuid], at: i64) -> Result<()> {
    for file in files {
        diesel::insert_into(case_file::table)
            .values((
                case_file::learner_id.eq(Key(learner)),
                case_file::case_id.eq(Key(case)),
                case_file::file_id.eq(Key(*file)),
                case_file::added_at.eq(at),
            ))
            .execute(conn)?;
    }
    Ok(())
}
