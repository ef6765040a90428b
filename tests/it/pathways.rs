//! Pathways: kept by the bureau, and where on them learners are.

use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::clock::{cohort, days_ago, today};
use crate::support::fixture::{enrolment, opening};
use crate::support::fresh;
use crate::support::operations::{
    change_enrolment_status, create_award, create_pathway, create_programme_version, create_rule_set, get_pathway,
    list_learner_pathways, list_pathways, open_learner, post_achievement, post_conversion_plans, update_pathway,
};
use crate::support::plan::{Planned, confirm_conduct};
use crate::support::session::Session;

crate::support::on_both! {
    the_bureau_keeps_them,
    levels_must_rise,
    learners_see_where_they_are,
    its_rule_set_is_for_its_programmes_alone,
}

fn three(city: &City) -> [String; 3] {
    let university = city.client("university", 0);
    [
        city.new_programme(city.school(), "secondary"),
        city.new_programme(city.college(), "higher"),
        city.new_programme(university, "undergraduate"),
    ]
}

fn body(programmes: &[String]) -> Value {
    json!({"name": "演示中高本衔接", "kind": "linked", "programmes": programmes})
}

fn the_bureau_keeps_them(city: &City) {
    let [secondary, higher, undergraduate] = three(city);
    let two = body(&[secondary.clone(), higher.clone()]);
    city.school().send(create_pathway(&two)).problem(403, "forbidden");
    let made = city.bureau().send(create_pathway(&two)).is(201);
    let found = city.school().send(get_pathway(&made.id())).is(200);
    assert_eq!((&found["programmes"], &found["state"]), (&json!([secondary, higher]), &json!("open")));
    let listed = crate::support::book::pages(city.school(), list_pathways().query("limit", "200"));
    assert!(listed.iter().any(|one| one["id"] == made.id().as_str()));
    let tag = found.header("etag").expect("a version").to_owned();
    let longer = json!({"programmes": [secondary, higher, undergraduate], "state": "closed"});
    city.school().send(update_pathway(&made.id(), &tag, &longer)).problem(403, "forbidden");
    let changed = city.bureau().send(update_pathway(&made.id(), &tag, &longer)).is(200);
    assert_eq!((changed["programmes"].as_array().map(Vec::len), &changed["state"]), (Some(3), &json!("closed")));
    city.bureau().send(update_pathway(&made.id(), &tag, &longer)).problem(412, "precondition-failed");
    city.bureau().send(get_pathway("018f3a3e-0000-7000-8000-000000000000")).problem(404, "not-found");
}

fn its_rule_set_is_for_its_programmes_alone(city: &City) {
    let bureau = city.bureau();
    let [secondary, higher, elsewhere] = three(city);
    let both = [secondary.clone(), higher.clone()];
    let with = |rules: &str| {
        let mut body = body(&both);
        body["rule_set_id"] = json!(rules);
        body
    };
    let refused = |rules: &str| {
        bureau.send(create_pathway(&with(rules))).problem_at(400, "invalid-request", "/rule_set_id");
    };
    refused("018f3a3e-0000-7000-8000-000000000000");
    let certificate = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let document = |programmes: &Value| {
        json!({
            "name": "演示衔接规则", "authority": "city", "basis": "演示文件", "effective_from": today().to_string(),
            "programmes": programmes,
            "rules": [{
                "code": "L-1", "title": "证书计两学分",
                "sources": [{"kinds": ["skill_certificate"], "codes": [certificate], "levels": ["intermediate"]}],
                "value": {"is": "fixed", "credits": "2"}, "target": {"place": {"in": "programme"}},
                "exclusivity": {"scope": "programme"},
            }],
        })
    };
    let draft = bureau.send(create_rule_set(&document(&json!(both)))).is(201);
    refused(&draft.id());
    let foreign = crate::jobs::publish(city, bureau, &document(&json!([higher, elsewhere])));
    refused(&foreign);
    let own = crate::jobs::publish(city, bureau, &document(&json!(both)));
    let made = bureau.send(create_pathway(&with(&own))).is(201);
    assert_eq!(made["rule_set_id"], own.as_str());
    // It is in force where the pathway goes, and nowhere else.
    let school = city.school();
    let student = city.student_of(school, &secondary);
    let other = city.new_programme(school, "secondary");
    for programme in [&secondary, &other] {
        school.send(create_programme_version(programme, &plan())).is(201);
    }
    let post = city.certificate(&student, &certificate, &fresh::code("KFN"));
    city.accredited("skill_certificate").send(post_achievement(&post)).is(201);
    let codes = |programme: &str| {
        let asked = json!({"learner_id": student.id, "programme_id": programme});
        let plan = school.send(post_conversion_plans(&asked)).is(200);
        let lines = plan["lines"].as_array().expect("lines").clone();
        (lines.iter().filter(|line| line["rule"]["rule_set"] == own.as_str()).count(), plan)
    };
    let (here, there) = (codes(&secondary), codes(&other));
    assert_eq!((here.0, there.0), (1, 0), "{:?}", here.1);
    // Another programme in the place of one of its own, and the set is no longer the pathway's.
    let tag = made.header("etag").expect("a version").to_owned();
    let moved = json!({"programmes": [other, higher]});
    bureau.send(update_pathway(&made.id(), &tag, &moved)).problem_at(400, "invalid-request", "/rule_set_id");
}

fn plan() -> Value {
    json!({"cohort": cohort(), "total_credits": "20", "modules": [{"code": "M1", "name": "公共基础", "min_credits": "0",
           "courses": [{"code": fresh::code("C"), "name": "课程", "credits": "4", "required": true}]}]})
}

fn levels_must_rise(city: &City) {
    let [secondary, higher, undergraduate] = three(city);
    let nowhere = "018f3a3e-0000-7000-8000-000000000000".to_owned();
    for (programmes, pointer) in [
        (vec![higher.clone(), secondary.clone()], "/programmes/1"),
        (vec![secondary.clone(), secondary.clone()], "/programmes/1"),
        (vec![secondary.clone()], "/programmes"),
        (vec![secondary.clone(), nowhere], "/programmes/1"),
        (vec![secondary.clone(), higher.clone(), undergraduate.clone(), undergraduate], "/programmes"),
    ] {
        let refused = city.bureau().send(create_pathway(&body(&programmes)));
        refused.problem_at(400, "invalid-request", pointer);
    }
}

fn learners_see_where_they_are(city: &City) {
    let planned = Planned::new(city, city.school(), "secondary");
    let [_, higher, undergraduate] = three(city);
    let programmes = [planned.programme.clone(), higher, undergraduate];
    let made = city.bureau().send(create_pathway(&body(&programmes))).is(201).id();
    let student = city.student_of(city.school(), &programmes[0]);
    let steps = |answer: &Value| -> Vec<String> {
        let steps = answer["steps"].as_array().expect("steps").iter();
        steps.map(|step| step["state"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let session = Session::of(city, &student);
    let own = session.send(list_learner_pathways(&student.id)).is(200);
    assert_eq!(own.items().len(), 1);
    assert_eq!(own.items()[0]["pathway_id"], made.as_str());
    assert_eq!(steps(&own.items()[0]), ["current", "ahead", "ahead"]);
    assert_eq!(own.items()[0]["next_programme_id"], programmes[1].as_str());
    // Only an award graduates: what the programme asks for cannot be passed by.
    let end = json!({"status": "graduated", "from": days_ago(30).to_string()});
    let ended = || city.school().send(change_enrolment_status(&student.enrolment_id, &end));
    ended().problem_at(422, "award-required", "/status");
    assert_eq!(steps(&session.send(list_learner_pathways(&student.id)).is(200).items()[0])[0], "current");
    planned.complete(city.school(), &student);
    confirm_conduct(city.school(), &student);
    ended().problem_at(422, "award-required", "/status");
    let award =
        json!({"enrolment_id": student.enrolment_id, "outcome": "graduated", "diploma_number": fresh::code("KFD")});
    city.school().send(create_award(&award)).is(201);
    let college = city.college();
    college.send(list_learner_pathways(&student.id)).problem(404, "not-found");
    let onward = opening(&student.person, Some(enrolment(&programmes[1], &fresh::code("T"))));
    college.send(open_learner(&onward)).is(200);
    let seen = college.send(list_learner_pathways(&student.id)).is(200);
    assert_eq!(steps(&seen.items()[0]), ["completed", "current", "ahead"]);
    assert_eq!(
        seen.items()[0]["steps"][0]["credits"],
        json!(null),
        "what counts elsewhere is not the college's business"
    );
    assert!(seen.items()[0]["steps"][1]["credits"].is_object());
    assert_eq!(seen.items()[0]["next_programme_id"], programmes[2].as_str());
    let stranger = Session::of(city, &city.student());
    stranger.send(list_learner_pathways(&student.id)).problem(404, "not-found");
}
