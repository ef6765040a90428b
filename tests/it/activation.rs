//! From the slip of paper to a password.

use crate::support::browser::Browser;
use crate::support::city::City;
use crate::support::fixture::Student;
use crate::support::http::Answer;
use crate::support::operations::reissue_activation;

crate::support::on_both! {
    name_number_and_code_set_a_password,
    code_works_once,
    wrong_code_counts_tries,
    unknown_people_get_the_same_answer,
    reissued_code_replaces_the_first,
    password_must_be_good_and_repeated,
    spelling_is_forgiven,
}

const PASSWORD: &str = "纸船 paper boat 42";

fn activate(city: &City, name: &str, number: &str, code: &str, password: &str, again: &str) -> Answer {
    let fields =
        [("name", name), ("id_number", number), ("code", code), ("password", password), ("password_again", again)];
    Browser::new(&city.base).submit("/activate", "/activate", &fields)
}

fn with_code(city: &City, student: &Student, code: &str) -> Answer {
    activate(city, &student.person.name, &student.person.number, code, PASSWORD, PASSWORD)
}

/// Whether the learner can log in, seen at the home page.
fn logs_in(city: &City, login: &str, password: &str) -> bool {
    let mut browser = Browser::new(&city.base);
    browser.submit("/login", "/login", &[("login", login), ("password", password)]);
    browser.get_only("/me").status == 200
}

fn name_number_and_code_set_a_password(city: &City) {
    let student = city.student();
    assert!(!logs_in(city, &student.account_no, PASSWORD));
    with_code(city, &student, &student.code).is(200);
    assert!(logs_in(city, &student.account_no, PASSWORD), "by account number");
    assert!(logs_in(city, &student.person.number, PASSWORD), "by id number");
    assert!(logs_in(city, &student.person.number.to_lowercase(), PASSWORD), "by id number in small letters");
    assert!(!logs_in(city, &student.account_no, "another password"));
    assert!(!logs_in(city, &student.account_no, &PASSWORD.to_lowercase().replace('纸', "止")));
}

fn code_works_once(city: &City) {
    let student = city.student();
    with_code(city, &student, &student.code).is(200);
    let other = "a different passphrase";
    activate(city, &student.person.name, &student.person.number, &student.code, other, other);
    assert!(!logs_in(city, &student.account_no, other), "the slip set a password twice");
    assert!(logs_in(city, &student.account_no, PASSWORD));
}

fn wrong_code_counts_tries(city: &City) {
    let student = city.student();
    let wrong: String = student
        .code
        .chars()
        .map(|letter| {
            if letter == 'A' {
                'B'
            } else if letter.is_ascii_alphanumeric() {
                'A'
            } else {
                letter
            }
        })
        .collect();
    for _ in 0..5 {
        with_code(city, &student, &wrong);
    }
    with_code(city, &student, &student.code);
    assert!(!logs_in(city, &student.account_no, PASSWORD), "the code still works after five wrong tries");
    let again = city.school().send(reissue_activation(&student.id, "slip")).is(201);
    with_code(city, &student, again.str("code")).is(200);
    assert!(logs_in(city, &student.account_no, PASSWORD));
}

/// The page without what differs each time: hidden fields and the names of requests.
fn told(answer: &Answer) -> (u16, String) {
    let page = answer.text();
    let lines = page.split('<').filter(|part| !part.contains("hidden") && !part.contains("urn:request:"));
    (answer.status, lines.collect())
}

fn unknown_people_get_the_same_answer(city: &City) {
    let (student, stranger) = (city.student(), crate::support::fresh::Person::new());
    let wrong_code = "AAAA-AAAA-AAAA-AAAA-AAAA";
    let typed = |name: &str, number: &str| {
        let answer = activate(city, name, number, wrong_code, PASSWORD, PASSWORD);
        let (status, page) = told(&answer);
        // What the learner typed may stand in the form again.
        (status, page.replace(name, "NAME").replace(number, "NUMBER"))
    };
    let known = typed(&student.person.name, &student.person.number);
    assert_eq!(known, typed(&student.person.name, &stranger.number), "the page tells whether a number is known");
    assert_eq!(known, typed(&stranger.name, &student.person.number), "the page tells whether a name fits");
    assert!(known.0 < 500, "{known:?}");
}

fn reissued_code_replaces_the_first(city: &City) {
    let student = city.student();
    let second = city.school().send(reissue_activation(&student.id, "face_to_face")).is(201);
    with_code(city, &student, &student.code);
    assert!(!logs_in(city, &student.account_no, PASSWORD), "the voided code still works");
    with_code(city, &student, second.str("code")).is(200);
    assert!(logs_in(city, &student.account_no, PASSWORD));
}

fn password_must_be_good_and_repeated(city: &City) {
    let student = city.student();
    let (name, number, code) = (&student.person.name, &student.person.number, &student.code);
    for (password, again) in
        [("short", "short"), ("", ""), (PASSWORD, "something else"), (&"长".repeat(2_000), &"长".repeat(2_000))]
    {
        let answer = activate(city, name, number, code, password, again);
        assert!(answer.status < 500, "{answer:?}");
        assert!(!logs_in(city, &student.account_no, password), "{password:.20} was taken");
    }
    // None of these was a wrong code, so the tries are not used up.
    with_code(city, &student, code).is(200);
    assert!(logs_in(city, &student.account_no, PASSWORD));
}

fn spelling_is_forgiven(city: &City) {
    let student = city.student();
    let spaced = student.person.name.chars().map(String::from).collect::<Vec<_>>().join(" ");
    let code = format!(" {} ", student.code.to_lowercase());
    let full_width: String = student
        .person
        .number
        .chars()
        .map(|digit| match digit {
            '0'..='9' => {
                char::from_u32(u32::from(digit) - u32::from('0') + u32::from('０')).expect("a full-width digit")
            }
            other => other,
        })
        .collect();
    activate(city, &spaced, &full_width, &code, PASSWORD, PASSWORD);
    assert!(logs_in(city, &student.account_no, PASSWORD));
}
