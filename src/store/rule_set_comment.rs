//! 征求意见: what institutions say of a version in review. Append-only.

use diesel::prelude::*;
use uuid::Uuid;

use super::conn::Conn;
use super::error::Result;
use super::schema::rule_set_comment;
use super::types::Key;
use crate::domain::ids::{InstitutionId, RuleSetCommentId, RuleSetId};
use crate::domain::time::Instant;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentRow {
    /// Its id.
    pub id: RuleSetCommentId,
    /// The set.
    pub rule_set_id: RuleSetId,
    /// Its version.
    pub version: i64,
    /// The rule or cap it is about; the whole when none.
    pub rule_code: Option<String>,
    /// Whose comment.
    pub institution_id: InstitutionId,
    /// Who wrote it.
    pub actor: Uuid,
    /// What it says.
    pub text: String,
    /// When.
    pub at: Instant,
}

type Row = (Key, Key, i64, Option<String>, Key, Key, String, i64);

fn read((Key(id), Key(set), version, rule_code, Key(institution), Key(actor), text, at): Row) -> CommentRow {
    CommentRow {
        id: RuleSetCommentId::from_uuid(id),
        rule_set_id: RuleSetId::from_uuid(set),
        version,
        rule_code,
        institution_id: InstitutionId::from_uuid(institution),
        actor,
        text,
        at: Instant::from_micros(at),
    }
}

/// Stores a comment.
pub fn insert(conn: &mut Conn, row: &CommentRow) -> Result<()> {
    diesel::insert_into(rule_set_comment::table)
        .values((
            rule_set_comment::id.eq(Key(row.id.uuid())),
            rule_set_comment::rule_set_id.eq(Key(row.rule_set_id.uuid())),
            rule_set_comment::version.eq(row.version),
            rule_set_comment::rule_code.eq(&row.rule_code),
            rule_set_comment::institution_id.eq(Key(row.institution_id.uuid())),
            rule_set_comment::actor_id.eq(Key(row.actor)),
            rule_set_comment::text.eq(&row.text),
            rule_set_comment::created_at.eq(row.at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Up to `limit` comments on a version after an id, by id.
pub fn list(conn: &mut Conn, set: RuleSetId, version: i64, after: Option<Uuid>, limit: i64) -> Result<Vec<CommentRow>> {
    let mut query = rule_set_comment::table
        .filter(rule_set_comment::rule_set_id.eq(Key(set.uuid())))
        .filter(rule_set_comment::version.eq(version))
        .select((
            rule_set_comment::id,
            rule_set_comment::rule_set_id,
            rule_set_comment::version,
            rule_set_comment::rule_code,
            rule_set_comment::institution_id,
            rule_set_comment::actor_id,
            rule_set_comment::text,
            rule_set_comment::created_at,
        ))
        .order(rule_set_comment::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(rule_set_comment::id.gt(Key(after)));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}
