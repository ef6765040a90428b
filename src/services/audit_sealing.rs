//! Linking the audit trail: a thread of each process takes the events of its stream that have been committed into links, once
//! a second, and joins the streams' heads by a checkpoint once a minute. `docs/audit.md` says why beside the commits.
//!
//! An event's id is drawn before its transaction commits, so an id may become visible behind later ones. Whatever is
//! visible and not yet linked goes into the next link: the order of links is the order of commits. Ids are looked for a
//! minute back, and from time to time an hour back, far beyond the longest transaction.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};

use uuid::Uuid;

use super::App;
use super::error::{Error, Result};
use crate::crypto::digest::{Hash, Suite};
use crate::domain::time::Instant;
use crate::ledger::audit_chain::{
    AuditCheckpoint, AuditHead, AuditLink, Linked, checkpoint_hash, event_digest, link_hash,
};
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::{audit, audit_link};

/// Events of one link at most.
const LINK_MAX: usize = 1_000;
/// How far back a stream's own process looks for ids that became visible late, milliseconds: one minute.
const LATE: u64 = 60_000;
/// How far back of a stream's last link any process looks, milliseconds: one hour.
const VERY_LATE: u64 = 3_600_000;
/// What another process has not linked for so long is linked by whoever sees it, milliseconds: ten seconds.
const ORPHANED: u64 = 10_000;
/// Checkpoints are compared with those of so many minutes before.
const CHECKPOINTS_BACK: i64 = 20;
/// Heads of so long before the last checkpoint are looked at again, microseconds: links of other clocks.
const HEADS_BACK: i64 = 10 * 60 * 1_000_000;

/// How far a stream is linked, as the process that writes it remembers.
#[derive(Debug, Default)]
pub(super) struct Sealing(Option<Known>);

#[derive(Debug)]
struct Known {
    seq: i64,
    hash: Hash,
    /// What is linked and might be looked at again.
    linked: HashSet<Uuid>,
}

/// The least id that can be drawn at an instant, in milliseconds since 1970 (RFC 9562, section 5.7).
fn least_id(millis: u64) -> Uuid {
    Uuid::from_u128(u128::from(millis) << 80)
}

fn millis_of(id: Uuid) -> u64 {
    u64::try_from(id.as_u128() >> 80).unwrap_or(0)
}

fn millis(at: Instant) -> u64 {
    u64::try_from(at.micros() / 1_000).unwrap_or(0)
}

impl App {
    /// Writes what was noted and links what was committed; the number of events linked. Once a second.
    pub fn seal_audit(&self) -> Result<usize> {
        self.write_notes(false)?;
        self.link_own()
    }

    /// All of it, and a checkpoint: when a process ends.
    pub fn close_audit(&self) -> Result<()> {
        self.write_notes(true)?;
        self.link_own()?;
        self.checkpoint_audit()?;
        Ok(())
    }

    /// Links what processes left that are gone, and what became visible late; the number of events linked.
    pub fn adopt_audit(&self) -> Result<usize> {
        let (mut stream, mut linked) = (Uuid::nil(), 0);
        while let Some(next) = self.db.read(|conn| audit::next_stream(conn, stream))? {
            let known = self.db.read(|conn| known(conn, next, VERY_LATE))?;
            let since =
                known.linked.iter().map(|id| millis_of(*id)).max().map_or(0, |last| last.saturating_sub(VERY_LATE));
            let until =
                if next == self.trail.stream { u64::MAX } else { millis(self.clock.now()).saturating_sub(ORPHANED) };
            match self.link(next, known, since, until) {
                Ok((more, _)) => linked += more,
                Err(Error::Store(StoreError::Duplicate)) => {} // another process does it
                Err(error) => return Err(error),
            }
            stream = next;
        }
        if linked > 0 {
            self.sealing().0 = None; // its own stream may be among them
        }
        Ok(linked)
    }

    fn sealing(&self) -> MutexGuard<'_, Sealing> {
        self.trail.sealing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn link_own(&self) -> Result<usize> {
        let mut sealing = self.sealing();
        let stream = self.trail.stream;
        let known = match sealing.0.take() {
            Some(known) => known,
            None => self.db.read(|conn| known(conn, stream, LATE))?,
        };
        let since = millis(self.clock.now()).saturating_sub(LATE);
        let (linked, mut known) = self.link(stream, known, since, u64::MAX)?;
        let least = least_id(since);
        known.linked.retain(|id| *id >= least);
        sealing.0 = Some(known);
        Ok(linked)
    }

    /// Links what stands in `stream`, was drawn between two instants and is not known to be linked.
    fn link(&self, stream: Uuid, mut known: Known, since: u64, until: u64) -> Result<(usize, Known)> {
        let mut count = 0;
        let mut after = least_id(since);
        loop {
            let limit = i64::try_from(LINK_MAX).unwrap_or(i64::MAX);
            let ids = self.db.read(|conn| audit::ids_of_stream(conn, stream, after, limit))?;
            let Some(last) = ids.last().copied() else { return Ok((count, known)) };
            after = last;
            let fresh: Vec<Uuid> =
                ids.into_iter().filter(|id| millis_of(*id) < until && !known.linked.contains(id)).collect();
            if fresh.is_empty() {
                continue;
            }
            let mut events = self.db.read(|conn| audit::of_ids(conn, &fresh))?;
            events.sort_unstable_by_key(|event| event.id);
            let events = events.iter().map(|event| Linked { id: event.id, digest: event_digest(event) }).collect();
            let (at, suite) = (self.clock.now().micros(), Suite::International.number());
            let mut link = AuditLink { stream, seq: known.seq + 1, at, suite, events, hash: [0; 32] };
            link.hash = link_hash(self.book, &known.hash, &link);
            self.db.write(|conn| match audit_link::find(conn, stream, link.seq)? {
                Some(_) => Err(StoreError::Duplicate),
                None => audit_link::append(conn, &link),
            })?;
            count += fresh.len();
            known.linked.extend(fresh);
            (known.seq, known.hash) = (link.seq, link.hash);
        }
    }

    /// Joins the heads of the streams that went on; whether there were any.
    pub fn checkpoint_audit(&self) -> Result<bool> {
        if self.db.read(|conn| self.next_checkpoint(conn))?.is_none() {
            return Ok(false);
        }
        // Where another process makes one meanwhile, this one is made again behind it.
        self.db.write(|conn| {
            let Some(checkpoint) = self.next_checkpoint(conn)? else { return Ok(false) };
            audit_link::append_checkpoint(conn, &checkpoint)?;
            Ok(true)
        })
    }

    fn next_checkpoint(&self, conn: &mut Conn) -> Result<Option<AuditCheckpoint>> {
        let before = audit_link::last_checkpoints(conn, CHECKPOINTS_BACK)?;
        let last = before.first();
        let since = last.map_or(i64::MIN, |last| last.at - HEADS_BACK);
        let mut heads = Vec::new();
        for (stream, seq) in audit_link::went_on(conn, since)? {
            let named = before.iter().flat_map(|one| &one.heads).any(|head| (head.stream, head.seq) == (stream, seq));
            if let (false, Some(link)) = (named, audit_link::find(conn, stream, seq)?) {
                heads.push(AuditHead { stream, seq, hash: link.hash });
            }
        }
        if heads.is_empty() {
            return Ok(None);
        }
        let (seq, previous) = last.map_or((1, [0; 32]), |last| (last.seq + 1, last.hash));
        let (at, suite) = (self.clock.now().micros(), Suite::International.number());
        let mut checkpoint = AuditCheckpoint { seq, at, suite, heads, hash: [0; 32] };
        checkpoint.hash = checkpoint_hash(self.book, &previous, &checkpoint);
        Ok(Some(checkpoint))
    }
}

/// How far a stream is linked: its head, and what its links of the last `back` milliseconds took in.
fn known(conn: &mut Conn, stream: Uuid, back: u64) -> Result<Known> {
    let Some(last) = audit_link::last(conn, stream)? else {
        return Ok(Known { seq: 0, hash: [0; 32], linked: HashSet::new() });
    };
    let (seq, hash) = (last.seq, last.hash);
    let mut linked: HashSet<Uuid> = HashSet::new();
    let newest = last.events.iter().map(|event| millis_of(event.id)).max().unwrap_or(0);
    let mut link = Some(last);
    // Back to a link that was made before: what it took in was drawn before that.
    let least = newest.saturating_sub(2 * back);
    while let Some(one) = link {
        linked.extend(one.events.iter().map(|event| event.id));
        let older = millis(Instant::from_micros(one.at)) < least;
        link = if older || one.seq == 1 { None } else { audit_link::find(conn, stream, one.seq - 1)? };
    }
    Ok(Known { seq, hash, linked })
}
