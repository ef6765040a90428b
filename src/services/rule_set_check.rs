//! Validation of a rule set against everything that stands: catalogues, programmes, institutions and outer rule sets.

use chrono::NaiveDate;

use super::error::Result;
use super::refusal::ItemError;
use super::rule_set::RuleSetRow;
use crate::conversion::fault::Fault;
use crate::conversion::known::{Known, OpenProgramme};
use crate::conversion::rule_set::{RuleSetDocument, RuleSetVersion};
use crate::conversion::validate::{Context, validate};
use crate::domain::kind::AchievementKind;
use crate::store::conn::Conn;
use crate::store::rule_context;
use crate::store::rules_in_force::{self, Reach};

/// Everything that a document is checked against.
pub(super) struct Grounds {
    known: Known,
    outer: Vec<RuleSetVersion>,
    programmes: Vec<OpenProgramme>,
}

impl Grounds {
    /// Reads what a document of a set rests on.
    pub fn read(conn: &mut Conn, set: &RuleSetRow, document: &RuleSetDocument, today: NaiveDate) -> Result<Self> {
        let owner = set.institution_id.uuid();
        let known = rule_context::known(conn, names_courses(document))?;
        let institutions = rule_context::reach(conn, owner, document.authority)?;
        let cohorts = (document.cohort_from, document.cohort_to);
        let programmes = rule_context::open_programmes(conn, &institutions, &document.programmes, cohorts)?;
        let reach = Reach { from: document.effective_from.max(today), to: document.effective_to, cohorts };
        let outer = rules_in_force::outer(conn, owner, document.authority, &reach)?;
        let outer = outer.iter().map(|version| (**version).clone()).collect();
        Ok(Self { known, outer, programmes })
    }

    /// What is wrong with a document; nothing when it may be published. Takes its time with thousands of rules: not to be
    /// called while a transaction is open.
    pub fn check(&self, document: &RuleSetDocument) -> Vec<Fault> {
        let Self { known, outer, programmes } = self;
        validate(document, &Context { known: Some(known), outer, programmes }).err().unwrap_or_default()
    }

    /// [`Grounds::check`] as it is answered.
    pub fn faults(&self, document: &RuleSetDocument) -> Vec<ItemError> {
        self.check(document).iter().map(item).collect()
    }
}

/// Whether any rule names courses by code: only then are all registered ones read.
fn names_courses(document: &RuleSetDocument) -> bool {
    let sources = document.rules.iter().flat_map(|rule| &rule.sources);
    sources.into_iter().any(|source| source.kinds.contains(&AchievementKind::Course) && !source.codes.is_empty())
}

/// A fault as it is answered.
pub(super) fn item(fault: &Fault) -> ItemError {
    ItemError {
        pointer: fault.pointer.clone(),
        code: fault.what.code().to_owned(),
        detail_zh: fault.what.message_zh(),
        detail_en: fault.what.message_en(),
    }
}
