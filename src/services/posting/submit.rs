//! Posting, as a client asks for it: one result, or a batch.

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::job::{Job, Kept, Naming, Outcome, PostJob, Posted};
use crate::domain::achievement::{AchievementPost, OnChange, Refusal as PostRefusal};
use crate::domain::learner_ref::LearnerKey;
use crate::services::App;
use crate::services::achievements::AchievementView;
use crate::services::actor::ClientActor;
use crate::services::error::{Error, Result};
use crate::services::idempotency::Once;
use crate::services::refusal::{ItemError, Refusal};
use crate::services::scope::Scope;
use crate::store::claim::ClaimKind;
use crate::store::committer::NotRun;

/// Most items of a batch.
pub const BATCH_MAX: usize = 5_000;
/// Most items of an atomic batch: all of it is one transaction.
pub const ATOMIC_MAX: usize = 1_000;

/// The answer to one posted result.
#[derive(Debug)]
pub enum PostAnswer {
    /// Written now.
    Posted(Box<Posted>),
    /// It stands already; to be rendered from the book. The flag says whether the key had been answered before.
    Stands {
        /// Which.
        kept: Kept,
        /// Whether this is a replay of an earlier request.
        replayed: bool,
    },
}

/// A batch as it is asked for.
#[derive(Debug)]
pub struct Batch {
    /// All or none.
    pub atomic: bool,
    /// What an item does unless it says otherwise.
    pub on_change: Option<OnChange>,
    /// Why, for corrections that do not say themselves.
    pub reason: Option<String>,
    /// The items; what did not read as one is refused by itself.
    pub items: Vec<std::result::Result<AchievementPost, Refusal>>,
}

/// What came of one item of a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ItemAnswer {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// 201 written, 200 unchanged, else the status of the refusal.
    pub created: bool,
    /// The achievement.
    pub id: Option<Uuid>,
    /// The refusal.
    pub refusal: Option<Refusal>,
}

/// What came of a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BatchAnswer {
    /// Whether it was refused as a whole.
    pub failed: bool,
    /// Every item, in order.
    pub items: Vec<ItemAnswer>,
}

impl App {
    /// Checks a post and makes its job.
    pub fn post_job(
        &self,
        actor: &ClientActor,
        post: &AchievementPost,
        once: Option<Once>,
    ) -> std::result::Result<PostJob, Refusal> {
        let valid = post.validate(self.clock.today(), self.settings.regions).map_err(|refusal| match refusal {
            PostRefusal::Invalid(invalid) => Refusal::InvalidItem { errors: ItemError::list(&invalid) },
            PostRefusal::NotPassed => Refusal::NotPassed.at("/score"),
            PostRefusal::ExemptionIsNotAnAchievement => Refusal::ExemptionIsNotAnAchievement.at("/score"),
        })?;
        let mut opening = None;
        let mut name_digest = None;
        let naming = match &valid.learner {
            LearnerKey::Id(id) => Naming::Id(id.uuid()),
            LearnerKey::AccountNo(number) => Naming::AccountNo(number.as_str().to_owned()),
            LearnerKey::StudentNo(number) => {
                Naming::Claimed(ClaimKind::StudentNo, self.student_no_digest(actor.institution, number))
            }
            LearnerKey::Document { doc, name } => {
                name_digest = name.as_ref().map(|name| self.name_digest(name));
                opening = name.clone().filter(|_| valid.open_if_missing).map(|name| (doc.clone(), name));
                Naming::Claimed(ClaimKind::Identity, self.identity_digest(doc))
            }
        };
        Ok(PostJob {
            author: actor.author(),
            naming,
            opening,
            name: name_digest,
            achievement: self.ids.id(),
            transaction: self.ids.id(),
            reference: self.external_ref_digest(actor.institution, &valid.external_ref),
            canonical: valid.canonical(),
            once,
            recognised: false,
            post: valid,
        })
    }

    /// Posts one result.
    pub async fn post_achievement(
        &self,
        actor: &ClientActor,
        post: &AchievementPost,
        once: Once,
    ) -> Result<PostAnswer> {
        actor.require(Scope::AchievementsWrite)?;
        let job = self.post_job(actor, post, Some(once))?;
        let mut receivers = self.committer.submit(vec![Job::Post(Box::new(job))]).map_err(not_run)?;
        let receiver = receivers.pop().ok_or(Error::Unavailable)?;
        match answered(receiver).await? {
            Outcome::Posted(posted) => Ok(PostAnswer::Posted(posted)),
            Outcome::Unchanged(kept) => Ok(PostAnswer::Stands { kept, replayed: false }),
            Outcome::Replayed(answer) => {
                let kept = serde_json::from_str(&answer).map_err(|_| Error::Unavailable)?;
                Ok(PostAnswer::Stands { kept, replayed: true })
            }
            Outcome::Refused(refusal) => Err(refusal.into()),
            Outcome::Kept => Err(Error::Unavailable),
        }
    }

    /// Posts a batch; each item has an answer of its own, unless it is atomic.
    pub async fn post_batch(&self, actor: &ClientActor, batch: Batch, once: Once) -> Result<BatchAnswer> {
        actor.require(Scope::AchievementsWrite)?;
        let limit = if batch.atomic { ATOMIC_MAX } else { BATCH_MAX };
        if batch.items.len() > limit {
            return Err(Refusal::BatchTooLarge { limit }.into());
        }
        let mut answers: Vec<Option<ItemAnswer>> = Vec::with_capacity(batch.items.len());
        let mut jobs = Vec::with_capacity(batch.items.len());
        for (index, item) in batch.items.into_iter().enumerate() {
            let mut item = match item {
                Ok(item) => item,
                Err(refusal) => {
                    answers.push(Some(refused(index, refusal)));
                    continue;
                }
            };
            item.on_change = item.on_change.or(batch.on_change);
            if item.on_change == Some(OnChange::Correct) && item.reason.is_none() {
                item.reason.clone_from(&batch.reason);
            }
            match self.post_job(actor, &item, None) {
                Ok(job) => {
                    answers.push(None);
                    jobs.push((index, job));
                }
                Err(refusal) => answers.push(Some(refused(index, refusal))),
            }
        }
        let answer =
            if batch.atomic { self.atomic(jobs, answers).await? } else { self.one_by_one(jobs, answers).await? };
        if !answer.failed {
            self.keep_batch(once, &answer).await?;
        }
        Ok(answer)
    }

    async fn one_by_one(
        &self,
        jobs: Vec<(usize, PostJob)>,
        mut answers: Vec<Option<ItemAnswer>>,
    ) -> Result<BatchAnswer> {
        let (places, jobs): (Vec<usize>, Vec<Job>) =
            jobs.into_iter().map(|(index, job)| (index, Job::Post(Box::new(job)))).unzip();
        let receivers = self.committer.submit(jobs).map_err(not_run)?;
        for (index, receiver) in places.into_iter().zip(receivers) {
            answers[index] = Some(match receiver.await {
                Ok(Ok(outcome)) => item(index, outcome),
                Ok(Err(NotRun::Failed)) => refused(index, Refusal::Failed),
                Ok(Err(NotRun::Full | NotRun::Unavailable)) | Err(_) => refused(index, Refusal::NotTakenNow),
            });
        }
        Ok(BatchAnswer { failed: false, items: answers.into_iter().flatten().collect() })
    }

    async fn atomic(&self, jobs: Vec<(usize, PostJob)>, mut answers: Vec<Option<ItemAnswer>>) -> Result<BatchAnswer> {
        let failed = |answers: Vec<Option<ItemAnswer>>| BatchAnswer {
            failed: true,
            items: answers.into_iter().flatten().filter(|answer| answer.refusal.is_some()).collect(),
        };
        if answers.iter().any(Option::is_some) {
            return Ok(failed(answers));
        }
        let (places, jobs): (Vec<usize>, Vec<Job>) =
            jobs.into_iter().map(|(index, job)| (index, Job::Post(Box::new(job)))).unzip();
        let receiver = self.committer.submit_atomic(jobs).map_err(not_run)?;
        let outcomes = receiver.await.map_err(|_| Error::Unavailable)?.map_err(not_run)?;
        for (index, outcome) in places.into_iter().zip(outcomes) {
            answers[index] = Some(item(index, outcome));
        }
        if answers.iter().flatten().any(|answer| answer.refusal.is_some()) {
            return Ok(failed(answers));
        }
        Ok(BatchAnswer { failed: false, items: answers.into_iter().flatten().collect() })
    }

    /// Keeps a batch's answer under its key. If it cannot be kept, sending the batch again answers `unchanged`.
    async fn keep_batch(&self, once: Once, answer: &BatchAnswer) -> Result<()> {
        if answer.items.iter().any(|item| item.refusal == Some(Refusal::NotTakenNow)) {
            return Ok(()); // sending it again must take what was not taken now
        }
        let answer = serde_json::to_string(answer).map_err(|_| Error::Unavailable)?;
        let mut receivers = self.committer.submit(vec![Job::Keep { once, answer }]).map_err(not_run)?;
        if let Some(receiver) = receivers.pop() {
            answered(receiver).await?;
        }
        Ok(())
    }

    /// What stands, for the institution that posted it.
    pub fn standing(&self, actor: &ClientActor, kept: Kept) -> Result<AchievementView> {
        self.achievement_in(actor, kept.learner, kept.achievement)
    }

    /// The answer of a batch sent before with this key.
    pub fn kept_batch(&self, once: &Once) -> Result<Option<BatchAnswer>> {
        self.db.read(|conn| crate::services::idempotency::replay(conn, once))
    }
}

fn item(index: usize, outcome: Outcome) -> ItemAnswer {
    match outcome {
        Outcome::Posted(posted) => ItemAnswer { index, created: true, id: Some(posted.achievement.id), refusal: None },
        Outcome::Unchanged(kept) => ItemAnswer { index, created: false, id: Some(kept.achievement), refusal: None },
        Outcome::Refused(refusal) => refused(index, refusal),
        Outcome::Replayed(_) | Outcome::Kept => refused(index, Refusal::NotTakenNow),
    }
}

fn refused(index: usize, refusal: Refusal) -> ItemAnswer {
    ItemAnswer { index, created: false, id: None, refusal: Some(refusal) }
}

async fn answered(receiver: oneshot::Receiver<std::result::Result<Outcome, NotRun>>) -> Result<Outcome> {
    receiver.await.map_err(|_| Error::Unavailable)?.map_err(not_run)
}

fn not_run(reason: NotRun) -> Error {
    match reason {
        NotRun::Full | NotRun::Unavailable => Error::Unavailable,
        NotRun::Failed => crate::store::error::StoreError::broken("a write was isolated after it failed").into(),
    }
}
