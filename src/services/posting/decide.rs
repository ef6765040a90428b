//! Deciding each post of a group, in order, on what was loaded. Nothing is written here but course registrations and
//! the evidence of corrections.

use std::collections::HashSet;

use chrono::Datelike;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Posting;
use super::group::{Earlier, Slot, evidence_claim, has_evidence};
use super::job::{Outcome, Posted};
use super::loaded::Loaded;
use super::value::{Place, Worth, place, version_for, worth, wrong};
use crate::crypto::seal::DataKey;
use crate::domain::accreditation::permits;
use crate::domain::achievement::ValidAchievement;
use crate::domain::achievement_content::Content;
use crate::domain::canonical;
use crate::domain::catalogue::CatalogueKind;
use crate::domain::conversion::DiscrepancyCause;
use crate::domain::credit::CreditAmount;
use crate::domain::invalid::Reason;
use crate::domain::kind::AchievementKind;
use crate::domain::time::Instant;
use crate::ledger::book::{Appended, Draft, LedgerError, Sealer, issue};
use crate::ledger::details::{Achievement, SALT_LEN, SealedDetails, SealedScore, subject};
use crate::ledger::history::{Correction, HistoryRefusal};
use crate::ledger::status::AchievementStatus;
use crate::ledger::transaction::{Cause, TransactionKind};
use crate::ports::IdSource;
use crate::services::conversion::reassess::differing;
use crate::services::refusal::Refusal;
use crate::services::unwinding::{Change, Means, settle};
use crate::store::claim::{self, ClaimKind};
use crate::store::committer::Verdict;
use crate::store::conn::Conn;
use crate::store::course::{self, CourseVersion, NewCourseRow};
use crate::store::discrepancy::Record;
use crate::store::error::{Result, StoreError};

/// Seals under one learner's key.
pub struct LearnerSealer<'a> {
    /// Randomness.
    pub ids: &'a dyn IdSource,
    /// The learner's key.
    pub key: &'a DataKey,
}

impl Sealer for LearnerSealer<'_> {
    fn salt(&self) -> [u8; SALT_LEN] {
        let mut salt = [0; SALT_LEN];
        self.ids.fill(&mut salt);
        salt
    }

    fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        self.key.seal(self.ids, place, plain)
    }
}

/// Decides every open slot; answers what is to be appended, in order.
pub(super) fn decide(
    work: &Posting,
    conn: &mut Conn,
    slots: &mut [Slot<'_>],
    loaded: &mut Loaded,
    now: Instant,
) -> Result<Vec<Appended>> {
    let mut all = Vec::new();
    let mut touched: HashSet<Uuid> = HashSet::new();
    let mut brought: HashSet<(Uuid, String, Uuid)> = HashSet::new();
    for slot in slots.iter_mut().filter(|slot| slot.open()) {
        let Some(learner) = slot.learner else { continue };
        let post = &slot.job.post;
        let institution = slot.job.author.institution;
        let filed = (learner, subject(post.kind(), post.content.code()), institution);
        let course = post.kind() == AchievementKind::Course;
        // Depends on what this run has just decided for a learner whose history was not loaded: it waits for the next run,
        // which loads it. A loaded history is kept up to date below, so no post waits twice.
        let depends = loaded.needs_history(slot) && touched.contains(&learner) || course && brought.contains(&filed);
        if depends && !loaded.histories.contains_key(&learner) {
            slot.again();
            continue;
        }
        match decide_one(work, conn, slot, loaded, learner, now)? {
            Ok((posted, appended)) => {
                touched.insert(learner);
                loaded.remember(&filed, &appended, details(post));
                brought.insert(filed);
                all.extend(appended);
                slot.verdict = Some(Verdict::Done(Outcome::Posted(Box::new(posted))));
            }
            Err(refusal) => slot.refuse(refusal),
        }
    }
    Ok(all)
}

type Decided = (Posted, Vec<Appended>);

fn decide_one(
    work: &Posting,
    conn: &mut Conn,
    slot: &Slot<'_>,
    loaded: &mut Loaded,
    learner: Uuid,
    now: Instant,
) -> Result<std::result::Result<Decided, Refusal>> {
    let (place, worth) = match check(slot, loaded, learner) {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let post = &slot.job.post;
    let institution = slot.job.author.institution;
    let mut achievement = achievement(slot, learner, &place, worth.credits);
    let details = details(post);
    let mut ids = Ids { first: Some(slot.job.transaction), ids: work.ids.as_ref() };
    let mut follows = None;
    let drafts = match &slot.earlier {
        Earlier::Live(standing) => {
            let history = loaded.histories.get(&learner).cloned().unwrap_or_default();
            let Some(old) = history.achievements.iter().find(|a| a.id == standing.object) else {
                return Err(StoreError::broken("a reference names an achievement that is not there"));
            };
            if old.kind != post.kind() {
                return Ok(Err(wrong("/kind", Reason::Mismatch)));
            }
            let correction = Correction {
                old: standing.object,
                new: achievement.clone(),
                place: place.account,
                details,
                dependents: loaded.dependents.get(&learner).map_or(&[][..], Vec::as_slice),
                today: now.beijing_date(),
            };
            let mut cascade = match history.correct(correction, &mut || ids.next_id()) {
                Ok(cascade) => cascade,
                Err(refusal) => return Ok(Err(history_refusal(refusal))),
            };
            if !settle_evidence(work, conn, slot, old, history.details.get(&old.seq), learner, now)? {
                return Ok(Err(Refusal::EvidenceAlreadyCredited));
            }
            let drafts = std::mem::take(&mut cascade.drafts);
            follows = Some((cascade, achievement.clone()));
            drafts
        }
        _ => {
            let history = loaded.has_prior(slot).then(|| loaded.histories.get(&learner)).flatten();
            if let Some((other, better)) = history.and_then(|h| h.place_attempt(&achievement, post.score.as_ref())) {
                *(if better { &mut achievement.supersedes } else { &mut achievement.attached_to }) = Some(other);
            }
            vec![fresh(slot, achievement, details, place, ids.next_id())]
        }
    };
    if worth.registers {
        let versions = register(work, conn, post, institution, &place, worth.credits, now)?;
        loaded.courses.insert((institution, post.content.code().unwrap_or_default().to_owned()), versions);
    }
    let (Some(book), Some(key)) = (loaded.books.get_mut(&learner), loaded.keys.get(&learner)) else {
        return Ok(Err(Refusal::UnknownLearner));
    };
    let before = book.clone();
    let sealer = LearnerSealer { ids: work.ids.as_ref(), key };
    let mut appended = Vec::with_capacity(drafts.len());
    for draft in drafts {
        match book.append(draft, slot.job.author, now, &sealer) {
            Ok(one) => appended.push(one),
            Err(error) => {
                *book = before;
                return match error {
                    LedgerError::InsufficientCredit { wanted, available, .. } => {
                        Ok(Err(Refusal::InsufficientCredit { wanted, available }))
                    }
                    other => Err(StoreError::broken(other)),
                };
            }
        }
    }
    if let Some((cascade, achievement)) = follows {
        let history = loaded.histories.get(&learner).cloned().unwrap_or_default();
        let sealed = self::details(post);
        let key = loaded.keys.get(&learner).ok_or_else(|| StoreError::broken("a key is gone"))?;
        let differing = differing(conn, key, &history, &cascade.resting, &achievement, &sealed)?;
        let change = Change {
            record: Record::Achievement(achievement.id),
            cause: DiscrepancyCause::Correction,
            reason: post.reason.as_deref(),
            author: slot.job.author,
            at: now,
        };
        settle(conn, learner, &cascade, &differing, &change, &Means { ids: work.ids.as_ref(), key })?;
        loaded.forget_ended(learner, &cascade);
    }
    let posted = posted(&appended).ok_or_else(|| StoreError::broken("a post brought no achievement"))?;
    Ok(Ok((posted, appended)))
}

/// Everything that can refuse a result, in the order a poster would want to hear it.
fn check(slot: &Slot<'_>, loaded: &Loaded, learner: Uuid) -> std::result::Result<(Place, Worth), Refusal> {
    let post = &slot.job.post;
    let institution = slot.job.author.institution;
    if !loaded.books.contains_key(&learner) || !loaded.keys.contains_key(&learner) {
        return Err(Refusal::UnknownLearner);
    }
    if let Some(name) = slot.job.name
        && !loaded.names.get(&learner).is_some_and(|names| names.contains(&name))
    {
        return Err(Refusal::NameMismatch);
    }
    let accreditations = loaded.accreditations.get(&institution).map_or(&[][..], Vec::as_slice);
    let level = post.content.level();
    let permitted = || permits(accreditations, post.kind(), post.content.code(), level.as_deref(), post.effective_on());
    if !slot.job.recognised && !permitted() {
        let code = post.content.code().map(str::to_owned);
        return Err(Refusal::NotAccreditedFor { kind: post.kind(), code, level });
    }
    let enrolments: Vec<_> = loaded.enrolments.get(&learner).into_iter().flatten().collect();
    let place = place(post, institution, &enrolments, |id| loaded.programmes.get(&id).cloned())?;
    let code = post.content.code().unwrap_or_default().to_owned();
    let versions = loaded.courses.get(&(institution, code.clone())).map_or(&[][..], Vec::as_slice);
    let entries = CatalogueKind::of(post.kind())
        .and_then(|kind| loaded.entries.get(&(kind, code)))
        .map_or(&[][..], Vec::as_slice);
    let hours_per_credit = loaded.hours_per_credit.get(&post.effective_on()).copied().unwrap_or(1);
    let worth = worth(post, slot.job.recognised, &place, versions, entries, hours_per_credit)?;
    Ok((place, worth))
}

fn achievement(slot: &Slot<'_>, learner: Uuid, place: &Place, credits: CreditAmount) -> Achievement {
    let job = slot.job;
    let post = &job.post;
    let course = post.kind() == AchievementKind::Course;
    let revision = match &slot.earlier {
        Earlier::Nothing => 1,
        Earlier::Released(claim) | Earlier::Live(claim) => claim.revision + 1,
    };
    Achievement {
        id: job.achievement,
        learner,
        seq: 0,
        // One series per reference, for whichever learner: the claim's digest names it without naming the reference.
        series: uuid::Builder::from_custom_bytes(job.reference[..16].try_into().expect("16 of 32 bytes")).into_uuid(),
        revision,
        lot: job.achievement,
        kind: post.kind(),
        institution: job.author.institution,
        code: post.content.code().map(str::to_owned),
        level: post.content.level(),
        credit_type: place.credit_type,
        credits,
        programme: place.programme,
        enrolment: place.enrolment,
        term: post.term.as_ref().map(ToString::to_string),
        attempt: course.then_some(post.attempt),
        delivery: post.delivery.map(|delivery| delivery.as_str().to_owned()),
        facts: facts(post),
        completed_on: post.completed_on,
        issued_on: post.issued_on,
        valid_until: post.valid_until,
        attached_to: None,
        supersedes: None,
    }
}

/// The further plain facts that rules and statistics read.
fn facts(post: &ValidAchievement) -> Option<String> {
    let facts = match &post.content {
        Content::Course(c) => json!({"hours": c.hours, "practice_hours": c.practice_hours, "platform": post.platform}),
        Content::Training(t) => json!({
            "class_id": t.class_id, "hours": t.hours, "lesson_minutes": t.lesson_minutes, "region": t.region,
            "target_groups": t.target_groups,
        }),
        Content::Competition(c) => json!({"team_rank": c.team_rank, "team_size": c.team_size}),
        Content::Experience(e) => json!({"hours": e.hours}),
        _ => return None,
    };
    let Value::Object(members) = facts else { return None };
    let said: Map<String, Value> = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
    (!said.is_empty()).then(|| canonical::to_string(&Value::Object(said)))
}

fn details(post: &ValidAchievement) -> SealedDetails {
    let enterprise = match &post.content {
        Content::Experience(experience) => experience.enterprise.clone(),
        _ => None,
    };
    SealedDetails {
        external_ref: Some(post.external_ref.clone()),
        number: post.content.number().map(|number| number.as_str().to_owned()),
        reason: post.reason.clone(),
        score: post.score.as_ref().map(|score| SealedScore { scale: score.scale, value: score.value.clone() }),
        title: post.content.title().map(str::to_owned).or(enterprise),
    }
}

fn fresh(slot: &Slot<'_>, achievement: Achievement, details: SealedDetails, place: Place, id: Uuid) -> Draft {
    let plain = if slot.job.recognised { Cause::Recognition } else { Cause::Posted };
    let beside = achievement.attached_to.is_some() || achievement.supersedes.is_some();
    let deposits = !beside && achievement.credits > CreditAmount::ZERO;
    let movements = if deposits {
        vec![issue(achievement.institution, achievement.lot, place.credit_type, achievement.credits, place.account)]
    } else {
        Vec::new()
    };
    Draft {
        id,
        kind: if deposits { TransactionKind::Deposit } else { TransactionKind::Record },
        cause: if beside { Cause::Attempt } else { plain },
        about: Some(achievement.id),
        reverses: None,
        effective_on: slot.job.post.effective_on(),
        movements,
        achievement: Some(achievement),
        details,
    }
}

fn posted(appended: &[Appended]) -> Option<Posted> {
    let achievement = appended.iter().rev().find_map(|one| one.achievement.clone())?;
    let brought = appended.iter().rev().find(|one| one.achievement.is_some())?;
    let own = brought.transaction.postings.first().map_or(CreditAmount::ZERO, |posting| posting.amount);
    let keeps_lot = achievement.lot != achievement.id;
    let credits = if keeps_lot { achievement.credits } else { own };
    let status = if achievement.attached_to.is_some() {
        AchievementStatus::Attached
    } else if credits > CreditAmount::ZERO || achievement.supersedes.is_some() {
        AchievementStatus::Recognised
    } else {
        AchievementStatus::Recorded
    };
    let mut transactions: Vec<_> = appended.iter().map(|one| one.transaction.clone()).collect();
    transactions.sort_by_key(|transaction| transaction.seq);
    Some(Posted { achievement, transactions, credits, status })
}

/// Moves the evidence claim of a corrected result to its next revision; false when other evidence stands elsewhere.
fn settle_evidence(
    work: &Posting,
    conn: &mut Conn,
    slot: &Slot<'_>,
    old: &Achievement,
    old_details: Option<&SealedDetails>,
    learner: Uuid,
    now: Instant,
) -> Result<bool> {
    let Some(new) = slot.evidence.filter(|_| has_evidence(old.kind)) else { return Ok(true) };
    let Some(claim) = evidence_claim(&new, learner, slot.job.achievement, now) else { return Ok(true) };
    if claim::update_revision(conn, ClaimKind::Evidence, &new, old.id, &claim)? {
        return Ok(true);
    }
    if claim::insert(conn, &[claim])?.is_empty() {
        return Ok(false);
    }
    let before = work.evidence_digest_of(old, old_details, learner);
    claim::delete(conn, ClaimKind::Evidence, &[before])?;
    Ok(true)
}

fn register(
    work: &Posting,
    conn: &mut Conn,
    post: &ValidAchievement,
    institution: Uuid,
    place: &Place,
    credits: CreditAmount,
    now: Instant,
) -> Result<Vec<CourseVersion>> {
    let Content::Course(content) = &post.content else { return Ok(Vec::new()) };
    let row = NewCourseRow {
        id: work.ids.id(),
        institution,
        code: &content.code,
        from_cohort: place.cohort.unwrap_or_else(|| post.completed_on.year()),
        name: &content.name,
        credits,
        hours: content.hours,
        practice_hours: content.practice_hours,
        at: now,
    };
    course::register(conn, &[row])?;
    // Another writer may have registered it first, at another amount: then this group is decided again.
    let versions = course::versions(conn, &[(institution, &content.code)])?.into_values().next().unwrap_or_default();
    let same = version_for(&versions, place.cohort).is_some_and(|version| version.credits == credits);
    if same { Ok(versions) } else { Err(StoreError::Contended) }
}

/// Maps the history's refusals to the bank's.
pub(crate) fn history_refusal(refusal: HistoryRefusal) -> Refusal {
    match refusal {
        HistoryRefusal::AlreadyRevoked => Refusal::AlreadyRevoked,
        HistoryRefusal::NotTheLatest(stands) => Refusal::NotTheLatestRevision { stands },
        HistoryRefusal::LotInUse => Refusal::LotInUse,
        HistoryRefusal::NothingToTransfer => Refusal::NothingToTransfer,
        HistoryRefusal::GrantedLot { lot } => Refusal::GrantedLot { lot },
        HistoryRefusal::InsufficientLot { wanted, available, .. } => Refusal::InsufficientCredit { wanted, available },
        HistoryRefusal::Redeemed { award } => Refusal::AlreadyRedeemed { award },
        HistoryRefusal::AlreadyConverted | HistoryRefusal::NotConverted => Refusal::WrongState,
        HistoryRefusal::NothingToConvert => Refusal::NothingToConvert,
    }
}

/// The id chosen for the post first, so that it names the transaction that brings the achievement; then new ones.
struct Ids<'a> {
    first: Option<Uuid>,
    ids: &'a dyn IdSource,
}

impl Ids<'_> {
    fn next_id(&mut self) -> Uuid {
        self.first.take().unwrap_or_else(|| self.ids.id())
    }
}
