//! Looking at learners: one's own, by those who may; every look is an audit row.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::account_opening::Opening;
use super::actor::{Actor, ClientActor};
use super::enrolment::EnrolmentView;
use super::error::{Error, Result};
use super::scope::Scope;
use super::sealing;
use crate::crypto::seal::DataKey;
use crate::domain::identity::{IdentityType, ValidDocument};
use crate::domain::ids::LearnerId;
use crate::domain::invalid::Invalid;
use crate::domain::text;
use crate::domain::time::Instant;
use crate::store::audit::{self, Event};
use crate::store::claim::{self, ClaimKind};
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::learner_identity::IdentityRow;
use crate::store::{enrolment, learner, learner_identity};

/// An identity document, its number masked.
#[derive(Clone, Serialize, ToSchema)]
pub struct DocumentView {
    /// Kind of document.
    #[serde(rename = "type")]
    pub type_: IdentityType,
    /// The number, its middle starred out.
    #[schema(examples("41**************1X"))]
    pub masked: String,
}

/// A learner as a school sees its own.
#[derive(Clone, Serialize, ToSchema)]
pub struct LearnerView {
    /// Its id.
    pub id: LearnerId,
    /// Its account number.
    pub account_no: String,
    /// Its present name; null once the person has been erased.
    pub name: Option<String>,
    /// The document the account was opened with.
    pub id_document: Option<DocumentView>,
    /// When the account was opened.
    pub opened_at: Instant,
    /// Whether the learner has set a password.
    pub activated: bool,
    /// The enrolments at the caller's institution; for the bureau all.
    pub enrolments: Vec<EnrolmentView>,
}

/// An activation code; the code itself is shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct ActivationView {
    /// The code; null in a replayed answer.
    #[schema(examples("7K2QD-M4X9A-0RZTB-5WCHN"))]
    pub code: Option<String>,
    /// Until when it holds.
    pub expires_at: Instant,
}

/// An account that was opened or found.
#[derive(Clone, Serialize, ToSchema)]
pub struct OpeningView {
    /// The learner.
    pub id: LearnerId,
    /// The account number.
    pub account_no: String,
    /// The name.
    pub name: Option<String>,
    /// The document.
    pub id_document: Option<DocumentView>,
    /// The enrolment.
    pub enrolment: Option<EnrolmentView>,
    /// The activation code of a new account.
    pub activation: Option<ActivationView>,
    /// Whether the account was there before.
    pub existing: bool,
}

/// A page of learners and the id after which the next begins.
pub type LearnerPage = (Vec<LearnerView>, Option<Uuid>);

impl App {
    /// A page of the caller's own learners, those with a live enrolment at its institution, by id; for the bureau of all.
    pub fn list_learners(&self, actor: &ClientActor, after: Option<Uuid>, limit: i64) -> Result<LearnerPage> {
        actor.require(Scope::LearnersRead)?;
        let institution = actor.institution.uuid();
        let after = after.unwrap_or(Uuid::nil());
        let page = self.db.read(|conn| {
            let mut ids = match actor.is_bureau() {
                true => learner::page(conn, after, limit + 1)?,
                false => enrolment::own_page(conn, institution, after, limit + 1)?,
            };
            let more = ids.len() as i64 > limit;
            ids.truncate(usize::try_from(limit).unwrap_or(0));
            let next = ids.last().copied().filter(|_| more);
            Ok::<_, Error>((self.learner_views(conn, actor, &ids)?, next))
        })?;
        let shown = page.0.iter().map(|view| view.id.uuid());
        self.audit_shown(&Actor::Client(*actor), "list_learners", None, shown)?;
        Ok(page)
    }

    /// The caller's own learner with this student number, if there is one.
    pub fn find_learner(&self, actor: &ClientActor, student_no: &str) -> Result<Option<LearnerView>> {
        actor.require(Scope::LearnersRead)?;
        let number = text::student_no(student_no).map_err(|reason| Invalid::one("/query/student_no", reason))?;
        let digest = self.student_no_digest(actor.institution, &number);
        let found = self.db.read(|conn| {
            let claim = claim::standing(conn, ClaimKind::StudentNo, &[digest])?.remove(&digest);
            let Some(learner) = claim.filter(|claim| claim.live).map(|claim| claim.learner) else { return Ok(None) };
            if !enrolment::is_own(conn, learner, actor.institution.uuid())? {
                return Ok(None);
            }
            Ok::<_, Error>(self.learner_views(conn, actor, &[learner])?.pop())
        })?;
        let learner = found.as_ref().map(|view| view.id);
        self.db.write(|conn| self.audit_client(conn, actor, "find_learner", learner, learner.is_some(), None))?;
        Ok(found)
    }

    /// One of the caller's own learners; for the bureau any.
    pub fn get_learner(&self, actor: &ClientActor, learner: LearnerId) -> Result<LearnerView> {
        actor.require(Scope::LearnersRead)?;
        let view = self.db.read(|conn| {
            self.require_own(conn, actor, learner)?;
            self.learner_views(conn, actor, &[learner.uuid()])?.pop().ok_or(Error::NotFound)
        })?;
        self.db.write(|conn| self.audit_client(conn, actor, "view_learner", Some(learner), true, None))?;
        Ok(view)
    }

    /// Refuses unless the learner has a live enrolment at the caller's institution, or the caller is the bureau.
    pub(super) fn require_own(&self, conn: &mut Conn, actor: &ClientActor, learner: LearnerId) -> Result<()> {
        let own = actor.is_bureau() || enrolment::is_own(conn, learner.uuid(), actor.institution.uuid())?;
        if own { Ok(()) } else { Err(Error::NotFound) }
    }

    /// The answers to openings, rendered from what is remembered of them, in order.
    pub fn opening_views(&self, actor: &ClientActor, openings: &[&Opening]) -> Result<Vec<OpeningView>> {
        let learners: Vec<Uuid> = openings.iter().map(|opening| opening.kept.learner).collect();
        self.db.read(|conn| {
            let accounts = learner::of_ids(conn, &learners)?;
            let keys = self.keys_of(conn, &learners)?;
            let names = learner_identity::names(conn, &learners)?;
            let identities = learner_identity::identities(conn, &learners)?;
            let rows = enrolment::rows_of(conn, &learners, Some(&[actor.institution.uuid()]))?;
            let names: HashMap<Uuid, _> = names.iter().map(|name| (name.id, name)).collect();
            let identities: HashMap<Uuid, _> = identities.iter().map(|identity| (identity.id, identity)).collect();
            let rows: HashMap<Uuid, _> = rows.iter().map(|row| (row.enrolment.id.uuid(), row)).collect();
            let view = |opening: &&Opening| {
                let kept = &opening.kept;
                let account = accounts.get(&kept.learner).ok_or(Error::NotFound)?;
                let key = keys.get(&kept.learner);
                let name = names.get(&kept.name).zip(key);
                let name =
                    name.map(|(name, key)| sealing::open(key, kept.learner, name.id, &name.sealed)).transpose()?;
                let identity = identities.get(&kept.identity).zip(key);
                let enrolled = kept.enrolment.and_then(|id| rows.get(&id));
                Ok(OpeningView {
                    id: LearnerId::from_uuid(kept.learner),
                    account_no: account.account_no.clone(),
                    name,
                    id_document: identity.map(|(identity, key)| document(identity, key)).transpose()?,
                    enrolment: enrolled.map(|row| EnrolmentView::of(row, key)).transpose()?,
                    activation: kept.activation.map(|issued| ActivationView {
                        code: opening.code.as_ref().map(|code| code.to_string()),
                        expires_at: Instant::from_micros(issued.expires_at),
                    }),
                    existing: kept.existing,
                })
            };
            openings.iter().map(view).collect()
        })
    }

    /// Views of `learners`, in order, with the enrolments that the actor may see.
    fn learner_views(&self, conn: &mut Conn, actor: &ClientActor, learners: &[Uuid]) -> Result<Vec<LearnerView>> {
        let own = [actor.institution.uuid()];
        let accounts = learner::of_ids(conn, learners)?;
        let keys = self.keys_of(conn, learners)?;
        let names = learner_identity::names(conn, learners)?;
        let identities = learner_identity::identities(conn, learners)?;
        let rows = enrolment::rows_of(conn, learners, (!actor.is_bureau()).then_some(&own[..]))?;
        let present: HashMap<Uuid, _> =
            names.iter().filter(|name| name.ended_at.is_none()).map(|name| (name.learner, name)).collect();
        // The earliest recorded comes last into the map, and stays.
        let first: HashMap<Uuid, _> = identities.iter().rev().map(|identity| (identity.learner, identity)).collect();
        let mut enrolments: HashMap<Uuid, Vec<EnrolmentView>> = HashMap::new();
        for row in &rows {
            let learner = row.enrolment.learner_id.uuid();
            enrolments.entry(learner).or_default().push(EnrolmentView::of(row, keys.get(&learner))?);
        }
        let accounts = learners.iter().filter_map(|id| accounts.get(id));
        let view = |account: &learner::LearnerRow| {
            let key = keys.get(&account.id);
            let name = present.get(&account.id).zip(key);
            let name = name.map(|(name, key)| sealing::open(key, account.id, name.id, &name.sealed)).transpose()?;
            let identity = first.get(&account.id).zip(key);
            Ok(LearnerView {
                id: LearnerId::from_uuid(account.id),
                account_no: account.account_no.clone(),
                name,
                id_document: identity.map(|(identity, key)| document(identity, key)).transpose()?,
                opened_at: Instant::from_micros(account.opened_at),
                activated: account.activated_at.is_some(),
                enrolments: enrolments.remove(&account.id).unwrap_or_default(),
            })
        };
        accounts.map(view).collect()
    }

    /// The data keys of `learners` that have not been erased.
    pub(super) fn keys_of(&self, conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, DataKey>> {
        let mut keys = HashMap::with_capacity(learners.len());
        for (learner, stored) in learner::keys(conn, learners)? {
            keys.extend(sealing::unwrap(&self.keys, learner, &stored)?.map(|key| (learner, key)));
        }
        Ok(keys)
    }

    /// An audit row of what a client did or saw.
    pub(super) fn audit_client(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        action: &str,
        learner: Option<LearnerId>,
        done: bool,
        detail: Option<&str>,
    ) -> Result<()> {
        let event = Event { learner: learner.map(LearnerId::uuid), done, detail, ..self.event(actor, action) };
        Ok(audit::append(conn, &event)?)
    }
}

/// A document with its number masked.
pub(super) fn document(row: &IdentityRow, key: &DataKey) -> std::result::Result<DocumentView, StoreError> {
    let normalised = sealing::open(key, row.learner, row.id, &row.sealed)?;
    Ok(DocumentView { type_: row.type_, masked: ValidDocument { type_: row.type_, normalised }.masked() })
}
