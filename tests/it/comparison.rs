//! 升学比一比: the open programmes of a level compared for one learner.

use serde_json::{Value, json};

use crate::jobs::publish;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{cohort, today};
use crate::support::fixture::Student;
use crate::support::fresh;
use crate::support::operations::{
    create_programme, create_programme_version, get_programme, post_achievement, post_conversion_plan_comparison,
};
use crate::support::session::Session;

crate::support::on_both! {
    nearest_majors_come_first_and_achievements_count,
    only_so_many_are_compared_the_nearest_of_all,
}

/// A programme of a college under this major code; with a plan of ten credits, if it is open.
#[track_caller]
fn programme(college: &Client, major: &str, open: bool) -> String {
    let body = json!({"level": "higher", "major_code": major, "name": "演示专业"});
    let id = college.send(create_programme(&body)).is(201).id();
    if open {
        let plan = json!({"cohort": cohort(), "total_credits": "10", "modules": [
            {"code": "M1", "name": "专业课", "min_credits": "4", "courses": [
                {"code": fresh::code("C"), "name": "课程", "credits": "4", "required": true}]}]});
        college.send(create_programme_version(&id, &plan)).is(201);
    }
    id
}

/// The class (first four digits, one level up) of what a learner of a secondary school studies.
fn class_above(city: &City, student: &Student) -> String {
    let programme = city.school().send(crate::support::operations::get_enrolment(&student.enrolment_id)).is(200);
    let found = city.school().send(get_programme(programme.str("programme_id"))).is(200);
    format!("54{}", &found.str("major_code")[2..4])
}

fn nearest_majors_come_first_and_achievements_count(city: &City) {
    let college = city.institution("higher_vocational_college", Some(city.bureau()));
    let school = city.school();
    let student = city.student_of(school, &city.new_programme(school, "secondary"));
    let class = class_above(city, &student);
    // Made in the wrong order on purpose: the farthest first.
    let far = programme(&college, "510201", true);
    let near = programme(&college, if class == "5401" { "540201" } else { "540101" }, true);
    let same = programme(&college, &format!("{class}98"), true);
    programme(&college, &format!("{class}99"), false);
    let certificate = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let rule = |code: &str, programme: &str, credits: &str| {
        json!({
            "code": code, "title": "证书计学分",
            "sources": [{"kinds": ["skill_certificate"], "codes": [certificate], "levels": ["intermediate"]}],
            "value": {"is": "fixed", "credits": credits},
            "target": {"place": {"in": "programme"}, "programmes": [programme]},
            "exclusivity": {"scope": "programme"},
        })
    };
    let document = json!({
        "name": "演示规则", "authority": "institution", "basis": "《演示办法》", "effective_from": today().to_string(),
        "rules": [rule("R-1", &far, "3"), rule("R-2", &near, "2"), rule("R-3", &same, "1.5")],
    });
    publish(city, &college, &document);
    let ask = json!({"learner_id": student.id, "level": "higher", "institution_id": college.institution_id});
    let session = Session::of(city, &student);
    let compared = || -> Vec<[String; 4]> {
        let seen = session.send(post_conversion_plan_comparison(&ask)).is(200);
        let text = |one: &Value, member: &str| one[member].as_str().expect("a text").to_owned();
        let items = seen.items().iter();
        items.map(|one| ["programme_id", "kinship", "credits", "gap"].map(|member| text(one, member))).collect()
    };
    let wanted = |programme: &str, kinship: &str, credits: &str, gap: &str| {
        [programme, kinship, credits, gap].map(str::to_owned)
    };
    // A programme without a plan is open to nobody.
    assert_eq!(
        compared(),
        [wanted(&same, "class", "0", "10"), wanted(&near, "category", "0", "10"), wanted(&far, "none", "0", "10"),]
    );
    let body = city.certificate(&student, &certificate, &fresh::code("NO"));
    let held = city.accredited("skill_certificate").send(post_achievement(&body)).is(201).id();
    // What gives more does not come before what is nearer.
    assert_eq!(
        compared(),
        [wanted(&same, "class", "1.5", "8.5"), wanted(&near, "category", "2", "8"), wanted(&far, "none", "3", "7"),]
    );
    city.accredited("skill_certificate").send(crate::support::operations::revoke_achievement(&held, "误发")).is(200);
    assert!(compared().iter().all(|one| one[2] == "0"));
}

fn only_so_many_are_compared_the_nearest_of_all(city: &City) {
    let college = city.institution("higher_vocational_college", Some(city.bureau()));
    let school = city.school();
    let student = city.student_of(school, &city.new_programme(school, "secondary"));
    let class = class_above(city, &student);
    let mut far: Vec<String> = (0..201).map(|n| programme(&college, &format!("51{n:04}"), true)).collect();
    // What is not open takes nobody's place, however near.
    for n in 90..95 {
        programme(&college, &format!("{class}{n}"), false);
    }
    let near = programme(&college, &format!("{class}97"), true);
    let ask = json!({"learner_id": student.id, "level": "higher", "institution_id": college.institution_id});
    let seen = school.send(post_conversion_plan_comparison(&ask)).is(200);
    let listed: Vec<&str> = seen.items().iter().filter_map(|one| one["programme_id"].as_str()).collect();
    assert_eq!((listed.len(), listed[0]), (200, near.as_str()), "the last one made is the nearest");
    assert!(far[..199].iter().all(|one| listed.contains(&one.as_str())));
    // Named one by one there may be two hundred as well, and no more.
    let named = |all: &[String]| json!({"learner_id": student.id, "programme_ids": all});
    let refused = school.send(post_conversion_plan_comparison(&named(&far)));
    refused.problem_at(400, "invalid-request", "/programme_ids");
    far.truncate(200);
    assert_eq!(school.send(post_conversion_plan_comparison(&named(&far))).is(200).items().len(), 200);
}
