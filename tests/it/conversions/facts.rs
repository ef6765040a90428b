//! Rules that rest on attested facts of the person.

use serde_json::{Value, json};

use super::unwinding::open_ones;
use super::{Setting, actions, apply_all, plan, programme, publish, rule};
use crate::support::city::City;
use crate::support::fixture::{enrolment, with};
use crate::support::fresh;
use crate::support::operations::{
    create_learner_fact, get_conversion, list_learner_facts, open_enrolment, revoke_learner_fact,
};

crate::support::on_both! {
    a_fact_attested_twice_is_one_fact,
    a_fact_used_for_life_opens_nothing_elsewhere,
    revoking_a_fact_undoes_what_rests_on_it,
    revoking_a_fact_that_was_only_asked_for_is_looked_at,
    facts_are_revoked_by_those_who_attested_them,
    a_fact_that_ended_makes_a_plan_stale,
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

fn reason() -> Value {
    json!({"reason": "证件经核为伪造"})
}

fn revoking_a_fact_undoes_what_rests_on_it(city: &City) {
    let setting = Setting::new(city, |_| vec![for_veterans("programme")]);
    let fact = attest(&setting, json!({}));
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    assert_eq!(setting.purses()[2], "2");
    let early = {
        attest(&setting, json!({"fact": "migrant_worker"}));
        setting.plan()
    };
    assert_eq!(early["lines"], json!([]));
    let key = fresh::key();
    let call = || revoke_learner_fact(&setting.student.id, &fact, &reason()).key(&key);
    let revoked = setting.college.send(call()).is(200);
    assert_eq!(revoked["revocation"]["reason"], json!("证件经核为伪造"));
    assert_eq!(revoked["revocation"]["by"], json!(setting.college.institution_id));
    assert_eq!(setting.college.send(call()).is(200).header("idempotency-replayed"), Some("true"));
    let again = revoke_learner_fact(&setting.student.id, &fact, &reason());
    setting.college.send(again).problem(409, "already-revoked");
    // What was granted for it is gone, the record says why, and nothing is left to be looked at.
    assert_eq!(setting.purses()[2], "0");
    let seen = setting.college.send(get_conversion(id)).is(200);
    assert_eq!((seen.str("status"), actions(&seen.json).last()), ("reversed", Some(&"source_revoked")));
    assert!(open_ones(&setting, id).is_empty());
    let listed = setting.college.send(list_learner_facts(&setting.student.id)).is(200);
    assert_eq!(listed["items"][0]["revocation"]["reason"], json!("证件经核为伪造"));
    assert_eq!((&listed["items"][1]["revocation"], listed.items().len()), (&json!(null), 2));
    // It opens nothing any more; attested anew, it does.
    assert_eq!(setting.plan()["lines"], json!([]));
    attest(&setting, json!({}));
    assert_eq!(setting.plan().str("credits"), "2");
}

fn revoking_a_fact_that_was_only_asked_for_is_looked_at(city: &City) {
    let person = json!({"facts": [{"fact": "veteran"}]});
    let setting = Setting::new(city, |setting| vec![with(&setting.rule(), json!({"person": person}))]);
    let fact = attest(&setting, json!({}));
    let conversion = setting.apply();
    let id = conversion["id"].as_str().expect("an id");
    setting.college.send(revoke_learner_fact(&setting.student.id, &fact, &reason())).is(200);
    assert_eq!(setting.purses()[2], "2", "the certificate stands: never a silent loss");
    let found = open_ones(&setting, id);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["cause"], &found[0]["fact_id"]), (&json!("revocation"), &json!(fact)));
    assert_eq!(found[0]["achievement_id"], json!(null));
}

fn facts_are_revoked_by_those_who_attested_them(city: &City) {
    let setting = Setting::new(city, |_| vec![for_veterans("programme")]);
    let fact = attest(&setting, json!({}));
    let call = || revoke_learner_fact(&setting.student.id, &fact, &reason());
    // A school that does not know the learner knows of no fact; one that does may not revoke another's.
    city.school().send(call()).problem(404, "not-found");
    super::enrol_again(city.school(), &setting.student, &city.new_programme(city.school(), "secondary"));
    city.school().send(call()).problem(403, "forbidden");
    let unknown = revoke_learner_fact(&setting.student.id, "018f3a3e-0000-7000-8000-000000000000", &reason());
    setting.college.send(unknown).problem(404, "not-found");
    let empty = revoke_learner_fact(&setting.student.id, &fact, &json!({"reason": " "}));
    setting.college.send(empty).problem_at(400, "invalid-request", "/reason");
    // A bureau that knows the learner but is not above whoever attested the fact may not either.
    city.institution("bureau", None).send(call()).problem(403, "forbidden");
    city.bureau().send(call()).is(200);
}

fn a_fact_that_ended_makes_a_plan_stale(city: &City) {
    let setting = Setting::new(city, |_| vec![for_veterans("programme")]);
    let fact = attest(&setting, json!({}));
    let plan = setting.plan();
    setting.college.send(revoke_learner_fact(&setting.student.id, &fact, &reason())).is(200);
    setting.college.send(apply_all(plan.str("plan_id"))).problem(409, "plan-outdated");
    assert_eq!(setting.purses()[2], "0");
}
