//! A bureau watches over the institutions that answer to it, through the bureaus in between, and over no others.

use serde_json::{Value, json};

use crate::conversions::Setting;
use crate::support::cases::{Presenter, certificate_claim, decide, decision, in_queue};
use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::operations::{
    create_award, create_award_reversal, create_award_reversal_confirmation, create_conversion_decision,
    create_objection, get_award, get_conversion, get_enrolment, get_enrolment_progress, get_evidence_file,
    get_objection, get_recognition_case, list_conditions, list_conversions, list_objections, list_recognition_cases,
    post_achievement, post_objection_answer, post_objection_escalation, post_recognition_appeal,
    post_recognition_decision, revoke_award_reversal,
};
use crate::support::plan::{Planned, confirm_conduct};
use crate::support::rows::Rows;

crate::support::on_both! {
    cases_are_the_bureaus_own,
    objections_are_the_bureaus_own,
    conversions_are_the_bureaus_own,
    awards_are_the_bureaus_own,
    a_bureau_above_watches_through_the_one_below,
}

fn answer() -> Value {
    json!({"outcome": "refused", "reason": "成绩无误"})
}

fn cases_are_the_bureaus_own(city: &City) {
    let other = city.institution("bureau", None);
    let presenter = Presenter::new(city);
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let made = presenter.present(city.school(), &certificate_claim(&code, &fresh::code("N"))).is(201);
    let case = made.id();
    let file = made["evidence_files"][0]["id"].as_str().expect("a file").to_owned();
    city.let_pass("recognition_case", &case);
    let unseen = || {
        other.send(get_recognition_case(&case)).problem(404, "not-found");
        other.send(get_evidence_file(&file)).problem(404, "not-found");
        other.send(post_recognition_decision(&case, &decision("recognised"))).problem(404, "not-found");
        assert!(in_queue(&other, list_recognition_cases(), &case).is_none());
        assert!(in_queue(city.bureau(), list_recognition_cases(), &case).is_some());
    };
    unseen();
    decide(city.school(), &case, "rejected").is(200);
    presenter.session.send(post_recognition_appeal(&case, &json!({"reason": "请再核对"}))).is(200);
    unseen();
    decide(city.bureau(), &case, "recognised").is(200);
}

fn objections_are_the_bureaus_own(city: &City) {
    let other = city.institution("bureau", None);
    let presenter = Presenter::new(city);
    let body = course(&json!({"id": presenter.student.id}), &fresh::code("C"), "4");
    let entry = city.school().send(post_achievement(&body)).is(201).id();
    let body = json!({"kind": "entry", "achievement_id": entry, "reason": "成绩有误"});
    let id = presenter.session.send(create_objection(&body)).is(201).id();
    let unseen = || {
        other.send(get_objection(&id)).problem(404, "not-found");
        other.send(post_objection_answer(&id, &answer())).problem(404, "not-found");
        assert!(in_queue(&other, list_objections(), &id).is_none());
        assert!(in_queue(city.bureau(), list_objections(), &id).is_some());
    };
    city.let_pass("objection", &id);
    unseen();
    city.school().send(post_objection_answer(&id, &answer())).is(200);
    presenter.session.send(post_objection_escalation(&id, &json!({"reason": "没有核对"}))).is(200);
    unseen();
    city.bureau().send(post_objection_answer(&id, &answer())).is(200);
}

fn conversions_are_the_bureaus_own(city: &City) {
    let other = city.institution("bureau", None);
    let setting = Setting::new(city, |setting| vec![setting.reviewed()]);
    let id = setting.apply()["id"].as_str().expect("an id").to_owned();
    let set = format!("UPDATE conversion SET due_on = '{}' WHERE id = {}", days_ago(1), city.literal(&id));
    Rows::open(&city.store).must(&set);
    let of_learner = || list_conversions().query("learner_id", &setting.student.id);
    let approved = json!({"outcome": "approved"});
    other.send(get_conversion(&id)).problem(404, "not-found");
    other.send(create_conversion_decision(&id, &approved)).problem(404, "not-found");
    assert!(in_queue(&other, list_conversions().query("turn", "mine"), &id).is_none());
    assert!(other.send(of_learner()).is(200).items().is_empty());
    assert!(in_queue(city.bureau(), list_conversions().query("turn", "mine"), &id).is_some());
    assert_eq!(city.bureau().send(of_learner()).is(200).items().len(), 1);
    city.bureau().send(create_conversion_decision(&id, &approved)).is(200);
}

fn awards_are_the_bureaus_own(city: &City) {
    let other = city.institution("bureau", None);
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    planned.complete(school, &student);
    confirm_conduct(school, &student);
    let body =
        json!({"enrolment_id": student.enrolment_id, "outcome": "graduated", "diploma_number": fresh::code("KFD")});
    let award = school.send(create_award(&body)).is(201).id();
    school.send(create_award_reversal(&award, &json!({"reason": "登记有误"}))).is(200);
    let enrolment = &student.enrolment_id;
    for call in [
        get_award(&award),
        create_award_reversal_confirmation(&award, &json!({})),
        revoke_award_reversal(&award),
        get_enrolment(enrolment),
        get_enrolment_progress(enrolment),
        list_conditions(enrolment),
    ] {
        other.send(call).problem(404, "not-found");
    }
    city.bureau().send(get_enrolment_progress(enrolment)).is(200);
    city.bureau().send(create_award_reversal_confirmation(&award, &json!({}))).is(200);
}

fn a_bureau_above_watches_through_the_one_below(city: &City) {
    let province = city.institution("bureau", None);
    let district = city.institution("bureau", Some(&province));
    let body = city.institution("awarding_body", Some(&district));
    let sibling = city.institution("bureau", Some(&province));
    let presenter = Presenter::new(city);
    let claim = certificate_claim(&city.catalogued("skill_certificate", Some("intermediate"), "4"), &fresh::code("N"));
    // Asked is a bureau, which is its own; the one above it may look.
    let case = presenter.present(&district, &claim).is(201).id();
    for seeing in [&district, &province] {
        seeing.send(get_recognition_case(&case)).is(200);
    }
    for blind in [&sibling, &body, city.bureau()] {
        blind.send(get_recognition_case(&case)).problem(404, "not-found");
    }
    city.let_pass("recognition_case", &case);
    assert!(in_queue(&province, list_recognition_cases(), &case).is_some());
    assert!(in_queue(&sibling, list_recognition_cases(), &case).is_none());
}
