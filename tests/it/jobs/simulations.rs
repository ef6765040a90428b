//! Who gains and who loses by a rule set that is not in force yet.

use serde_json::json;

use super::{Offer, ended, let_it_settle, publish};
use crate::support::book::pages;
use crate::support::city::City;
use crate::support::operations::{
    create_rule_set, create_rule_set_draft, create_simulation, get_job, list_simulation_results, update_rule_set_draft,
};

crate::support::on_both! {
    gains_and_losses_are_told_apart,
}

fn gains_and_losses_are_told_apart(city: &City) {
    let school = city.other_school();
    let offer = Offer::new(city, school);
    let holders = [offer.holder(city, school), offer.holder(city, school)];
    city.student_of(school, &offer.programme);
    let_it_settle();

    // A first draft: nobody can convert anything yet.
    let draft = school.send(create_rule_set(&offer.rules("ENG1"))).is(201);
    let queued = school.send(create_simulation(&draft.id(), "1")).is(202);
    let job = ended(school, &queued.id());
    assert_eq!((job.str("state"), &job["done"]), ("done", &json!(3)), "{job:?}");
    let result = &job["result"];
    assert_eq!((&result["gaining"], &result["credits_gained"]), (&json!(2), &json!("8")), "{job:?}");
    assert_eq!((&result["losing"], &result["credits_before"]), (&json!(0), &json!("0")));
    assert_eq!(result["profiles"], json!(1), "two learners with the same certificate are one case");
    assert_eq!(result["programmes"][0]["programme_id"], offer.programme.as_str());
    assert_eq!(result["institutions"][0]["institution_id"], school.institution_id.as_str());
    let gaining = pages(school, list_simulation_results(&job.id()).query("change", "gain").query("limit", "1"));
    let mut found: Vec<&str> = gaining.iter().filter_map(|item| item["learner_id"].as_str()).collect();
    let mut wanted: Vec<&str> = holders.iter().map(|student| &*student.id).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    assert_eq!(city.looks("list_simulation_results", &holders[0].id), 1, "a look at each is recorded");
    assert_eq!((&gaining[0]["credits_before"], &gaining[0]["credits_after"]), (&json!("0"), &json!("4")));
    assert!(pages(school, list_simulation_results(&job.id()).query("change", "lose")).is_empty());

    // Drafts and what they would do are nobody else's.
    city.bureau().send(create_simulation(&draft.id(), "1")).problem(404, "not-found");
    city.bureau().send(list_simulation_results(&job.id())).problem(404, "not-found");
    city.school().send(get_job(&job.id())).problem(404, "not-found");
    school.send(create_simulation(&draft.id(), "2")).problem(404, "not-found");

    // In force; its next version would ask for a certificate that nobody has.
    let id = publish(city, school, &offer.rules("ENG1"));
    let next = school.send(create_rule_set_draft(&id, &json!({"version": 1}))).is(201);
    let mut stricter = offer.rules("ENG1");
    stricter["rules"][0]["sources"][0]["levels"] = json!(["advanced"]);
    let tag = next.header("etag").expect("an ETag").to_owned();
    school.send(update_rule_set_draft(&id, &tag, &stricter)).is(200);
    let job = ended(school, &school.send(create_simulation(&id, "2")).is(202).id());
    let result = &job["result"];
    assert_eq!((&result["losing"], &result["credits_lost"]), (&json!(2), &json!("8")), "{job:?}");
    assert_eq!((&result["gaining"], &result["credits_after"]), (&json!(0), &json!("0")));
    let losing = pages(school, list_simulation_results(&job.id()).query("change", "lose"));
    assert_eq!(losing.len(), 2);
    let wrong = school.send(list_simulation_results(&job.id()).query("change", "none"));
    wrong.problem_at(400, "invalid-request", "/query/change");
}
