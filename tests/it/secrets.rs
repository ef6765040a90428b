//! Personal data that was given to the server is found in the clear nowhere.

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::days_ago;
use crate::support::fixture::{course, enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::http::{Call, pairs};
use crate::support::operations::{
    create_learner_fact, issue_token, list_achievements, list_audit_events, list_learners, open_learner,
    post_achievement, post_achievement_batch, revoke_achievement, revoke_learner_fact,
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
    // A client of which no file knows; and everything in places where it does not belong.
    let another = city.second_client(school);
    let token = another.token().expect("a token");
    let mut made = vec![code.replace('-', ""), code.clone(), school.token().expect("a token")];
    made.extend([password.to_owned(), "an ill-typed password".to_owned(), another.secret.clone(), token]);
    made.extend(browser.cookies().values().cloned());
    let learner = opened.id();
    misplace(city, &browser, planted, &made);
    let given = [planted.person.number.as_str(), planted.student_no.as_str()];
    exports_tell_nothing(
        city,
        &another,
        &mut browser,
        &learner,
        given.iter().copied().chain(made.iter().map(String::as_str)),
    );
    made
}

/// Puts every secret where it is refused; no refusal repeats it.
fn misplace(city: &City, browser: &Browser, planted: &Planted, made: &[String]) {
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let words = planted.words().map(|(_, word)| word.to_owned());
    for secret in words.iter().chain(made) {
        let escaped = pairs(&[("q", secret)]).split_off(2);
        let form = [("grant_type", "client_credentials"), ("scope", secret.as_str())];
        let json = json!({secret.as_str(): secret, "learner": {"id": secret}, "kind": secret});
        let school = city.school().token().expect("a token");
        let calls = [
            Call::new("get_learner", "GET", format!("/api/v1/learners/{escaped}")).token(&school),
            Call::new("get_learner", "GET", format!("/api/v1/learners/{escaped}/{escaped}?{escaped}={escaped}")),
            Call::new("list_learners", "GET", format!("/api/v1/learners?cursor={escaped}&{escaped}=1")).token(&school),
            Call::new("list_audit_events", "GET", format!("/api/v1/audit-events?object={escaped}")).token(&school),
            Call::new("show_home", "GET", format!("/{escaped}")),
            Call::new("get_me", "GET", format!("/api/v1/me?{escaped}"))
                .header("authorization", &format!("Bearer x{escaped}")),
            Call::new("get_me", "GET", "/api/v1/me".to_owned()).header("x-request-id", &escaped),
            Call::new("get_me", "GET", "/api/v1/me".to_owned()).header("cookie", &format!("xuefen-session={escaped}")),
            Call::new("log_out", "POST", "/logout".to_owned())
                .header("cookie", &cookies.join("; "))
                .form(&[("token", secret)]),
            issue_token(secret, secret, &form),
            issue_token(&city.school().id, secret, &form),
            post_achievement(&json).token(&school),
            post_achievement(&json).token(&school).key(&escaped),
        ];
        for call in calls {
            let answer = call.send(&city.base).expect("an answer");
            if answer.status < 400 {
                continue; // a list of one's own, whose address is repeated in no log
            }
            // Pointers repeat names of members, which a caller chose; values never come back.
            let text = answer.text().replace(&format!("/{secret}"), "").replace(&format!("/{escaped}"), "");
            assert!(!text.contains(secret.as_str()), "{} {} tells: {text}", call.method, call.path);
        }
    }
}

/// Lists, sheets and feeds hold neither secrets nor whole numbers of documents, whoever may see the rest.
fn exports_tell_nothing<'w>(
    city: &City,
    school: &Client,
    browser: &mut Browser,
    learner: &str,
    words: impl Iterator<Item = &'w str> + Clone,
) {
    let auditor = Client::new(&city.base, &city.demo["auditor"]);
    let own = |path: &str| Call::new("list_learners", "GET", path.to_owned());
    let lists = [
        own(&format!("/api/v1/learners/{learner}")),
        own(&format!("/api/v1/learners/{learner}/statement?limit=200")),
        own(&format!("/api/v1/learners/{learner}/facts")),
        own("/api/v1/achievements?limit=200&updated_since=2000-01-01T00:00:00Z"),
        own("/api/v1/conversions?limit=200"),
        own("/api/v1/exemptions?term=2025-2026-1&limit=200"),
    ];
    let mut texts = Vec::new();
    for list in lists {
        let token = school.token().expect("a token");
        let sheet = list.clone().header("accept", "text/csv").token(&token).send(&city.base).expect("an answer");
        let answer = list.token(&token).send(&city.base).expect("an answer").is(200);
        texts.extend([answer.text(), sheet.text()]);
    }
    let trail = list_audit_events().query("limit", "200").query("learner_id", learner);
    texts.push(auditor.send(trail).is(200).text());
    texts.push(auditor.send(list_audit_events().query("limit", "200")).is(200).text());
    let me = browser.get("/me").is(200).text();
    for word in words {
        for text in &texts {
            // Its own school knows the student number; the trail does not.
            let school_knows = word.starts_with("SECRETSTUDENT") && !text.contains("actor_kind");
            assert!(school_knows || !text.contains(word), "{word} stands in {text}");
        }
        assert!(word.starts_with("SECRETSTUDENT") || !me.contains(word), "{word} stands on the page of the account");
    }
}

fn search(city: &City, planted: &Planted, shown_once: &[String]) {
    let shown_once = shown_once.iter().map(|word| ("code, token or password", word.as_str()));
    let words: Vec<(&str, &str)> = planted.words().into_iter().chain(shown_once).collect();
    nowhere(city, &words, PLAIN);
}
