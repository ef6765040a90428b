//! Recomputing the audit trail: every link from its events, every checkpoint from the links' heads, and that nothing stands
//! beside them.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::error::Result;
use crate::crypto::digest::Hash;
use crate::domain::time::Instant;
use crate::ledger::audit_chain::{AuditLink, checkpoint_hash, event_digest, link_hash};
use crate::ledger::verify::Fault;
use crate::store::conn::Conn;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::{audit, audit_link, reading};

/// How long an event may stand unlinked, microseconds: five minutes. The service links within a second or two; counted
/// repeats come up to a minute after the first of them.
pub const WINDOW: i64 = 5 * 60 * 1_000_000;
/// Links checked on one snapshot.
const LINKS_PAGE: i64 = 16;
/// Checkpoints checked on one snapshot.
const CHECKPOINTS_PAGE: i64 = 64;
/// Ids looked at at once.
const IDS_PAGE: i64 = 4_096;

/// What a verification of the audit trail found.
#[derive(Debug, Clone, Default)]
pub struct TrailVerified {
    /// Streams.
    pub streams: u64,
    /// Events that are linked.
    pub linked: u64,
    /// Events of the last minutes that are not linked yet.
    pub fresh: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// The first wrong row.
    pub fault: Option<Fault>,
}

/// Recomputes the whole audit trail, beside a running server as well. `now` says what the last minutes are.
pub fn verify_trail(db: &Db, now: Instant) -> Result<TrailVerified> {
    let mut verified = TrailVerified::default();
    let book = db.read(reading::book_id)?.ok_or_else(|| StoreError::broken("the database holds no book"))?;
    let mut check = || -> std::result::Result<(), Wrong> {
        // Checkpoints first: what they name was linked before, so a trail that goes on meanwhile only has more.
        check_checkpoints(db, book, &mut verified)?;
        let mut stream = Uuid::nil();
        while let Some(next) = db.read(|conn| next_stream(conn, stream))? {
            check_stream(db, book, next, now, &mut verified)?;
            verified.streams += 1;
            stream = next;
        }
        Ok(())
    };
    match check() {
        Ok(()) => {}
        Err(Wrong::Row(fault)) => verified.fault = Some(fault),
        Err(Wrong::Store(StoreError::Broken(what))) => {
            verified.fault = Some(Fault { table: "audit trail", row: "unreadable".into(), what });
        }
        Err(Wrong::Store(error)) => return Err(error.into()),
    }
    Ok(verified)
}

/// Why the check ends early.
enum Wrong {
    Row(Fault),
    Store(StoreError),
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn wrong<T>(table: &'static str, row: impl ToString, what: &str) -> std::result::Result<T, Wrong> {
    Err(Wrong::Row(Fault { table, row: row.to_string(), what: what.to_owned() }))
}

fn next_stream(conn: &mut Conn, after: Uuid) -> std::result::Result<Option<Uuid>, StoreError> {
    let streams = [audit::next_stream(conn, after)?, audit_link::next_stream(conn, after)?];
    Ok(streams.into_iter().flatten().min())
}

fn check_checkpoints(db: &Db, book: Uuid, verified: &mut TrailVerified) -> std::result::Result<(), Wrong> {
    let (mut seq, mut previous): (i64, Hash) = (0, [0; 32]);
    let mut furthest: HashMap<Uuid, i64> = HashMap::new();
    loop {
        let page = db.read(|conn| audit_link::checkpoints_after(conn, seq, CHECKPOINTS_PAGE))?;
        if page.is_empty() {
            return Ok(());
        }
        for checkpoint in page {
            if checkpoint.seq != seq + 1 {
                return wrong("audit_checkpoint", seq + 1, "it is not there, and later ones are");
            }
            if checkpoint.hash != checkpoint_hash(book, &previous, &checkpoint) {
                return wrong("audit_checkpoint", checkpoint.seq, "its hash is not that of what it says");
            }
            for head in &checkpoint.heads {
                let row = audit_link::place(head.stream, head.seq);
                let before = furthest.insert(head.stream, head.seq);
                if before.is_some_and(|before| before > head.seq) {
                    return wrong("audit_checkpoint", checkpoint.seq, "it names a head that was passed before");
                }
                match db.read(|conn| audit_link::find(conn, head.stream, head.seq))? {
                    None => return wrong("audit_link", row, "a checkpoint names it, and it is not there"),
                    Some(link) if link.hash != head.hash => {
                        return wrong("audit_link", row, "its hash is not the one that a checkpoint names");
                    }
                    Some(_) => {}
                }
            }
            (seq, previous) = (checkpoint.seq, checkpoint.hash);
            verified.checkpoints += 1;
        }
    }
}

fn check_stream(
    db: &Db,
    book: Uuid,
    stream: Uuid,
    now: Instant,
    verified: &mut TrailVerified,
) -> std::result::Result<(), Wrong> {
    let (mut seq, mut previous): (i64, Hash) = (0, [0; 32]);
    let mut linked = 0;
    loop {
        let page = db.read(|conn| {
            let links = audit_link::after(conn, stream, seq, LINKS_PAGE)?;
            let fault = links.iter().find_map(|link| {
                let checked = check_link(conn, book, seq, &previous, link);
                (seq, previous) = (link.seq, link.hash);
                checked.err()
            });
            match fault {
                Some(Wrong::Store(error)) => Err(error),
                Some(Wrong::Row(fault)) => Ok(Err(fault)),
                None => Ok(Ok(links)),
            }
        })?;
        let links = page.map_err(Wrong::Row)?;
        if links.is_empty() {
            break;
        }
        linked += links.iter().map(|link| link.events.len() as u64).sum::<u64>();
    }
    verified.linked += linked;
    let count = db.read(|conn| {
        reading::take_time(conn)?;
        audit::count_of_stream(conn, stream)
    })?;
    if u64::try_from(count).unwrap_or(0) == linked {
        return Ok(()); // each link's events are there, so there are no others
    }
    verified.fresh += check_others(db, stream, now)?;
    Ok(())
}

fn check_link(
    conn: &mut Conn,
    book: Uuid,
    before: i64,
    previous: &Hash,
    link: &AuditLink,
) -> std::result::Result<(), Wrong> {
    let row = audit_link::place(link.stream, link.seq);
    if link.seq != before + 1 {
        return wrong("audit_link", audit_link::place(link.stream, before + 1), "it is not there, and later ones are");
    }
    if link.hash != link_hash(book, previous, link) {
        return wrong("audit_link", row, "its hash is not that of what it says and of the link before it");
    }
    let ids: Vec<Uuid> = link.events.iter().map(|event| event.id).collect();
    let events: HashMap<Uuid, _> = audit::of_ids(conn, &ids)?.into_iter().map(|event| (event.id, event)).collect();
    for one in &link.events {
        match events.get(&one.id) {
            None => return wrong("audit_event", one.id, "it is linked, and it is not there"),
            Some(event) if event_digest(event) != one.digest => {
                return wrong("audit_event", one.id, "it does not say what it said when it was linked");
            }
            Some(_) => {}
        }
    }
    if events.len() != link.events.len() {
        return wrong("audit_link", row, "it takes in an event twice");
    }
    Ok(())
}

/// Counts the events of a stream that are not linked; older ones than the last minutes are wrong.
fn check_others(db: &Db, stream: Uuid, now: Instant) -> std::result::Result<u64, Wrong> {
    let mut linked: HashSet<Uuid> = HashSet::new();
    let mut seq = 0;
    loop {
        let links = db.read(|conn| audit_link::after(conn, stream, seq, LINKS_PAGE))?;
        let Some(last) = links.last() else { break };
        seq = last.seq;
        for one in links.iter().flat_map(|link| &link.events) {
            if !linked.insert(one.id) {
                return wrong("audit_event", one.id, "it is linked twice");
            }
        }
    }
    let (mut after, mut fresh) = (Uuid::nil(), 0);
    loop {
        let ids = db.read(|conn| audit::ids_of_stream(conn, stream, after, IDS_PAGE))?;
        let Some(last) = ids.last() else { return Ok(fresh) };
        after = *last;
        let others: Vec<Uuid> = ids.into_iter().filter(|id| !linked.contains(id)).collect();
        let mut events = if others.is_empty() { Vec::new() } else { db.read(|conn| audit::of_ids(conn, &others))? };
        events.sort_unstable_by_key(|event| event.id);
        for event in events {
            if !(-WINDOW..WINDOW).contains(&(now.micros() - event.at)) {
                let what = "it is not linked, and older than the minutes that linking may take \
                            (a process that was killed leaves such; the next one that serves links them)";
                return wrong("audit_event", event.id, what);
            }
            fresh += 1;
        }
    }
}
