//! Rule sets in and out: files that staff edit, differences in words, templates.

use serde_json::{Value, json};

use super::{document, fresh_rule, published, tag};
use crate::support::city::City;
use crate::support::fixture::with;
use crate::support::http::Answer;
use crate::support::operations::{
    create_rule_set, create_rule_set_draft, create_rule_set_import, get_rule_set, get_rule_set_diff,
    get_rule_set_export, list_rule_templates, update_rule_set_draft,
};
use crate::support::session::Session;

crate::support::on_both! {
    files_come_back_as_they_went,
    faulty_files_are_refused_row_by_row,
    imports_are_tried_before_they_are_kept,
    differences_are_told_in_words,
    sentences_stand_beside_the_rules,
    templates_can_be_drafted_from,
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const FORMATS: [(&str, &str); 3] = [("json", "application/json"), ("csv", "text/csv"), ("xlsx", XLSX)];

#[track_caller]
fn exported(city: &City, id: &str, format: &str) -> Answer {
    let answer = city.school().send(get_rule_set_export(id).query("format", format)).is(200);
    let name = answer.header("content-disposition").unwrap_or_default().to_owned();
    assert!(name.starts_with("attachment") && name.contains(&format!("-v1.{format}")), "{name}");
    answer
}

fn files_come_back_as_they_went(city: &City) {
    let school = city.school();
    let made = school.send(create_rule_set(&document(city, "institution"))).is(201);
    for (format, media) in FORMATS {
        let file = exported(city, &made.id(), format);
        assert_eq!(file.media_type(), media);
        let again = school.send(create_rule_set_import(media, &file.bytes)).is(201);
        let set = &again["rule_set"];
        assert_eq!((&set["document"], &set["digest"]), (&made["document"], &made["digest"]), "{format}");
        assert_eq!((&again["valid"], &again["faults"]), (&json!(true), &json!([])), "{format}");
        assert_ne!(set["id"], made["id"], "a new set");
        assert_eq!(school.send(get_rule_set(set["id"].as_str().expect("an id"))).is(200).str("state"), "draft");
    }
    city.other_school().send(get_rule_set_export(&made.id())).problem(404, "not-found");
    school.send(get_rule_set_export(&made.id()).query("format", "pdf")).problem_at(
        400,
        "invalid-request",
        "/query/format",
    );
}

fn faulty_files_are_refused_row_by_row(city: &City) {
    let school = city.school();
    let made = school.send(create_rule_set(&document(city, "institution"))).is(201);
    let csv = exported(city, &made.id(), "csv").text();
    let wrong = csv.replace("skill_certificate", "juggling").replace("1+X 职业技能等级证书", "杂耍证书");
    assert_ne!(wrong, csv, "{csv}");
    let refused = school.send(create_rule_set_import("text/csv", wrong.as_bytes()));
    let refused = refused.problem(422, "rule-set-invalid");
    let error = &refused["errors"][0];
    assert!(error["pointer"].as_str().is_some_and(|pointer| pointer.starts_with("/sheets/rules/")), "{refused:?}");
    assert!(error["detail"].as_str().is_some_and(|detail| detail.contains("行")), "{refused:?}");
    school.send(create_rule_set_import(XLSX, b"PK\x03\x04 not a workbook")).problem(422, "rule-set-invalid");
    school.send(create_rule_set_import("application/json", b"{\"name\":")).problem(422, "rule-set-invalid");
    school.send(create_rule_set_import("text/plain", b"x")).problem(415, "unsupported-media-type");
    school.send(create_rule_set_import("text/csv", &vec![b'x'; 9 << 20])).problem(413, "payload-too-large");
    // Another authority's rules are not drafted by a file either.
    let of_city = serde_json::to_vec(&document(city, "city")).expect("JSON");
    school.send(create_rule_set_import("application/json", &of_city)).problem(403, "authority-not-yours");
}

fn imports_are_tried_before_they_are_kept(city: &City) {
    let school = city.school();
    let mut doubtful = document(city, "institution");
    doubtful["rules"][0]["sources"][0]["codes"] = json!(["NO-SUCH-CERTIFICATE"]);
    let file = serde_json::to_vec(&doubtful).expect("JSON");
    let tried = school.send(create_rule_set_import("application/json", &file).query("dry_run", "true")).is(200);
    assert_eq!((&tried["rule_set"], &tried["valid"]), (&Value::Null, &json!(false)));
    let fault = &tried["faults"][0];
    assert!(fault["pointer"].as_str().is_some_and(|at| at.starts_with("/rules/0/sources/0/codes")), "{tried:?}");
    assert!(fault["detail"]["zh-CN"].as_str().is_some_and(|text| text.contains("NO-SUCH-CERTIFICATE")), "{tried:?}");

    // Into a draft that stands: only at its newest state, and faults come along.
    let made = school.send(create_rule_set(&document(city, "institution"))).is(201);
    let call = create_rule_set_import("application/json", &file).query("rule_set_id", &made.id());
    school.send(call.clone()).problem(428, "precondition-required");
    school.send(call.clone().header("if-match", "\"v77\"")).problem(412, "precondition-failed");
    city.other_school().send(call.clone().header("if-match", &tag(&made))).problem(404, "not-found");
    let kept = school.send(call.header("if-match", &tag(&made))).is(200);
    assert_eq!((&kept["rule_set"]["id"], &kept["valid"]), (&made["id"], &json!(false)));
    let stands = school.send(get_rule_set(&made.id())).is(200);
    assert_eq!(stands["document"]["rules"][0]["sources"][0]["codes"], json!(["NO-SUCH-CERTIFICATE"]));
}

fn differences_are_told_in_words(city: &City) {
    let school = city.school();
    let body = document(city, "institution");
    let (id, _) = published(school, &city.second_client(school), &body);
    let next = school.send(create_rule_set_draft(&id, &json!({"version": 1}))).is(201);
    let mut changed = with(&body, json!({"name": "第二版规则"}));
    changed["rules"][0]["value"]["credits"] = json!("3");
    changed["rules"].as_array_mut().expect("rules").push(fresh_rule(city));
    school.send(update_rule_set_draft(&id, &tag(&next), &changed)).is(200);
    let call = || get_rule_set_diff(&id).query("from", "1").query("to", "2");
    let diff = school.send(call()).is(200);
    assert!(
        diff["head"].as_array().is_some_and(|head| head.iter().any(|one| one["after"] == "第二版规则")),
        "{diff:?}"
    );
    assert_eq!((&diff["changed"][0]["code"], diff["added"].as_array().map(Vec::len)), (&json!("X-1"), Some(1)));
    let change = &diff["changed"][0]["changes"][0];
    assert_eq!((&change["before"], &change["after"]), (&json!("2"), &json!("3")), "{diff:?}");
    assert_ne!(diff["changed"][0]["before"]["zh-CN"], diff["changed"][0]["after"]["zh-CN"]);
    assert_eq!(diff["removed"], json!([]));
    // The draft is nobody else's to compare with.
    city.other_school().send(call()).problem(404, "not-found");
    school.send(get_rule_set_diff(&id).query("from", "1")).problem_at(400, "invalid-request", "/query/to");
}

fn sentences_stand_beside_the_rules(city: &City) {
    let school = city.school();
    let (id, answer) = published(school, &city.second_client(school), &document(city, "institution"));
    let sentence = &answer["sentences"][0];
    assert_eq!(sentence["code"], "X-1");
    assert!(sentence["zh-CN"].as_str().is_some_and(|text| text.ends_with('。') && text.contains('2')), "{answer:?}");
    assert!(sentence["en"].as_str().is_some_and(|text| text.ends_with('.')), "{answer:?}");
    let learner = Session::of(city, &city.student()).send(get_rule_set(&id)).is(200);
    assert_eq!(learner["sentences"], answer["sentences"]);
}

fn templates_can_be_drafted_from(city: &City) {
    let templates = city.school().send(list_rule_templates()).is(200);
    assert!(templates.items().len() >= 20, "{}", templates.items().len());
    for template in templates.items() {
        let mut body = template["document"].clone();
        body["authority"] = json!("institution");
        let made = city.school().send(create_rule_set(&body)).is(201);
        assert_eq!(made["document"]["rules"], template["document"]["rules"], "{}", template["id"]);
    }
    city.client("awarding_body", 0).send(list_rule_templates()).is(200);
}
