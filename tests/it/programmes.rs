//! Programmes and their versions per cohort.

use serde_json::{Value, json};

use crate::support::book::pages;
use crate::support::city::City;
use crate::support::clock::cohort;
use crate::support::fixture::with;
use crate::support::fresh;
use crate::support::operations::{
    create_programme, create_programme_version, get_programme, list_programme_versions, list_programmes,
    update_programme,
};

crate::support::on_both! {
    school_creates_its_programme,
    programme_changes_by_version,
    programme_of_another_institution_stays,
    level_must_fit_the_major,
    version_per_cohort,
    wrong_versions_are_pointed_out,
}

fn school_creates_its_programme(city: &City) {
    let school = city.school();
    let body = json!({"level": "secondary", "major_code": fresh::major_code(), "name": "演示烹饪"});
    let made = school.send(create_programme(&body)).is(201);
    let found = city.bureau().send(get_programme(&made.id())).is(200);
    assert_eq!(found["institution_id"], school.institution_id.as_str());
    for member in ["level", "major_code", "name"] {
        assert_eq!(found[member], body[member]);
    }
    let own = list_programmes().query("institution_id", &school.institution_id).query("level", "secondary");
    let own = pages(school, own.query("limit", "3"));
    assert!(own.iter().any(|item| item["id"] == made["id"]));
    assert!(own.iter().all(|item| item["institution_id"] == school.institution_id.as_str()));
    let higher = pages(school, list_programmes().query("level", "higher"));
    assert!(!higher.is_empty() && higher.iter().all(|item| item["level"] == "higher"));
    school.send(create_programme(&body)).problem(409, "already-exists");
}

fn programme_changes_by_version(city: &City) {
    let school = city.school();
    let id = city.new_programme(school, "secondary");
    let change = json!({"name": "演示面点"});
    school.send(update_programme(&id, "", &change).without("if-match")).problem(428, "precondition-required");
    school.send(update_programme(&id, "\"v3\"", &change)).problem(412, "precondition-failed");
    let changed = school.send(update_programme(&id, "\"v1\"", &change)).is(200);
    assert_eq!(changed.header("etag"), Some("\"v2\""));
    assert_eq!(school.send(get_programme(&id)).is(200)["name"], "演示面点");
    let unknown = json!({"level": "higher"});
    school.send(update_programme(&id, "\"v2\"", &unknown)).problem_at(400, "invalid-request", "/level");
}

fn programme_of_another_institution_stays(city: &City) {
    let id = city.new_programme(city.school(), "secondary");
    let answer = city.other_school().send(update_programme(&id, "\"v1\"", &json!({"name": "改名"})));
    assert!(matches!(answer.status, 403 | 404), "{answer:?}");
    let answer = city.other_school().send(create_programme_version(&id, &plan()));
    assert!(matches!(answer.status, 403 | 404), "{answer:?}");
    let found = city.school().send(get_programme(&id)).is(200);
    assert_eq!(found["name"], "演示专业");
    assert!(city.school().send(list_programme_versions(&id)).is(200).items().is_empty());
}

fn level_must_fit_the_major(city: &City) {
    let good = json!({"level": "secondary", "major_code": fresh::major_code(), "name": "演示专业"});
    let faults = [
        (json!({"level": "higher"}), "/major_code"),
        (json!({"major_code": "540101"}), "/major_code"),
        (json!({"major_code": "7402"}), "/major_code"),
        (json!({"major_code": "990101"}), "/major_code"),
        (json!({"level": "primary"}), "/level"),
        (json!({"name": " "}), "/name"),
    ];
    for (change, pointer) in faults {
        let answer = city.school().send(create_programme(&with(&good, change)));
        answer.problem_at(400, "invalid-request", pointer);
    }
}

fn plan() -> Value {
    json!({
        "cohort": cohort(), "total_credits": "10",
        "modules": [
            {"code": "M1", "name": "公共基础", "min_credits": "4", "courses": [
                {"code": "PUB1", "name": "语文", "credits": "4", "required": true},
            ]},
            {"code": "M2", "name": "专业课", "min_credits": "4.5", "courses": [
                {"code": "PRO1", "name": "演示专业课一", "credits": "3", "required": true},
                {"code": "PRO2", "name": "演示专业课二", "credits": "3", "required": false},
            ]},
        ],
    })
}

fn version_per_cohort(city: &City) {
    let school = city.school();
    let id = city.new_programme(school, "secondary");
    let made = school.send(create_programme_version(&id, &plan())).is(201);
    assert_eq!((&made["cohort"], &made["total_credits"]), (&json!(cohort()), &json!("10")));
    assert_eq!(made["modules"][1]["min_credits"], "4.5");
    school.send(create_programme_version(&id, &plan())).problem(409, "already-exists");
    let next = with(&plan(), json!({"cohort": cohort() + 1, "total_credits": "9.5"}));
    school.send(create_programme_version(&id, &next)).is(201);
    let listed = school.send(list_programme_versions(&id)).is(200);
    let mut cohorts: Vec<i64> = listed.items().iter().filter_map(|item| item["cohort"].as_i64()).collect();
    cohorts.sort_unstable();
    assert_eq!(cohorts, [i64::from(cohort()), i64::from(cohort()) + 1]);
}

fn wrong_versions_are_pointed_out(city: &City) {
    let school = city.school();
    let id = city.new_programme(school, "secondary");
    let mut repeated = plan();
    repeated["modules"][1]["code"] = json!("M1");
    let mut too_much = plan();
    too_much["modules"][0]["min_credits"] = json!("5");
    let mut float = plan();
    float["modules"][1]["courses"][0]["credits"] = json!(0.1 + 0.2);
    let faults = [
        (with(&plan(), json!({"cohort": 1900})), "/cohort"),
        (with(&plan(), json!({"total_credits": "-1"})), "/total_credits"),
        (repeated, "/modules/1/code"),
        (too_much, "/modules/0/min_credits"),
        (float, "/modules/1/courses/0/credits"),
    ];
    for (body, pointer) in faults {
        school.send(create_programme_version(&id, &body)).problem_at(400, "invalid-request", pointer);
    }
    assert!(school.send(list_programme_versions(&id)).is(200).items().is_empty());
}
