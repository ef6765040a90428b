//! Who sees what.

use serde_json::json;

use super::{document, published, submitted};
use crate::support::book::pages;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::http::Call;
use crate::support::operations::{create_rule_set, get_rule_set, get_rule_set_version, list_rule_sets};
use crate::support::session::Session;

crate::support::on_both! {
    drafts_are_their_own_reviews_for_institutions_the_rest_for_all,
    lists_are_filtered,
}

fn drafts_are_their_own_reviews_for_institutions_the_rest_for_all(city: &City) {
    let school = city.school();
    let draft = school.send(create_rule_set(&document(city, "institution"))).is(201).id();
    let (review, _) = submitted(school, &document(city, "institution"));
    let (public, _) = published(school, &city.second_client(school), &document(city, "institution"));
    let learner = Session::of(city, &city.student());
    let of_school = || list_rule_sets().query("institution_id", &school.institution_id);
    let seen = |items: Vec<serde_json::Value>| {
        [&draft, &review, &public].map(|id| items.iter().any(|item| item["id"] == id.as_str()))
    };
    let sees = |client: &Client| seen(pages(client, of_school()));
    assert_eq!(sees(school), [true, true, true]);
    assert_eq!(sees(city.other_school()), [false, true, true]);
    assert_eq!(sees(city.bureau()), [false, true, true]);
    let listed = learner.send(of_school().query("limit", "200")).is(200);
    assert_eq!(seen(listed.items().to_vec()), [false, false, true]);

    learner.send(get_rule_set(&public)).is(200);
    learner.send(get_rule_set(&review)).problem(404, "not-found");
    learner.send(get_rule_set_version(&draft, "1")).problem(404, "not-found");
    city.other_school().send(get_rule_set(&draft)).problem(404, "not-found");
    city.other_school().send(get_rule_set(&review)).is(200);
    get_rule_set(&public).send(&city.base).expect("an answer").problem(401, "unauthenticated");
    let unknown = "0197a6f0-1111-7abc-8def-0123456789ab";
    school.send(get_rule_set(unknown)).problem(404, "not-found");
    let token = school.token_for("learners:read");
    let unscoped = |call: Call| call.token(&token).send(&city.base).expect("an answer");
    unscoped(get_rule_set(&public)).problem(403, "insufficient-scope");
    unscoped(list_rule_sets()).problem(403, "insufficient-scope");
}

fn lists_are_filtered(city: &City) {
    let college = city.college();
    let made = college.send(create_rule_set(&document(city, "institution"))).is(201).id();
    let has = |call: Call| pages(college, call.query("limit", "7")).iter().any(|item| item["id"] == made.as_str());
    assert!(has(list_rule_sets().query("state", "draft")));
    assert!(has(list_rule_sets().query("authority", "institution").query("institution_id", &college.institution_id)));
    assert!(!has(list_rule_sets().query("state", "published")));
    assert!(!has(list_rule_sets().query("authority", "city")));
    let wrong = college.send(list_rule_sets().query("state", "lost"));
    wrong.problem_at(400, "invalid-request", "/query/state");
    let foreign = pages(city.school(), list_rule_sets().query("state", "draft"));
    assert!(foreign.iter().all(|item| item["institution_id"] == city.school().institution_id.as_str()), "{foreign:?}");
    assert_eq!(foreign.iter().filter(|item| item["versions"] == json!([])).count(), 0);
}
