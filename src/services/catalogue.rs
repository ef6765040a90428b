//! The bureau's catalogues: what certificates and other results are worth. Every client reads them.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::change::{given, given_date, or_standing, standing};
use super::error::{Error, Result};
use super::refusal::Refusal;
use super::scope::Scope;
use crate::domain::catalogue::{CatalogueKind, NewCatalogueEntry};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{CatalogueEntryId, InstitutionId};
use crate::domain::invalid::{Invalid, Reason};
pub use crate::store::catalogue::{CatalogueEntry, CatalogueRow};
use crate::store::{catalogue, institution};

/// What is to change of an entry; what is left out stays. What was posted before stands as it was recognised.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogueChange {
    /// Name.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// Credits, 0 to 400.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub credits: Option<CreditAmount>,
    /// Last day of completion or issue for which it holds; open when null.
    #[serde(default, deserialize_with = "given_date")]
    #[schema(value_type = Option<NaiveDate>)]
    pub valid_to: Option<Option<NaiveDate>>,
    /// Family; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 64)]
    pub family: Option<Option<String>>,
    /// Tags, all of them anew.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_items = 10, nullable = false)]
    pub tags: Option<Vec<String>>,
}

impl CatalogueChange {
    fn apply(&self, stands: CatalogueRow) -> std::result::Result<CatalogueRow, Invalid> {
        let CatalogueRow { kind, code, entry, version } = stands;
        let changed = NewCatalogueEntry {
            kind,
            code: code.clone(),
            level: entry.level.clone(),
            name: or_standing(&self.name, &entry.name),
            body_id: entry.body_id.map(InstitutionId::from_uuid),
            credits: or_standing(&self.credits, &entry.credits),
            valid_from: entry.valid_from,
            valid_to: or_standing(&self.valid_to, &entry.valid_to),
            tier: entry.tier,
            team_max: entry.team_max,
            family: or_standing(&self.family, &entry.family),
            tags: or_standing(&self.tags, &entry.tags),
        };
        let NewCatalogueEntry { name, credits, valid_to, family, tags, .. } = changed.validate()?;
        let entry = CatalogueEntry { name, credits, valid_to, family, tags, ..entry };
        Ok(CatalogueRow { kind, code, entry, version })
    }
}

impl App {
    /// Publishes an entry; for operators and the demo.
    pub fn add_certificate(&self, new: &NewCatalogueEntry) -> Result<CatalogueEntryId> {
        self.publish(None, new)
    }

    /// Publishes an entry for the bureau.
    pub fn create_certificate(&self, actor: &ClientActor, new: &NewCatalogueEntry) -> Result<CatalogueRow> {
        actor.require(Scope::CatalogueWrite)?;
        actor.require_bureau()?;
        let id = self.publish(Some(actor), new)?;
        self.find_certificate(id)
    }

    fn publish(&self, by: Option<&ClientActor>, new: &NewCatalogueEntry) -> Result<CatalogueEntryId> {
        let new = new.validate()?;
        let (id, now) = (CatalogueEntryId::from_uuid(self.ids.id()), self.clock.now());
        self.db.write(|conn| {
            let standing = catalogue::entries(conn, &[(new.kind, new.code.as_str())])?;
            let same = |entry: &CatalogueEntry| entry.level == new.level && entry.valid_from == new.valid_from;
            if standing.values().flatten().any(same) {
                return Err(Refusal::AlreadyExists.into());
            }
            if let Some(body) = new.body_id
                && institution::get(conn, body)?.is_none()
            {
                return Err(Invalid::one("/body_id", Reason::Unknown).into());
            }
            catalogue::insert(conn, id, &new, now)?;
            self.note_change(conn, by, "create_certificate", &format!("certificate {id}"))
        })?;
        Ok(id)
    }

    /// Up to `limit` entries after an id, of one kind or code where they are given.
    pub fn list_certificates(
        &self,
        actor: &ClientActor,
        kind: Option<CatalogueKind>,
        code: Option<&str>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<CatalogueRow>> {
        actor.require(Scope::CatalogueRead)?;
        Ok(self.db.read(|conn| catalogue::list(conn, kind, code, after, limit))?)
    }

    /// One entry.
    pub fn get_certificate(&self, actor: &ClientActor, id: CatalogueEntryId) -> Result<CatalogueRow> {
        actor.require(Scope::CatalogueRead)?;
        self.find_certificate(id)
    }

    fn find_certificate(&self, id: CatalogueEntryId) -> Result<CatalogueRow> {
        self.db.read(|conn| catalogue::get(conn, id))?.ok_or(Error::NotFound)
    }

    /// Changes an entry that stands at version `expected`.
    pub fn update_certificate(
        &self,
        actor: &ClientActor,
        id: CatalogueEntryId,
        expected: i64,
        change: &CatalogueChange,
    ) -> Result<CatalogueRow> {
        actor.require(Scope::CatalogueWrite)?;
        actor.require_bureau()?;
        let now = self.clock.now();
        self.db.write(|conn| {
            let stands = catalogue::get(conn, id)?.ok_or(Error::NotFound)?;
            standing(stands.version == expected)?;
            let changed = change.apply(stands)?;
            standing(catalogue::update(conn, &changed, now)?)?;
            self.note_change(conn, Some(actor), "update_certificate", &format!("certificate {id}"))?;
            Ok(CatalogueRow { version: expected + 1, ..changed })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_date;

    #[test]
    fn the_amount_and_the_last_day_change() {
        let day = |text: &str| parse_date(text).expect("a date");
        let stands = CatalogueRow {
            kind: CatalogueKind::SkillCertificate,
            code: "X-01".into(),
            entry: CatalogueEntry {
                id: Uuid::nil(),
                level: Some("advanced".into()),
                name: "智能制造".into(),
                credits: CreditAmount::from_thousandths(6_000),
                valid_from: day("2020-01-01"),
                valid_to: None,
                body_id: None,
                tier: None,
                team_max: None,
                family: None,
                tags: Vec::new(),
            },
            version: 1,
        };
        let change = |json: &str| serde_json::from_str::<CatalogueChange>(json);
        let changed = change(r#"{"credits":"5.5","valid_to":"2030-12-31"}"#).expect("a change").apply(stands.clone());
        let entry = changed.expect("valid").entry;
        assert_eq!((entry.credits.thousandths(), entry.valid_to), (5_500, Some(day("2030-12-31"))));
        let fault = |json: &str| {
            let invalid = change(json).expect("a change").apply(stands.clone()).expect_err("a fault");
            invalid.0[0].pointer.clone()
        };
        assert_eq!(fault(r#"{"credits":"401"}"#), "/credits");
        assert_eq!(fault(r#"{"valid_to":"2019-12-31"}"#), "/valid_to");
        assert!(change(r#"{"level":"elementary"}"#).is_err());
        assert!(change(r#"{"credits":null}"#).is_err());
    }
}
