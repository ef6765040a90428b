//! Institutions: the bureau keeps the list, every client reads it.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::change::{given, or_standing, standing};
use super::error::{Error, Result};
use super::refusal::Refusal;
use super::scope::Scope;
use crate::domain::ids::InstitutionId;
use crate::domain::institution::{InstitutionKind, InstitutionStatus, NewInstitution};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::region::RegionPolicy;
use crate::store::conn::Conn;
use crate::store::institution;
pub use crate::store::institution::InstitutionRow;

/// What is to change of an institution; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstitutionChange {
    /// Full name.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// Short name; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub short_name: Option<Option<String>>,
    /// Region code.
    #[serde(default, deserialize_with = "given")]
    #[schema(pattern = r"^\d{6}$", nullable = false)]
    pub region: Option<String>,
    /// School code; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, pattern = r"^\d{10,11}$")]
    pub school_code: Option<Option<String>>,
    /// Whether it may act. The clients of one that may not are refused.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub status: Option<InstitutionStatus>,
}

impl InstitutionChange {
    fn apply(&self, stands: InstitutionRow, regions: RegionPolicy) -> std::result::Result<InstitutionRow, Invalid> {
        let changed = NewInstitution {
            name: or_standing(&self.name, &stands.name),
            short_name: or_standing(&self.short_name, &stands.short_name),
            kind: stands.kind,
            uscc: stands.uscc.clone(),
            school_code: or_standing(&self.school_code, &stands.school_code),
            authority_id: stands.authority_id,
            region: or_standing(&self.region, &stands.region),
        };
        let NewInstitution { name, short_name, school_code, region, .. } = changed.validate(regions)?;
        let status = self.status.unwrap_or(stands.status);
        Ok(InstitutionRow { name, short_name, school_code, region, status, ..stands })
    }
}

impl App {
    /// Registers an institution; for operators and the demo. It is not accredited for anything yet.
    pub fn add_institution(&self, new: &NewInstitution) -> Result<InstitutionId> {
        self.register_institution(None, new)
    }

    /// Registers an institution for the bureau.
    pub fn create_institution(&self, actor: &ClientActor, new: &NewInstitution) -> Result<InstitutionRow> {
        actor.require(Scope::InstitutionsWrite)?;
        actor.require_bureau()?;
        let id = self.register_institution(Some(actor), new)?;
        self.find_institution(id)
    }

    fn register_institution(&self, by: Option<&ClientActor>, new: &NewInstitution) -> Result<InstitutionId> {
        let new = new.validate(self.settings.regions)?;
        let (id, now) = (InstitutionId::from_uuid(self.ids.id()), self.clock.now());
        self.db.write(|conn| {
            if institution::uscc_stands(conn, &new.uscc)? {
                return Err(Refusal::AlreadyExists.into());
            }
            check_authority(conn, new.authority_id)?;
            institution::insert(conn, id, &new, now)?;
            self.note_change(conn, by, "create_institution", &format!("institution {id}"))
        })?;
        Ok(id)
    }

    /// Up to `limit` institutions after an id.
    pub fn list_institutions(
        &self,
        actor: &ClientActor,
        kind: Option<InstitutionKind>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<InstitutionRow>> {
        actor.require(Scope::InstitutionsRead)?;
        Ok(self.db.read(|conn| institution::list(conn, kind, after, limit))?)
    }

    /// One institution.
    pub fn get_institution(&self, actor: &ClientActor, id: InstitutionId) -> Result<InstitutionRow> {
        actor.require(Scope::InstitutionsRead)?;
        self.find_institution(id)
    }

    fn find_institution(&self, id: InstitutionId) -> Result<InstitutionRow> {
        self.db.read(|conn| institution::get(conn, id))?.ok_or(Error::NotFound)
    }

    /// Changes an institution that stands at version `expected`.
    pub fn update_institution(
        &self,
        actor: &ClientActor,
        id: InstitutionId,
        expected: i64,
        change: &InstitutionChange,
    ) -> Result<InstitutionRow> {
        actor.require(Scope::InstitutionsWrite)?;
        actor.require_bureau()?;
        let now = self.clock.now();
        self.db.write(|conn| {
            let stands = institution::get(conn, id)?.ok_or(Error::NotFound)?;
            standing(stands.version == expected)?;
            let changed = change.apply(stands, self.settings.regions)?;
            standing(institution::update(conn, &changed, now)?)?;
            self.note_change(conn, Some(actor), "update_institution", &format!("institution {id}"))?;
            Ok(InstitutionRow { version: expected + 1, ..changed })
        })
    }
}

/// The authority of an institution is a bureau that exists.
fn check_authority(conn: &mut Conn, authority: Option<InstitutionId>) -> Result<()> {
    let Some(id) = authority else { return Ok(()) };
    match institution::get(conn, id)? {
        Some(found) if found.kind == InstitutionKind::Bureau => Ok(()),
        Some(_) => Err(Invalid::one("/authority_id", Reason::Mismatch).into()),
        None => Err(Invalid::one("/authority_id", Reason::Unknown).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn school() -> InstitutionRow {
        InstitutionRow {
            id: InstitutionId::from_uuid(Uuid::nil()),
            uscc: "12410200MB1A0001X2".into(),
            school_code: Some("4141000001".into()),
            name: "演示职业中专".into(),
            short_name: Some("演示职专".into()),
            kind: InstitutionKind::SecondarySchool,
            authority_id: None,
            region: "410212".into(),
            status: InstitutionStatus::Active,
            version: 1,
        }
    }

    fn change(json: &str) -> InstitutionChange {
        serde_json::from_str(json).expect("a change")
    }

    #[test]
    fn what_is_left_out_stays_and_null_takes_away() {
        let changed = change(r#"{"name":" 新名 ","short_name":null}"#).apply(school(), RegionPolicy::default());
        assert_eq!(changed, Ok(InstitutionRow { name: "新名".into(), short_name: None, ..school() }));
        let suspended = change(r#"{"status":"suspended"}"#).apply(school(), RegionPolicy::default());
        assert_eq!(suspended, Ok(InstitutionRow { status: InstitutionStatus::Suspended, ..school() }));
    }

    #[test]
    fn faults_are_pointed_out() {
        let invalid = change(r#"{"name":"","region":"41"}"#).apply(school(), RegionPolicy::default());
        let pointers: Vec<_> = invalid.expect_err("two faults").0.into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/name", "/region"]);
        for bad in [r#"{"name":null}"#, r#"{"uscc":"1"}"#, r#"{"status":null}"#] {
            assert!(serde_json::from_str::<InstitutionChange>(bad).is_err(), "{bad}");
        }
    }
}
