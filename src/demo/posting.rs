//! Posting the city's results as its institutions' programs do: in batches, several on their way at once.

use std::collections::VecDeque;

use tokio::sync::oneshot::Receiver;
use uuid::Uuid;

use super::Made;
use super::results::{self, Draft};
use crate::domain::ids::{AchievementId, LearnerId};
use crate::services::actor::ClientActor;
use crate::services::error::{Error, Result};
use crate::services::posting::job::{Job, Outcome};
use crate::store::committer::NotRun;

/// Learners whose results are made and sent together: some three thousand posts.
const CHUNK: u64 = 500;
/// Chunks on their way at once: keeps the committer busy and its queue below half of what it takes.
const FLIGHTS: usize = 3;
/// Most certificates that are annulled again: enough to look at, and each is a transaction of its own.
const REVOKED_MAX: usize = 60;

/// The answer to come to a post, and who posted it if it is to be revoked.
pub(super) type Answer = (Receiver<std::result::Result<Outcome, NotRun>>, Option<ClientActor>);

/// A chunk on its way, and what follows once its answers are there.
struct Flight {
    answers: Vec<Answer>,
    later: Vec<Draft>,
    learners: u64,
}

impl Made<'_> {
    /// Posts everything the learners have achieved, who are named by their ids in order; answers how many results that
    /// were. `done` is told for how many learners all is posted.
    pub fn post(&self, learners: &[Uuid], done: &dyn Fn(u64)) -> Result<u64> {
        let mut flights: VecDeque<Flight> = VecDeque::new();
        let (mut posted, mut finished, mut to_revoke) = (0, 0, Vec::new());
        let mut chunks = learners.chunks(CHUNK as usize).zip((0..).step_by(CHUNK as usize));
        loop {
            let next = chunks.next();
            let more = next.is_some();
            if let Some((chunk, first)) = next {
                flights.push_back(self.send_chunk(chunk, first)?);
            }
            while flights.len() > if more { FLIGHTS } else { 0 } {
                let Some(flight) = flights.pop_front() else { break };
                posted += flight.answers.len() as u64;
                land(flight.answers, &mut to_revoke)?;
                if flight.later.is_empty() {
                    finished += flight.learners;
                    done(finished);
                } else {
                    // Further attempts and corrections go out once what they follow stands.
                    let answers = self.send(flight.later)?;
                    flights.push_back(Flight { answers, later: Vec::new(), learners: flight.learners });
                }
            }
            if !more {
                break;
            }
        }
        for (actor, achievement) in to_revoke.into_iter().take(REVOKED_MAX) {
            self.revoke(&actor, achievement)?;
        }
        Ok(posted)
    }

    fn send_chunk(&self, chunk: &[Uuid], first: u64) -> Result<Flight> {
        let (mut drafts, mut later) = (Vec::with_capacity(chunk.len() * 8), Vec::new());
        for (number, id) in (first..).zip(chunk) {
            let results = results::of(self.roll, number, LearnerId::from_uuid(*id));
            drafts.extend(results.first);
            later.extend(results.later);
        }
        Ok(Flight { answers: self.send(drafts)?, later, learners: chunk.len() as u64 })
    }

    pub(super) fn send(&self, drafts: Vec<Draft>) -> Result<Vec<Answer>> {
        let mut jobs = Vec::with_capacity(drafts.len());
        let mut revoking = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let actor = &self.places[draft.place].actor;
            jobs.push(Job::Post(Box::new(self.app.post_job(actor, &draft.post, None)?)));
            revoking.push(draft.to_revoke.then_some(*actor));
        }
        let receivers = self.app.committer.submit(jobs).map_err(|_| Error::Unavailable)?;
        Ok(receivers.into_iter().zip(revoking).collect())
    }

    fn revoke(&self, actor: &ClientActor, achievement: Uuid) -> Result<()> {
        let target = achievement.to_string();
        let once = self.app.once(*actor, "revoke_achievement", &target, &target, b"demo");
        self.app.revoke_achievement(actor, AchievementId::from_uuid(achievement), "证书登记有误，予以撤销", &once)?;
        Ok(())
    }
}

/// Waits for the answers; anything refused is a fault of the city, which ends its making.
pub(super) fn land(answers: Vec<Answer>, to_revoke: &mut Vec<(ClientActor, Uuid)>) -> Result<()> {
    for (receiver, revoking) in answers {
        match receiver.blocking_recv().map_err(|_| Error::Unavailable)?.map_err(|_| Error::Unavailable)? {
            Outcome::Posted(posted) => to_revoke.extend(revoking.map(|actor| (actor, posted.achievement.id))),
            Outcome::Refused(refusal) => return Err(refusal.into()),
            Outcome::Unchanged(_) | Outcome::Replayed(_) | Outcome::Kept => {}
        }
    }
    Ok(())
}
