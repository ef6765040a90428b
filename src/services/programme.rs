//! Programmes: every school keeps its own, every client reads them.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::change::{given, or_standing, standing};
use super::error::{Error, Result};
use super::refusal::Refusal;
use super::scope::Scope;
use crate::domain::ids::{InstitutionId, ProgrammeId};
use crate::domain::invalid::Invalid;
use crate::domain::programme::NewProgramme;
use crate::store::conn::Conn;
use crate::store::programme;
pub use crate::store::programme::{ProgrammeFilter, ProgrammeRow, VersionedProgramme};

/// What is to change of a programme; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeChange {
    /// Name.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 200, nullable = false)]
    pub name: Option<String>,
}

impl ProgrammeChange {
    fn apply(&self, stands: ProgrammeRow) -> std::result::Result<ProgrammeRow, Invalid> {
        let changed = NewProgramme {
            level: stands.level,
            major_code: stands.major_code.clone(),
            name: or_standing(&self.name, &stands.name),
        };
        Ok(ProgrammeRow { name: changed.validate()?.name, ..stands })
    }
}

impl App {
    /// Registers a programme of an institution; for operators and the demo.
    pub fn add_programme(&self, institution: InstitutionId, new: &NewProgramme) -> Result<ProgrammeId> {
        let new = new.validate()?;
        let (id, now) = (ProgrammeId::from_uuid(self.ids.id()), self.clock.now());
        self.db.write(|conn| {
            if programme::named(conn, institution, &new.major_code, &new.name)?.is_some() {
                return Err(Error::from(Refusal::AlreadyExists));
            }
            Ok(programme::insert(conn, id, institution, &new, now)?)
        })?;
        Ok(id)
    }

    /// Registers a programme of the caller's school.
    pub fn create_programme(&self, actor: &ClientActor, new: &NewProgramme) -> Result<VersionedProgramme> {
        actor.require(Scope::ProgrammesWrite)?;
        if !actor.kind.is_school() {
            return Err(Error::Forbidden);
        }
        let id = self.add_programme(actor.institution, new)?;
        self.find_programme(id)
    }

    /// Up to `limit` programmes after an id.
    pub fn list_programmes(
        &self,
        actor: &ClientActor,
        filter: ProgrammeFilter,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<VersionedProgramme>> {
        actor.require(Scope::ProgrammesRead)?;
        Ok(self.db.read(|conn| programme::list(conn, filter, after, limit))?)
    }

    /// One programme.
    pub fn get_programme(&self, actor: &ClientActor, id: ProgrammeId) -> Result<VersionedProgramme> {
        actor.require(Scope::ProgrammesRead)?;
        self.find_programme(id)
    }

    fn find_programme(&self, id: ProgrammeId) -> Result<VersionedProgramme> {
        self.db.read(|conn| programme::get(conn, id))?.ok_or(Error::NotFound)
    }

    /// Changes a programme of the caller's that stands at version `expected`.
    pub fn update_programme(
        &self,
        actor: &ClientActor,
        id: ProgrammeId,
        expected: i64,
        change: &ProgrammeChange,
    ) -> Result<VersionedProgramme> {
        actor.require(Scope::ProgrammesWrite)?;
        let now = self.clock.now();
        self.db.write(|conn| {
            let VersionedProgramme { programme, version } = own(conn, actor, id)?;
            standing(version == expected)?;
            let changed = VersionedProgramme { programme: change.apply(programme)?, version };
            let ProgrammeRow { major_code, name, .. } = &changed.programme;
            let namesake = programme::named(conn, actor.institution, major_code, name)?;
            if namesake.is_some_and(|other| other != id) {
                return Err(Refusal::AlreadyExists.into());
            }
            standing(programme::update(conn, &changed, now)?)?;
            Ok(VersionedProgramme { version: version + 1, ..changed })
        })
    }
}

/// A programme that the actor may change: one of its institution's.
pub(super) fn own(conn: &mut Conn, actor: &ClientActor, id: ProgrammeId) -> Result<VersionedProgramme> {
    let found = programme::get(conn, id)?.ok_or(Error::NotFound)?;
    if found.programme.institution_id == actor.institution.uuid() { Ok(found) } else { Err(Error::Forbidden) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::level::ProgrammeLevel;

    #[test]
    fn only_the_name_changes() {
        let stands = ProgrammeRow {
            id: Uuid::nil(),
            institution_id: Uuid::nil(),
            level: ProgrammeLevel::Secondary,
            major_code: "740201".into(),
            name: "中餐烹饪".into(),
        };
        let change = |json: &str| serde_json::from_str::<ProgrammeChange>(json);
        let renamed = change(r#"{"name":"西餐烹饪"}"#).expect("a change").apply(stands.clone());
        assert_eq!(renamed, Ok(ProgrammeRow { name: "西餐烹饪".into(), ..stands.clone() }));
        let empty = change(r#"{"name":" "}"#).expect("a change").apply(stands).expect_err("a fault");
        assert_eq!(empty.0[0].pointer, "/name");
        assert!(change(r#"{"level":"higher"}"#).is_err());
    }
}
