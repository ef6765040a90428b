//! Claims: what may stand once in the whole bank, by keyed digest.
//!
//! Set-based. Inserts are sorted by (kind, digest), so that two transactions never wait for each other in a circle; what
//! another one holds is read in a second statement, which on READ COMMITTED sees what that one has committed.

use std::collections::{HashMap, HashSet};

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::book::{hash, inserting, runs, word};
use super::conn::{Conn, on_backend};
use super::error;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::crypto::digest::Hash;
use crate::crypto::keys::KEY_VERSION;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// What is claimed.
    pub enum ClaimKind {
        ExternalRef = "external_ref" / "业务编号",
        Evidence = "evidence" / "成果凭证",
        Identity = "identity" / "身份证件",
        StudentNo = "student_no" / "学号",
    }
}

/// A claim to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewClaim<'a> {
    /// What is claimed.
    pub kind: ClaimKind,
    /// Keyed digest of it.
    pub digest: &'a Hash,
    /// For whom.
    pub learner: Uuid,
    /// For what: achievement, identity or enrolment.
    pub object: Uuid,
    /// Revision of that.
    pub revision: i64,
    /// Digest of the content that stands, where sameness is asked for later.
    pub content: Option<&'a [u8]>,
    /// When, UTC microseconds.
    pub at: i64,
}

/// A claim that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is claimed.
    pub kind: ClaimKind,
    /// Keyed digest of it.
    pub digest: Hash,
    /// For whom.
    pub learner: Uuid,
    /// For what.
    pub object: Uuid,
    /// Revision of that.
    pub revision: i64,
    /// Digest of the content that stands.
    pub content: Option<Vec<u8>>,
    /// Whether it holds; a released one may be taken again.
    pub live: bool,
}

type ClaimRow = (Vec<u8>, Key, Key, i64, Option<Vec<u8>>, String);

/// Makes the claims that do not stand yet; answers which were made. Of two with one digest the first given stands.
pub fn insert(conn: &mut Conn, claims: &[NewClaim<'_>]) -> error::Result<HashSet<(ClaimKind, Hash)>> {
    let mut sorted = claims.to_vec();
    sorted.sort_by_key(|claim| (claim.kind, claim.digest));
    let mut made = HashSet::with_capacity(sorted.len());
    for run in runs(conn, &sorted) {
        let rows = run.iter().map(|c| {
            [
                c.kind.as_str().bind(),
                c.digest.as_slice().bind(),
                KEY_VERSION.bind(),
                c.learner.bind(),
                c.object.bind(),
                c.revision.bind(),
                c.content.bind(),
                "live".bind(),
                c.at.bind(),
            ]
        });
        let statement = inserting::<(Text, Binary), _>(
            conn,
            "INSERT INTO claim (kind, digest, key_version, learner_id, object_id, revision, content, state, created_at) \
             VALUES ",
            rows,
            " ON CONFLICT DO NOTHING RETURNING kind, digest",
        );
        let rows: Vec<(String, Vec<u8>)> = on_backend!(conn, c => statement.load(c))?;
        for (kind, digest) in rows {
            made.insert((word("claim.kind", &kind)?, hash(&digest)?));
        }
    }
    Ok(made)
}

/// The claims of one kind that stand under `digests`, released ones included.
pub fn standing(conn: &mut Conn, kind: ClaimKind, digests: &[Hash]) -> error::Result<HashMap<Hash, Claim>> {
    if digests.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Binary, Id16, Id16, BigInt, Nullable<Binary>, Text)>::new(
        "SELECT digest, learner_id, object_id, revision, content, state FROM claim WHERE kind = ",
    );
    query.bind(kind.as_str()).text(" AND digest ").among(digests.iter().map(Hash::as_slice));
    let rows: Vec<ClaimRow> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(digest, Key(learner), Key(object), revision, content, state)| {
            let digest = hash(&digest)?;
            Ok((digest, Claim { kind, digest, learner, object, revision, content, live: state == "live" }))
        })
        .collect()
}

/// Takes claims away again: those of items that were refused after all, in the transaction that made them.
pub fn delete(conn: &mut Conn, kind: ClaimKind, digests: &[Hash]) -> error::Result<()> {
    if digests.is_empty() {
        return Ok(());
    }
    let mut statement = Hot::<()>::new("DELETE FROM claim WHERE kind = ");
    statement.bind(kind.as_str()).text(" AND digest ").among(digests.iter().map(Hash::as_slice));
    on_backend!(conn, c => statement.execute(c))?;
    Ok(())
}

/// Releases the live claim of `object`; whether it was that one's.
pub fn release(conn: &mut Conn, kind: ClaimKind, digest: &Hash, object: Uuid) -> error::Result<bool> {
    let mut statement = Hot::<()>::new("UPDATE claim SET state = 'released', content = NULL WHERE kind = ");
    statement.bind(kind.as_str()).text(" AND digest = ").bind(digest.as_slice());
    statement.text(" AND object_id = ").bind(object).text(" AND state = 'live'");
    Ok(on_backend!(conn, c => statement.execute(c))? == 1)
}

/// Takes a released claim for another object; false when it is not released or has moved on from `from_revision`.
pub fn retake(
    conn: &mut Conn,
    kind: ClaimKind,
    digest: &Hash,
    from_revision: i64,
    new: &NewClaim<'_>,
) -> error::Result<bool> {
    let mut statement = replace(new);
    statement.text(", state = 'live' WHERE kind = ").bind(kind.as_str()).text(" AND digest = ").bind(digest.as_slice());
    statement.text(" AND state = 'released' AND revision = ").bind(from_revision);
    Ok(on_backend!(conn, c => statement.execute(c))? == 1)
}

/// Moves a live claim from `old_object` to its next revision; false when it is no longer that one's.
pub fn update_revision(
    conn: &mut Conn,
    kind: ClaimKind,
    digest: &Hash,
    old_object: Uuid,
    new: &NewClaim<'_>,
) -> error::Result<bool> {
    let mut statement = replace(new);
    statement.text(" WHERE kind = ").bind(kind.as_str()).text(" AND digest = ").bind(digest.as_slice());
    statement.text(" AND state = 'live' AND object_id = ").bind(old_object);
    Ok(on_backend!(conn, c => statement.execute(c))? == 1)
}

fn replace<'a>(new: &NewClaim<'a>) -> Hot<'a> {
    let mut statement = Hot::<()>::new("UPDATE claim SET learner_id = ");
    statement.bind(new.learner).text(", object_id = ").bind(new.object).text(", revision = ").bind(new.revision);
    statement.text(", content = ").bind(new.content);
    statement
}
