//! What a plan is made from: everything about one learner and one programme on one day, as data.
//!
//! It is stored with every application, so that what was decided can be evaluated again years later (I10).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rule_set::RuleSetVersion;
use crate::domain::achievement::Delivery;
use crate::domain::competition::CompetitionTier;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::institution::InstitutionKind;
use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;
use crate::domain::programme_version::NewProgrammeVersion;
use crate::domain::score::Score;
use crate::domain::term::Term;

/// Most achievements in one plan (DESIGN §13).
pub const EVIDENCE_MAX: usize = 500;

/// Everything that a plan depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanInput {
    /// The Beijing date of evaluation.
    pub on: NaiveDate,
    /// The programme aimed at.
    pub programme: TargetProgramme,
    /// Live achievements of the learner, and hypothetical ones in a what-if; in order of id.
    pub evidence: Vec<Evidence>,
    /// Earned lots with what can be drawn from each.
    pub lots: Vec<LotView>,
    /// Attested facts.
    pub facts: Vec<Fact>,
    /// Uses that stand: reserved and used ones.
    pub uses: Vec<PastUse>,
    /// Marks gained by learners who asked to be examined in an exempted course, by course code.
    #[serde(default)]
    pub examined: BTreeMap<String, String>,
    /// The rule versions that hold on that day for the programme and cohort, outermost authority first.
    pub rule_sets: Vec<RuleSetVersion>,
}

/// The programme aimed at, for one cohort, with where the learner stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetProgramme {
    /// The learner's enrolment in it; none when it is only compared.
    pub enrolment: Option<Uuid>,
    /// The programme.
    pub programme: Uuid,
    /// Its institution.
    pub institution: Uuid,
    /// Its level.
    pub level: ProgrammeLevel,
    /// Its 6-digit major code.
    pub major_code: String,
    /// The learner's cohort.
    pub cohort: i32,
    /// The plan of that cohort.
    pub plan: NewProgrammeVersion,
    /// When the enrolment begins.
    pub registered_on: Option<NaiveDate>,
    /// First day of the term that contains the day of evaluation (a Monday), for windows in weeks.
    pub term_start: Option<NaiveDate>,
    /// That term, for caps per term and year.
    pub term: Option<Term>,
    /// Number of courses of that term, for shares of courses per term.
    pub term_courses: Option<u32>,
    /// Courses of the plan that are earned or exempted already.
    pub done: BTreeSet<String>,
    /// Credits counted so far, by module code.
    pub counted: BTreeMap<String, CreditAmount>,
}

impl TargetProgramme {
    /// Sets everything about the term to that of a day.
    pub fn set_day(&mut self, on: NaiveDate) {
        let term = Term::containing(on);
        self.term = Some(term);
        self.term_start = Some(term.first_day());
        self.term_courses = self.plan.courses_of_term(term);
    }
}

/// An achievement as rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The achievement.
    pub id: Uuid,
    /// Its kind.
    pub kind: AchievementKind,
    /// Catalogue or course code.
    pub code: Option<String>,
    /// Name of the course or training, for selectors by name.
    pub name: Option<String>,
    /// Level as catalogues write it, or the prize of a competition.
    pub level: Option<String>,
    /// Tier of a competition.
    pub tier: Option<CompetitionTier>,
    /// Place within the team.
    pub team_rank: Option<u32>,
    /// Size of the team; alone when absent or 1.
    pub team_size: Option<u32>,
    /// Family in the catalogue: levels of one certificate, prizes of one contest.
    pub family: Option<String>,
    /// Tags of its catalogue entry.
    #[serde(default)]
    pub tags: BTreeSet<String>,
    /// Who issued it.
    pub issuer: Uuid,
    /// What the issuer is.
    pub issuer_kind: InstitutionKind,
    /// What it is worth of itself.
    pub credits: CreditAmount,
    /// Their type.
    pub credit_type: CreditType,
    /// Its score.
    pub score: Option<Score>,
    /// Hours; for training in lessons of 45 minutes.
    pub hours: Option<u32>,
    /// Of these, practice.
    pub practice_hours: Option<u32>,
    /// How it was taught.
    pub delivery: Option<Delivery>,
    /// When it was completed.
    pub completed_on: NaiveDate,
    /// When its certificate was issued.
    pub issued_on: Option<NaiveDate>,
    /// Last day of its validity.
    pub valid_until: Option<NaiveDate>,
    /// The enrolment it was earned in. Where it counts now is told by its lot.
    pub enrolment: Option<Uuid>,
    /// Whether the course was required there.
    pub required: Option<bool>,
    /// Classes of the course there.
    #[serde(default)]
    pub classes: BTreeSet<String>,
    /// The diploma for which its credits were redeemed: within one programme a lot counts once, of itself or through that
    /// diploma (I9).
    #[serde(default)]
    pub redeemed_for: Option<Uuid>,
    /// Supposed, not held.
    #[serde(default)]
    pub hypothetical: bool,
}

/// An earned lot: what can be drawn from it now. Granted lots never stand here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotView {
    /// The lot.
    pub lot: Uuid,
    /// The achievement whose lot it is.
    pub achievement: Uuid,
    /// What is neither held nor redeemed nor converted.
    pub available: CreditAmount,
    /// What an award has redeemed: gone for good, and a reason of its own when nothing is left.
    #[serde(default)]
    pub redeemed: CreditAmount,
    /// Enrolments in whose programmes it counts of itself: where it lies now, whoever brought it there.
    #[serde(default)]
    pub counts_in: BTreeSet<Uuid>,
    /// The type.
    pub credit_type: CreditType,
}

/// An attested fact of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its id.
    pub id: Uuid,
    /// What: `veteran`, `age_reached`…
    pub fact: String,
    /// Its number, for facts that have one.
    pub number: Option<i64>,
    /// From when it holds.
    pub from: NaiveDate,
    /// Until when.
    pub to: Option<NaiveDate>,
}

/// A use that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastUse {
    /// The conversion line it belongs to.
    pub conversion: Uuid,
    /// The achievement or fact used.
    pub evidence: Uuid,
    /// Family of the exclusivity it stands under.
    pub family: String,
    /// Scope key: `life`, `level:<level>` or `programme:<id>`.
    pub scope: String,
    /// The programme in which what it granted counts now: that converted into, or that to which it was transferred. One
    /// that counts in several stands here once for each.
    pub programme: Uuid,
    /// The rule set.
    pub rule_set: Uuid,
    /// The rule.
    pub rule: String,
    /// Credits granted by the line, as far as they count in that programme.
    pub credits: CreditAmount,
    /// Courses exempted by the line, with their credits.
    pub courses: BTreeMap<String, CreditAmount>,
    /// Module granted to.
    pub module: Option<String>,
    /// The term in which it was applied for.
    pub term: Option<Term>,
    /// The day of application.
    pub on: NaiveDate,
    /// Kind, delivery, tags and catalogue family of the achievement, for caps and upgrades.
    pub kind: Option<AchievementKind>,
    /// See `kind`.
    pub delivery: Option<Delivery>,
    /// See `kind`.
    #[serde(default)]
    pub tags: BTreeSet<String>,
    /// See `kind`.
    pub evidence_family: Option<String>,
}
