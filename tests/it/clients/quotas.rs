//! Quotas of clients: one for interactive calls, one for bulk work, told in every answer.

use serde_json::json;

use crate::support::city::{City, wait_ready};
use crate::support::client::Client;
use crate::support::http::Answer;
use crate::support::operations::{get_me, list_learners, post_achievement_batch};
use crate::support::process::Server;
use crate::support::store::Backend;

crate::support::on_both! {
    answers_tell_the_quota,
}

mod alone {
    use super::*;

    crate::support::on_both_alone! {
        quota_is_kept_and_lanes_do_not_starve_each_other,
    }
}

/// Name and number of each parameter of a field such as `"lane";r=1;t=2`.
fn parameter(answer: &Answer, field: &str, name: &str) -> (String, u64) {
    let value = answer.header(field).unwrap_or_else(|| panic!("no {field} in {:?}", answer.headers));
    let mut parts = value.split(';');
    let lane = parts.next().expect("a name").trim_matches('"').to_owned();
    let number = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok());
    (lane, number.unwrap_or_else(|| panic!("no {name} in {value}")))
}

fn answers_tell_the_quota(city: &City) {
    let school = city.school();
    let answer = school.send(get_me()).is(200);
    let (lane, quota) = parameter(&answer, "ratelimit-policy", "q");
    assert_eq!((&*lane, parameter(&answer, "ratelimit-policy", "w").1), ("interactive", 60));
    assert!(parameter(&answer, "ratelimit", "r").1 < quota, "{:?}", answer.headers);
    // Refusals count and tell as well; who is nobody has no quota.
    let answer = school.send(post_achievement_batch(&json!({"items": []})));
    assert_eq!(parameter(&answer, "ratelimit", "t").0, "bulk", "{answer:?}");
    let answer = list_learners().send(&city.base).expect("an answer").is(401);
    assert!(answer.header("ratelimit").is_none() && answer.header("ratelimit-policy").is_none());
}

fn quota_is_kept_and_lanes_do_not_starve_each_other(backend: Backend) {
    let mut city = City::own(backend);
    city.server.stop();
    let config = city.store.folder.join("limits.toml");
    std::fs::write(&config, "[rate_limits]\nrequests_per_minute = 6\nbulk_per_minute = 2\n").expect("written");
    let address = city.base.trim_start_matches("http://").to_owned();
    let words = ["serve", "--listen", &address, "--config", &config.display().to_string()];
    city.server = Server::start(&city.store.folder, &city.store.arguments(&words), None);
    wait_ready(&city.base);
    let batch = || post_achievement_batch(&json!({"items": [{}]}));
    let school = city.school();
    // The night's import uses its quota up...
    for left in [1, 0] {
        let answer = school.send(batch()).is(200);
        assert_eq!(parameter(&answer, "ratelimit", "r"), ("bulk".to_owned(), left));
    }
    let refused = school.send(batch()).problem(429, "too-many-requests");
    assert_eq!(refused["lane"], "bulk");
    assert_eq!(parameter(&refused, "ratelimit", "r"), ("bulk".to_owned(), 0));
    let wait: u64 = refused.header("retry-after").expect("how long").parse().expect("seconds");
    assert!((1..=30).contains(&wait) && refused["retry_after"] == wait, "{refused:?}");
    // ... and interactive calls go on, until theirs is; the token was the first of six.
    let me = |client: &Client| client.send(get_me());
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(parameter(&me(school).is(200), "ratelimit", "r"), ("interactive".to_owned(), left));
    }
    let refused = me(school).problem(429, "too-many-requests");
    assert_eq!(refused["lane"], "interactive");
    let wait: u64 = refused.header("retry-after").expect("how long").parse().expect("seconds");
    assert!((1..=10).contains(&wait), "{refused:?}");
    // A refused token is no detour, and other clients have quotas of their own.
    let token = super::secretly(&city.base, &school.id, &school.secret).is(429);
    assert!(token.header("retry-after").is_some(), "{token:?}");
    me(city.other_school()).is(200);
    // What was told holds.
    std::thread::sleep(std::time::Duration::from_secs(wait));
    me(school).is(200);
}
