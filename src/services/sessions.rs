//! Sessions of learners: opaque random ids, kept as digests, idle after half an hour, over after half a day.
//! And the tokens of forms, bound to the session or, before there is one, to a random cookie.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::App;
use super::actor::LearnerActor;
use super::audit::By;
use super::error::Result;
use crate::crypto::digest::Hash;
use crate::crypto::keys::{Purpose, same};
use crate::domain::ids::LearnerId;
use crate::domain::time::Instant;
use crate::ledger::transaction::ActorKind;
use crate::store::audit::{self, Event};
use crate::store::conn::Conn;
use crate::store::session::{self, Session};

/// How long a session lives without being used, microseconds: 30 minutes.
pub const IDLE: i64 = 30 * 60 * 1_000_000;
/// How long a session lives at most, microseconds: 12 hours.
pub const LIFE: i64 = 12 * 3600 * 1_000_000;
/// Uses closer together than this are not written down, microseconds: one minute.
const TOUCH: i64 = 60 * 1_000_000;
/// Longest session id or form token that is looked at.
const TEXT_MAX: usize = 64;

/// Where a request came from, for the audit trail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin {
    /// The request.
    pub request: Uuid,
    /// The network address.
    pub address: Option<IpAddr>,
}

impl Origin {
    /// A learner from there, not yet known which.
    pub(super) fn learner(&self) -> By {
        let (address, request) = (self.address, Some(self.request));
        By { kind: ActorKind::Learner, actor: None, institution: None, address, request }
    }
}

impl App {
    /// A fresh session id: 256 random bits.
    pub(super) fn new_session_id(&self) -> Zeroizing<String> {
        self.random_text(32)
    }

    /// Stores a session under `id`, in the transaction of what it follows from.
    pub(super) fn start_session_in(&self, conn: &mut Conn, id: &str, learner: LearnerId, now: Instant) -> Result<()> {
        let expires = Instant::from_micros(now.micros() + LIFE);
        Ok(session::insert(conn, &self.session_digest(id), learner, now, expires)?)
    }

    /// The learner of a session that lives; its use is noted, at most once a minute.
    pub fn session(&self, id: &str, origin: &Origin) -> Result<Option<LearnerActor>> {
        if id.len() > TEXT_MAX {
            return Ok(None);
        }
        let now = self.clock.now();
        let digest = self.session_digest(id);
        let found = self.db.read(|conn| session::standing(conn, &digest))?;
        let Some(found) = found.filter(|session| lives(session, now)) else { return Ok(None) };
        if now.micros() - found.last_seen_at.micros() >= TOUCH {
            self.db.write(|conn| session::touch(conn, &digest, now))?;
        }
        Ok(Some(LearnerActor { learner: found.learner, request: origin.request, address: origin.address }))
    }

    /// Ends a session.
    pub fn log_out(&self, actor: &LearnerActor, id: &str, origin: &Origin) -> Result<()> {
        let now = self.clock.now();
        let digest = self.session_digest(id);
        self.db.write(|conn| {
            if session::end(conn, &digest, now)? {
                self.audit_learner(conn, Some(actor.learner), "log_out", true, None, origin)?;
            }
            Ok(())
        })
    }

    /// An audit row of something a learner did itself.
    pub(super) fn audit_learner(
        &self,
        conn: &mut Conn,
        learner: Option<LearnerId>,
        action: &str,
        done: bool,
        detail: Option<&str>,
        origin: &Origin,
    ) -> Result<()> {
        let learner = learner.map(LearnerId::uuid);
        let by = By { actor: learner.filter(|_| done), ..origin.learner() };
        let event = Event { learner, done, detail, ..self.event(by, action) };
        Ok(audit::append(conn, &event)?)
    }

    /// A random value for the cookie that forms are bound to before there is a session.
    pub fn new_form_binding(&self) -> String {
        self.random_text(16).to_string()
    }

    /// The token of the forms that are bound to `binding`: a session id or the random cookie.
    pub fn form_token(&self, binding: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.keys.digest(Purpose::Secret, &[b"form", binding.as_bytes()]))
    }

    /// Whether `token` is the one of `binding`.
    pub fn form_token_fits(&self, binding: &str, token: &str) -> bool {
        !binding.is_empty() && binding.len() <= TEXT_MAX && same(self.form_token(binding).as_bytes(), token.as_bytes())
    }

    fn random_text(&self, bytes: usize) -> Zeroizing<String> {
        let mut random = Zeroizing::new(vec![0; bytes]);
        self.ids.fill(&mut random);
        Zeroizing::new(URL_SAFE_NO_PAD.encode(random.as_slice()))
    }

    fn session_digest(&self, id: &str) -> Hash {
        self.keys.digest(Purpose::Secret, &[b"session", id.as_bytes()])
    }
}

/// Whether a session that was not ended is still fresh.
fn lives(session: &Session, now: Instant) -> bool {
    now < session.expires_at && now.micros() - session.last_seen_at.micros() < IDLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_idle_and_end_anyway() {
        let at = Instant::from_micros;
        let session = |seen: i64| Session {
            learner: LearnerId::from_uuid(Uuid::nil()),
            last_seen_at: at(seen),
            expires_at: at(LIFE),
        };
        assert!(lives(&session(0), at(IDLE - 1)));
        assert!(!lives(&session(0), at(IDLE)));
        assert!(lives(&session(LIFE - 2), at(LIFE - 1)));
        assert!(!lives(&session(LIFE - 2), at(LIFE)));
    }
}
