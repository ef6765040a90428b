//! Rule sets: written by one client of an institution, published by a second; the bureau's next version is in review.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::places::{BUREAU, COLLEGE, OPEN_UNIVERSITY};
use super::rules::{self, Facts, Planned};
use super::{Made, Stage};
use crate::conversion::limits::Most;
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{ProgrammeId, RuleSetId};
use crate::services::error::Result;
use crate::services::rule_set_comment::NewComment;
use crate::store::error::StoreError;

/// Days until the version in review is meant to hold.
const NOTICE_DAYS: u64 = 120;
/// What institutions say of the version in review: who, of which rule, what.
const COMMENTS: [(usize, Option<&str>, &str); 3] = [
    (COLLEGE, Some("KF-C-001"), "竞赛学分上限提高到 10 分后，建议同时明确集体项目的人数。"),
    (OPEN_UNIVERSITY, Some("KF-T-001"), "建议线上培训与线下培训采用同一学时标准。"),
    (COLLEGE, None, "建议自新生年级起施行，在校生沿用现行规则。"),
];

/// The changes of the bureau's next version: competitions may bring more, and it begins later.
fn next_version(document: &mut crate::conversion::rule_set::RuleSetDocument, from: NaiveDate) {
    document.effective_from = from;
    for cap in document.rules.iter_mut().flat_map(|rule| &mut rule.caps) {
        if cap.code == "competition-total" {
            cap.most = Most::Credits { credits: CreditAmount::from_thousandths(10_000) };
        }
    }
}

impl Made<'_> {
    /// Publishes the city's rule sets, the bureau's first, and puts its next version before the institutions; answers the
    /// ids in order.
    pub fn regulate(&self, progress: &dyn Fn(Stage, u64, u64)) -> Result<Vec<RuleSetId>> {
        let institutions: Vec<Uuid> = self.places.iter().map(|place| place.id.uuid()).collect();
        let programmes: Vec<(usize, Uuid)> =
            self.roll.offers.iter().map(|offer| (offer.place, offer.id.uuid())).collect();
        let from = self.app.clock.today();
        let planned = rules::planned(&Facts { institutions: &institutions, programmes: &programmes, from })?;
        let total = planned.len() as u64 + 1;
        let mut published = Vec::with_capacity(planned.len());
        for one in &planned {
            published.push(self.publish(one)?);
            progress(Stage::Rules, published.len() as u64, total);
        }
        if let Some(bureaus) = published.first() {
            self.review(*bureaus, from + Days::new(NOTICE_DAYS))?;
        }
        progress(Stage::Rules, total, total);
        Ok(published)
    }

    /// Publishes the rule set of a pathway through these programmes.
    pub fn regulate_pathway(&self, programmes: &[ProgrammeId]) -> Result<RuleSetId> {
        let programmes: Vec<Uuid> = programmes.iter().map(|programme| programme.uuid()).collect();
        self.publish(&rules::of_pathway(&programmes, self.app.clock.today())?)
    }

    fn publish(&self, planned: &Planned) -> Result<RuleSetId> {
        let place = &self.places[planned.place];
        let second = place.second.as_ref().ok_or_else(|| StoreError::broken("nobody to publish the rules"))?;
        let draft = self.app.create_rule_set(&place.actor, &planned.document)?;
        let id = draft.version.rule_set_id;
        let reviewed = self.app.submit_rule_set(&place.actor, id, draft.version.row_version)?;
        self.app.publish_rule_set(&second.actor, id, reviewed.version.row_version)?;
        Ok(id)
    }

    fn review(&self, id: RuleSetId, from: NaiveDate) -> Result<()> {
        let actor = &self.places[BUREAU].actor;
        let mut draft = self.app.create_rule_set_draft(actor, id, 1)?;
        next_version(&mut draft.document, from);
        let draft = self.app.update_rule_set_draft(actor, id, draft.version.row_version, &draft.document)?;
        self.app.submit_rule_set(actor, id, draft.version.row_version)?;
        for (place, rule_code, text) in COMMENTS {
            let new = NewComment { rule_code: rule_code.map(str::to_owned), text: text.to_owned() };
            self.app.create_rule_set_comment(&self.places[place].actor, id, &new)?;
        }
        Ok(())
    }
}
