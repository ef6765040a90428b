//! Courses of institutions, in versions by cohort.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use uuid::Uuid;

use super::book::insert;
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind, MAX_ROWS, padded};
use super::schema::course;
use super::types::{Id16, Key, columns};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{CourseId, InstitutionId};
use crate::domain::time::Instant;

/// What a course is worth for cohorts from `from_cohort` on, until the next version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseVersion {
    /// Its id.
    pub id: Uuid,
    /// First cohort.
    pub from_cohort: i32,
    /// Name.
    pub name: String,
    /// Credits.
    pub credits: CreditAmount,
    /// Teaching hours.
    pub hours: Option<u32>,
    /// Of these, practice.
    pub practice_hours: Option<u32>,
}

/// A course version to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewCourseRow<'a> {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub institution: Uuid,
    /// Code within the institution.
    pub code: &'a str,
    /// First cohort.
    pub from_cohort: i32,
    /// Name.
    pub name: &'a str,
    /// Credits.
    pub credits: CreditAmount,
    /// Teaching hours.
    pub hours: Option<u32>,
    /// Of these, practice.
    pub practice_hours: Option<u32>,
    /// When.
    pub at: Instant,
}

/// The versions of courses, named by institution and code, by cohort. An unregistered course is absent.
pub fn versions(conn: &mut Conn, courses: &[(Uuid, &str)]) -> Result<HashMap<(Uuid, String), Vec<CourseVersion>>> {
    type Row = (Key, String, Key, i64, String, i64, Option<i64>, Option<i64>);
    let mut found: HashMap<(Uuid, String), Vec<CourseVersion>> = HashMap::new();
    let mut wanted = courses.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    for run in wanted.chunks(MAX_ROWS) {
        // CROSS JOIN keeps SQLite from reading the whole table first; PostgreSQL takes it for any other join.
        let mut query = Hot::<(Id16, Text, Id16, BigInt, Text, BigInt, Nullable<BigInt>, Nullable<BigInt>)>::new(
            "WITH wanted (institution_id, code) AS (",
        );
        query.table(padded(run).into_iter().map(|(institution, code)| [institution.bind(), code.bind()]));
        query.text(
            ") SELECT c.institution_id, c.code, c.id, c.from_cohort, c.name, c.credits, c.hours, c.practice_hours \
             FROM wanted CROSS JOIN course c WHERE c.institution_id = wanted.institution_id AND c.code = wanted.code \
             ORDER BY c.institution_id, c.code, c.from_cohort",
        );
        let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
        for (institution, code, id, from_cohort, name, credits, hours, practice_hours) in rows {
            let versions = found.entry((institution.0, code)).or_default();
            if versions.last().is_some_and(|last| last.id == id.0) {
                continue; // the list was padded with its last member
            }
            versions.push(course_version(id.0, from_cohort, name, credits, hours, practice_hours)?);
        }
    }
    Ok(found)
}

/// Registers course versions; one that stands already stays as it is.
pub fn register(conn: &mut Conn, courses: &[NewCourseRow<'_>]) -> Result<()> {
    // In one order everywhere: two transactions that register the same courses wait for each other in turn.
    let mut courses = courses.to_vec();
    courses.sort_unstable_by_key(|course| (course.institution, course.code, course.from_cohort));
    insert(
        conn,
        &courses,
        "INSERT INTO course (id, institution_id, code, from_cohort, name, credits, hours, practice_hours, version, \
         created_at, updated_at) VALUES ",
        " ON CONFLICT DO NOTHING",
        |course| {
            vec![
                course.id.bind(),
                course.institution.bind(),
                course.code.bind(),
                i64::from(course.from_cohort).bind(),
                course.name.bind(),
                course.credits.thousandths().bind(),
                course.hours.map(i64::from).bind(),
                course.practice_hours.map(i64::from).bind(),
                1_i64.bind(),
                course.at.micros().bind(),
                course.at.micros().bind(),
            ]
        },
    )
}

/// A stored number that the domain has in a narrower type.
pub(super) fn small<T: TryFrom<i64>>(column: &str, value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| StoreError::broken(format_args!("{column} holds {value}")))
}

/// A course version as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseRow {
    /// Whose.
    pub institution_id: InstitutionId,
    /// Code within the institution.
    pub code: String,
    /// What it is worth, and for whom.
    pub course: CourseVersion,
    /// Moves on with every change.
    pub version: i64,
}

type Row = (Key, Key, String, i64, String, i64, Option<i64>, Option<i64>, i64);

columns!(
    COLUMNS = (
        course::id,
        course::institution_id,
        course::code,
        course::from_cohort,
        course::name,
        course::credits,
        course::hours,
        course::practice_hours,
        course::version,
    )
);

fn read(row: Row) -> Result<CourseRow> {
    let (id, institution, code, from_cohort, name, credits, hours, practice_hours, version) = row;
    Ok(CourseRow {
        institution_id: InstitutionId::from_uuid(institution.0),
        code,
        course: course_version(id.0, from_cohort, name, credits, hours, practice_hours)?,
        version,
    })
}

fn course_version(
    id: Uuid,
    from_cohort: i64,
    name: String,
    credits: i64,
    hours: Option<i64>,
    practice_hours: Option<i64>,
) -> Result<CourseVersion> {
    Ok(CourseVersion {
        id,
        from_cohort: small("course.from_cohort", from_cohort)?,
        name,
        credits: CreditAmount::from_thousandths(credits),
        hours: hours.map(|hours| small("course.hours", hours)).transpose()?,
        practice_hours: practice_hours.map(|hours| small("course.practice_hours", hours)).transpose()?,
    })
}

/// The course version, if it exists.
pub fn get(conn: &mut Conn, id: CourseId) -> Result<Option<CourseRow>> {
    let row: Option<Row> =
        course::table.filter(course::id.eq(Key(id.uuid()))).select(COLUMNS).first(conn).optional()?;
    row.map(read).transpose()
}

/// Up to `limit` course versions of an institution, of one code where one is given, after an id, by id.
pub fn list(
    conn: &mut Conn,
    institution: InstitutionId,
    code: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<CourseRow>> {
    let mut query = course::table
        .filter(course::institution_id.eq(Key(institution.uuid())))
        .select(COLUMNS)
        .order(course::id)
        .limit(limit)
        .into_boxed();
    if let Some(code) = code {
        query = query.filter(course::code.eq(code));
    }
    if let Some(after) = after {
        query = query.filter(course::id.gt(Key(after)));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(read).collect()
}

/// Writes name and hours of `row`, if it still stands at `row.version`, and moves the version on; answers whether it did.
pub fn update(conn: &mut Conn, row: &CourseRow, at: Instant) -> Result<bool> {
    let standing = course::id.eq(Key(row.course.id)).and(course::version.eq(row.version));
    let changed = diesel::update(course::table.filter(standing))
        .set((
            course::name.eq(&row.course.name),
            course::hours.eq(row.course.hours.map(i64::from)),
            course::practice_hours.eq(row.course.practice_hours.map(i64::from)),
            course::version.eq(row.version + 1),
            course::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
