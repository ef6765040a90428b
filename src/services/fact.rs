//! Attested facts of the person that rules may ask for: veteran, age reached, migrant worker…

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actor::{Actor, ClientActor};
use super::conversion::reassess::without_fact;
use super::error::{Error, Result};
use super::idempotency::{Answer, Once};
use super::oversight::is_of_or_over;
use super::refusal::Refusal;
use super::scope::Scope;
use super::writing::Writing;
use super::{App, sealing, unwinding};
use crate::domain::conversion::DiscrepancyCause;
use crate::domain::ids::{InstitutionId, LearnerId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{REASON_MAX, TITLE_MAX, clean_line};
use crate::domain::time::{EARLIEST_DATE, Instant, strict_date, strict_date_opt};
use crate::store::conn::Conn;
use crate::store::discrepancy::Record;
use crate::store::error::StoreError;
use crate::store::learner_fact::{self, FactRow, Revocation};

/// Most facts of one learner.
pub const FACTS_MAX: usize = 100;
/// Longest word for a fact.
const FACT_MAX: usize = 40;
/// Greatest number of a fact: ages and years are far below.
const NUMBER_MAX: i64 = 1_000_000;

/// A fact to be attested. `Debug` does not print the note.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFact {
    /// What holds: `veteran`, `age_reached`, `migrant_worker`… in small letters, digits and `_`.
    #[schema(pattern = r"^[a-z][a-z0-9_]{0,39}$", examples("veteran"))]
    pub fact: String,
    /// Its number, for facts that have one: the age reached.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000000)]
    pub number: Option<i64>,
    /// Where it was seen: the document shown, without its number.
    #[schema(max_length = 200, examples("退役证原件核验"))]
    pub source: String,
    /// A note for the record, sealed under the learner's key.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: Option<String>,
    /// First day on which it holds.
    #[serde(with = "strict_date")]
    pub valid_from: NaiveDate,
    /// Last such day; open when left out.
    #[serde(default, with = "strict_date_opt")]
    pub valid_to: Option<NaiveDate>,
}

/// An attested fact.
#[derive(Clone, Serialize, ToSchema)]
pub struct FactView {
    /// Its id.
    pub id: Uuid,
    /// What holds.
    pub fact: String,
    /// Its number.
    pub number: Option<i64>,
    /// Where it was seen; null once the person has been erased.
    pub source: Option<String>,
    /// The note; null once the person has been erased.
    pub note: Option<String>,
    /// Who attests it.
    pub attested_by: InstitutionId,
    /// First day on which it holds.
    pub valid_from: NaiveDate,
    /// Last such day.
    pub valid_to: Option<NaiveDate>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// That it was revoked; null while it stands.
    pub revocation: Option<FactRevocation>,
}

/// That an attested fact was revoked.
#[derive(Clone, Serialize, ToSchema)]
pub struct FactRevocation {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: InstitutionId,
    /// Why; null once the person has been erased.
    pub reason: Option<String>,
}

/// What the record of a key keeps.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Revoked {
    learner: Uuid,
    fact: Uuid,
}

/// What is sealed of a fact.
#[derive(Default, Serialize, Deserialize)]
struct Sealed {
    #[serde(default)]
    source: Option<String>,
    number: Option<i64>,
    note: Option<String>,
}

impl NewFact {
    fn validate(&self) -> std::result::Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = self.fact.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || self.fact.len() > FACT_MAX || !self.fact.chars().all(word) {
            invalid.push("/fact", Reason::Format { expected: "[a-z][a-z0-9_]{0,39}" });
        }
        if self.number.is_some_and(|number| !(0..=NUMBER_MAX).contains(&number)) {
            invalid.push("/number", Reason::range(0, NUMBER_MAX));
        }
        let source = invalid.take("/source", clean_line(&self.source, TITLE_MAX));
        let note = self.note.as_ref().and_then(|note| invalid.take("/note", clean_line(note, REASON_MAX)));
        if self.valid_from < EARLIEST_DATE {
            invalid.push("/valid_from", Reason::range(EARLIEST_DATE, "9999-12-31"));
        }
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            invalid.push("/valid_to", Reason::range(self.valid_from, "9999-12-31"));
        }
        match source {
            Some(source) if invalid.is_empty() => Ok(Self { source, note, ..self.clone() }),
            _ => Err(invalid),
        }
    }
}

impl App {
    /// Attests a fact of a learner: its school, or the bureau.
    pub fn attest_fact(&self, actor: &ClientActor, learner: LearnerId, new: &NewFact) -> Result<FactView> {
        actor.require(Scope::FactsWrite)?;
        let new = new.validate()?;
        self.db.write(|conn| {
            self.require_readable(conn, actor, learner)?;
            let key = self.learner_key(conn, learner.uuid())?.ok_or(Error::NotFound)?;
            if learner_fact::of_learners(conn, &[learner.uuid()])?.values().map(Vec::len).sum::<usize>() >= FACTS_MAX {
                return Err(Invalid::one("", Reason::TooMany { max: FACTS_MAX }).into());
            }
            let id = self.ids.id();
            let source = Some(new.source.clone());
            let sealed = Sealed { source, number: new.number, note: new.note.clone() };
            let bytes = serde_json::to_vec(&sealed).map_err(StoreError::broken)?;
            let row = FactRow {
                id,
                fact: new.fact.clone(),
                sealed: sealing::seal_bytes(self.ids.as_ref(), &key, learner.uuid(), id, &bytes),
                attested_by: actor.institution.uuid(),
                from: new.valid_from,
                to: new.valid_to,
                recorded_at: self.clock.now().micros(),
                revocation: None,
            };
            learner_fact::add(conn, learner.uuid(), &row)?;
            self.audit_client(conn, actor, "attest_fact", Some(learner), true, Some(&new.fact))?;
            Ok(view(&row, sealed, None))
        })
    }

    /// The attested facts of a learner, oldest first: for the learner, its schools and the bureau.
    pub fn list_facts(&self, actor: &Actor, learner: LearnerId) -> Result<Vec<FactView>> {
        actor.require(Scope::LearnersRead)?;
        actor.require_self(learner)?;
        let views = self.db.read(|conn| {
            if let Actor::Client(client) = actor {
                self.require_readable(conn, client, learner)?;
            }
            let rows = self.facts(conn, learner.uuid())?;
            Ok::<_, Error>(rows.into_iter().map(|(row, sealed, reason)| view(&row, sealed, reason)).collect())
        })?;
        if let Actor::Client(client) = actor {
            self.db.write(|conn| self.audit_client(conn, client, "view_facts", Some(learner), true, None))?;
        }
        Ok(views)
    }

    /// Revokes a fact that never held or was attested in error, by whoever attested it or a bureau above. What was converted for it
    /// is undone; what rests on it otherwise, or has been redeemed, is reported to those who decided it.
    pub fn revoke_fact(
        &self,
        actor: &ClientActor,
        learner: LearnerId,
        fact: Uuid,
        reason: &str,
        once: &Once,
    ) -> Result<Answer<FactView>> {
        actor.require(Scope::FactsWrite)?;
        let answer = self.idempotently(once, |conn| {
            self.require_readable(conn, actor, learner)?;
            let mut writing = self.writing(conn, learner.uuid())?;
            let mut rows =
                learner_fact::of_learners(conn, &[learner.uuid()])?.remove(&learner.uuid()).unwrap_or_default();
            rows.retain(|row| row.id == fact);
            let row = rows.pop().ok_or(Error::NotFound)?;
            if !is_of_or_over(conn, &Actor::Client(*actor), row.attested_by)? {
                return Err(Error::Forbidden);
            }
            let (id, now) = (self.ids.id(), self.clock.now());
            let revocation = Revocation {
                at: now.micros(),
                by: actor.institution.uuid(),
                id,
                sealed: sealing::seal(self.ids.as_ref(), &writing.key, learner.uuid(), id, reason),
            };
            if !learner_fact::revoke(conn, learner.uuid(), fact, &revocation)? {
                return Err(Refusal::AlreadyRevoked.into());
            }
            self.undo_resting_on(conn, &mut writing, actor, (fact, reason))?;
            self.audit_client(conn, actor, "revoke_fact", Some(learner), true, Some(&row.fact))?;
            Ok(Revoked { learner: learner.uuid(), fact })
        })?;
        let (revoked, replayed) = answer.parts();
        let found = self.db.read(|conn| self.facts(conn, revoked.learner))?;
        let (row, sealed, reason) =
            found.into_iter().find(|(row, ..)| row.id == revoked.fact).ok_or(Error::NotFound)?;
        let view = view(&row, sealed, reason);
        Ok(if replayed { Answer::Replayed(view) } else { Answer::Fresh(view) })
    }

    fn undo_resting_on(
        &self,
        conn: &mut Conn,
        writing: &mut Writing,
        actor: &ClientActor,
        (fact, reason): (Uuid, &str),
    ) -> Result<()> {
        let learner = writing.learner;
        let dependents = unwinding::dependents(conn, learner)?;
        let today = self.clock.today();
        let cascade = writing.history.undo_resting(fact, reason, today, &dependents, &mut || self.ids.id());
        let ended: Vec<Uuid> = cascade.ended.iter().map(|ended| ended.conversion).collect();
        let differing = without_fact(conn, &writing.key, learner, fact, &ended)?;
        let change = unwinding::Change {
            record: Record::Fact(fact),
            cause: DiscrepancyCause::Revocation,
            reason: Some(reason),
            author: actor.author(),
            at: self.clock.now(),
        };
        let means = unwinding::Means { ids: self.ids.as_ref(), key: &writing.key };
        unwinding::settle(conn, learner, &cascade, &differing, &change, &means)?;
        self.post(writing, actor.author(), |_, _| Ok(cascade.drafts))?;
        self.finish(conn, writing)?;
        Ok(())
    }

    /// Facts with what is sealed of them, and why those that were revoked were.
    fn facts(&self, conn: &mut Conn, learner: Uuid) -> Result<Vec<(FactRow, Sealed, Option<String>)>> {
        let rows = learner_fact::of_learners(conn, &[learner])?.remove(&learner).unwrap_or_default();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.learner_key(conn, learner)?;
        let open = |row: FactRow| {
            let Some(key) = &key else { return Ok((row, Sealed::default(), None)) };
            let bytes = sealing::open_bytes(key, learner, row.id, &row.sealed)?;
            let sealed = serde_json::from_slice(&bytes).map_err(StoreError::broken)?;
            let revocation = row.revocation.as_ref();
            let reason = revocation.map(|one| sealing::open(key, learner, one.id, &one.sealed)).transpose()?;
            Ok((row, sealed, reason))
        };
        rows.into_iter().map(open).collect()
    }
}

fn view(row: &FactRow, sealed: Sealed, reason: Option<String>) -> FactView {
    FactView {
        id: row.id,
        fact: row.fact.clone(),
        number: sealed.number,
        source: sealed.source,
        note: sealed.note,
        attested_by: InstitutionId::from_uuid(row.attested_by),
        valid_from: row.from,
        valid_to: row.to,
        recorded_at: Instant::from_micros(row.recorded_at),
        revocation: row.revocation.as_ref().map(|one| FactRevocation {
            at: Instant::from_micros(one.at),
            by: InstitutionId::from_uuid(one.by),
            reason,
        }),
    }
}
