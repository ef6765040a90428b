//! What anybody can bring about as often as they like: log-ins, tokens, refusals. It is noted in memory and written within a
//! second, and repeats by the same actor from the same address within a minute are one more row with their number. So no
//! request waits for it, and nobody fills the disk: [`ROWS_A_MINUTE`] bounds what a minute can leave.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::audit::By;
use super::error::Result;
use super::posting::submit::BatchAnswer;
use super::refusal::Refusal;
use crate::domain::ids::ClientId;
use crate::ledger::transaction::ActorKind;
use crate::store::audit::{self, Event};
use crate::store::{client, learner};

/// Repeats within so long are counted together, microseconds: one minute.
const MINUTE: i64 = 60 * 1_000_000;
/// Different things that strangers can bring about in a minute and that are told apart.
const STRANGERS_MAX: usize = 100;
/// Different things that proved actors can bring about in a minute and that are told apart.
const ACTORS_MAX: usize = 2_000;
/// Rows of a minute at most: each thing leaves its first and the number of its repeats. The last two stand for what is not
/// told apart any more.
pub const ROWS_A_MINUTE: usize = 2 * (STRANGERS_MAX + ACTORS_MAX + 2);
/// Rows that wait for a database that is away; later ones are lost, which the log tells.
const WAITING_MAX: usize = 10_000;

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Note {
    /// By whom.
    pub by: By,
    /// What, `<verb>_<resource>`.
    pub action: String,
    /// Whether it was done, or refused.
    pub done: bool,
    /// On whom, where it is known or was named; whoever does not exist is left out when it is written.
    pub learner: Option<Uuid>,
    /// On what, `<kind> <id>`.
    pub object: Option<String>,
    /// A code that says more.
    pub detail: Option<&'static str>,
    /// The client that was named and did not prove itself.
    pub claimed: Option<Uuid>,
    /// How often at once.
    pub times: i64,
}

impl Note {
    /// A refusal with nothing else to tell.
    pub fn refused(by: By, action: impl Into<String>, detail: &'static str) -> Self {
        let action = action.into();
        Self { by, action, done: false, learner: None, object: None, detail: Some(detail), claimed: None, times: 1 }
    }
}

/// What is counted together. Strangers of one network are one: they have as many addresses in it as they like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Same {
    This {
        by: By,
        action: String,
        done: bool,
        learner: Option<Uuid>,
        detail: Option<&'static str>,
        claimed: Option<Uuid>,
    },
    OtherStrangers,
    OtherActors,
}

/// How often within the minute.
#[derive(Debug)]
struct Tally {
    since: i64,
    repeats: i64,
    /// The first of the repeats.
    repeated: Option<(i64, Note)>,
}

#[derive(Debug, Default)]
struct State {
    minute: HashMap<Same, Tally>,
    strangers: usize,
    /// What is to be written: when, what, how often.
    waiting: Vec<(i64, Note, i64)>,
    lost: u64,
}

/// What is counted and not yet written.
#[derive(Debug, Default)]
pub struct Notes(Mutex<State>);

impl Notes {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_in(&self, note: Note, now: i64) {
        let mut state = self.state();
        let stranger = note.by.actor.is_none();
        let (mut same, mut note) = (kind_of(&note), note);
        if !state.minute.contains_key(&same) {
            let (others, full) = if stranger {
                (Same::OtherStrangers, state.strangers >= STRANGERS_MAX)
            } else {
                (Same::OtherActors, state.minute.len() - state.strangers >= ACTORS_MAX)
            };
            if full {
                // Only that it happened, and how often.
                let by = By { actor: None, institution: None, address: None, ..note.by };
                let untold = Note::refused(by, "others", "too-many-to-tell-apart");
                note = Note { done: note.done, times: note.times, ..untold };
                same = others;
            }
        }
        match state.minute.get_mut(&same) {
            Some(tally) => {
                tally.repeats += note.times;
                tally.repeated.get_or_insert((now, note));
            }
            None => {
                state.strangers += usize::from(stranger);
                state.minute.insert(same, Tally { since: now, repeats: 0, repeated: None });
                let times = note.times;
                state.wait((now, note, times));
            }
        }
    }

    /// What is due by now: firsts at once, repeats when their minute is over; `all` of them when the process ends.
    fn due(&self, now: i64, all: bool) -> Vec<(i64, Note, i64)> {
        let mut state = self.state();
        let over = |tally: &Tally| all || !(0..MINUTE).contains(&(now - tally.since));
        let ended: Vec<(Same, Tally)> = state.minute.extract_if(|_, tally| over(tally)).collect();
        for (_, tally) in ended {
            if let Some((at, note)) = tally.repeated {
                state.wait((at, note, tally.repeats));
            }
        }
        state.strangers = state.minute.keys().filter(|same| same.is_of_a_stranger()).count();
        if state.lost > 0 {
            tracing::error!(rows = state.lost, "audit rows were lost: the database was away for too long");
            state.lost = 0;
        }
        std::mem::take(&mut state.waiting)
    }

    /// Takes back what could not be written.
    fn take_back(&self, rows: Vec<(i64, Note, i64)>) {
        let mut state = self.state();
        let newer = std::mem::replace(&mut state.waiting, rows);
        newer.into_iter().for_each(|row| state.wait(row));
    }
}

impl State {
    fn wait(&mut self, row: (i64, Note, i64)) {
        if self.waiting.len() < WAITING_MAX { self.waiting.push(row) } else { self.lost += 1 }
    }
}

impl Same {
    fn is_of_a_stranger(&self) -> bool {
        match self {
            Self::This { by, .. } => by.actor.is_none(),
            Self::OtherStrangers => true,
            Self::OtherActors => false,
        }
    }
}

fn kind_of(note: &Note) -> Same {
    let address = if note.by.actor.is_some() { note.by.address } else { note.by.address.map(network) };
    Same::This {
        by: By { address, request: None, ..note.by },
        action: note.action.clone(),
        done: note.done,
        // Whoever a stranger names: they have all the names they like.
        learner: note.learner.filter(|_| note.by.actor.is_some() || note.by.kind == ActorKind::Learner),
        detail: note.detail,
        claimed: note.claimed,
    }
}

/// The network of one subscriber: an IPv4 address, or the 64 bits before an IPv6 interface.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

impl App {
    /// Notes that something happened. It never waits and never fails; it is written within a second.
    pub fn note_audit(&self, note: Note) {
        self.trail.notes.take_in(note, self.clock.now().micros());
    }

    /// Notes the items of a batch that were refused for want of a right: one note with their number.
    pub fn note_refused_items(&self, actor: &ClientActor, action: &str, answer: &BatchAnswer) {
        fn is_right(refusal: &Refusal) -> bool {
            match refusal {
                Refusal::AtField { refusal, .. } => is_right(refusal),
                other => matches!(other, Refusal::NotAccreditedFor { .. } | Refusal::AuthorityNotYours),
            }
        }
        let refused = answer.items.iter().filter(|item| item.refusal.as_ref().is_some_and(is_right)).count();
        if refused > 0 {
            let times = i64::try_from(refused).unwrap_or(i64::MAX);
            self.note_audit(Note { times, ..Note::refused(actor.into(), action, "not-accredited-for") });
        }
    }

    /// Writes what is due; `all` of it when the process ends.
    pub(super) fn write_notes(&self, all: bool) -> Result<()> {
        let due = self.trail.notes.due(self.clock.now().micros(), all);
        if due.is_empty() {
            return Ok(());
        }
        let written = self.db.write(|conn| {
            let named: Vec<Uuid> = due.iter().filter_map(|(_, note, _)| note.learner).collect();
            let known = learner::of_ids(conn, &named)?;
            let mut events = Vec::with_capacity(due.len());
            for (at, note, times) in &due {
                let mut by = note.by;
                if let (None, Some(claimed)) = (by.institution, note.claimed) {
                    let state = client::state(conn, ClientId::from_uuid(claimed))?;
                    by.institution = state.map(|state| state.institution.uuid());
                }
                events.push(Event {
                    at: *at,
                    done: note.done,
                    learner: note.learner.filter(|id| known.contains_key(id)),
                    object: note.object.as_deref(),
                    detail: note.detail,
                    times: *times,
                    ..self.event(by, &note.action)
                });
            }
            Ok(audit::append_all(conn, &events)?)
        });
        if written.is_err() {
            self.trail.notes.take_back(due);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(address: &str) -> By {
        let address = Some(address.parse().expect("an address"));
        By { kind: ActorKind::Client, actor: None, institution: None, address, request: None }
    }

    fn actor(n: u8) -> By {
        By { actor: Some(Uuid::from_bytes([n; 16])), ..stranger("192.0.2.1") }
    }

    #[test]
    fn the_first_is_written_at_once_and_repeats_with_their_number() {
        let notes = Notes::default();
        for now in 0..5 {
            notes.take_in(Note::refused(actor(1), "get_learner", "not-found"), now);
        }
        notes.take_in(Note::refused(actor(2), "get_learner", "not-found"), 5);
        let told = |rows: Vec<(i64, Note, i64)>| {
            let mut told: Vec<_> = rows.into_iter().map(|(at, note, times)| (at, note.by.actor, times)).collect();
            told.sort();
            told
        };
        assert_eq!(told(notes.due(6, false)), [(0, actor(1).actor, 1), (5, actor(2).actor, 1)]);
        assert!(notes.due(7, false).is_empty());
        assert_eq!(told(notes.due(MINUTE, false)), [(1, actor(1).actor, 4)]);
        notes.take_in(Note::refused(actor(1), "get_learner", "not-found"), MINUTE + 1);
        assert_eq!(told(notes.due(MINUTE + 1, true)), [(MINUTE + 1, actor(1).actor, 1)]);
    }

    #[test]
    fn strangers_leave_no_more_than_so_many_rows() {
        let notes = Notes::default();
        for n in 0..100_000_u32 {
            let by = stranger(&std::net::Ipv4Addr::from_bits(n).to_string());
            notes.take_in(Note::refused(by, "get_learner", "unauthenticated"), 1);
        }
        // Who is proved is told apart all the same.
        notes.take_in(Note::refused(actor(1), "get_learner", "not-found"), 2);
        let rows = notes.due(3, true);
        assert_eq!(
            rows.len(),
            STRANGERS_MAX + 1 + 1 + 1,
            "each first, the first of the others, their number, the actor"
        );
        assert_eq!(rows.iter().map(|(_, _, times)| times).sum::<i64>(), 100_001, "all are counted");
    }

    #[test]
    fn a_network_is_one_stranger_and_its_inventions_do_not_multiply_it() {
        let notes = Notes::default();
        for n in 1..=9_u16 {
            let by = stranger(&format!("2001:db8::{n}"));
            let note = Note { learner: Some(Uuid::from_u128(n.into())), ..Note::refused(by, "get_learner", "x") };
            notes.take_in(note, 1);
        }
        assert_eq!(notes.due(2, true).len(), 2);
    }

    #[test]
    fn what_could_not_be_written_waits_and_not_without_end() {
        let notes = Notes::default();
        let row = || (0, Note::refused(actor(1), "get_learner", "x"), 1);
        notes.take_in(Note::refused(actor(1), "get_learner", "x"), 1);
        notes.take_back(std::iter::repeat_with(row).take(WAITING_MAX).collect());
        assert_eq!(notes.due(2, false).len(), WAITING_MAX);
    }
}
