//! The work behind a simulation: cohort by cohort, equal profiles evaluated once.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::App;
use super::cohort_plan_work::{read, write};
use super::error::{Error, Result};
use super::job_work::{Chunk, Found, Pace, Step, Work};
use super::plan_basis::{Aim, LearnerBasis, Shared};
use super::simulation::Request;
use super::simulation_tally::{Gain, Tally};
use crate::conversion::evaluate::{Effort, evaluate_within};
use crate::conversion::input::PlanInput;
use crate::conversion::profile::profile;
use crate::conversion::rule_set::RuleSetVersion;
use crate::crypto::digest::{Hash, sha256};
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::RuleSetId;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::job::JobRow;
use crate::store::job_results::SimulationRow;
use crate::store::rules_in_force::{self, RuleKeys};
use crate::store::{enrolment, rule_context, rule_set_version};

/// Learners per read.
const CHUNK: i64 = 200;
/// Time for the search of one plan.
const EFFORT: Effort = Effort { time: Some(Duration::from_millis(500)), nodes: None };
/// Threads that think; the service has others to answer.
const THREADS_MAX: usize = 2;
/// Profiles remembered of one cohort.
const PROFILES_MAX: usize = 200_000;

/// Enrolments between two looks at the clock: at worst four seconds of thinking for each thread.
const SHARE: usize = 8;

/// What can be converted without and with the version.
type Outcome = (Gain, Gain);

#[derive(Default)]
pub(super) struct SimulationWork {
    shared: Shared,
    plan: Option<Plan>,
    group: Option<Group>,
}

/// Everything that the simulation goes through.
struct Plan {
    version: RuleSetVersion,
    /// Programme, cohort, institution and how many live enrolments, in order.
    cohorts: Vec<(Uuid, i32, Uuid, i64)>,
}

/// One cohort of one programme.
struct Group {
    key: (Uuid, i32),
    /// Rule sets for each thread: a set may be megabytes, so they are lent to one input after the other.
    sets: Vec<Sets>,
    known: HashMap<Hash, Outcome>,
}

/// Rule sets that are compared.
#[derive(Clone)]
struct Sets {
    before: Vec<RuleSetVersion>,
    after: Vec<RuleSetVersion>,
    /// Either's, for profiles.
    both: Vec<RuleSetVersion>,
}

/// Where it goes on, and what has been added up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Progress {
    /// Programme and cohort, and the last enrolment done of it.
    at: Option<(Uuid, i32, Uuid)>,
    tally: Tally,
}

impl Work for SimulationWork {
    fn chunk(&mut self, app: &App, job: &JobRow, pace: &Pace<'_>) -> Result<Step> {
        let request: Request = serde_json::from_str(&job.request).map_err(StoreError::broken)?;
        let mut progress: Progress = read(&job.progress)?;
        if self.plan.is_none() {
            let Some(plan) = app.db.read(|conn| Plan::read(conn, &request))? else {
                return Ok(Step::Fails("another-document"));
            };
            self.plan = Some(plan);
        }
        let Some(plan) = &self.plan else { return Err(Error::Unavailable) };
        let total = plan.cohorts.iter().map(|(.., count)| count).sum();
        let (at, after) = match progress.at {
            Some((programme, cohort, after)) => {
                (plan.cohorts.iter().position(|(p, c, ..)| (*p, *c) >= (programme, cohort)), after)
            }
            None => (Some(0), Uuid::nil()),
        };
        let Some(&(programme, cohort, institution, _)) = at.and_then(|at| plan.cohorts.get(at)) else {
            return done(progress, total);
        };
        let key = (programme, cohort);
        let after = if progress.at.is_some_and(|(p, c, _)| (p, c) == key) { after } else { Uuid::nil() };
        if self.group.as_ref().is_none_or(|group| group.key != key) {
            let keys = RuleKeys { programme, institution, cohort };
            let mut group = app.db.read(|conn| Group::read(conn, &plan.version, &keys, &request))?;
            group.recall(app, job, &request, &mut self.shared, after, pace)?;
            self.group = Some(group);
        }
        let shared = &mut self.shared;
        let (enrolments, basis) = page(app, job, shared, key, after)?;
        let Some(group) = &mut self.group else { return Err(Error::Unavailable) };
        let mut outcomes = Vec::with_capacity(enrolments.len());
        while outcomes.len() < enrolments.len() && (outcomes.is_empty() || !pace.is_over()) {
            let next = &enrolments[outcomes.len()..];
            let next = &next[..next.len().min(SHARE * group.sets.len())];
            outcomes.extend(group.outcomes(shared, &basis, next, &request, &mut progress.tally));
        }
        let looked_at = outcomes.len();
        let mut rows = Vec::new();
        for (one, (before, after)) in enrolments.iter().zip(outcomes) {
            progress.tally.add(programme, institution, before, after);
            if before != after {
                let (learner, enrolment) = (one.learner_id.uuid(), one.id.uuid());
                rows.push(SimulationRow {
                    learner,
                    enrolment,
                    programme,
                    before: before.credits,
                    after: after.credits,
                    courses_before: before.courses,
                    courses_after: after.courses,
                });
            }
        }
        let last = enrolments[..looked_at].last().map_or(after, |one| one.id.uuid());
        let full = looked_at < enrolments.len() || i64::try_from(enrolments.len()).unwrap_or(i64::MAX) == CHUNK;
        let next = at.and_then(|at| plan.cohorts.get(at + 1)).map(|(p, c, ..)| (*p, *c, Uuid::nil()));
        let at = if full { Some((programme, cohort, last)) } else { next };
        let finished = at.is_none().then(|| progress.tally.result());
        progress.at = at.or(progress.at);
        let done = i64::try_from(looked_at).unwrap_or(i64::MAX);
        let progress = write(&progress)?;
        Ok(Step::Done(Chunk { found: Found::Simulated(rows), done, total, progress, result: finished }))
    }
}

/// Nothing is left to look at.
/// The next enrolments of a cohort after one, with what plans of their learners rest on.
fn page(
    app: &App,
    job: &JobRow,
    shared: &mut Shared,
    key: (Uuid, i32),
    after: Uuid,
) -> Result<(Vec<Enrolment>, HashMap<Uuid, LearnerBasis>)> {
    app.db.read(|conn| {
        shared.ask(conn, &[key])?;
        let enrolments = enrolment::live_page(conn, key, None, after, CHUNK)?;
        let learners: Vec<Uuid> = enrolments.iter().map(|one| one.learner_id.uuid()).collect();
        let basis = app.plan_basis(conn, shared, &learners, Some(job.watermark))?;
        Ok::<_, Error>((enrolments, basis))
    })
}

fn done(progress: Progress, total: i64) -> Result<Step> {
    let result = Some(progress.tally.result());
    let progress = write(&progress)?;
    Ok(Step::Done(Chunk { found: Found::Simulated(Vec::new()), done: 0, total, progress, result }))
}

impl Plan {
    /// None when the version says something else than what was to be simulated.
    fn read(conn: &mut Conn, request: &Request) -> Result<Option<Self>> {
        let id = RuleSetId::from_uuid(request.rule_set);
        let version = rules_in_force::version(conn, id, request.version)?.ok_or(Error::NotFound)?;
        let versions = rule_set_version::of_set(conn, id)?;
        let digest = versions.iter().find(|row| row.version == request.version).map(|row| hex::encode(row.digest));
        if digest.as_ref() != Some(&request.digest) {
            return Ok(None);
        }
        let document = &version.document;
        let institutions = rule_context::reach(conn, version.institution, document.authority)?;
        let mut cohorts = Vec::new();
        for (programme, institution) in rule_context::programmes_of(conn, &institutions)? {
            if !(document.programmes.is_empty() || document.programmes.contains(&programme)) {
                continue;
            }
            for (cohort, count) in enrolment::live_cohorts(conn, programme, None)? {
                let from = document.cohort_from.is_none_or(|from| from <= cohort);
                if from && document.cohort_to.is_none_or(|to| cohort <= to) {
                    cohorts.push((programme, cohort, institution, count));
                }
            }
        }
        cohorts.sort_unstable();
        Ok(Some(Self { version, cohorts }))
    }
}

impl Group {
    fn read(conn: &mut Conn, version: &RuleSetVersion, keys: &RuleKeys, request: &Request) -> Result<Self> {
        let in_force = rules_in_force::in_force(conn, request.on, keys)?;
        let before: Vec<RuleSetVersion> = in_force.iter().map(|set| RuleSetVersion::clone(set)).collect();
        let mut after: Vec<RuleSetVersion> =
            before.iter().filter(|set| set.rule_set != version.rule_set).cloned().collect();
        after.push(version.clone());
        let mut both = before.clone();
        if !both.contains(version) {
            both.push(version.clone());
        }
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS_MAX);
        let sets = vec![Sets { before, after, both }; threads];
        Ok(Self { key: (keys.programme, keys.cohort), sets, known: HashMap::new() })
    }

    /// Looks again at those up to `until`, whom a process that died had looked at: a profile that was counted then is not
    /// counted again. No longer than a chunk may take, beyond which some are.
    fn recall(
        &mut self,
        app: &App,
        job: &JobRow,
        request: &Request,
        shared: &mut Shared,
        until: Uuid,
        pace: &Pace<'_>,
    ) -> Result<()> {
        let mut after = Uuid::nil();
        while after < until && !pace.is_over() {
            let (mut enrolments, basis) = page(app, job, shared, self.key, after)?;
            enrolments.retain(|one| one.id.uuid() <= until);
            let Some(last) = enrolments.last() else { break };
            after = last.id.uuid();
            self.outcomes(shared, &basis, &enrolments, request, &mut Tally::default());
        }
        Ok(())
    }

    /// What comes out for each enrolment, in their order.
    fn outcomes(
        &mut self,
        shared: &Shared,
        basis: &HashMap<Uuid, LearnerBasis>,
        enrolments: &[Enrolment],
        request: &Request,
        tally: &mut Tally,
    ) -> Vec<Outcome> {
        let share = enrolments.len().div_ceil(self.sets.len()).max(1);
        let (key, known) = (self.key, &self.known);
        let parts: Vec<Part> = std::thread::scope(|scope| {
            let shares = enrolments.chunks(share).zip(&mut self.sets);
            let running: Vec<_> = shares
                .map(|(part, sets)| scope.spawn(move || Part::of(key, known, sets, shared, basis, part, request)))
                .collect();
            let joined = running.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        let mut outcomes = Vec::with_capacity(enrolments.len());
        for part in parts {
            tally.not_proven_best += part.not_proven_best;
            if self.known.len() > PROFILES_MAX {
                self.known.clear();
            }
            for (hash, outcome) in part.found {
                tally.profiles += i64::from(self.known.insert(hash, outcome).is_none());
            }
            outcomes.extend(part.outcomes);
        }
        outcomes
    }
}

/// What one thread has found.
#[derive(Default)]
struct Part {
    outcomes: Vec<Outcome>,
    found: HashMap<Hash, Outcome>,
    not_proven_best: i64,
}

impl Part {
    fn of(
        key: (Uuid, i32),
        known: &HashMap<Hash, Outcome>,
        sets: &mut Sets,
        shared: &Shared,
        basis: &HashMap<Uuid, LearnerBasis>,
        enrolments: &[Enrolment],
        request: &Request,
    ) -> Self {
        let mut part = Self::default();
        let nothing = (Gain::default(), Gain::default());
        for one in enrolments {
            let aim = Aim { programme: key.0, cohort: key.1, enrolment: Some(one.id) };
            let own = basis.get(&one.learner_id.uuid());
            let outcome = match own.and_then(|own| own.input(shared, aim, request.on)) {
                Some(mut input) => part.outcome(known, &mut input, sets),
                None => nothing,
            };
            part.outcomes.push(outcome);
        }
        part
    }

    fn outcome(&mut self, known: &HashMap<Hash, Outcome>, input: &mut PlanInput, sets: &mut Sets) -> Outcome {
        let Sets { before, after, both } = sets;
        let lend = |input: &mut PlanInput, sets: &mut Vec<RuleSetVersion>| std::mem::swap(&mut input.rule_sets, sets);
        lend(input, both);
        let own = profile(input);
        lend(input, both);
        let Some(own) = own else { return (Gain::default(), Gain::default()) };
        let hash = sha256(own.as_bytes());
        if let Some(outcome) = known.get(&hash).or_else(|| self.found.get(&hash)) {
            return *outcome;
        }
        let mut proven = true;
        let mut credits = |sets: &mut Vec<RuleSetVersion>| {
            lend(input, sets);
            let plan = evaluate_within(input, EFFORT);
            lend(input, sets);
            proven &= plan.optimal;
            Gain::of(&plan)
        };
        let outcome = (credits(before), credits(after));
        self.not_proven_best += i64::from(!proven);
        self.found.insert(hash, outcome);
        outcome
    }
}
