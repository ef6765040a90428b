//! Rule sets as callers see them: what is public to everybody, what is in review to every institution, drafts to their own.

use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Result};
use super::refusal::Refusal;
use super::scope::Scope;
use crate::conversion::rule_set::{Authority, RuleSetDocument, RuleSetState};
use crate::domain::ids::RuleSetId;
use crate::domain::institution::InstitutionKind;
use crate::store::conn::Conn;
pub use crate::store::rule_set::{RuleSetFilter, RuleSetRow, Sight};
pub use crate::store::rule_set_version::{Act, VersionRow};
use crate::store::{institution, rule_set, rule_set_version};

/// A set with the versions of it that the caller may know of, by number.
#[derive(Debug, Clone)]
pub struct RuleSetView {
    /// The set.
    pub set: RuleSetRow,
    /// Its versions.
    pub versions: Vec<VersionRow>,
}

/// One version with what it says.
#[derive(Debug, Clone)]
pub struct VersionView {
    /// Its set with all versions that the caller may know of.
    pub set: RuleSetView,
    /// The version.
    pub version: VersionRow,
    /// What it says.
    pub document: RuleSetDocument,
    /// Whether the set is the caller's own: others do not learn who wrote it.
    pub own: bool,
}

/// What an actor may see of rule sets.
pub(super) fn sight(actor: &Actor) -> Sight {
    actor.institution().map_or(Sight::Public, Sight::Institution)
}

impl App {
    /// Up to `limit` sets after an id, each with the versions that the caller may know of.
    pub fn list_rule_sets(
        &self,
        actor: &Actor,
        filter: RuleSetFilter,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<RuleSetView>> {
        actor.require(Scope::RulesRead)?;
        let sight = sight(actor);
        self.db.read(|conn| {
            let sets = rule_set::list(conn, sight, filter, after, limit)?;
            let ids: Vec<RuleSetId> = sets.iter().map(|set| set.id).collect();
            let mut versions = rule_set_version::of_sets(conn, &ids)?;
            let view = |set: RuleSetRow| {
                let versions = visible(sight, &set, versions.remove(&set.id).unwrap_or_default());
                RuleSetView { set, versions }
            };
            Ok(sets.into_iter().map(view).collect())
        })
    }

    /// One version of a set; the newest that the caller may know of when none is named.
    pub fn get_rule_set(&self, actor: &Actor, id: RuleSetId, version: Option<i64>) -> Result<VersionView> {
        actor.require(Scope::RulesRead)?;
        self.db.read(|conn| view(conn, actor, id, version))
    }
}

fn visible(sight: Sight, set: &RuleSetRow, versions: Vec<VersionRow>) -> Vec<VersionRow> {
    versions.into_iter().filter(|version| sight.covers(set.institution_id, version.state)).collect()
}

/// [`App::get_rule_set`] on a connection.
pub(super) fn view(conn: &mut Conn, actor: &Actor, id: RuleSetId, version: Option<i64>) -> Result<VersionView> {
    let set = rule_set::get(conn, id)?.ok_or(Error::NotFound)?;
    let versions = visible(sight(actor), &set, rule_set_version::of_set(conn, id)?);
    let found = match version {
        Some(number) => versions.iter().find(|row| row.version == number),
        None => versions.last(),
    };
    let found = found.ok_or(Error::NotFound)?.clone();
    let document = rule_set_version::document(conn, id, found.version)?.ok_or(Error::NotFound)?;
    let own = actor.institution() == Some(set.institution_id);
    Ok(VersionView { set: RuleSetView { set, versions }, version: found, document, own })
}

/// A set of the actor's institution, locked, with all its versions. Of another's, what the actor may not know of does
/// not exist for it, and the rest is not its to change.
pub(super) fn own(conn: &mut Conn, actor: &ClientActor, id: RuleSetId) -> Result<(RuleSetRow, Vec<VersionRow>)> {
    let set = rule_set::lock(conn, id)?.ok_or(Error::NotFound)?;
    let versions = rule_set_version::of_set(conn, id)?;
    if set.institution_id == actor.institution {
        return Ok((set, versions));
    }
    let sight = Sight::Institution(actor.institution);
    let known = versions.iter().any(|version| sight.covers(set.institution_id, version.state));
    Err(if known { Error::Forbidden } else { Error::NotFound })
}

/// The version being worked on: a draft, or what is in review. A set has at most one.
pub(super) fn open(versions: &[VersionRow]) -> Option<&VersionRow> {
    versions.iter().find(|row| matches!(row.state, RuleSetState::Draft | RuleSetState::InReview))
}

/// The entity tag of what changes next: never the same for two states of one set.
pub(super) fn next_row_version(versions: &[VersionRow]) -> i64 {
    versions.iter().map(|row| row.row_version).max().unwrap_or(0) + 1
}

/// The refusal of what cannot be done where a version stands.
pub(super) fn state_refused(version: Option<&VersionRow>) -> Error {
    let state = version.map_or("none", |row| row.state.as_str()).to_owned();
    Refusal::RuleSetState { state }.into()
}

/// Refuses unless the actor's institution makes rules of this authority: a school its own, a bureau its city's, a bureau
/// above other bureaus its province's.
pub(super) fn may_author(conn: &mut Conn, actor: &ClientActor, authority: Authority) -> Result<()> {
    let may = match authority {
        Authority::Institution => actor.kind.is_school(),
        Authority::City => actor.is_bureau(),
        Authority::Province => {
            actor.is_bureau() && institution::has_below(conn, actor.institution, InstitutionKind::Bureau)?
        }
    };
    if may { Ok(()) } else { Err(Refusal::AuthorityNotYours.into()) }
}
