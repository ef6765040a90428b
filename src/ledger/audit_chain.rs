//! The chain of the audit trail: what each hash covers. The preimages are fixed; `docs/audit.md` documents them with
//! test vectors.
//!
//! An event is written in the transaction of what it tells of, unlinked. Behind it comes a link of its stream, which takes in
//! the events that were committed since the one before; checkpoints join the heads of the streams.

use uuid::Uuid;

use crate::crypto::digest::{Fields, Hash};

/// Domain tag of an event's preimage; the number is the version of the layout.
pub const EVENT_DOMAIN: &str = "xuefen/audit-event/1";
/// Domain tag of a link's preimage.
pub const LINK_DOMAIN: &str = "xuefen/audit-link/1";
/// Domain tag of a checkpoint's preimage.
pub const CHECKPOINT_DOMAIN: &str = "xuefen/audit-checkpoint/1";
/// Bytes of an event in a link.
pub const LINKED_BYTES: usize = 48;
/// Bytes of a head in a checkpoint.
pub const HEAD_BYTES: usize = 56;

/// An event as it is stored. Its words are not read: what was tampered with has to be hashed as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id, a UUIDv7.
    pub id: Uuid,
    /// The stream of the process that wrote it.
    pub stream: Uuid,
    /// When it happened, or happened first, in UTC microseconds.
    pub at: i64,
    /// What acted.
    pub actor_kind: String,
    /// Who, where it was proved.
    pub actor: Option<Uuid>,
    /// For which institution.
    pub institution: Option<Uuid>,
    /// What was done, `<verb>_<resource>`.
    pub action: String,
    /// On whom.
    pub learner: Option<Uuid>,
    /// On what, `<kind> <id>`.
    pub object: Option<String>,
    /// `done` or `refused`.
    pub outcome: String,
    /// The network address it came from.
    pub address: Option<String>,
    /// The request, the first one where there were several.
    pub request: Option<Uuid>,
    /// A code that says more.
    pub detail: Option<String>,
    /// How often it happened within the minute.
    pub times: i64,
}

/// A link of a stream's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLink {
    /// The stream.
    pub stream: Uuid,
    /// Its place in the stream, from 1 without gaps.
    pub seq: i64,
    /// When it was made, in UTC microseconds.
    pub at: i64,
    /// The suite of its hash.
    pub suite: i64,
    /// The events it takes in, in their order.
    pub events: Vec<Linked>,
    /// Its hash.
    pub hash: Hash,
}

/// An event in a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linked {
    /// Its id.
    pub id: Uuid,
    /// Its digest.
    pub digest: Hash,
}

/// The end of a stream's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditHead {
    /// The stream.
    pub stream: Uuid,
    /// How many links it has.
    pub seq: i64,
    /// The hash of the last one.
    pub hash: Hash,
}

/// What joins the streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCheckpoint {
    /// Its place, from 1 without gaps.
    pub seq: i64,
    /// When it was made, in UTC microseconds.
    pub at: i64,
    /// The suite of its hash.
    pub suite: i64,
    /// The heads of the streams that went on since the one before, by stream.
    pub heads: Vec<AuditHead>,
    /// Its hash.
    pub hash: Hash,
}

/// The digest of an event. A field that is not there is empty; one that is there has a byte 1 before it.
pub fn event_digest(event: &AuditEvent) -> Hash {
    let id = |id: Option<Uuid>| there(id.as_ref().map(|id| &id.as_bytes()[..]));
    let text = |text: &Option<String>| there(text.as_deref().map(str::as_bytes));
    let mut fields = Fields::new(EVENT_DOMAIN);
    fields
        .push(event.id.as_bytes())
        .push(event.stream.as_bytes())
        .push(&event.at.to_be_bytes())
        .push(event.actor_kind.as_bytes())
        .push(&id(event.actor))
        .push(&id(event.institution))
        .push(event.action.as_bytes())
        .push(&id(event.learner))
        .push(&text(&event.object))
        .push(event.outcome.as_bytes())
        .push(&text(&event.address))
        .push(&id(event.request))
        .push(&text(&event.detail))
        .push(&event.times.to_be_bytes());
    fields.finish()
}

fn there(value: Option<&[u8]>) -> Vec<u8> {
    value.map_or_else(Vec::new, |value| [&[1], value].concat())
}

/// The hash of `link` behind `previous` (zeros before the first) in the book `book`.
pub fn link_hash(book: Uuid, previous: &Hash, link: &AuditLink) -> Hash {
    let mut fields = Fields::new(LINK_DOMAIN);
    fields
        .push(&[u8::try_from(link.suite).unwrap_or(0)]) // 0 is no suite
        .push(book.as_bytes())
        .push(link.stream.as_bytes())
        .push(&link.seq.to_be_bytes())
        .push(previous)
        .push(&link.at.to_be_bytes())
        .push(&count(link.events.len()));
    for event in &link.events {
        fields.push(event.id.as_bytes()).push(&event.digest);
    }
    fields.finish()
}

/// The hash of `checkpoint` behind `previous` (zeros before the first) in the book `book`.
pub fn checkpoint_hash(book: Uuid, previous: &Hash, checkpoint: &AuditCheckpoint) -> Hash {
    let mut fields = Fields::new(CHECKPOINT_DOMAIN);
    fields
        .push(&[u8::try_from(checkpoint.suite).unwrap_or(0)])
        .push(book.as_bytes())
        .push(&checkpoint.seq.to_be_bytes())
        .push(previous)
        .push(&checkpoint.at.to_be_bytes())
        .push(&count(checkpoint.heads.len()));
    for head in &checkpoint.heads {
        fields.push(head.stream.as_bytes()).push(&head.seq.to_be_bytes()).push(&head.hash);
    }
    fields.finish()
}

fn count(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("a link holds some thousand events").to_be_bytes()
}

/// Events of a link as they are stored: id and digest, 48 bytes each.
pub fn pack_events(events: &[Linked]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(events.len() * LINKED_BYTES);
    for event in events {
        bytes.extend_from_slice(event.id.as_bytes());
        bytes.extend_from_slice(&event.digest);
    }
    bytes
}

/// Reads what [`pack_events`] wrote; none where something is left over.
pub fn unpack_events(bytes: &[u8]) -> Option<Vec<Linked>> {
    let (events, rest) = bytes.as_chunks::<LINKED_BYTES>();
    let read = |bytes: &[u8; LINKED_BYTES]| {
        let (id, digest) = bytes.split_first_chunk::<16>()?;
        Some(Linked { id: Uuid::from_bytes(*id), digest: *digest.first_chunk()? })
    };
    if rest.is_empty() { events.iter().map(read).collect() } else { None }
}

/// Heads of a checkpoint as they are stored: stream, seq and hash, 56 bytes each.
pub fn pack_heads(heads: &[AuditHead]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(heads.len() * HEAD_BYTES);
    for head in heads {
        bytes.extend_from_slice(head.stream.as_bytes());
        bytes.extend_from_slice(&head.seq.to_be_bytes());
        bytes.extend_from_slice(&head.hash);
    }
    bytes
}

/// Reads what [`pack_heads`] wrote; none where something is left over.
pub fn unpack_heads(bytes: &[u8]) -> Option<Vec<AuditHead>> {
    let (heads, rest) = bytes.as_chunks::<HEAD_BYTES>();
    let read = |bytes: &[u8; HEAD_BYTES]| {
        let (stream, rest) = bytes.split_first_chunk::<16>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let hash = rest.first_chunk::<32>()?;
        Some(AuditHead { stream: Uuid::from_bytes(*stream), seq: i64::from_be_bytes(*seq), hash: *hash })
    };
    if rest.is_empty() { heads.iter().map(read).collect() } else { None }
}

#[cfg(test)]
#[path = "audit_chain_tests.rs"]
mod tests;
