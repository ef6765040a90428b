//! Each of the ten parts of a rule, seen through the plan of a learner.

use serde_json::{Value, json};

use super::{Setting, plan, publish, publish_for, rule};
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::clock::{cohort, days_ago, days_ahead};
use crate::support::fixture::{Student, of_kind, training, with};
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    create_learner_fact, create_programme_version, open_enrolment, post_achievement, post_conversions,
};

crate::support::on_both! {
    sources_are_needed_together,
    values_come_from_the_source,
    targets_are_bounded,
    scores_are_recorded_as_the_rule_says,
    remainders_go_where_the_rule_says,
    evidence_counts_as_often_as_the_rule_says,
    caps_cut_and_are_named,
    time_is_bounded,
    persons_are_asked_for_facts,
    steps_are_told_before_one_applies,
}

/// A learner of a college, in a programme with a politics course (3), a required course (2) and public electives.
struct Place<'c> {
    college: &'c Client,
    reviewer: Client,
    student: Student,
    programme: String,
    /// Politics of 3, a core course of 2, a public elective of 2.
    courses: [String; 3],
    certificate: String,
    examination: String,
}

impl<'c> Place<'c> {
    #[track_caller]
    fn new(city: &'c City) -> Self {
        let college = city.college();
        let programme = city.new_programme(college, "higher");
        let courses = [fresh::code("A"), fresh::code("B"), fresh::code("E")];
        let course = |code: &str, credits: &str, required: bool, classes: Value| json!({"code": code, "name": format!("课程{code}"), "credits": credits, "required": required, "classes": classes});
        let body = json!({
            "cohort": cohort(), "total_credits": "100",
            "modules": [
                {"code": "PRO", "name": "必修课", "min_credits": "5", "classes": ["必修"], "courses": [
                    course(&courses[0], "3", true, json!(["politics"])), course(&courses[1], "2", true, json!(["core"]))]},
                {"code": "ELE", "name": "公共选修", "min_credits": "4", "classes": ["公共选修"], "courses": [
                    course(&courses[2], "2", false, json!([])), course(&fresh::code("E"), "2", false, json!([]))]},
            ],
        });
        college.send(create_programme_version(&programme, &body)).is(201);
        let student = city.student_of(college, &programme);
        let certificate = city.catalogued("skill_certificate", Some("intermediate"), "4");
        let examination = city.catalogued("examination", None, "4");
        let reviewer = city.second_client(college);
        Self { college, reviewer, student, programme, courses, certificate, examination }
    }

    #[track_caller]
    fn publish(&self, rules: Vec<Value>) {
        publish(self.college, &self.reviewer, &self.programme, rules);
    }

    /// A rule for the certificate, with these parts replaced.
    fn rule(&self, parts: Value) -> Value {
        with(&rule(&self.certificate), parts)
    }

    /// A rule for the examination, with these parts replaced.
    fn examined(&self, parts: Value) -> Value {
        let sources = json!([{"kinds": ["examination"], "codes": [self.examination]}]);
        with(&self.rule(json!({"sources": sources})), parts)
    }

    #[track_caller]
    fn certify(&self, city: &City, members: Value) -> String {
        let body = with(&city.certificate(&self.student, &self.certificate, &fresh::code("NO")), members);
        city.accredited("skill_certificate").send(post_achievement(&body)).is(201).id()
    }

    #[track_caller]
    fn examine(&self, city: &City, score: &str) -> String {
        let content = json!({"code": self.examination, "score": score, "number": fresh::code("NO")});
        let body = of_kind("examination", &self.student, &content);
        city.accredited("examination").send(post_achievement(&body)).is(201).id()
    }

    #[track_caller]
    fn plan(&self) -> Answer {
        plan(self.college, &self.student, &self.programme)
    }
}

/// The reason why an achievement is not used.
#[track_caller]
fn unused<'p>(plan: &'p Answer, achievement: &str) -> &'p Value {
    let all = plan["unused"].as_array().expect("a list");
    all.iter().find(|one| one["achievement_id"] == achievement).unwrap_or_else(|| panic!("{plan:?}"))
}

/// Rule and credits of every line, by rule.
fn lines(plan: &Answer) -> Vec<(String, String)> {
    let list = plan["lines"].as_array().expect("lines").iter();
    let text = |one: &'_ Value| one.as_str().expect("a text").to_owned();
    let mut all: Vec<(String, String)> =
        list.map(|one| (text(&one["rule"]["code"]), text(&one["grants"]["credits"]))).collect();
    all.sort_unstable();
    all
}

fn told(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(code, credits)| ((*code).to_owned(), (*credits).to_owned())).collect()
}

fn sources_are_needed_together(city: &City) {
    let place = Place::new(city);
    let both = json!([
        {"kinds": ["skill_certificate"], "codes": [place.certificate], "levels": ["intermediate"]},
        {"kinds": ["examination"], "codes": [place.examination], "score_min": "425"},
    ]);
    place.publish(vec![place.rule(json!({"sources": both}))]);
    let certificate = place.certify(city, json!({}));
    assert_eq!(unused(&place.plan(), &certificate)["reason"], "needs-others-too");
    let failed = place.examine(city, "424");
    let plan = place.plan();
    assert_eq!((&unused(&plan, &failed)["reason"], &plan["lines"]), (&json!("score-below-minimum"), &json!([])));
    let passed = place.examine(city, "425");
    let plan = place.plan();
    let mut used: Vec<&str> = plan["lines"][0]["evidence"]
        .as_array()
        .expect("evidence")
        .iter()
        .filter_map(|one| one["achievement_id"].as_str())
        .collect();
    used.sort_unstable();
    let mut wanted = [certificate.as_str(), passed.as_str()];
    wanted.sort_unstable();
    assert_eq!((used.as_slice(), plan.str("credits")), (wanted.as_slice(), "2"));
}

fn values_come_from_the_source(city: &City) {
    let place = Place::new(city);
    let table = json!({"is": "table", "rows": [
        {"when": {"levels": ["advanced"]}, "credits": "5"}, {"when": {"levels": ["intermediate"]}, "credits": "1.5"}]});
    let hours = json!([{"kinds": ["training"]}]);
    place.publish(vec![
        place.rule(json!({"code": "R-1", "value": table})),
        place.examined(json!({"code": "R-2", "value": {"is": "ratio", "numerator": 3, "denominator": 5}})),
        place.rule(json!({"code": "R-3", "sources": hours, "value": {"is": "hours_per", "hours": 16}})),
    ]);
    place.certify(city, json!({}));
    place.examine(city, "400");
    let body = of_kind("training", &place.student, &training(47));
    city.accredited("training").send(post_achievement(&body)).is(201);
    // Of a table the row; 4 × 3/5 = 2.4 and 47 ÷ 16 = 2.9375, down to half a credit.
    assert_eq!(lines(&place.plan()), told(&[("R-1", "1.5"), ("R-2", "2"), ("R-3", "2.5")]));
}

fn targets_are_bounded(city: &City) {
    let place = Place::new(city);
    let courses = json!({"in": "courses", "classes": ["必修"]});
    let never = json!({"value": {"is": "target_course"}, "target": {"place": courses, "never": ["politics"]}});
    let (other, _) = super::programme(city, place.college, "higher");
    let elsewhere = json!({"target": {"place": {"in": "programme"}, "programmes": [other]}});
    let rules = vec![place.rule(never), place.examined(elsewhere)];
    publish_for(place.college, &place.reviewer, &[&place.programme, &other], rules);
    place.certify(city, json!({}));
    let examination = place.examine(city, "500");
    let plan = place.plan();
    let exempted = plan["lines"][0]["grants"]["exempts"].as_array().expect("courses");
    assert_eq!((exempted.len(), &exempted[0]["course_code"]), (1, &json!(place.courses[1])), "never politics");
    assert_eq!(unused(&plan, &examination)["reason"], "wrong-programme");
}

fn scores_are_recorded_as_the_rule_says(city: &City) {
    let place = Place::new(city);
    let bands = json!({"is": "bands", "bands": [
        {"from": "425", "to": "425", "record": "75"}, {"from": "426", "to": "475", "record": "85"},
        {"from": "476", "to": "710", "record": "95"}]});
    let into = |at: usize| json!({"value": {"is": "target_course"}, "target": {"place": {"in": "courses", "codes": [place.courses[at]]}}});
    let fixed = json!({"score": {"is": "fixed", "score": "优秀"}});
    place.publish(vec![with(&place.examined(into(0)), json!({"score": bands})), with(&place.rule(into(1)), fixed)]);
    place.certify(city, json!({}));
    place.examine(city, "475");
    let plan = place.plan();
    let grants = plan["lines"].as_array().expect("lines").iter().map(|line| &line["grants"]["exempts"][0]);
    let mut scores: Vec<(&str, &str)> = grants
        .map(|one| (one["course_code"].as_str().expect("a code"), one["score"].as_str().expect("a score")))
        .collect();
    scores.sort_unstable();
    assert_eq!(scores, [(place.courses[0].as_str(), "85"), (place.courses[1].as_str(), "优秀")]);
}

fn remainders_go_where_the_rule_says(city: &City) {
    let one = |remainder: &str| {
        let place = Place::new(city);
        let parts = json!({
            "value": {"is": "named_courses", "courses": [{"code": place.courses[0]}], "total": "4"},
            "target": {"place": {"in": "courses"}}, "draws": "full", "remainder": remainder,
        });
        place.publish(vec![place.rule(parts)]);
        place.certify(city, json!({}));
        place
    };
    let available = |place: &Place<'_>| {
        let balances = crate::support::book::check(place.college, &place.student.id);
        (balances.available("skill").to_owned(), balances.in_programme(&place.student.enrolment_id).to_owned())
    };
    let apply = |place: &Place<'_>| {
        let plan = place.plan();
        let all = json!({"plan_id": plan.str("plan_id"), "lines": "all"});
        let made = place.college.send(post_conversions(&all)).is(201);
        (plan["lines"][0]["grants"]["electives"].clone(), made["items"][0]["credits"].clone())
    };
    // The course takes 3 of 4: the fourth is lost, stays where it was, or counts among the electives.
    let lost = one("lost");
    assert_eq!(apply(&lost), (json!("0"), json!("3")));
    assert_eq!(available(&lost), ("0".to_owned(), "3".to_owned()));
    let kept = one("kept");
    assert_eq!(apply(&kept), (json!("0"), json!("3")));
    assert_eq!(available(&kept), ("1".to_owned(), "3".to_owned()));
    let electives = one("public_electives");
    assert_eq!(apply(&electives), (json!("1"), json!("4")));
    assert_eq!(available(&electives), ("0".to_owned(), "4".to_owned()));
}

fn evidence_counts_as_often_as_the_rule_says(city: &City) {
    // Of one family the highest counts; used in one programme, it may be used in another, or not.
    let setting = Setting::without_rules(city);
    city.catalogued_as(&setting.certificate, "skill_certificate", Some("advanced"), "6");
    let content = json!({"code": setting.certificate, "level": "advanced", "number": fresh::code("NO")});
    let body = city.accredited("skill_certificate");
    let higher = body.send(post_achievement(&of_kind("skill_certificate", &setting.student, &content))).is(201).id();
    let any = json!([{"kinds": ["skill_certificate"], "codes": [setting.certificate]}]);
    let once = |scope: &str| {
        let family = setting.certificate.clone();
        let exclusivity = json!({"scope": scope, "family": family, "highest_only": true});
        with(&setting.rule(), json!({"sources": any, "exclusivity": exclusivity}))
    };
    let (other, _) = super::programme(city, setting.college, "higher");
    setting.college.send(open_enrolment(&setting.student.id, &enrolment_in(&other))).is(201);
    setting.publish(vec![once("programme")]);
    publish(setting.college, &setting.reviewer, &other, vec![once("programme")]);
    let plan_now = setting.plan();
    assert_eq!(plan_now["lines"][0]["evidence"], json!([{"achievement_id": higher}]));
    assert_eq!(unused(&plan_now, &setting.achievement)["reason"], "lower-of-family");
    setting.apply();
    assert_eq!(unused(&setting.plan(), &higher)["reason"], "already-used");
    assert_eq!(plan(setting.college, &setting.student, &other).str("credits"), "2", "once in each programme");
}

fn enrolment_in(programme: &str) -> Value {
    crate::support::fixture::enrolment(programme, &fresh::code("T"))
}

fn caps_cut_and_are_named(city: &City) {
    let place = Place::new(city);
    let cap = json!([{"code": "training-cap", "clause": "第五条", "per": "programme", "most": {"is": "credits", "credits": "1.5"}}]);
    let one = json!([{"code": "one-only", "clause": "第六条", "per": "programme", "most": {"is": "achievements", "count": 1}}]);
    let hours = json!({"code": "R-1", "sources": [{"kinds": ["training"]}], "value": {"is": "hours_per", "hours": 16}});
    place.publish(vec![
        with(&place.rule(hours), json!({"caps": cap})),
        place.examined(json!({"code": "R-2", "caps": one})),
    ]);
    let body = of_kind("training", &place.student, &training(47));
    city.accredited("training").send(post_achievement(&body)).is(201);
    let first = place.examine(city, "500");
    let plan = place.plan();
    assert_eq!(lines(&plan), told(&[("R-1", "1.5"), ("R-2", "2")]));
    let cut =
        plan["lines"].as_array().expect("lines").iter().find(|line| line["rule"]["code"] == "R-1").expect("a line");
    let words = cut["because"]["zh-CN"].as_str().expect("words");
    assert!(words.contains("第五条") && words.contains("1.5"), "{words}");
    let second = place.examine(city, "510");
    let plan = place.plan();
    assert_eq!(lines(&plan), told(&[("R-1", "1.5"), ("R-2", "2")]));
    let left = plan["unused"].as_array().expect("a list").iter().find(|one| one["cap"] == "one-only");
    let left = left.unwrap_or_else(|| panic!("{plan:?}"));
    assert!([first, second].iter().any(|id| left["achievement_id"] == id.as_str()), "{left}");
    assert_eq!(left["reason"], "cap-reached");
}

fn time_is_bounded(city: &City) {
    let place = Place::new(city);
    let window = json!({"time": {"window": {"is": "dates", "from": days_ahead(10).to_string(), "to": days_ahead(20).to_string()}}});
    place.publish(vec![place.rule(json!({"time": {"valid_years": 1}})), place.examined(window)]);
    // A year to the day is good, a day more is not; nor is one whose own last day has passed.
    let last = chrono::Months::new(12);
    let today = days_ago(0);
    let on = |day: chrono::NaiveDate| json!({"completed_on": day.to_string()});
    let eve = today - last - chrono::Days::new(1);
    let old = place.certify(city, on(eve));
    let ended = place.certify(city, json!({"valid_until": days_ago(1).to_string()}));
    let plan = place.plan();
    assert_eq!((plan.str("credits"), &unused(&plan, &old)["reason"]), ("0", &json!("expired")));
    assert_eq!(unused(&plan, &ended)["reason"], "expired");
    let good = place.certify(city, on(today - last));
    let examination = place.examine(city, "500");
    let plan = place.plan();
    assert_eq!(plan["lines"][0]["evidence"], json!([{"achievement_id": good}]));
    assert_eq!(unused(&plan, &examination)["reason"], "outside-window");
}

fn persons_are_asked_for_facts(city: &City) {
    let place = Place::new(city);
    let forty = json!({"person": {"facts": [{"fact": "age_reached", "at_least": 40}]}});
    place.publish(vec![place.rule(forty)]);
    let certificate = place.certify(city, json!({}));
    assert_eq!(unused(&place.plan(), &certificate)["reason"], "person-condition");
    let attest = |number: u32, from: chrono::NaiveDate| {
        let fact =
            json!({"fact": "age_reached", "number": number, "source": "身份证核验", "valid_from": from.to_string()});
        place.college.send(create_learner_fact(&place.student.id, &fact)).is(201);
    };
    attest(39, days_ago(400));
    assert_eq!(place.plan().str("credits"), "0", "39 is not 40");
    attest(40, days_ahead(1));
    assert_eq!(place.plan().str("credits"), "0", "not before the birthday");
    attest(40, days_ago(0));
    assert_eq!(place.plan().str("credits"), "2");
}

fn steps_are_told_before_one_applies(city: &City) {
    let place = Place::new(city);
    let steps = json!([
        {"name": "学院审核", "by": "receiver", "working_days": 5},
        {"name": "教体局备案", "by": "bureau", "working_days": 3},
        {"name": "公示", "by": "nobody", "working_days": 3},
    ]);
    place.publish(vec![
        place.rule(json!({"code": "R-1", "procedure": {"is": "steps", "steps": steps}})),
        place.examined(json!({"code": "R-2"})),
    ]);
    place.certify(city, json!({}));
    place.examine(city, "500");
    let plan = place.plan();
    let told = |code: &str| {
        let all = plan["lines"].as_array().expect("lines").iter();
        let line = all.into_iter().find(|line| line["rule"]["code"] == code).expect("a line");
        (line["decision"].clone(), line["steps"].clone())
    };
    assert_eq!(told("R-1"), (json!("steps"), json!(["学院审核", "教体局备案", "公示"])));
    assert_eq!(told("R-2"), (json!("automatic"), json!([])));
    let all = json!({"plan_id": plan.str("plan_id"), "lines": "all"});
    let made = place.college.send(post_conversions(&all)).is(201);
    let statuses: std::collections::BTreeSet<&str> =
        made["items"].as_array().expect("items").iter().filter_map(|one| one["status"].as_str()).collect();
    assert_eq!(statuses, ["converted", "pending"].into());
}
