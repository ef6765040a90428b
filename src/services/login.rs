//! How a learner gets in: activation by the slip's code, log-in by password. Neither tells whether an account exists:
//! known and unknown names get one answer after the same work, exactly one password hash.

use std::collections::HashMap;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::App;
use super::activation_form::{ActivationFault, ActivationForm, Parsed, documents, parse};
use super::attempts::Attempts;
use super::audit::By;
use super::audit_notes::Note;
use super::error::Result;
use super::passwords::{self, PasswordFault};
use super::sessions::Origin;
use crate::crypto::digest::Hash;
use crate::crypto::keys::{Purpose, same};
use crate::domain::account_no::AccountNo;
use crate::domain::identity::ValidDocument;
use crate::domain::ids::LearnerId;
use crate::domain::time::Instant;
use crate::store::audit::{self, Event};
use crate::store::claim::{self, ClaimKind};
use crate::store::conn::Conn;
use crate::store::{activation, credential, learner, learner_identity, session};

/// What came of a log-in.
#[derive(Debug)]
pub enum LoggedIn {
    /// The id of the new session.
    Done(Zeroizing<String>),
    /// Name or password is wrong, or there is no such account.
    Refused,
    /// Too many wrong passwords for this name: it has to wait.
    Wait,
}

/// What came of an activation.
#[derive(Debug)]
pub enum Activated {
    /// The password is set; the id of the new session.
    Done(Zeroizing<String>),
    /// The form says nothing possible; no try was used up.
    Faulty(Vec<ActivationFault>),
    /// Name, number and code do not belong together, or the code holds no longer.
    Refused,
}

/// Wrong passwords by log-in name, for the process.
static ATTEMPTS: Attempts = Attempts::new();

impl App {
    /// Logs a learner in by account number or document number and password.
    pub fn log_in(&self, login: &str, password: &str, origin: &Origin) -> Result<LoggedIn> {
        let now = self.clock.now();
        let name = self.login_name(login);
        let key = self.keys.digest(Purpose::Secret, &[b"login", name.canonical().as_bytes()]);
        if !ATTEMPTS.allowed(&key, now) {
            self.note_audit(Note::refused(origin.learner(), "log_in", "too-many-attempts"));
            return Ok(LoggedIn::Wait);
        }
        let found = self.db.read(|conn| match self.learner_of(conn, &name)? {
            Some(learner) => Ok::<_, super::error::Error>(Some((learner, credential::password_hash(conn, learner)?))),
            None => Ok(None),
        })?;
        let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
        let proved = self.verify_password(password, hash)?;
        let learner = found.as_ref().map(|(learner, _)| *learner);
        let Some(proved) = learner.filter(|_| proved) else {
            ATTEMPTS.failed(&key, now);
            let learner = learner.map(LearnerId::uuid);
            self.note_audit(Note { learner, ..Note::refused(origin.learner(), "log_in", "wrong-password-or-name") });
            return Ok(LoggedIn::Refused);
        };
        ATTEMPTS.succeeded(&key);
        let id = self.new_session_id();
        self.db.write(|conn| {
            self.start_session_in(conn, &id, proved, now)?;
            self.audit_learner(conn, Some(proved), "log_in", true, None, origin)
        })?;
        Ok(LoggedIn::Done(id))
    }

    /// Sets the password of the account whose name, document and code are given, and logs in. A wrong try counts against
    /// the code even though it is refused.
    pub fn activate(&self, form: &ActivationForm<'_>, origin: &Origin) -> Result<Activated> {
        let parsed = match parse(form, self.clock.today(), self.settings.regions) {
            Ok(parsed) => parsed,
            Err(faults) => return Ok(Activated::Faulty(faults)),
        };
        let hash = self.hash_password(form.password)?;
        let id = self.new_session_id();
        let now = self.clock.now();
        self.db.write(|conn| {
            let (learner, verdict) = self.check_code(conn, &parsed, now)?;
            let code = match verdict {
                Ok(code) => code,
                // It took a try from a code: the two stand or fall together. Of other tries there is no end.
                Err(detail @ ("wrong-name" | "wrong-code")) => {
                    self.audit_learner(conn, learner, "activate_account", false, Some(detail), origin)?;
                    return Ok(Activated::Refused);
                }
                Err(detail) => {
                    let learner = learner.map(LearnerId::uuid);
                    self.note_audit(Note { learner, ..Note::refused(origin.learner(), "activate_account", detail) });
                    return Ok(Activated::Refused);
                }
            };
            let learner = learner.expect("a code that fits is somebody's");
            let numbers = learner::account_nos(conn, &[learner.uuid()])?;
            let number = numbers.get(&learner.uuid()).map_or("", String::as_str);
            if let Err(fault) = passwords::check(form.password, &[number]) {
                return Ok(Activated::Faulty(vec![ActivationFault::Password(fault)]));
            }
            if !activation::mark_used(conn, learner.uuid(), code)? {
                // The same slip at the same moment on another device.
                self.audit_learner(conn, Some(learner), "activate_account", false, Some("code-used"), origin)?;
                return Ok(Activated::Refused);
            }
            activation::void_open(conn, learner.uuid())?;
            self.set_password_in(conn, learner, &hash, now)?;
            credential::activated(conn, learner, now)?;
            self.start_session_in(conn, &id, learner, now)?;
            self.audit_learner(conn, Some(learner), "activate_account", true, None, origin)?;
            Ok(Activated::Done(id.clone()))
        })
    }

    /// What is wrong with an activation as such; nothing is looked up and no try is used up.
    pub fn activation_faults(&self, form: &ActivationForm<'_>) -> Vec<ActivationFault> {
        parse(form, self.clock.today(), self.settings.regions).err().unwrap_or_default()
    }

    /// Sets a learner's password without a code and ends its sessions: for the demo city and the operator.
    pub fn set_password(&self, learner: LearnerId, password: &str) -> Result<std::result::Result<(), PasswordFault>> {
        if let Err(fault) = passwords::check(password, &[]) {
            return Ok(Err(fault));
        }
        let hash = self.hash_password(password)?;
        let now = self.clock.now();
        self.db.write(|conn| {
            self.set_password_in(conn, learner, &hash, now)?;
            credential::activated(conn, learner, now)?;
            let event = Event { learner: Some(learner.uuid()), ..self.event(By::SYSTEM, "set_password") };
            audit::append(conn, &event)?;
            Ok(Ok(()))
        })
    }

    fn set_password_in(&self, conn: &mut Conn, learner: LearnerId, hash: &str, now: Instant) -> Result<()> {
        credential::set(conn, learner, hash, now)?;
        Ok(session::end_all(conn, learner, now)?)
    }

    /// The learner that the document belongs to, and the open code that fits, or why none does (a word for the audit
    /// trail only). A wrong name or code takes one try from every open code.
    fn check_code(
        &self,
        conn: &mut Conn,
        parsed: &Parsed,
        now: Instant,
    ) -> Result<(Option<LearnerId>, std::result::Result<Uuid, &'static str>)> {
        let digests: Vec<Hash> = parsed.documents.iter().map(|document| self.identity_digest(document)).collect();
        let Some(learner) = by_documents(conn, &digests)? else { return Ok((None, Err("unknown-document"))) };
        let names = learner_identity::current_names(conn, &[learner.uuid()])?;
        let name = self.name_digest(&parsed.name);
        let name_fits = names.get(&learner.uuid()).is_some_and(|names| names.iter().any(|known| same(known, &name)));
        let open = activation::open_codes(conn, learner.uuid())?;
        let live: Vec<_> = open.iter().filter(|code| code.tries_left > 0 && now.micros() < code.expires_at).collect();
        let digest = self.activation_digest(learner.uuid(), &parsed.code);
        let fitting = live.iter().find(|code| same(&code.code_digest, &digest));
        let verdict = match (name_fits, fitting) {
            (true, Some(code)) => Ok(code.id),
            (_, _) if live.is_empty() => Err("no-live-code"),
            (false, _) => Err("wrong-name"),
            (true, None) => Err("wrong-code"),
        };
        if verdict.is_err() {
            for code in live {
                activation::decrement_tries(conn, learner.uuid(), code.id)?;
            }
        }
        Ok((Some(learner), verdict))
    }

    /// What a log-in name names. Anything may be typed: what is no number of any kind names nobody.
    fn login_name(&self, login: &str) -> LoginName {
        match login.parse::<AccountNo>() {
            Ok(number) => LoginName::Account(number),
            Err(_) => match documents(login, self.clock.today(), self.settings.regions) {
                Ok(documents) => LoginName::Documents(documents),
                Err(_) => LoginName::Nobody(login.trim().chars().take(64).collect()),
            },
        }
    }

    fn learner_of(&self, conn: &mut Conn, name: &LoginName) -> Result<Option<LearnerId>> {
        match name {
            LoginName::Account(number) => {
                let found: HashMap<String, Uuid> = learner::by_account_nos(conn, &[number.as_str()])?;
                Ok(found.get(number.as_str()).copied().map(LearnerId::from_uuid))
            }
            LoginName::Documents(documents) => {
                let digests: Vec<Hash> = documents.iter().map(|document| self.identity_digest(document)).collect();
                by_documents(conn, &digests)
            }
            LoginName::Nobody(_) => Ok(None),
        }
    }
}

enum LoginName {
    Account(AccountNo),
    Documents(Vec<ValidDocument>),
    Nobody(String),
}

impl LoginName {
    /// One spelling per name, by which wrong tries are counted.
    fn canonical(&self) -> &str {
        match self {
            Self::Account(number) => number.as_str(),
            Self::Documents(documents) => documents.first().map_or("", |document| &document.normalised),
            Self::Nobody(text) => text,
        }
    }
}

fn by_documents(conn: &mut Conn, digests: &[Hash]) -> Result<Option<LearnerId>> {
    let standing = claim::standing(conn, ClaimKind::Identity, digests)?;
    let live = digests.iter().filter_map(|digest| standing.get(digest)).find(|claim| claim.live);
    Ok(live.map(|claim| LearnerId::from_uuid(claim.learner)))
}
