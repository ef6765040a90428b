//! What jobs found for single learners, and invitations that follow from it.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary};
use uuid::Uuid;

use super::book::{insert, inserting, runs};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::JobId;
use crate::domain::time::Instant;

/// What one learner of a cohort could convert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortPlanRow {
    /// The learner.
    pub learner: Uuid,
    /// The enrolment that it would count in.
    pub enrolment: Uuid,
    /// Credits of the best plan.
    pub credits: CreditAmount,
    /// Courses that it exempts.
    pub courses: i64,
    /// Its lines, sealed under the learner's key for the job.
    pub sealed: Vec<u8>,
}

/// What a rule set would change for one learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationRow {
    /// The learner.
    pub learner: Uuid,
    /// The enrolment.
    pub enrolment: Uuid,
    /// Its programme.
    pub programme: Uuid,
    /// Credits that can be converted without it.
    pub before: CreditAmount,
    /// Credits that can be converted with it.
    pub after: CreditAmount,
    /// Courses exempted without it.
    pub courses_before: i64,
    /// Courses exempted with it.
    pub courses_after: i64,
}

/// Stores what learners of a cohort could convert.
pub fn add_cohort_plans(conn: &mut Conn, job: JobId, rows: &[CohortPlanRow]) -> Result<()> {
    insert(
        conn,
        rows,
        "INSERT INTO cohort_plan_result (learner_id, job_id, enrolment_id, credits, courses, sealed) VALUES ",
        "",
        |row| {
            vec![
                row.learner.bind(),
                job.uuid().bind(),
                row.enrolment.bind(),
                row.credits.thousandths().bind(),
                row.courses.bind(),
                row.sealed.as_slice().bind(),
            ]
        },
    )
}

/// Up to `limit` results of a job after an enrolment, by enrolment; with `some`, only of those who could convert anything.
/// Learners who have left the school since are left out.
pub fn cohort_plans(conn: &mut Conn, job: JobId, some: bool, after: Uuid, limit: i64) -> Result<Vec<CohortPlanRow>> {
    let mut query = Hot::<(Id16, Id16, BigInt, BigInt, Binary)>::new(
        "SELECT learner_id, enrolment_id, credits, courses, sealed FROM cohort_plan_result WHERE job_id = ",
    );
    query.bind(job.uuid()).text(" AND enrolment_id > ").bind(after);
    query.text(
        " AND EXISTS (SELECT 1 FROM enrolment e WHERE e.learner_id = cohort_plan_result.learner_id \
         AND e.id = cohort_plan_result.enrolment_id AND e.status IN ",
    );
    query.text(super::enrolment::LIVE).text(")");
    if some {
        query.text(" AND (credits > 0 OR courses > 0)");
    }
    query.text(" ORDER BY enrolment_id LIMIT ").bind(limit);
    let rows: Vec<(Key, Key, i64, i64, Vec<u8>)> = on_backend!(conn, c => query.load(c))?;
    let read = |(learner, enrolment, credits, courses, sealed): (Key, Key, i64, i64, Vec<u8>)| CohortPlanRow {
        learner: learner.0,
        enrolment: enrolment.0,
        credits: CreditAmount::from_thousandths(credits),
        courses,
        sealed,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Stores for whom a rule set changes something.
pub fn add_simulated(conn: &mut Conn, job: JobId, rows: &[SimulationRow]) -> Result<()> {
    insert(
        conn,
        rows,
        "INSERT INTO simulation_result (learner_id, job_id, enrolment_id, programme_id, credits_before, credits_after, \
         courses_before, courses_after) VALUES ",
        "",
        |row| {
            vec![
                row.learner.bind(),
                job.uuid().bind(),
                row.enrolment.bind(),
                row.programme.bind(),
                row.before.thousandths().bind(),
                row.after.thousandths().bind(),
                row.courses_before.bind(),
                row.courses_after.bind(),
            ]
        },
    )
}

/// Whom a simulation is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Everybody for whom something changes.
    Both,
    /// Those who gain.
    Gain,
    /// Those who lose.
    Lose,
}

/// Up to `limit` results of a simulation after an enrolment, by enrolment.
pub fn simulated(conn: &mut Conn, job: JobId, side: Side, after: Uuid, limit: i64) -> Result<Vec<SimulationRow>> {
    let mut query = Hot::<(Id16, Id16, Id16, BigInt, BigInt, BigInt, BigInt)>::new(
        "SELECT learner_id, enrolment_id, programme_id, credits_before, credits_after, courses_before, courses_after \
         FROM simulation_result WHERE job_id = ",
    );
    query.bind(job.uuid()).text(" AND enrolment_id > ").bind(after);
    match side {
        Side::Both => {}
        Side::Gain => {
            query.text(" AND (credits_after, courses_after) > (credits_before, courses_before)");
        }
        Side::Lose => {
            query.text(" AND (credits_after, courses_after) < (credits_before, courses_before)");
        }
    }
    query.text(" ORDER BY enrolment_id LIMIT ").bind(limit);
    type Simulated = (Key, Key, Key, i64, i64, i64, i64);
    let rows: Vec<Simulated> = on_backend!(conn, c => query.load(c))?;
    let read =
        |(learner, enrolment, programme, before, after, courses_before, courses_after): Simulated| SimulationRow {
            learner: learner.0,
            enrolment: enrolment.0,
            programme: programme.0,
            before: CreditAmount::from_thousandths(before),
            after: CreditAmount::from_thousandths(after),
            courses_before,
            courses_after,
        };
    Ok(rows.into_iter().map(read).collect())
}

/// An invitation to look at what could be converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRow {
    /// The learner.
    pub learner: Uuid,
    /// The list that it rests on.
    pub job: Uuid,
    /// The enrolment.
    pub enrolment: Uuid,
    /// Who invites.
    pub institution: Uuid,
    /// Since when, UTC microseconds.
    pub at: i64,
}

/// Invites learners; those invited already from the same list stay so. Answers how many are new.
pub fn invite(conn: &mut Conn, rows: &[InvitationRow], by: Uuid) -> Result<usize> {
    let mut made = 0;
    for run in runs(conn, rows) {
        let rows = run.iter().map(|row| {
            [row.learner.bind(), row.job.bind(), row.enrolment.bind(), row.institution.bind(), by.bind(), row.at.bind()]
        });
        let statement = inserting::<Id16, _>(
            conn,
            "INSERT INTO conversion_invitation (learner_id, job_id, enrolment_id, institution_id, invited_by, invited_at) \
             VALUES ",
            rows,
            " ON CONFLICT DO NOTHING RETURNING enrolment_id",
        );
        let rows: Vec<Key> = on_backend!(conn, c => statement.load(c))?;
        made += rows.len();
    }
    Ok(made)
}

/// When those of `learners` who were invited from a list were, by learner and enrolment, UTC microseconds.
pub fn invited_at(conn: &mut Conn, job: JobId, learners: &[Uuid]) -> Result<HashMap<(Uuid, Uuid), i64>> {
    if learners.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Id16, BigInt)>::new(
        "SELECT learner_id, enrolment_id, invited_at FROM conversion_invitation WHERE job_id = ",
    );
    query.bind(job.uuid()).text(" AND learner_id ");
    query.among(learners.iter().copied());
    let rows: Vec<(Key, Key, i64)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|(learner, enrolment, at)| ((learner.0, enrolment.0), at)).collect())
}

/// An invitation with what its list found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The invitation.
    pub invitation: InvitationRow,
    /// As of when the list was made.
    pub watermark: Instant,
    /// What it found.
    pub row: CohortPlanRow,
}

/// The invitations of a learner with what the list found, newest first.
pub fn invitations(conn: &mut Conn, learner: Uuid) -> Result<Vec<Invited>> {
    let mut query = Hot::<(Id16, Id16, Id16, BigInt, BigInt, BigInt, BigInt, Binary)>::new(
        "SELECT i.job_id, i.enrolment_id, i.institution_id, i.invited_at, j.watermark, r.credits, r.courses, r.sealed \
         FROM conversion_invitation i JOIN cohort_plan_result r \
         ON r.learner_id = i.learner_id AND r.job_id = i.job_id AND r.enrolment_id = i.enrolment_id \
         JOIN job j ON j.id = i.job_id WHERE i.learner_id = ",
    );
    query.bind(learner).text(" ORDER BY i.job_id DESC, i.enrolment_id");
    type Row = (Key, Key, Key, i64, i64, i64, i64, Vec<u8>);
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let read = |(job, enrolment, institution, at, watermark, credits, courses, sealed): Row| Invited {
        invitation: InvitationRow { learner, job: job.0, enrolment: enrolment.0, institution: institution.0, at },
        watermark: Instant::from_micros(watermark),
        row: CohortPlanRow {
            learner,
            enrolment: enrolment.0,
            credits: CreditAmount::from_thousandths(credits),
            courses,
            sealed,
        },
    };
    Ok(rows.into_iter().map(read).collect())
}
