//! Long work beside the service: cohort plans and simulations.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{cohort, today};
use crate::support::fixture::Student;
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    create_programme_version, create_rule_set, create_rule_set_publication, create_rule_set_submission, get_job,
    post_achievement,
};

mod cohort_plan_states;
mod cohort_plans;
mod resumed;
mod simulations;

/// A watermark lies ten seconds back: what is to be looked at must be older.
fn let_it_settle() {
    sleep(Duration::from_millis(10_500));
}

/// The job once it has ended.
#[track_caller]
fn ended(client: &Client, job: &str) -> Answer {
    let since = Instant::now();
    loop {
        let answer = client.send(get_job(job)).is(200);
        if !["queued", "running"].contains(&answer.str("state")) {
            return answer;
        }
        assert!(since.elapsed() < Duration::from_secs(120), "{answer:?}");
        sleep(Duration::from_millis(200));
    }
}

/// A programme of the school's with one exemptible course, and a certificate for it.
pub struct Offer {
    pub programme: String,
    pub certificate: String,
}

impl Offer {
    pub fn new(city: &City, school: &Client) -> Self {
        let programme = city.new_programme(school, "secondary");
        let plan = json!({
            "cohort": cohort(), "total_credits": "20",
            "modules": [
                {"code": "M1", "name": "公共基础", "min_credits": "4", "courses": [
                    {"code": "ENG1", "name": "英语", "credits": "4", "required": true},
                    {"code": "CHN1", "name": "语文", "credits": "4", "required": true},
                ]},
            ],
        });
        school.send(create_programme_version(&programme, &plan)).is(201);
        let certificate = city.catalogued("skill_certificate", Some("intermediate"), "4");
        Self { programme, certificate }
    }

    /// A set for this programme alone: its certificate exempts one course.
    pub fn rules(&self, course: &str) -> Value {
        json!({
            "name": "演示免修规则", "authority": "institution", "basis": "演示文件",
            "effective_from": today().to_string(), "programmes": [self.programme],
            "rules": [{
                "code": "X-1", "title": "证书免修课程",
                "sources": [{"kinds": ["skill_certificate"], "codes": [self.certificate], "levels": ["intermediate"]}],
                "value": {"is": "named_courses", "courses": [{"code": course}]},
                "target": {"place": {"in": "courses"}},
                "exclusivity": {"scope": "programme"},
            }],
        })
    }

    /// A learner of the programme who holds the certificate.
    pub fn holder(&self, city: &City, school: &Client) -> Student {
        let student = city.student_of(school, &self.programme);
        let post = city.certificate(&student, &self.certificate, &fresh::code("KFN"));
        city.accredited("skill_certificate").send(post_achievement(&post)).is(201);
        student
    }
}

/// Drafts, submits and publishes; the set's id.
#[track_caller]
pub fn publish(city: &City, school: &Client, document: &Value) -> String {
    let tag = |answer: &Answer| answer.header("etag").expect("an ETag").to_owned();
    let made = school.send(create_rule_set(document)).is(201);
    let reviewed = school.send(create_rule_set_submission(&made.id(), &tag(&made))).is(200);
    city.second_client(school).send(create_rule_set_publication(&made.id(), &tag(&reviewed))).is(200);
    made.id()
}
