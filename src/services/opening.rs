//! Opening accounts, set-based: one, a batch, or a city.
//!
//! Two accounts never share a document: the identity claim decides who opens. A known document with a name that the
//! account has or had gains the enrolment and nothing else; with another name it becomes a case for an administrator.
//! Items that are refused leave no row behind but that case, so others of the same transaction stand.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::activation::IssuedCode;
use super::refusal::Refusal;
use super::{digests, sealing};
use crate::crypto::digest::Hash;
use crate::crypto::keys::{KeyRing, same};
use crate::crypto::seal::DataKey;
use crate::domain::enrolment::NewEnrolment;
use crate::domain::identity::ValidDocument;
use crate::domain::name::PersonName;
use crate::domain::time::Instant;
use crate::ports::IdSource;
use crate::store::claim::{self, ClaimKind, NewClaim};
use crate::store::conn::Conn;
use crate::store::error::{Result, StoreError};
use crate::store::identity_case::{self, NewCase};
use crate::store::{activation, enrolment, learner, learner_identity};

/// Whose account is to be opened; checked. `Debug` says nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// The name.
    pub name: PersonName,
    /// The document.
    pub document: ValidDocument,
    /// The enrolment, as [`NewEnrolment::validate`] left it.
    pub enrolment: Option<NewEnrolment>,
}

/// Who opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opener {
    /// The institution.
    pub institution: Uuid,
    /// The client, or the institution itself where no client acts.
    pub by: Uuid,
}

/// What came of an item: ids only, and the code the one time it is shown.
#[derive(Debug)]
pub struct Opened {
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
    /// The activation code of a new account.
    pub activation: Option<IssuedCode>,
}

/// What came of one item.
pub type Outcome = std::result::Result<Opened, Refusal>;

/// Opens accounts; holds what that needs.
#[derive(Clone)]
pub struct Openings {
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// Ids and randomness.
    pub ids: Arc<dyn IdSource>,
}

/// An item on its way.
pub(super) struct Draft<'i> {
    pub(super) document: &'i ValidDocument,
    pub(super) name: &'i PersonName,
    pub(super) enrolment: Option<&'i NewEnrolment>,
    /// Claim of the document.
    pub(super) identity_digest: Hash,
    pub(super) name_digest: Hash,
    pub(super) learner: Uuid,
    pub(super) identity: Uuid,
    pub(super) name_id: Uuid,
    pub(super) existing: bool,
    /// Whether its claim of the document was made in this transaction.
    claimed: bool,
    /// The learner's data key.
    pub(super) key: Option<DataKey>,
    pub(super) refusal: Option<Refusal>,
    pub(super) enrolled: Option<Uuid>,
}

impl Openings {
    /// Opens accounts within a transaction; an outcome for each item, in order.
    pub fn open_in(&self, conn: &mut Conn, opener: Opener, items: &[&OpenItem], now: Instant) -> Result<Vec<Outcome>> {
        let mut outcomes: Vec<Option<Outcome>> = items.iter().map(|_| None).collect();
        let mut waiting: Vec<usize> = (0..items.len()).collect();
        // Items that share a document or a student number go one after another; all others in one round.
        while !waiting.is_empty() {
            let (mut seen, mut later) = (HashSet::new(), Vec::new());
            let mut round: Vec<(usize, Draft<'_>)> = Vec::with_capacity(waiting.len());
            for index in waiting {
                let draft = self.draft(items[index]);
                let number = items[index].enrolment.as_ref().map(|e| e.student_no.clone().into_bytes());
                let first = seen.insert(draft.identity_digest.to_vec());
                if first && number.is_none_or(|number| seen.insert(number)) {
                    round.push((index, draft));
                } else {
                    later.push(index);
                }
            }
            let (places, mut drafts): (Vec<usize>, Vec<Draft<'_>>) = round.into_iter().unzip();
            for (place, outcome) in places.into_iter().zip(self.round(conn, opener, &mut drafts, now)?) {
                outcomes[place] = Some(outcome);
            }
            waiting = later;
        }
        Ok(outcomes.into_iter().map(|outcome| outcome.expect("every item was in a round")).collect())
    }

    /// An account for a post: no enrolment, no code. Answers the account the document belongs to, whatever its name; the
    /// caller compares.
    pub fn open_bare(
        &self,
        conn: &mut Conn,
        institution: Uuid,
        document: &ValidDocument,
        name: &PersonName,
        now: Instant,
    ) -> Result<Uuid> {
        let mut drafts = [self.draft_of(document, name, None)];
        let standing = claim_identities(conn, &mut drafts, now)?;
        let [draft] = &mut drafts;
        if let Some(learner) = standing.get(&draft.identity_digest) {
            return Ok(learner.0);
        }
        self.write_accounts(conn, institution, &mut drafts, now)?;
        Ok(drafts[0].learner)
    }

    fn draft<'i>(&self, item: &'i OpenItem) -> Draft<'i> {
        self.draft_of(&item.document, &item.name, item.enrolment.as_ref())
    }

    fn draft_of<'i>(
        &self,
        document: &'i ValidDocument,
        name: &'i PersonName,
        enrolment: Option<&'i NewEnrolment>,
    ) -> Draft<'i> {
        Draft {
            document,
            name,
            enrolment,
            identity_digest: digests::identity(&self.keys, document),
            name_digest: digests::name(&self.keys, name),
            learner: self.ids.id(),
            identity: self.ids.id(),
            name_id: self.ids.id(),
            existing: false,
            claimed: false,
            key: None,
            refusal: None,
            enrolled: None,
        }
    }

    fn round(&self, conn: &mut Conn, opener: Opener, drafts: &mut [Draft<'_>], now: Instant) -> Result<Vec<Outcome>> {
        let programmes: Vec<Uuid> = drafts.iter().filter_map(|d| Some(d.enrolment?.programme_id.uuid())).collect();
        let plans = enrolment::plans(conn, &programmes)?;
        for draft in drafts.iter_mut() {
            let programme = draft.enrolment.map(|enrolment| enrolment.programme_id.uuid());
            let own = |id| plans.get(&id).is_some_and(|plans| plans.institution == opener.institution);
            if programme.is_some_and(|id| !own(id)) {
                draft.refusal = Some(Refusal::UnknownProgramme.at("/enrolment/programme_id"));
            }
        }
        let standing = claim_identities(conn, drafts, now)?;
        self.meet_standing(conn, opener, drafts, &standing, now)?;
        for draft in drafts.iter_mut().filter(|draft| draft.refusal.is_none() && !draft.existing) {
            draft.key = Some(DataKey::generate(self.ids.as_ref()));
        }
        self.enrol(conn, opener, &plans, drafts, now)?;
        let unclaimed: Vec<Hash> = drafts
            .iter()
            .filter(|draft| draft.refusal.is_some() && draft.claimed)
            .map(|draft| draft.identity_digest)
            .collect();
        claim::delete(conn, ClaimKind::Identity, &unclaimed)?;
        self.write_accounts(conn, opener.institution, drafts, now)?;
        self.finish(conn, opener, drafts, now)
    }

    /// Decides the items whose documents have an account.
    fn meet_standing(
        &self,
        conn: &mut Conn,
        opener: Opener,
        drafts: &mut [Draft<'_>],
        standing: &HashMap<Hash, (Uuid, Uuid)>,
        now: Instant,
    ) -> Result<()> {
        let learners: Vec<Uuid> = standing.values().map(|(learner, _)| *learner).collect();
        let names = learner_identity::names(conn, &learners)?;
        let keys = learner::keys(conn, &learners)?;
        for draft in drafts.iter_mut().filter(|draft| draft.refusal.is_none()) {
            let Some((learner, identity)) = standing.get(&draft.identity_digest) else { continue };
            (draft.learner, draft.identity, draft.existing) = (*learner, *identity, true);
            let stored = keys.get(learner).map(|stored| sealing::unwrap(&self.keys, *learner, stored)).transpose()?;
            let Some(key) = stored.flatten() else {
                // The person has been erased: nobody may come into the account by its document.
                draft.refusal = Some(Refusal::UnknownLearner);
                continue;
            };
            let mut own = names.iter().filter(|name| name.learner == *learner);
            match own.find(|name| same(&name.digest, &draft.name_digest)) {
                Some(name) => draft.name_id = name.id,
                None => {
                    let case_id = self.case(conn, opener, draft, &key, now)?;
                    draft.refusal = Some(Refusal::IdentityUnderReview { case_id });
                }
            }
            draft.key = Some(key);
        }
        Ok(())
    }

    /// The case of another name; a repeated attempt finds the one that is open.
    fn case(&self, conn: &mut Conn, opener: Opener, draft: &Draft<'_>, key: &DataKey, now: Instant) -> Result<Uuid> {
        let (learner, digest) = (draft.learner, &draft.name_digest);
        if let Some(case) = identity_case::same_open(conn, learner, opener.institution, digest)? {
            return Ok(case);
        }
        let id = self.ids.id();
        let sealed = sealing::seal(self.ids.as_ref(), key, learner, id, draft.name.as_str());
        let (type_, opened_by) = (draft.document.type_, opener.institution);
        identity_case::insert(
            conn,
            &NewCase { id, learner, opened_by, type_, digest, sealed: &sealed, at: now.micros() },
        )?;
        Ok(id)
    }

    /// Issues the codes of the new accounts.
    fn finish(&self, conn: &mut Conn, opener: Opener, drafts: &mut [Draft<'_>], now: Instant) -> Result<Vec<Outcome>> {
        let mut codes = Vec::new();
        let mut outcomes = Vec::with_capacity(drafts.len());
        for draft in drafts {
            if let Some(refusal) = draft.refusal.take() {
                outcomes.push(Err(refusal));
                continue;
            }
            let activation = (!draft.existing).then(|| {
                let (row, issued) = self.code(draft.learner, opener.institution, super::activation::SLIP_MICROS, now);
                codes.push(row);
                issued
            });
            outcomes.push(Ok(Opened {
                learner: draft.learner,
                identity: draft.identity,
                name: draft.name_id,
                enrolment: draft.enrolled,
                existing: draft.existing,
                activation,
            }));
        }
        activation::insert_all(conn, &codes)?;
        Ok(outcomes)
    }
}

/// Claims the documents of the drafts that are not refused; answers learner and identity of those that stood before.
fn claim_identities(conn: &mut Conn, drafts: &mut [Draft<'_>], now: Instant) -> Result<HashMap<Hash, (Uuid, Uuid)>> {
    let claims: Vec<NewClaim<'_>> = drafts
        .iter()
        .filter(|draft| draft.refusal.is_none())
        .map(|draft| NewClaim {
            kind: ClaimKind::Identity,
            digest: &draft.identity_digest,
            learner: draft.learner,
            object: draft.identity,
            revision: 1,
            content: None,
            at: now.micros(),
        })
        .collect();
    let made = claim::insert(conn, &claims)?;
    let missed: Vec<Hash> =
        claims.iter().filter(|c| !made.contains(&(c.kind, *c.digest))).map(|claim| *claim.digest).collect();
    let standing = claim::standing(conn, ClaimKind::Identity, &missed)?;
    // Gone again since the insert: whoever held it was refused. The transaction is run again.
    if missed.iter().any(|digest| !standing.contains_key(digest)) {
        return Err(StoreError::Contended);
    }
    for draft in drafts {
        draft.claimed = made.contains(&(ClaimKind::Identity, draft.identity_digest)) && draft.refusal.is_none();
    }
    Ok(standing.into_iter().map(|(digest, claim)| (digest, (claim.learner, claim.object))).collect())
}
