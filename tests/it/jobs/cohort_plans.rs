//! 本学期可免修名单.

use serde_json::json;

use super::{Offer, ended, let_it_settle, publish};
use crate::support::book::pages;
use crate::support::city::City;
use crate::support::clock::{cohort, today};
use crate::support::fixture::{Student, enrolment, opening, with};
use crate::support::fresh;
use crate::support::operations::{
    change_enrolment_status, create_cohort_plan, create_cohort_plan_invitations, create_job_cancellation, get_job,
    list_cohort_plan_results, list_conversion_invitations, list_jobs, list_learner_achievements, open_learner,
    post_conversion_plans, post_conversions, revoke_achievement,
};
use crate::support::session::Session;

crate::support::on_both! {
    cohort_is_listed_and_invited,
    lists_are_for_own_programmes,
    one_class_is_listed_alone,
    invitations_tell_what_came_of_them,
}

fn cohort_is_listed_and_invited(city: &City) {
    let school = city.other_school();
    let offer = Offer::new(city, school);
    publish(city, school, &offer.rules("ENG1"));
    let holders = [offer.holder(city, school), offer.holder(city, school)];
    let other = city.student_of(school, &offer.programme);
    let_it_settle();

    let asked = json!({"programme_id": offer.programme, "cohort": cohort()});
    let queued = school.send(create_cohort_plan(&asked)).is(202);
    let id = queued.id();
    assert_eq!(queued.header("location"), Some(&*format!("/api/v1/jobs/{id}")));
    let job = ended(school, &id);
    assert_eq!((job.str("state"), &job["done"], &job["total"]), ("done", &json!(3), &json!(3)), "{job:?}");
    assert_eq!(
        job["result"],
        json!({"learners": 3, "could_convert": 2, "credits": "8", "courses": 2, "not_proven_best": 0})
    );
    let listed = pages(school, list_cohort_plan_results(&id).query("limit", "1"));
    let mut found: Vec<&str> = listed.iter().filter_map(|item| item["learner_id"].as_str()).collect();
    let mut wanted: Vec<&str> = holders.iter().map(|student| &*student.id).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    for item in &listed {
        assert_eq!((&item["credits"], &item["courses"]), (&json!("4"), &json!(1)));
        let line = &item["lines"][0];
        assert_eq!(
            (&line["rule"]["code"], &line["grants"]["exempts"][0]["course_code"]),
            (&json!("X-1"), &json!("ENG1"))
        );
    }
    assert_eq!(city.looks("list_cohort_plan_results", &holders[0].id), 1, "a look at each is recorded");
    assert_eq!(city.looks("list_cohort_plan_results", &other.id), 0, "and none at whom nobody saw");
    let all = pages(school, list_cohort_plan_results(&id).query("all", "true"));
    let nothing = all.iter().find(|item| item["learner_id"] == other.id.as_str()).expect("everybody is there");
    assert_eq!((&nothing["credits"], &nothing["lines"]), (&json!("0"), &json!([])));

    // What others may not know of.
    for stranger in [city.school(), city.bureau()] {
        stranger.send(get_job(&id)).problem(404, "not-found");
        stranger.send(list_cohort_plan_results(&id)).problem(404, "not-found");
        stranger.send(create_job_cancellation(&id)).problem(404, "not-found");
    }
    city.school().send(create_cohort_plan_invitations(&id)).problem(404, "not-found");
    let mine = pages(school, list_jobs().query("kind", "cohort_plan"));
    assert!(mine.iter().any(|item| item["id"] == id.as_str()));
    let late = school.send(create_job_cancellation(&id));
    assert_eq!(late.problem(409, "job-state")["state"], "done");

    // All are invited, once; each sees its own.
    assert_eq!(school.send(create_cohort_plan_invitations(&id)).is(200)["invited"], json!(2));
    assert_eq!(school.send(create_cohort_plan_invitations(&id)).is(200)["invited"], json!(0));
    let own = Session::of(city, &holders[0]);
    let invited = own.send(list_conversion_invitations(&holders[0].id)).is(200);
    assert_eq!(invited.items().len(), 1, "{invited:?}");
    assert_eq!(city.looks("list_conversion_invitations", &holders[0].id), 0, "it looks at its own");
    school.send(list_conversion_invitations(&holders[0].id)).is(200);
    assert_eq!(city.looks("list_conversion_invitations", &holders[0].id), 1);
    let invitation = &invited.items()[0];
    assert_eq!(invitation["cohort_plan_id"], id.as_str());
    assert_eq!(invitation["institution_id"], school.institution_id.as_str());
    assert_eq!(invitation["programme_id"], offer.programme.as_str());
    assert_eq!(invitation["lines"][0]["grants"]["exempts"][0]["name"], "英语");
    own.send(list_conversion_invitations(&holders[1].id)).problem(404, "not-found");
    let none = Session::of(city, &other).send(list_conversion_invitations(&other.id)).is(200);
    assert!(none.items().is_empty());
    assert_eq!(school.send(list_conversion_invitations(&holders[1].id)).is(200).items().len(), 1);
    city.school().send(list_conversion_invitations(&holders[1].id)).problem(404, "not-found");
}

fn lists_are_for_own_programmes(city: &City) {
    let school = city.other_school();
    let programme = city.new_programme(school, "secondary");
    let asked = json!({"programme_id": programme, "cohort": cohort()});
    let foreign = city.school().send(create_cohort_plan(&asked));
    assert!(matches!(foreign.status, 403 | 404), "{foreign:?}");
    let wrong = json!({"programme_id": programme, "cohort": 1900});
    school.send(create_cohort_plan(&wrong)).problem_at(400, "invalid-request", "/cohort");
    let wrong = json!({"programme_id": programme, "cohort": cohort(), "class": " "});
    school.send(create_cohort_plan(&wrong)).problem_at(400, "invalid-request", "/class");
    let unscoped = create_cohort_plan(&asked).token(&school.token_for("rules:read")).send(&city.base);
    unscoped.expect("an answer").problem(403, "insufficient-scope");
    // Nobody is enrolled, and the programme has no plan yet.
    let job = ended(school, &school.send(create_cohort_plan(&asked)).is(202).id());
    assert_eq!((job.str("state"), &job["result"]["learners"]), ("done", &json!(0)), "{job:?}");
}

fn one_class_is_listed_alone(city: &City) {
    let school = city.other_school();
    let offer = Offer::new(city, school);
    publish(city, school, &offer.rules("ENG1"));
    let in_class = |class: &str| {
        let person = fresh::Person::new();
        let enrolment = with(&enrolment(&offer.programme, &fresh::code("T")), json!({"class": class}));
        let opened = school.send(open_learner(&opening(&person, Some(enrolment)))).is(201);
        opened["enrolment"]["id"].as_str().expect("an id").to_owned()
    };
    let (first, second) = (in_class("烹饪1班"), in_class("烹饪2班"));
    let asked = json!({"programme_id": offer.programme, "cohort": cohort(), "class": "烹饪1班"});
    let job = ended(school, &school.send(create_cohort_plan(&asked)).is(202).id());
    assert_eq!((&job["total"], &job["result"]["learners"]), (&json!(1), &json!(1)), "{job:?}");
    let listed = pages(school, list_cohort_plan_results(&job.id()).query("all", "true"));
    let found: Vec<&str> = listed.iter().filter_map(|one| one["enrolment_id"].as_str()).collect();
    assert_eq!(found, [first.as_str()]);
    assert_ne!(first, second);
}

fn invitations_tell_what_came_of_them(city: &City) {
    let school = city.other_school();
    let offer = Offer::new(city, school);
    publish(city, school, &offer.rules("ENG1"));
    let holders: Vec<_> = (0..4).map(|_| offer.holder(city, school)).collect();
    let [applying, leaving, losing, waiting] = [0, 1, 2, 3].map(|place| &holders[place]);
    let_it_settle();
    let asked = json!({"programme_id": offer.programme, "cohort": cohort()});
    let id = ended(school, &school.send(create_cohort_plan(&asked)).is(202).id()).id();
    school.send(create_cohort_plan_invitations(&id)).is(200);
    let own = Session::of(city, applying);
    let mine = own.send(list_conversion_invitations(&applying.id)).is(200);
    assert_eq!(mine.items()[0]["state"], "open");
    let state = |student: &Student| {
        let list = school.send(list_conversion_invitations(&student.id)).is(200);
        list.items()[0]["state"].as_str().expect("a state").to_owned()
    };
    assert!(holders.iter().all(|student| state(student) == "open"));
    // One applies, one leaves the school, one loses the certificate.
    let wanted = json!({"learner_id": applying.id, "programme_id": offer.programme});
    let plan = school.send(post_conversion_plans(&wanted)).is(200);
    let plan_id = plan.str("plan_id");
    own.send(post_conversions(&json!({"plan_id": plan_id, "lines": "all"}))).is(201);
    let end = json!({"status": "withdrawn", "from": today().to_string()});
    school.send(change_enrolment_status(&leaving.enrolment_id, &end)).is(200);
    let body = city.accredited("skill_certificate");
    let certificate = pages(school, list_learner_achievements(&losing.id));
    let certificate = certificate.iter().find(|one| one["kind"] == "skill_certificate").expect("its certificate");
    body.send(revoke_achievement(certificate["id"].as_str().expect("an id"), "误发")).is(200);
    assert_eq!([applying, losing, waiting].map(state), ["applied", "nothing_left", "open"]);
    let gone = Session::of(city, leaving).send(list_conversion_invitations(&leaving.id)).is(200);
    assert_eq!((&gone.items()[0]["state"], &gone.items()[0]["lines"]), (&json!("left"), &json!([])));
    let mine = own.send(list_conversion_invitations(&applying.id)).is(200);
    assert_eq!(mine.items()[0]["state"], "applied");
    // The school sees who confirmed, and those who left no more.
    let listed = pages(school, list_cohort_plan_results(&id).query("limit", "2"));
    let told = |student: &Student| {
        let own = listed.iter().find(|one| one["learner_id"] == student.id.as_str());
        own.map(|one| (one["state"].as_str().expect("a state").to_owned(), one["invited_at"].is_string()))
    };
    assert_eq!(told(applying), Some(("applied".to_owned(), true)));
    assert_eq!(told(waiting), Some(("open".to_owned(), true)));
    assert_eq!(told(leaving), None);
    assert_eq!(listed.len(), 3);
}
