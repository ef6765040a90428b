//! What a learner could gain next: the certificates and examinations that the rules in force name.

use std::collections::BTreeMap;

use super::error::Result;
use super::plan_supposed::{Entries, of_entry};
use crate::conversion::input::{Evidence, PlanInput};
use crate::domain::catalogue::CatalogueKind;
use crate::domain::kind::AchievementKind;
use crate::domain::score::{Score, ScoreScale};
use crate::ports::IdSource;
use crate::store::catalogue;
use crate::store::conn::Conn;

/// Most codes looked up: rules of one city name some hundred certificates.
const CODES_MAX: usize = 300;
/// Kinds that a learner can set out to gain.
const KINDS: [AchievementKind; 4] = [
    AchievementKind::SkillCertificate,
    AchievementKind::Examination,
    AchievementKind::SkillLevel,
    AchievementKind::Qualification,
];

/// Achievements that could be gained, with their names.
#[derive(Default)]
pub(super) struct Possible {
    /// The achievements.
    pub evidence: Vec<Evidence>,
    /// Their names in the catalogue.
    pub names: Vec<String>,
}

/// The catalogued achievements that rules in force name by code and that are not held.
pub(super) fn possible_steps(conn: &mut Conn, ids: &dyn IdSource, input: &PlanInput) -> Result<Possible> {
    // By kind and code, the least scores that rules ask for: the highest of them is supposed.
    let mut named: BTreeMap<(&'static str, &str), (AchievementKind, Option<&str>)> = BTreeMap::new();
    let rules = input.rule_sets.iter().flat_map(|set| &set.document.rules);
    for source in rules.flat_map(|rule| &rule.sources) {
        for kind in KINDS.iter().filter(|kind| source.kinds.contains(kind)) {
            for code in source.codes.iter().filter(|code| !code.ends_with('*')) {
                let entry = named.entry((kind.as_str(), code)).or_insert((*kind, None));
                let score = source.score_min.as_deref();
                if number(score) >= number(entry.1) {
                    entry.1 = score;
                }
            }
        }
    }
    let named: Vec<_> = named.into_iter().take(CODES_MAX).collect();
    let wanted: Vec<(CatalogueKind, &str)> =
        named.iter().filter_map(|((_, code), (kind, _))| Some((CatalogueKind::of(*kind)?, *code))).collect();
    let entries: Entries = catalogue::entries(conn, &wanted)?;
    let mut possible = Possible::default();
    for ((_, code), (kind, score)) in named {
        let Some(catalogue) = CatalogueKind::of(kind) else { continue };
        let of_code = entries.get(&(catalogue, code.to_owned())).into_iter().flatten();
        for entry in
            of_code.filter(|entry| entry.valid_from <= input.on && entry.valid_to.is_none_or(|to| input.on <= to))
        {
            let held =
                |own: &Evidence| own.kind == kind && own.code.as_deref() == Some(code) && own.level == entry.level;
            // A better score may be gained for what is held; the same certificate not again.
            if score.is_none() && input.evidence.iter().any(held) {
                continue;
            }
            let score =
                score.map(|value| Score { scale: ScoreScale::ExamPoints, value: value.to_owned(), passed: Some(true) });
            possible.evidence.push(Evidence {
                score,
                ..of_entry(ids.id(), kind, (Some(entry), Some(code.to_owned())), None, input.on)
            });
            possible.names.push(entry.name.clone());
        }
    }
    Ok(possible)
}

/// A written score as a number, for choosing the highest; words and nothing come first.
fn number(score: Option<&str>) -> i64 {
    let amount = score.and_then(|score| score.parse::<crate::domain::credit::CreditAmount>().ok());
    amount.map_or(-1, crate::domain::credit::CreditAmount::thousandths)
}
