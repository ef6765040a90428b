//! 征求意见: every institution may say what it thinks of a version in review.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::rule_set as sets;
use super::rule_set_draft::object;
use super::scope::Scope;
use crate::conversion::rule_set::RuleSetState;
use crate::domain::ids::{RuleSetCommentId, RuleSetId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::clean_text;
use crate::store::rule_set_comment;
pub use crate::store::rule_set_comment::CommentRow;

/// Longest comment, in characters.
const COMMENT_MAX: usize = 2_000;

/// A comment to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// Code of the rule or cap it is about; the whole set when left out.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub rule_code: Option<String>,
    /// What is to be said; it may have several lines.
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
}

impl App {
    /// Comments on the version in review, for the caller's institution.
    pub fn create_rule_set_comment(&self, actor: &ClientActor, id: RuleSetId, new: &NewComment) -> Result<CommentRow> {
        actor.require(Scope::RulesWrite)?;
        let text = clean_text(&new.text, COMMENT_MAX).map_err(|reason| Invalid::one("/text", reason))?;
        let row = CommentRow {
            id: RuleSetCommentId::from_uuid(self.ids.id()),
            rule_set_id: id,
            version: 0,
            rule_code: new.rule_code.clone(),
            institution_id: actor.institution,
            actor: actor.client.uuid(),
            text,
            at: self.clock.now(),
        };
        self.db.write(|conn| {
            let view = sets::view(conn, &(*actor).into(), id, None)?;
            if view.version.state != RuleSetState::InReview {
                return Err(sets::state_refused(Some(&view.version)));
            }
            if let Some(code) = &row.rule_code {
                let known = view.document.rules.iter().map(|rule| &rule.code);
                if !known.chain(view.document.caps.iter().map(|cap| &cap.code)).any(|known| known == code) {
                    return Err(Error::from(Invalid::one("/rule_code", Reason::Unknown)));
                }
            }
            let row = CommentRow { version: view.version.version, ..row.clone() };
            rule_set_comment::insert(conn, &row)?;
            self.note_change(conn, Some(actor), "create_rule_set_comment", &object(id, row.version))?;
            Ok(row)
        })
    }

    /// Up to `limit` comments on a version after an id; on the newest when none is named. For institutions.
    pub fn list_rule_set_comments(
        &self,
        actor: &ClientActor,
        id: RuleSetId,
        version: Option<i64>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<CommentRow>> {
        actor.require(Scope::RulesRead)?;
        self.db.read(|conn| {
            let view = sets::view(conn, &(*actor).into(), id, version)?;
            Ok(rule_set_comment::list(conn, id, view.version.version, after, limit)?)
        })
    }
}
