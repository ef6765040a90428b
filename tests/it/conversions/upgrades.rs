//! Upgrades add the difference to what a lower certificate gave; when that goes, somebody looks at them.

use serde_json::{Value, json};

use super::unwinding::open_ones;
use super::{Setting, apply_all, rule};
use crate::support::city::City;
use crate::support::fixture::{of_kind, with};
use crate::support::fresh;
use crate::support::operations::{
    create_conversion_decision, create_conversion_reversal, get_conversion, post_achievement, revoke_achievement,
};

crate::support::on_both! {
    an_upgrade_adds_the_difference,
    reversing_the_lower_one_reports_the_upgrade,
    revoking_the_lower_one_reports_the_upgrade,
    rejecting_the_lower_one_reports_the_upgrade,
    revoking_the_higher_one_leaves_what_the_lower_gave,
}

/// Two credits for the intermediate certificate, five for the advanced one; the lower is applied for. Decided by `members`
/// of the rule.
fn upgrading<'c>(city: &'c City, members: Value) -> (Setting<'c>, String) {
    let setting = Setting::without_rules(city);
    city.catalogued_as(&setting.certificate, "skill_certificate", Some("advanced"), "6");
    let levels = json!({"is": "table", "rows": [
        {"when": {"levels": ["intermediate"]}, "credits": "2"},
        {"when": {"levels": ["advanced"]}, "credits": "5"},
    ]});
    let exclusivity = json!({"scope": "programme", "highest_only": true, "upgrade_adds_difference": true});
    let sources = json!([{"kinds": ["skill_certificate"], "codes": [setting.certificate]}]);
    let ruled =
        with(&rule(&setting.certificate), json!({"value": levels, "exclusivity": exclusivity, "sources": sources}));
    setting.publish(vec![with(&ruled, members)]);
    let lower = setting.apply();
    assert_eq!(lower["credits"], json!("2"));
    let id = lower["id"].as_str().expect("an id").to_owned();
    (setting, id)
}

/// The advanced certificate comes, and is applied for; the conversion.
#[track_caller]
fn upgrade(city: &City, setting: &Setting<'_>) -> String {
    let content = json!({"code": setting.certificate, "level": "advanced", "number": fresh::code("NO")});
    let body = city.accredited("skill_certificate");
    body.send(post_achievement(&of_kind("skill_certificate", &setting.student, &content))).is(201);
    let plan = setting.plan();
    let upgraded = setting.college.send(apply_all(plan.str("plan_id"))).is(201);
    assert_eq!(upgraded["items"][0]["credits"], json!("3"), "5 less the 2 that the lower one gave");
    upgraded["items"][0]["id"].as_str().expect("an id").to_owned()
}

/// The one discrepancy about a conversion: its cause and the achievement.
#[track_caller]
fn reported(setting: &Setting<'_>, conversion: &str) -> (String, String) {
    let found = open_ones(setting, conversion);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["kind"], json!("conversion"));
    let text = |member: &str| found[0][member].as_str().expect("a text").to_owned();
    (text("cause"), text("achievement_id"))
}

fn an_upgrade_adds_the_difference(city: &City) {
    let (setting, lower) = upgrading(city, json!({}));
    let higher = upgrade(city, &setting);
    assert_eq!(setting.purses()[2], "5");
    assert!(open_ones(&setting, &lower).is_empty() && open_ones(&setting, &higher).is_empty());
}

fn reversing_the_lower_one_reports_the_upgrade(city: &City) {
    let (setting, lower) = upgrading(city, json!({}));
    let higher = upgrade(city, &setting);
    let reason = json!({"reason": "材料有误"});
    setting.reviewer.send(create_conversion_reversal(&lower, &reason)).is(200);
    assert_eq!(setting.purses()[2], "3");
    assert_eq!(reported(&setting, &higher), ("reversal".into(), setting.achievement.clone()));
    // Whoever looks at it reverses the upgrade too, and what is then applied for gives all of it.
    setting.reviewer.send(create_conversion_reversal(&higher, &reason)).is(200);
    assert_eq!(setting.purses()[2], "0");
    assert_eq!(setting.apply()["credits"], json!("5"));
    assert_eq!(setting.purses()[2], "5");
}

fn revoking_the_lower_one_reports_the_upgrade(city: &City) {
    let (setting, lower) = upgrading(city, json!({}));
    let higher = upgrade(city, &setting);
    city.accredited("skill_certificate").send(revoke_achievement(&setting.achievement, "证书作废")).is(200);
    assert_eq!(setting.college.send(get_conversion(&lower)).is(200).str("status"), "reversed");
    assert_eq!(setting.purses()[2], "3", "never a silent loss of what stands");
    assert_eq!(reported(&setting, &higher), ("revocation".into(), setting.achievement.clone()));
}

fn rejecting_the_lower_one_reports_the_upgrade(city: &City) {
    let steps = json!([{"name": "教务处审核", "by": "receiver", "role": "reviewer", "working_days": 5}]);
    let (setting, lower) = upgrading(city, json!({"procedure": {"is": "steps", "steps": steps}}));
    let higher = upgrade(city, &setting);
    let rejected = json!({"outcome": "rejected", "reason": "材料不实"});
    setting.reviewer.send(create_conversion_decision(&lower, &rejected)).is(200);
    assert_eq!(reported(&setting, &higher), ("reversal".into(), setting.achievement.clone()));
}

fn revoking_the_higher_one_leaves_what_the_lower_gave(city: &City) {
    let (setting, lower) = upgrading(city, json!({}));
    let higher = upgrade(city, &setting);
    assert_eq!(setting.purses(), ["10", "0", "5"]);
    let seen = setting.college.send(get_conversion(&higher)).is(200);
    let advanced = seen["evidence"][0]["achievement_id"].as_str().expect("its certificate").to_owned();
    let body = city.accredited("skill_certificate");
    body.send(revoke_achievement(&advanced, "证书作废")).is(200);
    assert_eq!(setting.college.send(get_conversion(&higher)).is(200).str("status"), "reversed");
    assert_eq!(setting.college.send(get_conversion(&lower)).is(200).str("status"), "converted");
    assert_eq!(setting.purses(), ["4", "0", "2"], "the difference is gone, and nothing else");
    assert!(open_ones(&setting, &lower).is_empty() && open_ones(&setting, &higher).is_empty());
    // The lower one goes with its own certificate.
    body.send(revoke_achievement(&setting.achievement, "证书作废")).is(200);
    assert_eq!(setting.purses(), ["0", "0", "0"]);
    assert!(open_ones(&setting, &lower).is_empty() && open_ones(&setting, &higher).is_empty());
}
