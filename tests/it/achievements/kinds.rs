//! Every kind is taken from the institution that is accredited for it, and from no other.

use serde_json::{Value, json};

use crate::support::book::{Balances, check, statement};
use crate::support::city::City;
use crate::support::clock::completed;
use crate::support::decimal::thousandths;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::operations::{get_achievement, get_transaction, list_learner_achievements, post_achievement};

crate::support::on_both! {
    course_counts_in_its_programme,
    examination_counts,
    skill_certificate_counts,
    skill_level_counts,
    qualification_counts,
    training_counts,
    competition_counts,
    experience_is_recorded,
    diploma_is_recorded,
    bureau_posts_nothing,
}

/// Posts a result of `kind`: first by an institution that may not, then by one that may. Returns the answer.
fn posted(city: &City, kind: &str, credit_type: Option<&str>) -> Value {
    let (school, student) = (city.school(), city.student());
    let poster = city.accredited(kind);
    if kind == "course" {
        city.accredit(school, kind);
    }
    let result = city.result(kind, &student);
    let stranger = city.unaccredited(kind);
    let mut foreign = result.clone();
    foreign["learner"] = student.by_account();
    stranger.send(post_achievement(&foreign)).problem(403, "not-accredited-for");
    assert_eq!(Balances::of(school, &student.id).seq(), 0, "a refused result is in the book");

    let answer = poster.send(post_achievement(&result)).is(201);
    assert_eq!(answer["kind"], kind);
    assert_eq!(answer["revision"], 1);
    let transaction = &answer["transaction"];
    assert_eq!(transaction["learner_seq"], 1);
    let balances = check(school, &student.id);
    let entries = statement(school, &student.id);
    assert_eq!(entries.len(), 1);
    let row = &entries[0];
    assert_eq!(row["transaction_id"], transaction["id"]);
    for member in ["kind", "hash", "posted_at"] {
        assert_eq!(row[member], transaction[member], "{member}");
    }
    assert_eq!(row["effective_on"], completed().to_string());
    let halves = row["entries"].as_array().expect("entries");
    match credit_type {
        Some(credit_type) => {
            let credits = answer.str("credits");
            assert_eq!((&answer["credit_type"], &answer["status"]), (&json!(credit_type), &json!("recognised")));
            assert_eq!(transaction["kind"], "deposit");
            assert_eq!((balances.total(credit_type), balances.earned()), (credits, credits));
            assert_eq!(halves.len(), 1, "{row}");
            assert_eq!(halves[0]["amount"], format!("+{credits}"));
            assert_eq!(halves[0]["lot"]["achievement_id"], answer["id"]);
            if kind != "course" {
                assert_eq!(balances.available(credit_type), credits);
            }
        }
        None => {
            assert_eq!((&answer["credits"], &answer["status"]), (&json!("0"), &json!("recorded")));
            assert_eq!(transaction["kind"], "record");
            assert!(halves.is_empty(), "a record moves no credits: {row}");
            assert_eq!(balances.earned(), "0");
        }
    }
    let found = poster.send(get_achievement(&answer.id())).is(200);
    for member in ["id", "kind", "credits", "status", "revision", "credit_type"] {
        assert_eq!(found[member], answer[member], "{member}");
    }
    assert_eq!(found["learner_id"], student.id.as_str());
    assert_eq!(found["external_ref"], result["external_ref"]);
    assert_eq!(found["institution_id"], poster.institution_id.as_str());
    let listed = school.send(list_learner_achievements(&student.id)).is(200);
    assert_eq!(listed.items().len(), 1, "the school sees what others posted for its learner");
    let id = transaction["id"].as_str().expect("a transaction has an id");
    let shown = school.send(get_transaction(id)).is(200);
    assert_eq!((&shown["hash"], &shown["learner_seq"]), (&transaction["hash"], &json!(1)));
    answer.json
}

fn course_counts_in_its_programme(city: &City) {
    let answer = posted(city, "course", Some("secondary"));
    assert_eq!(answer["credits"], "4");
    // At a college the same kind of result has another type.
    let college = city.college();
    city.accredit(college, "course");
    let student = city.student_of(college, &city.programme(college, "higher"));
    let result = course(&json!({"student_no": student.student_no}), &fresh::code("C"), "2.5");
    assert_eq!(college.send(post_achievement(&result)).is(201)["credit_type"], "higher");
    let balances = check(college, &student.id);
    assert_eq!(balances.in_programme(&student.enrolment_id), "2.5");
    assert_eq!((balances.available("higher"), balances.total("higher")), ("0", "2.5"));
}

fn examination_counts(city: &City) {
    assert_eq!(posted(city, "examination", Some("skill"))["credits"], "4");
}

fn skill_certificate_counts(city: &City) {
    assert_eq!(posted(city, "skill_certificate", Some("skill"))["credits"], "4");
}

fn skill_level_counts(city: &City) {
    assert_eq!(posted(city, "skill_level", Some("skill"))["credits"], "4");
}

fn qualification_counts(city: &City) {
    assert_eq!(posted(city, "qualification", Some("skill"))["credits"], "4");
}

fn training_counts(city: &City) {
    let credits = posted(city, "training", Some("training"));
    let credits = thousandths(credits["credits"].as_str().expect("an amount"));
    assert!(credits > 0 && credits % 500 == 0, "training counts in halves, rounded down: {credits}");
}

fn competition_counts(city: &City) {
    assert_eq!(posted(city, "competition", Some("skill"))["credits"], "4");
}

fn experience_is_recorded(city: &City) {
    posted(city, "experience", None);
}

fn diploma_is_recorded(city: &City) {
    posted(city, "diploma", None);
}

fn bureau_posts_nothing(city: &City) {
    let student = city.student();
    let result = course(&student.by_account(), &fresh::code("C"), "1");
    let answer = city.bureau().send(post_achievement(&result));
    answer.problem(403, "insufficient-scope");
    assert_eq!(Balances::of(city.school(), &student.id).seq(), 0);
}
