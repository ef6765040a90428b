//! Bodies that are no JSON, or not the JSON that was asked for.

use serde_json::json;

use super::Untouched;
use crate::support::city::City;
use crate::support::fixture::{with, without};
use crate::support::http::Call;
use crate::support::operations::post_achievement;

crate::support::on_both_quietly! {
    bodies_that_are_no_json,
    unknown_fields,
    missing_fields,
    content_of_another_kind,
    wrong_content_types,
    characters_that_do_not_print,
    repeated_members,
}

fn raw(body: Vec<u8>) -> Call {
    post_achievement(&json!({})).bytes("application/json", body)
}

fn bodies_that_are_no_json(city: &City) {
    let untouched = Untouched::new(city);
    let text = untouched.good().to_string();
    let mut bad_utf8 = text.clone().into_bytes();
    let place = text.find("演示").expect("Chinese text");
    bad_utf8[place] = 0xFF;
    let overlong = text.replace("演示课程", "\u{1}\u{2}").into_bytes();
    let overlong: Vec<u8> = overlong
        .into_iter()
        .map(|byte| match byte {
            1 => 0xC0,
            2 => 0x80,
            other => other,
        })
        .collect();
    let gbk = text.replace("演示课程", "\u{1}\u{2}").into_bytes();
    let gbk: Vec<u8> = gbk
        .into_iter()
        .flat_map(|byte| match byte {
            1 => vec![0xD1, 0xDD],
            2 => vec![0xCA, 0xBE],
            other => vec![other],
        })
        .collect();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_member = with(&untouched.good(), json!({"score": "@"}))
        .to_string()
        .replace("\"@\"", &format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000)));
    let bodies: Vec<Vec<u8>> = vec![
        text.as_bytes()[..text.len() - 1].to_vec(),
        text.as_bytes()[..text.len() / 2].to_vec(),
        bad_utf8,
        overlong,
        gbk,
        Vec::new(),
        b"{".to_vec(),
        b"null,".to_vec(),
        b"{'a':1}".to_vec(),
        b"\0\0\0\0".to_vec(),
        format!("{text}{text}").into_bytes(),
        text.replace("演示课程", "\\ud842").into_bytes(),
        text.replace("演示课程", "\\x41").into_bytes(),
        deep.into_bytes(),
        deep_member.into_bytes(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let answer = city.school().send(raw(body));
        assert_eq!(answer.status, 400, "{shown}: {answer:?}");
        assert!(matches!(answer["code"].as_str(), Some("malformed-json" | "invalid-request")), "{shown}: {answer:?}");
        untouched.is_untouched();
    }
    for body in ["null", "[]", "7", "\"text\"", "true"] {
        let answer = city.school().send(raw(body.as_bytes().to_vec()));
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
    }
    untouched.is_untouched();
}

fn unknown_fields(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    untouched.refuses(&with(&good, json!({"colour": "red"})), 400, "invalid-request", "/colour");
    untouched.refuses(
        &with(&good, json!({"institution_id": city.school().institution_id})),
        400,
        "invalid-request",
        "/institution_id",
    );
    untouched.refuses(&with(&good, json!({"Credits": "4"})), 400, "invalid-request", "/Credits");
    let mut inner = good.clone();
    inner["course"]["teacher"] = json!("甲");
    untouched.refuses(&inner, 400, "invalid-request", "/course/teacher");
    let mut inner = good.clone();
    inner["score"]["rank"] = json!(1);
    untouched.refuses(&inner, 400, "invalid-request", "/score/rank");
    let mut odd = good.clone();
    odd["a/b~c"] = json!(1);
    untouched.refuses(&odd, 400, "invalid-request", "/a~1b~0c");
}

fn missing_fields(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    for member in ["learner", "external_ref", "kind", "course", "completed_on"] {
        untouched.refuses(&without(&good, member), 400, "invalid-request", &format!("/{member}"));
    }
    for reference in ["", " ", &"r".repeat(201)] {
        untouched.refuses(&with(&good, json!({"external_ref": reference})), 400, "invalid-request", "/external_ref");
    }
    let mut nameless = good.clone();
    nameless["course"].as_object_mut().expect("an object").remove("code");
    untouched.refuses(&nameless, 400, "invalid-request", "/course/code");
    let mut wrong = good.clone();
    wrong["course"]["hours"] = json!("64");
    untouched.refuses(&wrong, 400, "invalid-request", "/course/hours");
    wrong["course"]["hours"] = json!(-1);
    untouched.refuses(&wrong, 400, "invalid-request", "/course/hours");
    wrong["course"]["hours"] = json!(10);
    untouched.refuses(&wrong, 400, "invalid-request", "/course/practice_hours");
}

fn content_of_another_kind(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    untouched.refuses(&with(&good, json!({"kind": "juggling"})), 400, "invalid-request", "/kind");
    let two = with(&good, json!({"diploma": {"number": "1"}}));
    untouched.refuses(&two, 400, "invalid-request", "/diploma");
    let other = with(&good, json!({"kind": "diploma"}));
    let answer = city.school().send(post_achievement(&other)).problem(400, "invalid-request");
    assert!(answer.pointers().iter().any(|pointer| pointer == "/course" || pointer == "/diploma"), "{answer:?}");
    untouched.is_untouched();
}

fn wrong_content_types(city: &City) {
    let untouched = Untouched::new(city);
    let body = untouched.good().to_string().into_bytes();
    for kind in
        ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        let call = post_achievement(&json!({})).bytes(kind, body.clone());
        city.school().send(call).problem(415, "unsupported-media-type");
        untouched.is_untouched();
    }
    let bare = post_achievement(&untouched.good()).without("content-type");
    city.school().send(bare).problem(415, "unsupported-media-type");
    untouched.is_untouched();
    let student = city.student();
    let mut good = untouched.good();
    good["learner"] = json!({"id": student.id});
    let call = post_achievement(&json!({})).bytes("application/json; charset=utf-8", good.to_string().into_bytes());
    city.school().send(call).is(201);
}

fn characters_that_do_not_print(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    for bad in ["a\u{0}b", "a\nb", "a\u{1b}[31mb", "a\u{202e}b", "a\u{7f}b"] {
        let mut named = good.clone();
        named["course"]["name"] = json!(bad);
        untouched.refuses(&named, 400, "invalid-request", "/course/name");
        untouched.refuses(&with(&good, json!({"external_ref": bad})), 400, "invalid-request", "/external_ref");
    }
    let mut long = good.clone();
    long["course"]["name"] = json!("课".repeat(101));
    untouched.refuses(&long, 400, "invalid-request", "/course/name");
}

fn repeated_members(city: &City) {
    let untouched = Untouched::new(city);
    let text = untouched.good().to_string().replacen("\"credits\":", "\"credits\":\"1\",\"credits\":", 1);
    let answer = city.school().send(raw(text.into_bytes()));
    assert_eq!(answer.status, 400, "two amounts: {answer:?}");
    untouched.is_untouched();
}
