//! Learners and results that tests begin with.

use serde_json::{Value, json};

use super::city::City;
use super::client::Client;
use super::clock::{cohort, completed, term_of};
use super::fresh::{self, Person};
use super::operations::{create_certificate, create_programme, open_learner};

/// A learner whose account a school has opened.
pub struct Student {
    /// The learner's id.
    pub id: String,
    /// The account number, which is also a log-in name.
    pub account_no: String,
    /// Name and document.
    pub person: Person,
    /// The student number at the school.
    pub student_no: String,
    /// The enrolment that was opened with the account.
    pub enrolment_id: String,
    /// The activation code that came with the account.
    pub code: String,
}

impl Student {
    /// The learner by account number, as every institution may write it.
    pub fn by_account(&self) -> Value {
        json!({"account_no": self.account_no})
    }
}

impl City {
    /// A new learner of the school, in its first programme.
    #[track_caller]
    pub fn student(&self) -> Student {
        let programme = self.programme(self.school(), "secondary");
        self.student_of(self.school(), &programme)
    }

    /// A new learner of `client`, in `programme`.
    #[track_caller]
    pub fn student_of(&self, client: &Client, programme: &str) -> Student {
        self.student_named(client, programme, Person::new())
    }

    /// `person` as a new learner of `client`, in `programme`.
    #[track_caller]
    pub fn student_named(&self, client: &Client, programme: &str, person: Person) -> Student {
        let student_no = fresh::code("T");
        let body = opening(&person, Some(enrolment(programme, &student_no)));
        let opened = client.send(open_learner(&body)).is(201);
        let enrolment_id = opened["enrolment"]["id"].as_str().expect("the enrolment has an id").to_owned();
        let code = opened["activation"]["code"].as_str().expect("a new account has a code").to_owned();
        let account_no = opened.str("account_no").to_owned();
        Student { id: opened.id(), account_no, person, student_no, enrolment_id, code }
    }

    /// A new secondary programme of the school.
    #[track_caller]
    pub fn new_programme(&self, client: &Client, level: &str) -> String {
        let major = fresh::major_code();
        let major = match level {
            "secondary" => major,
            "higher" => format!("54{}", &major[2..]),
            _ => format!("34{}", &major[2..]),
        };
        let body = json!({"level": level, "major_code": major, "name": "演示专业"});
        client.send(create_programme(&body)).is(201).id()
    }

    /// A catalogued certificate of the given kind; its code.
    #[track_caller]
    pub fn catalogued(&self, kind: &str, level: Option<&str>, credits: &str) -> String {
        let code = fresh::code("KFC");
        self.catalogued_as(&code, kind, level, credits);
        code
    }

    /// Catalogues a certificate under this code.
    #[track_caller]
    pub fn catalogued_as(&self, code: &str, kind: &str, level: Option<&str>, credits: &str) {
        let mut body = json!({
            "kind": kind, "code": code, "name": "演示目录项", "credits": credits, "valid_from": "2015-01-01",
        });
        if let Some(level) = level {
            body["level"] = json!(level);
        }
        if kind == "competition" {
            body["tier"] = json!("provincial");
            body["team_max"] = json!(3);
        }
        self.bureau().send(create_certificate(&body)).is(201);
    }

    /// A result of `kind` for a learner, as its accredited institution posts it. What must be catalogued is catalogued
    /// anew, at four credits.
    #[track_caller]
    pub fn result(&self, kind: &str, student: &Student) -> Value {
        let number = fresh::code("KFN");
        match kind {
            "course" => course(&json!({"id": student.id}), &fresh::code("C"), "4"),
            "examination" => {
                let code = self.catalogued(kind, None, "4");
                of_kind(kind, student, &json!({"code": code, "score": "476", "number": number}))
            }
            "skill_certificate" => {
                self.certificate(student, &self.catalogued(kind, Some("intermediate"), "4"), &number)
            }
            "skill_level" => {
                let code = self.catalogued(kind, Some("3"), "4");
                of_kind(kind, student, &json!({"occupation_code": code, "level": 3, "number": number}))
            }
            "qualification" => {
                let code = self.catalogued(kind, Some("3"), "4");
                of_kind(kind, student, &json!({"code": code, "level": 3, "number": number}))
            }
            "training" => of_kind(kind, student, &training(40)),
            "competition" => {
                let code = self.catalogued(kind, Some("first"), "4");
                of_kind(kind, student, &json!({"catalogue_code": code, "prize": "first", "team_rank": 2}))
            }
            "experience" => {
                of_kind(kind, student, &json!({"type": "internship", "hours": 480, "enterprise": "演示机械厂"}))
            }
            "diploma" => of_kind(kind, student, &json!({"number": number})),
            other => panic!("no result of kind {other}"),
        }
    }

    /// An intermediate 1+X certificate.
    pub fn certificate(&self, student: &Student, code: &str, number: &str) -> Value {
        of_kind("skill_certificate", student, &json!({"code": code, "level": "intermediate", "number": number}))
    }
}

/// The body that opens an account.
pub fn opening(person: &Person, enrolment: Option<Value>) -> Value {
    json!({"name": person.name, "id_document": person.document(), "enrolment": enrolment})
}

/// An enrolment of the usual cohort.
pub fn enrolment(programme: &str, student_no: &str) -> Value {
    json!({"programme_id": programme, "cohort": cohort(), "student_no": student_no, "class": "演示2401", "from": null})
}

/// A passed course.
pub fn course(learner: &Value, code: &str, credits: &str) -> Value {
    json!({
        "learner": learner,
        "external_ref": fresh::reference(),
        "kind": "course",
        "course": {"code": code, "name": "演示课程", "hours": 64, "practice_hours": 32},
        "term": term_of(completed()),
        "attempt": "first",
        "credits": credits,
        "score": {"scale": "percentage", "value": "86"},
        "completed_on": completed().to_string(),
    })
}

/// The content of a training of so many hours.
pub fn training(hours: u32) -> Value {
    json!({"class_id": null, "title": "演示培训班", "hours": hours, "lesson_minutes": 45,
           "target_groups": ["rural_migrant_worker"], "region": "410221"})
}

/// A result of a kind other than a course.
pub fn of_kind(kind: &str, student: &Student, content: &Value) -> Value {
    json!({
        "learner": student.by_account(),
        "external_ref": fresh::reference(),
        "kind": kind,
        kind: content,
        "completed_on": completed().to_string(),
    })
}

/// `body` with some members replaced.
pub fn with(body: &Value, members: Value) -> Value {
    let mut body = body.clone();
    for (name, value) in members.as_object().expect("members are an object") {
        body[name] = value.clone();
    }
    body
}

/// `body` without a member.
pub fn without(body: &Value, member: &str) -> Value {
    let mut body = body.clone();
    body.as_object_mut().expect("a body is an object").remove(member);
    body
}
