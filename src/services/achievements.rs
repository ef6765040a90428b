//! Achievements once they are posted: looking at one, the feed of changes, revocation.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::idempotency::{Answer, Once};
use super::posting::decide::{LearnerSealer, history_refusal};
use super::posting::evidence_digest;
use super::refusal::Refusal;
use super::scope::Scope;
use super::unwinding;
use crate::domain::conversion::DiscrepancyCause;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::ids::{AchievementId, InstitutionId, LearnerId};
use crate::domain::kind::AchievementKind;
use crate::domain::score::Score;
use crate::domain::term::Attempt;
use crate::domain::time::Instant;
use crate::ledger::details::{Achievement, SealedDetails};
use crate::ledger::history::History;
use crate::ledger::status::{AchievementStatus, Standing};
use crate::ledger::transaction::Transaction;
use crate::store::book;
use crate::store::claim::{self, ClaimKind};
use crate::store::conn::Conn;
use crate::store::discrepancy::Record;
use crate::store::error::StoreError;
use crate::store::reading;
pub use crate::store::reading::FeedPlace;

/// An achievement as its poster, its learner's school or the bureau sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AchievementView {
    /// Its id.
    pub id: Uuid,
    /// The learner.
    pub learner_id: Uuid,
    /// The kind.
    pub kind: AchievementKind,
    /// Where it stands.
    pub status: AchievementStatus,
    /// Type of its credits.
    pub credit_type: CreditType,
    /// What its own lot brought; "0" for a further attempt and for what was revoked.
    pub credits: CreditAmount,
    /// Course, certificate, examination or occupation code.
    pub code: Option<String>,
    /// Level, or prize.
    pub level: Option<String>,
    /// What its poster calls it.
    pub title: Option<String>,
    /// 1, 2, 3… within the series.
    pub revision: i64,
    /// Shared by all revisions under one reference.
    pub series_id: Uuid,
    /// The poster's reference; only the poster sees it.
    pub external_ref: Option<String>,
    /// When it was completed.
    pub completed_on: NaiveDate,
    /// When its certificate was issued.
    pub issued_on: Option<NaiveDate>,
    /// Until when its certificate is valid.
    pub valid_until: Option<NaiveDate>,
    /// The term.
    pub term: Option<String>,
    /// Which attempt.
    pub attempt: Option<Attempt>,
    /// The score.
    pub score: Option<Score>,
    /// Who posted it.
    pub institution_id: Uuid,
    /// The enrolment it counts in.
    pub enrolment_id: Option<Uuid>,
    /// The revision that replaced it.
    pub superseded_by: Option<Uuid>,
    /// The earlier attempt that this one is better than.
    pub supersedes: Option<Uuid>,
    /// The earlier attempt that keeps counting.
    pub attached_to: Option<Uuid>,
    /// The transaction that brought it.
    pub transaction: TransactionRef,
}

/// A transaction in brief.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TransactionRef {
    /// Its id.
    pub id: Uuid,
    /// What it did.
    pub kind: crate::ledger::transaction::TransactionKind,
    /// Its place in the chain.
    pub learner_seq: i64,
    /// Its hash, hexadecimal.
    pub hash: String,
    /// When it was written.
    pub posted_at: Instant,
}

impl From<&Transaction> for TransactionRef {
    fn from(t: &Transaction) -> Self {
        Self { id: t.id, kind: t.kind, learner_seq: t.seq, hash: hex::encode(t.hash), posted_at: t.posted_at }
    }
}

/// What a revocation wrote: the ids stand in the key's record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Revoked {
    learner: Uuid,
    transactions: Vec<i64>,
}

impl App {
    /// One achievement.
    pub fn achievement(&self, actor: &ClientActor, id: AchievementId) -> Result<AchievementView> {
        actor.require(Scope::AchievementsRead)?;
        self.db.read(|conn| {
            let learner = reading::learner_of_achievement(conn, id.uuid())?.ok_or(Error::NotFound)?;
            let history = self.history(conn, learner)?;
            let found = history.achievements.iter().find(|a| a.id == id.uuid()).ok_or(Error::NotFound)?;
            if found.institution != actor.institution.uuid() {
                self.require_readable(conn, actor, LearnerId::from_uuid(learner))?;
            }
            self.view(&history, &history.standings(), found, actor)
        })
    }

    /// An achievement that the caller is known to have posted.
    pub(super) fn achievement_in(&self, actor: &ClientActor, learner: Uuid, id: Uuid) -> Result<AchievementView> {
        self.db.read(|conn| {
            let history = self.history(conn, learner)?;
            let found = history.achievements.iter().find(|a| a.id == id).ok_or(Error::NotFound)?;
            self.view(&history, &history.standings(), found, actor)
        })
    }

    /// The achievement that stands under a reference of the caller's, if any: a list of at most one.
    pub fn achievement_by_reference(&self, actor: &ClientActor, reference: &str) -> Result<Option<AchievementView>> {
        actor.require(Scope::AchievementsRead)?;
        let digest = self.external_ref_digest(actor.institution, reference);
        self.db.read(|conn| {
            let Some(claim) = claim::standing(conn, ClaimKind::ExternalRef, &[digest])?.remove(&digest) else {
                return Ok(None);
            };
            let history = self.history(conn, claim.learner)?;
            let found = history.achievements.iter().find(|a| a.id == claim.object);
            found.map(|found| self.view(&history, &history.standings(), found, actor)).transpose()
        })
    }

    /// Everything of one learner, in the order it was written.
    pub fn achievements_of(&self, actor: &ClientActor, learner: LearnerId) -> Result<Vec<AchievementView>> {
        actor.require(Scope::AchievementsRead)?;
        self.db.read(|conn| {
            self.require_readable(conn, actor, learner)?;
            let history = self.history(conn, learner.uuid())?;
            let standings = history.standings();
            history.achievements.iter().map(|found| self.view(&history, &standings, found, actor)).collect()
        })
    }

    /// What the caller's institution posted or changed after a place in its feed, oldest first. Answers the items and
    /// the place of the next page, if this one is full.
    ///
    /// Commits may become visible a little out of order: the next walk begins with `updated_since` ten seconds before
    /// this one began, so recent items may repeat and none is missed.
    pub fn achievement_feed(
        &self,
        actor: &ClientActor,
        after: FeedPlace,
        limit: i64,
    ) -> Result<(Vec<AchievementView>, Option<FeedPlace>)> {
        actor.require(Scope::AchievementsRead)?;
        self.db.read(|conn| {
            let changes = reading::feed(conn, actor.institution.uuid(), after, limit)?;
            let full = i64::try_from(changes.len()).is_ok_and(|length| length == limit);
            let next = changes.last().map(|(place, _)| *place).filter(|_| full);
            let mut learners: Vec<Uuid> = changes.iter().map(|(place, _)| place.learner).collect();
            learners.sort_unstable();
            learners.dedup();
            let mut histories = book::histories(conn, &learners)?;
            for learner in &learners {
                if let (Some(history), Some(key)) = (histories.get_mut(learner), self.learner_key(conn, *learner)?) {
                    super::details::open(history, &key);
                }
            }
            let mut standings: HashMap<Uuid, HashMap<Uuid, Standing>> = HashMap::new();
            let mut items = Vec::with_capacity(changes.len());
            for (place, about) in changes {
                let Some(history) = histories.get(&place.learner) else { continue };
                let own = |a: &&Achievement| a.id == about && a.institution == actor.institution.uuid();
                if let Some(found) = history.achievements.iter().find(own) {
                    let standings = standings.entry(place.learner).or_insert_with(|| history.standings());
                    items.push(self.view(history, standings, found, actor)?);
                }
            }
            Ok((items, next))
        })
    }

    /// Annuls an achievement of the caller's. Answers what was written.
    pub fn revoke_achievement(
        &self,
        actor: &ClientActor,
        id: AchievementId,
        reason: &str,
        once: &Once,
    ) -> Result<Answer<Vec<TransactionRef>>> {
        actor.require(Scope::AchievementsWrite)?;
        let answer = self.idempotently(once, |conn| {
            let learner = reading::learner_of_achievement(conn, id.uuid())?.ok_or(Error::NotFound)?;
            let mut books = book::lock_books(conn, self.book, &[learner])?;
            let history = self.history(conn, learner)?;
            let found = history.achievements.iter().find(|a| a.id == id.uuid()).ok_or(Error::NotFound)?;
            if found.institution != actor.institution.uuid() {
                return Err(Error::NotFound);
            }
            let dependents = unwinding::dependents(conn, learner)?;
            let cascade = history
                .revoke(id.uuid(), reason, self.clock.today(), &dependents, &mut || self.ids.id())
                .map_err(|refusal| Error::from(history_refusal(refusal)))?;

            let book = books.get_mut(&learner).ok_or(Error::NotFound)?;
            let key = self.learner_key(conn, learner)?.ok_or(Error::NotFound)?;
            let change = unwinding::Change {
                record: Record::Achievement(found.id),
                cause: DiscrepancyCause::Revocation,
                reason: Some(reason),
                author: actor.author(),
                at: self.clock.now(),
            };
            let means = unwinding::Means { ids: self.ids.as_ref(), key: &key };
            unwinding::settle(conn, learner, &cascade, &[], &change, &means)?;
            let sealer = LearnerSealer { ids: self.ids.as_ref(), key: &key };
            let mut appended = Vec::with_capacity(cascade.drafts.len());
            for draft in cascade.drafts {
                let one = book.append(draft, actor.author(), self.clock.now(), &sealer);
                appended.push(one.map_err(StoreError::broken)?);
            }
            book::append(conn, &appended, &[book])?;
            self.release_claims(conn, found, history.details.get(&found.seq))?;
            Ok(Revoked { learner, transactions: appended.iter().map(|one| one.transaction.seq).collect() })
        })?;
        let (revoked, replayed) = answer.parts();
        let written = self.db.read(|conn| {
            let chain = crate::store::book_rows::transactions(conn, &[revoked.learner])?;
            let own = chain.iter().filter(|t| revoked.transactions.contains(&t.seq));
            Ok::<_, Error>(own.map(TransactionRef::from).collect())
        })?;
        Ok(if replayed { Answer::Replayed(written) } else { Answer::Fresh(written) })
    }

    /// What was annulled may be posted again: its reference as the next revision, its evidence for whoever holds it.
    pub(super) fn release_claims(
        &self,
        conn: &mut Conn,
        found: &Achievement,
        details: Option<&SealedDetails>,
    ) -> Result<()> {
        let details = details.ok_or_else(|| StoreError::broken("the details of a live achievement do not open"))?;
        if let Some(reference) = &details.external_ref {
            let digest = self.external_ref_digest(InstitutionId::from_uuid(found.institution), reference);
            if !claim::release(conn, ClaimKind::ExternalRef, &digest, found.id)? {
                return Err(Refusal::AlreadyRevoked.into());
            }
        }
        if found.kind != AchievementKind::Course {
            let (number, title) = (details.number.as_deref(), details.title.as_deref());
            let code = found.code.as_deref();
            let on = found.completed_on;
            let digest = evidence_digest(&self.keys, found.kind, code, number, title, found.learner, on);
            claim::delete(conn, ClaimKind::Evidence, &[digest])?;
        }
        Ok(())
    }

    /// The learner's history with its details opened.
    pub fn history(&self, conn: &mut Conn, learner: Uuid) -> Result<History> {
        let mut history = book::histories(conn, &[learner])?.remove(&learner).unwrap_or_default();
        if let Some(key) = self.learner_key(conn, learner)? {
            super::details::open(&mut history, &key);
        }
        Ok(history)
    }

    fn view(
        &self,
        history: &History,
        standings: &HashMap<Uuid, Standing>,
        a: &Achievement,
        actor: &ClientActor,
    ) -> Result<AchievementView> {
        let standing = standings[&a.id];
        let details = history.details.get(&a.seq);
        let place = usize::try_from(a.seq - 1).unwrap_or(usize::MAX);
        let brought = history.transactions.get(place).filter(|t| t.seq == a.seq);
        let brought = brought.ok_or_else(|| StoreError::broken("no transaction brought an achievement"))?;
        let own = a.institution == actor.institution.uuid();
        Ok(AchievementView {
            id: a.id,
            learner_id: a.learner,
            kind: a.kind,
            status: standing.status,
            credit_type: a.credit_type,
            credits: standing.credits,
            code: a.code.clone(),
            level: a.level.clone(),
            title: details.and_then(|d| d.title.clone()),
            revision: a.revision,
            series_id: a.series,
            external_ref: details.and_then(|d| d.external_ref.clone()).filter(|_| own),
            completed_on: a.completed_on,
            issued_on: a.issued_on,
            valid_until: a.valid_until,
            term: a.term.clone(),
            attempt: a.attempt,
            score: details.and_then(|d| d.score.as_ref()).map(|score| Score {
                scale: score.scale,
                value: score.value.clone(),
                passed: None,
            }),
            institution_id: a.institution,
            enrolment_id: a.enrolment,
            superseded_by: standing.superseded_by,
            supersedes: a.supersedes,
            attached_to: a.attached_to,
            transaction: brought.into(),
        })
    }
}
