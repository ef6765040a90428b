//! Conversion plans, what-if, comparison and attested facts.

use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::clock::today;
use crate::support::fixture::{Student, of_kind};
use crate::support::fresh;
use crate::support::operations::{
    create_learner_fact, create_rule_set, create_rule_set_publication, create_rule_set_submission, list_learner_facts,
    post_achievement, post_conversion_plan_comparison, post_conversion_plans,
};
use crate::support::plan::Planned;
use crate::support::session::Session;

crate::support::on_both! {
    a_certificate_exempts_a_course_and_says_why,
    what_is_not_used_says_what_is_missing,
    supposed_achievements_add_and_are_named,
    facts_of_the_person_open_rules,
    programmes_are_compared,
    nobody_else_gets_a_plan,
    bad_requests_are_refused,
}

/// A programme with rules of its own, and a student.
struct Place {
    planned: Planned,
    student: Student,
    certificate: String,
    examination: String,
}

/// Rules of the school's own for one new programme: an intermediate certificate exempts A (3), an examination with at least
/// 425 points B (2), a veteran is exempted from E (1).
fn place(city: &City) -> Place {
    let school = city.school();
    let planned = Planned::new(city, school, "secondary");
    let student = planned.student(city, school);
    let certificate = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let examination = city.catalogued("examination", None, "2");
    let [a, b, e] = &planned.courses;
    let rule = |name: &str, source: Value, course: &str| {
        json!({
            "code": name, "title": format!("规则{name}"), "clause": "第三条", "sources": [source],
            "value": {"is": "target_course"}, "target": {"place": {"in": "courses", "codes": [course]}},
            "exclusivity": {"scope": "programme"},
        })
    };
    let certified = json!({"kinds": ["skill_certificate"], "codes": [certificate], "levels": ["intermediate"]});
    let examined = json!({"kinds": ["examination"], "codes": [examination], "score_min": "425"});
    let document = json!({
        "name": "演示规则", "authority": "institution", "basis": "《演示办法》", "effective_from": today().to_string(),
        "programmes": [planned.programme],
        "rules": [
            rule("X-1", certified, a), rule("E-1", examined, b), rule("V-1", json!({"fact": {"fact": "veteran"}}), e),
        ],
    });
    let made = school.send(create_rule_set(&document)).is(201);
    let tag = made.header("etag").expect("an ETag").to_owned();
    let reviewed = school.send(create_rule_set_submission(&made.id(), &tag)).is(200);
    let tag = reviewed.header("etag").expect("an ETag").to_owned();
    city.second_client(school).send(create_rule_set_publication(&made.id(), &tag)).is(200);
    Place { planned, student, certificate, examination }
}

impl Place {
    fn ask(&self) -> Value {
        json!({"learner_id": self.student.id, "programme_id": self.planned.programme})
    }

    fn certify(&self, city: &City) -> String {
        let body = city.certificate(&self.student, &self.certificate, &fresh::code("KFN"));
        city.accredited("skill_certificate").send(post_achievement(&body)).is(201).id()
    }

    fn examine(&self, city: &City, score: &str) -> String {
        let content = json!({"code": self.examination, "score": score, "number": fresh::code("KFN")});
        let body = of_kind("examination", &self.student, &content);
        city.accredited("examination").send(post_achievement(&body)).is(201).id()
    }
}

fn a_certificate_exempts_a_course_and_says_why(city: &City) {
    let place = place(city);
    let certificate = place.certify(city);
    let plan = city.school().send(post_conversion_plans(&place.ask())).is(200);
    assert_eq!((plan.str("credits"), plan.str("bound"), &plan["optimal"]), ("3", "3", &json!(true)));
    assert_eq!(plan["cap"], json!({"share": "0.5", "credits": "5", "used": "3"}));
    let line = &plan["lines"][0];
    assert_eq!(line["evidence"], json!([{"achievement_id": certificate}]));
    let exempted = &line["grants"]["exempts"][0];
    assert_eq!((&exempted["course_code"], &exempted["score"]), (&json!(place.planned.courses[0]), &json!("免考")));
    assert_eq!(
        (&line["decision"], &line["draws"], &line["rule"]["code"]),
        (&json!("automatic"), &json!([]), &json!("X-1"))
    );
    let because = line["because"]["zh-CN"].as_str().expect("words");
    assert!(because.contains("第三条") && because.contains("3 学分"), "{because}");
    assert_eq!(plan["enrolment_id"], json!(place.student.enrolment_id));
    // The same again is the same plan under another id.
    let again = city.school().send(post_conversion_plans(&place.ask())).is(200);
    assert_eq!((&again["lines"], &again["unused"]), (&plan["lines"], &plan["unused"]));
    assert_ne!(again["plan_id"], plan["plan_id"]);
}

fn what_is_not_used_says_what_is_missing(city: &City) {
    let place = place(city);
    let examination = place.examine(city, "424");
    let plan = city.school().send(post_conversion_plans(&place.ask())).is(200);
    assert_eq!((plan.str("credits"), &plan["lines"]), ("0", &json!([])));
    let unused = &plan["unused"][0];
    assert_eq!((&unused["achievement_id"], &unused["reason"]), (&json!(examination), &json!("score-below-minimum")));
    assert_eq!((&unused["wanted"], &unused["found"]), (&json!("425"), &json!("424")));
    let because = unused["because"]["zh-CN"].as_str().expect("words");
    assert!(because.contains("成绩 424，规则要求不低于 425"), "{because}");
    // What would add most comes first.
    let steps = plan["next_steps"].as_array().expect("steps");
    let named: Vec<_> = steps.iter().map(|step| (step["code"].as_str(), step["adds"].as_str())).collect();
    assert_eq!(named, [(Some(place.certificate.as_str()), Some("3")), (Some(place.examination.as_str()), Some("2"))]);
}

fn supposed_achievements_add_and_are_named(city: &City) {
    let place = place(city);
    let mut ask = place.ask();
    ask["what_if"] = json!([{"kind": "skill_certificate", "code": place.certificate, "level": "intermediate"}]);
    let plan = city.school().send(post_conversion_plans(&ask)).is(200);
    assert_eq!(plan.str("credits"), "3");
    assert_eq!(plan["supposed"][0]["code"], json!(place.certificate));
    assert_eq!(plan["lines"][0]["evidence"][0]["achievement_id"], plan["supposed"][0]["achievement_id"]);
    let without = city.school().send(post_conversion_plans(&place.ask())).is(200);
    assert_eq!((without.str("credits"), &without["supposed"]), ("0", &json!([])));
}

fn facts_of_the_person_open_rules(city: &City) {
    let place = place(city);
    let school = city.school();
    let before = school.send(post_conversion_plans(&place.ask())).is(200);
    assert_eq!(before.str("credits"), "0");
    let fact = json!({"fact": "veteran", "source": "退役证原件核验", "note": "核验无误", "valid_from": "2020-09-01"});
    let attested = school.send(create_learner_fact(&place.student.id, &fact)).is(201);
    assert_eq!((attested.str("fact"), attested.str("note")), ("veteran", "核验无误"));
    let after = school.send(post_conversion_plans(&place.ask())).is(200);
    assert_eq!(after.str("credits"), "1");
    assert_eq!(after["lines"][0]["evidence"], json!([{"fact_id": attested.id()}]));
    let ended = json!({"fact": "veteran", "source": "退役证", "valid_from": "2019-01-01", "valid_to": "2019-12-31"});
    school.send(create_learner_fact(&place.student.id, &ended)).is(201);
    let listed = school.send(list_learner_facts(&place.student.id)).is(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    city.other_school().send(create_learner_fact(&place.student.id, &fact)).problem(404, "not-found");
    city.other_school().send(list_learner_facts(&place.student.id)).problem(404, "not-found");
    let backwards =
        json!({"fact": "veteran", "source": "退役证", "valid_from": "2020-01-02", "valid_to": "2020-01-01"});
    school.send(create_learner_fact(&place.student.id, &backwards)).problem(400, "invalid-request");
    let spoken = json!({"fact": "退役", "source": "退役证", "valid_from": "2020-01-02"});
    school.send(create_learner_fact(&place.student.id, &spoken)).problem(400, "invalid-request");
}

fn programmes_are_compared(city: &City) {
    let place = place(city);
    place.certify(city);
    let other = Planned::new(city, city.college(), "higher");
    let ask = json!({"learner_id": place.student.id, "programme_ids": [other.programme, place.planned.programme]});
    let compared = city.school().send(post_conversion_plan_comparison(&ask)).is(200);
    let items = compared["items"].as_array().expect("items");
    let of = |programme: &str| items.iter().find(|item| item["programme_id"] == json!(programme)).expect("compared");
    let own = of(&place.planned.programme);
    assert_eq!((&own["credits"], &own["courses_exempted"], &own["kinship"]), (&json!("3"), &json!(1), &json!("class")));
    assert_eq!(own["gap"], "7");
    let foreign = of(&other.programme);
    assert_eq!((&foreign["credits"], &foreign["gap"]), (&json!("0"), &json!("10")));
    assert_eq!(items[0]["programme_id"], json!(place.planned.programme), "the nearest major comes first");
}

fn nobody_else_gets_a_plan(city: &City) {
    let place = place(city);
    place.certify(city);
    city.other_school().send(post_conversion_plans(&place.ask())).problem(404, "not-found");
    city.accredited("skill_certificate").send(post_conversion_plans(&place.ask())).problem(403, "insufficient-scope");
    city.bureau().send(post_conversion_plans(&place.ask())).is(200);
    let session = Session::of(city, &place.student);
    let own = session.send(post_conversion_plans(&place.ask())).is(200);
    assert_eq!(own.str("credits"), "3");
    let stranger = Session::of(city, &city.student());
    stranger.send(post_conversion_plans(&place.ask())).problem(404, "not-found");
    let facts = stranger.send(list_learner_facts(&place.student.id));
    facts.problem(404, "not-found");
}

fn bad_requests_are_refused(city: &City) {
    let place = place(city);
    let school = city.school();
    let plan = |members: Value| {
        let mut ask = place.ask();
        for (name, value) in members.as_object().expect("members") {
            ask[name] = value.clone();
        }
        school.send(post_conversion_plans(&ask))
    };
    school.send(post_conversion_plans(&json!({"learner_id": place.student.id}))).problem(400, "invalid-request");
    plan(json!({"programme_id": place.student.id})).problem(404, "not-found");
    plan(json!({"enrolment_id": place.student.id})).problem(404, "not-found");
    let unknown = plan(json!({"what_if": [{"kind": "skill_certificate", "code": "NO-SUCH", "level": "advanced"}]}));
    assert_eq!(unknown.problem(400, "invalid-request")["errors"][0]["pointer"], "/what_if/0/code");
    plan(json!({"what_if": [{"kind": "examination", "code": "X", "score": {"scale": "percentage", "value": "101"}}]}))
        .problem(400, "invalid-request");
    let many: Vec<Value> = (0..51).map(|_| json!({"kind": "training", "hours": 16})).collect();
    plan(json!({"what_if": many})).problem(400, "invalid-request");
    let other = Planned::new(city, city.college(), "higher");
    plan(json!({"programme_id": other.programme, "enrolment_id": place.student.enrolment_id}))
        .problem(400, "invalid-request");
    // Another level than the learner's own is a programme like any other: no rule speaks of it.
    assert_eq!(plan(json!({"programme_id": other.programme})).is(200).str("credits"), "0");
    school
        .send(post_conversion_plan_comparison(&json!({"learner_id": place.student.id})))
        .problem(400, "invalid-request");
}
