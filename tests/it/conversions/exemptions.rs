//! What goes back into the school's own system: the sheet of exemptions, and the feed.

use serde_json::json;

use super::Setting;
use crate::support::book::pages;
use crate::support::city::City;
use crate::support::clock::{now, rfc3339};
use crate::support::operations::{
    create_conversion_decision, create_conversion_reversal, list_conversions, list_exemptions, revoke_achievement,
};

crate::support::on_both! {
    decided_exemptions_of_a_term_are_listed,
    feed_tells_what_changed,
    what_was_revoked_leaves_the_sheet_and_is_in_the_feed,
}

fn decided_exemptions_of_a_term_are_listed(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.exempting()]);
    let conversion = setting.apply();
    let (id, term) = (conversion["id"].as_str().expect("an id"), conversion["term"].as_str().expect("a term"));
    let own = |format: &str| list_exemptions().query("term", term).query("format", format);
    let rows = |client: &crate::support::client::Client| {
        let all = pages(client, own("json").query("limit", "200"));
        all.into_iter().filter(|row| row["conversion_id"] == id).collect::<Vec<_>>()
    };
    assert!(rows(setting.college).is_empty(), "not before it is decided");
    let decided = setting.reviewer.send(create_conversion_decision(id, &json!({"outcome": "approved"}))).is(200);
    let found = rows(setting.college);
    assert_eq!(found.len(), 2, "{found:?}");
    let first = found.iter().find(|row| row["course_code"] == setting.courses[0].as_str()).expect("the course");
    assert_eq!((&first["credits"], &first["score"]), (&json!("3"), &json!("85")));
    assert_eq!(
        (&first["student_no"], &first["decision_no"]),
        (&json!(setting.student.student_no), &decided["decision_no"])
    );
    assert!(rows(city.school()).is_empty(), "another school's sheet has none of it");

    let answer = setting.college.send(own("csv")).is(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let sheet = String::from_utf8(answer.bytes.clone()).expect("UTF-8");
    assert!(sheet.starts_with("\u{feff}学号,课程代码,课程名称,学分,成绩,"), "{sheet}");
    let line = format!("{},{},", setting.student.student_no, setting.courses[0]);
    assert!(sheet.lines().any(|own| own.starts_with(&line)), "{sheet}");

    setting.college.send(create_conversion_reversal(id, &json!({"reason": "误认"}))).is(200);
    assert!(rows(setting.college).is_empty(), "what was undone is not exempted");
    setting.college.send(list_exemptions()).problem_at(400, "invalid-request", "/query/term");
    setting.college.send(list_exemptions().query("term", "2026")).problem_at(400, "invalid-request", "/query/term");
    setting.college.send(own("pdf")).problem_at(400, "invalid-request", "/query/format");
}

fn feed_tells_what_changed(city: &City) {
    let since = rfc3339(now() - chrono::Duration::seconds(1));
    let setting = Setting::new(city, |setting| vec![setting.reviewed()]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    let status = |client: &crate::support::client::Client| {
        let mut call = list_conversions().query("updated_since", &since).query("limit", "50");
        let mut found = None;
        for _ in 0..100 {
            let page = client.send(call).is(200);
            found = page.items().iter().find(|item| item["id"] == id).map(|item| item["status"].clone()).or(found);
            let Some(next) = page["next"].as_str() else { return found };
            call = crate::support::http::Call { path: next.to_owned(), ..list_conversions() };
        }
        panic!("the feed never ends");
    };
    assert_eq!(status(setting.college), Some(json!("pending")));
    setting.reviewer.send(create_conversion_decision(id, &json!({"outcome": "approved"}))).is(200);
    assert_eq!(status(setting.college), Some(json!("converted")));
    assert_eq!(status(city.school()), None, "other schools' conversions are not theirs");
}

fn what_was_revoked_leaves_the_sheet_and_is_in_the_feed(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.exempting()]);
    let conversion = setting.apply();
    let (id, term) = (conversion["id"].as_str().expect("an id"), conversion["term"].as_str().expect("a term"));
    setting.reviewer.send(create_conversion_decision(id, &json!({"outcome": "approved"}))).is(200);
    let own = list_exemptions().query("term", term);
    let rows = || {
        let all = pages(setting.college, own.clone().query("limit", "200"));
        all.iter().filter(|row| row["conversion_id"] == id).count()
    };
    let sheet = || setting.college.send(own.clone().query("format", "csv")).is(200).text();
    assert!(rows() == 2 && sheet().contains(&setting.courses[0]));
    let since = rfc3339(now());
    city.accredited("skill_certificate").send(revoke_achievement(&setting.achievement, "证书作废")).is(200);
    assert_eq!(rows(), 0, "the school's own system is not told to exempt from it any more");
    assert!(!sheet().contains(&setting.courses[0]));
    let changed = pages(setting.college, list_conversions().query("updated_since", &since).query("limit", "200"));
    let told: Vec<_> = changed.iter().filter(|one| one["id"] == id).collect();
    assert_eq!(told.len(), 1, "the feed brings what others undid");
    assert_eq!((&told[0]["status"], &told[0]["decision_no"].is_string()), (&json!("reversed"), &true));
    let last = told[0]["history"].as_array().and_then(|all| all.last()).expect("a history");
    assert_eq!((&last["action"], &last["reason"]), (&json!("source_revoked"), &json!("证书作废")));
}
