//! Use beyond what the rules allow is impossible, however many act at once; and whoever comes too late has changed nothing.

use std::sync::Barrier;
use std::time::Instant;

use serde_json::{Value, json};

use super::{Setting, apply_all, enrol_again, plan, programme, publish, rule};
use crate::support::book::{Balances, check, pages, statement};
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::fixture::{Student, with};
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    create_conversion_decision, create_conversion_reversal, list_conversions, post_achievement,
};
use crate::support::session::Session;

crate::support::on_both! {
    one_certificate_at_two_institutions,
    one_learner_applies_many_times,
    one_place_under_a_cap,
    one_conversion_is_decided_once,
}

/// How often a race is run.
const ROUNDS: usize = 12;

/// Runs `work` for each number below `count`, all at once: nobody begins before everybody is there.
fn at_once<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(count);
    std::thread::scope(|scope| {
        let (work, start) = (&work, &start);
        let one = |n| {
            scope.spawn(move || {
                start.wait();
                work(n)
            })
        };
        let handles: Vec<_> = (0..count).map(one).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    })
}

/// As `at_once`; and whether all had begun before the first had its answer.
fn raced<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> (Vec<T>, bool) {
    let timed = at_once(count, |n| {
        let began = Instant::now();
        (work(n), began, Instant::now())
    });
    let last_begun = timed.iter().map(|(_, began, _)| *began).max();
    let first_answered = timed.iter().map(|(.., ended)| *ended).min();
    (timed.into_iter().map(|(answer, ..)| answer).collect(), last_begun < first_answered)
}

/// The place of the one that was answered with `made`; all others were refused.
#[track_caller]
fn one_of(answers: Vec<Answer>, made: u16, refused: &str) -> usize {
    let won: Vec<usize> = (0..answers.len()).filter(|n| answers[*n].status == made).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    for answer in answers.into_iter().filter(|answer| answer.status != made) {
        answer.problem(409, refused);
    }
    won[0]
}

/// A new learner of the college who holds the certificate.
#[track_caller]
fn holder(city: &City, college: &Client, programme: &str, certificate: &str) -> Student {
    let student = city.student_of(college, programme);
    certify(city, &student, certificate);
    student
}

#[track_caller]
fn certify(city: &City, student: &Student, certificate: &str) {
    let body = city.certificate(student, certificate, &fresh::code("NO"));
    city.accredited("skill_certificate").send(post_achievement(&body)).is(201);
}

/// The conversions of a learner that a school may know of.
fn conversions(client: &Client, student: &Student) -> Vec<Value> {
    pages(client, list_conversions().query("learner_id", &student.id))
}

fn one_certificate_at_two_institutions(city: &City) {
    let setting = Setting::without_rules(city);
    let family = fresh::code("F");
    let exclusivity = json!({"scope": "life", "family": family});
    let once = |draws: &str| with(&setting.rule(), json!({"exclusivity": exclusivity, "draws": draws}));
    setting.publish(vec![once("full")]);
    let school = city.school();
    let (elsewhere, _) = programme(city, school, "secondary");
    publish(
        school,
        &city.second_client(school),
        &elsewhere,
        vec![with(&once("none"), json!({"code": fresh::code("R")}))],
    );
    let clients = [setting.college, school];
    let mut together = 0;
    for _ in 0..ROUNDS {
        let student = holder(city, setting.college, &setting.programme, &setting.certificate);
        let enrolments = [student.enrolment_id.clone(), enrol_again(school, &student, &elsewhere)];
        let plans = [plan(setting.college, &student, &setting.programme), plan(school, &student, &elsewhere)];
        let (answers, at_once) = raced(2, |n| clients[n].send(apply_all(plans[n].str("plan_id"))));
        together += usize::from(at_once);
        let won = one_of(answers, 201, "already-used");
        // The winner has its credits; of the loser there is no trace, neither in its own list nor in the book.
        let balances = check(city.bureau(), &student.id);
        assert_eq!((balances.in_programme(&enrolments[won]), balances.in_programme(&enrolments[1 - won])), ("2", "0"));
        assert_eq!(balances.available("skill"), if won == 0 { "0" } else { "4" }, "only the college draws");
        let all = [conversions(setting.college, &student), conversions(school, &student)];
        let into = |programme: &Value| all.iter().flatten().filter(|one| one["programme_id"] == *programme).count();
        let programmes = [json!(setting.programme), json!(elsewhere)];
        assert_eq!((into(&programmes[won]) > 0, into(&programmes[1 - won])), (true, 0), "{all:?}");
        assert_eq!(plan(clients[1 - won], &student, programmes[1 - won].as_str().expect("an id"))["lines"], json!([]));
    }
    assert!(together > ROUNDS / 2, "they did not meet: {together} of {ROUNDS}");
}

fn one_learner_applies_many_times(city: &City) {
    let setting = Setting::new(city, |setting| vec![with(&setting.rule(), json!({"draws": "full"}))]);
    let mut together = 0;
    for _ in 0..ROUNDS / 3 {
        let student = holder(city, setting.college, &setting.programme, &setting.certificate);
        let session = Session::of(city, &student);
        // With one plan and with another one that says the same; by the learner and by the school.
        let plans: Vec<String> =
            (0..2).map(|_| plan(setting.college, &student, &setting.programme).str("plan_id").to_owned()).collect();
        let (answers, at_once) = raced(8, |n| {
            let call = apply_all(&plans[n % 2]);
            if n < 4 { session.send(call) } else { setting.college.send(call) }
        });
        together += usize::from(at_once);
        one_of(answers, 201, "already-used");
        assert_eq!(conversions(setting.college, &student).len(), 1);
        let balances: Balances = check(setting.college, &student.id);
        assert_eq!((balances.total("skill"), balances.in_programme(&student.enrolment_id)), ("0", "2"));
        let all = statement(setting.college, &student.id);
        let kinds: Vec<&str> = all.iter().rev().filter_map(|one| one["kind"].as_str()).collect();
        assert_eq!(kinds, ["deposit", "hold", "conversion"], "the others left nothing in the book");
    }
    assert!(together > 0, "they did not meet");
}

fn one_place_under_a_cap(city: &City) {
    // One certificate of two may be converted, and nothing but the cap says so.
    let setting = Setting::without_rules(city);
    let other = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let one = json!([{"code": "one-only", "per": "programme", "most": {"is": "achievements", "count": 1}}]);
    let codes = [&setting.certificate, &other];
    let worth = json!({"is": "table", "rows": [
        {"when": {"codes": [other]}, "credits": "3"}, {"when": {"codes": [setting.certificate]}, "credits": "2"}]});
    let sources = json!([{"kinds": ["skill_certificate"], "codes": codes, "levels": ["intermediate"]}]);
    setting.publish(vec![with(&rule("ANY"), json!({"sources": sources, "value": worth, "caps": one}))]);
    for _ in 0..ROUNDS / 2 {
        let student = holder(city, setting.college, &setting.programme, &setting.certificate);
        let first = plan(setting.college, &student, &setting.programme);
        certify(city, &student, &other);
        let second = plan(setting.college, &student, &setting.programme);
        assert_eq!((first.str("credits"), second.str("credits")), ("2", "3"));
        let plans = [first.str("plan_id"), second.str("plan_id")];
        let answers = at_once(2, |n| setting.college.send(apply_all(plans[n])));
        let won = one_of(answers, 201, "plan-outdated");
        assert_eq!(check(setting.college, &student.id).in_programme(&student.enrolment_id), ["2", "3"][won]);
        assert_eq!(conversions(setting.college, &student).len(), 1);
        // The loser's certificate is free still, and the cap is what stands against it.
        let after = plan(setting.college, &student, &setting.programme);
        let reasons: Vec<&str> =
            after["unused"].as_array().expect("a list").iter().filter_map(|one| one["reason"].as_str()).collect();
        assert!(reasons.contains(&"cap-reached"), "{after:?}");
    }
}

fn one_conversion_is_decided_once(city: &City) {
    let setting = Setting::new(city, |setting| vec![setting.reviewed()]);
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    let outcomes = [
        json!({"outcome": "approved"}),
        json!({"outcome": "rejected", "reason": "不符"}),
        json!({"outcome": "returned", "reason": "补正"}),
        json!({"outcome": "approved"}),
    ];
    let answers = at_once(4, |n| setting.reviewer.send(create_conversion_decision(id, &outcomes[n])));
    one_of(answers, 200, "wrong-state");
    let granted = setting.purses()[2].clone();
    assert!(granted == "0" || granted == "2", "{granted}");
    if granted == "2" {
        let body = json!({"reason": "误认"});
        let answers = at_once(4, |_| setting.college.send(create_conversion_reversal(id, &body)));
        one_of(answers, 200, "wrong-state");
        assert_eq!(setting.purses(), ["4", "0", "0"]);
    }
}
