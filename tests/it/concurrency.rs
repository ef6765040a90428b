//! Many at once.

use serde_json::{Value, json};

use crate::support::book::{check, pages};
use crate::support::city::City;
use crate::support::fixture::{Student, course, enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::http::Answer;
use crate::support::operations::{
    get_achievement, list_courses, list_learner_achievements, open_learner, post_achievement, post_achievement_batch,
    revoke_achievement, transfer_enrolment,
};

crate::support::on_both! {
    two_hundred_posts_to_one_learner,
    one_reference_from_sixteen_threads,
    one_certificate_number_for_many,
    one_course_registered_at_two_amounts,
    batches_and_posts_to_the_same_learners,
    one_person_opened_by_many,
    revoked_and_moved_at_once,
    corrections_at_once_make_one_series,
    attempts_at_once_give_credits_once,
}

/// Runs `work` for each number below `count`, all at once.
fn at_once<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = (0..count).map(|n| scope.spawn(move || work(n))).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    })
}

fn two_hundred_posts_to_one_learner(city: &City) {
    let (school, student) = (city.school(), city.student());
    let results: Vec<Value> = (0..200).map(|_| course(&json!({"id": student.id}), &fresh::code("C"), "1")).collect();
    at_once(200, |n| school.send(post_achievement(&results[n])).is(201));
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("200", 200));
    assert_eq!(balances.in_programme(&student.enrolment_id), "200");
}

fn one_reference_from_sixteen_threads(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let answers = at_once(16, |_| school.send(post_achievement(&result)));
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201)), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.id() == answers[0].id()));
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 1));
}

fn one_certificate_number_for_many(city: &City) {
    let body = city.accredited("skill_certificate");
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let number = fresh::code("NO");
    let students: Vec<Student> = (0..8).map(|_| city.student()).collect();
    let answers = at_once(8, |n| body.send(post_achievement(&city.certificate(&students[n], &code, &number))));
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.problem(409, "evidence-already-credited");
    }
    let credited = students.iter().filter(|student| check(city.school(), &student.id).earned() == "4").count();
    assert_eq!(credited, 1);
}

fn one_course_registered_at_two_amounts(city: &City) {
    let school = city.school();
    let code = fresh::code("C");
    let students: Vec<Student> = (0..10).map(|_| city.student()).collect();
    let amounts = ["4", "5"];
    let answers: Vec<Answer> =
        at_once(10, |n| school.send(post_achievement(&course(&json!({"id": students[n].id}), &code, amounts[n % 2]))));
    let listed = pages(school, list_courses().query("code", &code));
    assert_eq!(listed.len(), 1, "the first result registers the course, once");
    let registered = listed[0]["credits"].as_str().expect("an amount");
    for (n, answer) in answers.into_iter().enumerate() {
        if amounts[n % 2] == registered {
            answer.is(201);
        } else {
            answer.problem(422, "credits-not-as-catalogued");
        }
    }
}

fn batches_and_posts_to_the_same_learners(city: &City) {
    let school = city.school();
    let students: Vec<Student> = (0..6).map(|_| city.student()).collect();
    let results = |count: usize| -> Vec<Value> {
        (0..count).map(|n| course(&json!({"id": students[n % 6].id}), &fresh::code("C"), "0.5")).collect()
    };
    let batches: Vec<Vec<Value>> = (0..4).map(|_| results(60)).collect();
    let singles = results(60);
    at_once(16, |n| match n {
        0..4 => {
            let atomic = n % 2 == 0;
            let answer = school.send(post_achievement_batch(&json!({"atomic": atomic, "items": batches[n]}))).is(200);
            assert_eq!(answer["accepted"], 60, "{answer:?}");
        }
        _ => {
            for result in singles.iter().skip(n - 4).step_by(12) {
                school.send(post_achievement(result)).is(201);
            }
        }
    });
    for student in &students {
        let balances = check(school, &student.id);
        assert_eq!((balances.earned(), balances.seq()), ("25", 50));
    }
}

fn one_person_opened_by_many(city: &City) {
    let person = Person::new();
    let schools = [city.school(), city.other_school()];
    let programmes = schools.map(|school| city.programme(school, "secondary"));
    let bodies: Vec<Value> =
        (0..2).map(|n| opening(&person, Some(enrolment(&programmes[n], &fresh::code("T"))))).collect();
    let answers = at_once(8, |n| schools[n % 2].send(open_learner(&bodies[n % 2])));
    let accounts = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(accounts, 1, "{answers:?}");
    let mut ids: Vec<String> = answers.iter().filter(|answer| answer.status < 300).map(Answer::id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "one person has one account");
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201 | 409)), "{answers:?}");
}

fn revoked_and_moved_at_once(city: &City) {
    let (school, student) = (city.school(), city.student());
    let learner = json!({"id": student.id});
    let posted: Vec<String> =
        (0..6).map(|_| school.send(post_achievement(&course(&learner, &fresh::code("C"), "2"))).is(201).id()).collect();
    let programme = city.new_programme(school, "secondary");
    let body = with(&enrolment(&programme, &fresh::code("T")), json!({}));
    let target = school.send(crate::support::operations::open_enrolment(&student.id, &body)).is(201).id();
    let answers = at_once(8, |n| match n {
        0 | 1 => {
            let all = json!({"to_enrolment_id": target, "lots": "all"});
            school.send(transfer_enrolment(&student.enrolment_id, &all))
        }
        n => school.send(revoke_achievement(&posted[n - 2], "测试")),
    });
    for answer in &answers[2..] {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert!(answers[..2].iter().all(|answer| matches!(answer.status, 200 | 422)), "{answers:?}");
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.total("secondary")), ("0", "0"));
}

fn corrections_at_once_make_one_series(city: &City) {
    let (school, student) = (city.school(), city.student());
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let first = school.send(post_achievement(&result)).is(201).id();
    let answers = at_once(10, |n| {
        let score = json!({"scale": "percentage", "value": (70 + n).to_string()});
        let change = json!({"score": score, "on_change": "correct", "reason": "更正"});
        school.send(post_achievement(&with(&result, change))).is(201)
    });
    let mut revisions: Vec<u64> = answers.iter().filter_map(|answer| answer["revision"].as_u64()).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=11).collect::<Vec<_>>());
    let found = pages(school, list_learner_achievements(&student.id));
    let live: Vec<&Value> = found.iter().filter(|item| item["status"] == "recognised").collect();
    assert_eq!(live.len(), 1, "{found:?}");
    assert_eq!(live[0]["revision"], 11);
    assert_eq!(school.send(get_achievement(&first)).is(200)["status"], "corrected");
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 11));
}

fn attempts_at_once_give_credits_once(city: &City) {
    let (school, student) = (city.school(), city.student());
    let code = fresh::code("C");
    let answers = at_once(12, |n| {
        let score = json!({"scale": "percentage", "value": (60 + (n * 7) % 40).to_string()});
        let change = json!({"score": score, "attempt": "retake"});
        school.send(post_achievement(&with(&course(&json!({"id": student.id}), &code, "4"), change))).is(201)
    });
    assert_eq!(answers.iter().filter(|answer| answer["credits"] == "4").count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer["credits"] == "0").count(), 11);
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 12));
    // Whatever the order, the best is the one that stands.
    let found = pages(school, list_learner_achievements(&student.id));
    let best =
        found.iter().max_by_key(|item| item["score"]["value"].as_str().and_then(|value| value.parse::<u32>().ok()));
    let status = best.expect("results")["status"].as_str().expect("a status");
    assert!(matches!(status, "recognised" | "recorded"), "the best attempt is {status}: {found:?}");
}
