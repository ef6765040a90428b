//! Documents and names that cannot be, and unusual names that can.

use serde_json::{Value, json};

use super::Untouched;
use crate::support::city::City;
use crate::support::fixture::{enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::operations::{get_learner, list_learners, open_learner, post_achievement};

crate::support::on_both_quietly! {
    wrong_id_numbers_open_nothing,
    wrong_documents_open_nothing,
    names_that_are_none_open_nothing,
    unusual_names_are_welcome,
    other_documents_are_welcome,
    programme_and_student_number_of_another_institution,
    wrong_enrolments_open_nothing,
}

/// Opens nothing: the student number that the body asks for belongs to nobody afterwards.
#[track_caller]
fn opens_nothing(city: &City, body: &Value, status: u16, code: &str, pointer: &str) {
    let school = city.school();
    school.send(open_learner(body)).problem_at(status, code, pointer);
    if let Some(number) = body["enrolment"]["student_no"].as_str().filter(|number| number.starts_with('T')) {
        let found = school.send(list_learners().query("student_no", number)).is(200);
        assert!(found.items().is_empty(), "an account was opened: {found:?}");
    }
}

fn good(city: &City) -> Value {
    let programme = city.programme(city.school(), "secondary");
    opening(&Person::new(), Some(enrolment(&programme, &fresh::code("T"))))
}

fn wrong_id_numbers_open_nothing(city: &City) {
    let body = good(city);
    let numbers = [
        "360426199101010072",
        "12345678",
        "410299200302290011",
        "41029920030229001X",
        "000000000000000000",
        "410299200613150012",
        "410299200600150012",
        "410299299901010013",
        "990101199001010010",
        "41029920060315001",
        "4102992006031500122",
        "410299060315001",
        "41029920060315001A",
        "41029920060315OO12",
        "",
        "４１０２９９",
        "410299-20060315-0012x",
    ];
    for number in numbers {
        let wrong = with(&body, json!({"id_document": {"type": "resident_id", "number": number}}));
        opens_nothing(city, &wrong, 400, "invalid-request", "/id_document/number");
        let learner = json!({"id_document": {"type": "resident_id", "number": number}, "name": "林小满"});
        let result = crate::support::fixture::course(&learner, &fresh::code("C"), "4");
        let refused = city.school().send(post_achievement(&with(&result, json!({"open_if_missing": true}))));
        refused.problem_at(400, "invalid-request", "/learner/id_document/number");
    }
}

fn wrong_documents_open_nothing(city: &City) {
    let body = good(city);
    let faults = [
        (json!({"type": "driving_licence", "number": "1"}), "/id_document/type"),
        (json!({"type": "passport", "number": "A"}), "/id_document/number"),
        (json!({"type": "resident_id"}), "/id_document/number"),
        (json!({"type": "resident_id", "number": "410299200603150012", "issued": "x"}), "/id_document/issued"),
    ];
    for (document, pointer) in faults {
        opens_nothing(city, &with(&body, json!({"id_document": document})), 400, "invalid-request", pointer);
    }
    let text = with(&body, json!({"id_document": "410299200603150012"}));
    opens_nothing(city, &text, 400, "invalid-request", "/id_document");
}

fn names_that_are_none_open_nothing(city: &City) {
    let body = good(city);
    let names = ["", " ", "\u{3000}", "a\u{0}b", "林\n小满", "林\u{202e}小满", "·", "123", "\u{200b}"];
    for name in names.into_iter().map(str::to_owned).chain(["名".repeat(101)]) {
        opens_nothing(city, &with(&body, json!({"name": name})), 400, "invalid-request", "/name");
    }
    opens_nothing(city, &with(&body, json!({"name": null})), 400, "invalid-request", "/name");
}

fn unusual_names_are_welcome(city: &City) {
    let school = city.school();
    let programme = city.programme(school, "secondary");
    // A middle dot, characters of extension B, full-width letters, one character, a hundred.
    let names =
        ["买买提·艾力".to_owned(), "𠮷𡋾𠀀".to_owned(), "Ｌｉｎ　Ｍａｎ".to_owned(), "林".to_owned(), "名".repeat(100)];
    for name in names {
        let student = city.student_named(school, &programme, Person::named(&name));
        let found = school.send(get_learner(&student.id)).is(200);
        let shown = found.str("name");
        assert!(shown == name || shown == name.replace('\u{3000}', " "), "{name} became {shown}");
    }
}

fn other_documents_are_welcome(city: &City) {
    let school = city.school();
    let birth = chrono::NaiveDate::from_ymd_opt(1999, 5, 5).expect("a date");
    let permit = fresh::resident_id("810000", birth, 1 + fresh::number() % 900);
    let passport = format!("E{:08}", fresh::number());
    let registry = format!("G{}", Person::new().number);
    for (kind, number) in [("residence_permit", permit), ("passport", passport), ("student_registry", registry)] {
        let body = with(&opening(&Person::new(), None), json!({"id_document": {"type": kind, "number": number}}));
        let opened = school.send(open_learner(&body)).is(201);
        assert_eq!(opened["id_document"]["type"], kind);
        assert!(!opened.text().contains(&number), "the number is shown in full");
        let again = school.send(open_learner(&body)).is(200);
        assert_eq!(again.id(), opened.id());
    }
    let lower = Person::new();
    let mut number = lower.number.clone();
    while !number.ends_with('X') {
        number = Person::new().number;
    }
    let body =
        |number: &str| with(&opening(&lower, None), json!({"id_document": {"type": "resident_id", "number": number}}));
    let opened = school.send(open_learner(&body(&number.to_lowercase()))).is(201);
    assert_eq!(school.send(open_learner(&body(&number))).is(200).id(), opened.id(), "x and X are the same digit");
}

fn programme_and_student_number_of_another_institution(city: &City) {
    let (school, other) = (city.school(), city.other_school());
    let foreign = city.programme(other, "secondary");
    let body = opening(&Person::new(), Some(enrolment(&foreign, &fresh::code("T"))));
    opens_nothing(city, &body, 422, "unknown-programme", "/enrolment/programme_id");
    let untouched = Untouched::new(city);
    let result = with(&untouched.good(), json!({"programme_id": foreign}));
    untouched.refuses(&result, 422, "unknown-programme", "/programme_id");
    let theirs = city.student_of(other, &foreign);
    let untouched = Untouched::new(city);
    let result = with(&untouched.good(), json!({"learner": {"student_no": theirs.student_no}}));
    untouched.refuses(&result, 422, "unknown-learner", "/learner/student_no");
    let result = with(&untouched.good(), json!({"enrolment_id": theirs.enrolment_id}));
    let answer = school.send(post_achievement(&result));
    assert_eq!(answer.status, 422, "{answer:?}");
    untouched.is_untouched();
}

fn wrong_enrolments_open_nothing(city: &City) {
    let body = good(city);
    let faults = [
        (json!({"cohort": 1800}), "/enrolment/cohort"),
        (json!({"cohort": "2024"}), "/enrolment/cohort"),
        (json!({"student_no": ""}), "/enrolment/student_no"),
        (json!({"student_no": "n".repeat(200)}), "/enrolment/student_no"),
        (json!({"from": "2024-02-30"}), "/enrolment/from"),
        (json!({"programme_id": "not an id"}), "/enrolment/programme_id"),
        (json!({"colour": "red"}), "/enrolment/colour"),
    ];
    for (change, pointer) in faults {
        let enrolment = with(&body["enrolment"], change);
        opens_nothing(city, &with(&body, json!({"enrolment": enrolment})), 400, "invalid-request", pointer);
    }
}
