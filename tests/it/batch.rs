//! Batches: each item for itself, or all or nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::book::{Balances, check};
use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::fixture::{Student, course, with};
use crate::support::fresh;
use crate::support::operations::{get_achievement, list_achievements, post_achievement, post_achievement_batch};

crate::support::on_both! {
    good_items_are_posted_beside_bad_ones,
    atomic_batch_posts_all_or_nothing,
    size_is_limited,
    duplicates_within_a_batch_are_one,
    attempts_within_a_batch_are_in_order,
    many_learners_in_one_batch,
    poison_item_spoils_no_neighbour,
    empty_and_malformed_batches_are_refused,
    interrupted_batch_can_be_sent_again,
}

fn items(student: &Student, count: usize) -> Vec<Value> {
    (0..count).map(|_| course(&json!({"id": student.id}), &fresh::code("C"), "1")).collect()
}

fn results(answer: &Value) -> &[Value] {
    answer["results"].as_array().expect("results")
}

fn good_items_are_posted_beside_bad_ones(city: &City) {
    let (school, student) = (city.school(), city.student());
    let mut batch = items(&student, 100);
    batch[7] = with(&batch[7], json!({"score": {"scale": "percentage", "value": "12"}}));
    batch[42] = with(&batch[42], json!({"credits": "-1"}));
    let answer = school.send(post_achievement_batch(&json!({"atomic": false, "items": batch}))).is(200);
    let counts = ["accepted", "rejected", "unchanged"].map(|member| answer[member].as_u64());
    assert_eq!(counts, [Some(98), Some(2), Some(0)]);
    let mut indexes = BTreeSet::new();
    for result in results(&answer.json) {
        let place = result["index"].as_u64().expect("a place");
        indexes.insert(place);
        match place {
            7 => assert_eq!((&result["status"], &result["problem"]["code"]), (&json!(422), &json!("not-passed"))),
            42 => {
                assert_eq!((&result["status"], &result["problem"]["code"]), (&json!(400), &json!("invalid-request")));
                let pointer = result["problem"]["errors"][0]["pointer"].as_str().expect("a pointer");
                assert!(pointer.ends_with("/credits"), "{pointer}");
            }
            _ => assert_eq!(result["status"], 201, "{result}"),
        }
    }
    assert_eq!(indexes.len(), 100, "every item has its result");
    let some = results(&answer.json)[50]["id"].as_str().expect("an id").to_owned();
    assert_eq!(school.send(get_achievement(&some)).is(200)["learner_id"], student.id.as_str());
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("98", 98));
}

fn atomic_batch_posts_all_or_nothing(city: &City) {
    let (school, student) = (city.school(), city.student());
    let good = items(&student, 20);
    let mut bad = good.clone();
    bad[13] = with(&bad[13], json!({"score": {"scale": "percentage", "value": "12"}}));
    let refused = school.send(post_achievement_batch(&json!({"atomic": true, "items": bad})));
    let refused = refused.problem(422, "atomic-batch-failed");
    let told = results(&refused.json);
    assert_eq!(told.len(), 1, "{refused:?}");
    assert_eq!((&told[0]["index"], &told[0]["problem"]["code"]), (&json!(13), &json!("not-passed")));
    assert_eq!(Balances::of(school, &student.id).seq(), 0);
    let reference = good[0]["external_ref"].as_str().expect("text");
    assert!(school.send(list_achievements().query("external_ref", reference)).is(200).items().is_empty());
    // A fault that only the book can see: the last item claims a reference that is taken.
    let taken = items(&student, 1);
    school.send(post_achievement(&taken[0])).is(201);
    let mut late = good.clone();
    late.push(with(&taken[0], json!({"attempt": "deferred"})));
    let refused = school.send(post_achievement_batch(&json!({"atomic": true, "items": late})));
    refused.problem(422, "atomic-batch-failed");
    assert_eq!(check(school, &student.id).earned(), "1");
    let answer = school.send(post_achievement_batch(&json!({"atomic": true, "items": good}))).is(200);
    assert_eq!(answer["accepted"], 20);
    assert_eq!(check(school, &student.id).earned(), "21");
}

fn size_is_limited(city: &City) {
    let (school, student) = (city.school(), city.student());
    let many = vec![items(&student, 1)[0].clone(); 5_001];
    let refused = school.send(post_achievement_batch(&json!({"items": many}))).problem(422, "batch-too-large");
    assert_eq!(refused["limit"], 5_000);
    let atomic = json!({"atomic": true, "items": many[..1_001]});
    let refused = school.send(post_achievement_batch(&atomic)).problem(422, "batch-too-large");
    assert_eq!(refused["limit"], 1_000);
    assert_eq!(Balances::of(school, &student.id).seq(), 0);
}

fn duplicates_within_a_batch_are_one(city: &City) {
    let (school, student) = (city.school(), city.student());
    let one = items(&student, 1)[0].clone();
    let other_content = with(&one, json!({"completed_on": days_ago(70).to_string()}));
    let batch = json!({"items": [one, one, other_content, one]});
    let answer = school.send(post_achievement_batch(&batch)).is(200);
    let statuses: Vec<u64> = results(&answer.json).iter().filter_map(|result| result["status"].as_u64()).collect();
    assert_eq!(statuses, [201, 200, 409, 200], "{answer:?}");
    let counts = ["accepted", "rejected", "unchanged"].map(|member| answer[member].as_u64());
    assert_eq!(counts, [Some(1), Some(1), Some(2)]);
    assert_eq!(results(&answer.json)[0]["id"], results(&answer.json)[3]["id"]);
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("1", 1));
}

fn attempts_within_a_batch_are_in_order(city: &City) {
    let (school, student) = (city.school(), city.student());
    let code = fresh::code("C");
    let first = course(&json!({"id": student.id}), &code, "4");
    let retake = with(
        &course(&json!({"id": student.id}), &code, "4"),
        json!({"attempt": "retake", "score": {"scale": "percentage", "value": "95"}, "completed_on": days_ago(20).to_string()}),
    );
    let wrong_amount = course(&json!({"id": student.id}), &code, "5");
    let answer = school.send(post_achievement_batch(&json!({"items": [first, retake, wrong_amount]}))).is(200);
    let told = results(&answer.json);
    assert_eq!((&told[0]["status"], &told[1]["status"]), (&json!(201), &json!(201)), "{answer:?}");
    assert_eq!(told[2]["problem"]["code"], "credits-not-as-catalogued", "the first item registered the course");
    let found = school.send(get_achievement(told[1]["id"].as_str().expect("an id"))).is(200);
    assert_eq!(found["credits"], "0");
    let balances = check(school, &student.id);
    assert_eq!((balances.earned(), balances.seq()), ("4", 2));
}

fn many_learners_in_one_batch(city: &City) {
    let school = city.school();
    let students: Vec<Student> = (0..12).map(|_| city.student()).collect();
    let code = fresh::code("C");
    let mut batch = Vec::new();
    for round in 0..5 {
        for student in &students {
            let own = format!("{code}.{round}");
            batch.push(course(&json!({"student_no": student.student_no}), &own, "2.5"));
        }
    }
    let answer = school.send(post_achievement_batch(&json!({"items": batch}))).is(200);
    assert_eq!(answer["accepted"], 60, "{answer:?}");
    for student in &students {
        let balances = check(school, &student.id);
        assert_eq!((balances.earned(), balances.seq()), ("12.5", 5));
    }
}

fn poison_item_spoils_no_neighbour(city: &City) {
    let (school, student) = (city.school(), city.student());
    let mut batch = items(&student, 40);
    // What a database might choke on: a zero byte, half a surrogate pair, numbers beyond 64 bits, very long text.
    batch[3]["course"]["name"] = json!("a\u{0}b");
    batch[9]["external_ref"] = json!("r".repeat(100_000));
    batch[21]["course"]["hours"] = json!(u64::MAX);
    batch[33]["learner"] = json!({"account_no": "９９９９"});
    let text = json!({"items": batch}).to_string().replacen("演示课程", "\\ud842", 1);
    let call = post_achievement_batch(&json!({})).bytes("application/json", text.into_bytes());
    let whole = school.send(call);
    assert!(matches!(whole.status, 200 | 400), "{whole:?}");
    let answer = school.send(post_achievement_batch(&json!({"items": batch}))).is(200);
    for result in results(&answer.json) {
        let status = result["status"].as_u64().expect("a status");
        let bad = matches!(result["index"].as_u64(), Some(3 | 9 | 21 | 33));
        if bad {
            assert!((400..500).contains(&status), "{result}");
        } else {
            assert!(matches!(status, 200 | 201), "{result}");
        }
    }
    assert_eq!(check(school, &student.id).earned(), "36");
}

fn empty_and_malformed_batches_are_refused(city: &City) {
    let school = city.school();
    for (body, pointer) in [
        (json!({"items": {}}), "/items"),
        (json!({}), "/items"),
        (json!({"items": [{}], "colour": 1}), "/colour"),
        (json!({"items": [{}], "atomic": "yes"}), "/atomic"),
        (json!({"items": [{}], "on_change": "maybe"}), "/on_change"),
    ] {
        school.send(post_achievement_batch(&body)).problem_at(400, "invalid-request", pointer);
    }
    let nothing = school.send(post_achievement_batch(&json!({"items": []}))).is(200);
    assert_eq!(nothing["results"], json!([]));
    // An item that is no achievement at all is refused alone.
    let student = city.student();
    let answer = school.send(post_achievement_batch(&json!({"items": [items(&student, 1)[0], {"a": 1}, 7, null]})));
    let answer = answer.is(200);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(1), &json!(3)), "{answer:?}");
    assert_eq!(check(school, &student.id).earned(), "1");
}

fn interrupted_batch_can_be_sent_again(city: &City) {
    let (school, student) = (city.school(), city.student());
    let batch = items(&student, 30);
    for result in &batch[..11] {
        school.send(post_achievement(result)).is(201);
    }
    let answer = school.send(post_achievement_batch(&json!({"items": batch}))).is(200);
    let counts = ["accepted", "rejected", "unchanged"].map(|member| answer[member].as_u64());
    assert_eq!(counts, [Some(19), Some(0), Some(11)]);
    assert_eq!(check(school, &student.id).earned(), "30");
}
