//! The city's rule sets: the bureau's, the first college's and the open university's, made from published rules and
//! adapted to the city's catalogue. The documents they name are fictional.
//!
//! They are kept as data beside this file. There an institution is written as its place in the list of institutions (the
//! last digits of an id that nobody has); dates and programmes are filled in when the city is made.

use chrono::NaiveDate;
use uuid::Uuid;

use super::places::{BUREAU, COLLEGE, OPEN_UNIVERSITY};
use crate::conversion::rule::ConversionRule;
use crate::conversion::rule_set::RuleSetDocument;
use crate::conversion::selector::Selector;
use crate::services::error::Result;
use crate::store::error::StoreError;

/// Who publishes which document.
const SETS: [(usize, &str); 3] = [
    (BUREAU, include_str!("rules/city.json")),
    (COLLEGE, include_str!("rules/college.json")),
    (OPEN_UNIVERSITY, include_str!("rules/open.json")),
];

/// A rule set on its way to publication.
#[derive(Debug)]
pub struct Planned {
    /// Where its institution stands in the list.
    pub place: usize,
    /// The document.
    pub document: RuleSetDocument,
}

/// What is known of the city when its rules are written.
pub struct Facts<'f> {
    /// The institutions' ids, in the order of the list.
    pub institutions: &'f [Uuid],
    /// The programmes, each with its institution's place.
    pub programmes: &'f [(usize, Uuid)],
    /// First day of every set.
    pub from: NaiveDate,
}

/// The rule sets, the bureau's first: it holds for every programme of the city, an institution's for its own.
pub fn planned(facts: &Facts<'_>) -> Result<Vec<Planned>> {
    let one = |(place, text): (usize, &str)| {
        let mut document: RuleSetDocument = serde_json::from_str(text).map_err(StoreError::broken)?;
        document.effective_from = facts.from;
        let own = facts.programmes.iter().filter(|(at, _)| place == BUREAU || *at == place);
        document.programmes = own.map(|(_, programme)| *programme).collect();
        document.rules.iter_mut().try_for_each(|rule| name_institutions(rule, facts))?;
        Ok(Planned { place, document })
    };
    SETS.into_iter().map(one).collect()
}

/// The rule set of a pathway: the bureau's, for the pathway's programmes alone.
pub fn of_pathway(programmes: &[Uuid], from: NaiveDate) -> Result<Planned> {
    let text = include_str!("rules/pathway.json");
    let mut document: RuleSetDocument = serde_json::from_str(text).map_err(StoreError::broken)?;
    document.effective_from = from;
    document.programmes = programmes.to_vec();
    Ok(Planned { place: BUREAU, document })
}

/// Puts the ids of institutions where a rule has their places.
fn name_institutions(rule: &mut ConversionRule, facts: &Facts<'_>) -> Result<()> {
    let issuers = rule.sources.iter_mut().flat_map(|Selector { issuers, .. }| issuers);
    for id in issuers.chain(&mut rule.target.institutions) {
        let place = usize::try_from(id.as_u128()).map_err(StoreError::broken)?;
        *id = *facts.institutions.get(place).ok_or_else(|| StoreError::broken("a rule names no institution"))?;
    }
    Ok(())
}

/// The rule sets with ids that count up, for tests that need no database.
#[cfg(test)]
pub fn unregistered() -> Vec<Planned> {
    use super::places::PLANS;
    let institutions: Vec<Uuid> = (0..PLANS.len()).map(|place| Uuid::from_u128(1_000 + place as u128)).collect();
    let offers = super::programmes::unregistered();
    let programmes: Vec<(usize, Uuid)> = offers.iter().map(|offer| (offer.place, offer.id.uuid())).collect();
    let from = super::places::since();
    planned(&Facts { institutions: &institutions, programmes: &programmes, from }).expect("the rules are good")
}
