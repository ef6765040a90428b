//! Accreditations decide who may post what, and only the bureau grants them.

use serde_json::{Value, json};

use crate::support::book::Balances;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{completed, days_ago};
use crate::support::fixture::{Student, of_kind};
use crate::support::fresh;
use crate::support::operations::{
    create_accreditation, get_accreditation, list_accreditations, post_achievement, update_accreditation,
};

crate::support::on_both! {
    grant_opens_exactly_what_it_names,
    level_of_a_grant_is_kept,
    ended_grant_refuses,
    only_the_bureau_grants,
    wrong_grants_are_pointed_out,
}

/// An enterprise examines nobody, until a test lets it.
const KIND: &str = "examination";

fn grantee(city: &City) -> &Client {
    city.client("enterprise", 0)
}

fn examination(student: &Student, code: &str) -> Value {
    of_kind(KIND, student, &json!({"code": code, "score": "80", "number": fresh::code("E")}))
}

fn earned(city: &City, student: &Student) -> String {
    Balances::of(city.school(), &student.id).earned().to_owned()
}

fn grant_opens_exactly_what_it_names(city: &City) {
    let (enterprise, student) = (grantee(city), city.student());
    let exact = city.catalogued(KIND, None, "2");
    let other = city.catalogued(KIND, None, "4");
    let group = fresh::code("FAM");
    let family = format!("{group}/A1");
    city.catalogued_as(&family, KIND, None, "3");
    for code in [&exact, &family, &other] {
        enterprise.send(post_achievement(&examination(&student, code))).problem(403, "not-accredited-for");
    }
    let body = json!({"kind": KIND, "codes": [exact, format!("{group}/*")], "valid_from": "2020-01-01"});
    let grant = city.bureau().send(create_accreditation(&enterprise.institution_id, &body)).is(201);
    let codes = grant["codes"].as_array().expect("codes");
    assert!(codes.len() == 2 && codes.contains(&json!(exact)), "{grant:?}");
    let listed = city.accreditations(enterprise);
    assert!(listed.iter().any(|item| item["id"] == grant["id"]), "{listed:?}");
    enterprise.send(post_achievement(&examination(&student, &exact))).is(201);
    enterprise.send(post_achievement(&examination(&student, &family))).is(201);
    enterprise.send(post_achievement(&examination(&student, &other))).problem(403, "not-accredited-for");
    assert_eq!(earned(city, &student), "5");
}

fn level_of_a_grant_is_kept(city: &City) {
    let (enterprise, student) = (grantee(city), city.student());
    let kind = "skill_certificate";
    let code = city.catalogued(kind, Some("intermediate"), "4");
    let body = json!({"kind": kind, "codes": [code], "levels": ["elementary"], "valid_from": "2020-01-01"});
    city.bureau().send(create_accreditation(&enterprise.institution_id, &body)).is(201);
    let certificate = city.certificate(&student, &code, &fresh::code("X"));
    enterprise.send(post_achievement(&certificate)).problem(403, "not-accredited-for");
    assert_eq!(earned(city, &student), "0");
}

fn ended_grant_refuses(city: &City) {
    let (bureau, enterprise, student) = (city.bureau(), grantee(city), city.student());
    let code = city.catalogued(KIND, None, "2");
    let body = json!({"kind": KIND, "codes": [code], "valid_from": "2020-01-01"});
    let grant = bureau.send(create_accreditation(&enterprise.institution_id, &body)).is(201).id();
    enterprise.send(post_achievement(&examination(&student, &code))).is(201);
    let found = bureau.send(get_accreditation(&grant)).is(200);
    let tag = found.header("etag").expect("an accreditation has a version").to_owned();
    let end = json!({"valid_to": (completed() - chrono::Days::new(1)).to_string()});
    bureau.send(update_accreditation(&grant, &tag, &end).without("if-match")).problem(428, "precondition-required");
    bureau.send(update_accreditation(&grant, "\"v7\"", &end)).problem(412, "precondition-failed");
    bureau.send(update_accreditation(&grant, &tag, &end)).is(200);
    let late = city.student();
    enterprise.send(post_achievement(&examination(&late, &code))).problem(403, "not-accredited-for");
    assert_eq!(earned(city, &late), "0");
    assert_eq!(earned(city, &student), "2", "what was posted under the grant stands");
}

fn only_the_bureau_grants(city: &City) {
    let body = json!({"kind": "course", "valid_from": "2020-01-01"});
    for client in [city.school(), grantee(city)] {
        let answer = client.send(create_accreditation(&client.institution_id, &body));
        answer.problem(403, "insufficient-scope");
    }
    let granted = city.accreditations(city.school());
    let id = granted[0]["id"].as_str().expect("a grant has an id");
    let change = json!({"valid_to": days_ago(0).to_string()});
    city.school().send(update_accreditation(id, "\"v1\"", &change)).problem(403, "insufficient-scope");
    let own = city.school().send(list_accreditations(&city.school().institution_id)).is(200);
    assert!(!own.items().is_empty(), "a school reads its own accreditations");
}

fn wrong_grants_are_pointed_out(city: &City) {
    let institution = &grantee(city).institution_id;
    let faults = [
        (json!({"kind": "juggling", "valid_from": "2020-01-01"}), "/kind"),
        (json!({"kind": KIND, "valid_from": "2020-02-30"}), "/valid_from"),
        (json!({"kind": KIND}), "/valid_from"),
        (json!({"kind": KIND, "valid_from": "2020-01-02", "valid_to": "2020-01-01"}), "/valid_to"),
        (json!({"kind": KIND, "valid_from": "2020-01-01", "codes": [""]}), "/codes/0"),
        (json!({"kind": KIND, "valid_from": "2020-01-01", "colour": 1}), "/colour"),
    ];
    for (body, pointer) in faults {
        let answer = city.bureau().send(create_accreditation(institution, &body));
        answer.problem_at(400, "invalid-request", pointer);
    }
    let nobody = "018f3a3e-0000-7000-8000-000000000000";
    let good = json!({"kind": KIND, "valid_from": "2020-01-01"});
    city.bureau().send(create_accreditation(nobody, &good)).problem(404, "not-found");
}
