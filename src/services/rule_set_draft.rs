//! Drafts of rule sets: written and rewritten by their institution until they are submitted for review.

use super::App;
use super::actor::ClientActor;
use super::change::standing;
use super::error::{Error, Result};
use super::refusal::Refusal;
use super::rule_set::{self as sets, RuleSetRow, VersionRow, VersionView};
use super::scope::Scope;
use crate::conversion::rule_set::{RULES_MAX, RuleSetDocument, RuleSetState};
use crate::conversion::tidy::tidy;
use crate::domain::ids::RuleSetId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{TITLE_MAX, clean_line};
use crate::store::rule_set_version::{Act, Written};
use crate::store::{rule_set, rule_set_version};

/// The document with its texts in their one spelling, if it can be kept as a draft at all. Whether its rules make sense is
/// asked at validation: half-written drafts may be saved.
pub(super) fn keepable(document: &RuleSetDocument) -> Result<RuleSetDocument> {
    if document.rules.len() > RULES_MAX {
        return Err(Refusal::TooManyRules { limit: RULES_MAX }.into());
    }
    let mut invalid = Invalid::default();
    let name = invalid.take("/name", clean_line(&document.name, TITLE_MAX));
    match name {
        Some(name) => Ok(RuleSetDocument { name, ..tidy(document) }),
        None => Err(invalid.into()),
    }
}

/// A new draft of `document` as version `number`.
fn draft(set: RuleSetId, number: i64, document: &RuleSetDocument, digest: [u8; 32], by: Act) -> VersionRow {
    VersionRow {
        rule_set_id: set,
        version: number,
        state: RuleSetState::Draft,
        digest,
        rules: count(document),
        effective_from: document.effective_from,
        effective_to: document.effective_to,
        cohort_from: document.cohort_from,
        cohort_to: document.cohort_to,
        created: by,
        submitted: None,
        published: None,
        retired: None,
        retired_reason: None,
        row_version: 1,
    }
}

fn count(document: &RuleSetDocument) -> i64 {
    i64::try_from(document.rules.len()).unwrap_or(i64::MAX)
}

impl App {
    /// Opens a rule set of the caller's institution with its first draft.
    pub fn create_rule_set(&self, actor: &ClientActor, document: &RuleSetDocument) -> Result<VersionView> {
        actor.require(Scope::RulesWrite)?;
        let document = keepable(document)?;
        let written = Written::of(&document)?;
        let id = RuleSetId::from_uuid(self.ids.id());
        let by = Act { by: actor.client.uuid(), at: self.clock.now() };
        let set = RuleSetRow {
            id,
            institution_id: actor.institution,
            authority: document.authority,
            name: document.name.clone(),
        };
        let first = draft(id, 1, &document, written.digest, by);
        self.db.write(|conn| {
            sets::may_author(conn, actor, document.authority)?;
            rule_set::insert(conn, &set, by.at)?;
            rule_set_version::insert(conn, &first, &written)?;
            rule_set_version::add_editor(conn, id, 1, by)?;
            self.note_change(conn, Some(actor), "create_rule_set", &format!("rule_set {id}"))?;
            sets::view(conn, &(*actor).into(), id, Some(1))
        })
    }

    /// Writes the whole open version anew, if it stands at `expected`. What was in review becomes a draft again.
    pub fn update_rule_set_draft(
        &self,
        actor: &ClientActor,
        id: RuleSetId,
        expected: i64,
        document: &RuleSetDocument,
    ) -> Result<VersionView> {
        actor.require(Scope::RulesWrite)?;
        let document = keepable(document)?;
        let written = Written::of(&document)?;
        let by = Act { by: actor.client.uuid(), at: self.clock.now() };
        self.db.write(|conn| {
            let (set, versions) = sets::own(conn, actor, id)?;
            let open = sets::open(&versions).ok_or_else(|| sets::state_refused(versions.last()))?;
            standing(open.row_version == expected)?;
            if document.authority != set.authority {
                return Err(Error::from(Invalid::one("/authority", Reason::Mismatch)));
            }
            let row = VersionRow {
                created: open.created,
                row_version: sets::next_row_version(&versions),
                ..draft(id, open.version, &document, written.digest, by)
            };
            standing(rule_set_version::rewrite(conn, &row, &written, expected, by.at)?)?;
            rule_set_version::add_editor(conn, id, row.version, by)?;
            if row.version == 1 {
                rule_set::rename(conn, id, &document.name, by.at)?;
            }
            self.note_change(conn, Some(actor), "update_rule_set_draft", &object(id, row.version))?;
            sets::view(conn, &(*actor).into(), id, Some(row.version))
        })
    }

    /// Opens the next version of a set as a copy of version `from`. A set has one open version at a time.
    pub fn create_rule_set_draft(&self, actor: &ClientActor, id: RuleSetId, from: i64) -> Result<VersionView> {
        actor.require(Scope::RulesWrite)?;
        let by = Act { by: actor.client.uuid(), at: self.clock.now() };
        self.db.write(|conn| {
            let (_, versions) = sets::own(conn, actor, id)?;
            if let Some(open) = sets::open(&versions) {
                return Err(sets::state_refused(Some(open)));
            }
            let unknown = || Error::from(Invalid::one("/version", Reason::Unknown));
            let document = rule_set_version::document(conn, id, from)?.ok_or_else(unknown)?;
            let number = versions.last().map_or(1, |newest| newest.version + 1);
            let written = Written::of(&document)?;
            let row_version = sets::next_row_version(&versions);
            let row = VersionRow { row_version, ..draft(id, number, &document, written.digest, by) };
            rule_set_version::insert(conn, &row, &written)?;
            rule_set_version::add_editor(conn, id, number, by)?;
            self.note_change(conn, Some(actor), "create_rule_set_draft", &object(id, number))?;
            sets::view(conn, &(*actor).into(), id, Some(number))
        })
    }
}

/// A version in the audit trail.
pub(super) fn object(id: RuleSetId, version: i64) -> String {
    format!("rule_set {id} {version}")
}
