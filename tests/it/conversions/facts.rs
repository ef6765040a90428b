//! Rules that rest on attested facts of the person.

use serde_json::{Value, json};

use super::{Setting, apply_all, plan, programme, publish, rule};
use crate::support::city::City;
use crate::support::fixture::{enrolment, with};
use crate::support::fresh;
use crate::support::operations::{create_learner_fact, open_enrolment};

crate::support::on_both! {
    a_fact_attested_twice_is_one_fact,
    a_fact_used_for_life_opens_nothing_elsewhere,
}

/// Two credits for having served, once in this scope.
fn for_veterans(scope: &str) -> Value {
    with(
        &rule("ANY"),
        json!({
            "sources": [{"fact": {"fact": "veteran"}}], "exclusivity": {"scope": scope},
        }),
    )
}

/// Attests that the learner served; the fact.
#[track_caller]
fn attest(setting: &Setting<'_>, members: Value) -> String {
    let fact = json!({"fact": "veteran", "source": "退役证原件核验", "valid_from": "2020-09-01"});
    setting.college.send(create_learner_fact(&setting.student.id, &with(&fact, members))).is(201).id()
}

fn a_fact_attested_twice_is_one_fact(city: &City) {
    let setting = Setting::new(city, |_| vec![for_veterans("programme")]);
    let first = attest(&setting, json!({}));
    attest(&setting, json!({"source": "退役军人优待证"}));
    let plan = setting.plan();
    assert_eq!((plan.str("credits"), plan["lines"].as_array().map(Vec::len)), ("2", Some(1)));
    assert_eq!(plan["lines"][0]["evidence"], json!([{"fact_id": first}]));
    let early = plan.str("plan_id").to_owned();
    assert_eq!(setting.apply()["credits"], json!("2"));
    assert_eq!(setting.purses()[2], "2");
    // Attested once more, with another day and a number, it is still the fact that was used.
    attest(&setting, json!({"valid_from": "2021-09-01", "number": 5}));
    let again = setting.plan();
    assert_eq!((again.str("credits"), &again["lines"]), ("0", &json!([])));
    setting.college.send(apply_all(&early)).problem(409, "already-used");
    assert_eq!(setting.purses()[2], "2");
}

fn a_fact_used_for_life_opens_nothing_elsewhere(city: &City) {
    let setting = Setting::new(city, |_| vec![for_veterans("life")]);
    attest(&setting, json!({}));
    setting.apply();
    // The same rule in another programme of another level's school year: another set, so another use.
    let (other, _) = programme(city, setting.college, "higher");
    setting.college.send(open_enrolment(&setting.student.id, &enrolment(&other, &fresh::code("T")))).is(201);
    let named = json!({"scope": "life", "family": fresh::code("FAM")});
    let family = with(&for_veterans("life"), json!({"exclusivity": named}));
    publish(setting.college, &setting.reviewer, &other, vec![family.clone()]);
    publish(setting.college, &setting.reviewer, &setting.programme, vec![family]);
    attest(&setting, json!({"number": 3}));
    let there = plan(setting.college, &setting.student, &other);
    assert_eq!(there.str("credits"), "2", "of another family than what was used");
    setting.college.send(apply_all(there.str("plan_id"))).is(201);
    // Of that family nothing is left, anywhere.
    for programme in [&other, &setting.programme] {
        let after = plan(setting.college, &setting.student, programme);
        assert_eq!((after.str("credits"), &after["lines"]), ("0", &json!([])));
    }
}
