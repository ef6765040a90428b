//! Looking at conversions: one, the feed of changes, what waits for a decision.

use chrono::NaiveDate;
use uuid::Uuid;

use super::super::App;
use super::super::actor::{Actor, ClientActor};
use super::super::error::{Error, Result};
use super::super::oversight::watched;
use super::super::scope::Scope;
use super::turn::Standing;
use super::{ConversionView, line_of};
use crate::conversion::check::recheck;
use crate::domain::ids::{ConversionId, LearnerId};
use crate::store::conn::Conn;
use crate::store::conversion::{self, ConversionRow};
pub use crate::store::feed::FeedPlace;

/// How evaluating again what was applied for came out (I10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evaluation {
    /// The day it was evaluated for.
    pub on: NaiveDate,
    /// Version of the rule set.
    pub version: i64,
    /// Whether the same amounts come out.
    pub same: bool,
}

/// Where a page of the queue ends: the last day to decide and the conversion.
pub type QueuePlace = (NaiveDate, Uuid);

impl App {
    /// Whether an actor may know of a conversion.
    pub(in crate::services) fn may_see(&self, conn: &mut Conn, actor: &Actor, row: &ConversionRow) -> Result<bool> {
        match actor {
            Actor::Learner(own) => Ok(own.learner.uuid() == row.learner),
            Actor::Client(client) => Ok(self.conversion_standing(conn, client, row)? != Standing::Nobody),
        }
    }

    /// One conversion, where time alone has brought it.
    pub fn get_conversion(&self, actor: &Actor, id: ConversionId) -> Result<ConversionView> {
        actor.require(Scope::ConversionsRead)?;
        let look = |conn: &mut Conn| {
            let row = conversion::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            if self.may_see(conn, actor, &row)? { Ok(row) } else { Err(Error::NotFound) }
        };
        let row = self.db.read(look)?;
        if super::turn::has_run_out(&row, self.clock.today()) {
            self.touch_conversion(row.id)?;
        }
        self.db.write(|conn| self.audit_conversion(conn, actor, "get_conversion", &row, row.status.as_str()))?;
        self.db.read(|conn| {
            let row = look(conn)?;
            self.views_of(conn, vec![row])?.pop().ok_or(Error::NotFound)
        })
    }

    /// What changed of the conversions into the caller's programmes after a place, oldest first. Answers the items and the
    /// place of the next page, if this one is full. Recent items may repeat and none is missed, as in the feed of
    /// achievements.
    pub fn conversion_feed(
        &self,
        actor: &ClientActor,
        after: FeedPlace,
        limit: i64,
    ) -> Result<(Vec<ConversionView>, Option<FeedPlace>)> {
        actor.require(Scope::ConversionsRead)?;
        let (views, last) = self.db.read(|conn| {
            let rows = conversion::feed(conn, actor.institution.uuid(), after, limit)?;
            let full = i64::try_from(rows.len()).is_ok_and(|length| length == limit);
            let last = rows.last().map(|row| FeedPlace { updated_at: row.updated_at.micros(), id: row.id });
            Ok::<_, Error>((self.views_of(conn, rows)?, last.filter(|_| full)))
        })?;
        self.conversions_shown(&Actor::Client(*actor), &views)?;
        Ok((views, last))
    }

    /// What waits for the caller's decision, the nearest last day first; for a bureau also what is overdue below it.
    pub fn conversion_queue(
        &self,
        actor: &ClientActor,
        after: Option<QueuePlace>,
        limit: i64,
    ) -> Result<(Vec<ConversionView>, Option<QueuePlace>)> {
        actor.require(Scope::ConversionsRead)?;
        let (views, last) = self.db.read(|conn| {
            let watched = watched(conn, actor)?;
            let watched = watched.as_ref().map(|institutions| (&institutions[..], self.clock.today()));
            let rows = conversion::queue(conn, actor.institution.uuid(), watched, after, limit)?;
            let full = i64::try_from(rows.len()).is_ok_and(|length| length == limit);
            let last = rows.last().and_then(|row| Some((row.due_on?, row.id)));
            Ok::<_, Error>((self.views_of(conn, rows)?, last.filter(|_| full)))
        })?;
        self.conversions_shown(&Actor::Client(*actor), &views)?;
        Ok((views, last))
    }

    fn conversions_shown(&self, actor: &Actor, views: &[ConversionView]) -> Result<()> {
        self.audit_shown(actor, "list_conversions", None, views.iter().map(|view| view.learner_id.uuid()))
    }

    /// Conversions of one learner by id after a place, at most `limit`: its own, all of them for the institutions in which it
    /// is enrolled, and for a bureau those into the institutions below it.
    pub fn conversions_of(
        &self,
        actor: &Actor,
        learner: LearnerId,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<ConversionView>> {
        actor.require(Scope::ConversionsRead)?;
        let views = self.db.read(|conn| {
            match actor {
                Actor::Learner(_) => actor.require_self(learner)?,
                Actor::Client(client) => self.require_readable(conn, client, learner)?,
            }
            let into = match actor {
                Actor::Client(client) => watched(conn, client)?,
                Actor::Learner(_) => None,
            };
            let rows = conversion::page_of(conn, learner.uuid(), into.as_deref(), after, limit)?;
            self.views_of(conn, rows)
        })?;
        self.conversions_shown(actor, &views)?;
        Ok(views)
    }

    /// Evaluates again what was applied for, from the stored input and rule version (I10).
    pub fn evaluate_again(&self, actor: &Actor, id: ConversionId) -> Result<Evaluation> {
        actor.require(Scope::ConversionsRead)?;
        let _place = super::super::plan::Place::take()?;
        let (learner, evaluation) = self.db.read(|conn| {
            let row = conversion::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            if !self.may_see(conn, actor, &row)? {
                return Err(Error::NotFound);
            }
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            let line = line_of(&row, &key)?;
            let kept = self.kept_plan(conn, row.plan)?.ok_or(Error::NotFound)?;
            let same = recheck(&kept.input, std::slice::from_ref(&line)).is_ok();
            Ok((row.learner, Evaluation { on: kept.row.on, version: row.rule_set_version, same }))
        })?;
        self.audit_shown(actor, "evaluate_conversion", Some(&format!("conversion {id}")), [learner])?;
        Ok(evaluation)
    }
}
