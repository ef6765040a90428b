//! 征求意见.

use serde_json::json;

use super::{document, submitted, tag};
use crate::support::book::pages;
use crate::support::city::City;
use crate::support::operations::{
    create_rule_set, create_rule_set_comment, create_rule_set_publication, get_rule_set, list_rule_set_comments,
    update_rule_set_draft,
};
use crate::support::session::Session;

crate::support::on_both! {
    institutions_comment_while_it_is_in_review,
    comments_survive_the_next_draft,
}

fn institutions_comment_while_it_is_in_review(city: &City) {
    let body = document(city, "city");
    let bureau = city.bureau();
    let made = bureau.send(create_rule_set(&body)).is(201);
    let comment = json!({"rule_code": "X-1", "text": "两学分偏低。\n建议三学分。"});
    city.school().send(create_rule_set_comment(&made.id(), &comment)).problem(404, "not-found");
    let early = bureau.send(create_rule_set_comment(&made.id(), &comment));
    assert_eq!(early.problem(409, "rule-set-state")["state"], "draft");

    let (id, reviewed) = submitted(bureau, &body);
    let kept = city.school().send(create_rule_set_comment(&id, &comment)).is(201);
    assert_eq!((&kept["version"], kept.str("institution_id")), (&json!(1), &*city.school().institution_id));
    let whole = json!({"text": "同意。"});
    city.client("awarding_body", 0).send(create_rule_set_comment(&id, &whole)).is(201);
    let unknown = json!({"rule_code": "Y-9", "text": "?"});
    city.school().send(create_rule_set_comment(&id, &unknown)).problem_at(400, "invalid-request", "/rule_code");
    for text in ["", " \n", "看不见\u{202e}"] {
        let answer = city.school().send(create_rule_set_comment(&id, &json!({"text": text})));
        answer.problem_at(400, "invalid-request", "/text");
    }
    let listed = pages(city.college(), list_rule_set_comments(&id).query("limit", "1"));
    let texts: Vec<_> = listed.iter().map(|item| item["text"].as_str().unwrap_or_default()).collect();
    assert_eq!(texts, ["两学分偏低。\n建议三学分。", "同意。"]);
    Session::of(city, &city.student()).send(list_rule_set_comments(&id)).problem(401, "unauthenticated");

    let publisher = city.second_client(bureau);
    publisher.send(create_rule_set_publication(&id, &reviewed)).is(200);
    let late = city.school().send(create_rule_set_comment(&id, &whole));
    assert_eq!(late.problem(409, "rule-set-state")["state"], "published");
}

fn comments_survive_the_next_draft(city: &City) {
    let body = document(city, "institution");
    let (id, _) = submitted(city.college(), &body);
    city.school().send(create_rule_set_comment(&id, &json!({"text": "请说明依据。"}))).is(201);
    let stands = city.college().send(get_rule_set(&id)).is(200);
    city.college().send(update_rule_set_draft(&id, &tag(&stands), &body)).is(200);
    let listed = city.college().send(list_rule_set_comments(&id)).is(200);
    assert_eq!(listed.items().len(), 1);
    city.school().send(list_rule_set_comments(&id)).problem(404, "not-found");
}
