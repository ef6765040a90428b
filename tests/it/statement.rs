//! The statement: every transaction, newest first, page by page.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::book::{check, statement};
use crate::support::city::City;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{
    get_achievement, get_balances, get_transaction, list_learner_achievements, list_statement, post_achievement,
    post_achievement_batch,
};

crate::support::on_both! {
    statement_is_paged_newest_first,
    pages_stay_whole_while_new_entries_come,
    transaction_can_be_read_by_itself,
    wrong_pages_are_refused,
    long_history_is_read_quickly,
}

fn filled(city: &City, count: usize) -> String {
    let student = city.student();
    let items: Vec<Value> = (0..count).map(|_| course(&json!({"id": student.id}), &fresh::code("C"), "1")).collect();
    let answer = city.school().send(post_achievement_batch(&json!({"items": items}))).is(200);
    assert_eq!(answer["accepted"], count);
    student.id
}

fn sequence(items: &[Value]) -> Vec<u64> {
    items.iter().filter_map(|item| item["learner_seq"].as_u64()).collect()
}

fn statement_is_paged_newest_first(city: &City) {
    let (school, learner) = (city.school(), filled(city, 60));
    let first = school.send(list_statement(&learner)).is(200);
    assert_eq!(sequence(first.items()), (11..=60).rev().collect::<Vec<_>>(), "50 to a page unless asked otherwise");
    let next = first.str("next");
    assert!(next.starts_with(&format!("/api/v1/learners/{learner}/statement?")), "{next}");
    let link = first.header("link").expect("a Link header");
    assert!(link.contains(&format!("<{next}>; rel=\"next\"")), "{link}");
    let second = school.send(Call { path: next.to_owned(), ..list_statement(&learner) }).is(200);
    assert_eq!(sequence(second.items()), (1..=10).rev().collect::<Vec<_>>());
    assert!(second["next"].is_null());
    assert_eq!(second.header("link"), None);
    for limit in ["1", "7", "60", "200"] {
        let mut call = list_statement(&learner).query("limit", limit);
        let mut told = Vec::new();
        loop {
            let page = school.send(call.clone()).is(200);
            assert!(page.items().len() <= limit.parse::<usize>().expect("a number"));
            told.extend(sequence(page.items()));
            let Some(next) = page["next"].as_str() else { break };
            call = Call { path: next.to_owned(), ..list_statement(&learner) };
        }
        assert_eq!(told, (1..=60).rev().collect::<Vec<_>>(), "limit {limit}");
    }
    check(school, &learner);
}

fn pages_stay_whole_while_new_entries_come(city: &City) {
    let (school, learner) = (city.school(), filled(city, 10));
    let first = school.send(list_statement(&learner).query("limit", "4")).is(200);
    school.send(post_achievement(&course(&json!({"id": learner}), &fresh::code("C"), "1"))).is(201);
    let next = first.str("next").to_owned();
    let second = school.send(Call { path: next, ..list_statement(&learner) }).is(200);
    assert_eq!(sequence(first.items()), [10, 9, 8, 7]);
    assert_eq!(sequence(second.items())[..3], [6, 5, 4], "a page moved under the reader");
}

fn transaction_can_be_read_by_itself(city: &City) {
    let (school, learner) = (city.school(), filled(city, 2));
    for row in statement(school, &learner) {
        let id = row["transaction_id"].as_str().expect("an id");
        let found = school.send(get_transaction(id)).is(200);
        for member in ["kind", "learner_seq", "hash", "posted_at", "effective_on", "entries"] {
            assert_eq!(found[member], row[member], "{member}");
        }
        let hash = row["hash"].as_str().expect("a hash");
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    }
    let nobody = "018f3a3e-0000-7000-8000-000000000000";
    school.send(get_transaction(nobody)).problem(404, "not-found");
}

fn wrong_pages_are_refused(city: &City) {
    let (school, learner, other) = (city.school(), filled(city, 3), filled(city, 3));
    for limit in ["0", "201", "x"] {
        let answer = school.send(list_statement(&learner).query("limit", limit));
        answer.problem_at(400, "invalid-request", "/query/limit");
    }
    let answer = school.send(list_statement(&learner).query("cursor", "AAAA"));
    answer.problem_at(400, "invalid-request", "/query/cursor");
    // A cursor of one learner's statement shows nothing of another's.
    let page = school.send(list_statement(&other).query("limit", "1")).is(200);
    let cursor = page.str("next").split("cursor=").nth(1).expect("a cursor").split('&').next().expect("a cursor");
    let path = format!("/api/v1/learners/{learner}/statement?cursor={cursor}");
    let answer = school.send(Call { path, ..list_statement(&learner) });
    assert!(matches!(answer.status, 200 | 400), "{answer:?}");
    if answer.status == 200 {
        let own: Vec<Value> = statement(school, &learner);
        assert!(answer.items().iter().all(|item| own.contains(item)), "another learner's rows: {answer:?}");
    }
}

/// A page costs what a page costs, however long the history behind it.
fn long_history_is_read_quickly(city: &City) {
    let (school, learner) = (city.school(), filled(city, 1_000));
    let newest = school.send(list_learner_achievements(&learner).query("limit", "1")).is(200);
    let id = newest.items()[0]["id"].as_str().expect("an id").to_owned();
    let calls = [
        list_statement(&learner).query("limit", "50"),
        list_learner_achievements(&learner).query("limit", "50"),
        get_achievement(&id),
        get_balances(&learner),
    ];
    for call in calls {
        let path = call.path.clone();
        let since = Instant::now();
        school.send(call).is(200);
        // A hundred times what it takes, for slow machines; what grows with the square of the history takes longer.
        assert!(since.elapsed() < Duration::from_secs(2), "{path} took {:?}", since.elapsed());
    }
}
