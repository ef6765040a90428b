//! What a result is worth is not the poster's word.

use serde_json::json;

use crate::support::book::{Balances, check};
use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::decimal::thousandths;
use crate::support::fixture::{course, of_kind, training, with};
use crate::support::fresh;
use crate::support::operations::{create_certificate, post_achievement};

crate::support::on_both! {
    certificate_is_worth_what_the_catalogue_says,
    uncatalogued_certificate_is_recorded,
    expired_catalogue_entry_gives_nothing,
    competition_is_worth_its_tier,
    training_follows_its_hours,
    course_without_credits_is_recorded,
    course_outside_any_programme_is_available,
    numbers_and_strings_are_the_same_amount,
    most_of_one_achievement_is_400,
}

fn certificate_is_worth_what_the_catalogue_says(city: &City) {
    let (body, student) = (city.accredited("skill_certificate"), city.student());
    let code = city.catalogued("skill_certificate", Some("intermediate"), "6.5");
    let more = with(&city.certificate(&student, &code, &fresh::code("N")), json!({"credits": "7"}));
    let refused = body.send(post_achievement(&more)).problem(422, "credits-not-as-catalogued");
    assert_eq!((refused.str("catalogued"), refused.str("posted")), ("6.5", "7"));
    assert_eq!(Balances::of(city.school(), &student.id).seq(), 0);
    // The refused one has claimed neither its reference nor its number.
    let posted = body.send(post_achievement(&with(&more, json!({"credits": null})))).is(201);
    assert_eq!(posted["credits"], "6.5");
    assert_eq!(check(city.school(), &student.id).available("skill"), "6.5");
}

fn uncatalogued_certificate_is_recorded(city: &City) {
    let (body, student) = (city.accredited("skill_certificate"), city.student());
    let result = city.certificate(&student, &fresh::code("NOWHERE"), &fresh::code("N"));
    let posted = body.send(post_achievement(&result)).is(201);
    assert_eq!((&posted["credits"], &posted["status"]), (&json!("0"), &json!("recorded")));
    assert_eq!(posted["transaction"]["kind"], "record");
    let greedy = with(&city.certificate(&student, &fresh::code("NOWHERE"), &fresh::code("N")), json!({"credits": "4"}));
    body.send(post_achievement(&greedy)).problem(422, "credits-not-as-catalogued");
    assert_eq!(check(city.school(), &student.id).earned(), "0");
}

fn expired_catalogue_entry_gives_nothing(city: &City) {
    let (body, student) = (city.accredited("skill_certificate"), city.student());
    let code = fresh::code("OLD");
    let entry = json!({"kind": "skill_certificate", "code": code, "level": "intermediate", "name": "演示旧证书",
        "credits": "4", "valid_from": "2015-01-01", "valid_to": days_ago(100).to_string()});
    city.bureau().send(create_certificate(&entry)).is(201);
    let late = body.send(post_achievement(&city.certificate(&student, &code, &fresh::code("N")))).is(201);
    assert_eq!(late["credits"], "0");
    let early =
        with(&city.certificate(&student, &code, &fresh::code("N")), json!({"completed_on": days_ago(150).to_string()}));
    assert_eq!(body.send(post_achievement(&early)).is(201)["credits"], "4");
    assert_eq!(check(city.school(), &student.id).available("skill"), "4");
}

fn competition_is_worth_its_tier(city: &City) {
    let (poster, student) = (city.accredited("competition"), city.student());
    let code = city.catalogued("competition", Some("first"), "3");
    let first = json!({"catalogue_code": code, "prize": "first", "team_rank": 2});
    let posted = poster.send(post_achievement(&of_kind("competition", &student, &first))).is(201);
    assert_eq!(posted["credits"], "3");
    // The prize is not catalogued, so it is recorded for rules to come.
    let third = json!({"catalogue_code": code, "prize": "third", "team_rank": 1});
    let other = city.student();
    let posted = poster.send(post_achievement(&of_kind("competition", &other, &third))).is(201);
    assert_eq!(posted["credits"], "0");
    // A prize of a team counts for the first so many: the entry says three.
    let fourth = json!({"catalogue_code": code, "prize": "first", "team_rank": 4});
    let posted = poster.send(post_achievement(&of_kind("competition", &city.student(), &fourth)));
    assert!(posted.status != 201 || posted["credits"] == "0", "the fourth of a team of three is credited: {posted:?}");
}

fn training_follows_its_hours(city: &City) {
    let provider = city.accredited("training");
    let credits = |hours: u32, minutes: u32| {
        let student = city.student();
        let content = with(&training(hours), json!({"lesson_minutes": minutes}));
        let posted = provider.send(post_achievement(&of_kind("training", &student, &content))).is(201);
        let balances = check(city.school(), &student.id);
        assert_eq!(balances.available("training"), posted.str("credits"));
        thousandths(posted.str("credits"))
    };
    let many = credits(1_440, 45);
    assert!(many > 0);
    // hours ÷ n, down to halves: n hours per credit follow from a course long enough for every usual n.
    let hours_per_credit = 1_440_000 / many;
    assert!((1..=100).contains(&hours_per_credit), "{hours_per_credit}");
    let expected = |hours: i64, minutes: i64| hours * minutes * 2 / 45 / hours_per_credit * 500;
    for (hours, minutes) in [(40, 45), (41, 45), (47, 45), (48, 60), (45, 40), (1, 45)] {
        assert_eq!(
            credits(hours, minutes),
            expected(i64::from(hours), i64::from(minutes)),
            "{hours} h of {minutes} min"
        );
    }
}

fn course_without_credits_is_recorded(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "0");
    let posted = school.send(post_achievement(&result)).is(201);
    assert_eq!((&posted["credits"], &posted["transaction"]["kind"]), (&json!("0"), &json!("record")));
    assert_eq!(check(school, &student.id).seq(), 1, "a record stands in the chain");
}

fn course_outside_any_programme_is_available(city: &City) {
    let (school, other) = (city.school(), city.other_school());
    city.accredit(other, "course");
    let student = city.student();
    // The other school has no enrolment of this learner.
    let result = course(&student.by_account(), &fresh::code("C"), "2");
    other.send(post_achievement(&result)).problem(422, "credit-type-required");
    let posted = other.send(post_achievement(&with(&result, json!({"credit_type": "secondary"})))).is(201);
    assert_eq!(posted["credit_type"], "secondary");
    assert_eq!(check(school, &student.id).available("secondary"), "2");
    // A type that contradicts the programme is refused.
    let wrong = with(&course(&student.by_account(), &fresh::code("C"), "1"), json!({"credit_type": "undergraduate"}));
    let refused = school.send(post_achievement(&wrong));
    assert!(matches!(refused.status, 400 | 422), "{refused:?}");
    assert_eq!(check(school, &student.id).total("undergraduate"), "0");
}

fn numbers_and_strings_are_the_same_amount(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "2.5");
    let first = school.send(post_achievement(&with(&result, json!({"credits": 2.5})))).is(201);
    let again = school.send(post_achievement(&result)).is(200);
    assert_eq!(first.id(), again.id(), "2.5 and \"2.5\" are the same content");
    let padded = school.send(post_achievement(&with(&result, json!({"credits": "2.500"})))).is(200);
    assert_eq!((padded.id(), padded.str("credits")), (first.id(), "2.5"));
    let whole = with(&course(&json!({"id": student.id}), &fresh::code("C"), "3"), json!({"credits": 3}));
    assert_eq!(school.send(post_achievement(&whole)).is(201)["credits"], "3");
    let fine = with(&course(&json!({"id": student.id}), &fresh::code("C"), "3"), json!({"credits": 0.125}));
    assert_eq!(school.send(post_achievement(&fine)).is(201)["credits"], "0.125");
    assert_eq!(check(school, &student.id).earned(), "5.625");
}

fn most_of_one_achievement_is_400(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "400");
    let above = with(&result, json!({"credits": "400.001"}));
    school.send(post_achievement(&above)).problem_at(400, "invalid-request", "/credits");
    school.send(post_achievement(&result)).is(201);
    assert_eq!(check(school, &student.id).earned(), "400");
}
