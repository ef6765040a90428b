//! What has come of a list's results since: what they rest on may be used otherwise, or be gone.

use serde_json::{Value, json};

use super::{Offer, ended, let_it_settle, publish};
use crate::support::book::pages;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::cohort;
use crate::support::fixture::{Student, enrolment, with};
use crate::support::fresh;
use crate::support::operations::{
    create_cohort_plan, create_learner_fact, list_cohort_plan_results, open_enrolment, post_conversion_plans,
    post_conversions, revoke_learner_fact,
};

crate::support::on_both! {
    what_is_used_in_another_programme_is_not_left,
    a_revoked_fact_opens_nothing,
}

/// Lists the cohort; the job.
#[track_caller]
fn list(school: &Client, programme: &str) -> String {
    let asked = json!({"programme_id": programme, "cohort": cohort()});
    let job = ended(school, &school.send(create_cohort_plan(&asked)).is(202).id());
    assert_eq!(job.str("state"), "done", "{job:?}");
    job.id()
}

/// What has come of each learner's result.
#[track_caller]
fn states(school: &Client, job: &str, students: &[&Student]) -> Vec<String> {
    let listed = pages(school, list_cohort_plan_results(job));
    let state = |student: &&Student| {
        let own = listed.iter().find(|one| one["learner_id"] == student.id.as_str()).expect("it is listed");
        own["state"].as_str().expect("a state").to_owned()
    };
    students.iter().map(state).collect()
}

fn with_rule(document: &Value, members: &Value) -> Value {
    let rule = with(&document["rules"][0], members.clone());
    with(document, json!({"rules": [rule]}))
}

fn what_is_used_in_another_programme_is_not_left(city: &City) {
    let school = city.other_school();
    let here = Offer::new(city, school);
    let there = Offer { certificate: here.certificate.clone(), ..Offer::new(city, school) };
    // Once for life, whichever of the two programmes it is used in.
    let once = json!({"exclusivity": {"scope": "life", "family": fresh::code("FAM")}});
    for offer in [&here, &there] {
        publish(city, school, &with_rule(&offer.rules("ENG1"), &once));
    }
    let (using, waiting) = (here.holder(city, school), here.holder(city, school));
    school.send(open_enrolment(&using.id, &enrolment(&there.programme, &fresh::code("T")))).is(201);
    let_it_settle();
    let job = list(school, &here.programme);
    assert_eq!(states(school, &job, &[&using, &waiting]), ["open", "open"]);
    let wanted = json!({"learner_id": using.id, "programme_id": there.programme});
    let plan = school.send(post_conversion_plans(&wanted)).is(200);
    school.send(post_conversions(&json!({"plan_id": plan.str("plan_id"), "lines": "all"}))).is(201);
    assert_eq!(states(school, &job, &[&using, &waiting]), ["nothing_left", "open"]);
}

fn a_revoked_fact_opens_nothing(city: &City) {
    let school = city.other_school();
    let offer = Offer::new(city, school);
    let veterans = json!({
        "sources": [{"fact": {"fact": "veteran"}}], "value": {"is": "fixed", "credits": "2"},
        "target": {"place": {"in": "programme"}},
    });
    publish(city, school, &with_rule(&offer.rules("ENG1"), &veterans));
    let students = [0, 1].map(|_| city.student_of(school, &offer.programme));
    let attested = json!({"fact": "veteran", "source": "退役证原件核验", "valid_from": "2020-09-01"});
    let facts = [0, 1].map(|at: usize| school.send(create_learner_fact(&students[at].id, &attested)).is(201).id());
    let_it_settle();
    let job = list(school, &offer.programme);
    let [losing, waiting] = &students;
    assert_eq!(states(school, &job, &[losing, waiting]), ["open", "open"]);
    let reason = json!({"reason": "证件经核为伪造"});
    school.send(revoke_learner_fact(&losing.id, &facts[0], &reason)).is(200);
    assert_eq!(states(school, &job, &[losing, waiting]), ["nothing_left", "open"]);
}
