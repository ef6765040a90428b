//! The same reference again: a repeat answers with what stands, other content is refused.

use serde_json::json;

use crate::support::book::{Balances, check};
use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::fixture::{course, with};
use crate::support::fresh;
use crate::support::operations::{get_achievement, post_achievement};

crate::support::on_both! {
    repeat_answers_with_what_stands,
    learner_may_be_named_in_another_way,
    other_content_is_refused,
    other_learner_is_other_content,
    reference_belongs_to_its_institution,
    refused_post_leaves_the_reference_free,
}

fn repeat_answers_with_what_stands(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201);
    for _ in 0..3 {
        let again = school.send(post_achievement(&result)).is(200);
        assert_eq!((again.id(), &again["credits"]), (first.id(), &first["credits"]));
        assert_eq!(again["transaction"]["id"], first["transaction"]["id"]);
    }
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 1));
}

fn learner_may_be_named_in_another_way(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201);
    let names = [
        json!({"account_no": student.account_no}),
        json!({"student_no": student.student_no}),
        json!({"id_document": student.person.document(), "name": student.person.name}),
    ];
    for learner in names {
        let again = school.send(post_achievement(&with(&result, json!({"learner": learner})))).is(200);
        assert_eq!(again.id(), first.id());
        let fresh_one = course(&learner, &fresh::code("C"), "1");
        school.send(post_achievement(&fresh_one)).is(201);
    }
    assert_eq!(check(school, &student.id).earned(), "7");
}

fn other_content_is_refused(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201);
    let changes = [
        json!({"score": {"scale": "percentage", "value": "87"}}),
        json!({"completed_on": days_ago(61).to_string()}),
        json!({"attempt": "deferred"}),
        json!({"course": {"code": fresh::code("C"), "name": "演示另一课程", "hours": 64, "practice_hours": 32}}),
        json!({"score": null}),
    ];
    for change in changes {
        let other = with(&result, change);
        let refused = school.send(post_achievement(&other)).problem(409, "external-ref-taken");
        assert_eq!(refused["stands"]["id"], first["id"]);
        assert_eq!(refused["stands"]["revision"], 1);
    }
    assert_eq!(school.send(get_achievement(&first.id())).is(200)["score"]["value"], "86");
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 1));
}

fn other_learner_is_other_content(city: &City) {
    let (school, student, other) = (city.school(), city.student(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    school.send(post_achievement(&result)).is(201);
    let moved = with(&result, json!({"learner": {"id": other.id}}));
    school.send(post_achievement(&moved)).problem(409, "external-ref-taken");
    let corrected = with(&moved, json!({"on_change": "correct", "reason": "换人"}));
    let refused = school.send(post_achievement(&corrected));
    assert!(matches!(refused.status, 409 | 422), "the learner of a live revision cannot change: {refused:?}");
    assert_eq!(Balances::of(school, &other.id).seq(), 0);
    assert_eq!(check(school, &student.id).earned(), "4");
}

fn reference_belongs_to_its_institution(city: &City) {
    let (school, other, student) = (city.school(), city.other_school(), city.student());
    city.accredit(other, "course");
    let result = course(&student.by_account(), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201);
    let second = other.send(post_achievement(&with(&result, json!({"credit_type": "secondary"})))).is(201);
    assert_ne!(first.id(), second.id());
    assert_eq!(check(school, &student.id).earned(), "8");
}

fn refused_post_leaves_the_reference_free(city: &City) {
    let (school, student) = (city.school(), city.student());
    let good = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let failed = with(&good, json!({"score": {"scale": "percentage", "value": "59"}}));
    school.send(post_achievement(&failed)).problem(422, "not-passed");
    let unknown = with(&good, json!({"learner": {"id": "018f3a3e-0000-7000-8000-000000000000"}}));
    school.send(post_achievement(&unknown)).problem(422, "unknown-learner");
    let posted = school.send(post_achievement(&good)).is(201);
    assert_eq!(posted["revision"], 1);
    assert_eq!(check(school, &student.id).earned(), "4");
}
