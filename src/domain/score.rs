//! Scores 成绩 on their scales, and the one table by which they compare.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decimal;
use super::invalid::{Invalid, Reason};

text_enum! {
    /// The scale that a score is given on.
    pub enum ScoreScale {
        Percentage = "percentage" / "百分制",
        FiveGrade = "five_grade" / "五级制",
        PassFail = "pass_fail" / "二级制",
        ExamPoints = "exam_points" / "考试分数",
    }
}

text_enum! {
    /// The five grades, lowest first.
    pub enum FiveGrade {
        Fail = "fail" / "不及格",
        Pass = "pass" / "及格",
        Average = "average" / "中等",
        Good = "good" / "良好",
        Excellent = "excellent" / "优秀",
    }
}

impl FiveGrade {
    /// Where it stands among percentages, in tenths of a point: the middle of the band it stands for.
    const fn rank(self) -> i32 {
        match self {
            Self::Fail => 0,
            Self::Pass => 650,
            Self::Average => 750,
            Self::Good => 850,
            Self::Excellent => 950,
        }
    }
}

/// Tenths of a point needed to pass on the percentage scale.
const PASS_TENTHS: i32 = 600;
/// Most points of any examination.
const EXAM_POINTS_MAX: i32 = 1_000;

/// Words by which school systems mark a course that was not sat because it was exempted.
const EXEMPTIONS: &[&str] = &["免考", "免修", "免试", "exempt", "exempted", "exemption", "waived"];
/// Words for a sitting that gave no result: a fail on every scale.
const ABSENCES: &[&str] = &["缺考", "旷考", "作弊", "违纪", "取消", "absent"];

/// A score as a request gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Its scale.
    pub scale: ScoreScale,
    /// percentage: 0–100, at most one decimal · five_grade: excellent, good, average, pass, fail or 优秀 … 不及格 ·
    /// pass_fail: pass, fail or 合格, 不合格 · exam_points: 0–1000, at most one decimal.
    #[schema(max_length = 20, examples("86"))]
    pub value: String,
    /// Whether it passes; needed only for examination points, and must not contradict the value elsewhere.
    #[serde(default)]
    pub passed: Option<bool>,
}

impl Score {
    /// Whether the value says that the course was exempted rather than sat.
    pub fn is_exemption(&self) -> bool {
        EXEMPTIONS.contains(&self.word().as_str())
    }

    /// Checks the value against its scale; faults are at `/value` and `/passed`.
    pub fn validate(&self) -> Result<ValidScore, Invalid> {
        let (value, passes, rank) = self.read().map_err(|reason| Invalid::one("/value", reason))?;
        let passed = match (passes, self.passed) {
            (Some(passes), Some(said)) if passes != said => return Err(Invalid::one("/passed", Reason::Mismatch)),
            (Some(passes), _) => passes,
            (None, said) => said.unwrap_or(true),
        };
        Ok(ValidScore { scale: self.scale, value, passed, rank })
    }

    fn word(&self) -> String {
        self.value.trim().to_lowercase()
    }

    /// Canonical value, whether it passes where the value itself says so, and rank.
    fn read(&self) -> Result<(String, Option<bool>, Option<i32>), Reason> {
        let word = self.word();
        if word.is_empty() {
            return Err(Reason::Empty);
        }
        if ABSENCES.contains(&word.as_str()) {
            return Ok(("absent".to_owned(), Some(false), None));
        }
        match self.scale {
            ScoreScale::Percentage => {
                let tenths = tenths(&word, 100)?;
                Ok((decimal::show(i64::from(tenths) * 100), Some(tenths >= PASS_TENTHS), Some(tenths)))
            }
            ScoreScale::FiveGrade => {
                let grade = five_grade(&word)?;
                Ok((grade.as_str().to_owned(), Some(grade != FiveGrade::Fail), Some(grade.rank())))
            }
            ScoreScale::PassFail => {
                let passed = pass_fail(&word)?;
                Ok(((if passed { "pass" } else { "fail" }).to_owned(), Some(passed), None))
            }
            ScoreScale::ExamPoints => {
                let tenths = tenths(&word, EXAM_POINTS_MAX)?;
                Ok((decimal::show(i64::from(tenths) * 100), None, Some(tenths)))
            }
        }
    }
}

/// Tenths of a written number from 0 to `max` with at most one decimal that is not nought.
fn tenths(text: &str, max: i32) -> Result<i32, Reason> {
    let range = || Reason::range(0, max);
    let thousandths = decimal::thousandths(text).map_err(|reason| match reason {
        Reason::Negative | Reason::OutOfRange { .. } => range(),
        Reason::DecimalPlaces { .. } => Reason::DecimalPlaces { max: 1 },
        other => other,
    })?;
    if thousandths % 100 != 0 {
        return Err(Reason::DecimalPlaces { max: 1 });
    }
    let tenths = i32::try_from(thousandths / 100).map_err(|_| range())?;
    if tenths > max * 10 { Err(range()) } else { Ok(tenths) }
}

fn five_grade(word: &str) -> Result<FiveGrade, Reason> {
    match word {
        "优秀" | "优" => Ok(FiveGrade::Excellent),
        "良好" | "良" => Ok(FiveGrade::Good),
        "中等" | "中" => Ok(FiveGrade::Average),
        "及格" | "合格" => Ok(FiveGrade::Pass),
        "不及格" | "不合格" => Ok(FiveGrade::Fail),
        code => code.parse(),
    }
}

fn pass_fail(word: &str) -> Result<bool, Reason> {
    match word {
        "pass" | "passed" | "合格" | "通过" | "及格" => Ok(true),
        "fail" | "failed" | "不合格" | "不通过" | "未通过" | "不及格" => Ok(false),
        _ => Err(Reason::Unknown),
    }
}

/// A score that fits its scale.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ValidScore {
    /// Its scale.
    pub scale: ScoreScale,
    /// The one spelling of the value: a trimmed number or an English code.
    pub value: String,
    /// Whether it passes. Examination points pass unless said otherwise: the body that posts them knows its line.
    pub passed: bool,
    /// Tenths of a point on the scale's axis; none for pass/fail.
    pub rank: Option<i32>,
}

impl ValidScore {
    /// As sent out again.
    pub fn to_wire(&self) -> Score {
        Score { scale: self.scale, value: self.value.clone(), passed: Some(self.passed) }
    }

    /// As shown to learners.
    pub fn zh(&self) -> String {
        match (self.scale, self.value.as_str()) {
            (_, "absent") => "缺考".to_owned(),
            (ScoreScale::FiveGrade, value) => {
                value.parse::<FiveGrade>().map_or_else(|_| value.to_owned(), |grade| grade.zh().to_owned())
            }
            (ScoreScale::PassFail, "pass") => "合格".to_owned(),
            (ScoreScale::PassFail, _) => "不合格".to_owned(),
            (_, value) => value.to_owned(),
        }
    }
}

/// Which of two scores is better: percentages and the five grades on one axis, examination points on another (they are
/// points of the same examination), pass/fail by itself. None when they do not compare.
pub fn compare(a: &ValidScore, b: &ValidScore) -> Option<Ordering> {
    use ScoreScale::{ExamPoints, FiveGrade, PassFail, Percentage};
    match (a.scale, b.scale) {
        (Percentage | FiveGrade, Percentage | FiveGrade) | (ExamPoints, ExamPoints) => Some(a.rank?.cmp(&b.rank?)),
        (PassFail, PassFail) => Some(a.passed.cmp(&b.passed)),
        _ => None,
    }
}
