//! How a learner gets in: activation by the slip's code, log-in by password. Neither tells whether an account exists:
//! known and unknown names get one answer after the same work, exactly one password hash.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::App;
use super::attempts::Attempts;
use super::error::Result;
use super::passwords::{self, PasswordFault};
use super::sessions::Origin;
use crate::crypto::digest::Hash;
use crate::crypto::keys::{Purpose, same};
use crate::domain::account_no::AccountNo;
use crate::domain::activation_code;
use crate::domain::identity::{IdDocument, IdentityType, ValidDocument};
use crate::domain::ids::LearnerId;
use crate::domain::invalid::Reason;
use crate::domain::name::PersonName;
use crate::domain::region::RegionPolicy;
use crate::domain::time::Instant;
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

/// What a learner types to activate an account.
pub struct ActivationForm<'a> {
    /// The name.
    pub name: &'a str,
    /// The number of an identity document.
    pub id_number: &'a str,
    /// The code of the slip.
    pub code: &'a str,
    /// The password to be set.
    pub password: &'a str,
}

/// A field of an activation and what is wrong with it as such, known without looking anything up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivationFault {
    /// The name is none.
    Name(Reason),
    /// The number is none of a document.
    IdNumber(Reason),
    /// The code does not have the form of one.
    Code,
    /// This cannot be the password.
    Password(PasswordFault),
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
            self.db.write(|conn| self.audit_learner(conn, learner, "log_in", false, None, origin, now))?;
            return Ok(LoggedIn::Refused);
        };
        ATTEMPTS.succeeded(&key);
        let id = self.new_session_id();
        self.db.write(|conn| {
            self.start_session_in(conn, &id, proved, now)?;
            self.audit_learner(conn, Some(proved), "log_in", true, None, origin, now)
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
            let Ok(code) = verdict else {
                let detail = verdict.err();
                self.audit_learner(conn, learner, "activate_account", false, detail, origin, now)?;
                return Ok(Activated::Refused);
            };
            let learner = learner.expect("a code that fits is somebody's");
            let numbers = learner::account_nos(conn, &[learner.uuid()])?;
            let number = numbers.get(&learner.uuid()).map_or("", String::as_str);
            if let Err(fault) = passwords::check(form.password, &[number]) {
                return Ok(Activated::Faulty(vec![ActivationFault::Password(fault)]));
            }
            if !activation::mark_used(conn, learner.uuid(), code)? {
                // The same slip at the same moment on another device.
                self.audit_learner(conn, Some(learner), "activate_account", false, Some("code-used"), origin, now)?;
                return Ok(Activated::Refused);
            }
            activation::void_open(conn, learner.uuid())?;
            self.set_password_in(conn, learner, &hash, now)?;
            credential::activated(conn, learner, now)?;
            self.start_session_in(conn, &id, learner, now)?;
            self.audit_learner(conn, Some(learner), "activate_account", true, None, origin, now)?;
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

struct Parsed {
    name: PersonName,
    documents: Vec<ValidDocument>,
    code: String,
}

/// Checks what can be checked without looking anything up.
fn parse(
    form: &ActivationForm<'_>,
    today: NaiveDate,
    regions: RegionPolicy,
) -> std::result::Result<Parsed, Vec<ActivationFault>> {
    let mut faults = Vec::new();
    let name = PersonName::parse(form.name).map_err(|reason| faults.push(ActivationFault::Name(reason))).ok();
    let documents = documents(form.id_number, today, regions);
    let documents = documents.map_err(|reason| faults.push(ActivationFault::IdNumber(reason))).ok();
    let code = activation_code::normalise(form.code);
    if code.is_none() {
        faults.push(ActivationFault::Code);
    }
    if let Err(fault) = passwords::check(form.password, &[form.name, form.id_number]) {
        faults.push(ActivationFault::Password(fault));
    }
    match (name, documents, code) {
        (Some(name), Some(documents), Some(code)) if faults.is_empty() => Ok(Parsed { name, documents, code }),
        _ => Err(faults),
    }
}

/// The documents that a number may be of, the likeliest first. People do not say which document it is: what has the
/// form of an identity card is one, with its check; anything else may be one of several.
fn documents(number: &str, today: NaiveDate, regions: RegionPolicy) -> std::result::Result<Vec<ValidDocument>, Reason> {
    use IdentityType::*;
    let of = |type_| IdDocument { type_, number: number.to_owned() }.validate(today, regions);
    let found: Vec<_> = [ResidentId, ResidencePermit, ForeignerPermanentId, StudentRegistry]
        .into_iter()
        .filter_map(|type_| of(type_).ok())
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let reason = |type_| match of(type_) {
        Ok(_) => Reason::Unknown,
        Err(invalid) => invalid.0.into_iter().next().map_or(Reason::Unknown, |error| error.reason),
    };
    match reason(ResidentId) {
        // Not eighteen characters of the right form: a passport may be.
        Reason::Format { .. } => of(Passport).map(|document| vec![document]).map_err(|_| reason(ResidentId)),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 12).expect("a date")
    }

    const REGIONS: RegionPolicy = RegionPolicy { allow_test: true };

    #[test]
    fn a_number_says_what_document_it_may_be() {
        let types = |number: &str| {
            documents(number, today(), REGIONS).map(|found| found.into_iter().map(|d| d.type_).collect::<Vec<_>>())
        };
        assert_eq!(types("41029920060315008x"), Ok(vec![IdentityType::ResidentId]));
        assert_eq!(types("E12345678"), Ok(vec![IdentityType::Passport]));
        assert_eq!(types("USA110012345678"), Ok(vec![IdentityType::ForeignerPermanentId]));
        assert_eq!(types("410299200603150081"), Err(Reason::Checksum), "no passport, a mistyped identity card");
        assert!(types("一二三").is_err());
        assert_eq!(types(""), Err(Reason::Empty));
    }

    #[test]
    fn every_fault_of_the_form_is_told_at_once() {
        let form = ActivationForm { name: " ", id_number: "1", code: "!", password: "short" };
        let faults = parse(&form, today(), REGIONS).err().expect("faulty");
        assert_eq!(faults.len(), 4, "{faults:?}");
        let form = ActivationForm {
            name: "林小满",
            id_number: "41029920060315008X",
            code: " 0000-0000-0000-0000-0000 ",
            password: "41029920060315008x",
        };
        let faults = parse(&form, today(), REGIONS).err().expect("faulty");
        assert_eq!(faults, [ActivationFault::Password(PasswordFault::Personal)]);
    }
}
