//! A plan as it is answered.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::plan_steps::Possible;
use crate::conversion::explain::{Text, line as explain_line};
use crate::conversion::explain_unused::unused as explain_unused;
use crate::conversion::input::PlanInput;
use crate::conversion::plan::{
    CapUse, ConversionPlan, Draw, EvidenceRef, Grant, PlanLine, RuleRef, Unused, UnusedReason,
};
use crate::conversion::policy::Procedure;
use crate::conversion::steps::{Coming, NextStep};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{AchievementId, ConversionPlanId, EnrolmentId, LearnerId, ProgrammeId, RuleSetId};
use crate::domain::kind::AchievementKind;
use crate::domain::text_enum::text_enum;
use crate::domain::time::Instant;

text_enum! {
    /// How a line is decided.
    pub enum DecisionKind {
        Automatic = "automatic" / "自动办理",
        Steps = "steps" / "按步骤办理",
    }
}

/// The best conversion plan for one learner and one programme.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanView {
    /// Its id, for applying.
    pub plan_id: ConversionPlanId,
    /// Whose.
    pub learner_id: LearnerId,
    /// The programme aimed at.
    pub programme_id: ProgrammeId,
    /// The enrolment in it; null when the learner is not enrolled: such a plan cannot be applied for.
    pub enrolment_id: Option<EnrolmentId>,
    /// The cohort whose plan counts.
    pub cohort: i32,
    /// The place in the learner's chain that it was made at.
    pub learner_seq: i64,
    /// The day it was made for.
    pub on: NaiveDate,
    /// Until when it may be applied for.
    pub expires_at: Instant,
    /// Whether no allowed set of lines gives more, ties settled too.
    pub optimal: bool,
    /// No allowed set of lines gives more than this.
    pub bound: CreditAmount,
    /// Credits of all lines.
    pub credits: CreditAmount,
    /// The cap on everything converted into the programme.
    pub cap: Option<CapUse>,
    /// The lines.
    pub lines: Vec<LineView>,
    /// Achievements that no line uses, and why.
    pub unused: Vec<UnusedView>,
    /// What was supposed and is not held: such a plan cannot be applied for.
    pub supposed: Vec<SupposedView>,
    /// What would add most, best first.
    pub next_steps: Vec<NextStepView>,
    /// Rule versions to come under which less can be converted.
    pub coming: Vec<ComingView>,
}

/// A line of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LineView {
    /// Its number.
    pub line: u32,
    /// The rule.
    pub rule: RuleRef,
    /// What it grants.
    pub grants: Grant,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
    /// What it uses up.
    pub draws: Vec<Draw>,
    /// How it is decided.
    pub decision: DecisionKind,
    /// Names of the steps, in order.
    pub steps: Vec<String>,
    /// Rule, clause and arithmetic in words.
    pub because: Text,
}

impl From<&PlanLine> for LineView {
    fn from(line: &PlanLine) -> Self {
        let (decision, steps) = match &line.procedure {
            Procedure::Automatic => (DecisionKind::Automatic, Vec::new()),
            Procedure::Steps { steps } => (DecisionKind::Steps, steps.iter().map(|step| step.name.clone()).collect()),
        };
        Self {
            line: line.line,
            rule: line.rule.clone(),
            grants: line.grants.clone(),
            evidence: line.evidence.clone(),
            draws: line.draws.clone(),
            decision,
            steps,
            because: explain_line(line),
        }
    }
}

/// An achievement that no line uses.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnusedView {
    /// The achievement.
    pub achievement_id: AchievementId,
    /// Why.
    pub reason: UnusedReason,
    /// The rule that came closest.
    pub rule: Option<RuleRef>,
    /// What would have been needed.
    pub wanted: Option<String>,
    /// What is there.
    pub found: Option<String>,
    /// The cap that stands against it.
    pub cap: Option<String>,
    /// The reason in words, and what would change it.
    pub because: Text,
}

/// A supposed achievement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SupposedView {
    /// The id under which the plan names it.
    pub achievement_id: AchievementId,
    /// Its kind.
    pub kind: AchievementKind,
    /// Its code.
    pub code: Option<String>,
    /// Its level.
    pub level: Option<String>,
}

/// Something to gain next.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NextStepView {
    /// Kind of achievement.
    pub kind: AchievementKind,
    /// Its code.
    pub code: Option<String>,
    /// Its level.
    pub level: Option<String>,
    /// Its name.
    pub name: String,
    /// The least score that the rule asks for.
    pub score: Option<String>,
    /// Credits that it adds to this plan.
    pub adds: CreditAmount,
    /// Whether that is proven; else it may add more or less.
    pub optimal: bool,
    /// The rule by which it does.
    pub rule: RuleRef,
}

/// A rule version to come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComingView {
    /// The set.
    pub rule_set: RuleSetId,
    /// The version.
    pub version: i64,
    /// From when it holds.
    pub from: NaiveDate,
    /// The most that can then be converted.
    pub credits: CreditAmount,
    /// What the present rules would give on that day.
    pub credits_by_present_rules: CreditAmount,
    /// The same in words.
    pub because: Text,
}

impl PlanView {
    /// A plan as it was kept.
    pub(super) fn new(
        id: Uuid,
        learner: LearnerId,
        (seq, expires_at): (i64, Instant),
        input: &PlanInput,
        plan: &ConversionPlan,
    ) -> Self {
        let unused = |unused: &Unused| {
            let evidence = input.evidence.iter().find(|entry| entry.id == unused.achievement_id)?;
            Some(UnusedView {
                achievement_id: AchievementId::from_uuid(unused.achievement_id),
                reason: unused.reason,
                rule: unused.rule.clone(),
                wanted: unused.wanted.clone(),
                found: unused.found.clone(),
                cap: unused.cap.clone(),
                because: explain_unused(unused, evidence),
            })
        };
        let supposed = input.evidence.iter().filter(|entry| entry.hypothetical).map(|entry| SupposedView {
            achievement_id: AchievementId::from_uuid(entry.id),
            kind: entry.kind,
            code: entry.code.clone(),
            level: entry.level.clone(),
        });
        Self {
            plan_id: ConversionPlanId::from_uuid(id),
            learner_id: learner,
            programme_id: ProgrammeId::from_uuid(input.programme.programme),
            enrolment_id: input.programme.enrolment.map(EnrolmentId::from_uuid),
            cohort: input.programme.cohort,
            learner_seq: seq,
            on: input.on,
            expires_at,
            optimal: plan.optimal,
            bound: plan.bound,
            credits: plan.credits,
            cap: plan.cap.clone(),
            lines: plan.lines.iter().map(LineView::from).collect(),
            unused: plan.unused.iter().filter_map(unused).collect(),
            supposed: supposed.collect(),
            next_steps: Vec::new(),
            coming: Vec::new(),
        }
    }

    /// With what to gain next.
    pub(super) fn with_steps(mut self, possible: &Possible, steps: &[NextStep]) -> Self {
        let view = |step: &NextStep| NextStepView {
            kind: possible.evidence[step.at].kind,
            code: possible.evidence[step.at].code.clone(),
            level: possible.evidence[step.at].level.clone(),
            name: possible.names[step.at].clone(),
            score: step.score.clone(),
            adds: step.adds,
            optimal: step.optimal,
            rule: step.rule.clone(),
        };
        self.next_steps = steps.iter().map(view).collect();
        self
    }

    /// With a warning of rules to come.
    pub(super) fn with_coming(mut self, coming: &[Coming]) -> Self {
        let view = |coming: &Coming| ComingView {
            rule_set: RuleSetId::from_uuid(coming.rule_set),
            version: coming.version,
            from: coming.from,
            credits: coming.credits,
            credits_by_present_rules: coming.present,
            because: Text::new(
                format!(
                    "自 {} 起施行新规则，届时最多转换 {} 学分（按现行规则可转换 {} 学分）。",
                    coming.from, coming.credits, coming.present
                ),
                format!(
                    "From {} new rules hold: then {} credits at most, {} by the present rules.",
                    coming.from, coming.credits, coming.present
                ),
            ),
        };
        self.coming = coming.iter().map(view).collect();
        self
    }
}
