//! How far learners are: for themselves, their school and the bureau, and nobody else.

use serde_json::json;

use crate::support::city::City;
use crate::support::fresh;
use crate::support::operations::{
    create_substitution, get_enrolment_progress, list_conditions, list_learner_progress, list_substitutions,
    post_achievement, revoke_achievement, revoke_substitution, update_condition,
};
use crate::support::plan::{Planned, confirm_conduct, missing, pass};
use crate::support::session::Session;

crate::support::on_both! {
    what_is_missing_shrinks_with_every_result,
    a_course_without_credits_is_passed_as_well,
    a_revoked_result_no_longer_counts,
    courses_may_stand_for_another_one,
    conditions_are_the_schools_word,
    nobody_else_sees_it,
    a_cohort_without_plan_says_so,
}

fn what_is_missing_shrinks_with_every_result(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let [a, b, _] = &planned.courses;
    let progress = || school.send(get_enrolment_progress(&student.enrolment_id)).is(200).json;
    let begin = progress();
    let courses = [format!("course-missing {a}"), format!("course-missing {b}")];
    assert_eq!(
        missing(&begin),
        [
            "total-credits",
            "module-credits PUB",
            &courses[0],
            &courses[1],
            "module-credits ELE",
            "module-credits PRA",
            "condition-open conduct"
        ]
    );
    assert_eq!(begin["modules"][0]["could_fill"].as_array().map(Vec::len), Some(2));
    assert_eq!(begin["shortfalls"][0]["because"]["zh-CN"], "总学分要求不少于 10 学分，现有 0，还差 10。");
    assert_eq!(begin["shortfalls"][6]["because"]["zh-CN"], "“操行”尚未由学校确认。");
    pass(school, &student, a, "3");
    let later = progress();
    assert_eq!((&later["total"]["earned"], &later["total"]["missing"]), (&json!("3"), &json!("7")));
    assert_eq!((&later["modules"][0]["earned"], &later["modules"][0]["missing"]), (&json!("3"), &json!("2")));
    assert_eq!(later["modules"][0]["missing_courses"][0]["code"], b.as_str());
    pass(school, &student, b, "2");
    pass(school, &student, &planned.courses[2], "1");
    pass(school, &student, &fresh::code("P"), "4");
    confirm_conduct(school, &student);
    let done = progress();
    assert_eq!((missing(&done), &done["met"]), (vec![], &json!(true)));
    assert_eq!(done["modules"][2]["earned"], "4", "what is not in the plan fills the open module");
    assert_eq!(done["converted"], json!({"used": "0", "cap": "5", "beyond": "0"}));
}

fn a_course_without_credits_is_passed_as_well(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    pass(school, &student, &planned.courses[0], "0");
    let progress = school.send(get_enrolment_progress(&student.enrolment_id)).is(200);
    assert_eq!(progress["total"]["earned"], "0");
    let courses = progress["modules"][0]["missing_courses"].as_array().expect("missing courses");
    assert_eq!(courses.len(), 1, "{courses:?}");
}

fn a_revoked_result_no_longer_counts(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let result = pass(school, &student, &planned.courses[0], "3");
    school.send(revoke_achievement(&result, "录入错误")).is(200);
    let progress = school.send(get_enrolment_progress(&student.enrolment_id)).is(200);
    assert_eq!(progress["total"]["earned"], "0");
    assert!(missing(&progress.json).contains(&format!("course-missing {}", planned.courses[0])));
}

fn courses_may_stand_for_another_one(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let (one, two) = (fresh::code("S"), fresh::code("S"));
    pass(school, &student, &one, "2");
    let id = &student.enrolment_id;
    let body = json!({"course": planned.courses[0], "by": [one, two], "reason": "课程停开"});
    let made = school.send(create_substitution(id, &body)).is(201);
    let again = school.send(create_substitution(id, &body)).is(201);
    assert_eq!(made.id(), again.id());
    let open = format!("course-missing {}", planned.courses[0]);
    let progress = || school.send(get_enrolment_progress(id)).is(200).json;
    assert!(missing(&progress()).contains(&open), "one of two does not stand for it");
    pass(school, &student, &two, "1");
    let filled = progress();
    assert!(!missing(&filled).contains(&open));
    assert_eq!(filled["modules"][0]["earned"], "3", "substitutes count where the course would");
    let unknown = json!({"course": fresh::code("X"), "by": [two], "reason": "误登"});
    school.send(create_substitution(id, &unknown)).problem_at(400, "invalid-request", "/course");
    let empty = json!({"course": planned.courses[1], "by": [], "reason": "误登"});
    school.send(create_substitution(id, &empty)).problem_at(400, "invalid-request", "/by");
    city.other_school().send(create_substitution(id, &body)).problem(404, "not-found");
    city.bureau().send(create_substitution(id, &body)).problem(404, "not-found");
    let listed = Session::of(city, &student).send(list_substitutions(id)).is(200);
    assert_eq!((listed.items().len(), &listed.items()[0]["reason"]), (1, &json!("课程停开")));
    assert_eq!(school.send(revoke_substitution(id, &made.id())).status, 204);
    school.send(revoke_substitution(id, &made.id())).problem(404, "not-found");
    assert!(missing(&progress()).contains(&open));
    assert!(school.send(list_substitutions(id)).is(200).items()[0]["ended_at"].is_string());
}

fn conditions_are_the_schools_word(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let id = &student.enrolment_id;
    let listed = school.send(list_conditions(id)).is(200);
    let codes: Vec<&str> = listed.items().iter().filter_map(|one| one["code"].as_str()).collect();
    assert_eq!(codes, ["conduct", "discipline", "fitness", "internship"]);
    assert_eq!((&listed.items()[0]["asked"], &listed.items()[1]["asked"]), (&json!(true), &json!(false)));
    let failed = json!({"state": "failed"});
    school.send(update_condition(id, "conduct", &failed)).problem_at(400, "invalid-request", "/reason");
    let failed = json!({"state": "failed", "reason": "处分未撤销"});
    assert_eq!(school.send(update_condition(id, "discipline", &failed)).is(200)["state"], "failed");
    confirm_conduct(school, &student);
    let progress = school.send(get_enrolment_progress(id)).is(200);
    let told = missing(&progress.json);
    assert!(told.contains(&"condition-failed discipline".to_owned()), "what nobody asked for blocks where it failed");
    assert!(!told.iter().any(|one| one.ends_with("conduct")), "{told:?}");
    school.send(update_condition(id, "discipline", &json!({"state": "confirmed"}))).is(200);
    let progress = school.send(get_enrolment_progress(id)).is(200);
    assert!(!missing(&progress.json).iter().any(|one| one.starts_with("condition")));
    school.send(update_condition(id, "juggling", &json!({"state": "confirmed"}))).problem(404, "not-found");
    for stranger in [city.other_school(), city.bureau()] {
        stranger.send(update_condition(id, "conduct", &json!({"state": "confirmed"}))).problem(404, "not-found");
    }
    let session = Session::of(city, &student);
    session.send(update_condition(id, "conduct", &json!({"state": "confirmed"}))).problem(401, "unauthenticated");
    assert_eq!(session.send(list_conditions(id)).is(200).items()[0]["state"], "confirmed");
}

fn nobody_else_sees_it(city: &City) {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    pass(school, &student, &planned.courses[0], "3");
    let id = &student.enrolment_id;
    let session = Session::of(city, &student);
    assert_eq!(session.send(get_enrolment_progress(id)).is(200)["total"]["earned"], "3");
    assert_eq!(city.bureau().send(get_enrolment_progress(id)).is(200)["total"]["earned"], "3");
    let listed = session.send(list_learner_progress(&student.id)).is(200);
    assert_eq!((listed.items().len(), &listed.items()[0]["enrolment_id"]), (1, &json!(id)));
    let one = list_learner_progress(&student.id).query("enrolment_id", id);
    assert_eq!(school.send(one).is(200).items().len(), 1);
    let other = city.other_school();
    other.send(get_enrolment_progress(id)).problem(404, "not-found");
    other.send(list_learner_progress(&student.id)).problem(404, "not-found");
    let stranger = city.student();
    let foreign = Session::of(city, &stranger);
    foreign.send(get_enrolment_progress(id)).problem(404, "not-found");
    foreign.send(list_learner_progress(&student.id)).problem(404, "not-found");
    foreign.send(list_conditions(id)).problem(404, "not-found");
    foreign.send(list_substitutions(id)).problem(404, "not-found");
    let elsewhere = list_learner_progress(&student.id).query("enrolment_id", &stranger.enrolment_id);
    school.send(elsewhere).problem(404, "not-found");
}

fn a_cohort_without_plan_says_so(city: &City) {
    let school = city.school();
    let student = city.student_of(school, &city.new_programme(school, "secondary"));
    let body = crate::support::fixture::course(&json!({"id": student.id}), &fresh::code("C"), "2");
    school.send(post_achievement(&body)).is(201);
    let progress = school.send(get_enrolment_progress(&student.enrolment_id)).is(200);
    assert_eq!((missing(&progress.json), &progress["total"]["earned"]), (vec!["no-plan".to_owned()], &json!("2")));
    assert_eq!((&progress["met"], &progress["programme_version_id"]), (&json!(false), &json!(null)));
}
