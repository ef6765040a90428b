//! What plans ask for: as data on the wire, refused where it contradicts itself, measured against learners.

use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::clock::cohort;
use crate::support::operations::{create_programme_version, get_enrolment_progress, list_programme_versions};
use crate::support::plan::{Planned, confirm_conduct, missing};

crate::support::on_both! {
    requirements_are_kept_and_answered,
    what_contradicts_itself_is_pointed_out,
    a_plan_must_meet_what_it_asks_of_itself,
    learners_are_measured_by_them,
}

fn plan(requirements: Value) -> Value {
    let course = |code: &str, hours: u32, required: bool| {
        json!({"code": code, "name": "课程", "credits": "5", "required": required, "hours": hours, "practice_hours": hours / 2,
               "classes": ["专业核心必修"]})
    };
    json!({
        "cohort": cohort(), "total_credits": "10",
        "modules": [{"code": "M", "name": "模块", "min_credits": "10", "classes": ["专业"],
                     "courses": [course("REQ1", 90, true), course("ELE1", 10, false)]}],
        "requirements": requirements,
    })
}

fn requirements_are_kept_and_answered(city: &City) {
    let school = city.school();
    let id = city.new_programme(school, "secondary");
    let asked = json!({
        "items": [{"code": "core", "name": "核心课", "counts": {"any_of": ["专业核心必修"]}, "least": "5",
                   "by": "2027-01-03", "make_up": {"any_of": ["讲座"], "by": "2027-04-30"}}],
        "study": {"months": 36, "early": {"after_months": 24, "credits": "8", "by_months": 12}},
        "substitutions": [{"course": "REQ1", "by": ["OLD1"], "reason": "课程停开"}],
        "conditions": [{"code": "fitness", "name": "体测"}],
    });
    let made = school.send(create_programme_version(&id, &plan(asked))).is(201);
    let listed = school.send(list_programme_versions(&id)).is(200);
    for found in [&made.json, &listed.items()[0]] {
        let requirements = &found["requirements"];
        assert_eq!(requirements["items"][0]["least"], "5");
        assert_eq!(requirements["items"][0]["make_up"]["by"], "2027-04-30");
        assert_eq!(requirements["study"]["early"]["credits"], "8");
        assert_eq!(requirements["substitutions"][0]["by"], json!(["OLD1"]));
        assert_eq!(found["modules"][0]["classes"], json!(["专业"]));
        assert_eq!(found["modules"][0]["courses"][0]["classes"], json!(["专业核心必修"]));
    }
}

fn what_contradicts_itself_is_pointed_out(city: &City) {
    let school = city.school();
    let id = city.new_programme(school, "secondary");
    let item = |rest: Value| {
        let mut item = json!({"code": "A", "name": "要求"});
        item.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        json!({"items": [item]})
    };
    for (requirements, pointer) in [
        (item(json!({})), "/requirements/items/0/least"),
        (item(json!({"least": "5", "most": "4"})), "/requirements/items/0/most"),
        (item(json!({"least_share": "1.5"})), "/requirements/items/0/least_share"),
        (item(json!({"least": 0.1_f64 + 0.2})), "/requirements/items/0/least"),
        (item(json!({"least": "1", "unit": "minutes"})), "/requirements/items/0/unit"),
        (item(json!({"least": "1", "surprise": 1})), "/requirements/items/0/surprise"),
        (
            item(json!({"holds": {"any": [{"kind": "skill_level", "level": "9"}]}})),
            "/requirements/items/0/holds/any/0/level",
        ),
        (
            json!({"substitutions": [{"course": "NONE", "by": ["X"], "reason": "误"}]}),
            "/requirements/substitutions/0/course",
        ),
        (json!({"study": {"months": 0}}), "/requirements/study/months"),
    ] {
        school.send(create_programme_version(&id, &plan(requirements))).problem_at(400, "invalid-request", pointer);
    }
    assert!(school.send(list_programme_versions(&id)).is(200).items().is_empty());
}

fn a_plan_must_meet_what_it_asks_of_itself(city: &City) {
    let school = city.school();
    let id = city.new_programme(school, "secondary");
    let share = |least: &str| {
        json!({"items": [
            {"code": "hours", "name": "总学时", "applies_to": "plan", "unit": "hours", "least": "100"},
            {"code": "elective", "name": "选修比例", "applies_to": "plan", "unit": "hours",
             "counts": {"any_of": ["elective"]}, "least_share": least},
        ]})
    };
    let refused = school.send(create_programme_version(&id, &plan(share("0.101"))));
    refused.problem_at(400, "invalid-request", "/requirements/items/1");
    school.send(create_programme_version(&id, &plan(share("0.1")))).is(201);
}

fn learners_are_measured_by_them(city: &City) {
    let school = city.school();
    let requirements = json!({"items": [
        {"code": "practice", "name": "实践学分", "counts": {"any_of": ["practice"]}, "least_share": "0.4"},
        {"code": "public", "name": "公共课上限", "counts": {"any_of": ["公共基础必修"]}, "most": "4.5"},
        {"code": "certificate", "name": "职业技能证书", "holds": {"any": [{"kind": "skill_certificate", "level": "elementary"}]}},
    ], "study": {"months": 120}});
    let planned = Planned::asking(city, school, "secondary", requirements);
    let student = planned.student(city, school);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    let progress = school.send(get_enrolment_progress(&student.enrolment_id)).is(200);
    assert_eq!(missing(&progress.json), ["requirement-most public", "requirement-holds certificate", "study-time"]);
    let asked = progress["requirements"].as_array().expect("requirements");
    assert_eq!((&asked[0]["met"], &asked[0]["has"], &asked[0]["least"]), (&json!(true), &json!("4"), &json!("4")));
    assert_eq!((&asked[1]["met"], &asked[1]["has"], &asked[1]["most"]), (&json!(false), &json!("5"), &json!("4.5")));
    let ends = format!("{}-09-01", cohort() + 10);
    assert_eq!(progress["study"], json!({"ends_on": ends, "earliest": ends, "early": false}));
    // A certificate from elsewhere lifts the floor.
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let body = city.certificate(&student, &code, &crate::support::fresh::code("KFN"));
    city.accredited("skill_certificate").send(crate::support::operations::post_achievement(&body)).is(201);
    let progress = school.send(get_enrolment_progress(&student.enrolment_id)).is(200);
    assert_eq!(missing(&progress.json), ["requirement-most public", "study-time"]);
}
