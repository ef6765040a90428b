//! Bad input: each is refused with a clear problem and a pointer, and nothing is posted.

mod amounts;
mod dates;
mod encodings;
mod identities;
mod mutations;
mod rules;
mod sizes;

use serde_json::Value;

use crate::support::book::standing;
use crate::support::city::City;
use crate::support::fixture::{Student, course};
use crate::support::fresh;
use crate::support::http::{Answer, Call};
use crate::support::operations::{list_statement, post_achievement};

/// A learner and the state of the whole book, which no refusal may change.
struct Untouched<'a> {
    city: &'a City,
    student: Student,
    before: Value,
}

impl<'a> Untouched<'a> {
    fn new(city: &'a City) -> Self {
        let student = city.student();
        Self { city, student, before: standing(city.bureau()) }
    }

    /// A good result, to be spoilt.
    fn good(&self) -> Value {
        course(&serde_json::json!({"id": self.student.id}), &fresh::code("C"), "4")
    }

    /// The school posts `body`, which must be refused.
    #[track_caller]
    fn refuses(&self, body: &Value, status: u16, code: &str, pointer: &str) -> Answer {
        self.refuses_call(post_achievement(body), status, code, pointer)
    }

    /// The school sends `call`, which must be refused.
    #[track_caller]
    fn refuses_call(&self, call: Call, status: u16, code: &str, pointer: &str) -> Answer {
        let answer = self.city.school().send(call).problem_at(status, code, pointer);
        self.is_untouched();
        answer
    }

    /// Nothing was posted.
    #[track_caller]
    fn is_untouched(&self) {
        let rows = self.city.school().send(list_statement(&self.student.id)).is(200);
        assert!(rows.items().is_empty(), "a refused result is in the statement: {rows:?}");
        assert_eq!(standing(self.city.bureau()), self.before, "a refused result moved the trial balance");
    }
}
