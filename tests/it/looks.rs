//! Every list that shows a client somebody's data leaves a row for each learner in it; learners looking at their own leave none.

use serde_json::{Value, json};

use crate::conversions::Setting;
use crate::support::book::pages;
use crate::support::cases::{Presenter, certificate_claim};
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{
    create_award, create_conversion_decision, create_objection, create_substitution, get_conversion_evaluation,
    list_awards, list_conditions, list_conversions, list_exemptions, list_learner_pathways, list_learners,
    list_objections, list_recognition_cases, list_substitutions, post_achievement,
};
use crate::support::plan::{Planned, confirm_conduct};
use crate::support::session::Session;

crate::support::on_both! {
    conversions,
    cases_and_objections,
    enrolments_and_awards,
}

/// Walks a list to its end as `client`, and asserts that a row of `action` for the learner came of it.
#[track_caller]
fn seen(city: &City, client: &Client, list: Call, (action, learner): (&str, &str)) -> Vec<Value> {
    let before = city.looks(action, learner);
    let items = pages(client, list);
    assert!(city.looks(action, learner) > before, "{action} leaves no row");
    items
}

fn conversions(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.exempting()]);
    let (college, learner) = (setting.college, &*setting.student.id);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    let one = || list_conversions().query("learner_id", learner);
    let looks = || city.looks("list_conversions", learner);
    college.send(one()).is(200);
    assert_eq!(looks(), 1, "one row, however many conversions");
    Session::of(city, &setting.student).send(list_conversions()).is(200);
    assert_eq!(looks(), 1, "its own is no look at another");
    seen(city, college, list_conversions().query("turn", "mine").query("limit", "200"), ("list_conversions", learner));
    seen(city, college, list_conversions().query("limit", "200"), ("list_conversions", learner));
    college.send(get_conversion_evaluation(id)).is(200);
    assert_eq!(city.looks("evaluate_conversion", learner), 1);
    assert_eq!(city.audited("evaluate_conversion", &format!("conversion {id}")), 1);
    let before = looks();
    city.other_school().send(list_conversions()).is(200);
    assert_eq!(looks(), before, "who is not shown anything leaves no row");
    setting.reviewer.send(create_conversion_decision(id, &json!({"outcome": "approved"}))).is(200);
    let term = conversion["term"].as_str().expect("a term");
    seen(city, college, list_exemptions().query("term", term).query("limit", "200"), ("list_exemptions", learner));
}

fn cases_and_objections(city: &City) {
    let presenter = Presenter::new(city);
    let learner = &*presenter.student.id;
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    presenter.present(city.school(), &certificate_claim(&code, &fresh::code("N"))).is(201);
    let cases = || list_recognition_cases().query("limit", "200");
    seen(city, city.school(), cases(), ("list_recognition_cases", learner));
    let entry = city.school().send(post_achievement(&course(&json!({"id": learner}), &fresh::code("C"), "4"))).is(201);
    let body = json!({"kind": "entry", "achievement_id": entry.id(), "reason": "成绩有误"});
    presenter.session.send(create_objection(&body)).is(201);
    seen(city, city.school(), list_objections().query("limit", "200"), ("list_objections", learner));
    let before = [city.looks("list_recognition_cases", learner), city.looks("list_objections", learner)];
    presenter.session.send(list_recognition_cases()).is(200);
    presenter.session.send(list_objections()).is(200);
    assert_eq!([city.looks("list_recognition_cases", learner), city.looks("list_objections", learner)], before);
}

fn enrolments_and_awards(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let (learner, enrolment) = (&*student.id, &*student.enrolment_id);
    seen(city, school, list_learners().query("limit", "200"), ("list_learners", learner));
    school.send(list_conditions(enrolment)).is(200);
    assert_eq!(city.looks("list_conditions", learner), 1);
    let body = json!({"course": planned.courses[0], "by": [fresh::code("S")], "reason": "课程停开"});
    school.send(create_substitution(enrolment, &body)).is(201);
    school.send(list_substitutions(enrolment)).is(200);
    assert_eq!(city.looks("list_substitutions", learner), 1);
    school.send(list_learner_pathways(learner)).is(200);
    assert_eq!(city.looks("list_learner_pathways", learner), 1);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    let body = json!({"enrolment_id": enrolment, "outcome": "graduated", "diploma_number": fresh::code("KFD")});
    school.send(create_award(&body)).is(201);
    seen(city, school, list_awards().query("limit", "200"), ("list_awards", learner));
    let session = Session::of(city, &student);
    session.send(list_conditions(enrolment)).is(200);
    session.send(list_learner_pathways(learner)).is(200);
    assert_eq!([city.looks("list_conditions", learner), city.looks("list_learner_pathways", learner)], [1, 1]);
}
