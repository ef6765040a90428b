//! Tests of achievement posts: what passes, what is no achievement, and when two posts are the same. Field by field: `fields`.

mod fields;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::*;

fn day(text: &str) -> NaiveDate {
    time::parse_date(text).expect("a date")
}

/// A course as the examples have it.
fn course() -> Value {
    json!({
        "learner": {"student_no": "2024030117"},
        "external_ref": "2025-2026-1/NET101/2024030117",
        "kind": "course",
        "course": {"code": "NET101", "name": "计算机网络基础", "hours": 64, "practice_hours": 32},
        "programme_id": "0197a6f0-1111-7abc-8def-0123456789ab",
        "term": "2025-2026-1",
        "attempt": "first",
        "credits": "4",
        "score": {"scale": "percentage", "value": "86"},
        "completed_on": "2026-01-12",
    })
}

/// A post of another kind with its content.
fn other(kind: &str, content: Value) -> Value {
    let mut post = json!({
        "learner": {"student_no": "2024030117"},
        "external_ref": "R-1",
        "kind": kind,
        "completed_on": "2026-01-12",
    });
    post[kind] = content;
    post
}

fn with(mut post: Value, changes: Value) -> Value {
    for (pointer, value) in changes.as_object().expect("changes by name") {
        match value {
            Value::Null => {
                post.as_object_mut().expect("an object").remove(pointer);
            }
            value => post[pointer] = value.clone(),
        }
    }
    post
}

fn check(post: &Value) -> Result<ValidAchievement, Refusal> {
    let post: AchievementPost = serde_json::from_str(&post.to_string()).expect("the right shape");
    post.validate(day("2026-01-12"), RegionPolicy { allow_test: true })
}

fn good(post: &Value) -> ValidAchievement {
    check(post).expect("valid")
}

/// The faults as `pointer code`.
fn faults(post: &Value) -> Vec<String> {
    match check(post) {
        Err(Refusal::Invalid(invalid)) => {
            invalid.0.iter().map(|f| format!("{} {}", f.pointer, f.reason.code())).collect()
        }
        other => panic!("expected faults, not {other:?}"),
    }
}

/// Where and why a post does not even have the right shape.
fn misfit(post: &Value) -> (String, String) {
    let text = post.to_string();
    let mut json = serde_json::Deserializer::from_str(&text);
    let error = serde_path_to_error::deserialize::<_, AchievementPost>(&mut json).expect_err("a misfit");
    (error.path().to_string(), error.inner().to_string())
}

#[test]
fn a_course_passes_whole() {
    let valid = good(&course());
    assert_eq!(valid.kind(), AchievementKind::Course);
    assert_eq!(valid.content.code(), Some("NET101"));
    assert_eq!(valid.content.title(), Some("计算机网络基础"));
    assert_eq!(valid.credits, Some(CreditAmount::from_thousandths(4_000)));
    assert_eq!((valid.on_change, valid.attempt), (OnChange::Refuse, Attempt::First));
    assert_eq!(valid.effective_on(), day("2026-01-12"));
    let bare =
        with(course(), json!({"programme_id": null, "credits": null, "term": null, "attempt": null, "score": null}));
    assert_eq!(good(&bare).credits, None);
}

#[test]
fn every_kind_passes_with_what_it_needs() {
    for (kind, content, code, level) in [
        ("examination", json!({"code": "CET4", "score": "476", "number": "412026001"}), Some("CET4"), None),
        (
            "skill_certificate",
            json!({"code": "X-NET", "level": "intermediate", "number": "X2025-1"}),
            Some("X-NET"),
            Some("intermediate"),
        ),
        (
            "skill_level",
            json!({"occupation_code": "4-03-02-01", "level": 3, "number": "Y000141000001253000001"}),
            Some("4-03-02-01"),
            Some("3"),
        ),
        ("qualification", json!({"code": "Q-1", "number": "1916000000500123"}), Some("Q-1"), None),
        (
            "training",
            json!({"class_id": null, "title": "中式面点", "hours": 40, "lesson_minutes": 45,
            "target_groups": ["rural_migrant_worker"], "region": "410221"}),
            None,
            None,
        ),
        ("competition", json!({"catalogue_code": "C-1", "prize": "first", "team_rank": 2}), Some("C-1"), Some("first")),
        (
            "experience",
            json!({"type": "internship", "hours": 480, "enterprise": "演示餐饮公司"}),
            Some("internship"),
            None,
        ),
        ("experience", json!({"type": "military_service"}), Some("military_service"), None),
        ("diploma", json!({"number": "109751202506000001"}), None, None),
    ] {
        let valid = good(&other(kind, content));
        assert_eq!(valid.kind().as_str(), kind);
        assert_eq!((valid.content.code(), valid.content.level().as_deref()), (code, level), "{kind}");
    }
}

#[test]
fn the_content_is_the_one_that_the_kind_names() {
    assert_eq!(faults(&with(course(), json!({"course": null}))), ["/course required"]);
    let both = with(course(), json!({"diploma": {"number": "1"}}));
    assert_eq!(faults(&both), ["/diploma not-allowed-here"]);
    let wrong = with(course(), json!({"kind": "diploma", "programme_id": null, "credits": null}));
    assert_eq!(faults(&wrong), ["/course not-allowed-here", "/diploma required"]);
}

#[test]
fn fails_and_exemptions_are_no_achievements() {
    let scored = |scale: &str, value: &str| check(&with(course(), json!({"score": {"scale": scale, "value": value}})));
    assert_eq!(scored("percentage", "59.9"), Err(Refusal::NotPassed));
    assert_eq!(scored("five_grade", "不及格"), Err(Refusal::NotPassed));
    assert_eq!(scored("pass_fail", "fail"), Err(Refusal::NotPassed));
    assert_eq!(scored("percentage", "缺考"), Err(Refusal::NotPassed));
    assert_eq!(scored("percentage", "免考"), Err(Refusal::ExemptionIsNotAnAchievement));
    assert_eq!(scored("pass_fail", "免修"), Err(Refusal::ExemptionIsNotAnAchievement));
    assert!(scored("percentage", "60").is_ok());
    let failed = with(course(), json!({"score": {"scale": "exam_points", "value": "300", "passed": false}}));
    assert_eq!(check(&failed), Err(Refusal::NotPassed));
    // Faults in fields come first.
    let both = with(course(), json!({"score": {"scale": "percentage", "value": "20"}, "external_ref": " "}));
    assert_eq!(faults(&both), ["/external_ref empty"]);
}

#[test]
fn the_same_content_has_one_canonical_form() {
    let first = good(&course()).canonical();
    for same in [
        json!({"credits": 4.0}),
        json!({"credits": "4.00"}),
        json!({"score": {"value": "86.0", "scale": "percentage", "passed": true}}),
        json!({"on_change": "correct", "reason": "改分"}),
        json!({"learner": {"id": "0197a6f0-1111-7abc-8def-0123456789ab"}}),
        json!({"course": {"name": " 计算机网络基础 ", "code": "ＮＥＴ１０１", "practice_hours": 32, "hours": 64}}),
        json!({"attempt": null}),
    ] {
        assert_eq!(good(&with(course(), same.clone())).canonical(), first, "{same}");
    }
    for other in [
        json!({"credits": "4.5"}),
        json!({"credits": null}),
        json!({"score": {"scale": "percentage", "value": "87"}}),
        json!({"completed_on": "2026-01-11"}),
        json!({"attempt": "resit"}),
        json!({"term": "2025-2026-2"}),
        json!({"delivery": "online"}),
    ] {
        assert_ne!(good(&with(course(), other.clone())).canonical(), first, "{other}");
    }
    assert_eq!(
        first,
        "{\"attempt\":\"first\",\"completed_on\":\"2026-01-12\",\
         \"course\":{\"code\":\"NET101\",\"hours\":64,\"name\":\"计算机网络基础\",\"practice_hours\":32},\
         \"credits\":\"4\",\"external_ref\":\"2025-2026-1/NET101/2024030117\",\"kind\":\"course\",\
         \"programme_id\":\"0197a6f0-1111-7abc-8def-0123456789ab\",\
         \"score\":{\"scale\":\"percentage\",\"value\":\"86\"},\"term\":\"2025-2026-1\"}"
    );
}

#[test]
fn target_groups_are_a_set() {
    let training = |groups: Value| {
        good(&other("training", json!({"title": "电工", "hours": 40, "target_groups": groups}))).canonical()
    };
    assert_eq!(training(json!(["veteran", "other", "veteran"])), training(json!(["other", "veteran"])));
}

#[test]
fn nothing_personal_is_printed() {
    let post: AchievementPost = serde_json::from_str(&course().to_string()).expect("the right shape");
    let printed = format!("{post:?} {:?}", good(&course()));
    assert!(!printed.contains("2024030117") && !printed.contains("86"), "{printed}");
}

#[test]
fn what_is_written_reads_back() {
    let post: AchievementPost = serde_json::from_str(&course().to_string()).expect("the right shape");
    let text = serde_json::to_string(&post).expect("JSON");
    assert_eq!(serde_json::from_str::<AchievementPost>(&text).ok(), Some(post));
}
