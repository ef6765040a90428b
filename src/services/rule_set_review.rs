//! From draft to review, from review into force by a second actor, and out of force.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::actor::ClientActor;
use super::change::standing;
use super::error::{Error, Result};
use super::refusal::{ItemError, Refusal};
use super::rule_set::{self as sets, VersionRow, VersionView};
use super::rule_set_check::Grounds;
use super::rule_set_draft::object;
use super::scope::Scope;
use crate::conversion::rule_set::RuleSetState;
use crate::domain::ids::RuleSetId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{REASON_MAX, clean_line};
use crate::domain::time::strict_date_opt;
use crate::store::conn::Conn;
use crate::store::rule_set_version::Act;
use crate::store::{rule_set, rule_set_version};

/// When and why a published version ends before its time.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retirement {
    /// The published version.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Last day on which it holds, today or later; today when left out. A version that has not begun never does.
    #[serde(default, with = "strict_date_opt")]
    pub effective_to: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What validation found.
#[derive(Debug, Clone)]
pub struct Validation {
    /// The version.
    pub version: i64,
    /// Its entity tag.
    pub row_version: i64,
    /// The faults; a version without any may be submitted and published.
    pub faults: Vec<ItemError>,
}

impl App {
    /// Validates the open version, or the newest where none is open.
    pub fn validate_rule_set(&self, actor: &ClientActor, id: RuleSetId) -> Result<Validation> {
        actor.require(Scope::RulesRead)?;
        let today = self.clock.today();
        let (view, grounds) = self.db.read(|conn| {
            let view = sets::view(conn, &(*actor).into(), id, None)?;
            if !view.own {
                return Err(Error::Forbidden);
            }
            let grounds = Grounds::read(conn, &view.set.set, &view.document, today)?;
            Ok((view, grounds))
        })?;
        let faults = grounds.faults(&view.document);
        Ok(Validation { version: view.version.version, row_version: view.version.row_version, faults })
    }

    /// Puts a draft that stands at `expected` before all institutions for comments. Only one without faults.
    pub fn submit_rule_set(&self, actor: &ClientActor, id: RuleSetId, expected: i64) -> Result<VersionView> {
        actor.require(Scope::RulesWrite)?;
        self.refuse_faulty(actor, id, expected)?;
        let now = self.clock.now();
        self.db.write(|conn| {
            let (_, versions) = sets::own(conn, actor, id)?;
            let draft = standing_in(&versions, RuleSetState::Draft, expected)?;
            let row = VersionRow {
                state: RuleSetState::InReview,
                submitted: Some(Act { by: actor.client.uuid(), at: now }),
                row_version: sets::next_row_version(&versions),
                ..draft.clone()
            };
            standing(rule_set_version::advance(conn, &row, expected, now)?)?;
            self.note_change(conn, Some(actor), "submit_rule_set", &object(id, row.version))?;
            sets::view(conn, &(*actor).into(), id, Some(row.version))
        })
    }

    /// Puts what is in review at `expected` into force from its first day on. Whoever created, edited or submitted it
    /// may not.
    pub fn publish_rule_set(&self, actor: &ClientActor, id: RuleSetId, expected: i64) -> Result<VersionView> {
        actor.require(Scope::RulesPublish)?;
        self.refuse_faulty(actor, id, expected)?;
        let (now, today) = (self.clock.now(), self.clock.today());
        self.db.write(|conn| {
            let (_, versions) = sets::own(conn, actor, id)?;
            let reviewed = standing_in(&versions, RuleSetState::InReview, expected)?;
            if wrote(conn, actor, reviewed)? {
                return Err(Refusal::FourEyes.into());
            }
            if reviewed.effective_from < today {
                let errors = ItemError::list(&Invalid::one("/effective_from", Reason::Earlier { other: "today" }));
                return Err(Refusal::RuleSetInvalid { errors }.into());
            }
            let row = VersionRow {
                state: RuleSetState::Published,
                published: Some(Act { by: actor.client.uuid(), at: now }),
                row_version: sets::next_row_version(&versions),
                ..reviewed.clone()
            };
            standing(rule_set_version::advance(conn, &row, expected, now)?)?;
            let view = sets::view(conn, &(*actor).into(), id, Some(row.version))?;
            rule_set::rename(conn, id, &view.document.name, now)?;
            self.note_change(conn, Some(actor), "publish_rule_set", &object(id, row.version))?;
            Ok(view)
        })
    }

    /// Ends a published version, which stands at `expected`, before its time. What was decided under it stands.
    pub fn retire_rule_set(
        &self,
        actor: &ClientActor,
        id: RuleSetId,
        expected: i64,
        retirement: &Retirement,
    ) -> Result<VersionView> {
        actor.require(Scope::RulesPublish)?;
        let reason = clean_line(&retirement.reason, REASON_MAX).map_err(|reason| Invalid::one("/reason", reason))?;
        let (now, today) = (self.clock.now(), self.clock.today());
        self.db.write(|conn| {
            let (_, versions) = sets::own(conn, actor, id)?;
            let published = versions.iter().find(|row| row.version == retirement.version);
            let unknown = || Error::from(Invalid::one("/version", Reason::Unknown));
            let published = published.ok_or_else(unknown)?;
            if published.state != RuleSetState::Published {
                return Err(sets::state_refused(Some(published)));
            }
            standing(published.row_version == expected)?;
            let row = VersionRow {
                state: RuleSetState::Retired,
                effective_to: Some(last_day(published, retirement.effective_to, today)?),
                retired: Some(Act { by: actor.client.uuid(), at: now }),
                retired_reason: Some(reason.clone()),
                row_version: sets::next_row_version(&versions),
                ..published.clone()
            };
            standing(rule_set_version::advance(conn, &row, expected, now)?)?;
            self.note_change(conn, Some(actor), "retire_rule_set", &object(id, row.version))?;
            sets::view(conn, &(*actor).into(), id, Some(row.version))
        })
    }

    /// Refuses a version with faults. Outside of any write: validation may take its time, and what stands at `expected`
    /// still says the same when it is written.
    fn refuse_faulty(&self, actor: &ClientActor, id: RuleSetId, expected: i64) -> Result<()> {
        let today = self.clock.today();
        let read = self.db.read(|conn| {
            let view = sets::view(conn, &(*actor).into(), id, None)?;
            if !view.own || view.version.row_version != expected {
                return Ok::<_, Error>(None); // refused where it is written, under the lock
            }
            let grounds = Grounds::read(conn, &view.set.set, &view.document, today)?;
            Ok(Some((view, grounds)))
        })?;
        let errors = read.map(|(view, grounds)| grounds.faults(&view.document)).unwrap_or_default();
        if errors.is_empty() { Ok(()) } else { Err(Refusal::RuleSetInvalid { errors }.into()) }
    }
}

/// The open version, which must be in `state` and stand at `expected`.
fn standing_in(versions: &[VersionRow], state: RuleSetState, expected: i64) -> Result<&VersionRow> {
    let Some(open) = sets::open(versions).filter(|row| row.state == state) else {
        return Err(sets::state_refused(sets::open(versions).or(versions.last())));
    };
    standing(open.row_version == expected)?;
    Ok(open)
}

/// Whether the actor had a hand in a version.
fn wrote(conn: &mut Conn, actor: &ClientActor, row: &VersionRow) -> Result<bool> {
    let me = actor.client.uuid();
    let submitted = row.submitted.is_some_and(|act| act.by == me);
    Ok(row.created.by == me
        || submitted
        || rule_set_version::editors(conn, row.rule_set_id, row.version)?.contains(&me))
}

/// The last day of a version to be retired.
fn last_day(row: &VersionRow, wanted: Option<NaiveDate>, today: NaiveDate) -> Result<NaiveDate> {
    let pointer = "/effective_to";
    let wanted_or_today = wanted.unwrap_or(today);
    if wanted_or_today < today {
        return Err(Invalid::one(pointer, Reason::Earlier { other: "today" }).into());
    }
    if let Some(last) = row.effective_to
        && last < wanted_or_today
    {
        let range = Reason::OutOfRange { min: "today".into(), max: last.to_string() };
        return Err(Invalid::one(pointer, range).into());
    }
    // A version retired before its first day ends on the day before, which is today or later: it never held.
    Ok(match row.effective_from.pred_opt() {
        Some(eve) if wanted_or_today < row.effective_from => eve,
        _ => wanted_or_today,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::time::{Instant, parse_date};

    fn day(text: &str) -> NaiveDate {
        parse_date(text).expect("a date")
    }

    fn published(from: &str, to: Option<&str>) -> VersionRow {
        let act = Act { by: Uuid::nil(), at: Instant::from_micros(0) };
        VersionRow {
            rule_set_id: RuleSetId::from_uuid(Uuid::nil()),
            version: 1,
            state: RuleSetState::Published,
            digest: [0; 32],
            rules: 1,
            effective_from: day(from),
            effective_to: to.map(day),
            cohort_from: None,
            cohort_to: None,
            created: act,
            submitted: Some(act),
            published: Some(act),
            retired: None,
            retired_reason: None,
            row_version: 3,
        }
    }

    #[test]
    fn retirement_only_brings_the_end_forward() {
        let today = day("2026-05-01");
        let last = |row: &VersionRow, wanted: Option<&str>| last_day(row, wanted.map(day), today).ok();
        let running = published("2026-01-01", Some("2026-12-31"));
        assert_eq!(last(&running, None), Some(today));
        assert_eq!(last(&running, Some("2026-12-31")), Some(day("2026-12-31")));
        assert_eq!(last(&running, Some("2027-01-01")), None);
        assert_eq!(last(&running, Some("2026-04-30")), None);
        assert_eq!(last(&published("2025-01-01", Some("2025-12-31")), None), None, "it has ended");
        let coming = published("2026-09-01", None);
        assert_eq!(last(&coming, None), Some(day("2026-08-31")), "it never holds");
        assert_eq!(last(&coming, Some("2026-10-01")), Some(day("2026-10-01")));
    }
}
