//! A larger demo city: conversions in every state that the first decisions lead to, and jobs that take a while.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::jobs::{Offer, publish};
use crate::support::book::{check, pages};
use crate::support::city::City;
use crate::support::clock::cohort;
use crate::support::fixture::{Student, course};
use crate::support::fresh;
use crate::support::operations::{
    create_cohort_plan, create_graduation_audit, create_simulation, get_graduation_audit, get_job,
    list_cohort_plan_results, list_conversions, list_graduation_audit_results, list_rule_sets, post_achievement,
    post_conversion_plans,
};
use crate::support::store::Backend;

crate::support::on_both_alone! {
    a_larger_city,
}

/// Longest that a post may take beside jobs, on a machine that runs other tests meanwhile: as long as any transaction.
const POST_MAX: Duration = Duration::from_secs(5);

fn a_larger_city(backend: Backend) {
    let city = City::with_learners(backend, 100);
    conversions_stand_in_every_state(&city);
    posts_go_on_while_jobs_run(&city);
}

fn conversions_stand_in_every_state(city: &City) {
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for client in city.clients() {
        for conversion in pages(client, list_conversions().query("updated_since", "2020-01-01T00:00:00Z")) {
            *states.entry(conversion["status"].as_str().expect("a status").to_owned()).or_default() += 1;
        }
    }
    for wanted in ["pending", "returned", "rejected", "converted"] {
        assert!(states.contains_key(wanted), "no conversion is {wanted}: {states:?}");
    }
}

fn posts_go_on_while_jobs_run(city: &City) {
    let (school, bureau) = (city.school(), city.bureau());
    let offer = Offer::new(city, school);
    publish(city, school, &offer.rules("ENG1"));
    let student = city.student_of(school, &offer.programme);
    let others: Vec<Student> = (0..8).map(|_| city.student()).collect();
    // The version that the bureau has in review, for every learner of the city; a cohort's plans; its audit.
    let sets = pages(bureau, list_rule_sets().query("limit", "200"));
    let reviewed = sets.iter().find(|set| set["name"] == "演示市学分转换规则").expect("the city's set");
    let set = reviewed["id"].as_str().expect("an id");
    let simulation = bureau.send(create_simulation(set, "2")).is(202).id();
    let asked = json!({"programme_id": offer.programme, "cohort": cohort()});
    let plans = school.send(create_cohort_plan(&asked)).is(202).id();
    let asked = json!({"programme_id": offer.programme, "cohort": cohort(), "stage": "pre"});
    let audit = school.send(create_graduation_audit(&asked)).is(202).id();
    // What is posted from here on is later than what they look at.
    let certificate = city.certificate(&student, &offer.certificate, &fresh::code("KFN"));
    city.accredited("skill_certificate").send(post_achievement(&certificate)).is(201);
    school.send(post_achievement(&course(&json!({"id": student.id}), "CHN1", "4"))).is(201);
    let (since, mut beside, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    for other in others.iter().cycle() {
        let running = |answer: crate::support::http::Answer| {
            let state = answer.is(200).str("state").to_owned();
            assert!(["queued", "running", "done"].contains(&state.as_str()), "{state}");
            state != "done"
        };
        let states = [
            running(bureau.send(get_job(&simulation))),
            running(school.send(get_job(&plans))),
            running(school.send(get_graduation_audit(&audit))),
        ];
        if states == [false; 3] {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(180), "{states:?}");
        let began = Instant::now();
        let result = course(&json!({"id": other.id}), &fresh::code("C"), "0.5");
        school.send(post_achievement(&result)).is(201);
        slowest = slowest.max(began.elapsed());
        beside += 1;
    }
    assert!(beside > 10 && slowest < POST_MAX, "{beside} posts, the slowest in {slowest:?}");
    let seqs = others.iter().map(|other| check(school, &other.id).seq());
    assert_eq!(seqs.sum::<u64>(), beside);
    let balances = check(school, &student.id);
    assert_eq!((balances.total("secondary"), balances.available("skill")), ("4", "4"));
    // None of it is in what the jobs found, and all of it in a plan of now.
    let found = pages(school, list_cohort_plan_results(&plans).query("all", "true"));
    assert_eq!((found.len(), &found[0]["credits"]), (1, &json!("0")), "{found:?}");
    let audited = pages(school, list_graduation_audit_results(&audit));
    assert_eq!((audited.len(), &audited[0]["credits"]), (1, &json!("0")), "{audited:?}");
    let ask = json!({"learner_id": student.id, "programme_id": offer.programme});
    assert_eq!(school.send(post_conversion_plans(&ask)).is(200).str("credits"), "4");
    let simulated = bureau.send(get_job(&simulation)).is(200);
    assert!(simulated["done"].as_u64() >= Some(100) && simulated["done"] == simulated["total"], "{simulated:?}");
    assert!(simulated["result"]["profiles"].as_u64() > Some(0), "{simulated:?}");
}
