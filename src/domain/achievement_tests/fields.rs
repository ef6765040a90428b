//! Each field at and beyond its limits, and where the fault is pointed at.

use super::*;

#[test]
fn scores_must_fit() {
    let scored = |score: Value| faults(&with(course(), json!({"score": score})));
    assert_eq!(scored(json!({"scale": "percentage", "value": "101"})), ["/score/value out-of-range"]);
    assert_eq!(scored(json!({"scale": "percentage", "value": "59", "passed": true})), ["/score/passed mismatch"]);
    let exam = |score: &str| check(&other("examination", json!({"code": "NCRE2", "score": score})));
    assert_eq!(exam("476").map(|valid| valid.score.map(|score| score.value)), Ok(Some("476".into())));
    assert_eq!(exam("优秀").map(|valid| valid.score.map(|score| score.scale)), Ok(Some(ScoreScale::FiveGrade)));
    assert_eq!(exam("不合格").map(|_| ()), Err(Refusal::NotPassed));
    let invalid = faults(&other("examination", json!({"code": "NCRE2", "score": "1e3"})));
    assert_eq!(invalid, ["/examination/score not-a-number"]);
    let twice = with(
        other("examination", json!({"code": "CET4", "score": "476"})),
        json!({"score": {"scale": "exam_points", "value": "476"}}),
    );
    assert_eq!(faults(&twice), ["/score not-allowed-here"]);
}

#[test]
fn days_are_beijing_days_and_in_order() {
    assert_eq!(faults(&with(course(), json!({"completed_on": "2026-01-13"}))), ["/completed_on future"]);
    assert_eq!(faults(&with(course(), json!({"completed_on": "1949-12-31"}))), ["/completed_on before-earliest"]);
    assert_eq!(faults(&with(course(), json!({"issued_on": "2026-01-11"}))), ["/issued_on earlier"]);
    assert_eq!(faults(&with(course(), json!({"issued_on": "2026-01-13"}))), ["/issued_on future"]);
    assert_eq!(faults(&with(course(), json!({"valid_until": "2026-01-11"}))), ["/valid_until earlier"]);
    let certificate = other("skill_certificate", json!({"code": "X", "level": "advanced", "number": "1"}));
    let dated = json!({"completed_on": "2025-12-01", "issued_on": "2026-01-05", "valid_until": "2029-01-05"});
    assert_eq!(good(&with(certificate, dated)).effective_on(), day("2026-01-05"));
    // At 00:30 in Beijing the new day is today already, although it is still yesterday in UTC.
    let half_past_midnight: Instant = "2026-01-12T16:30:00Z".parse().expect("an instant");
    let post: AchievementPost =
        serde_json::from_str(&with(course(), json!({"completed_on": "2026-01-13"})).to_string())
            .expect("the right shape");
    assert!(post.validate(half_past_midnight.beijing_date(), RegionPolicy::default()).is_ok());
    for bad in ["2026-02-30", "2026-1-2", "20260112", "yesterday", ""] {
        let (path, message) = misfit(&with(course(), json!({"completed_on": bad})));
        assert_eq!(path, "completed_on");
        assert!(message.starts_with("not-a-date: "), "{message}");
    }
}

#[test]
fn amounts_are_read_exactly_or_refused_where_they_stand() {
    for (credits, code) in [
        (json!("-1"), "negative"),
        (json!(-1), "negative"),
        (json!("1e2"), "not-a-number"),
        (json!("NaN"), "not-a-number"),
        (json!("1.2345"), "decimal-places"),
        (json!(0.300_000_000_000_000_04), "decimal-places"),
        (json!("99999999999999999999"), "out-of-range"),
        (json!({}), "not-a-number"),
        (json!(true), "not-a-number"),
    ] {
        let (path, message) = misfit(&with(course(), json!({"credits": credits})));
        assert_eq!(path, "credits");
        assert!(message.starts_with(code), "{credits}: {message}");
    }
    assert_eq!(faults(&with(course(), json!({"credits": "400.001"}))), ["/credits out-of-range"]);
    assert!(check(&with(course(), json!({"credits": "400"}))).is_ok());
    assert!(check(&with(course(), json!({"credits": "0"}))).is_ok());
    assert_eq!(good(&with(course(), json!({"credits": 2.5}))).credits, Some(CreditAmount::from_thousandths(2_500)));
}

#[test]
fn unknown_fields_and_words_are_refused_where_they_stand() {
    assert!(misfit(&with(course(), json!({"grade": "A"}))).1.contains("unknown field `grade`"));
    assert_eq!(misfit(&with(course(), json!({"course": {"code": "A", "name": "b", "x": 1}}))).0, "course.x");
    assert_eq!(misfit(&with(course(), json!({"kind": "medal"}))).0, "kind");
    assert_eq!(misfit(&with(course(), json!({"attempt": "third"}))).0, "attempt");
    assert_eq!(misfit(&with(course(), json!({"term": "2025-2027-1"}))).0, "term");
    assert_eq!(misfit(&with(course(), json!({"programme_id": "1"}))).0, "programme_id");
    let level = other("skill_level", json!({"occupation_code": "1", "level": 6, "number": "1"}));
    assert_eq!(misfit(&level).0, "skill_level.level");
}

#[test]
fn what_belongs_to_courses_stays_with_courses() {
    let diploma = other("diploma", json!({"number": "1"}));
    assert_eq!(
        faults(&with(
            diploma.clone(),
            json!({"programme_id": "0197a6f0-1111-7abc-8def-0123456789ab", "attempt": "resit"})
        )),
        ["/programme_id not-allowed-here", "/attempt not-allowed-here"]
    );
    assert_eq!(faults(&with(diploma.clone(), json!({"credits": "1"}))), ["/credits not-allowed-here"]);
    assert!(check(&with(diploma, json!({"credits": "0"}))).is_ok());
    assert_eq!(faults(&with(course(), json!({"credit_type": "skill"}))), ["/credit_type mismatch"]);
    assert!(check(&with(course(), json!({"credit_type": "higher"}))).is_ok());
    let certificate = other("skill_certificate", json!({"code": "X", "level": "advanced", "number": "1"}));
    assert!(check(&with(certificate.clone(), json!({"credit_type": "skill"}))).is_ok());
    assert_eq!(faults(&with(certificate, json!({"credit_type": "higher"}))), ["/credit_type mismatch"]);
    assert_eq!(faults(&with(course(), json!({"platform": "MOOC"}))), ["/platform not-allowed-here"]);
    assert!(check(&with(course(), json!({"platform": "MOOC", "delivery": "online"}))).is_ok());
}

#[test]
fn contents_are_checked_inside() {
    let content = |kind: &str, content: Value| faults(&other(kind, content));
    assert_eq!(
        content("course", json!({"code": "网络", "name": "", "hours": 0, "practice_hours": 1})),
        [
            "/course/code format",
            "/course/name empty",
            "/course/hours out-of-range",
            "/course/practice_hours out-of-range"
        ]
    );
    assert_eq!(
        content("training", json!({"title": "a\u{202E}b", "hours": 10_001, "lesson_minutes": 9, "region": "41"})),
        [
            "/training/title unprintable-character",
            "/training/hours out-of-range",
            "/training/lesson_minutes out-of-range",
            "/training/region format"
        ]
    );
    assert_eq!(
        content("skill_level", json!({"occupation_code": "1", "level": 4, "number": "Y000141000001253000001"})),
        ["/skill_level/number mismatch"]
    );
    assert_eq!(content("experience", json!({"type": "internship"})), ["/experience/hours required"]);
    assert_eq!(
        content("competition", json!({"catalogue_code": "C", "prize": "first", "team_rank": 4, "team_size": 3})),
        ["/competition/team_rank out-of-range"]
    );
    assert_eq!(content("diploma", json!({"number": " "})), ["/diploma/number empty"]);
    assert_eq!(faults(&with(course(), json!({"learner": {}}))), ["/learner exactly-one"]);
    assert_eq!(faults(&with(course(), json!({"external_ref": "r".repeat(201)}))), ["/external_ref too-long"]);
    assert_eq!(faults(&with(course(), json!({"on_change": "correct"}))), ["/reason required"]);
    assert_eq!(faults(&with(course(), json!({"on_change": "correct", "reason": " "}))), ["/reason empty"]);
    assert_eq!(
        faults(&with(course(), json!({"open_if_missing": true}))),
        ["/learner/id_document required", "/learner/name required"]
    );
}
