//! A job whose process died is taken up again where it was.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Offer, ended, let_it_settle, publish};
use crate::graduation_audits::audit;
use crate::support::book::pages;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::cohort;
use crate::support::fixture::of_kind;
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    create_cohort_plan, create_graduation_audit, create_job_cancellation, create_rule_set, create_simulation,
    get_graduation_audit, get_job, list_cohort_plan_results, list_graduation_audit_results, list_simulation_results,
    post_achievement, update_rule_set_draft,
};
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    interrupted_job_is_taken_up_again,
    half_done_work_goes_on_where_it_was,
    a_simulation_goes_on_where_it_was,
    another_document_is_not_simulated,
    audits_are_limited_and_fail_in_the_end,
}

fn interrupted_job_is_taken_up_again(backend: Backend) {
    let mut city = City::own(backend);
    let offer = Offer::new(&city, city.other_school());
    offer.holder(&city, city.other_school());
    let_it_settle();
    let draft = city.other_school().send(create_rule_set(&offer.rules("ENG1"))).is(201).id();
    let first = ended(city.other_school(), &city.other_school().send(create_simulation(&draft, "1")).is(202).id());
    assert_eq!(first["result"]["gaining"], json!(1), "{first:?}");

    // As a process leaves it that dies between two chunks: running, held by somebody, the lease run out.
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let nobody = match backend {
        Backend::Sqlite => "X'00000000000000000000000000000001'",
        Backend::Postgres => "'00000000-0000-0000-0000-000000000001'",
    };
    rows.must("DELETE FROM simulation_result");
    rows.must(&format!(
        "UPDATE job SET state = 'running', holder = {nobody}, leased_until = 1, tries = 1, done = 0, result = NULL, \
         progress = '', finished_at = NULL"
    ));
    drop(rows);
    city.serve_again();
    let school = city.other_school().at(&city.base);
    let again = ended(&school, &first.id());
    assert_eq!((again.str("state"), &again["result"]), ("done", &first["result"]), "{again:?}");
    assert_eq!(again["started_at"], first["started_at"]);
    assert_eq!(school.send(list_simulation_results(&first.id())).is(200).items().len(), 1);

    // One that fails again and again ends.
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    rows.must("UPDATE job SET state = 'running', leased_until = 1, tries = 3, result = NULL, finished_at = NULL");
    drop(rows);
    city.serve_again();
    let failed = ended(&city.other_school().at(&city.base), &first.id());
    assert_eq!(failed.str("state"), "failed", "{failed:?}");
}

fn half_done_work_goes_on_where_it_was(backend: Backend) {
    let mut city = City::own(backend);
    let school = city.other_school();
    let offer = Offer::new(&city, school);
    publish(&city, school, &offer.rules("ENG1"));
    let mut enrolments: Vec<String> = (0..4).map(|_| offer.holder(&city, school).enrolment_id).collect();
    enrolments.sort_unstable();
    let_it_settle();
    let asked = json!({"programme_id": offer.programme, "cohort": cohort()});
    let list = ended(school, &school.send(create_cohort_plan(&asked)).is(202).id());
    assert_eq!(list["result"]["could_convert"], json!(4), "{list:?}");
    let found = audit(school, &offer.programme, "pre");

    // As a process leaves them that dies when two of four are done; what it has found of these is kept.
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let literal = |id: &str| match backend {
        Backend::Sqlite => format!("X'{}'", id.replace('-', "")),
        Backend::Postgres => format!("'{id}'"),
    };
    let (done, rest) = (&enrolments[..2], &enrolments[2..]);
    let gone: Vec<String> = rest.iter().map(|id| literal(id)).collect();
    rows.must(&format!("DELETE FROM cohort_plan_result WHERE enrolment_id IN ({})", gone.join(", ")));
    // Told apart from what would be found again.
    rows.must("UPDATE cohort_plan_result SET courses = 7");
    let progress = json!({"after": done[1], "tally": {"learners": 2, "could_convert": 2, "credits": 8000, "courses": 2,
                          "not_proven_best": 0}});
    rows.must(&format!(
        "UPDATE job SET state = 'running', leased_until = 1, tries = 1, done = 2, result = NULL, finished_at = NULL, \
         progress = '{progress}' WHERE kind = 'cohort_plan'"
    ));
    let learner = "(SELECT learner_id FROM enrolment WHERE id = audit_result.enrolment_id)";
    rows.unguard("audit_result");
    let order: Vec<String> = rows.texts(&format!(
        "SELECT {} AS v FROM audit_result WHERE {learner} = learner_id ORDER BY learner_id, enrolment_id",
        match backend {
            Backend::Sqlite => "lower(hex(learner_id)) || ' ' || lower(hex(enrolment_id))",
            Backend::Postgres => "learner_id::text || ' ' || enrolment_id::text",
        }
    ));
    assert_eq!(order.len(), 4);
    let literals = |row: &str| {
        let (learner, enrolment) = row.split_once(' ').expect("two ids");
        (literal(learner), literal(enrolment))
    };
    for row in &order[2..] {
        rows.must(&format!("DELETE FROM audit_result WHERE enrolment_id = {}", literals(row).1));
    }
    rows.must("UPDATE audit_result SET credits = 99000");
    let (last_learner, last_enrolment) = literals(&order[1]);
    rows.must(&format!(
        "UPDATE graduation_audit SET state = 'running', lease_until = 1, processed = 2, met = 0, finished_at = NULL, \
         last_learner = {last_learner}, last_enrolment = {last_enrolment} WHERE id = {}",
        literal(&found.id())
    ));
    drop(rows);
    city.serve_again();
    let school = city.other_school().at(&city.base);
    let again = ended(&school, &list.id());
    assert_eq!((&again["done"], &again["result"]), (&json!(4), &list["result"]), "{again:?}");
    let results = pages(&school, list_cohort_plan_results(&list.id()));
    let courses =
        |id: &String| results.iter().find(|one| one["enrolment_id"] == id.as_str()).map(|one| one["courses"].clone());
    let all: Vec<_> = enrolments.iter().map(courses).collect();
    assert_eq!(all, [Some(json!(7)), Some(json!(7)), Some(json!(1)), Some(json!(1))]);
    let audited = finished(&school, &found.id());
    assert_eq!((&audited["state"], &audited["processed"]), (&json!("done"), &json!(4)), "{audited:?}");
    let results = pages(&school, list_graduation_audit_results(&found.id()));
    let kept = results.iter().filter(|one| one["credits"] == "99").count();
    assert_eq!((results.len(), kept), (4, 2));

    // One that is at work is cancelled: whoever holds it gets no further, and what it has found stays.
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let holder = literal("018f3a3e-0000-7000-8000-000000000001");
    rows.must(&format!(
        "UPDATE job SET state = 'running', holder = {holder}, leased_until = {}, tries = 1, result = NULL, \
         finished_at = NULL WHERE kind = 'cohort_plan'",
        i64::MAX
    ));
    drop(rows);
    city.serve_again();
    let running = school.send(get_job(&list.id())).is(200);
    assert_eq!(running.str("state"), "running");
    let reading = create_job_cancellation(&list.id()).token(&school.token_for("plans:read")).send(&city.base);
    reading.expect("an answer").problem(403, "insufficient-scope");
    let cancelled = school.send(create_job_cancellation(&list.id())).is(200);
    assert!(cancelled.str("state") == "cancelled" && cancelled["finished_at"].is_string(), "{cancelled:?}");
    school.send(create_job_cancellation(&list.id())).problem(409, "job-state");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(school.send(get_job(&list.id())).is(200)["state"], "cancelled");
    assert_eq!(pages(&school, list_cohort_plan_results(&list.id())).len(), 4);
    let mut rows = Rows::open(&city.store);
    let held = rows.texts("SELECT 'held' AS v FROM job WHERE holder IS NOT NULL AND kind = 'cohort_plan'");
    assert!(held.is_empty(), "whoever held it could write on");
}

fn a_simulation_goes_on_where_it_was(backend: Backend) {
    let mut city = City::own(backend);
    let school = city.other_school();
    let offer = Offer::new(&city, school);
    // Two who gain, one who does not, in the order in which they are looked at.
    let mut enrolments = vec![offer.holder(&city, school).enrolment_id, offer.holder(&city, school).enrolment_id];
    enrolments.push(city.student_of(school, &offer.programme).enrolment_id);
    let_it_settle();
    let draft = school.send(create_rule_set(&offer.rules("ENG1"))).is(201).id();
    let half = ended(school, &school.send(create_simulation(&draft, "1")).is(202).id());
    assert_eq!((&half["done"], &half["result"]["gaining"]), (&json!(3), &json!(2)), "{half:?}");
    let later = [offer.holder(&city, school), offer.holder(&city, school), city.student_of(school, &offer.programme)];
    let examination = city.catalogued("examination", None, "4");
    let content = json!({"code": examination, "score": "500", "number": fresh::code("KFN")});
    let beside = of_kind("examination", &later[2], &content);
    city.accredited("examination").send(post_achievement(&beside)).is(201);
    let_it_settle();
    let whole = ended(school, &school.send(create_simulation(&draft, "1")).is(202).id());
    assert_eq!((&whole["done"], &whole["result"]["gaining"]), (&json!(6), &json!(4)), "{whole:?}");
    let sorted = |client: &Client| {
        let mut rows = pages(client, list_simulation_results(&whole.id()));
        rows.sort_by_key(|row| row["enrolment_id"].to_string());
        rows
    };
    let found = sorted(school);

    // As a process leaves the second one that dies when the first three are done: what it had added up is what the first
    // one found, who were the same three.
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let id = |id: &str| city.literal(id);
    let told = rows.texts(&format!("SELECT progress AS v FROM job WHERE id = {}", id(&half.id())));
    let mut progress: Value = serde_json::from_str(&told[0]).expect("progress is JSON");
    progress["at"] = json!([offer.programme, cohort(), enrolments[2]]);
    let gone: Vec<String> = later.iter().map(|student| id(&student.enrolment_id)).collect();
    let of_whole = format!("job_id = {}", id(&whole.id()));
    rows.must(&format!("DELETE FROM simulation_result WHERE {of_whole} AND enrolment_id IN ({})", gone.join(", ")));
    rows.must(&format!(
        "UPDATE job SET state = 'running', leased_until = 1, tries = 1, done = 3, result = NULL, finished_at = NULL, \
         progress = '{progress}' WHERE id = {}",
        id(&whole.id())
    ));
    drop(rows);
    city.serve_again();
    let school = city.other_school().at(&city.base);
    let again = ended(&school, &whole.id());
    assert_eq!((&again["done"], &again["result"]), (&json!(6), &whole["result"]), "as one run through");
    assert_eq!(sorted(&school), found);
}

fn another_document_is_not_simulated(backend: Backend) {
    let mut city = City::own(backend);
    let school = city.other_school();
    let offer = Offer::new(&city, school);
    offer.holder(&city, school);
    let_it_settle();
    let draft = school.send(create_rule_set(&offer.rules("ENG1"))).is(201);
    let first = ended(school, &school.send(create_simulation(&draft.id(), "1")).is(202).id());
    assert_eq!(first.str("state"), "done");
    let mut other = offer.rules("ENG1");
    other["rules"][0]["sources"][0]["levels"] = json!(["advanced"]);
    let tag = draft.header("etag").expect("an ETag").to_owned();
    school.send(update_rule_set_draft(&draft.id(), &tag, &other)).is(200);
    // As if it had waited in the queue meanwhile.
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    rows.must("DELETE FROM simulation_result");
    rows.must(
        "UPDATE job SET state = 'queued', leased_until = 0, tries = 0, done = 0, result = NULL, progress = '', \
         finished_at = NULL",
    );
    drop(rows);
    city.serve_again();
    let school = city.other_school().at(&city.base);
    let failed = ended(&school, &first.id());
    assert_eq!((failed.str("state"), &failed["result"]), ("failed", &json!({"failed": "another-document"})));
    assert!(school.send(list_simulation_results(&first.id())).is(200).items().is_empty());
}

fn audits_are_limited_and_fail_in_the_end(backend: Backend) {
    let mut city = City::own(backend);
    let school = city.other_school();
    let programme = city.new_programme(school, "secondary");
    let asked = json!({"programme_id": programme, "cohort": cohort(), "stage": "pre"});
    let ids: Vec<String> = (0..20).map(|_| school.send(create_graduation_audit(&asked)).is(202).id()).collect();
    let refused = school.send(create_graduation_audit(&asked));
    assert_eq!(refused.problem(409, "too-many-jobs")["limit"], json!(20));
    // Other schools go on.
    let own = city.new_programme(city.school(), "secondary");
    let others = json!({"programme_id": own, "cohort": cohort(), "stage": "pre"});
    city.school().send(create_graduation_audit(&others)).is(202);
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    rows.must("UPDATE graduation_audit SET state = 'running', lease_until = 1, tries = 3");
    drop(rows);
    city.serve_again();
    let school = city.other_school().at(&city.base);
    let failed = finished(&school, &ids[0]);
    assert_eq!(failed["state"], "failed", "{failed:?}");
    assert!(failed["finished_at"].is_string());
    for id in &ids {
        assert_eq!(finished(&school, id)["state"], "failed");
    }
    school.send(create_graduation_audit(&asked)).is(202);
}

/// An audit once it has ended.
#[track_caller]
fn finished(school: &Client, id: &str) -> Answer {
    let since = Instant::now();
    loop {
        let found = school.send(get_graduation_audit(id)).is(200);
        if !["queued", "running"].contains(&found.str("state")) {
            return found;
        }
        assert!(since.elapsed() < Duration::from_secs(90), "{found:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}
