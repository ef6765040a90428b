//! Dates that do not exist, that are to come, or that no result can have.

use serde_json::json;

use super::Untouched;
use crate::support::city::City;
use crate::support::clock::{days_ahead, today};
use crate::support::fixture::with;
use crate::support::operations::post_achievement;

crate::support::on_both_quietly! {
    impossible_dates,
    dates_to_come,
    today_in_beijing_is_no_future,
}

fn impossible_dates(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    let dates = [
        "2026-02-30",
        "2025-02-29",
        "2025-13-01",
        "2025-00-10",
        "2025-04-31",
        "2025-1-1",
        "25-01-01",
        "2025/01/01",
        "20250101",
        "2025-01-01T00:00:00Z",
        "01.01.2025",
        "0000-01-01",
        "-2025-01-01",
        "1899-12-31",
        "9999-12-31",
        "",
        "昨天",
        "２０２５-01-01",
    ];
    for date in dates {
        untouched.refuses(&with(&good, json!({"completed_on": date})), 400, "invalid-request", "/completed_on");
    }
    for date in [json!(null), json!(20250101), json!(["2025-01-01"])] {
        untouched.refuses(&with(&good, json!({"completed_on": date})), 400, "invalid-request", "/completed_on");
    }
    let ended = with(&good, json!({"issued_on": "2025-02-01", "valid_until": "2025-01-31"}));
    let refused = city.school().send(post_achievement(&ended));
    assert_eq!(refused.status, 400, "valid until before it was issued: {refused:?}");
    untouched.is_untouched();
}

fn dates_to_come(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    for days in [1, 2, 400] {
        let later = with(&good, json!({"completed_on": days_ahead(days).to_string()}));
        untouched.refuses(&later, 400, "invalid-request", "/completed_on");
    }
    for term in ["2025-2027-1", "2025-2026-4", "2025-2026-0", "2025-2026", "2026-2025-1", "第一学期"] {
        untouched.refuses(&with(&good, json!({"term": term})), 400, "invalid-request", "/term");
    }
    untouched.refuses(&with(&good, json!({"attempt": "third"})), 400, "invalid-request", "/attempt");
}

/// From midnight to eight in Beijing, the date there is tomorrow's in UTC, and it is not the future.
fn today_in_beijing_is_no_future(city: &City) {
    let student = city.student();
    let untouched = Untouched::new(city);
    let mut result = untouched.good();
    result["learner"] = json!({"id": student.id});
    result["completed_on"] = json!(today().to_string());
    let answer = city.school().send(post_achievement(&result));
    if result["completed_on"] == today().to_string() {
        answer.is(201);
    }
}
