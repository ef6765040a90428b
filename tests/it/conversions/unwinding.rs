//! Achievements that are revoked or corrected after they were converted.

use serde_json::{Value, json};

use super::{Setting, actions, rule};
use crate::support::city::City;
use crate::support::fixture::{of_kind, with};
use crate::support::fresh;
use crate::support::operations::{
    create_conversion_decision, create_discrepancy_resolution, get_conversion, list_discrepancies,
    list_learner_achievements, post_achievement, revoke_achievement,
};

crate::support::on_both! {
    revoking_undoes_what_rests_on_it,
    revoking_ends_what_is_being_decided,
    a_correction_is_looked_at,
    an_exempted_course_posted_as_earned_is_kept_apart,
}

/// The open discrepancies of the college that concern an object.
#[track_caller]
pub(super) fn open_ones(setting: &Setting<'_>, object: &str) -> Vec<Value> {
    let found = crate::support::book::pages(setting.college, list_discrepancies().query("limit", "200"));
    found.into_iter().filter(|one| one["object_id"] == object).collect()
}

fn revoking_undoes_what_rests_on_it(city: &City) {
    let setting = Setting::new(city, |setting| {
        let drawing = with(&setting.rule(), json!({"draws": "full"}));
        vec![drawing]
    });
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    city.accredited("skill_certificate").send(revoke_achievement(&setting.achievement, "证书作废")).is(200);
    assert_eq!(setting.purses(), ["0", "0", "0"]);
    let seen = setting.college.send(get_conversion(id)).is(200);
    assert_eq!((seen.str("status"), actions(&seen.json).last()), ("reversed", Some(&"source_revoked")));
    assert_eq!(seen["history"].as_array().and_then(|h| h.last()).map(|e| e["reason"].clone()), Some(json!("证书作废")));
    assert!(open_ones(&setting, id).is_empty(), "nothing is left to be looked at");
}

fn revoking_ends_what_is_being_decided(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.reviewed(), json!({"draws": "full"}))]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    city.accredited("skill_certificate").send(revoke_achievement(&setting.achievement, "证书作废")).is(200);
    assert_eq!(setting.purses(), ["0", "0", "0"]);
    assert_eq!(setting.college.send(get_conversion(id)).is(200).str("status"), "withdrawn");
}

fn a_correction_is_looked_at(city: &City) {
    let body = city.accredited("examination");
    let setting = Setting::without_rules(city);
    let code = city.catalogued("examination", None, "4");
    let number = fresh::code("NO");
    let content = |score: &str| json!({"code": code, "score": score, "number": number});
    let result = of_kind("examination", &setting.student, &content("480"));
    body.send(post_achievement(&result)).is(201);
    let ruled =
        with(&rule(&code), json!({"sources": [{"kinds": ["examination"], "codes": [code], "score_min": "426"}]}));
    setting.publish(vec![ruled]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    let correct = |score: &str| {
        let again = with(&result, json!({"examination": content(score), "on_change": "correct", "reason": "成绩录错"}));
        body.send(post_achievement(&again)).is(201);
    };
    correct("450");
    assert!(open_ones(&setting, id).is_empty(), "still enough: the same comes out");
    correct("400");
    let found = open_ones(&setting, id);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(city.looks("list_discrepancies", &setting.student.id) > 0, "a look at it is recorded");
    assert_eq!((&found[0]["kind"], &found[0]["cause"]), (&json!("conversion"), &json!("correction")));
    assert_eq!(setting.purses()[2], "2", "never a silent loss");
    let found_id = found[0]["id"].as_str().expect("an id");
    let finding = json!({"finding": "已冲正"});
    city.school().send(create_discrepancy_resolution(found_id, &finding)).problem(404, "not-found");
    setting.college.send(create_discrepancy_resolution(found_id, &finding)).is(200);
    setting.college.send(create_discrepancy_resolution(found_id, &finding)).problem(409, "wrong-state");
    assert!(open_ones(&setting, id).is_empty());
}

fn an_exempted_course_posted_as_earned_is_kept_apart(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.exempting()]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    let approved = json!({"outcome": "approved"});
    setting.reviewer.send(create_conversion_decision(id, &approved)).is(200);
    assert_eq!(setting.purses()[2], "5");
    // The learner sits the course all the same: it is a result like any other, and the plan no longer offers its exemption.
    let earned = with(
        &crate::support::fixture::course(&json!({"id": setting.student.id}), &setting.courses[0], "3"),
        json!({"enrolment_id": setting.student.enrolment_id}),
    );
    setting.college.send(post_achievement(&earned)).is(201);
    let seen = setting.college.send(list_learner_achievements(&setting.student.id)).is(200);
    assert_eq!(seen.items().len(), 2);
    assert_eq!(setting.plan()["lines"], json!([]));
}
