//! Conversions 转换: where one stands, what is done with it, and what a decision says.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::credit::CreditAmount;
use super::invalid::{Invalid, Reason};
use super::text::{REASON_MAX, clean_line};

/// Most courses that one line may exempt, far above any plan.
pub const EXEMPTS_MAX: usize = 200;
/// Working days to complete what was returned, at the least; more where the step has more.
pub const COMPLETION_DAYS: u32 = 10;

text_enum! {
    /// Where a conversion stands.
    pub enum ConversionStatus {
        Pending = "pending" / "办理中",
        Returned = "returned" / "退回补正",
        Converted = "converted" / "已转换",
        Rejected = "rejected" / "不予认定",
        Withdrawn = "withdrawn" / "已撤回",
        Reversed = "reversed" / "已冲正",
    }
}

impl ConversionStatus {
    /// Whether it uses its evidence: being decided, or converted.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Returned | Self::Converted)
    }

    /// Whether it has not been decided yet.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Returned)
    }
}

text_enum! {
    /// What was done with a conversion.
    pub enum ConversionAction {
        Applied = "applied" / "提交申请",
        Approved = "approved" / "同意",
        PartlyApproved = "partly_approved" / "部分同意",
        Returned = "returned" / "退回补正",
        Completed = "completed" / "补正",
        Rejected = "rejected" / "不予认定",
        NoticeEnded = "notice_ended" / "公示期满",
        Converted = "converted" / "完成转换",
        Withdrawn = "withdrawn" / "撤回申请",
        Lapsed = "lapsed" / "逾期未补正，视为撤回",
        Reversed = "reversed" / "冲正",
        SourceRevoked = "source_revoked" / "依据成果已撤销",
        SourceCorrected = "source_corrected" / "依据成果已更正",
    }
}

text_enum! {
    /// What a decision says.
    pub enum DecisionOutcome {
        Approved = "approved" / "同意",
        PartlyApproved = "partly_approved" / "部分同意",
        Returned = "returned" / "退回补正",
        Rejected = "rejected" / "不予认定",
    }
}

text_enum! {
    /// What does not agree with the record any more.
    pub enum DiscrepancyKind {
        Award = "award" / "毕业认定",
        Conversion = "conversion" / "转换",
    }
}

text_enum! {
    /// What was done to the record, or to what an earlier conversion made of it.
    pub enum DiscrepancyCause {
        Revocation = "revocation" / "成果撤销",
        Correction = "correction" / "成果更正",
        Reversal = "reversal" / "在先转换终止或减少",
    }
}

text_enum! {
    /// Whether somebody has looked at it.
    pub enum DiscrepancyState {
        Open = "open" / "需要核对",
        Resolved = "resolved" / "已核对",
    }
}

/// An exempted course without its score: what may stand in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exempted {
    /// Its code in the plan.
    pub course_code: String,
    /// Credits it counts for.
    pub credits: CreditAmount,
    /// Its module.
    pub module: String,
    /// Its name in the plan.
    pub name: String,
    /// The part that is exempted, where it is not the whole course.
    pub part: Option<String>,
}

/// A decision on a conversion as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionPost {
    /// What is decided.
    pub outcome: DecisionOutcome,
    /// Why: needed unless all of it is approved; the learner sees it.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// With `partly_approved`: the credits that are approved, at most those asked for.
    #[serde(default)]
    pub credits: Option<CreditAmount>,
    /// With `partly_approved`: codes of the courses that are exempted, out of those asked for; all of them when left out.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub exempts: Option<Vec<String>>,
    /// The step that is meant, as the conversion shows it; the present one when left out.
    #[serde(default)]
    pub step: Option<u32>,
}

impl DecisionPost {
    /// With a clean reason, if it says something possible.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let reason = match self.reason.as_deref().map(|reason| clean_line(reason, REASON_MAX)).transpose() {
            Ok(reason) => reason,
            Err(reason) => {
                invalid.push("/reason", reason);
                None
            }
        };
        if self.outcome != DecisionOutcome::Approved && self.reason.is_none() {
            invalid.push("/reason", Reason::Required);
        }
        let partly = self.outcome == DecisionOutcome::PartlyApproved;
        if !partly && self.credits.is_some() {
            invalid.push("/credits", Reason::NotAllowedHere);
        }
        if !partly && self.exempts.is_some() {
            invalid.push("/exempts", Reason::NotAllowedHere);
        }
        if partly && self.credits.is_none() && self.exempts.is_none() {
            invalid.push("/credits", Reason::Required);
        }
        if let Some(exempts) = &self.exempts {
            if exempts.len() > EXEMPTS_MAX {
                invalid.push("/exempts", Reason::TooMany { max: EXEMPTS_MAX });
            }
            for (at, code) in exempts.iter().enumerate() {
                if exempts[..at].contains(code) {
                    invalid.push(format!("/exempts/{at}"), Reason::Duplicate);
                }
            }
        }
        invalid.into_result()?;
        Ok(Self { reason, ..self.clone() })
    }

    /// What is left of `credits` and `exempts` when this is approved: never more, and the courses' credits are part of the
    /// credits.
    pub fn narrow(
        &self,
        credits: CreditAmount,
        exempts: &[Exempted],
    ) -> Result<(CreditAmount, Vec<Exempted>), Invalid> {
        if self.outcome != DecisionOutcome::PartlyApproved {
            return Ok((credits, exempts.to_vec()));
        }
        let sum = |courses: &[Exempted]| courses.iter().map(|course| course.credits.thousandths()).sum::<i64>();
        let kept: Vec<Exempted> = match &self.exempts {
            None => exempts.to_vec(),
            Some(codes) => {
                let unknown = codes.iter().position(|code| !exempts.iter().any(|course| course.course_code == *code));
                if let Some(at) = unknown {
                    return Err(Invalid::one(format!("/exempts/{at}"), Reason::Unknown));
                }
                exempts.iter().filter(|course| codes.contains(&course.course_code)).cloned().collect()
            }
        };
        let beside = credits.thousandths() - sum(exempts);
        let left = CreditAmount::from_thousandths((beside + sum(&kept)).max(0));
        let approved = self.credits.unwrap_or(left);
        if approved > left || approved.thousandths() < sum(&kept) {
            return Err(Invalid::one("/credits", Reason::range(CreditAmount::from_thousandths(sum(&kept)), left)));
        }
        Ok((approved, kept))
    }
}

/// What of a draw is used up when `credits` of the `asked` ones are granted: its share, rounded up to a thousandth of a
/// credit; the rest is given back.
pub fn share_of_draw(amount: CreditAmount, credits: CreditAmount, asked: CreditAmount) -> CreditAmount {
    if asked <= CreditAmount::ZERO || credits >= asked {
        return amount;
    }
    let wide = |amount: CreditAmount| i128::from(amount.thousandths());
    let (share, whole) = (wide(amount) * wide(credits).max(0), wide(asked));
    let up = (share + whole - 1).div_euclid(whole);
    CreditAmount::from_thousandths(i64::try_from(up).unwrap_or(amount.thousandths()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(text: &str) -> CreditAmount {
        text.parse().expect("credits")
    }

    fn course(code: &str, amount: &str) -> Exempted {
        let text = || code.to_owned();
        Exempted { course_code: text(), credits: credits(amount), module: text(), name: text(), part: None }
    }

    fn partly(amount: Option<&str>, exempts: Option<&[&str]>) -> DecisionPost {
        DecisionPost {
            outcome: DecisionOutcome::PartlyApproved,
            reason: Some("部分内容不符".into()),
            credits: amount.map(credits),
            exempts: exempts.map(|codes| codes.iter().map(ToString::to_string).collect()),
            step: None,
        }
    }

    #[test]
    fn a_decision_says_why_unless_it_approves_all() {
        let plain =
            DecisionPost { outcome: DecisionOutcome::Approved, reason: None, credits: None, exempts: None, step: None };
        assert_eq!(plain.validate(), Ok(plain.clone()));
        for outcome in [DecisionOutcome::Returned, DecisionOutcome::Rejected] {
            assert!(DecisionPost { outcome, ..plain.clone() }.validate().is_err(), "{outcome}");
        }
        assert!(DecisionPost { credits: Some(credits("1")), ..plain.clone() }.validate().is_err());
        assert!(partly(None, None).validate().is_err(), "partly of what?");
        assert!(partly(None, Some(&["A", "A"])).validate().is_err());
        assert!(partly(None, Some(&[])).validate().is_ok());
    }

    #[test]
    fn a_part_is_never_more_and_holds_its_courses() {
        let (a, b) = (course("A", "3"), course("B", "2"));
        let all = [a.clone(), b];
        let narrow = |post: &DecisionPost| post.narrow(credits("6"), &all).map(|(amount, kept)| (amount, kept.len()));
        assert_eq!(narrow(&partly(None, Some(&["A"]))), Ok((credits("4"), 1)));
        assert_eq!(narrow(&partly(Some("3.5"), Some(&["A"]))), Ok((credits("3.5"), 1)));
        assert_eq!(narrow(&partly(Some("5"), None)), Ok((credits("5"), 2)));
        assert_eq!(narrow(&partly(None, Some(&[]))), Ok((credits("1"), 0)));
        assert!(narrow(&partly(Some("7"), None)).is_err(), "more than was asked for");
        assert!(narrow(&partly(Some("4"), None)).is_err(), "less than its courses");
        assert!(narrow(&partly(Some("5"), Some(&["A"]))).is_err(), "the credits of a course that is not exempted");
        assert!(narrow(&partly(None, Some(&["C"]))).is_err(), "not asked for");
    }

    #[test]
    fn a_part_uses_up_its_share() {
        assert_eq!(share_of_draw(credits("4"), credits("1"), credits("2")), credits("2"));
        assert_eq!(share_of_draw(credits("1"), credits("1"), credits("3")), credits("0.334"), "rounded up");
        assert_eq!(share_of_draw(credits("4"), credits("2"), credits("2")), credits("4"));
        assert_eq!(share_of_draw(credits("4"), credits("0"), credits("2")), credits("0"));
        assert_eq!(
            share_of_draw(credits("4"), credits("0"), credits("0")),
            credits("4"),
            "an exemption without credits"
        );
    }
}
