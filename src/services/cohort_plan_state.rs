//! What has come of the results of a list since it was made: read for the learners of a whole page at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::cohort_plan::InvitationState;
use super::error::Result;
use crate::conversion::plan::{Draw, EvidenceRef, PlanLine, UseKey};
use crate::conversion::policy::UseScope;
use crate::domain::conversion::ConversionStatus;
use crate::domain::enrolment::Enrolment;
use crate::domain::time::Instant;
use crate::ledger::history::History;
use crate::ledger::lots::Lots;
use crate::store::achievement_use::{self, Use};
use crate::store::conn::Conn;
use crate::store::conversion::{self, ConversionRow};
use crate::store::job_results::CohortPlanRow;
use crate::store::learner::{self, WrappedKey};
use crate::store::learner_fact::{self, FactRow};
use crate::store::{book, enrolment};

/// How learners stand now.
pub(super) struct Standing {
    on: NaiveDate,
    enrolments: HashMap<Uuid, Enrolment>,
    keys: HashMap<Uuid, WrappedKey>,
    of: HashMap<Uuid, Own>,
}

/// What is one learner's.
#[derive(Default)]
struct Own {
    history: History,
    conversions: Vec<ConversionRow>,
    uses: Vec<Use>,
    facts: Vec<FactRow>,
}

impl Standing {
    /// Reads it for the learners of these results.
    pub fn read<'r>(conn: &mut Conn, rows: impl IntoIterator<Item = &'r CohortPlanRow>, on: NaiveDate) -> Result<Self> {
        let learners: BTreeSet<Uuid> = rows.into_iter().map(|row| row.learner).collect();
        let learners: Vec<Uuid> = learners.into_iter().collect();
        let enrolments = enrolment::rows_of(conn, &learners, None)?.into_iter().map(|row| row.enrolment);
        let enrolments = enrolments.map(|one| (one.id.uuid(), one)).collect();
        let mut of: HashMap<Uuid, Own> = learners.iter().map(|id| (*id, Own::default())).collect();
        let histories: BTreeMap<Uuid, History> = book::histories(conn, &learners)?;
        for (learner, history) in histories {
            of.entry(learner).or_default().history = history;
        }
        for row in conversion::of_learners(conn, &learners)? {
            of.entry(row.learner).or_default().conversions.push(row);
        }
        for one in achievement_use::of_learners(conn, &learners)? {
            of.entry(one.learner).or_default().uses.push(one);
        }
        for (learner, facts) in learner_fact::of_learners(conn, &learners)? {
            of.entry(learner).or_default().facts = facts;
        }
        Ok(Self { on, enrolments, keys: learner::keys(conn, &learners)?, of })
    }

    /// The enrolment, wherever it stands.
    pub fn enrolment(&self, id: Uuid) -> Option<&Enrolment> {
        self.enrolments.get(&id)
    }

    /// The learner's key, as it is stored.
    pub fn key(&self, learner: Uuid) -> Option<&WrappedKey> {
        self.keys.get(&learner)
    }

    /// What has come of a result since: applied for, once something of it is being decided or was granted; nothing left,
    /// once every line of it rests on what is gone or used otherwise.
    pub fn state(&self, row: &CohortPlanRow, lines: &[PlanLine], since: Instant) -> InvitationState {
        let enrolment = self.enrolment(row.enrolment).filter(|one| one.status.is_live());
        let (Some(enrolment), Some(own)) = (enrolment, self.of.get(&row.learner)) else {
            return InvitationState::Left;
        };
        if own.applied(row.enrolment, since) {
            return InvitationState::Applied;
        }
        if lines.is_empty() || own.any_possible(lines, enrolment.programme_id.uuid(), self.on) {
            InvitationState::Open
        } else {
            InvitationState::NothingLeft
        }
    }
}

impl Own {
    fn applied(&self, enrolment: Uuid, since: Instant) -> bool {
        use ConversionStatus as S;
        let standing = |status| matches!(status, S::Pending | S::Returned | S::Converted);
        self.conversions.iter().any(|one| one.enrolment == enrolment && standing(one.status) && one.created_at > since)
    }

    /// Whether one of the lines can still be applied for in the programme, as far as what it rests on goes.
    fn any_possible(&self, lines: &[PlanLine], programme: Uuid, on: NaiveDate) -> bool {
        let standings = self.history.standings();
        let lots = Lots::of(&self.history.transactions);
        let there = |evidence: &EvidenceRef| match evidence {
            EvidenceRef::AchievementId(id) => standings.get(id).is_some_and(|standing| standing.status.is_live()),
            EvidenceRef::FactId(id) => self.facts.iter().any(|fact| {
                fact.id == *id && fact.revocation.is_none() && fact.from <= on && fact.to.is_none_or(|last| on <= last)
            }),
        };
        let drawable = |draw: &Draw| lots.free(draw.lot) >= draw.amount;
        lines.iter().any(|line| {
            line.evidence.iter().all(there)
                && line.draws.iter().all(drawable)
                && !line.uses.iter().any(|key| self.used(key, programme))
        })
    }

    /// Whether something uses the evidence that this use would meet: under its family within its scope, or, for an
    /// achievement, in the programme at all.
    fn used(&self, key: &UseKey, programme: Uuid) -> bool {
        let word = |id: Uuid| self.facts.iter().find(|fact| fact.id == id).map(|fact| fact.fact.as_str());
        let fact = word(key.evidence);
        let life = UseScope::Life.as_str();
        self.uses.iter().any(|one| {
            // Attested twice it is still one fact.
            let same = one.evidence == key.evidence || (fact.is_some() && word(one.evidence) == fact);
            let here = || self.conversions.iter().any(|row| row.id == one.conversion && row.programme == programme);
            let meets = one.scope == key.scope || one.scope == life || key.scope == life;
            same && if one.family == key.family { meets || here() } else { fact.is_none() && here() }
        })
    }
}
