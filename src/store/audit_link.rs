//! The chains of the audit trail: links by stream, and the checkpoints that join them. Append-only.
//!
//! A link is written under the next number of its stream. Whoever else wrote that number meanwhile has the key: what is
//! linked twice or in another order cannot be stored.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary};
use uuid::Uuid;

use super::book::insert;
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::crypto::digest::Hash;
use crate::ledger::audit_chain::{
    AuditCheckpoint, AuditHead, AuditLink, pack_events, pack_heads, unpack_events, unpack_heads,
};

/// Appends a link; [`StoreError::Duplicate`] where another process was first.
pub fn append(conn: &mut Conn, link: &AuditLink) -> Result<()> {
    let events = pack_events(&link.events);
    let rows = [(link, events)];
    insert(
        conn,
        &rows,
        "INSERT INTO audit_link (stream, seq, at, suite, events, hash) VALUES ",
        "",
        |(link, events)| {
            vec![
                link.stream.bind(),
                link.seq.bind(),
                link.at.bind(),
                link.suite.bind(),
                events.as_slice().bind(),
                (&link.hash[..]).bind(),
            ]
        },
    )
}

/// Appends a checkpoint; [`StoreError::Duplicate`] where another process was first.
pub fn append_checkpoint(conn: &mut Conn, checkpoint: &AuditCheckpoint) -> Result<()> {
    let heads = pack_heads(&checkpoint.heads);
    let rows = [(checkpoint, heads)];
    insert(
        conn,
        &rows,
        "INSERT INTO audit_checkpoint (seq, at, suite, heads, hash) VALUES ",
        "",
        |(checkpoint, heads)| {
            vec![
                checkpoint.seq.bind(),
                checkpoint.at.bind(),
                checkpoint.suite.bind(),
                heads.as_slice().bind(),
                (&checkpoint.hash[..]).bind(),
            ]
        },
    )
}

type LinkSql = (Id16, BigInt, BigInt, BigInt, Binary, Binary);
const LINKS: &str = "SELECT stream, seq, at, suite, events, hash FROM audit_link WHERE ";

/// The row that a fault names.
pub fn place(stream: Uuid, seq: i64) -> String {
    format!("{stream} {seq}")
}

fn hash(bytes: &[u8], table: &str, row: &str) -> Result<Hash> {
    bytes.try_into().map_err(|_| StoreError::broken(format!("{table} {row}: its hash is not 32 bytes")))
}

fn links(conn: &mut Conn, query: Hot<'_, LinkSql>) -> Result<Vec<AuditLink>> {
    type Row = (Key, i64, i64, i64, Vec<u8>, Vec<u8>);
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let read = |(Key(stream), seq, at, suite, events, bytes): Row| {
        let row = place(stream, seq);
        let broken = || StoreError::broken(format!("audit_link {row}: its events are cut short"));
        let events = unpack_events(&events).ok_or_else(broken)?;
        Ok(AuditLink { stream, seq, at, suite, events, hash: hash(&bytes, "audit_link", &row)? })
    };
    rows.into_iter().map(read).collect()
}

/// The last link of a stream.
pub fn last(conn: &mut Conn, stream: Uuid) -> Result<Option<AuditLink>> {
    let mut query = Hot::<LinkSql>::new(LINKS);
    query.text("stream = ").bind(stream).text(" ORDER BY seq DESC LIMIT 1");
    Ok(links(conn, query)?.pop())
}

/// Links of a stream behind number `after`, in order; at most `limit`.
pub fn after(conn: &mut Conn, stream: Uuid, after: i64, limit: i64) -> Result<Vec<AuditLink>> {
    let mut query = Hot::<LinkSql>::new(LINKS);
    query.text("stream = ").bind(stream).text(" AND seq > ").bind(after).text(" ORDER BY seq LIMIT ").bind(limit);
    links(conn, query)
}

/// One link.
pub fn find(conn: &mut Conn, stream: Uuid, seq: i64) -> Result<Option<AuditLink>> {
    Ok(after(conn, stream, seq - 1, 1)?.pop().filter(|link| link.seq == seq))
}

/// The first stream behind `after` that has links.
pub fn next_stream(conn: &mut Conn, after: Uuid) -> Result<Option<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT stream FROM audit_link WHERE stream > ");
    query.bind(after).text(" ORDER BY stream LIMIT 1");
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().map(|key| key.0))
}

/// Streams that went on since an instant (UTC microseconds), and how far.
pub fn went_on(conn: &mut Conn, since: i64) -> Result<Vec<(Uuid, i64)>> {
    let mut query = Hot::<(Id16, BigInt)>::new("SELECT stream, max(seq) FROM audit_link WHERE at >= ");
    query.bind(since).text(" GROUP BY stream ORDER BY stream");
    let rows: Vec<(Key, i64)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|(Key(stream), seq)| (stream, seq)).collect())
}

type CheckpointSql = (BigInt, BigInt, BigInt, Binary, Binary);
const CHECKPOINTS: &str = "SELECT seq, at, suite, heads, hash FROM audit_checkpoint WHERE ";

fn checkpoints(conn: &mut Conn, query: Hot<'_, CheckpointSql>) -> Result<Vec<AuditCheckpoint>> {
    type Row = (i64, i64, i64, Vec<u8>, Vec<u8>);
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let read = |(seq, at, suite, heads, bytes): Row| {
        let broken = || StoreError::broken(format!("audit_checkpoint {seq}: its heads are cut short"));
        let heads: Vec<AuditHead> = unpack_heads(&heads).ok_or_else(broken)?;
        let hash = hash(&bytes, "audit_checkpoint", &seq.to_string())?;
        Ok(AuditCheckpoint { seq, at, suite, heads, hash })
    };
    rows.into_iter().map(read).collect()
}

/// Checkpoints behind number `after`, in order; at most `limit`.
pub fn checkpoints_after(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<AuditCheckpoint>> {
    let mut query = Hot::<CheckpointSql>::new(CHECKPOINTS);
    query.text("seq > ").bind(after).text(" ORDER BY seq LIMIT ").bind(limit);
    checkpoints(conn, query)
}

/// The last checkpoints, the latest first; at most `limit`.
pub fn last_checkpoints(conn: &mut Conn, limit: i64) -> Result<Vec<AuditCheckpoint>> {
    let mut query = Hot::<CheckpointSql>::new(CHECKPOINTS);
    query.text("seq > 0 ORDER BY seq DESC LIMIT ").bind(limit);
    checkpoints(conn, query)
}
