//! Personal data that was given to the server is found in the clear nowhere.

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::fixture::{course, enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::operations::{
    create_learner_fact, list_achievements, list_learners, open_learner, post_achievement, post_achievement_batch,
    revoke_achievement, revoke_learner_fact,
};
use crate::support::search::nowhere;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    planted_secrets_are_found_nowhere,
}

/// A course code, which is no secret: that it is found shows that the search looks in the right places.
const PLAIN: &str = "PLAINCOURSE4410";

/// What is planted; each is long enough not to occur by chance.
struct Planted {
    person: Person,
    student_no: String,
    certificate: String,
    reference: String,
    reason: String,
    score: String,
    source: String,
    revocation: String,
}

impl Planted {
    fn words(&self) -> [(&'static str, &str); 9] {
        [
            ("name", &self.person.name),
            ("id number", &self.person.number),
            ("student number", &self.student_no),
            ("certificate number", &self.certificate),
            ("reference", &self.reference),
            ("reason", &self.reason),
            ("score", &self.score),
            ("source of a fact", &self.source),
            ("reason of a fact's revocation", &self.revocation),
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
        source: "秘密的证件来源".to_owned(),
        revocation: "秘密的撤销缘由".to_owned(),
    };
    let shown_once = plant(&city, &planted);
    // Once while it runs, for the write-ahead log, and once after, for what it wrote last.
    search(&city, &planted, &shown_once);
    city.server.stop();
    search(&city, &planted, &shown_once);
}

/// Returns what the server made and has shown once: codes and tokens.
fn plant(city: &City, planted: &Planted) -> Vec<String> {
    let school = city.school();
    let programme = city.programme(school, "secondary");
    let body = opening(&planted.person, Some(enrolment(&programme, &planted.student_no)));
    let opened = school.send(open_learner(&body)).is(201);
    // Refusals and look-ups must not tell either.
    let other_name = Person { name: format!("{}二", planted.person.name), ..planted.person.clone() };
    city.other_school().send(open_learner(&opening(&other_name, None))).problem(409, "identity-under-review");
    school.send(list_learners().query("student_no", &planted.student_no)).is(200);
    let result = with(
        &course(&json!({"student_no": planted.student_no}), PLAIN, "4"),
        json!({"external_ref": planted.reference}),
    );
    school.send(post_achievement(&result)).is(201);
    school.send(list_achievements().query("external_ref", &planted.reference)).is(200);
    let change = json!({"completed_on": days_ago(61).to_string(), "on_change": "correct", "reason": planted.reason});
    school.send(post_achievement(&with(&result, change))).is(201);
    school.send(post_achievement(&with(&result, json!({"credits": "-1"})))).is(400);
    let fact = json!({"fact": "veteran", "source": planted.source, "valid_from": "2020-09-01"});
    let attested = school.send(create_learner_fact(&opened.id(), &fact)).is(201).id();
    let revocation = json!({"reason": planted.revocation});
    school.send(revoke_learner_fact(&opened.id(), &attested, &revocation)).is(200);
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
    let (name, number, password) =
        (planted.person.name.as_str(), planted.person.number.as_str(), "an unusual password");
    let code = opened["activation"]["code"].as_str().expect("a code").to_owned();
    let mut browser = Browser::new(&city.base);
    for code in ["ABCDEFGHIJKLMNOP", &code] {
        let fields = [
            ("name", name),
            ("id_number", number),
            ("code", code),
            ("password", password),
            ("password_again", password),
        ];
        browser.submit("/activate", "/activate", &fields);
    }
    let mut browser = Browser::new(&city.base);
    browser.submit("/login", "/login", &[("login", number), ("password", "an ill-typed password")]);
    browser.submit("/login", "/login", &[("login", number), ("password", password)]);
    assert!(browser.get("/me").is(200).text().contains(name), "the learner is logged in");
    let mut made = vec![code.replace('-', ""), code, school.token().expect("a token")];
    made.extend([password.to_owned(), "an ill-typed password".to_owned()]);
    made.extend(browser.cookies().values().cloned());
    made
}

fn search(city: &City, planted: &Planted, shown_once: &[String]) {
    let shown_once = shown_once.iter().map(|word| ("code, token or password", word.as_str()));
    let words: Vec<(&str, &str)> = planted.words().into_iter().chain(shown_once).collect();
    nowhere(city, &words, PLAIN);
}
