//! One item that the database itself refuses, in the middle of others.

use serde_json::{Value, json};

use crate::support::book::{check, trial_balance};
use crate::support::city::City;
use crate::support::fixture::{Student, course};
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{post_achievement, post_achievement_batch};
use crate::support::process::run;
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    poison_harms_nobody_else,
}

/// An amount that a trigger, planted behind the server's back, refuses to see in the book.
const POISON: &str = "399.123";

fn plant(city: &City) {
    let sql = match city.store.backend {
        Backend::Sqlite => {
            "CREATE TRIGGER poison BEFORE INSERT ON achievement WHEN NEW.credits = 399123 \
             BEGIN SELECT RAISE(ABORT, 'poison'); END"
        }
        Backend::Postgres => {
            "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$; \
             CREATE TRIGGER poison BEFORE INSERT ON achievement FOR EACH ROW WHEN (NEW.credits = 399123) \
             EXECUTE FUNCTION poison()"
        }
    };
    Rows::open(&city.store).must(sql);
}

fn poison_harms_nobody_else(backend: Backend) {
    let mut city = City::own(backend);
    let school = city.school();
    let students: Vec<Student> = (0..8).map(|_| city.student()).collect();
    plant(&city);
    let result = |n: usize, credits: &str| course(&json!({"id": students[n % 8].id}), &fresh::code("C"), credits);

    // A full group of single posts.
    for round in 0..5 {
        let posts: Vec<(usize, Value)> =
            (0..64).map(|n| (n, result(n, if n == 17 + round { POISON } else { "1" }))).collect();
        let answers: Vec<(usize, Answer)> = std::thread::scope(|scope| {
            let handles: Vec<_> =
                posts.iter().map(|(n, body)| scope.spawn(move || (*n, school.send(post_achievement(body))))).collect();
            handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
        });
        for (n, answer) in answers {
            if n == 17 + round {
                let answer = answer.problem(500, "internal-error");
                assert!(!answer.text().contains("poison"), "the cause is given away: {answer:?}");
            } else {
                answer.is(201);
            }
        }
    }

    // A batch.
    let items: Vec<Value> = (0..200).map(|n| result(n, if n == 123 { POISON } else { "1" })).collect();
    let answer = school.send(post_achievement_batch(&json!({"items": items}))).is(200);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(199), &json!(1)), "{answer:?}");
    let spoilt = answer["results"].as_array().expect("results").iter().find(|result| result["index"] == 123);
    assert_eq!(spoilt.expect("the item's result")["status"], 500);
    // An atomic one.
    let answer = school.send(post_achievement_batch(&json!({"atomic": true, "items": items[100..150]})));
    assert!(answer.status == 422 || answer.status == 500, "{answer:?}");

    let posted: i64 =
        students.iter().map(|student| crate::support::decimal::thousandths(check(school, &student.id).earned())).sum();
    assert_eq!(posted, 1_000 * (5 * 63 + 199));
    trial_balance(school);
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    match backend {
        Backend::Sqlite => rows.must("DROP TRIGGER poison"),
        Backend::Postgres => rows.must("DROP TRIGGER poison ON achievement"),
    }
    drop(rows);
    let verified = run(&city.store.arguments(&["verify"]));
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stderr));
}
