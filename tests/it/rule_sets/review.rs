//! Submission, publication by a second actor, retirement.

use std::thread;

use serde_json::json;

use super::{document, published, submitted, tag};
use crate::support::city::City;
use crate::support::clock::{days_ago, days_ahead, today};
use crate::support::fixture::with;
use crate::support::operations::{
    create_rule_set, create_rule_set_draft, create_rule_set_publication, create_rule_set_retirement,
    create_rule_set_submission, create_rule_set_validation, get_rule_set, get_rule_set_version, update_rule_set_draft,
};

crate::support::on_both! {
    whoever_wrote_it_does_not_publish_it,
    publication_needs_review_and_the_newest_state,
    only_one_of_two_publishers_wins,
    publication_begins_today_or_later,
    what_has_faults_goes_nowhere,
    retirement_brings_the_end_forward,
    retirement_before_the_first_day,
    published_versions_stay_when_the_next_is_published,
}

fn whoever_wrote_it_does_not_publish_it(city: &City) {
    let (author, submitter) = (city.bureau(), city.second_client(city.bureau()));
    let (editor, publisher) = (city.second_client(author), city.second_client(author));
    let body = document(city, "city");
    let made = author.send(create_rule_set(&body)).is(201);
    let id = made.id();
    let edited =
        editor.send(update_rule_set_draft(&id, &tag(&made), &with(&body, json!({"basis": "另一文件"})))).is(200);
    let reviewed = submitter.send(create_rule_set_submission(&id, &tag(&edited))).is(200);
    for involved in [author, &editor, &submitter] {
        involved.send(create_rule_set_publication(&id, &tag(&reviewed))).problem(409, "four-eyes");
    }
    city.school().send(create_rule_set_publication(&id, &tag(&reviewed))).problem(403, "forbidden");
    assert_eq!(author.send(get_rule_set(&id)).is(200).str("state"), "in_review");
    let answer = publisher.send(create_rule_set_publication(&id, &tag(&reviewed))).is(200);
    assert_eq!((answer.str("state"), &answer["published"]["by"]), ("published", &json!(publisher.id)));
    let seen = city.school().send(get_rule_set(&id)).is(200);
    assert_eq!((&seen["document"], &seen["published"]["by"]), (&answer["document"], &json!(null)));
}

fn publication_needs_review_and_the_newest_state(city: &City) {
    let school = city.school();
    let second = city.second_client(school);
    let body = document(city, "institution");
    let made = school.send(create_rule_set(&body)).is(201);
    let id = made.id();
    let early = second.send(create_rule_set_publication(&id, &tag(&made)));
    assert_eq!(early.problem(409, "rule-set-state")["state"], "draft");
    let reviewed = school.send(create_rule_set_submission(&id, &tag(&made))).is(200);
    let again = school.send(create_rule_set_submission(&id, &tag(&reviewed)));
    assert_eq!(again.problem(409, "rule-set-state")["state"], "in_review");
    let blind = create_rule_set_publication(&id, "").without("if-match");
    second.send(blind).problem(428, "precondition-required");
    second.send(create_rule_set_publication(&id, &tag(&made))).problem(412, "precondition-failed");
    // Changed and submitted again after the publisher had read it.
    let edited = school.send(update_rule_set_draft(&id, &tag(&reviewed), &body)).is(200);
    let anew = school.send(create_rule_set_submission(&id, &tag(&edited))).is(200);
    second.send(create_rule_set_publication(&id, &tag(&reviewed))).problem(412, "precondition-failed");
    let token = second.token_for("rules:write");
    let unscoped = create_rule_set_publication(&id, &tag(&anew)).token(&token).send(&city.base).expect("an answer");
    unscoped.problem(403, "insufficient-scope");
    second.send(create_rule_set_publication(&id, &tag(&anew))).is(200);
    let twice = second.send(create_rule_set_publication(&id, &tag(&anew)));
    assert_eq!(twice.problem(409, "rule-set-state")["state"], "published");
    let late = school.send(update_rule_set_draft(&id, &tag(&anew), &body));
    assert_eq!(late.problem(409, "rule-set-state")["state"], "published");
}

fn only_one_of_two_publishers_wins(city: &City) {
    let school = city.other_school();
    let publishers: Vec<_> = (0..4).map(|_| city.second_client(school)).collect();
    let (id, tag) = submitted(school, &document(city, "institution"));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let send = |publisher| {
            let call = create_rule_set_publication(&id, &tag);
            scope.spawn(move || crate::support::client::Client::send(publisher, call).status)
        };
        let running: Vec<_> = publishers.iter().map(send).collect();
        running.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409, 412].contains(status)), "{statuses:?}");
}

fn publication_begins_today_or_later(city: &City) {
    let second = city.second_client(city.school());
    let yesterday = with(&document(city, "institution"), json!({"effective_from": days_ago(1).to_string()}));
    let (id, tag) = submitted(city.school(), &yesterday);
    let refused = second.send(create_rule_set_publication(&id, &tag));
    refused.problem_at(422, "rule-set-invalid", "/effective_from");
    let today = with(&yesterday, json!({"effective_from": today().to_string()}));
    published(city.school(), &second, &today);
}

fn what_has_faults_goes_nowhere(city: &City) {
    let school = city.school();
    let body = with(&document(city, "institution"), json!({"effective_to": days_ahead(10).to_string()}));
    let made = school.send(create_rule_set(&body)).is(201);
    let checked = school.send(create_rule_set_validation(&made.id())).is(200);
    assert_eq!((&checked["valid"], &checked["version"]), (&json!(false), &json!(1)));
    let fault = checked["faults"][0].clone();
    assert!(fault["pointer"].as_str().is_some_and(|pointer| pointer.starts_with("/effective_")), "{checked:?}");
    assert!(fault["detail"]["zh-CN"].as_str().is_some_and(|text| !text.is_empty()), "{checked:?}");
    let refused = school.send(create_rule_set_submission(&made.id(), &tag(&made)));
    refused.problem_at(422, "rule-set-invalid", fault["pointer"].as_str().expect("a pointer"));
    city.other_school().send(create_rule_set_validation(&made.id())).problem(404, "not-found");
    let good = with(&body, json!({"effective_to": null}));
    let mended = school.send(update_rule_set_draft(&made.id(), &tag(&made), &good)).is(200);
    let checked = school.send(create_rule_set_validation(&made.id())).is(200);
    assert_eq!((&checked["valid"], &checked["faults"]), (&json!(true), &json!([])));
    school.send(create_rule_set_submission(&made.id(), &tag(&mended))).is(200);
    city.other_school().send(create_rule_set_validation(&made.id())).problem(403, "forbidden");
}

fn retirement_brings_the_end_forward(city: &City) {
    let school = city.school();
    let second = city.second_client(school);
    let body = with(&document(city, "institution"), json!({"effective_from": today().to_string()}));
    let (id, answer) = published(school, &second, &body);
    let retire = |days: Option<u64>, tag: &str, reason: &str| {
        let last = days.map(|days| days_ahead(days).to_string());
        let body = json!({"version": 1, "effective_to": last, "reason": reason});
        create_rule_set_retirement(&id, tag, &body)
    };
    city.other_school().send(retire(None, &tag(&answer), "不是本校的")).problem(403, "forbidden");
    second.send(retire(None, &tag(&answer), " ")).problem_at(400, "invalid-request", "/reason");
    let past = json!({"version": 1, "effective_to": days_ago(1).to_string(), "reason": "迟了"});
    let past = second.send(create_rule_set_retirement(&id, &tag(&answer), &past));
    past.problem_at(400, "invalid-request", "/effective_to");
    second.send(retire(None, "\"v1\"", "理由")).problem(412, "precondition-failed");
    let retired = second.send(retire(Some(20), &tag(&answer), "新办法施行")).is(200);
    let wanted = days_ahead(20).to_string();
    assert_eq!((retired.str("state"), retired.str("effective_to")), ("retired", &*wanted));
    assert_eq!(retired.str("retired_reason"), "新办法施行");
    assert_eq!(retired["document"], answer["document"], "what was published stays");
    assert_eq!(retired["digest"], answer["digest"]);
    let again = second.send(retire(None, &tag(&retired), "再次"));
    assert_eq!(again.problem(409, "rule-set-state")["state"], "retired");
    // It stays public.
    assert_eq!(city.other_school().send(get_rule_set(&id)).is(200).str("state"), "retired");
}

fn retirement_before_the_first_day(city: &City) {
    let school = city.school();
    let second = city.second_client(school);
    let (id, answer) = published(school, &second, &document(city, "institution"));
    let body = json!({"version": 1, "reason": "发布有误"});
    let retired = second.send(create_rule_set_retirement(&id, &tag(&answer), &body)).is(200);
    assert_eq!(retired.str("effective_to"), days_ahead(29).to_string(), "it never holds");
}

fn published_versions_stay_when_the_next_is_published(city: &City) {
    let school = city.school();
    let second = city.second_client(school);
    let body = document(city, "institution");
    let (id, first) = published(school, &second, &body);
    let next = school.send(create_rule_set_draft(&id, &json!({"version": 1}))).is(201);
    let body = with(&body, json!({"name": "第二版", "effective_from": days_ahead(60).to_string()}));
    let next = school.send(update_rule_set_draft(&id, &tag(&next), &body)).is(200);
    assert_eq!(school.send(get_rule_set_version(&id, "1")).is(200).str("name"), "演示学分转换规则");
    let next = school.send(create_rule_set_submission(&id, &tag(&next))).is(200);
    second.send(create_rule_set_publication(&id, &tag(&next))).is(200);
    let old = city.other_school().send(get_rule_set_version(&id, "1")).is(200);
    assert_eq!((old.str("state"), &old["document"]), ("published", &first["document"]));
    let new = city.other_school().send(get_rule_set(&id)).is(200);
    assert_eq!((&new["version"], new.str("name")), (&json!(2), "第二版"));
    let states: Vec<_> = new["versions"].as_array().expect("versions").iter().map(|v| v["state"].clone()).collect();
    assert_eq!(states, [json!("published"), json!("published")]);
}
