//! One group of posts within one transaction: replay → resolve → claim → lock and load → decide → write.
//!
//! Lock order, everywhere: records of keys, claims by digest, then learners by id.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::Posting;
use super::job::{Job, Kept, Naming, Outcome, PostJob};
use super::loaded::Loaded;
use crate::crypto::digest::Hash;
use crate::crypto::keys::{Purpose, same};
use crate::domain::achievement::OnChange;
use crate::domain::kind::AchievementKind;
use crate::domain::time::Instant;
use crate::ledger::book::Appended;
use crate::services::refusal::Refusal;
use crate::store::claim::{self, Claim, ClaimKind, NewClaim};
use crate::store::committer::Verdict;
use crate::store::conn::Conn;
use crate::store::error::{Result, StoreError};
use crate::store::idempotency::{self, Record};
use crate::store::{book, learner};

/// How a post stands to what was posted under its reference before.
#[derive(Debug, Clone)]
pub(super) enum Earlier {
    /// Nothing: the reference was claimed now.
    Nothing,
    /// A revoked one: the next revision follows.
    Released(Claim),
    /// A live one with other content, to be corrected.
    Live(Claim),
}

/// One post on its way through the group.
pub(super) struct Slot<'j> {
    pub(super) job: &'j PostJob,
    pub(super) learner: Option<Uuid>,
    pub(super) content: Hash,
    pub(super) evidence: Option<Hash>,
    pub(super) earlier: Earlier,
    claimed_reference: bool,
    claimed_evidence: bool,
    pub(super) verdict: Option<Verdict<Outcome>>,
}

impl Slot<'_> {
    pub(super) fn open(&self) -> bool {
        self.verdict.is_none()
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.verdict = Some(Verdict::Done(Outcome::Refused(self.job.pointed(refusal))));
    }

    pub(super) fn again(&mut self) {
        self.verdict = Some(Verdict::Again);
    }

    fn refused(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Done(Outcome::Refused(_)) | Verdict::Again))
    }
}

/// Runs a group.
pub(super) fn run(work: &Posting, conn: &mut Conn, jobs: &[&Job]) -> Result<Vec<Verdict<Outcome>>> {
    let now = work.clock.now();
    let mut slots: Vec<Slot<'_>> = jobs
        .iter()
        .filter_map(|job| match job {
            Job::Post(job) => Some(Slot {
                job,
                learner: None,
                content: [0; 32],
                evidence: None,
                earlier: Earlier::Nothing,
                claimed_reference: false,
                claimed_evidence: false,
                verdict: None,
            }),
            Job::Keep { .. } => None,
        })
        .collect();
    replay(conn, &mut slots)?;
    let opened = resolve(work, conn, &mut slots, now)?;
    claim_references(conn, &mut slots, now)?;
    claim_evidence(conn, &mut slots, now)?;
    let mut loaded = Loaded::load(work, conn, &slots)?;
    let now = work.clock.now(); // under the locks: `posted_at` follows the order of the chain
    let appended = super::decide::decide(work, conn, &mut slots, &mut loaded, now)?;
    write(conn, &slots, &loaded, &appended, now)?;
    undo_refused(conn, &slots, &opened)?;
    keep(conn, jobs, &slots, now)?;
    let mut posts = slots.into_iter().map(|slot| slot.verdict.unwrap_or(Verdict::Again));
    Ok(jobs
        .iter()
        .map(|job| match job {
            Job::Post(_) => posts.next().unwrap_or(Verdict::Again),
            Job::Keep { .. } => Verdict::Done(Outcome::Kept),
        })
        .collect())
}

/// Answers what was answered before; of two posts with one key the second waits for the first.
fn replay(conn: &mut Conn, slots: &mut [Slot<'_>]) -> Result<()> {
    let keys: Vec<_> = slots.iter().filter_map(|slot| slot.job.once.as_ref()).collect();
    let found = idempotency::find_many(conn, &keys)?;
    let mut seen = HashSet::new();
    for slot in slots {
        let Some(once) = &slot.job.once else { continue };
        if let Some((request, answer)) = found.get(&once.key) {
            if same(request, &once.request) {
                slot.verdict = Some(Verdict::Done(Outcome::Replayed(answer.clone())));
            } else {
                slot.refuse(Refusal::IdempotencyKeyReused);
            }
        } else if !seen.insert(once.key) {
            slot.again();
        }
    }
    Ok(())
}

/// Finds the learners; opens accounts where that is wished, and answers whose.
fn resolve(work: &Posting, conn: &mut Conn, slots: &mut [Slot<'_>], now: Instant) -> Result<Vec<Uuid>> {
    let mut account_nos = Vec::new();
    let mut claims: HashMap<ClaimKind, Vec<Hash>> = HashMap::new();
    for slot in slots.iter().filter(|slot| slot.open()) {
        match &slot.job.naming {
            Naming::Id(_) => {}
            Naming::AccountNo(number) => account_nos.push(number.as_str()),
            Naming::Claimed(kind, digest) => claims.entry(*kind).or_default().push(*digest),
        }
    }
    let by_number = learner::by_account_nos(conn, &account_nos)?;
    let mut by_claim = HashMap::new();
    for (kind, digests) in claims {
        for (digest, claim) in claim::standing(conn, kind, &digests)? {
            by_claim.insert((kind, digest), claim.learner);
        }
    }
    let mut opened = Vec::new();
    for slot in slots.iter_mut().filter(|slot| slot.open()) {
        slot.learner = match &slot.job.naming {
            Naming::Id(id) => Some(*id),
            Naming::AccountNo(number) => by_number.get(number.as_str()).copied(),
            Naming::Claimed(kind, digest) => by_claim.get(&(*kind, *digest)).copied(),
        };
        if let (None, Some((document, name)), Naming::Claimed(kind, digest)) =
            (slot.learner, &slot.job.opening, &slot.job.naming)
        {
            let institution = slot.job.author.institution;
            let learner = work.openings.open_bare(conn, institution, document, name, now)?;
            by_claim.insert((*kind, *digest), learner);
            opened.push(learner);
            slot.learner = Some(learner);
        }
        match slot.learner {
            None => slot.refuse(Refusal::UnknownLearner),
            Some(learner) => {
                slot.content = work.keys.digest(Purpose::Content, &[slot.job.canonical.as_bytes(), learner.as_bytes()]);
                slot.evidence = work.evidence_of(&slot.job.post, learner);
            }
        }
    }
    Ok(opened)
}

/// Claims the references; what stands already is unchanged, refused, to be corrected, or free again.
fn claim_references(conn: &mut Conn, slots: &mut [Slot<'_>], now: Instant) -> Result<()> {
    let mut seen = HashSet::new();
    for slot in slots.iter_mut().filter(|slot| slot.open()) {
        if !seen.insert(slot.job.reference) {
            slot.again();
        }
    }
    let claims: Vec<NewClaim<'_>> =
        slots.iter().filter(|slot| slot.open()).filter_map(|slot| reference_claim(slot, 1, now)).collect();
    let made = claim::insert(conn, &claims)?;
    let missed: Vec<Hash> = claims
        .iter()
        .filter(|claim| !made.contains(&(ClaimKind::ExternalRef, *claim.digest)))
        .map(|claim| *claim.digest)
        .collect();
    let standing = claim::standing(conn, ClaimKind::ExternalRef, &missed)?;
    for slot in slots.iter_mut().filter(|slot| slot.open()) {
        if made.contains(&(ClaimKind::ExternalRef, slot.job.reference)) {
            slot.claimed_reference = true;
            continue;
        }
        // Gone again since the insert: whoever held it was refused. The group is run again.
        let claim = standing.get(&slot.job.reference).cloned().ok_or(StoreError::Contended)?;
        if !claim.live {
            slot.earlier = Earlier::Released(claim);
        } else if claim.content.as_deref().is_some_and(|content| same(content, &slot.content)) {
            let kept = Kept {
                achievement: claim.object,
                learner: claim.learner,
                created: claim.object == slot.job.achievement,
            };
            slot.verdict = Some(Verdict::Done(Outcome::Unchanged(kept)));
        } else if slot.job.post.on_change == OnChange::Correct && Some(claim.learner) == slot.learner {
            slot.earlier = Earlier::Live(claim);
        } else {
            slot.refuse(Refusal::ExternalRefTaken { stands: claim.object, revision: claim.revision });
        }
    }
    Ok(())
}

fn reference_claim<'s>(slot: &'s Slot<'_>, revision: i64, now: Instant) -> Option<NewClaim<'s>> {
    Some(NewClaim {
        kind: ClaimKind::ExternalRef,
        digest: &slot.job.reference,
        learner: slot.learner?,
        object: slot.job.achievement,
        revision,
        content: Some(&slot.content),
        at: now.micros(),
    })
}

/// Claims the evidence of new results, so that no certificate gives credit twice. Corrections settle theirs when decided.
fn claim_evidence(conn: &mut Conn, slots: &mut [Slot<'_>], now: Instant) -> Result<()> {
    let mut seen = HashSet::new();
    let fresh = |slot: &Slot<'_>| slot.open() && !matches!(slot.earlier, Earlier::Live(_));
    for slot in slots.iter_mut().filter(|slot| fresh(slot)) {
        if slot.evidence.is_some_and(|evidence| !seen.insert(evidence)) {
            slot.again();
        }
    }
    let claims: Vec<NewClaim<'_>> = slots
        .iter()
        .filter(|slot| fresh(slot))
        .filter_map(|slot| evidence_claim(slot.evidence.as_ref()?, slot.learner?, slot.job.achievement, now))
        .collect();
    let made = claim::insert(conn, &claims)?;
    for slot in slots.iter_mut().filter(|slot| fresh(slot)) {
        let Some(evidence) = slot.evidence else { continue };
        if made.contains(&(ClaimKind::Evidence, evidence)) {
            slot.claimed_evidence = true;
        } else {
            slot.refuse(Refusal::EvidenceAlreadyCredited);
        }
    }
    Ok(())
}

pub(super) fn evidence_claim(digest: &Hash, learner: Uuid, object: Uuid, now: Instant) -> Option<NewClaim<'_>> {
    let kind = ClaimKind::Evidence;
    Some(NewClaim { kind, digest, learner, object, revision: 1, content: None, at: now.micros() })
}

/// Writes what was decided: the book, and the references that pass from a revoked or corrected revision to the next.
fn write(conn: &mut Conn, slots: &[Slot<'_>], loaded: &Loaded, appended: &[Appended], now: Instant) -> Result<()> {
    let touched: BTreeSet<Uuid> = appended.iter().map(|a| a.transaction.learner).collect();
    let books: Vec<_> = touched.iter().filter_map(|learner| loaded.books.get(learner)).collect();
    book::append(conn, appended, &books)?;
    for slot in slots {
        let Some(Verdict::Done(Outcome::Posted(posted))) = &slot.verdict else { continue };
        let Some(new) = reference_claim(slot, posted.achievement.revision, now) else { continue };
        let moved = match &slot.earlier {
            Earlier::Nothing => true,
            Earlier::Released(claim) => claim::retake(conn, new.kind, new.digest, claim.revision, &new)?,
            Earlier::Live(claim) => claim::update_revision(conn, new.kind, new.digest, claim.object, &new)?,
        };
        if !moved {
            return Err(StoreError::Contended);
        }
    }
    Ok(())
}

/// Takes back the claims and accounts of posts that were refused, or that wait for the next group.
fn undo_refused(conn: &mut Conn, slots: &[Slot<'_>], opened: &[Uuid]) -> Result<()> {
    let refused = |slot: &&Slot<'_>| slot.refused();
    let references: Vec<Hash> =
        slots.iter().filter(refused).filter(|s| s.claimed_reference).map(|s| s.job.reference).collect();
    let evidence: Vec<Hash> =
        slots.iter().filter(refused).filter(|s| s.claimed_evidence).filter_map(|s| s.evidence).collect();
    claim::delete(conn, ClaimKind::ExternalRef, &references)?;
    claim::delete(conn, ClaimKind::Evidence, &evidence)?;
    for learner in opened {
        let used = slots.iter().any(|slot| slot.learner == Some(*learner) && !slot.refused());
        if !used {
            learner::remove_unused(conn, *learner)?;
        }
    }
    Ok(())
}

/// Keeps the answers under their keys.
fn keep(conn: &mut Conn, jobs: &[&Job], slots: &[Slot<'_>], now: Instant) -> Result<()> {
    let answers: Vec<_> = slots
        .iter()
        .filter_map(|slot| {
            let once = slot.job.once.as_ref()?;
            let (status, kept) = match slot.verdict.as_ref()? {
                Verdict::Done(Outcome::Posted(posted)) => (
                    201,
                    Kept { achievement: posted.achievement.id, learner: posted.achievement.learner, created: true },
                ),
                Verdict::Done(Outcome::Unchanged(kept)) => (200, *kept),
                _ => return None,
            };
            Some((once, status, serde_json::to_string(&kept).expect("two ids serialise")))
        })
        .collect();
    let at = now.micros();
    let mut records: Vec<Record<'_>> =
        answers.iter().map(|(once, status, answer)| Record { once, status: *status, answer, at }).collect();
    for job in jobs {
        if let Job::Keep { once, answer } = job
            && idempotency::find(conn, once)?.is_none()
        {
            records.push(Record { once, status: 200, answer, at });
        }
    }
    records.sort_by_key(|record| record.once.key);
    idempotency::insert_all(conn, &records)
}

/// The kinds whose results are identified by evidence; a course is identified by its attempts.
pub(super) fn has_evidence(kind: AchievementKind) -> bool {
    kind != AchievementKind::Course
}
