//! The course catalogue of an institution: versions by cohort, and what a result is measured against.

use serde_json::{Value, json};

use crate::support::book::{Balances, pages};
use crate::support::city::City;
use crate::support::clock::cohort;
use crate::support::fixture::{course, enrolment, opening, with, without};
use crate::support::fresh::{self, Person};
use crate::support::operations::{
    create_course, get_course, list_courses, open_learner, post_achievement, update_course,
};

crate::support::on_both! {
    school_registers_a_course,
    course_changes_by_version,
    first_result_registers_the_course,
    catalogue_sets_the_amount,
    cohort_has_its_own_version,
    unregistered_course_needs_credits,
    wrong_courses_are_pointed_out,
}

fn new_course(code: &str, credits: &str, from_cohort: i32) -> Value {
    json!({"code": code, "name": "演示课程", "credits": credits, "hours": 64, "practice_hours": 32, "from_cohort": from_cohort})
}

fn school_registers_a_course(city: &City) {
    let school = city.school();
    let code = fresh::code("C");
    let made = school.send(create_course(&new_course(&code, "3.5", cohort()))).is(201);
    assert_eq!(made["credits"], "3.5");
    let found = school.send(get_course(&made.id())).is(200);
    assert_eq!((&found["code"], &found["hours"]), (&json!(code), &json!(64)));
    let listed = pages(school, list_courses().query("code", &code));
    assert_eq!(listed.len(), 1);
    assert!(pages(city.other_school(), list_courses().query("code", &code)).is_empty(), "the list is one's own");
    let foreign = list_courses().query("institution_id", &school.institution_id).query("code", &code);
    assert_eq!(pages(city.other_school(), foreign).len(), 1, "a catalogue is no secret");
    school.send(create_course(&new_course(&code, "3.5", cohort()))).problem(409, "already-exists");
}

fn course_changes_by_version(city: &City) {
    let school = city.school();
    let id = school.send(create_course(&new_course(&fresh::code("C"), "2", cohort()))).is(201).id();
    let change = json!({"name": "演示新名", "hours": 40, "practice_hours": 20});
    school.send(update_course(&id, "", &change).without("if-match")).problem(428, "precondition-required");
    school.send(update_course(&id, "\"v5\"", &change)).problem(412, "precondition-failed");
    let answer = city.other_school().send(update_course(&id, "\"v1\"", &change));
    assert!(matches!(answer.status, 403 | 404), "{answer:?}");
    let changed = school.send(update_course(&id, "\"v1\"", &change)).is(200);
    assert_eq!((&changed["name"], &changed["hours"]), (&json!("演示新名"), &json!(40)));
    assert_eq!(changed.header("etag"), Some("\"v2\""));
    // What a course is worth never changes for those who have it: that takes a new version.
    let worth = json!({"credits": "9"});
    school.send(update_course(&id, "\"v2\"", &worth)).problem_at(400, "invalid-request", "/credits");
    assert_eq!(school.send(get_course(&id)).is(200)["credits"], "2");
}

fn first_result_registers_the_course(city: &City) {
    let (school, student) = (city.school(), city.student());
    let code = fresh::code("C");
    assert!(pages(school, list_courses().query("code", &code)).is_empty());
    school.send(post_achievement(&course(&json!({"id": student.id}), &code, "2.5"))).is(201);
    let listed = pages(school, list_courses().query("code", &code));
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!((&listed[0]["credits"], &listed[0]["name"]), (&json!("2.5"), &json!("演示课程")));
}

fn catalogue_sets_the_amount(city: &City) {
    let (school, first, second) = (city.school(), city.student(), city.student());
    let code = fresh::code("C");
    school.send(post_achievement(&course(&json!({"id": first.id}), &code, "4"))).is(201);
    let other = course(&json!({"id": second.id}), &code, "5");
    let refused = school.send(post_achievement(&other)).problem(422, "credits-not-as-catalogued");
    assert_eq!((refused.str("catalogued"), refused.str("posted")), ("4", "5"));
    assert_eq!(Balances::of(school, &second.id).seq(), 0);
    // The refused one claimed nothing: the same reference is free, and the amount may be left to the catalogue.
    let posted = school.send(post_achievement(&without(&other, "credits"))).is(201);
    assert_eq!(posted["credits"], "4");
    assert_eq!(Balances::of(school, &second.id).in_programme(&second.enrolment_id), "4");
    // Another institution's course of the same code is another course.
    let elsewhere = city.other_school();
    let programme = city.programme(elsewhere, "secondary");
    let third = city.student_of(elsewhere, &programme);
    elsewhere.send(post_achievement(&course(&json!({"id": third.id}), &code, "5"))).is(201);
}

fn cohort_has_its_own_version(city: &City) {
    let school = city.school();
    let programme = city.programme(school, "secondary");
    let code = fresh::code("C");
    school.send(create_course(&new_course(&code, "4", cohort() - 1))).is(201);
    school.send(create_course(&new_course(&code, "3", cohort() + 1))).is(201);
    let older = city.student();
    let newer = Person::new();
    let mut body = opening(&newer, Some(enrolment(&programme, &fresh::code("T"))));
    body["enrolment"]["cohort"] = json!(cohort() + 1);
    let newer = school.send(open_learner(&body)).is(201).id();
    for (learner, credits, wrong) in [(&older.id, "4", "3"), (&newer, "3", "4")] {
        let result = course(&json!({"id": learner}), &code, wrong);
        let refused = school.send(post_achievement(&result)).problem(422, "credits-not-as-catalogued");
        assert_eq!(refused.str("catalogued"), credits);
        let posted = school.send(post_achievement(&with(&result, json!({"credits": credits})))).is(201);
        assert_eq!(posted["credits"], credits);
    }
}

fn unregistered_course_needs_credits(city: &City) {
    let (school, student) = (city.school(), city.student());
    let code = fresh::code("C");
    let result = without(&course(&json!({"id": student.id}), &code, "1"), "credits");
    school.send(post_achievement(&result)).problem(422, "credits-required");
    assert!(pages(school, list_courses().query("code", &code)).is_empty(), "a refused result registers nothing");
}

fn wrong_courses_are_pointed_out(city: &City) {
    let good = new_course(&fresh::code("C"), "4", cohort());
    let faults = [
        (json!({"practice_hours": 65}), "/practice_hours"),
        (json!({"credits": "400.001"}), "/credits"),
        (json!({"credits": "-4"}), "/credits"),
        (json!({"code": "C 1"}), "/code"),
        (json!({"name": ""}), "/name"),
        (json!({"from_cohort": 99}), "/from_cohort"),
        (json!({"colour": "red"}), "/colour"),
    ];
    for (change, pointer) in faults {
        let answer = city.school().send(create_course(&with(&good, change)));
        answer.problem_at(400, "invalid-request", pointer);
    }
}
