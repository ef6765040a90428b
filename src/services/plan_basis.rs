//! What plans rest on, loaded for many learners at once: live achievements with opened scores, lots, facts, uses, plans.
//!
//! One snapshot and a handful of statements for up to some hundred learners. What is not a learner's (catalogue, plans of
//! cohorts, institutions) is kept in [`Shared`] from one load to the next within a job.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::conversion::past::past_uses;
use super::error::Result;
use super::expiry::{Ending, Policies, endings};
use super::whereabouts::Whereabouts;
use super::{App, details, sealing};
use crate::conversion::input::{Evidence, Fact, LotView, PastUse, PlanInput, TargetProgramme};
use crate::crypto::seal::DataKey;
use crate::domain::award::AwardState;
use crate::domain::catalogue::CatalogueKind;
use crate::domain::conversion::ConversionStatus;
use crate::domain::credit::CreditAmount;
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::EnrolmentId;
use crate::domain::institution::InstitutionKind;
use crate::domain::kind::AchievementKind;
use crate::domain::programme_version::NewProgrammeVersion;
use crate::domain::score::Score;
use crate::domain::time::Instant;
use crate::domain::training::standard_lessons;
use crate::ledger::details::Achievement;
use crate::ledger::history::History;
use crate::ledger::lots::Lots;
use crate::ledger::purse::{Account, AccountKind};
use crate::ledger::status::AchievementStatus;
use crate::store::achievement_use::Use;
use crate::store::catalogue::CatalogueEntry;
use crate::store::conn::Conn;
use crate::store::conversion::ConversionRow;
use crate::store::programme::ProgrammeRow;
use crate::store::{
    achievement_use, award, book, catalogue, conversion, enrolment, institution, learner, learner_fact, programme,
    programme_version,
};

/// What is the same for everybody; kept while it is used, so only for as long as one job or request.
#[derive(Default)]
pub(super) struct Shared {
    entries: HashMap<(CatalogueKind, String), Vec<CatalogueEntry>>,
    plans: HashMap<(Uuid, i32), Option<Arc<NewProgrammeVersion>>>,
    programmes: HashMap<Uuid, ProgrammeRow>,
    kinds: HashMap<Uuid, InstitutionKind>,
    expiry: Policies,
}

/// What one learner brings.
pub(super) struct LearnerBasis {
    /// The learner's data key; none once it has been erased.
    pub key: Option<DataKey>,
    enrolments: Vec<Enrolment>,
    evidence: Vec<Evidence>,
    lots: Vec<LotView>,
    /// What a policy may end: a plan does not ask whether that has been posted.
    endings: Vec<Ending>,
    facts: Vec<Fact>,
    uses: Vec<PastUse>,
    converted: Vec<ConversionRow>,
    whereabouts: Whereabouts,
}

/// What is aimed at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim {
    /// The programme.
    pub programme: Uuid,
    /// The cohort whose plan and rules hold.
    pub cohort: i32,
    /// The learner's enrolment in it; none when it is only compared.
    pub enrolment: Option<EnrolmentId>,
}

/// What is sealed of an attested fact.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct FactDetails {
    /// Its number, for facts that have one.
    #[serde(default)]
    pub number: Option<i64>,
}

/// The plain facts of an achievement that rules ask for.
#[derive(Default, Deserialize)]
struct PlainFacts {
    #[serde(default)]
    hours: Option<u32>,
    #[serde(default)]
    practice_hours: Option<u32>,
    #[serde(default)]
    lesson_minutes: Option<u32>,
    #[serde(default)]
    team_rank: Option<u32>,
    #[serde(default)]
    team_size: Option<u32>,
}

/// What counts once: the family that the catalogue names, else the levels or prizes that share a code.
pub(super) fn family_of(entry: &CatalogueEntry, code: Option<&str>) -> Option<String> {
    entry.family.clone().or_else(|| entry.level.as_ref().and(code).map(str::to_owned))
}

impl Shared {
    /// The plan of a programme for a cohort, if it has been asked for and there is one.
    pub fn plan(&self, programme: Uuid, cohort: i32) -> Option<&Arc<NewProgrammeVersion>> {
        self.plans.get(&(programme, cohort))?.as_ref()
    }

    /// A programme that has been asked for.
    pub fn programme(&self, id: Uuid) -> Option<&ProgrammeRow> {
        self.programmes.get(&id)
    }

    /// Loads plans and programmes that are not there yet.
    pub fn ask(&mut self, conn: &mut Conn, wanted: &[(Uuid, i32)]) -> Result<()> {
        let missing: BTreeSet<(Uuid, i32)> =
            wanted.iter().copied().filter(|key| !self.plans.contains_key(key)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<(Uuid, i32)> = missing.into_iter().collect();
        let mut found = programme_version::of_cohorts(conn, &missing)?;
        for key in &missing {
            self.plans.insert(*key, found.remove(key).map(|row| Arc::new(row.plan)));
        }
        let unknown: BTreeSet<Uuid> =
            missing.iter().map(|(id, _)| *id).filter(|id| !self.programmes.contains_key(id)).collect();
        self.programmes.extend(programme::of_ids(conn, &unknown.into_iter().collect::<Vec<_>>())?);
        Ok(())
    }

    fn ask_about(&mut self, conn: &mut Conn, achievements: &[&Achievement]) -> Result<()> {
        let codes: BTreeSet<(CatalogueKind, &str)> = achievements
            .iter()
            .filter_map(|a| Some((CatalogueKind::of(a.kind)?, a.code.as_deref()?)))
            .filter(|(kind, code)| !self.entries.contains_key(&(*kind, (*code).to_owned())))
            .collect();
        let codes: Vec<(CatalogueKind, &str)> = codes.into_iter().collect();
        let mut found = catalogue::entries(conn, &codes)?;
        for (kind, code) in codes {
            let key = (kind, code.to_owned());
            let entries = found.remove(&key).unwrap_or_default();
            self.entries.insert(key, entries);
        }
        let issuers: BTreeSet<Uuid> =
            achievements.iter().map(|a| a.institution).filter(|id| !self.kinds.contains_key(id)).collect();
        self.expiry.ask(conn, achievements.iter().map(|a| a.institution))?;
        self.kinds.extend(institution::kinds(conn, &issuers.into_iter().collect::<Vec<_>>())?);
        Ok(())
    }

    /// The catalogue entry that an achievement was recognised by.
    fn entry(&self, a: &Achievement) -> Option<&CatalogueEntry> {
        let entries = self.entries.get(&(CatalogueKind::of(a.kind)?, a.code.clone()?))?;
        let fits = |entry: &&CatalogueEntry| entry.level.is_none() || entry.level == a.level;
        let on = a.issued_on.unwrap_or(a.completed_on);
        let holds = |entry: &&CatalogueEntry| entry.valid_from <= on && entry.valid_to.is_none_or(|to| on <= to);
        let holding = entries.iter().filter(fits).rfind(holds);
        holding.or_else(|| entries.iter().rfind(fits))
    }
}

impl App {
    /// Loads what plans of `learners` rest on; with `as_of`, only what had been written in the book by then. Unknown ones
    /// are absent.
    pub(super) fn plan_basis(
        &self,
        conn: &mut Conn,
        shared: &mut Shared,
        learners: &[Uuid],
        as_of: Option<Instant>,
    ) -> Result<HashMap<Uuid, LearnerBasis>> {
        if learners.is_empty() {
            return Ok(HashMap::new());
        }
        let mut keys: HashMap<Uuid, Option<DataKey>> = HashMap::new();
        for (id, stored) in learner::keys(conn, learners)? {
            keys.insert(id, sealing::unwrap(&self.keys, id, &stored)?);
        }
        let mut histories = book::histories(conn, learners)?;
        for (id, history) in &mut histories {
            if let Some(as_of) = as_of {
                history.transactions.retain(|t| t.posted_at <= as_of);
                let last = history.transactions.last().map_or(0, |t| t.seq);
                history.achievements.retain(|a| a.seq <= last);
            }
            if let Some(Some(key)) = keys.get(id) {
                details::open(history, key);
            }
        }
        let nothing = History::default();
        let opened: Vec<(Uuid, Option<DataKey>, &History)> =
            keys.into_iter().map(|(id, key)| (id, key, histories.get(&id).unwrap_or(&nothing))).collect();
        bases(conn, shared, opened)
    }
}

/// What plans of learners rest on whose histories are open.
pub(super) fn bases(
    conn: &mut Conn,
    shared: &mut Shared,
    opened: Vec<(Uuid, Option<DataKey>, &History)>,
) -> Result<HashMap<Uuid, LearnerBasis>> {
    let learners: Vec<Uuid> = opened.iter().map(|(id, ..)| *id).collect();
    let mut enrolments: HashMap<Uuid, Vec<Enrolment>> = HashMap::new();
    for row in enrolment::rows_of(conn, &learners, None)? {
        enrolments.entry(row.enrolment.learner_id.uuid()).or_default().push(row.enrolment);
    }
    let of_plans: Vec<(Uuid, i32)> =
        enrolments.values().flatten().map(|one| (one.programme_id.uuid(), one.cohort)).collect();
    shared.ask(conn, &of_plans)?;
    let achievements: Vec<&Achievement> = opened.iter().flat_map(|(.., history)| &history.achievements).collect();
    shared.ask_about(conn, &achievements)?;
    let mut facts = learner_fact::of_learners(conn, &learners)?;
    let mut conversions: HashMap<Uuid, Vec<ConversionRow>> = HashMap::new();
    for row in conversion::of_learners(conn, &learners)? {
        conversions.entry(row.learner).or_default().push(row);
    }
    let mut uses: HashMap<Uuid, Vec<Use>> = HashMap::new();
    for one in achievement_use::of_learners(conn, &learners)? {
        uses.entry(one.learner).or_default().push(one);
    }
    let mut diplomas: HashMap<Uuid, Uuid> = HashMap::new();
    for award in award::of_learners(conn, &learners)?.into_iter().filter(|one| one.state != AwardState::Reversed) {
        diplomas.extend(award.diploma.map(|diploma| (award.id, diploma)));
    }
    let mut bases = HashMap::with_capacity(opened.len());
    for (id, key, history) in opened {
        let standing = facts.remove(&id).unwrap_or_default().into_iter().filter(|row| row.revocation.is_none());
        let beside = Beside {
            facts: standing.map(|row| open_fact(key.as_ref(), id, row)).collect::<Result<_>>()?,
            enrolments: enrolments.remove(&id).unwrap_or_default(),
            conversions: conversions.remove(&id).unwrap_or_default(),
            uses: uses.remove(&id).unwrap_or_default(),
            diplomas: &diplomas,
        };
        bases.insert(id, LearnerBasis::new(shared, key, history, beside));
    }
    Ok(bases)
}

/// What stands beside a learner's book.
struct Beside<'a> {
    facts: Vec<Fact>,
    enrolments: Vec<Enrolment>,
    conversions: Vec<ConversionRow>,
    uses: Vec<Use>,
    diplomas: &'a HashMap<Uuid, Uuid>,
}

fn open_fact(key: Option<&DataKey>, learner: Uuid, row: learner_fact::FactRow) -> Result<Fact> {
    let opened = match key {
        Some(key) => {
            let bytes = sealing::open_bytes(key, learner, row.id, &row.sealed)?;
            serde_json::from_slice(&bytes).map_err(crate::store::error::StoreError::broken)?
        }
        None => FactDetails::default(),
    };
    Ok(Fact { id: row.id, fact: row.fact, number: opened.number, from: row.from, to: row.to })
}

impl LearnerBasis {
    fn new(shared: &Shared, key: Option<DataKey>, history: &History, beside: Beside<'_>) -> Self {
        let Beside { facts, enrolments, mut conversions, uses, diplomas } = beside;
        let standings = history.standings();
        let counts = |a: &&Achievement| {
            let status = standings.get(&a.id).map(|standing| standing.status);
            matches!(status, Some(AchievementStatus::Recognised | AchievementStatus::Recorded))
        };
        let in_book = Lots::of(&history.transactions);
        let expired = |a: &&Achievement| {
            let left = in_book.purses(a.lot);
            left.is_empty() && in_book.within(a.lot, Account::EXPIRED) > CreditAmount::ZERO
        };
        let live: Vec<&Achievement> = history.achievements.iter().filter(counts).filter(|a| !expired(a)).collect();
        let place = |a: &&Achievement| evidence(shared, history, &enrolments, a);
        let mut evidence: Vec<Evidence> = live.iter().map(place).collect();
        let whereabouts = Whereabouts::of(&history.transactions);
        let mut lots: Vec<LotView> = Vec::new();
        for (a, one) in live.iter().zip(&mut evidence) {
            let Some(credit_type) = in_book.credit_type(a.lot).filter(|_| !in_book.is_granted(a.lot)) else { continue };
            let purses = in_book.purses(a.lot);
            let redeemed = purses.iter().filter(|(account, _)| account.kind == AccountKind::Redeemed);
            one.redeemed_for = redeemed.clone().find_map(|(account, _)| diplomas.get(&account.reference).copied());
            lots.push(LotView {
                lot: a.lot,
                achievement: a.id,
                available: in_book.free(a.lot),
                redeemed: CreditAmount::from_thousandths(redeemed.map(|(_, amount)| amount.thousandths()).sum()),
                counts_in: whereabouts.enrolments(a.lot).map(|(enrolment, _)| enrolment).collect(),
                credit_type,
            });
        }
        evidence.sort_unstable_by_key(|one| one.id);
        lots.sort_unstable_by_key(|lot| lot.lot);
        let uses = past_uses(&conversions, uses, (history, &whereabouts), &enrolments, &evidence);
        conversions.retain(|row| row.status == ConversionStatus::Converted);
        let endings = endings(&shared.expiry, history, &enrolments);
        Self { key, enrolments, evidence, lots, endings, facts, uses, converted: conversions, whereabouts }
    }

    /// The input of a plan on a day, rule sets left out; none when the programme has no plan for the cohort.
    pub fn input(&self, shared: &Shared, aim: Aim, on: NaiveDate) -> Option<PlanInput> {
        let programme = shared.programme(aim.programme)?;
        let plan = shared.plan(aim.programme, aim.cohort)?;
        let enrolled = aim.enrolment.and_then(|id| self.enrolments.iter().find(|one| one.id == id));
        let (done, counted) = self.standing(aim, plan);
        let (mut evidence, mut lots) = (self.evidence.clone(), self.lots.clone());
        // Credits that have ended are no source, and nothing rests on what has wholly ended.
        for ending in self.endings.iter().filter(|one| one.ended_on(on).is_some()) {
            for lot in lots.iter_mut().filter(|lot| lot.lot == ending.lot) {
                lot.available = lot.available.checked_sub(ending.amount).unwrap_or(CreditAmount::ZERO);
            }
            if ending.whole {
                evidence.retain(|one| one.id != ending.achievement);
                lots.retain(|lot| lot.lot != ending.lot);
            }
        }
        let mut target = TargetProgramme {
            enrolment: aim.enrolment.map(EnrolmentId::uuid),
            programme: aim.programme,
            institution: programme.institution_id,
            level: programme.level,
            major_code: programme.major_code.clone(),
            cohort: aim.cohort,
            plan: NewProgrammeVersion::clone(plan),
            registered_on: enrolled.map(|one| one.from_on),
            term_start: None,
            term: None,
            term_courses: None,
            done,
            counted,
        };
        target.set_day(on);
        Some(PlanInput {
            on,
            programme: target,
            evidence,
            lots,
            facts: self.facts.clone(),
            uses: self.uses.clone(),
            examined: examined(&self.evidence, programme.institution_id, plan),
            rule_sets: Vec::new(),
        })
    }

    /// Courses of the plan that are earned or exempted, and what counts in its modules: by where the credits lie now.
    fn standing(&self, aim: Aim, plan: &NewProgrammeVersion) -> (BTreeSet<String>, BTreeMap<String, CreditAmount>) {
        let Some(enrolment) = aim.enrolment.map(EnrolmentId::uuid) else { return Default::default() };
        let lot_of: HashMap<Uuid, Uuid> = self.lots.iter().map(|lot| (lot.achievement, lot.lot)).collect();
        let mut gained: BTreeMap<&str, CreditAmount> = BTreeMap::new();
        for one in self.evidence.iter().filter(|one| one.kind == AchievementKind::Course) {
            let Some(code) = &one.code else { continue };
            let lies = lot_of.get(&one.id).and_then(|lot| self.whereabouts.within(*lot, enrolment));
            // A course is passed where it was sat, wherever its credits have gone.
            let sat = (one.enrolment == Some(enrolment)).then_some(CreditAmount::ZERO);
            if let Some(credits) = lies.or(sat) {
                gained.insert(code, credits);
            }
        }
        let mut counted: BTreeMap<String, i64> = BTreeMap::new();
        for row in &self.converted {
            // What was granted without credits has no lot and stays where it was granted.
            let stays = row.enrolment == enrolment && row.credits.is_zero();
            let lies = self.whereabouts.within(row.id, enrolment).or(stays.then_some(CreditAmount::ZERO));
            let Some(credits) = lies else { continue };
            // Of a course exempted in part the rest is still to be passed.
            for course in row.exempts.iter().filter(|course| course.part.is_none()) {
                gained.entry(&course.course_code).or_insert(course.credits);
            }
            if let Some(module) = &row.module {
                *counted.entry(module.clone()).or_default() += credits.thousandths();
            }
        }
        let mut done = BTreeSet::new();
        for module in &plan.modules {
            for course in &module.courses {
                if let Some(credits) = gained.get(course.code.as_str()) {
                    done.insert(course.code.clone());
                    *counted.entry(module.code.clone()).or_default() += credits.thousandths();
                }
            }
        }
        let counted = counted.into_iter().map(|(code, sum)| (code, CreditAmount::from_thousandths(sum))).collect();
        (done, counted)
    }
}

/// Marks of learners who asked to be examined in a course from which a rule exempts them: examinations by the school itself
/// under the course's code. The latest counts.
fn examined(evidence: &[Evidence], school: Uuid, plan: &NewProgrammeVersion) -> BTreeMap<String, String> {
    let known: BTreeSet<&str> =
        plan.modules.iter().flat_map(|m| &m.courses).map(|course| course.code.as_str()).collect();
    let mut sat: Vec<&Evidence> = evidence
        .iter()
        .filter(|one| one.kind == AchievementKind::Examination && one.issuer == school)
        .filter(|one| one.code.as_deref().is_some_and(|code| known.contains(code)))
        .collect();
    sat.sort_by_key(|one| (one.completed_on, one.id));
    sat.into_iter().filter_map(|one| Some((one.code.clone()?, one.score.as_ref()?.value.clone()))).collect()
}

fn evidence(shared: &Shared, history: &History, enrolments: &[Enrolment], a: &Achievement) -> Evidence {
    let sealed = history.details.get(&a.seq);
    let entry = shared.entry(a);
    let facts: PlainFacts = a.facts.as_deref().and_then(|facts| serde_json::from_str(facts).ok()).unwrap_or_default();
    let lessons = |hours: u32| match facts.lesson_minutes {
        Some(minutes) => standard_lessons(hours, minutes),
        None => hours,
    };
    let taught_in = enrolments.iter().find(|one| Some(one.id.uuid()) == a.enrolment);
    let plan = taught_in.and_then(|one| shared.plan(one.programme_id.uuid(), one.cohort));
    let course = plan.zip(a.code.as_deref()).filter(|_| a.kind == AchievementKind::Course).and_then(|(plan, code)| {
        let courses = plan.modules.iter().flat_map(|module| module.courses.iter().map(move |course| (module, course)));
        courses.into_iter().find(|(_, course)| course.code == code)
    });
    let score = sealed.and_then(|sealed| sealed.score.as_ref());
    Evidence {
        id: a.id,
        kind: a.kind,
        code: a.code.clone(),
        name: sealed.and_then(|sealed| sealed.title.clone()).or_else(|| entry.map(|entry| entry.name.clone())),
        level: a.level.clone(),
        tier: entry.and_then(|entry| entry.tier),
        team_rank: facts.team_rank,
        team_size: facts.team_size,
        family: entry.and_then(|entry| family_of(entry, a.code.as_deref())),
        tags: entry.map(|entry| entry.tags.iter().cloned().collect()).unwrap_or_default(),
        issuer: a.institution,
        issuer_kind: shared.kinds.get(&a.institution).copied().unwrap_or(InstitutionKind::Enterprise),
        credits: a.credits,
        credit_type: a.credit_type,
        score: score.map(|score| Score { scale: score.scale, value: score.value.clone(), passed: None }),
        hours: facts.hours.map(lessons),
        practice_hours: facts.practice_hours.map(lessons),
        delivery: a.delivery.as_deref().and_then(|word| word.parse().ok()),
        completed_on: a.completed_on,
        issued_on: a.issued_on,
        valid_until: a.valid_until,
        enrolment: a.enrolment,
        required: course.map(|(_, course)| course.required),
        classes: course
            .map(|(module, course)| module.classes_of(course).into_iter().map(str::to_owned).collect())
            .unwrap_or_default(),
        redeemed_for: None,
        hypothetical: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::conversion::cases;

    #[test]
    fn the_school_s_own_examination_in_a_course_is_its_mark() {
        let document = serde_json::from_value(json!({
            "name": "规则", "authority": "city", "basis": "办法", "effective_from": "2026-01-01", "rules": [],
        }))
        .expect("a document");
        let sat = |code: &str, on: &str, mark: &str| {
            json!({
                "kind": "examination", "code": code, "completed_on": on, "score": {"scale": "percentage", "value": mark},
            })
        };
        let evidence = [
            sat("C1", "2026-02-01", "61"),
            sat("C1", "2026-03-01", "78"),
            sat("ELSEWHERE", "2026-03-01", "90"),
            json!({"kind": "course", "code": "C2", "score": {"scale": "percentage", "value": "70"}}),
        ];
        let given = json!({"evidence": evidence, "courses": [{}, {}]});
        let input = cases::input(&document, &given).expect("an input");
        let school = input.evidence[0].issuer;
        let plan = &input.programme.plan;
        let marks = BTreeMap::from([("C1".to_owned(), "78".to_owned())]);
        assert_eq!(examined(&input.evidence, school, plan), marks);
        assert_eq!(examined(&input.evidence, Uuid::from_u128(7), plan), BTreeMap::new(), "of another school");
    }
}
