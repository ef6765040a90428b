//! Every authentication and every refused authorisation is in the trail, whoever was refused by whatever.

use serde_json::{Value, json};

use super::{auditor, event_of, events, marked};
use crate::support::browser::Browser;
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{
    create_objection, get_balances, get_learner, get_me, issue_token, list_precedents, post_achievement,
    post_achievement_batch,
};
use crate::support::rows::Rows;
use crate::support::session::Session;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    refusals_say_who_what_on_whom_and_from_where,
    authentications_are_there_whether_they_succeed_or_not,
    repeats_are_counted_and_nothing_typed_is_kept,
    trail_and_log_are_kept_apart,
}

/// Wrong proofs of a client from one address that are looked at in a minute.
const GUESSES: u32 = 10;

/// Asserts what an event says.
#[track_caller]
fn says(event: &Value, expected: &Value) {
    for (member, value) in expected.as_object().expect("members") {
        assert_eq!(event[member], *value, "{member} of {event}");
    }
}

fn refusals_say_who_what_on_whom_and_from_where(backend: Backend) {
    let city = City::own(backend);
    let (auditor, school, other) = (auditor(&city), city.school(), city.other_school());
    let student = city.student();
    let by = |client: &Client, action: &str, detail: &str| {
        json!({
            "actor_kind": "client", "actor_id": client.id, "institution_id": client.institution_id, "action": action,
            "outcome": "refused", "detail": detail, "address": "127.0.0.1", "times": 1,
        })
    };

    let (call, request) = marked(get_learner(&student.id));
    other.send(call).problem(404, "not-found");
    let event = event_of(&auditor, &request);
    says(&event, &by(other, "get_learner", "not-found"));
    says(&event, &json!({"learner_id": student.id, "object": format!("learner {}", student.id)}));

    let (call, request) = marked(get_balances(&student.id));
    let narrow = school.token_for("institutions:read");
    call.token(&narrow).send(&city.base).expect("an answer").problem(403, "insufficient-scope");
    says(&event_of(&auditor, &request), &by(school, "get_balances", "insufficient-scope"));

    let invented = "018f3a3e-0000-7000-8000-00000000ffff";
    let (call, request) = marked(get_balances(invented));
    school.send(call).problem(404, "not-found");
    let event = event_of(&auditor, &request);
    says(&event, &json!({"learner_id": null, "object": format!("learner {invented}")}));

    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let certificate = || city.certificate(&student, &code, &fresh::code("N"));
    let (call, request) = marked(post_achievement(&certificate()));
    school.send(call).problem(403, "not-accredited-for");
    says(&event_of(&auditor, &request), &by(school, "post_achievement", "not-accredited-for"));
    let items: Vec<Value> = (0..3).map(|_| certificate()).collect();
    let (call, request) = marked(post_achievement_batch(&json!({"items": items})));
    let answer = school.send(call).is(200);
    assert_eq!(answer["rejected"], 3, "{answer:?}");
    let event = event_of(&auditor, &request);
    says(&event, &json!({"action": "post_achievement_batch", "detail": "not-accredited-for", "times": 3}));

    let (call, request) = marked(get_me());
    call.send(&city.base).expect("an answer").problem(401, "unauthenticated");
    let stranger = json!({
        "actor_id": null, "institution_id": null, "action": "get_me", "outcome": "refused", "detail": "unauthenticated",
        "address": "127.0.0.1",
    });
    says(&event_of(&auditor, &request), &stranger);

    let session = Session::of(&city, &student);
    let (call, request) = marked(create_objection(&json!({"kind": "missing", "reason": "x"})));
    session.send_bare(call).problem(403, "forbidden");
    let event = event_of(&auditor, &request);
    says(&event, &json!({"actor_kind": "learner", "actor_id": student.id, "action": "create_objection"}));

    // Whoever is nobody and finds nothing was refused nothing.
    let (call, request) = marked(Call::new("get_learner", "GET", "/api/v1/nothing".to_owned()));
    call.send(&city.base).expect("an answer").problem(404, "not-found");
    let (call, later) = marked(get_balances(&student.id));
    call.send(&city.base).expect("an answer").problem(401, "unauthenticated");
    event_of(&auditor, &later);
    assert!(events(&auditor, &[("request_id", &request)]).is_empty());
}

fn authentications_are_there_whether_they_succeed_or_not(backend: Backend) {
    let city = City::own(backend);
    let (auditor, school) = (auditor(&city), city.school());
    let form = [("grant_type", "client_credentials")];

    let (call, request) = marked(issue_token(&school.id, &school.secret, &form));
    call.send(&city.base).expect("an answer").is(200);
    let done = json!({
        "actor_kind": "client", "actor_id": school.id, "institution_id": school.institution_id, "action": "issue_token",
        "outcome": "done", "address": "127.0.0.1",
    });
    says(&event_of(&auditor, &request), &done);

    let (call, request) = marked(issue_token(&school.id, "no secret of its own", &form));
    call.send(&city.base).expect("an answer").is(401);
    let refused = json!({
        "actor_id": null, "institution_id": school.institution_id, "action": "issue_token", "outcome": "refused",
        "detail": "invalid-client", "object": format!("client {}", school.id),
    });
    says(&event_of(&auditor, &request), &refused);

    let student = city.student();
    let session = Session::of(&city, &student);
    let activated = events(&auditor, &[("learner_id", &student.id), ("action", "activate_account")]);
    says(&activated[0], &json!({"outcome": "done", "actor_id": student.id, "address": "127.0.0.1"}));

    let mut browser = Browser::new(&city.base);
    browser.submit("/login", "/login", &[("login", &student.person.number), ("password", "not the password")]);
    let search = [("learner_id", &*student.id), ("action", "log_in"), ("outcome", "refused")];
    let since = std::time::Instant::now();
    while events(&auditor, &search).is_empty() {
        assert!(since.elapsed() < super::PATIENCE, "no refused log-in");
    }
    let refused = json!({"actor_id": null, "detail": "wrong-password-or-name", "address": "127.0.0.1"});
    says(&events(&auditor, &search)[0], &refused);
    drop(session);

    // A session that does not live: refused to a program, a stranger to the pages.
    let dead = "xuefen-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let (call, request) = marked(get_me());
    call.header("cookie", dead).send(&city.base).expect("an answer").problem(401, "unauthenticated");
    says(&event_of(&auditor, &request), &json!({"action": "get_me", "detail": "unauthenticated"}));
    let (call, request) = marked(Call::new("show_home", "GET", "/me".to_owned()));
    call.header("cookie", dead).send(&city.base).expect("an answer");
    says(&event_of(&auditor, &request), &json!({"action": "use_session", "detail": "no-living-session"}));

    // A form from another site.
    let (call, request) = marked(Call::new("log_in", "POST", "/login".to_owned()));
    let call = call.form(&[("login", "x"), ("password", "x"), ("token", "forged")]);
    call.header("origin", "https://elsewhere.example").send(&city.base).expect("an answer").is(403);
    says(
        &event_of(&auditor, &request),
        &json!({"action": "post_page", "object": "page /login", "detail": "forbidden"}),
    );
}

fn repeats_are_counted_and_nothing_typed_is_kept(backend: Backend) {
    let mut city = City::own(backend);
    let (school, typed) = (city.school(), "410299196201010019");
    for n in 0..40 {
        // What is typed into a path, a query, a client id or a user name never is what is kept of a refusal.
        get_me().query("n", &n.to_string()).send(&city.base).expect("an answer").is(401);
        school.send(get_balances(typed)).problem(404, "not-found");
        let token = issue_token(typed, typed, &[("grant_type", "client_credentials")]);
        token.send(&city.base).expect("an answer").is(if n < GUESSES { 401 } else { 429 });
        list_precedents().send(&city.base).expect("an answer").is(200);
    }
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let mut told = |wanted: &str| {
        let sql = format!("SELECT CAST(times AS TEXT) AS v FROM audit_event WHERE outcome = 'refused' AND {wanted}");
        rows.texts(&sql).iter().map(|times| times.parse::<u32>().expect("a number")).collect::<Vec<_>>()
    };
    for (wanted, repeats) in [
        ("action = 'get_me'", 39),
        ("action = 'get_balances'", 39),
        ("action = 'issue_token' AND detail = 'invalid-client'", GUESSES - 1),
        ("action = 'issue_token' AND detail = 'too-many-requests'", 39 - GUESSES),
    ] {
        let mut times = told(wanted);
        times.sort_unstable();
        assert_eq!(times, [1, repeats], "{wanted}: the first, and the number of its repeats");
    }
    assert!(
        told("(object LIKE '%4102991962%' OR detail LIKE '%4102991962%' OR action LIKE '%4102991962%')").is_empty()
    );
    assert!(told("action = 'list_precedents'").is_empty());
}

fn trail_and_log_are_kept_apart(backend: Backend) {
    let mut city = City::own(backend);
    let (auditor, student) = (auditor(&city), city.student());
    let session = Session::of(&city, &student);
    session.send(get_me()).is(200);
    let (call, request) = marked(get_learner(&student.id));
    city.other_school().send(call).problem(404, "not-found");
    event_of(&auditor, &request);
    city.school().send(get_learner(&student.id)).is(200);
    city.server.stop();
    let log = std::fs::read_to_string(city.server.log()).expect("the log is text");
    let mut rows = Rows::open(&city.store);
    let actions = rows.texts("SELECT DISTINCT action AS v FROM audit_event");
    assert!(actions.len() > 20, "{actions:?}");
    // The demo's screen, which goes the same way, names clients and learners with a log-in.
    for word in actions.iter().chain([&student.id, &request]) {
        assert!(!log.contains(word.as_str()), "the log carries {word}");
    }
}
