//! Pathways: kept by the bureau, read by every client; and where on them a learner is.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::change::{given, or_standing, standing};
use super::error::{Error, Result};
use super::progress_basis::Basis;
use super::scope::Scope;
use crate::conversion::progress::Sums;
use crate::conversion::rule_set::RuleSetState;
use crate::domain::enrolment::{Enrolment, EnrolmentStatus};
use crate::domain::ids::{EnrolmentId, InstitutionId, LearnerId, ProgrammeId, RuleSetId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::level::ProgrammeLevel;
use crate::domain::pathway::{NewPathway, PathwayState};
use crate::domain::text_enum::text_enum;
use crate::store::conn::Conn;
pub use crate::store::pathway::PathwayRow;
use crate::store::programme::ProgrammeRow;
use crate::store::{book, enrolment, pathway, programme, rule_set, rule_set_version};

text_enum! {
    /// Where a learner is with one programme of a pathway.
    pub enum StepState {
        Completed = "completed" / "已毕业",
        Current = "current" / "在读",
        Ended = "ended" / "未毕业离校",
        Ahead = "ahead" / "尚未开始",
    }
}

/// What is to change of a pathway; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PathwayChange {
    /// Name.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// Its programmes, each of a higher level than the one before.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_items = 2, max_items = 3)]
    pub programmes: Option<Vec<ProgrammeId>>,
    /// The rule set that holds within it: published, and for programmes of the pathway alone.
    #[serde(default, deserialize_with = "given")]
    pub rule_set_id: Option<Option<Uuid>>,
    /// Whether learners still enter it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub state: Option<PathwayState>,
}

/// One programme of a pathway as a learner stands to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PathwayStep {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Its name.
    pub name: String,
    /// Its institution.
    pub institution_id: InstitutionId,
    /// Its level.
    pub level: ProgrammeLevel,
    /// Where the learner is with it.
    pub state: StepState,
    /// The learner's enrolment in it.
    pub enrolment_id: Option<EnrolmentId>,
    /// Credits, where there is an enrolment.
    pub credits: Option<Sums>,
}

/// A pathway that a learner is on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LearnerPathway {
    /// The pathway.
    pub pathway_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its rule set.
    pub rule_set_id: Option<Uuid>,
    /// Its programmes, in order.
    pub steps: Vec<PathwayStep>,
    /// The programme that comes next: the first that is neither completed nor current.
    pub next_programme_id: Option<ProgrammeId>,
}

impl App {
    /// Registers a pathway; for the bureau.
    pub fn create_pathway(&self, actor: &ClientActor, new: &NewPathway) -> Result<PathwayRow> {
        actor.require(Scope::AwardsWrite)?;
        actor.require_bureau()?;
        let new = new.validate()?;
        let row = PathwayRow {
            id: self.ids.id(),
            name: new.name,
            kind: new.kind,
            rule_set: new.rule_set_id,
            state: PathwayState::Open,
            programmes: new.programmes.iter().map(|id| id.uuid()).collect(),
            version: 1,
        };
        let now = self.clock.now().micros();
        self.db.write(|conn| {
            rising(conn, &row.programmes)?;
            own_rules(conn, &row)?;
            pathway::add(conn, &row, now)?;
            self.note_change(conn, Some(actor), "create_pathway", &format!("pathway {}", row.id))
        })?;
        Ok(row)
    }

    /// Up to `limit` pathways after an id.
    pub fn list_pathways(&self, actor: &ClientActor, after: Option<Uuid>, limit: i64) -> Result<Vec<PathwayRow>> {
        actor.require(Scope::ProgrammesRead)?;
        Ok(self.db.read(|conn| pathway::list(conn, after, limit))?)
    }

    /// One pathway.
    pub fn get_pathway(&self, actor: &ClientActor, id: Uuid) -> Result<PathwayRow> {
        actor.require(Scope::ProgrammesRead)?;
        self.db.read(|conn| pathway::find(conn, id))?.ok_or(Error::NotFound)
    }

    /// Changes a pathway that stands at version `expected`; for the bureau.
    pub fn update_pathway(
        &self,
        actor: &ClientActor,
        id: Uuid,
        expected: i64,
        change: &PathwayChange,
    ) -> Result<PathwayRow> {
        actor.require(Scope::AwardsWrite)?;
        actor.require_bureau()?;
        let now = self.clock.now().micros();
        self.db.write(|conn| {
            let stands = pathway::find(conn, id)?.ok_or(Error::NotFound)?;
            standing(stands.version == expected)?;
            let programmes: Vec<ProgrammeId> = stands.programmes.iter().copied().map(ProgrammeId::from_uuid).collect();
            let wanted = NewPathway {
                name: or_standing(&change.name, &stands.name),
                kind: stands.kind,
                programmes: or_standing(&change.programmes, &programmes),
                rule_set_id: or_standing(&change.rule_set_id, &stands.rule_set),
            };
            let wanted = wanted.validate()?;
            let row = PathwayRow {
                name: wanted.name,
                rule_set: wanted.rule_set_id,
                state: or_standing(&change.state, &stands.state),
                programmes: wanted.programmes.iter().map(|id| id.uuid()).collect(),
                ..stands
            };
            rising(conn, &row.programmes)?;
            own_rules(conn, &row)?;
            standing(pathway::update(conn, &row, now)?)?;
            self.note_change(conn, Some(actor), "update_pathway", &format!("pathway {id}"))?;
            Ok(PathwayRow { version: row.version + 1, ..row })
        })
    }

    /// Where a learner is on the pathways of its programmes: for itself, its schools and the bureau. How many credits there
    /// are elsewhere a school does not see.
    pub fn learner_pathways(&self, actor: &Actor, learner: LearnerId) -> Result<Vec<LearnerPathway>> {
        actor.require(Scope::LearnersRead)?;
        actor.require_self(learner)?;
        let views = self.db.read(|conn| {
            if let Actor::Client(client) = actor {
                self.require_readable(conn, client, learner)?;
            } else if book::head(conn, learner.uuid())?.is_none() {
                return Err(Error::NotFound);
            }
            let rows = enrolment::rows_of(conn, &[learner.uuid()], None)?;
            let enrolments: Vec<Enrolment> = rows.into_iter().map(|row| row.enrolment).collect();
            let own: Vec<Uuid> = enrolments.iter().map(|one| one.programme_id.uuid()).collect();
            let pathways = pathway::of_programmes(conn, &own)?;
            let wanted: Vec<Uuid> = pathways.iter().flat_map(|row| row.programmes.iter().copied()).collect();
            let programmes = programme::of_ids(conn, &wanted)?;
            let basis = Basis::load(conn, &enrolments, None)?;
            let mut seen = Vec::new();
            for one in &enrolments {
                if super::progress::sees(conn, actor, one)? {
                    seen.push(one.id);
                }
            }
            let credits =
                |one: &Enrolment| seen.contains(&one.id).then(|| basis.measure(one, self.clock.today()).progress.total);
            Ok(pathways.into_iter().map(|row| on_pathway(row, &programmes, &enrolments, &credits)).collect())
        })?;
        self.audit_shown(actor, "list_learner_pathways", None, [learner.uuid()])?;
        Ok(views)
    }
}

/// Refuses a rule set that does not hold for the pathway's programmes alone: one that does not exist, was never published,
/// or names others or none.
fn own_rules(conn: &mut Conn, row: &PathwayRow) -> Result<()> {
    let Some(id) = row.rule_set.map(RuleSetId::from_uuid) else { return Ok(()) };
    let refused = |reason| Err(Invalid::one("/rule_set_id", reason).into());
    if rule_set::get(conn, id)?.is_none() {
        return refused(Reason::Unknown);
    }
    let versions = rule_set_version::of_set(conn, id)?;
    let Some(public) = versions.iter().rfind(|version| version.state == RuleSetState::Published) else {
        return refused(Reason::Mismatch);
    };
    let document = rule_set_version::document(conn, id, public.version)?.ok_or(Error::NotFound)?;
    let own = !document.programmes.is_empty() && document.programmes.iter().all(|one| row.programmes.contains(one));
    if own { Ok(()) } else { refused(Reason::Mismatch) }
}

/// Refuses programmes that do not exist or whose levels do not rise.
fn rising(conn: &mut Conn, programmes: &[Uuid]) -> Result<()> {
    let known = programme::of_ids(conn, programmes)?;
    let mut invalid = Invalid::default();
    let mut before: Option<ProgrammeLevel> = None;
    for (i, id) in programmes.iter().enumerate() {
        match known.get(id) {
            None => invalid.push(format!("/programmes/{i}"), Reason::Unknown),
            Some(row) if before.is_some_and(|before| row.level <= before) => {
                invalid.push(format!("/programmes/{i}"), Reason::Mismatch);
            }
            Some(row) => before = Some(row.level),
        }
    }
    Ok(invalid.into_result()?)
}

fn on_pathway(
    row: PathwayRow,
    programmes: &HashMap<Uuid, ProgrammeRow>,
    enrolments: &[Enrolment],
    credits: &dyn Fn(&Enrolment) -> Option<Sums>,
) -> LearnerPathway {
    let step = |id: &Uuid| {
        let known = programmes.get(id)?;
        let mut own: Vec<&Enrolment> = enrolments.iter().filter(|one| one.programme_id.uuid() == *id).collect();
        own.sort_by_key(|one| (rank(one.status), one.from_on, one.id));
        let best = own.pop();
        Some(PathwayStep {
            programme_id: ProgrammeId::from_uuid(*id),
            name: known.name.clone(),
            institution_id: InstitutionId::from_uuid(known.institution_id),
            level: known.level,
            state: best.map_or(StepState::Ahead, |one| state(one.status)),
            enrolment_id: best.map(|one| one.id),
            credits: best.and_then(credits),
        })
    };
    let steps: Vec<PathwayStep> = row.programmes.iter().filter_map(step).collect();
    let open = |step: &&PathwayStep| !matches!(step.state, StepState::Completed | StepState::Current);
    let next_programme_id = steps.iter().find(open).map(|step| step.programme_id);
    LearnerPathway { pathway_id: row.id, name: row.name, rule_set_id: row.rule_set, steps, next_programme_id }
}

fn state(status: EnrolmentStatus) -> StepState {
    match status {
        EnrolmentStatus::Graduated => StepState::Completed,
        live if live.is_live() => StepState::Current,
        _ => StepState::Ended,
    }
}

/// Of several enrolments in one programme the one that says most: graduated before live before ended.
fn rank(status: EnrolmentStatus) -> u8 {
    match state(status) {
        StepState::Completed => 2,
        StepState::Current => 1,
        StepState::Ended | StepState::Ahead => 0,
    }
}
