//! Plans with requirements, and learners in them.

use serde_json::{Value, json};

use super::city::City;
use super::client::Client;
use super::clock::cohort;
use super::fixture::{Student, course, with};
use super::fresh;
use super::operations::{create_programme_version, post_achievement, update_condition};

/// A programme of `client` with a plan for the usual cohort.
pub struct Planned {
    /// The programme.
    pub programme: String,
    /// Codes of the required courses A and B and of the elective E.
    pub courses: [String; 3],
}

impl Planned {
    /// A required course of 3, one of 2, a choice of electives of which 1 is needed, and 4 credits of practice: 10 in all.
    /// Conduct has to be confirmed.
    #[track_caller]
    pub fn new(city: &City, client: &Client, level: &str) -> Self {
        Self::asking(city, client, level, json!({"conditions": [{"code": "conduct", "name": "操行"}]}))
    }

    /// As [`Planned::new`], with other requirements.
    #[track_caller]
    pub fn asking(city: &City, client: &Client, level: &str, requirements: Value) -> Self {
        let programme = city.new_programme(client, level);
        let courses = [fresh::code("A"), fresh::code("B"), fresh::code("E")];
        let of = |code: &str, credits: &str, required: bool| json!({"code": code, "name": format!("课程{code}"), "credits": credits, "required": required});
        let body = json!({
            "cohort": cohort(),
            "total_credits": "10",
            "conversion_cap_share": "0.5",
            "modules": [
                {"code": "PUB", "name": "公共基础", "min_credits": "5", "classes": ["公共基础必修"],
                 "courses": [of(&courses[0], "3", true), of(&courses[1], "2", true)]},
                {"code": "ELE", "name": "选修", "min_credits": "1", "courses": [of(&courses[2], "1", false)]},
                {"code": "PRA", "name": "实践", "min_credits": "4", "practice": true},
            ],
            "requirements": requirements,
        });
        client.send(create_programme_version(&programme, &body)).is(201);
        Self { programme, courses }
    }

    /// A plan whose one elective course nobody has to pass, and nothing else that is asked for.
    #[track_caller]
    pub fn free(city: &City, client: &Client, level: &str) -> Self {
        let programme = city.new_programme(client, level);
        let courses = [fresh::code("A"), fresh::code("B"), fresh::code("E")];
        let list: Vec<Value> = courses
            .iter()
            .map(|code| json!({"code": code, "name": format!("课程{code}"), "credits": "3", "required": false}))
            .collect();
        let body = json!({
            "cohort": cohort(),
            "total_credits": "1",
            "modules": [{"code": "ELE", "name": "选修", "min_credits": "0", "courses": list}],
        });
        client.send(create_programme_version(&programme, &body)).is(201);
        Self { programme, courses }
    }

    /// A learner of the programme.
    #[track_caller]
    pub fn student(&self, city: &City, client: &Client) -> Student {
        city.student_of(client, &self.programme)
    }

    /// Posts everything that the plan asks for; answers the four achievements.
    #[track_caller]
    pub fn complete(&self, client: &Client, student: &Student) -> Vec<String> {
        let practice = fresh::code("P");
        let list = [(&self.courses[0], "3"), (&self.courses[1], "2"), (&self.courses[2], "1"), (&practice, "4")];
        list.map(|(code, credits)| pass(client, student, code, credits)).to_vec()
    }
    /// Posts what the plan asks for but its first course.
    #[track_caller]
    pub fn complete_rest(&self, client: &Client, student: &Student) {
        for (code, credits) in [(&self.courses[1], "2"), (&self.courses[2], "1"), (&fresh::code("P"), "4")] {
            pass(client, student, code, credits);
        }
    }
}

/// Posts a passed course in the student's enrolment; its id.
#[track_caller]
pub fn pass(client: &Client, student: &Student, code: &str, credits: &str) -> String {
    let body = course(&json!({"id": student.id}), code, credits);
    let body = with(&body, json!({"enrolment_id": student.enrolment_id}));
    client.send(post_achievement(&body)).is(201).id()
}

/// Confirms that conduct is as it should be.
#[track_caller]
pub fn confirm_conduct(client: &Client, student: &Student) {
    client.send(update_condition(&student.enrolment_id, "conduct", &json!({"state": "confirmed"}))).is(200);
}

/// The codes of what is missing, each with what it is about.
pub fn missing(progress: &Value) -> Vec<String> {
    let list = progress["shortfalls"].as_array().expect("what is missing");
    let told = |one: &Value| match one["about"].as_str() {
        Some(about) => format!("{} {about}", one["code"].as_str().unwrap_or_default()),
        None => one["code"].as_str().unwrap_or_default().to_owned(),
    };
    list.iter().map(told).collect()
}
