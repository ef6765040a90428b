//! Opening accounts as a client asks for it: one, or a batch of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::App;
use super::activation::IssuedRef;
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::idempotency::{Answer, Once, replay};
use super::opening::{OpenItem, Opened, Opener, Openings, Outcome};
use super::refusal::Refusal;
use super::scope::Scope;
use crate::domain::enrolment::NewEnrolment;
use crate::domain::identity::IdDocument;
use crate::domain::ids::{InstitutionId, LearnerId};
use crate::domain::invalid::Invalid;
use crate::domain::name::PersonName;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::idempotency::{self, Record};

/// Most accounts of one batch.
pub const OPENING_BATCH_MAX: usize = 500;
/// Accounts per transaction: keeps a write on SQLite below 50 ms.
const GROUP: usize = 200;

/// An account to be opened, as a request names it.
// `Debug` would print the person.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenLearner {
    /// The learner's name.
    #[schema(max_length = 200, examples("林小满"))]
    pub name: String,
    /// An identity document.
    pub id_document: IdDocument,
    /// An enrolment at the caller's institution, to be opened with the account.
    #[serde(default)]
    pub enrolment: Option<NewEnrolment>,
}

impl std::fmt::Debug for OpenLearner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenLearner(…)")
    }
}

/// What is remembered of an opening: ids, from which its answer is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOpening {
    /// The account.
    pub learner: Uuid,
    /// The document it was named by.
    pub identity: Uuid,
    /// The name it was named by.
    pub name: Uuid,
    /// The enrolment.
    pub enrolment: Option<Uuid>,
    /// Whether the account was there before.
    pub existing: bool,
    /// The code that was issued.
    pub activation: Option<IssuedRef>,
}

/// An opening and, the first time, its code.
pub struct Opening {
    /// What is remembered.
    pub kept: KeptOpening,
    /// The code; never in a replay.
    pub code: Option<Zeroizing<String>>,
}

impl From<Opened> for Opening {
    fn from(opened: Opened) -> Self {
        let kept = KeptOpening {
            learner: opened.learner,
            identity: opened.identity,
            name: opened.name,
            enrolment: opened.enrolment,
            existing: opened.existing,
            activation: opened.activation.as_ref().map(super::activation::IssuedCode::reference),
        };
        Self { kept, code: opened.activation.map(|issued| issued.code) }
    }
}

impl From<KeptOpening> for Opening {
    fn from(kept: KeptOpening) -> Self {
        Self { kept, code: None }
    }
}

/// What came of each item of a batch.
pub type BatchOpening = Vec<std::result::Result<Opening, Refusal>>;
type KeptBatch = Vec<std::result::Result<KeptOpening, Refusal>>;

impl App {
    /// What opens accounts.
    pub fn openings(&self) -> Openings {
        Openings { keys: self.keys.clone(), ids: self.ids.clone() }
    }

    /// Checks what a request says.
    pub fn check_opening(&self, request: &OpenLearner) -> std::result::Result<OpenItem, Invalid> {
        let mut invalid = Invalid::default();
        let name = invalid.take("/name", PersonName::parse(&request.name));
        let document = request.id_document.validate(self.clock.today(), self.settings.regions);
        let document = invalid.take_all("/id_document", document);
        let enrolment = request.enrolment.as_ref().map(NewEnrolment::validate).transpose();
        let enrolment = invalid.take_all("/enrolment", enrolment);
        match (name, document, enrolment) {
            (Some(name), Some(document), Some(enrolment)) => Ok(OpenItem { name, document, enrolment }),
            _ => Err(invalid),
        }
    }

    /// Opens an account, or finds the one the document belongs to. A refusal for another name leaves a case behind.
    pub fn open_learner(&self, actor: &ClientActor, request: &OpenLearner, once: &Once) -> Result<Answer<Opening>> {
        actor.require(Scope::LearnersWrite)?;
        let item = self.check_opening(request)?;
        let answer = self.db.write(|conn| {
            if let Some(kept) = replay::<KeptOpening>(conn, once)? {
                return Ok::<_, Error>(Ok(Answer::Replayed(kept.into())));
            }
            let mut outcomes = self.open_for(conn, actor, &[&item])?;
            // Committed either way: a refused item has left nothing but its case.
            match outcomes.pop().ok_or_else(|| StoreError::broken("no outcome"))? {
                Err(refusal) => Ok(Err(refusal)),
                Ok(opened) => {
                    let opening = Opening::from(opened);
                    self.keep(conn, once, &opening.kept)?;
                    Ok(Ok(Answer::Fresh(opening)))
                }
            }
        })?;
        answer.map_err(Error::from)
    }

    /// Opens a batch of accounts, each for itself. Items that did not parse come as their refusals.
    pub fn open_learner_batch(
        &self,
        actor: &ClientActor,
        requests: Vec<std::result::Result<OpenLearner, Refusal>>,
        once: &Once,
    ) -> Result<Answer<BatchOpening>> {
        actor.require(Scope::LearnersWrite)?;
        if requests.len() > OPENING_BATCH_MAX {
            return Err(Refusal::BatchTooLarge { limit: OPENING_BATCH_MAX }.into());
        }
        let items: Vec<std::result::Result<OpenItem, Refusal>> = requests
            .into_iter()
            .map(|request| request.and_then(|request| self.check_opening(&request).map_err(Refusal::from)))
            .collect();
        let groups: Vec<_> = if items.is_empty() { vec![&items[..]] } else { items.chunks(GROUP).collect() };
        let mut done: BatchOpening = Vec::with_capacity(items.len());
        for (number, group) in groups.iter().enumerate() {
            let last = number + 1 == groups.len();
            let group = self.db.write(|conn| {
                if let Some(kept) = replay::<KeptBatch>(conn, once)? {
                    return Ok::<_, Error>(Err(kept));
                }
                let valid: Vec<&OpenItem> = group.iter().filter_map(|item| item.as_ref().ok()).collect();
                let mut outcomes = self.open_for(conn, actor, &valid)?.into_iter();
                let outcome = |item: &std::result::Result<OpenItem, Refusal>| match item {
                    Ok(_) => outcomes.next().unwrap_or(Err(Refusal::NotTakenNow)).map(Opening::from),
                    Err(refusal) => Err(refusal.clone()),
                };
                let answers: BatchOpening = group.iter().map(outcome).collect();
                if last {
                    self.keep(conn, once, &kept_batch(done.iter().chain(&answers)))?;
                }
                Ok(Ok(answers))
            })?;
            match group {
                Ok(answers) => done.extend(answers),
                Err(kept) => {
                    return Ok(Answer::Replayed(kept.into_iter().map(|one| one.map(Opening::from)).collect()));
                }
            }
        }
        Ok(Answer::Fresh(done))
    }

    /// Opens many accounts for an institution, for the operator and the demo city; each item stands for itself.
    pub fn open_many(&self, institution: InstitutionId, items: &[OpenItem]) -> Result<Vec<Outcome>> {
        let opener = Opener { institution: institution.uuid(), by: institution.uuid() };
        let (openings, mut outcomes) = (self.openings(), Vec::with_capacity(items.len()));
        for group in items.chunks(GROUP) {
            let group: Vec<&OpenItem> = group.iter().collect();
            let now = self.clock.now();
            outcomes.extend(self.db.write(|conn| openings.open_in(conn, opener, &group, now))?);
        }
        Ok(outcomes)
    }

    fn open_for(&self, conn: &mut Conn, actor: &ClientActor, items: &[&OpenItem]) -> Result<Vec<Outcome>> {
        let opener = Opener { institution: actor.institution.uuid(), by: actor.client.uuid() };
        let outcomes = self.openings().open_in(conn, opener, items, self.clock.now())?;
        for outcome in &outcomes {
            let (learner, done, detail) = match outcome {
                Ok(opened) => (Some(opened.learner), true, opened.existing.then_some("existing")),
                Err(Refusal::IdentityUnderReview { .. }) => (None, false, Some("identity-under-review")),
                Err(_) => continue,
            };
            self.audit_client(conn, actor, "open_learner", learner.map(LearnerId::from_uuid), done, detail)?;
        }
        Ok(outcomes)
    }

    fn keep<T: Serialize>(&self, conn: &mut Conn, once: &Once, kept: &T) -> Result<()> {
        let answer = serde_json::to_string(kept).map_err(StoreError::broken)?;
        let at = self.clock.now().micros();
        Ok(idempotency::insert_all(conn, &[Record { once, status: 200, answer: &answer, at }])?)
    }
}

fn kept_batch<'a>(batch: impl Iterator<Item = &'a std::result::Result<Opening, Refusal>>) -> KeptBatch {
    batch.map(|one| one.as_ref().map(|opening| opening.kept).map_err(Refusal::clone)).collect()
}
