//! Conversions from the application to the school's own system.

use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{cohort, today};
use crate::support::fixture::{Student, enrolment, opening, with};
use crate::support::fresh;
use crate::support::http::{Answer, Call};
use crate::support::operations::{
    create_programme_version, create_rule_set, create_rule_set_draft, create_rule_set_publication,
    create_rule_set_submission, get_balances, open_learner, post_achievement, post_conversions, update_rule_set_draft,
};

mod again;
mod apply;
mod coming;
mod deadlines;
mod decide;
mod exemptions;
mod facts;
mod primitives;
mod races;
mod sources;
mod transferred;
mod unwinding;
mod upgrades;

/// A learner of a college, with a certificate, and a programme with rules of the college's own.
pub(crate) struct Setting<'c> {
    pub(crate) college: &'c Client,
    /// Another client of the college: whoever applied or wrote the rules does not decide.
    pub(crate) reviewer: Client,
    pub(crate) student: Student,
    pub(crate) programme: String,
    /// Codes of two courses of the plan, of 3 and 2 credits.
    courses: [String; 2],
    /// The catalogued certificate, worth 4 credits.
    certificate: String,
    /// The learner's certificate.
    pub(crate) achievement: String,
}

impl<'c> Setting<'c> {
    /// With the rules that `rules` makes of what there is.
    #[track_caller]
    pub(crate) fn new(city: &'c City, rules: impl Fn(&Self) -> Vec<Value>) -> Self {
        let setting = Self::without_rules(city);
        let rules = rules(&setting);
        setting.publish(rules);
        setting
    }

    #[track_caller]
    fn without_rules(city: &'c City) -> Self {
        let college = city.college();
        let (programme, courses) = programme(city, college, "higher");
        let student = city.student_of(college, &programme);
        let certificate = city.catalogued("skill_certificate", Some("intermediate"), "4");
        let body = city.certificate(&student, &certificate, &fresh::code("NO"));
        let achievement = city.accredited("skill_certificate").send(post_achievement(&body)).is(201).id();
        let reviewer = city.second_client(college);
        Self { college, reviewer, student, programme, courses, certificate, achievement }
    }

    /// Publishes a rule set of the college for the programme, in force from today; its id.
    #[track_caller]
    fn publish(&self, rules: Vec<Value>) -> String {
        publish(self.college, &self.reviewer, &self.programme, rules)
    }

    /// A rule for the certificate: two credits, decided at once.
    pub(crate) fn rule(&self) -> Value {
        rule(&self.certificate)
    }

    /// The rule, decided by the college and then on notice.
    pub(crate) fn stepwise(&self) -> Value {
        let steps = json!([
            {"name": "学院审核", "by": "receiver", "working_days": 5},
            {"name": "公示", "by": "nobody", "working_days": 3},
        ]);
        with(&self.rule(), json!({"procedure": {"is": "steps", "steps": steps}}))
    }

    /// The rule, decided by the college in one step.
    pub(crate) fn reviewed(&self) -> Value {
        let steps = json!([{"name": "教务处审核", "by": "receiver", "role": "reviewer", "working_days": 5}]);
        with(&self.rule(), json!({"procedure": {"is": "steps", "steps": steps}}))
    }

    /// A rule that exempts from both courses, decided by the college in one step.
    pub(crate) fn exempting(&self) -> Value {
        with(
            &self.reviewed(),
            json!({
                "value": {"is": "target_course"},
                "target": {"place": {"in": "courses", "codes": self.courses}},
                "score": {"is": "fixed", "score": "85"},
            }),
        )
    }

    /// The best plan now; the college asks for it.
    #[track_caller]
    pub(crate) fn plan(&self) -> Answer {
        plan(self.college, &self.student, &self.programme)
    }

    /// Applies with all lines of a new plan, by the college; the one conversion.
    #[track_caller]
    pub(crate) fn apply(&self) -> Value {
        let plan = self.plan();
        let made = self.college.send(apply_all(plan.str("plan_id"))).is(201);
        let items = made["items"].as_array().expect("items").clone();
        assert_eq!(items.len(), 1, "{items:?}");
        items[0].clone()
    }

    /// What lies where, of the learner: available, held and in the programme.
    #[track_caller]
    pub(crate) fn purses(&self) -> [String; 3] {
        let answer = self.college.send(get_balances(&self.student.id)).is(200);
        let balances = answer["balances"].as_array().expect("balances");
        let sum = |of: &dyn Fn(&Value) -> Vec<String>| {
            let amounts: f64 = balances
                .iter()
                .flat_map(of)
                .map(|text| text.parse::<f64>().expect("credits"))
                .fold(0.0, |sum, one| sum + one);
            format!("{amounts}")
        };
        let one = |member: &'static str| {
            sum(&move |balance: &Value| vec![balance[member].as_str().expect("an amount").to_owned()])
        };
        let programme = sum(&|balance: &Value| {
            let programmes = balance["programmes"].as_array().expect("programmes");
            programmes.iter().map(|one| one["credits"].as_str().expect("an amount").to_owned()).collect()
        });
        [one("available"), one("held"), programme]
    }
}

/// A programme with a plan for the usual cohort: courses of 3 and 2 credits, 100 in all, of which half may be converted.
#[track_caller]
fn programme(city: &City, client: &Client, level: &str) -> (String, [String; 2]) {
    let programme = city.new_programme(client, level);
    let courses = [fresh::code("A"), fresh::code("B")];
    let course = |code: &str, credits: &str| json!({"code": code, "name": format!("课程{code}"), "credits": credits, "required": true});
    let body = json!({
        "cohort": cohort(), "total_credits": "100", "conversion_cap_share": "0.5",
        "modules": [{"code": "PRO", "name": "专业课", "min_credits": "5",
                     "courses": [course(&courses[0], "3"), course(&courses[1], "2")]}],
    });
    client.send(create_programme_version(&programme, &body)).is(201);
    (programme, courses)
}

/// A rule that gives two credits for a certificate, at once.
fn rule(certificate: &str) -> Value {
    json!({
        "code": fresh::code("R"), "title": "中级证书计两学分", "clause": "第三条",
        "sources": [{"kinds": ["skill_certificate"], "codes": [certificate], "levels": ["intermediate"]}],
        "value": {"is": "fixed", "credits": "2"},
        "target": {"place": {"in": "programme"}},
        "exclusivity": {"scope": "programme"},
    })
}

/// Publishes a rule set of a school's own for one of its programmes, in force from today; its id.
#[track_caller]
fn publish(author: &Client, publisher: &Client, programme: &str, rules: Vec<Value>) -> String {
    publish_for(author, publisher, &[programme], rules)
}

/// The same for several programmes.
#[track_caller]
fn publish_for(author: &Client, publisher: &Client, programmes: &[&str], rules: Vec<Value>) -> String {
    let document = json!({
        "name": "演示转换规则", "authority": "institution", "basis": "《演示学分转换办法》（演示文件 1 号）",
        "effective_from": today().to_string(), "programmes": programmes, "rules": rules,
    });
    let made = author.send(create_rule_set(&document)).is(201);
    let tag = |answer: &Answer| answer.header("etag").expect("an entity tag").to_owned();
    let reviewed = author.send(create_rule_set_submission(&made.id(), &tag(&made))).is(200);
    publisher.send(create_rule_set_publication(&made.id(), &tag(&reviewed))).is(200);
    made.id()
}

/// Publishes the next version of the set, from its version `from` with these members of the document replaced; its number.
#[track_caller]
fn publish_next(author: &Client, publisher: &Client, set: &str, from: u64, members: Value) -> u64 {
    let tag = |answer: &Answer| answer.header("etag").expect("an entity tag").to_owned();
    let draft = author.send(create_rule_set_draft(set, &json!({"version": from}))).is(201);
    let document = with(&draft["document"], members);
    let written = author.send(update_rule_set_draft(set, &tag(&draft), &document)).is(200);
    let reviewed = author.send(create_rule_set_submission(set, &tag(&written))).is(200);
    let published = publisher.send(create_rule_set_publication(set, &tag(&reviewed))).is(200);
    published["version"].as_u64().expect("a version")
}

/// The best plan of a student for a programme.
#[track_caller]
fn plan(client: &Client, student: &Student, programme: &str) -> Answer {
    let body = json!({"learner_id": student.id, "programme_id": programme});
    client.send(Call::plain("POST", "/api/v1/conversion-plans").json(&body).fresh_key()).is(200)
}

fn apply_all(plan: &str) -> Call {
    post_conversions(&json!({"plan_id": plan, "lines": "all"}))
}

/// `student` as a learner of one more school, in `programme`; the enrolment.
#[track_caller]
fn enrol_again(client: &Client, student: &Student, programme: &str) -> String {
    let body = opening(&student.person, Some(enrolment(programme, &fresh::code("T"))));
    let opened = client.send(open_learner(&body)).is(200);
    opened["enrolment"]["id"].as_str().expect("the enrolment has an id").to_owned()
}

/// What was done with a conversion, in order.
fn actions(conversion: &Value) -> Vec<&str> {
    let history = conversion["history"].as_array().expect("a history");
    history.iter().map(|event| event["action"].as_str().expect("an action")).collect()
}
