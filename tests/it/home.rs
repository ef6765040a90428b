//! The learner's pages: log in, look, log out.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::book::Balances;
use crate::support::browser::Browser;
use crate::support::city::City;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::http::{Answer, Call};
use crate::support::operations::{get_learner, post_achievement};

crate::support::on_both! {
    home_page_shows_what_was_earned,
    demo_log_in_works,
    session_cookie_is_guarded,
    log_out_ends_the_session,
    without_a_session_there_is_nothing_to_see,
    unknown_log_ins_get_the_same_answer,
    unknown_log_ins_take_as_long,
    form_from_elsewhere_is_refused,
    pages_are_safe_and_private,
}

const PASSWORD: &str = "青山 evergreen 88";

/// A new learner with credits, logged in.
fn logged_in(city: &City) -> (Browser, Answer, String) {
    let student = city.student();
    for credits in ["4", "2.5"] {
        city.school().send(post_achievement(&course(&json!({"id": student.id}), &fresh::code("C"), credits))).is(201);
    }
    city.accredited("skill_certificate").send(post_achievement(&city.result("skill_certificate", &student))).is(201);
    let mut browser = Browser::new(&city.base);
    let fields = [
        ("name", student.person.name.as_str()),
        ("id_number", &student.person.number),
        ("code", &student.code),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    browser.submit("/activate", "/activate", &fields).is(200);
    let mut browser = Browser::new(&city.base);
    let home = browser.submit("/login", "/login", &[("login", &student.account_no), ("password", PASSWORD)]).is(200);
    (browser, home, student.id)
}

fn visible(page: &Answer) -> String {
    let text = page.text();
    let parts = text.split('<').map(|part| part.split_once('>').map_or("", |(_, text)| text));
    parts.collect::<Vec<_>>().join(" ")
}

fn home_page_shows_what_was_earned(city: &City) {
    let (mut browser, _, learner) = logged_in(city);
    let home = browser.get("/me").is(200);
    let text = visible(&home);
    let earned = Balances::of(city.school(), &learner).earned().to_owned();
    assert_eq!(earned, "10.5");
    assert!(text.contains("累计获得") && text.contains("10.5"), "{text}");
    for word in ["中职", "技能", "入账", "演示课程", "6.5"] {
        assert!(text.contains(word), "{word} is missing of {text}");
    }
    let found = city.school().send(get_learner(&learner)).is(200);
    assert!(text.contains(found.str("name")), "the page greets somebody else");
    assert!(home.text().contains("lang=\"zh-CN\"") || home.text().contains("lang=\"zh\""));
    assert!(home.text().contains("name=\"viewport\""), "it must fit a phone");
    for part in home.text().split(['"', '\'']) {
        assert!(!part.starts_with("http://") && !part.starts_with("https://"), "the page loads {part}");
    }
}

fn demo_log_in_works(city: &City) {
    let learners = city.demo["learners"].as_array().expect("the line has learners");
    assert!(!learners.is_empty());
    let (login, password) =
        (learners[0]["login"].as_str().expect("a login"), learners[0]["password"].as_str().expect("a password"));
    let mut browser = Browser::new(&city.base);
    browser.submit("/login", "/login", &[("login", login), ("password", password)]).is(200);
    let text = visible(&browser.get("/me").is(200));
    assert!(text.contains("累计获得") && text.contains(learners[0]["name"].as_str().expect("a name")), "{text}");
}

fn session_cookie_is_guarded(city: &City) {
    let (browser, _, _) = logged_in(city);
    let cookie = browser.set_cookies.iter().find(|cookie| cookie.to_lowercase().contains("session"));
    let cookie = cookie.unwrap_or_else(|| panic!("no session cookie in {:?}", browser.set_cookies));
    let parts: Vec<String> = cookie.split(';').map(|part| part.trim().to_lowercase()).collect();
    assert!(parts.contains(&"httponly".to_owned()), "{cookie}");
    assert!(parts.contains(&"samesite=lax".to_owned()) || parts.contains(&"samesite=strict".to_owned()), "{cookie}");
    assert!(parts.contains(&"path=/".to_owned()), "{cookie}");
    assert!(!parts.iter().any(|part| part.starts_with("domain=")), "{cookie}");
    let secure = parts.contains(&"secure".to_owned());
    // On plain HTTP the demo cannot use the prefix, and then must not claim it.
    assert_eq!(cookie.starts_with("__Host-"), secure, "{cookie}");
    let value = browser.cookie("session").or_else(|| browser.cookie("Session")).expect("a session");
    assert!(value.len() >= 22, "128 bits take 22 letters: {value}");
}

fn log_out_ends_the_session(city: &City) {
    let (mut browser, _, _) = logged_in(city);
    let stolen = browser.cookies().clone();
    browser.submit("/me", "/logout", &[]);
    assert_ne!(browser.get_only("/me").status, 200);
    let mut thief = Browser::new(&city.base);
    thief.steal(&stolen);
    assert_ne!(thief.get_only("/me").status, 200, "the session lives on after logging out");
}

fn without_a_session_there_is_nothing_to_see(city: &City) {
    let mut browser = Browser::new(&city.base);
    let answer = browser.get_only("/me");
    assert!(matches!(answer.status, 302 | 303 | 401), "{answer:?}");
    assert!(!answer.text().contains("累计获得"));
    let forged = Call::plain("GET", "/me").header("cookie", "session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_ne!(forged.send(&city.base).expect("the server answers").status, 200);
    // A token is for programs, and opens no page.
    let token = city.school().token().expect("a token");
    let answer = Call::plain("GET", "/me").token(&token).send(&city.base).expect("the server answers");
    assert_ne!(answer.status, 200);
}

fn unknown_log_ins_get_the_same_answer(city: &City) {
    let (_, _, learner) = logged_in(city);
    let account = city.school().send(get_learner(&learner)).is(200).str("account_no").to_owned();
    let idle = city.student().account_no;
    let told = |login: &str| {
        let mut browser = Browser::new(&city.base);
        let answer = browser.submit("/login", "/login", &[("login", login), ("password", "wrong password 1")]);
        (answer.status, visible(&answer).replace(login, "LOGIN"))
    };
    let known = told(&account);
    assert_eq!(known, told("no such login"));
    assert_eq!(known, told("410299199906060027"));
    assert_eq!(known, told(&idle), "the page tells that an account was never activated");
    assert!(!known.1.contains("累计获得"));
}

/// The answer to an unknown log-in must not come early, which it would if no password were hashed.
fn unknown_log_ins_take_as_long(city: &City) {
    let (_, _, learner) = logged_in(city);
    let account = city.school().send(get_learner(&learner)).is(200).str("account_no").to_owned();
    let took = |login: &str, n: usize| {
        let mut browser = Browser::new(&city.base);
        browser.get("/login").is(200);
        let since = Instant::now();
        browser.submit("/login", "/login", &[("login", login), ("password", &format!("wrong password {n}"))]);
        since.elapsed()
    };
    // By turns, and the fastest of several: other tests run meanwhile.
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for n in 0..8 {
        known = known.min(took(&account, n));
        unknown = unknown.min(took("100000000000", n));
    }
    assert!(unknown * 2 > known, "known {known:?}, unknown {unknown:?}");
    assert!(known * 2 > unknown, "known {known:?}, unknown {unknown:?}");
}

fn form_from_elsewhere_is_refused(city: &City) {
    let (mut browser, _, _) = logged_in(city);
    // A form on another site carries the cookie at most, never the hidden field nor our origin.
    let call = Call::plain("POST", "/logout").header("origin", "https://elsewhere.example").form(&[("a", "b")]);
    let answer = browser.send(call.header("sec-fetch-site", "cross-site"));
    assert!(answer.status == 403 || answer.status == 400, "{answer:?}");
    browser.get("/me").is(200);
    let fields = [("login", "x"), ("password", "y")];
    let call = Call::plain("POST", "/login").header("origin", "https://elsewhere.example").form(&fields);
    let answer = Browser::new(&city.base).send(call.header("sec-fetch-site", "cross-site"));
    assert!(answer.status == 403 || answer.status == 400, "{answer:?}");
}

fn pages_are_safe_and_private(city: &City) {
    let (mut browser, _, learner) = logged_in(city);
    // A name that is markup is shown as text.
    let home = browser.get("/me").is(200);
    let header =
        |name: &str| home.header(name).unwrap_or_else(|| panic!("no {name} in {:?}", home.headers)).to_lowercase();
    assert!(header("cache-control").contains("no-store"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(!header("content-security-policy").contains("unsafe-inline"), "{}", header("content-security-policy"));
    assert!(header("referrer-policy") == "no-referrer" || header("referrer-policy") == "same-origin");
    let code = fresh::code("C");
    let mut result = course(&json!({"id": learner}), &code, "1");
    result["course"]["name"] = json!("<script>alert(1)</script>&\"'");
    city.school().send(post_achievement(&result)).is(201);
    let page = browser.get("/me").is(200).text();
    assert!(!page.contains("<script>alert(1)"), "markup of a course name reaches the page");
}
