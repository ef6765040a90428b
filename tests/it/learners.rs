//! Opening accounts and looking at one's own learners.

use serde_json::json;

use crate::support::book::pages;
use crate::support::city::City;
use crate::support::clock::{cohort, now, rfc3339};
use crate::support::fixture::{enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::operations::{
    get_balances, get_learner, list_enrolments, list_learners, list_statement, open_learner, open_learner_batch,
    reissue_activation,
};

crate::support::on_both! {
    school_opens_an_account,
    account_needs_no_enrolment,
    account_number_has_a_check_digit,
    same_person_at_another_school_is_the_same_account,
    spelling_variants_of_a_name_are_one_name,
    other_name_is_put_under_review,
    student_number_belongs_to_one_person,
    replay_omits_the_code,
    code_can_be_issued_again,
    batch_opens_each_for_itself,
    list_shows_ones_own_learners,
    foreign_learner_is_unknown,
}

fn school_opens_an_account(city: &City) {
    let (school, person) = (city.school(), Person::new());
    let programme = city.programme(school, "secondary");
    let student_no = fresh::code("T");
    let body = opening(&person, Some(enrolment(&programme, &student_no)));
    let opened = school.send(open_learner(&body)).is(201);
    assert_eq!(opened["name"], person.name.as_str());
    let masked = format!("41**************{}", &person.number[16..]);
    assert_eq!(opened["id_document"], json!({"type": "resident_id", "masked": masked}));
    assert_eq!(opened["existing"], false);
    let enrolled = &opened["enrolment"];
    assert_eq!(enrolled["programme_id"], programme.as_str());
    assert_eq!((&enrolled["cohort"], &enrolled["status"]), (&json!(cohort()), &json!("enrolled")));
    assert_eq!(enrolled["student_no"], student_no.as_str());
    let code = opened["activation"]["code"].as_str().expect("a code");
    assert!(code.chars().filter(char::is_ascii_alphanumeric).count() >= 16, "80 bits take 16 letters: {code}");
    assert!(opened["activation"]["expires_at"].as_str().expect("an instant") > rfc3339(now()).as_str());
    let found = school.send(get_learner(&opened.id())).is(200);
    assert_eq!((&found["name"], &found["account_no"]), (&opened["name"], &opened["account_no"]));
    assert!(!found.text().contains(&person.number), "the number is shown in full");
    assert!(found["activation"]["code"].is_null(), "the code is shown again");
    let balances = school.send(get_balances(&opened.id())).is(200);
    assert_eq!((&balances["earned_total"], &balances["learner_seq"]), (&json!("0"), &json!(0)));
    assert!(school.send(list_statement(&opened.id())).is(200).items().is_empty());
}

fn account_needs_no_enrolment(city: &City) {
    let opened = city.school().send(open_learner(&opening(&Person::new(), None))).is(201);
    assert!(opened["enrolment"].is_null());
    assert!(opened["activation"]["code"].is_string());
}

fn account_number_has_a_check_digit(city: &City) {
    let number = city.student().account_no;
    let digits: Vec<u32> = number.chars().filter_map(|digit| digit.to_digit(10)).collect();
    assert_eq!(digits.len(), 12, "{number}");
    // ISO 7064 MOD 11,10.
    let product = digits[..11].iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    assert_eq!((product + digits[11]) % 10, 1, "{number}");
}

fn same_person_at_another_school_is_the_same_account(city: &City) {
    let (student, other) = (city.student(), city.other_school());
    let programme = city.programme(other, "secondary");
    let body = opening(&student.person, Some(enrolment(&programme, &fresh::code("T"))));
    let found = other.send(open_learner(&body)).is(200);
    assert_eq!((found.id(), found.str("account_no")), (student.id.clone(), student.account_no.as_str()));
    assert_eq!(found["existing"], true);
    assert!(found["activation"]["code"].is_null(), "an existing account is no way in: {found:?}");
    assert_eq!(found["enrolment"]["programme_id"], programme.as_str());
    assert_eq!(other.send(get_learner(&student.id)).is(200).id(), student.id, "now the other school's learner too");
    assert_eq!(city.school().send(list_enrolments(&student.id)).is(200).items().len(), 2);
}

fn spelling_variants_of_a_name_are_one_name(city: &City) {
    let other = city.other_school();
    let programme = city.programme(other, "secondary");
    let own_programme = city.programme(city.school(), "secondary");
    let variants = [
        ("阿依古丽·买买提", vec!["阿依古丽•买买提", "阿依古丽・买买提", "阿依古丽． 买买提", "阿依古丽‧买买提"]),
        ("Ｌｉｎ　Ｘｉａｏ", vec!["Lin Xiao", "LinXiao", "lin xiao"]),
        ("𠮷田𡋾", vec![" 𠮷田𡋾 ", "𠮷 田 𡋾"]),
    ];
    for (name, others) in variants {
        let student = city.student_named(city.school(), &own_programme, Person::named(name));
        for variant in others {
            let same = Person { name: variant.to_owned(), ..student.person.clone() };
            let body = opening(&same, Some(enrolment(&programme, &fresh::code("T"))));
            let found = other.send(open_learner(&body));
            // The second variant meets the enrolment that the first has made, which is no reason to refuse the name.
            assert!(matches!(found.status, 200 | 409), "{variant}: {found:?}");
            assert_ne!(found["code"], "identity-under-review", "{variant} is {name}");
            if found.status == 200 {
                assert_eq!(found.id(), student.id);
            }
        }
        assert!(other.send(get_learner(&student.id)).status == 200, "{name}: no variant was accepted");
    }
}

fn other_name_is_put_under_review(city: &City) {
    let (student, other) = (city.student(), city.other_school());
    let programme = city.programme(other, "secondary");
    let student_no = fresh::code("T");
    let wrong = Person { name: "完全不同".to_owned(), ..student.person.clone() };
    let body = opening(&wrong, Some(enrolment(&programme, &student_no)));
    let refused = other.send(open_learner(&body)).problem(409, "identity-under-review");
    assert!(!refused.str("case_id").is_empty());
    assert!(!refused.text().contains(&student.person.name), "the true name is given away");
    assert!(!refused.text().contains(&student.account_no), "the account number is given away");
    other.send(get_learner(&student.id)).problem(404, "not-found");
    assert!(other.send(list_learners().query("student_no", &student_no)).is(200).items().is_empty());
    assert_eq!(city.school().send(list_enrolments(&student.id)).is(200).items().len(), 1, "an enrolment was added");
}

fn student_number_belongs_to_one_person(city: &City) {
    let (school, student) = (city.school(), city.student());
    let programme = city.programme(school, "secondary");
    let taken = opening(&Person::new(), Some(enrolment(&programme, &student.student_no)));
    let refused = school.send(open_learner(&taken));
    assert!(matches!(refused.status, 409 | 422), "{refused:?}");
    let found = school.send(list_learners().query("student_no", &student.student_no)).is(200);
    assert_eq!(found.items().len(), 1);
    assert_eq!(found.items()[0]["id"], student.id.as_str());
    // The same number at another institution is another number.
    let elsewhere = city.other_school();
    let body = opening(&Person::new(), Some(enrolment(&city.programme(elsewhere, "secondary"), &student.student_no)));
    elsewhere.send(open_learner(&body)).is(201);
}

fn replay_omits_the_code(city: &City) {
    let body = opening(&Person::new(), None);
    let key = fresh::key();
    let first = city.school().send(open_learner(&body).key(&key)).is(201);
    let again = city.school().send(open_learner(&body).key(&key)).is(201);
    assert_eq!((again.id(), &again["account_no"]), (first.id(), &first["account_no"]));
    assert!(again["activation"]["code"].is_null(), "a code is shown once");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.header("idempotency-replayed"), None);
}

fn code_can_be_issued_again(city: &City) {
    let student = city.student();
    let slip = city.school().send(reissue_activation(&student.id, "slip")).is(201);
    assert_ne!(slip.str("code"), student.code);
    let at_once = city.school().send(reissue_activation(&student.id, "face_to_face")).is(201);
    assert_ne!(at_once.str("code"), slip.str("code"));
    let soon = rfc3339(now() + chrono::Duration::minutes(16));
    assert!(at_once.str("expires_at") < soon.as_str(), "a code given face to face lives 15 minutes");
    assert!(slip.str("expires_at") > rfc3339(now() + chrono::Duration::days(29)).as_str());
    city.other_school().send(reissue_activation(&student.id, "slip")).problem(404, "not-found");
    let wrong = city.school().send(reissue_activation(&student.id, "pigeon"));
    wrong.problem_at(400, "invalid-request", "/delivery");
}

fn batch_opens_each_for_itself(city: &City) {
    let school = city.school();
    let programme = city.programme(school, "secondary");
    let good: Vec<_> =
        (0..3).map(|_| opening(&Person::new(), Some(enrolment(&programme, &fresh::code("T"))))).collect();
    let bad = with(&good[0], json!({"id_document": {"type": "resident_id", "number": "360426199101010072"}}));
    let items = json!({"items": [good[0], bad, good[1], good[2]]});
    let answer = school.send(open_learner_batch(&items)).is(200);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(3), &json!(1)), "{answer:?}");
    for result in answer["results"].as_array().expect("results") {
        let place = result["index"].as_u64().expect("a place");
        if place == 1 {
            assert_eq!(result["status"], 400);
            let pointers = result["problem"]["errors"].as_array().expect("errors");
            assert!(pointers.iter().any(|error| {
                error["pointer"].as_str().is_some_and(|pointer| pointer.ends_with("/id_document/number"))
            }));
        } else {
            assert_eq!(result["status"], 201, "{result}");
            school.send(get_learner(result["id"].as_str().expect("an id"))).is(200);
        }
    }
    let many = json!({"items": vec![json!({}); 501]});
    school.send(open_learner_batch(&many)).problem(422, "batch-too-large");
}

fn list_shows_ones_own_learners(city: &City) {
    let (student, foreign) = (city.student(), {
        let other = city.other_school();
        city.student_of(other, &city.programme(other, "secondary"))
    });
    let all = pages(city.school(), list_learners().query("limit", "100"));
    let has = |id: &str| all.iter().any(|item| item["id"] == id);
    assert!(has(&student.id) && !has(&foreign.id));
    let own = all.iter().find(|item| item["id"] == student.id.as_str()).expect("the student");
    assert_eq!((&own["name"], &own["account_no"]), (&json!(student.person.name), &json!(student.account_no)));
    assert!(!own.to_string().contains(&student.person.number));
    let first = city.school().send(list_learners().query("limit", "1")).is(200);
    assert_eq!(first.items().len(), 1);
    assert!(first.header("link").is_some_and(|link| link.contains("rel=\"next\"")));
    let nobody = city.school().send(list_learners().query("student_no", &foreign.student_no)).is(200);
    assert!(nobody.items().is_empty(), "another institution's student number is found");
}

fn foreign_learner_is_unknown(city: &City) {
    let student = city.student();
    let nobody = "018f3a3e-0000-7000-8000-000000000000";
    for (client, id) in [(city.other_school(), student.id.as_str()), (city.school(), nobody)] {
        client.send(get_learner(id)).problem(404, "not-found");
        client.send(get_balances(id)).problem(404, "not-found");
        client.send(list_statement(id)).problem(404, "not-found");
        client.send(list_enrolments(id)).problem(404, "not-found");
    }
    // To post gives no right to read.
    let body = city.client("training_provider", 0);
    let answer = body.send(get_learner(&student.id));
    assert!(matches!(answer.status, 403 | 404), "{answer:?}");
}
