//! Personal data that was given to the server is found in the clear nowhere.

use std::fs;

use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::fixture::{course, enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::http::Call;
use crate::support::operations::{
    list_achievements, list_learners, open_learner, post_achievement, post_achievement_batch, revoke_achievement,
};
use crate::support::postgres::dump;
use crate::support::store::{Backend, files};

crate::support::on_both_alone! {
    planted_secrets_are_found_nowhere,
}

/// What is planted; each is long enough not to occur by chance.
struct Planted {
    person: Person,
    student_no: String,
    certificate: String,
    reference: String,
    reason: String,
    score: String,
}

impl Planted {
    fn words(&self) -> [(&'static str, &str); 7] {
        [
            ("name", &self.person.name),
            ("id number", &self.person.number),
            ("student number", &self.student_no),
            ("certificate number", &self.certificate),
            ("reference", &self.reference),
            ("reason", &self.reason),
            ("score", &self.score),
        ]
    }
}

fn planted_secrets_are_found_nowhere(backend: Backend) {
    let mut city = City::own(backend);
    let planted = Planted {
        person: Person::named("慕容查无此人𠮷"),
        student_no: "SECRETSTUDENT7731".to_owned(),
        certificate: "SECRETCERT559127".to_owned(),
        reference: "SECRETREF/2231/88".to_owned(),
        reason: "秘密的更正缘由".to_owned(),
        score: "SECRETSCORE991".to_owned(),
    };
    plant(&city, &planted);
    // Once while it runs, for the write-ahead log, and once after, for what it wrote last.
    search(&city, &planted);
    city.server.stop();
    search(&city, &planted);
}

fn plant(city: &City, planted: &Planted) {
    let school = city.school();
    let programme = city.programme(school, "secondary");
    let body = opening(&planted.person, Some(enrolment(&programme, &planted.student_no)));
    let opened = school.send(open_learner(&body)).is(201);
    // Refusals and look-ups must not tell either.
    let other_name = Person { name: format!("{}二", planted.person.name), ..planted.person.clone() };
    city.other_school().send(open_learner(&opening(&other_name, None))).problem(409, "identity-under-review");
    school.send(list_learners().query("student_no", &planted.student_no)).is(200);
    let result = with(
        &course(&json!({"student_no": planted.student_no}), &fresh::code("C"), "4"),
        json!({"external_ref": planted.reference}),
    );
    school.send(post_achievement(&result)).is(201);
    school.send(list_achievements().query("external_ref", &planted.reference)).is(200);
    let change = json!({"completed_on": days_ago(61).to_string(), "on_change": "correct", "reason": planted.reason});
    school.send(post_achievement(&with(&result, change))).is(201);
    school.send(post_achievement(&with(&result, json!({"credits": "-1"})))).is(400);
    let holder = json!({"account_no": opened.str("account_no")});
    let body = city.accredited("skill_certificate");
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let certificate = json!({
        "learner": holder, "external_ref": fresh::reference(), "kind": "skill_certificate",
        "skill_certificate": {"code": code, "level": "intermediate", "number": planted.certificate},
        "completed_on": days_ago(60).to_string(),
    });
    let posted = body.send(post_achievement(&certificate)).is(201);
    body.send(revoke_achievement(&posted.id(), &planted.reason)).is(200);
    let document = json!({"id_document": planted.person.document(), "name": planted.person.name});
    let again: Value = with(&certificate, json!({"learner": document, "external_ref": fresh::reference()}));
    body.send(post_achievement_batch(&json!({"items": [again, {"learner": document}]}))).is(200);
    let odd = with(
        &result,
        json!({"external_ref": fresh::reference(), "score": {"scale": "percentage", "value": planted.score}}),
    );
    school.send(post_achievement(&odd)).is(400);
    for path in ["/login", "/activate"] {
        let fields = [
            ("name", planted.person.name.as_str()),
            ("id_number", &planted.person.number),
            ("code", "ABCDEFGHIJKLMNOP"),
            ("login", &planted.person.number),
            ("password", "a wrong password"),
            ("password_again", "a wrong password"),
        ];
        Call::plain("POST", path)
            .header("origin", &city.base)
            .form(&fields)
            .send(&city.base)
            .expect("the server answers");
    }
}

fn search(city: &City, planted: &Planted) {
    let mut places: Vec<(String, Vec<u8>)> = files(&city.store.folder)
        .into_iter()
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap_or_default()))
        .collect();
    assert!(places.iter().any(|(path, _)| path.ends_with(".log")), "the server's log is searched too");
    if let Some(url) = &city.store.database_url {
        places.push(("the dump".to_owned(), dump(url)));
    }
    for (what, word) in planted.words() {
        let lower = hex::encode(word);
        let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let spellings = [word.as_bytes().to_vec(), lower.to_uppercase().into_bytes(), lower.into_bytes(), wide];
        for (path, bytes) in &places {
            for spelling in &spellings {
                assert!(!contains(bytes, spelling), "the {what} stands in {path}");
            }
        }
    }
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
