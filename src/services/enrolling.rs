//! Enrolling learners, set-based: student numbers are claimed, rows written.

use std::collections::HashMap;

use uuid::Uuid;

use super::opening::{Draft, Opener, Openings};
use super::refusal::Refusal;
use super::{digests, sealing};
use crate::crypto::digest::Hash;
use crate::crypto::seal::DataKey;
use crate::domain::enrolment::{Enrolment, EnrolmentStatus, NewEnrolment, default_from};
use crate::domain::ids::{EnrolmentId, InstitutionId, LearnerId, ProgrammeVersionId};
use crate::domain::time::Instant;
use crate::store::claim::{self, ClaimKind, NewClaim};
use crate::store::conn::Conn;
use crate::store::enrolment::{self, EnrolmentRow, NewRow, Plans};
use crate::store::error::{Result, StoreError};

/// A learner to be enrolled.
pub(super) struct Enrolling<'e> {
    /// Who.
    pub(super) learner: Uuid,
    /// The learner's data key.
    pub(super) key: &'e DataKey,
    /// Whether the account was there before, so that enrolments may be.
    pub(super) existing: bool,
    /// In what; checked, and in a programme of the opener.
    pub(super) enrolment: &'e NewEnrolment,
    /// The id it will have.
    pub(super) id: Uuid,
}

impl Openings {
    /// Enrols the drafts that ask for it and are not refused.
    pub(super) fn enrol(
        &self,
        conn: &mut Conn,
        opener: Opener,
        plans: &HashMap<Uuid, Plans>,
        drafts: &mut [Draft<'_>],
        now: Instant,
    ) -> Result<()> {
        let (mut list, mut places) = (Vec::new(), Vec::new());
        for (place, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.refusal.is_none()) {
            let (Some(enrolment), Some(key)) = (draft.enrolment, &draft.key) else { continue };
            places.push(place);
            let id = self.ids.id();
            list.push(Enrolling { learner: draft.learner, key, existing: draft.existing, enrolment, id });
        }
        let outcomes = self.enrol_all(conn, opener, plans, &list, now)?;
        drop(list);
        for (place, outcome) in places.into_iter().zip(outcomes) {
            match outcome {
                Ok(enrolment) => drafts[place].enrolled = Some(enrolment),
                Err(refusal) => drafts[place].refusal = Some(refusal.at("/enrolment/student_no")),
            }
        }
        Ok(())
    }

    /// Enrols learners in programmes of the opener; no two of the list share a learner or a student number. Answers the
    /// id of each enrolment: where it stands already, of that one.
    pub(super) fn enrol_all(
        &self,
        conn: &mut Conn,
        opener: Opener,
        plans: &HashMap<Uuid, Plans>,
        list: &[Enrolling<'_>],
        now: Instant,
    ) -> Result<Vec<std::result::Result<Uuid, Refusal>>> {
        let digests: Vec<Hash> = list
            .iter()
            .map(|one| digests::student_no(&self.keys, opener.institution, &one.enrolment.student_no))
            .collect();
        let holders = claim_numbers(conn, list, &digests, now)?;
        let existing: Vec<Uuid> = list.iter().filter(|one| one.existing).map(|one| one.learner).collect();
        let before = enrolment::rows_of(conn, &existing, Some(&[opener.institution]))?;
        let (mut outcomes, mut rows, mut unclaimed) = (Vec::with_capacity(list.len()), Vec::new(), Vec::new());
        for (one, digest) in list.iter().zip(&digests) {
            let holder = holders.get(digest).copied();
            let outcome = settle(one, digest, holder, &before);
            match outcome {
                Ok(None) => rows.push(self.row(opener, plans, one, digest, now)),
                Ok(Some(_)) => {}
                Err(_) if holder.is_none() => unclaimed.push(*digest),
                Err(_) => {}
            }
            outcomes.push(outcome.map(|standing| standing.unwrap_or(one.id)));
        }
        claim::delete(conn, ClaimKind::StudentNo, &unclaimed)?;
        enrolment::insert_all(conn, &rows)?;
        Ok(outcomes)
    }

    fn row(
        &self,
        opener: Opener,
        plans: &HashMap<Uuid, Plans>,
        one: &Enrolling<'_>,
        digest: &Hash,
        now: Instant,
    ) -> NewRow {
        let new = one.enrolment;
        let plan = plans.get(&new.programme_id.uuid()).and_then(|plans| plans.versions.get(&i64::from(new.cohort)));
        let enrolment = Enrolment {
            id: EnrolmentId::from_uuid(one.id),
            learner_id: LearnerId::from_uuid(one.learner),
            institution_id: InstitutionId::from_uuid(opener.institution),
            programme_id: new.programme_id,
            programme_version_id: plan.copied().map(ProgrammeVersionId::from_uuid),
            cohort: new.cohort,
            class: new.class.clone(),
            status: EnrolmentStatus::Enrolled,
            from_on: new.from.unwrap_or_else(|| default_from(new.cohort)),
            to_on: None,
        };
        let sealed = sealing::seal(self.ids.as_ref(), one.key, one.learner, one.id, &new.student_no);
        let row = EnrolmentRow { enrolment, student_no_digest: *digest, sealed, version: 1 };
        NewRow { row, recorded_by: opener.by, at: now.micros() }
    }
}

/// Claims the student numbers; answers who held those that stood before.
fn claim_numbers(
    conn: &mut Conn,
    list: &[Enrolling<'_>],
    digests: &[Hash],
    now: Instant,
) -> Result<HashMap<Hash, Uuid>> {
    let claim = |(one, digest): (&Enrolling<'_>, _)| NewClaim {
        kind: ClaimKind::StudentNo,
        digest,
        learner: one.learner,
        object: one.id,
        revision: 1,
        content: None,
        at: now.micros(),
    };
    let claims: Vec<NewClaim<'_>> = list.iter().zip(digests).map(claim).collect();
    let made = claim::insert(conn, &claims)?;
    let missed: Vec<Hash> = digests.iter().filter(|d| !made.contains(&(ClaimKind::StudentNo, **d))).copied().collect();
    let standing = claim::standing(conn, ClaimKind::StudentNo, &missed)?;
    if missed.iter().any(|digest| !standing.contains_key(digest)) {
        return Err(StoreError::Contended);
    }
    Ok(standing.into_iter().map(|(digest, claim)| (digest, claim.learner)).collect())
}

/// The enrolment that stands already, none where it is to be written, or why it cannot be: the number is another
/// learner's, or the learner is in the programme under another number or cohort.
fn settle(
    one: &Enrolling<'_>,
    digest: &Hash,
    holder: Option<Uuid>,
    before: &[EnrolmentRow],
) -> std::result::Result<Option<Uuid>, Refusal> {
    if holder.is_some_and(|holder| holder != one.learner) {
        return Err(Refusal::AlreadyExists);
    }
    let mut beside = before
        .iter()
        .filter(|row| row.enrolment.learner_id.uuid() == one.learner)
        .filter(|row| row.enrolment.programme_id == one.enrolment.programme_id);
    let repeats =
        |row: &&EnrolmentRow| row.student_no_digest == *digest && row.enrolment.cohort == one.enrolment.cohort;
    if let Some(row) = beside.clone().find(repeats) {
        return Ok(Some(row.enrolment.id.uuid()));
    }
    if beside.any(|row| row.enrolment.status.is_live()) { Err(Refusal::AlreadyExists) } else { Ok(None) }
}
