//! What was decided is evaluated again and comes out the same, whatever has happened since (I10).

use serde_json::{Value, json};

use super::unwinding::open_ones;
use super::{Setting, plan, publish_next, rule};
use crate::support::city::City;
use crate::support::clock::today;
use crate::support::fixture::{of_kind, with};
use crate::support::fresh;
use crate::support::operations::{
    create_rule_set_retirement, get_conversion, get_conversion_evaluation, get_rule_set_version, post_achievement,
    revoke_achievement,
};
use crate::support::session::Session;

crate::support::on_both! {
    after_the_next_version_and_its_end,
    after_the_evidence_was_corrected_and_revoked,
}

/// The same came out, of version 1, on the day of the plan.
#[track_caller]
fn same(setting: &Setting<'_>, conversion: &str) {
    let again = setting.college.send(get_conversion_evaluation(conversion)).is(200);
    assert_eq!(again.json, json!({"on": today().to_string(), "rule_set_version": 1, "same": true}));
}

fn after_the_next_version_and_its_end(city: &City) {
    let setting = Setting::without_rules(city);
    let first = setting.rule();
    let set = setting.publish(vec![first.clone()]);
    let id = setting.apply()["id"].as_str().expect("an id").to_owned();
    same(&setting, &id);
    // From today on the rule gives three: for the next learner, under version 2.
    let three = json!({"rules": [with(&first, json!({"value": {"is": "fixed", "credits": "3"}}))]});
    assert_eq!(publish_next(setting.college, &setting.reviewer, &set, 1, three), 2);
    let next = city.student_of(setting.college, &setting.programme);
    let body = city.certificate(&next, &setting.certificate, &fresh::code("NO"));
    city.accredited("skill_certificate").send(post_achievement(&body)).is(201);
    let offered = plan(setting.college, &next, &setting.programme);
    assert_eq!((offered.str("credits"), &offered["lines"][0]["rule"]["version"]), ("3", &json!(2)));
    same(&setting, &id);
    for version in [1, 2] {
        let seen = setting.college.send(get_rule_set_version(&set, &version.to_string())).is(200);
        let tag = seen.header("etag").expect("an entity tag").to_owned();
        let end = json!({"version": version, "reason": "停止施行"});
        setting.reviewer.send(create_rule_set_retirement(&set, &tag, &end)).is(200);
        same(&setting, &id);
    }
    let seen = setting.college.send(get_conversion(&id)).is(200);
    assert_eq!((seen.str("status"), seen.str("credits"), &seen["rule"]["version"]), ("converted", "2", &json!(1)));
    assert_eq!(setting.purses(), ["4", "0", "2"]);
    // The learner may ask as well, and nobody else.
    let session = Session::of(city, &setting.student);
    assert_eq!(session.send(get_conversion_evaluation(&id)).is(200)["same"], json!(true));
    let stranger = Session::of(city, &next);
    stranger.send(get_conversion_evaluation(&id)).problem(404, "not-found");
    city.school().send(get_conversion_evaluation(&id)).problem(404, "not-found");
}

fn after_the_evidence_was_corrected_and_revoked(city: &City) {
    let setting = Setting::without_rules(city);
    let body = city.accredited("examination");
    let code = city.catalogued("examination", None, "4");
    let number = fresh::code("NO");
    let content = |score: &str| json!({"code": code, "score": score, "number": number});
    let result = of_kind("examination", &setting.student, &content("480"));
    body.send(post_achievement(&result)).is(201);
    let sources = json!([{"kinds": ["examination"], "codes": [code], "score_min": "426"}]);
    setting.publish(vec![with(&rule(&code), json!({"sources": sources}))]);
    let id = setting.apply()["id"].as_str().expect("an id").to_owned();
    let lower: Value = json!({"examination": content("400"), "on_change": "correct", "reason": "成绩录错"});
    let corrected = body.send(post_achievement(&with(&result, lower))).is(201).id();
    assert_eq!(open_ones(&setting, &id).len(), 1, "it would come out differently now, and somebody looks at it");
    assert_eq!(setting.plan()["lines"], json!([]));
    same(&setting, &id);
    body.send(revoke_achievement(&corrected, "成绩无效")).is(200);
    assert_eq!(setting.college.send(get_conversion(&id)).is(200).str("status"), "reversed");
    same(&setting, &id);
}
