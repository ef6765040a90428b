//! A plan warns of changes of rules to come that give less, and of nothing else.

use serde_json::{Value, json};

use super::{Setting, plan, programme, publish_next, rule};
use crate::support::city::City;
use crate::support::clock::{cohort, days_ahead};
use crate::support::fixture::with;
use crate::support::fresh;
use crate::support::http::Answer;
use crate::support::operations::{
    create_rule_set, create_rule_set_publication, create_rule_set_retirement, create_rule_set_submission,
    get_rule_set_version, post_achievement, post_conversion_plans,
};
use crate::support::session::Session;

crate::support::on_both! {
    a_version_to_come_that_gives_less_is_told,
    as_much_or_more_is_no_warning,
    a_later_version_may_give_less_after_all,
    what_expires_meanwhile_is_no_matter_of_rules,
    a_version_for_others_leaves_nothing,
}

/// The rules of the setting from so many days ahead on, giving so many credits.
fn from(setting_rules: &[Value], days: u64, credits: &str) -> Value {
    let worth = json!({"value": {"is": "fixed", "credits": credits}});
    let rules: Vec<Value> = setting_rules.iter().map(|rule| with(rule, worth.clone())).collect();
    json!({"effective_from": days_ahead(days).to_string(), "rules": rules})
}

/// A setting whose rule gives two credits now, its set, and that rule.
#[track_caller]
fn giving_two(city: &City) -> (Setting<'_>, String, Vec<Value>) {
    let setting = Setting::without_rules(city);
    let rules = vec![setting.rule()];
    let set = setting.publish(rules.clone());
    (setting, set, rules)
}

/// What a plan warns of: version, first day, credits then.
fn warned(plan: &Answer) -> Vec<(u64, String, String)> {
    let told = plan["coming"].as_array().expect("a list").iter();
    let text = |one: &Value, member: &str| one[member].as_str().expect("a text").to_owned();
    told.map(|one| (one["version"].as_u64().expect("a number"), text(one, "from"), text(one, "credits"))).collect()
}

/// A version ends after so many days, or never begins.
#[track_caller]
fn retire(setting: &Setting<'_>, set: &str, version: u64, days: u64) {
    let seen = setting.college.send(get_rule_set_version(set, &version.to_string())).is(200);
    let tag = seen.header("etag").expect("an entity tag").to_owned();
    let body = json!({"version": version, "reason": "停止施行", "effective_to": days_ahead(days).to_string()});
    setting.reviewer.send(create_rule_set_retirement(set, &tag, &body)).is(200);
}

fn a_version_to_come_that_gives_less_is_told(city: &City) {
    let (setting, set, rules) = giving_two(city);
    assert_eq!(warned(&setting.plan()), []);
    // Rules of another programme change before, which is no concern of this learner's.
    let (elsewhere, _) = programme(city, setting.college, "higher");
    let other = json!({
        "name": "演示转换规则", "authority": "institution", "basis": "《演示学分转换办法》（演示文件 2 号）",
        "effective_from": days_ahead(5).to_string(), "programmes": [elsewhere], "rules": [rule(&setting.certificate)],
    });
    let made = setting.college.send(create_rule_set(&other)).is(201);
    let tag = |answer: &Answer| answer.header("etag").expect("an entity tag").to_owned();
    let reviewed = setting.college.send(create_rule_set_submission(&made.id(), &tag(&made))).is(200);
    setting.reviewer.send(create_rule_set_publication(&made.id(), &tag(&reviewed))).is(200);

    let next = publish_next(setting.college, &setting.reviewer, &set, 1, from(&rules, 20, "1"));
    let plan = setting.plan();
    let day = days_ahead(20).to_string();
    assert_eq!(warned(&plan), [(next, day.clone(), "1".to_owned())]);
    assert_eq!((plan.str("credits"), &plan["coming"][0]["rule_set"]), ("2", &json!(set)));
    let words = plan["coming"][0]["because"]["zh-CN"].as_str().expect("words");
    assert!(words.contains(&day) && words.contains("1 学分") && words.contains("按现行规则可转换 2 学分"), "{words}");
    // The learner reads the same.
    let session = Session::of(city, &setting.student);
    let own = session.send(post_conversion_plans(&ask(&setting))).is(200);
    assert_eq!(own["coming"], plan["coming"]);
    // Whoever applies in time has what holds now, and is warned of nothing any more.
    let applied = setting.apply();
    assert_eq!((&applied["credits"], &applied["rule"]["version"]), (&json!("2"), &json!(1)));
    assert_eq!(warned(&setting.plan()), []);
}

fn ask(setting: &Setting<'_>) -> Value {
    json!({"learner_id": setting.student.id, "programme_id": setting.programme})
}

fn as_much_or_more_is_no_warning(city: &City) {
    let (setting, set, rules) = giving_two(city);
    publish_next(setting.college, &setting.reviewer, &set, 1, from(&rules, 10, "2"));
    assert_eq!(warned(&setting.plan()), []);
    publish_next(setting.college, &setting.reviewer, &set, 2, from(&rules, 20, "3"));
    let plan = setting.plan();
    assert_eq!((plan.str("credits"), warned(&plan)), ("2", vec![]));
    // Another cohort's rules are no concern of this learner's either.
    let others = with(&from(&rules, 30, "1"), json!({"cohort_from": cohort() + 1}));
    publish_next(setting.college, &setting.reviewer, &set, 3, others);
    assert_eq!(warned(&setting.plan()), []);
}

fn a_later_version_may_give_less_after_all(city: &City) {
    let (setting, set, rules) = giving_two(city);
    let more = publish_next(setting.college, &setting.reviewer, &set, 1, from(&rules, 10, "4"));
    let less = publish_next(setting.college, &setting.reviewer, &set, more, from(&rules, 20, "1"));
    let least = publish_next(setting.college, &setting.reviewer, &set, less, from(&rules, 30, "0.5"));
    let told = |version, days, credits: &str| (version, days_ahead(days).to_string(), credits.to_owned());
    assert_eq!(warned(&setting.plan()), [told(less, 20, "1"), told(least, 30, "0.5")]);
    // One that never begins is not told any more; what stands after it is.
    retire(&setting, &set, less, 0);
    assert_eq!(warned(&setting.plan()), [told(least, 30, "0.5")]);
}

fn what_expires_meanwhile_is_no_matter_of_rules(city: &City) {
    let setting = Setting::without_rules(city);
    let certificate = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let ending = json!({"valid_until": days_ahead(5).to_string()});
    let body = with(&city.certificate(&setting.student, &certificate, &fresh::code("NO")), ending);
    city.accredited("skill_certificate").send(post_achievement(&body)).is(201);
    let rules = vec![rule(&certificate)];
    let set = setting.publish(rules.clone());
    publish_next(setting.college, &setting.reviewer, &set, 1, from(&rules, 10, "2"));
    let same = plan(setting.college, &setting.student, &setting.programme);
    assert_eq!((same.str("credits"), warned(&same)), ("2", vec![]));
    // Nor is a version that gives less for it: on its first day the certificate counts by no rules at all.
    publish_next(setting.college, &setting.reviewer, &set, 2, from(&rules, 20, "1"));
    assert_eq!(warned(&setting.plan()), []);
}

fn a_version_for_others_leaves_nothing(city: &City) {
    let (setting, set, rules) = giving_two(city);
    // The next version is for another programme: this one's learners have none.
    let (elsewhere, _) = programme(city, setting.college, "higher");
    let leaving = with(&from(&rules, 20, "2"), json!({"programmes": [elsewhere]}));
    let next = publish_next(setting.college, &setting.reviewer, &set, 1, leaving);
    assert_eq!(warned(&setting.plan()), [(next, days_ahead(20).to_string(), "0".to_owned())]);
}
