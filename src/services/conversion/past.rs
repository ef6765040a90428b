//! What a learner's evidence has been used for, as a plan has to know it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::super::whereabouts::Whereabouts;
use crate::conversion::input::{Evidence, PastUse};
use crate::domain::credit::CreditAmount;
use crate::domain::enrolment::Enrolment;
use crate::domain::kind::AchievementKind;
use crate::ledger::details::Achievement;
use crate::ledger::history::History;
use crate::ledger::status::AchievementStatus;
use crate::store::achievement_use::Use;
use crate::store::conversion::ConversionRow;

/// The uses that stand of a learner, reserved and used ones, from its conversions and what they use. What was used under an
/// earlier revision, or as an earlier attempt of the same course, counts as used under the one that stands now: nothing
/// becomes fresh by being corrected or repeated. What was granted counts in the programme to which it has been transferred.
pub(in crate::services) fn past_uses(
    conversions: &[ConversionRow],
    uses: Vec<Use>,
    (history, whereabouts): (&History, &Whereabouts),
    enrolments: &[Enrolment],
    evidence: &[Evidence],
) -> Vec<PastUse> {
    if uses.is_empty() {
        return Vec::new();
    }
    let rows: BTreeMap<Uuid, &ConversionRow> = conversions.iter().map(|row| (row.id, row)).collect();
    let standing = standing(history);
    let mut past = Vec::new();
    for one in uses {
        let Some(row) = rows.get(&one.conversion).filter(|row| row.status.is_live()) else { continue };
        let id = standing.get(&one.evidence).copied().unwrap_or(one.evidence);
        let known = evidence.iter().find(|evidence| evidence.id == id);
        let of = |(programme, credits)| PastUse {
            conversion: row.id,
            evidence: id,
            family: one.family.clone(),
            scope: one.scope.clone(),
            programme,
            rule_set: row.rule_set,
            rule: row.rule_code.clone(),
            credits,
            courses: row.exempts.iter().map(|course| (course.course_code.clone(), course.credits)).collect(),
            module: row.module.clone(),
            term: Some(row.term),
            on: row.applied_on,
            kind: known.map(|evidence| evidence.kind),
            delivery: known.and_then(|evidence| evidence.delivery),
            tags: known.map(|evidence| evidence.tags.clone()).unwrap_or_default(),
            evidence_family: known.and_then(|evidence| evidence.family.clone()),
        };
        past.extend(counting_in(row, whereabouts, enrolments).into_iter().map(of));
    }
    past
}

/// The programmes in which what a conversion granted counts now, with how much of it. Before the decision, and where
/// nothing but courses without credits was granted, that is the one converted into.
fn counting_in(
    row: &ConversionRow,
    whereabouts: &Whereabouts,
    enrolments: &[Enrolment],
) -> BTreeMap<Uuid, CreditAmount> {
    let programme = |id: Uuid| enrolments.iter().find(|one| one.id.uuid() == id).map(|one| one.programme_id.uuid());
    let there: Vec<(Uuid, CreditAmount)> = whereabouts
        .enrolments(row.id)
        .filter_map(|(enrolment, credits)| Some((programme(enrolment)?, credits)))
        .collect();
    let programmes: BTreeSet<Uuid> = there.iter().map(|(programme, _)| *programme).collect();
    match programmes.len() {
        0 => BTreeMap::from([(row.programme, row.credits)]),
        1 => programmes.into_iter().map(|programme| (programme, row.credits)).collect(),
        _ => {
            let mut amounts: BTreeMap<Uuid, i64> = BTreeMap::new();
            for (programme, credits) in there {
                *amounts.entry(programme).or_default() += credits.thousandths();
            }
            amounts.into_iter().map(|(programme, sum)| (programme, CreditAmount::from_thousandths(sum))).collect()
        }
    }
}

/// For each achievement the one that stands in its place: its latest revision, and of a course the attempt that counts.
fn standing(history: &History) -> BTreeMap<Uuid, Uuid> {
    let standings = history.standings();
    let mut latest: BTreeMap<Uuid, &Achievement> = BTreeMap::new();
    for a in &history.achievements {
        let newest = latest.entry(a.series).or_insert(a);
        if newest.revision < a.revision {
            *newest = a;
        }
    }
    let counts = |a: &&Achievement| {
        matches!(standings[&a.id].status, AchievementStatus::Recognised | AchievementStatus::Recorded)
    };
    let attempt = |of: &Achievement| {
        let same = |a: &&Achievement| {
            a.kind == AchievementKind::Course && a.institution == of.institution && a.code == of.code
        };
        history.achievements.iter().filter(same).find(counts)
    };
    let place = |a: &Achievement| {
        let newest = latest[&a.series];
        match newest.kind {
            AchievementKind::Course => attempt(newest).map_or(newest.id, |counting| counting.id),
            _ => newest.id,
        }
    };
    history.achievements.iter().map(|a| (a.id, place(a))).collect()
}
