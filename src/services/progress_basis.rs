//! What progress is measured on, loaded for many enrolments at once: chains, plans, conditions, substitutions, awards.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use crate::conversion::progress::{ConditionState, Counted, HeldAchievement, Origin, Progress, Situation, progress};
use crate::domain::award::AwardState;
use crate::domain::credit::CreditAmount;
use crate::domain::enrolment::Enrolment;
use crate::domain::institution::InstitutionKind;
use crate::domain::kind::AchievementKind;
use crate::domain::requirement::Substitution;
use crate::domain::time::Instant;
use crate::ledger::details::Achievement;
use crate::ledger::history::History;
use crate::ledger::purse::{Account, AccountKind};
use crate::ledger::status::{AchievementStatus, standings};
use crate::ledger::transaction::TransactionKind;
use crate::store::award::{self, AwardRow};
use crate::store::condition::{self, ConditionRow};
use crate::store::conn::Conn;
use crate::store::error::Result;
use crate::store::granted::{self, Granted};
use crate::store::programme_version::{self, ProgrammeVersionRow};
use crate::store::substitution::{self, SubstitutionRow};
use crate::store::{book, institution};

/// Everything that progress of some enrolments rests on, read on one snapshot.
#[derive(Default)]
pub(super) struct Basis {
    histories: BTreeMap<Uuid, History>,
    plans: HashMap<(Uuid, i32), ProgrammeVersionRow>,
    issuers: HashMap<Uuid, InstitutionKind>,
    conditions: HashMap<Uuid, Vec<ConditionRow>>,
    substitutions: HashMap<Uuid, Vec<SubstitutionRow>>,
    awards: Vec<AwardRow>,
    grants: Vec<Granted>,
}

/// How far a learner is in an enrolment.
pub(super) struct Measured<'b> {
    /// The plan measured by.
    pub(super) plan: Option<&'b ProgrammeVersionRow>,
    /// The last place of the chain that was looked at.
    pub(super) learner_seq: i64,
    /// How far.
    pub(super) progress: Progress,
    /// The last day on which anything came that counts, perhaps after the day that is measured.
    pub(super) latest: Option<NaiveDate>,
}

/// The plain facts of an achievement that matter here.
#[derive(Default, Deserialize)]
struct Facts {
    #[serde(default)]
    hours: Option<u32>,
    #[serde(default)]
    practice_hours: Option<u32>,
}

impl Basis {
    /// Loads it; with `as_of`, only what had been written in the book by then. What staff decided is as it stands now.
    pub(super) fn load(conn: &mut Conn, enrolments: &[Enrolment], as_of: Option<Instant>) -> Result<Self> {
        let mut learners: Vec<Uuid> = enrolments.iter().map(|one| one.learner_id.uuid()).collect();
        learners.sort_unstable();
        learners.dedup();
        let wanted: Vec<(Uuid, i32)> = enrolments.iter().map(|one| (one.programme_id.uuid(), one.cohort)).collect();
        let mut histories = if learners.is_empty() { BTreeMap::new() } else { book::histories(conn, &learners)? };
        if let Some(as_of) = as_of {
            histories.values_mut().for_each(|history| cut(history, as_of));
        }
        let mut issuers: Vec<Uuid> = histories.values().flat_map(|h| &h.achievements).map(|a| a.institution).collect();
        issuers.sort_unstable();
        issuers.dedup();
        Ok(Self {
            plans: programme_version::of_cohorts(conn, &wanted)?,
            issuers: institution::kinds(conn, &issuers)?,
            conditions: condition::of_learners(conn, &learners)?,
            substitutions: substitution::of_learners(conn, &learners)?,
            awards: award::of_learners(conn, &learners)?,
            grants: granted::of_learners(conn, &learners)?,
            histories,
        })
    }

    /// How far `enrolment` is on a day.
    pub(super) fn measure(&self, enrolment: &Enrolment, on: NaiveDate) -> Measured<'_> {
        let nothing = History::default();
        let history = self.histories.get(&enrolment.learner_id.uuid()).unwrap_or(&nothing);
        let mut counted = self.counted(history, enrolment);
        let latest = counted.iter().map(|one| one.completed_on).max();
        counted.retain(|one| one.completed_on <= on);
        let plan = self.plans.get(&(enrolment.programme_id.uuid(), enrolment.cohort));
        let id = enrolment.id.uuid();
        let decided = self.conditions.get(&id).into_iter().flatten();
        let conditions: BTreeMap<String, ConditionState> = decided.map(|row| (row.code.clone(), row.state)).collect();
        let live = self.substitutions.get(&id).into_iter().flatten().filter(|row| row.ended_at.is_none());
        let substitutions: Vec<Substitution> = live
            .map(|row| Substitution { course: row.course.clone(), by: row.by.clone(), reason: String::new() })
            .collect();
        let progress = match plan {
            None => Progress::without_plan(&counted),
            Some(plan) => {
                let held = held(history);
                let situation = Situation {
                    counted: &counted,
                    held: &held,
                    substitutions: &substitutions,
                    conditions: &conditions,
                    from: enrolment.from_on,
                    on,
                };
                progress(&plan.plan, &situation)
            }
        };
        Measured { plan, learner_seq: history.transactions.last().map_or(0, |t| t.seq), progress, latest }
    }

    /// What lies in the enrolment's purse, or has been redeemed for its awards, and its courses without credits.
    fn counted(&self, history: &History, enrolment: &Enrolment) -> Vec<Counted> {
        let id = enrolment.id.uuid();
        let awards = self.awards.iter().filter(|award| award.enrolment == id && award.state != AwardState::Reversed);
        let purses: Vec<Account> =
            [Account::programme(id)].into_iter().chain(awards.map(|award| Account::redeemed(award.id))).collect();
        let lots = lying_in(history, &purses);
        let statuses = standings(&history.transactions, &history.achievements);
        let mut counted = Vec::with_capacity(lots.len());
        for (lot, (thousandths, granted, on)) in lots {
            let credits = CreditAmount::from_thousandths(thousandths);
            let grant = self.grants.iter().find(|grant| granted && grant.id == lot);
            let of_lot = history.achievements.iter().filter(|a| a.lot == lot);
            match (grant, of_lot.max_by_key(|a| a.revision).filter(|_| !granted)) {
                (Some(grant), _) => counted.extend(of_grant(grant, credits, on)),
                (None, Some(a)) => counted.push(Counted { credits, ..self.of_achievement(a) }),
                (None, None) => {
                    let origin = if granted { Origin::Granted } else { Origin::Earned };
                    counted.push(loose(lot, origin, credits, on));
                }
            }
        }
        // Exemptions without credits have no lot: the transaction that decided them tells that they stand.
        let decided = |grant: &&Granted| {
            grant.enrolment == id
                && grant.credits.is_zero()
                && history
                    .transactions
                    .iter()
                    .any(|t| t.kind == TransactionKind::Conversion && t.about == Some(grant.id))
        };
        for grant in self.grants.iter().filter(decided) {
            counted.extend(of_grant(grant, CreditAmount::ZERO, grant.decided_on.unwrap_or(enrolment.from_on)));
        }
        let worthless = history.achievements.iter().filter(|a| {
            let status = statuses.get(&a.id).map(|standing| standing.status);
            a.kind == AchievementKind::Course
                && a.enrolment == Some(id)
                && a.credits.is_zero()
                && status == Some(AchievementStatus::Recorded)
        });
        counted.extend(worthless.map(|a| self.of_achievement(a)));
        counted
    }

    fn of_achievement(&self, a: &Achievement) -> Counted {
        let facts: Facts = a.facts.as_deref().and_then(|facts| serde_json::from_str(facts).ok()).unwrap_or_default();
        let issuer = self.issuers.get(&a.institution).map(|kind| format!("issuer:{kind}"));
        let delivery = a.delivery.as_ref().map(|delivery| format!("delivery:{delivery}"));
        Counted {
            id: a.lot,
            course: a.code.clone().filter(|_| a.kind == AchievementKind::Course),
            module: None,
            credits: a.credits,
            origin: Origin::Earned,
            hours: facts.hours,
            practice_hours: facts.practice_hours,
            classes: [format!("kind:{}", a.kind)].into_iter().chain(issuer).chain(delivery).collect(),
            completed_on: a.completed_on,
        }
    }
}

/// Something that counts and of which nothing more is known.
fn loose(id: Uuid, origin: Origin, credits: CreditAmount, completed_on: NaiveDate) -> Counted {
    Counted {
        id,
        course: None,
        module: None,
        credits,
        origin,
        hours: None,
        practice_hours: None,
        classes: Vec::new(),
        completed_on,
    }
}

/// What a grant brings: the courses it exempts from, then what is left of its credits to the module it names. A course of
/// which only a part is exempted is still to be passed.
fn of_grant(grant: &Granted, credits: CreditAmount, on: NaiveDate) -> Vec<Counted> {
    let mut left = credits.thousandths();
    let mut counted = Vec::with_capacity(grant.exempts.len() + 1);
    for exempted in grant.exempts.iter().filter(|exempted| exempted.part.is_none()) {
        let part = exempted.credits.thousandths().min(left);
        left -= part;
        let course = Some(exempted.course_code.clone());
        let one = loose(grant.id, Origin::Granted, CreditAmount::from_thousandths(part), on);
        counted.push(Counted { course, ..one });
    }
    if left > 0 {
        let one = loose(grant.id, Origin::Granted, CreditAmount::from_thousandths(left), on);
        counted.push(Counted { module: grant.module.clone(), ..one });
    }
    counted
}

/// Takes away what was written after `as_of`.
fn cut(history: &mut History, as_of: Instant) {
    history.transactions.retain(|t| t.posted_at <= as_of);
    let last = history.transactions.last().map_or(0, |t| t.seq);
    history.achievements.retain(|a| a.seq <= last);
}

/// By lot, what lies in the purses, whether a conversion granted it, and the day from which it first counted.
fn lying_in(history: &History, purses: &[Account]) -> BTreeMap<Uuid, (i64, bool, NaiveDate)> {
    let mut lots: BTreeMap<Uuid, (i64, bool, NaiveDate)> = BTreeMap::new();
    for t in &history.transactions {
        for posting in &t.postings {
            let first = (0, posting.from.kind == AccountKind::Conversion, t.effective_on);
            let lot = lots.entry(posting.lot).or_insert(first);
            let amount = posting.amount.thousandths();
            lot.0 += amount * (i64::from(purses.contains(&posting.to)) - i64::from(purses.contains(&posting.from)));
        }
    }
    lots.retain(|_, (amount, ..)| *amount > 0);
    lots
}

/// Live achievements other than courses.
fn held(history: &History) -> Vec<HeldAchievement> {
    let statuses = standings(&history.transactions, &history.achievements);
    let live = |a: &&Achievement| {
        a.kind != AchievementKind::Course && statuses.get(&a.id).is_some_and(|standing| standing.status.is_live())
    };
    history
        .achievements
        .iter()
        .filter(live)
        .map(|a| HeldAchievement {
            kind: a.kind,
            code: a.code.clone(),
            level: a.level.clone(),
            valid_until: a.valid_until,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversion::Exempted;

    #[test]
    fn a_grant_is_its_exempted_courses_and_the_rest() {
        let amount = |text: &str| text.parse::<CreditAmount>().expect("an amount");
        let exempted = |code: &str, credits, part: Option<&str>| Exempted {
            course_code: code.into(),
            credits: amount(credits),
            module: String::new(),
            name: String::new(),
            part: part.map(str::to_owned),
        };
        let grant = Granted {
            learner: Uuid::nil(),
            id: Uuid::from_u128(7),
            enrolment: Uuid::nil(),
            module: Some("ELE".into()),
            exempts: vec![exempted("A", "3", None), exempted("B", "0", Some("统考")), exempted("C", "2", None)],
            credits: amount("6.5"),
            decided_on: None,
        };
        let on = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
        let told = |credits: &str| -> Vec<(Option<String>, Option<String>, String)> {
            let list = of_grant(&grant, amount(credits), on);
            list.into_iter().map(|one| (one.course, one.module, one.credits.to_string())).collect()
        };
        let course = |code: &str, credits: &str| (Some(code.to_owned()), None, credits.to_owned());
        assert_eq!(told("6.5"), [course("A", "3"), course("C", "2"), (None, Some("ELE".into()), "1.5".into())]);
        assert_eq!(told("4"), [course("A", "3"), course("C", "1")], "less of the lot lies here");
        assert_eq!(told("0"), [course("A", "0"), course("C", "0")]);
    }
}
