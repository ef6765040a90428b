//! Tests of scores: what each scale reads, what passes, what compares.

use std::cmp::Ordering;

use super::invalid::{Invalid, Reason};
use super::score::*;

fn read(scale: ScoreScale, value: &str) -> Result<ValidScore, Reason> {
    let score = Score { scale, value: value.to_owned(), passed: None };
    score.validate().map_err(|invalid| invalid.0[0].reason.clone())
}

fn good(scale: ScoreScale, value: &str) -> ValidScore {
    read(scale, value).expect("a score")
}

#[test]
fn percentages_pass_from_sixty() {
    for (value, canonical, passed) in [
        ("0", "0", false),
        ("59.9", "59.9", false),
        ("60", "60", true),
        ("86.50", "86.5", true),
        ("100.0", "100", true),
    ] {
        let score = good(ScoreScale::Percentage, value);
        assert_eq!((score.value.as_str(), score.passed), (canonical, passed), "{value}");
    }
    let range = Reason::range(0, 100);
    for (bad, reason) in [
        ("100.1", range.clone()),
        ("101", range.clone()),
        ("-1", range.clone()),
        ("99999999999", range),
        ("86.55", Reason::DecimalPlaces { max: 1 }),
        ("86.12345", Reason::DecimalPlaces { max: 1 }),
        ("八十六", Reason::NotANumber),
        ("8e1", Reason::NotANumber),
        ("NaN", Reason::NotANumber),
        ("", Reason::Empty),
    ] {
        assert_eq!(read(ScoreScale::Percentage, bad), Err(reason), "{bad}");
    }
}

#[test]
fn words_are_read_in_both_languages() {
    for (word, code) in
        [("优秀", "excellent"), ("良", "good"), ("中等", "average"), ("PASS", "pass"), ("不及格", "fail")]
    {
        assert_eq!(good(ScoreScale::FiveGrade, word).value, code);
    }
    assert!(good(ScoreScale::PassFail, "合格").passed);
    assert!(!good(ScoreScale::PassFail, "不合格").passed);
    assert_eq!(read(ScoreScale::PassFail, "优秀"), Err(Reason::Unknown));
    assert_eq!(read(ScoreScale::FiveGrade, "86"), Err(Reason::Unknown));
    assert_eq!(good(ScoreScale::FiveGrade, "优").zh(), "优秀");
}

#[test]
fn exemptions_and_absences_are_told_apart() {
    let exempt =
        |value: &str| Score { scale: ScoreScale::Percentage, value: value.to_owned(), passed: None }.is_exemption();
    assert!(exempt("免考") && exempt(" 免修 ") && exempt("Exempt"));
    assert!(!exempt("60"));
    assert!(!good(ScoreScale::Percentage, "缺考").passed);
}

#[test]
fn what_is_said_must_fit_the_value() {
    let score = |scale, value: &str, passed| Score { scale, value: value.to_owned(), passed: Some(passed) }.validate();
    assert_eq!(score(ScoreScale::Percentage, "59", true), Err(Invalid::one("/passed", Reason::Mismatch)));
    assert_eq!(score(ScoreScale::Percentage, "60", false), Err(Invalid::one("/passed", Reason::Mismatch)));
    assert!(score(ScoreScale::Percentage, "60", true).is_ok());
    assert_eq!(score(ScoreScale::ExamPoints, "424", false).map(|score| score.passed), Ok(false));
    assert!(good(ScoreScale::ExamPoints, "476").passed);
    assert_eq!(read(ScoreScale::ExamPoints, "1000.1"), Err(Reason::range(0, 1000)));
}

#[test]
fn only_like_scores_compare() {
    use ScoreScale::*;
    let order = |a: (ScoreScale, &str), b: (ScoreScale, &str)| compare(&good(a.0, a.1), &good(b.0, b.1));
    assert_eq!(order((Percentage, "86"), (Percentage, "85.9")), Some(Ordering::Greater));
    assert_eq!(order((FiveGrade, "良好"), (Percentage, "85")), Some(Ordering::Equal));
    assert_eq!(order((FiveGrade, "及格"), (Percentage, "64")), Some(Ordering::Greater));
    assert_eq!(order((ExamPoints, "476"), (ExamPoints, "425")), Some(Ordering::Greater));
    assert_eq!(order((PassFail, "fail"), (PassFail, "pass")), Some(Ordering::Less));
    assert_eq!(order((PassFail, "pass"), (Percentage, "60")), None);
    assert_eq!(order((ExamPoints, "90"), (Percentage, "60")), None);
}
