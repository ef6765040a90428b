//! What anybody may read: health, the API document, its reference; and how errors outside any operation look.

use serde_json::Value;

use crate::support::city::City;
use crate::support::contract;
use crate::support::http::{Answer, Call};
use crate::support::operations::{get_liveness, get_openapi_document, get_readiness, list_learners};

crate::support::on_both! {
    server_is_alive_and_ready,
    served_document_is_the_committed_one,
    reference_needs_nothing_from_elsewhere,
    unknown_paths_and_methods_are_problems,
    every_answer_names_its_request,
    problems_speak_the_readers_language,
}

fn plain(city: &City, method: &'static str, path: &str) -> Answer {
    Call::plain(method, path).send(&city.base).expect("the server answers")
}

fn server_is_alive_and_ready(city: &City) {
    for call in [get_liveness(), get_readiness()] {
        let answer = call.send(&city.base).expect("the server answers").is(200);
        contract::check(&call, &answer);
    }
}

fn served_document_is_the_committed_one(city: &City) {
    let call = get_openapi_document();
    let answer = call.send(&city.base).expect("the server answers").is(200);
    assert_eq!(&answer.json, contract::document());
    assert!(answer["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "OpenAPI 3.1");
    for methods in answer["paths"].as_object().expect("paths").values() {
        for operation in methods
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, one)| one["operationId"].as_str().map(|id| (id, one)))
        {
            let (id, operation): (&str, &Value) = operation;
            let responses = operation["responses"].as_object().expect("responses");
            let described = responses.values().all(|one| one["$ref"].is_string() || one["description"].is_string());
            assert!(described, "a response of {id} has no description");
        }
    }
}

fn reference_needs_nothing_from_elsewhere(city: &City) {
    let mut page = plain(city, "GET", "/docs");
    for _ in 0..3 {
        if matches!(page.status, 301 | 302 | 303 | 307 | 308) {
            let target = page.header("location").expect("a place").to_owned();
            let path =
                if target.starts_with('/') { target } else { format!("/docs/{}", target.trim_start_matches("./")) };
            page = plain(city, "GET", &path);
        }
    }
    let page = page.is(200);
    assert_eq!(page.media_type(), "text/html");
    for part in page.text().split(['"', '\'']) {
        assert!(
            !part.starts_with("http://") && !part.starts_with("https://") && !part.starts_with("//"),
            "the page loads {part}"
        );
    }
}

fn unknown_paths_and_methods_are_problems(city: &City) {
    plain(city, "GET", "/api/v1/nothing").problem(404, "not-found");
    plain(city, "GET", "/api/v2/learners").problem(404, "not-found");
    let token = city.school().token().expect("a token");
    let answer =
        Call::plain("DELETE", "/api/v1/achievements").token(&token).send(&city.base).expect("the server answers");
    let answer = answer.problem(405, "method-not-allowed");
    assert!(answer.header("allow").is_some_and(|allow| allow.contains("POST")), "{:?}", answer.headers);
}

fn every_answer_names_its_request(city: &City) {
    let calls = [Call::plain("GET", "/livez"), list_learners(), Call::plain("GET", "/api/v1/nothing")];
    let mut ids = Vec::new();
    for call in calls {
        let answer = call.send(&city.base).expect("the server answers");
        let id = answer.header("x-request-id").unwrap_or_else(|| panic!("no X-Request-Id: {answer:?}")).to_owned();
        if answer.status >= 400 {
            assert_eq!(answer.str("instance"), format!("urn:request:{id}"));
        }
        ids.push(id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

fn problems_speak_the_readers_language(city: &City) {
    let ask = |language: &str| {
        let call = Call::plain("GET", "/api/v1/nothing").header("accept-language", language);
        call.send(&city.base).expect("the server answers").problem(404, "not-found").str("detail").to_owned()
    };
    let chinese = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    assert!(chinese(&ask("zh-CN,zh;q=0.9,en;q=0.5")));
    assert!(!chinese(&ask("en-GB,en;q=0.9")), "{}", ask("en-GB"));
}
