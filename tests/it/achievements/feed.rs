//! The change feed: what happened to one's own posts since an instant.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{now, rfc3339};
use crate::support::fixture::{course, with};
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{list_achievements, post_achievement, revoke_achievement};

crate::support::on_both! {
    feed_tells_posts_corrections_and_revocations,
    feed_is_read_page_by_page,
    feed_needs_an_instant,
}

/// The feed since an instant, read until it brings nothing new; items may repeat.
fn feed(client: &Client, since: &str, limit: &str) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut call = list_achievements().query("updated_since", since).query("limit", limit);
    for _ in 0..2_000 {
        let page = client.send(call.clone()).is(200);
        let known = found.len();
        for item in page.items() {
            found.insert(item["id"].as_str().expect("an id").to_owned(), item.clone());
        }
        match page["next"].as_str() {
            Some(next) if !page.items().is_empty() && (found.len() > known || next != call.path) => {
                call = Call { path: next.to_owned(), ..list_achievements() };
            }
            _ => return found,
        }
    }
    panic!("the feed never ends");
}

fn feed_tells_posts_corrections_and_revocations(city: &City) {
    let (school, student) = (city.school(), city.student());
    let since = rfc3339(now() - chrono::Duration::seconds(1));
    let learner = json!({"id": student.id});
    let kept = school.send(post_achievement(&course(&learner, &fresh::code("C"), "1"))).is(201).id();
    let revoked = school.send(post_achievement(&course(&learner, &fresh::code("C"), "1"))).is(201).id();
    school.send(revoke_achievement(&revoked, "测试")).is(200);
    let result = course(&learner, &fresh::code("C"), "1");
    let old = school.send(post_achievement(&result)).is(201).id();
    let change = json!({"attempt": "deferred", "on_change": "correct", "reason": "测试"});
    let new = school.send(post_achievement(&with(&result, change))).is(201).id();
    let found = feed(school, &since, "200");
    let status = |id: &str| found.get(id).map(|item| item["status"].as_str().unwrap_or("").to_owned());
    assert_eq!(status(&kept).as_deref(), Some("recognised"));
    assert_eq!(status(&revoked).as_deref(), Some("revoked"));
    assert_eq!(status(&old).as_deref(), Some("corrected"));
    assert!(status(&new).is_some(), "the newest revision is missing");
    let own = school.institution_id.as_str();
    assert!(found.values().all(|item| item["institution_id"] == own), "another institution's post is in the feed");
}

fn feed_is_read_page_by_page(city: &City) {
    let (school, student) = (city.client("open_university", 0), city.student());
    city.accredit(school, "course");
    let since = rfc3339(now() - chrono::Duration::seconds(1));
    let posted: Vec<String> = (0..7)
        .map(|_| {
            let result = course(&student.by_account(), &fresh::code("C"), "1");
            school.send(post_achievement(&with(&result, json!({"credit_type": "higher"})))).is(201).id()
        })
        .collect();
    let found = feed(school, &since, "2");
    for id in &posted {
        assert!(found.contains_key(id), "{id} is missing of {}", found.len());
    }
}

fn feed_needs_an_instant(city: &City) {
    for wrong in ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01"] {
        let answer = city.school().send(list_achievements().query("updated_since", wrong));
        answer.problem_at(400, "invalid-request", "/query/updated_since");
    }
    let answer = city.school().send(list_achievements());
    assert!(matches!(answer.status, 200 | 400), "{answer:?}");
}
