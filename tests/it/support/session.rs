//! A learner who is logged in and calls the API from the bank's own pages.

use super::browser::Browser;
use super::city::City;
use super::contract;
use super::fixture::Student;
use super::http::{Answer, Call};

/// The password of every learner that tests log in.
const PASSWORD: &str = "青山 evergreen 88";

/// A learner's session.
pub struct Session {
    base: String,
    cookie: String,
}

impl Session {
    /// Activates the account of `student` and logs in.
    #[track_caller]
    pub fn of(city: &City, student: &Student) -> Self {
        let mut browser = Browser::new(&city.base);
        let fields = [
            ("name", student.person.name.as_str()),
            ("id_number", &student.person.number),
            ("code", &student.code),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        browser.submit("/activate", "/activate", &fields).is(200);
        let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self { base: city.base.clone(), cookie: cookies.join("; ") }
    }

    /// Sends a call as a script of our own pages does; the answer is checked against the document.
    #[track_caller]
    pub fn send(&self, call: Call) -> Answer {
        let origin = self.base.clone();
        self.send_bare(call.header("origin", &origin).header("sec-fetch-site", "same-origin"))
    }

    /// Sends a call with the cookie and nothing that says where it comes from.
    #[track_caller]
    pub fn send_bare(&self, call: Call) -> Answer {
        let call = call.header("cookie", &self.cookie);
        let answer = call.send(&self.base).unwrap_or_else(|fault| panic!("{} {}: {fault}", call.method, call.path));
        contract::check(&call, &answer);
        answer
    }
}
