//! Accreditations: the bureau grants what an institution may post.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::change::{given, given_date, or_standing, standing};
use super::error::{Error, Result};
use super::scope::Scope;
use crate::domain::accreditation::{Accreditation, NewAccreditation};
use crate::domain::ids::{AccreditationId, InstitutionId};
use crate::domain::invalid::Invalid;
pub use crate::store::accreditation::AccreditationRow;
use crate::store::{accreditation, institution};

/// What is to change of an accreditation; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccreditationChange {
    /// Codes, exact or as a prefix that ends in `*`; all when null.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 500)]
    pub codes: Option<Option<Vec<String>>>,
    /// Levels as catalogues write them; all when null.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 10)]
    pub levels: Option<Option<Vec<String>>>,
    /// Last day; open when null.
    #[serde(default, deserialize_with = "given_date")]
    #[schema(value_type = Option<NaiveDate>)]
    pub valid_to: Option<Option<NaiveDate>>,
}

impl AccreditationChange {
    fn apply(&self, stands: Accreditation) -> std::result::Result<Accreditation, Invalid> {
        let changed = NewAccreditation {
            kind: stands.kind,
            codes: or_standing(&self.codes, &stands.codes),
            levels: or_standing(&self.levels, &stands.levels),
            valid_from: stands.valid_from,
            valid_to: or_standing(&self.valid_to, &stands.valid_to),
        };
        let NewAccreditation { codes, levels, valid_to, .. } = changed.validate()?;
        Ok(Accreditation { codes, levels, valid_to, ..stands })
    }
}

impl App {
    /// Accredits an institution; for operators and the demo.
    pub fn accredit(&self, institution: InstitutionId, new: &NewAccreditation) -> Result<AccreditationId> {
        self.grant(None, institution, new)
    }

    /// Accredits an institution for the bureau.
    pub fn create_accreditation(
        &self,
        actor: &ClientActor,
        institution: InstitutionId,
        new: &NewAccreditation,
    ) -> Result<AccreditationRow> {
        actor.require(Scope::AccreditationsWrite)?;
        actor.require_bureau()?;
        let id = self.grant(Some(actor), institution, new)?;
        self.find_accreditation(id)
    }

    fn grant(
        &self,
        by: Option<&ClientActor>,
        institution: InstitutionId,
        new: &NewAccreditation,
    ) -> Result<AccreditationId> {
        let new = new.validate()?;
        let (id, now) = (AccreditationId::from_uuid(self.ids.id()), self.clock.now());
        self.db.write(|conn| {
            institution::get(conn, institution)?.ok_or(Error::NotFound)?;
            accreditation::insert(conn, id, institution, &new, now)?;
            self.note_change(conn, by, "create_accreditation", &format!("accreditation {id}"))
        })?;
        Ok(id)
    }

    /// Up to `limit` accreditations of an institution after an id.
    pub fn list_accreditations(
        &self,
        actor: &ClientActor,
        institution: InstitutionId,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<AccreditationRow>> {
        actor.require(Scope::InstitutionsRead)?;
        self.db.read(|conn| {
            institution::get(conn, institution)?.ok_or(Error::NotFound)?;
            Ok(accreditation::list(conn, institution, after, limit)?)
        })
    }

    /// One accreditation.
    pub fn get_accreditation(&self, actor: &ClientActor, id: AccreditationId) -> Result<AccreditationRow> {
        actor.require(Scope::InstitutionsRead)?;
        self.find_accreditation(id)
    }

    fn find_accreditation(&self, id: AccreditationId) -> Result<AccreditationRow> {
        self.db.read(|conn| accreditation::get(conn, id))?.ok_or(Error::NotFound)
    }

    /// Changes an accreditation that stands at version `expected`. What was posted under it stands.
    pub fn update_accreditation(
        &self,
        actor: &ClientActor,
        id: AccreditationId,
        expected: i64,
        change: &AccreditationChange,
    ) -> Result<AccreditationRow> {
        actor.require(Scope::AccreditationsWrite)?;
        actor.require_bureau()?;
        let now = self.clock.now();
        self.db.write(|conn| {
            let AccreditationRow { accreditation, version } = accreditation::get(conn, id)?.ok_or(Error::NotFound)?;
            standing(version == expected)?;
            let changed = AccreditationRow { accreditation: change.apply(accreditation)?, version };
            standing(accreditation::update(conn, &changed, now)?)?;
            self.note_change(conn, Some(actor), "update_accreditation", &format!("accreditation {id}"))?;
            Ok(AccreditationRow { version: version + 1, ..changed })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kind::AchievementKind;
    use crate::domain::time::parse_date;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).expect("a date")
    }

    #[test]
    fn a_grant_can_be_ended_and_widened() {
        let stands = Accreditation {
            id: AccreditationId::from_uuid(Uuid::nil()),
            institution_id: InstitutionId::from_uuid(Uuid::nil()),
            kind: AchievementKind::Course,
            codes: Some(vec!["A".into()]),
            levels: None,
            valid_from: day("2025-01-01"),
            valid_to: None,
            revoked_on: None,
        };
        let change = |json: &str| serde_json::from_str::<AccreditationChange>(json).expect("a change");
        let ended = change(r#"{"valid_to":"2025-06-30"}"#).apply(stands.clone());
        assert_eq!(ended, Ok(Accreditation { valid_to: Some(day("2025-06-30")), ..stands.clone() }));
        let widened = change(r#"{"codes":null,"valid_to":null}"#).apply(stands.clone());
        assert_eq!(widened, Ok(Accreditation { codes: None, ..stands.clone() }));
        let backwards = change(r#"{"valid_to":"2024-12-31"}"#).apply(stands).expect_err("a fault");
        assert_eq!(backwards.0[0].pointer, "/valid_to");
        assert!(serde_json::from_str::<AccreditationChange>(r#"{"valid_to":"2025-02-30"}"#).is_err());
    }
}
