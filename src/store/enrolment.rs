//! Enrolments and the history of their status.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};
use uuid::Uuid;

use super::book::{hash, insert, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::crypto::digest::Hash;
use crate::domain::enrolment::{Enrolment, EnrolmentStatus};
use crate::domain::ids::{EnrolmentId, InstitutionId, LearnerId, ProgrammeId, ProgrammeVersionId};

/// An enrolment with what only its learner's key opens.
#[derive(Debug, Clone)]
pub struct EnrolmentRow {
    /// What is in the clear.
    pub enrolment: Enrolment,
    /// Keyed digest of the student number: that of its claim.
    pub student_no_digest: Hash,
    /// The student number, sealed.
    pub sealed: Vec<u8>,
    /// Moves on with every change.
    pub version: i64,
}

/// An enrolment to be stored.
#[derive(Debug)]
pub struct NewRow {
    /// What.
    pub row: EnrolmentRow,
    /// Who recorded it.
    pub recorded_by: Uuid,
    /// When, UTC microseconds.
    pub at: i64,
}

/// One step of a status history.
#[derive(Debug, Clone)]
pub struct StatusRow {
    /// Its place, from 1.
    pub seq: i64,
    /// The status from then on.
    pub status: EnrolmentStatus,
    /// The first day of it.
    pub from_on: NaiveDate,
    /// The reason, sealed.
    pub reason: Option<Vec<u8>>,
    /// Who recorded it.
    pub recorded_by: Uuid,
    /// When, UTC microseconds.
    pub recorded_at: i64,
}

/// Whose a programme is, and its plans by cohort.
#[derive(Debug, Clone, Default)]
pub struct Plans {
    /// The institution.
    pub institution: Uuid,
    /// Ids of the plans.
    pub versions: HashMap<i64, Uuid>,
}

/// Stores enrolments with the first step of their history.
pub fn insert_all(conn: &mut Conn, rows: &[NewRow]) -> Result<()> {
    insert(
        conn,
        rows,
        "INSERT INTO enrolment (learner_id, id, institution_id, programme_id, programme_version_id, cohort, \
         student_no_digest, sealed, class_name, status, from_on, to_on, version, created_at, updated_at) VALUES ",
        "",
        |new| {
            let (row, e) = (&new.row, &new.row.enrolment);
            vec![
                e.learner_id.uuid().bind(),
                e.id.uuid().bind(),
                e.institution_id.uuid().bind(),
                e.programme_id.uuid().bind(),
                e.programme_version_id.map(ProgrammeVersionId::uuid).bind(),
                i64::from(e.cohort).bind(),
                row.student_no_digest.as_slice().bind(),
                row.sealed.as_slice().bind(),
                e.class.as_deref().bind(),
                e.status.as_str().bind(),
                e.from_on.bind(),
                e.to_on.bind(),
                row.version.bind(),
                new.at.bind(),
                new.at.bind(),
            ]
        },
    )?;
    let step = |new: &NewRow| StatusRow {
        seq: 1,
        status: new.row.enrolment.status,
        from_on: new.row.enrolment.from_on,
        reason: None,
        recorded_by: new.recorded_by,
        recorded_at: new.at,
    };
    let steps: Vec<_> =
        rows.iter().map(|new| (new.row.enrolment.learner_id.uuid(), new.row.enrolment.id.uuid(), step(new))).collect();
    insert_steps(conn, &steps)
}

fn insert_steps(conn: &mut Conn, steps: &[(Uuid, Uuid, StatusRow)]) -> Result<()> {
    insert(
        conn,
        steps,
        "INSERT INTO enrolment_status (learner_id, enrolment_id, seq, status, from_on, reason, recorded_by, recorded_at) \
         VALUES ",
        "",
        |(learner, enrolment, step)| {
            vec![
                learner.bind(),
                enrolment.bind(),
                step.seq.bind(),
                step.status.as_str().bind(),
                step.from_on.bind(),
                step.reason.as_deref().bind(),
                step.recorded_by.bind(),
                step.recorded_at.bind(),
            ]
        },
    )
}

type RowSql = (
    Id16,
    Id16,
    Id16,
    Id16,
    Nullable<Id16>,
    BigInt,
    Binary,
    Binary,
    Nullable<Text>,
    Text,
    Date,
    Nullable<Date>,
    BigInt,
);
type Row =
    (Key, Key, Key, Key, Option<Key>, i64, Vec<u8>, Vec<u8>, Option<String>, String, NaiveDate, Option<NaiveDate>, i64);
const SELECT: &str = "SELECT learner_id, id, institution_id, programme_id, programme_version_id, cohort, \
     student_no_digest, sealed, class_name, status, from_on, to_on, version FROM enrolment WHERE ";

fn row(row: Row) -> Result<EnrolmentRow> {
    let (learner, id, institution, programme, plan, cohort, digest, sealed, class, status, from_on, to_on, version) =
        row;
    let enrolment = Enrolment {
        id: EnrolmentId::from_uuid(id.0),
        learner_id: LearnerId::from_uuid(learner.0),
        institution_id: InstitutionId::from_uuid(institution.0),
        programme_id: ProgrammeId::from_uuid(programme.0),
        programme_version_id: plan.map(|key| ProgrammeVersionId::from_uuid(key.0)),
        cohort: i32::try_from(cohort).map_err(StoreError::broken)?,
        class,
        status: word("enrolment.status", &status)?,
        from_on,
        to_on,
    };
    Ok(EnrolmentRow { enrolment, student_no_digest: hash(&digest)?, sealed, version })
}

fn load(conn: &mut Conn, query: Hot<'_, RowSql>) -> Result<Vec<EnrolmentRow>> {
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(row).collect()
}

type PlainSql = (Id16, Id16, Id16, Id16, Nullable<Id16>, BigInt, Nullable<Text>, Text, Date, Nullable<Date>);
type PlainRow = (Key, Key, Key, Key, Option<Key>, i64, Option<String>, String, NaiveDate, Option<NaiveDate>);

/// The enrolments of `learners` at `institutions`, by learner and id.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid], institutions: &[Uuid]) -> Result<Vec<Enrolment>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<PlainSql>::new(
        "SELECT learner_id, id, institution_id, programme_id, programme_version_id, cohort, class_name, status, from_on, \
         to_on FROM enrolment WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, id");
    let rows: Vec<PlainRow> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        // Chosen here: asked for in the query, it would lead SQLite to look up every pair of learner and institution.
        .filter(|row| institutions.contains(&row.2.0))
        .map(|(learner, id, institution, programme, plan, cohort, class, status, from_on, to_on)| {
            Ok(Enrolment {
                id: EnrolmentId::from_uuid(id.0),
                learner_id: LearnerId::from_uuid(learner.0),
                institution_id: InstitutionId::from_uuid(institution.0),
                programme_id: ProgrammeId::from_uuid(programme.0),
                programme_version_id: plan.map(|key| ProgrammeVersionId::from_uuid(key.0)),
                cohort: i32::try_from(cohort).map_err(StoreError::broken)?,
                class,
                status: word("enrolment.status", &status)?,
                from_on,
                to_on,
            })
        })
        .collect()
}

/// The enrolments of `learners`, at `institutions` or everywhere, by learner and id.
pub fn rows_of(conn: &mut Conn, learners: &[Uuid], institutions: Option<&[Uuid]>) -> Result<Vec<EnrolmentRow>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("learner_id ");
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, id");
    let mut rows = load(conn, query)?;
    if let Some(institutions) = institutions {
        rows.retain(|row| institutions.contains(&row.enrolment.institution_id.uuid()));
    }
    Ok(rows)
}

/// The statuses that [`EnrolmentStatus::is_live`].
pub(super) const LIVE: &str = "('enrolled', 'suspended', 'retained')";
/// Those that a graduation audit looks at: live ones, and 结业, which may become 毕业.
pub(super) const AUDITED: &str = "('enrolled', 'suspended', 'retained', 'completed')";

/// Up to `limit` live enrolments in a programme for a cohort after an id, by id; of one class where it is given.
pub fn live_page(
    conn: &mut Conn,
    (programme, cohort): (Uuid, i32),
    class: Option<&str>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Enrolment>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("programme_id = ").bind(programme).text(" AND cohort = ").bind(i64::from(cohort));
    query.text(" AND id > ").bind(after).text(" AND status IN ").text(LIVE);
    if let Some(class) = class {
        query.text(" AND class_name = ").bind(class);
    }
    query.text(" ORDER BY id LIMIT ").bind(limit);
    Ok(load(conn, query)?.into_iter().map(|row| row.enrolment).collect())
}

/// Live enrolments in a programme by cohort, in order; of one class where it is given.
pub fn live_cohorts(conn: &mut Conn, programme: Uuid, class: Option<&str>) -> Result<Vec<(i32, i64)>> {
    let mut query = Hot::<(BigInt, BigInt)>::new("SELECT cohort, count(*) FROM enrolment WHERE programme_id = ");
    query.bind(programme).text(" AND status IN ").text(LIVE);
    if let Some(class) = class {
        query.text(" AND class_name = ").bind(class);
    }
    query.text(" GROUP BY cohort ORDER BY cohort");
    let rows: Vec<(i64, i64)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(|(cohort, count)| Ok((i32::try_from(cohort).map_err(StoreError::broken)?, count))).collect()
}

/// One enrolment.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<Enrolment>> {
    Ok(find_row(conn, id)?.map(|row| row.enrolment))
}

/// One enrolment with what is sealed.
pub fn find_row(conn: &mut Conn, id: Uuid) -> Result<Option<EnrolmentRow>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("id = ").bind(id);
    Ok(load(conn, query)?.pop())
}

type StepRow = (i64, String, NaiveDate, Option<Vec<u8>>, Key, i64);

/// The status history of an enrolment, the oldest first.
pub fn history(conn: &mut Conn, learner: Uuid, enrolment: Uuid) -> Result<Vec<StatusRow>> {
    let mut query = Hot::<(BigInt, Text, Date, Nullable<Binary>, Id16, BigInt)>::new(
        "SELECT seq, status, from_on, reason, recorded_by, recorded_at FROM enrolment_status WHERE learner_id = ",
    );
    query.bind(learner).text(" AND enrolment_id = ").bind(enrolment).text(" ORDER BY seq");
    let rows: Vec<StepRow> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(seq, status, from_on, reason, Key(recorded_by), recorded_at)| {
            let status = word("enrolment_status.status", &status)?;
            Ok(StatusRow { seq, status, from_on, reason, recorded_by, recorded_at })
        })
        .collect()
}

/// Adds a step to the history of the enrolment as read in `row`; fails as contended when it has changed since.
pub fn change_status(conn: &mut Conn, row: &EnrolmentRow, to_on: Option<NaiveDate>, step: StatusRow) -> Result<()> {
    let (learner, id) = (row.enrolment.learner_id.uuid(), row.enrolment.id.uuid());
    let mut statement = Hot::<()>::new("UPDATE enrolment SET status = ");
    statement.bind(step.status.as_str()).text(", to_on = ").bind(to_on);
    statement.text(", version = version + 1, updated_at = ").bind(step.recorded_at);
    statement.text(" WHERE learner_id = ").bind(learner).text(" AND id = ").bind(id);
    statement.text(" AND version = ").bind(row.version);
    if on_backend!(conn, c => statement.execute(c))? != 1 {
        return Err(StoreError::Contended);
    }
    insert_steps(conn, &[(learner, id, step)])
}

/// A page of the learners with a live enrolment at `institution`, by id, after `after`.
pub fn own_page(conn: &mut Conn, institution: Uuid, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT DISTINCT learner_id FROM enrolment WHERE institution_id = ");
    query.bind(institution).text(" AND status IN ").text(LIVE).text(" AND learner_id > ");
    query.bind(after).text(" ORDER BY learner_id LIMIT ").bind(limit);
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|key| key.0).collect())
}

/// The statuses that `learner` has at `institution`, one per enrolment.
pub fn statuses(conn: &mut Conn, learner: Uuid, institution: Uuid) -> Result<Vec<EnrolmentStatus>> {
    let mut query = Hot::<Text>::new("SELECT status FROM enrolment WHERE learner_id = ");
    query.bind(learner).text(" AND institution_id = ").bind(institution);
    let rows: Vec<String> = on_backend!(conn, c => query.load(c))?;
    rows.iter().map(|status| word("enrolment.status", status)).collect()
}

/// Whether `learner` has a live enrolment at `institution`.
pub fn is_own(conn: &mut Conn, learner: Uuid, institution: Uuid) -> Result<bool> {
    Ok(statuses(conn, learner, institution)?.into_iter().any(EnrolmentStatus::is_live))
}

/// Whose these programmes are, with their plans. Unknown ones are absent.
pub fn plans(conn: &mut Conn, programmes: &[Uuid]) -> Result<HashMap<Uuid, Plans>> {
    if programmes.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Id16, Nullable<BigInt>, Nullable<Id16>)>::new(
        "SELECT p.id, p.institution_id, v.cohort, v.id FROM programme p \
         LEFT JOIN programme_version v ON v.programme_id = p.id WHERE p.id ",
    );
    query.among(programmes.iter().copied());
    let rows: Vec<(Key, Key, Option<i64>, Option<Key>)> = on_backend!(conn, c => query.load(c))?;
    let mut plans: HashMap<Uuid, Plans> = HashMap::new();
    for (Key(programme), Key(institution), cohort, version) in rows {
        let known = plans.entry(programme).or_insert_with(|| Plans { institution, ..Plans::default() });
        known.versions.extend(cohort.zip(version.map(|key| key.0)));
    }
    Ok(plans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statuses_written_out_are_those_of_the_domain() {
        let listed = |wanted: &dyn Fn(EnrolmentStatus) -> bool| {
            let words =
                EnrolmentStatus::ALL.iter().filter(|status| wanted(**status)).map(|status| format!("'{status}'"));
            format!("({})", words.collect::<Vec<_>>().join(", "))
        };
        assert_eq!(LIVE, listed(&EnrolmentStatus::is_live));
        assert_eq!(AUDITED, listed(&|status| status.is_live() || status.can_become(EnrolmentStatus::Graduated)));
    }
}
