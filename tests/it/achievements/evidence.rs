//! Evidence that already gave credit gives none again.

use serde_json::json;

use crate::support::book::{Balances, check};
use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::fixture::{of_kind, with};
use crate::support::fresh;
use crate::support::operations::{post_achievement, revoke_achievement};

crate::support::on_both! {
    certificate_number_serves_one_person_once,
    spelling_of_a_number_does_not_matter,
    other_certificate_may_have_the_same_number,
    evidence_without_a_number_is_keyed_by_what_it_is,
    revocation_releases_the_evidence,
    another_institution_cannot_credit_it_again,
}

const KIND: &str = "skill_certificate";

fn certificate_number_serves_one_person_once(city: &City) {
    let (body, holder, other) = (city.accredited(KIND), city.student(), city.student());
    let code = city.catalogued(KIND, Some("intermediate"), "4");
    let number = fresh::code("NO");
    body.send(post_achievement(&city.certificate(&holder, &code, &number))).is(201);
    for student in [&other, &holder] {
        let again = city.certificate(student, &code, &number);
        body.send(post_achievement(&again)).problem(409, "evidence-already-credited");
    }
    assert_eq!(Balances::of(city.school(), &other.id).seq(), 0);
    let balances = check(city.school(), &holder.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 1));
}

fn spelling_of_a_number_does_not_matter(city: &City) {
    let (body, holder, other) = (city.accredited(KIND), city.student(), city.student());
    let code = city.catalogued(KIND, Some("intermediate"), "4");
    let n = fresh::number();
    body.send(post_achievement(&city.certificate(&holder, &code, &format!("AB{n:05}")))).is(201);
    for variant in [format!(" ab{n:05} "), format!("ＡＢ{n:05}")] {
        let again = city.certificate(&other, &code, &variant);
        body.send(post_achievement(&again)).problem(409, "evidence-already-credited");
    }
    assert_eq!(Balances::of(city.school(), &other.id).seq(), 0);
}

fn other_certificate_may_have_the_same_number(city: &City) {
    let (body, student) = (city.accredited(KIND), city.student());
    let number = fresh::code("NO");
    for _ in 0..2 {
        let code = city.catalogued(KIND, Some("intermediate"), "2");
        body.send(post_achievement(&city.certificate(&student, &code, &number))).is(201);
    }
    assert_eq!(check(city.school(), &student.id).available("skill"), "4");
}

fn evidence_without_a_number_is_keyed_by_what_it_is(city: &City) {
    let (poster, student) = (city.accredited("competition"), city.student());
    let code = city.catalogued("competition", Some("first"), "2");
    let content = json!({"catalogue_code": code, "prize": "first", "team_rank": 1});
    let first = of_kind("competition", &student, &content);
    poster.send(post_achievement(&first)).is(201);
    let again = of_kind("competition", &student, &content);
    poster.send(post_achievement(&again)).problem(409, "evidence-already-credited");
    let next_year =
        with(&of_kind("competition", &student, &content), json!({"completed_on": days_ago(30).to_string()}));
    poster.send(post_achievement(&next_year)).is(201);
    // A team has several members.
    let mate = city.student();
    poster.send(post_achievement(&of_kind("competition", &mate, &content))).is(201);
    assert_eq!(check(city.school(), &student.id).earned(), "4");
    assert_eq!(check(city.school(), &mate.id).earned(), "2");
}

fn revocation_releases_the_evidence(city: &City) {
    let (body, wrong, right) = (city.accredited(KIND), city.student(), city.student());
    let code = city.catalogued(KIND, Some("intermediate"), "4");
    let number = fresh::code("NO");
    let posted = body.send(post_achievement(&city.certificate(&wrong, &code, &number))).is(201);
    body.send(revoke_achievement(&posted.id(), "登记错人")).is(200);
    body.send(post_achievement(&city.certificate(&right, &code, &number))).is(201);
    assert_eq!(check(city.school(), &wrong.id).earned(), "0");
    assert_eq!(check(city.school(), &right.id).earned(), "4");
}

fn another_institution_cannot_credit_it_again(city: &City) {
    let (body, student) = (city.accredited(KIND), city.student());
    let second = city.client("technician_college", 0);
    city.accredit(second, KIND);
    let code = city.catalogued(KIND, Some("intermediate"), "4");
    let number = fresh::code("NO");
    body.send(post_achievement(&city.certificate(&student, &code, &number))).is(201);
    let again = city.certificate(&student, &code, &number);
    second.send(post_achievement(&again)).problem(409, "evidence-already-credited");
    assert_eq!(check(city.school(), &student.id).earned(), "4");
}
