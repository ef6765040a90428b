//! The course catalogue of an institution: kept by itself, read by every client.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::change::{given, or_standing, standing};
use super::error::{Error, Result};
use super::refusal::Refusal;
use super::scope::Scope;
use crate::domain::course::NewCourse;
use crate::domain::ids::{CourseId, InstitutionId};
use crate::domain::invalid::Invalid;
use crate::store::course::{self, NewCourseRow};
pub use crate::store::course::{CourseRow, CourseVersion};

/// What is to change of a course version; what is left out stays. Credits do not change: that is a new version.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourseChange {
    /// Name.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// Teaching hours, 1 to 10,000; null takes them away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 10000)]
    pub hours: Option<Option<u32>>,
    /// Of these, practice; null takes them away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, minimum = 0, maximum = 10000)]
    pub practice_hours: Option<Option<u32>>,
}

impl CourseChange {
    fn apply(&self, stands: CourseRow) -> std::result::Result<CourseRow, Invalid> {
        let CourseVersion { from_cohort, credits, .. } = stands.course;
        let changed = NewCourse {
            code: stands.code.clone(),
            name: or_standing(&self.name, &stands.course.name),
            credits,
            hours: or_standing(&self.hours, &stands.course.hours),
            practice_hours: or_standing(&self.practice_hours, &stands.course.practice_hours),
            from_cohort,
        };
        let NewCourse { name, hours, practice_hours, .. } = changed.validate()?;
        Ok(CourseRow { course: CourseVersion { name, hours, practice_hours, ..stands.course }, ..stands })
    }
}

impl App {
    /// Registers a course version of an institution; for operators and the demo.
    pub fn add_course(&self, institution: InstitutionId, new: &NewCourse) -> Result<CourseId> {
        let NewCourse { code, name, credits, hours, practice_hours, from_cohort } = new.validate()?;
        let (id, at) = (self.ids.id(), self.clock.now());
        let row = NewCourseRow {
            id,
            institution: institution.uuid(),
            code: &code,
            from_cohort,
            name: &name,
            credits,
            hours,
            practice_hours,
            at,
        };
        self.db.write(|conn| {
            // What stands is left as it is, so that looking afterwards tells whose version it is.
            course::register(conn, &[row])?;
            let id = CourseId::from_uuid(id);
            course::get(conn, id)?.map(|_| id).ok_or_else(|| Error::from(Refusal::AlreadyExists))
        })
    }

    /// Registers many course versions of an institution at once, for the demo; those that stand are left as they are.
    pub fn add_courses(&self, institution: InstitutionId, new: &[NewCourse]) -> Result<()> {
        let new = new.iter().map(NewCourse::validate).collect::<std::result::Result<Vec<_>, _>>()?;
        let at = self.clock.now();
        let rows: Vec<NewCourseRow<'_>> = new
            .iter()
            .map(|new| NewCourseRow {
                id: self.ids.id(),
                institution: institution.uuid(),
                code: &new.code,
                from_cohort: new.from_cohort,
                name: &new.name,
                credits: new.credits,
                hours: new.hours,
                practice_hours: new.practice_hours,
                at,
            })
            .collect();
        Ok(self.db.write(|conn| course::register(conn, &rows))?)
    }

    /// Registers a course version of the caller's institution.
    pub fn create_course(&self, actor: &ClientActor, new: &NewCourse) -> Result<CourseRow> {
        actor.require(Scope::CoursesWrite)?;
        let id = self.add_course(actor.institution, new)?;
        self.find_course(id)
    }

    /// Up to `limit` course versions after an id, of the caller's institution unless another is named.
    pub fn list_courses(
        &self,
        actor: &ClientActor,
        institution: Option<InstitutionId>,
        code: Option<&str>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<CourseRow>> {
        actor.require(Scope::CoursesRead)?;
        let institution = institution.unwrap_or(actor.institution);
        Ok(self.db.read(|conn| course::list(conn, institution, code, after, limit))?)
    }

    /// One course version.
    pub fn get_course(&self, actor: &ClientActor, id: CourseId) -> Result<CourseRow> {
        actor.require(Scope::CoursesRead)?;
        self.find_course(id)
    }

    fn find_course(&self, id: CourseId) -> Result<CourseRow> {
        self.db.read(|conn| course::get(conn, id))?.ok_or(Error::NotFound)
    }

    /// Changes a course version of the caller's that stands at version `expected`.
    pub fn update_course(
        &self,
        actor: &ClientActor,
        id: CourseId,
        expected: i64,
        change: &CourseChange,
    ) -> Result<CourseRow> {
        actor.require(Scope::CoursesWrite)?;
        let now = self.clock.now();
        self.db.write(|conn| {
            let stands = course::get(conn, id)?.ok_or(Error::NotFound)?;
            if stands.institution_id != actor.institution {
                return Err(Error::Forbidden);
            }
            standing(stands.version == expected)?;
            let changed = change.apply(stands)?;
            standing(course::update(conn, &changed, now)?)?;
            Ok(CourseRow { version: expected + 1, ..changed })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credit::CreditAmount;

    #[test]
    fn hours_change_together_with_practice() {
        let stands = CourseRow {
            institution_id: InstitutionId::from_uuid(Uuid::nil()),
            code: "NET101".into(),
            course: CourseVersion {
                id: Uuid::nil(),
                from_cohort: 2024,
                name: "网络".into(),
                credits: CreditAmount::from_thousandths(4_000),
                hours: Some(64),
                practice_hours: Some(32),
            },
            version: 1,
        };
        let change = |json: &str| serde_json::from_str::<CourseChange>(json);
        let changed = change(r#"{"hours":40,"practice_hours":null}"#).expect("a change").apply(stands.clone());
        let course = changed.expect("valid").course;
        assert_eq!((course.hours, course.practice_hours), (Some(40), None));
        let less = change(r#"{"hours":20}"#).expect("a change").apply(stands).expect_err("a fault");
        assert_eq!(less.0[0].pointer, "/practice_hours");
        assert!(change(r#"{"credits":"9"}"#).is_err());
    }
}
