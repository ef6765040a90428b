//! Plans and applications on a SQLite file of its own, with a clock that the test moves.

use serde_json::{Value, json};

use super::actor::{Actor, ClientActor};
use super::conversion::ConversionView;
use super::error::{Error, Result};
use super::opening_tests::{Bank, INSTITUTION, NUMBERS, PROGRAMME, enrolment, instant, request, school};
use super::plan_view::PlanView;
use super::refusal::Refusal;
use crate::domain::ids::{ClientId, ConversionPlanId, EnrolmentId, LearnerId, ProgrammeId};
use crate::store::conn::Conn;
use crate::store::conversion_plan;

/// A bank with a learner whose programme has these rules.
struct Planning {
    bank: Bank,
    school: ClientActor,
    learner: LearnerId,
    enrolment: EnrolmentId,
}

fn of<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("is one")
}

impl Planning {
    fn new(document: Value) -> Self {
        let bank = Bank::new();
        let actor = school(INSTITUTION);
        let plan = json!({
            "cohort": 2024, "total_credits": "100",
            "modules": [{"code": "M", "name": "专业课", "min_credits": "1",
                         "courses": [{"code": "C", "name": "课程", "credits": "3", "required": true}]}],
        });
        let programme = ProgrammeId::from_uuid(PROGRAMME);
        bank.app.create_programme_version(&actor, programme, &of(plan)).expect("a plan");
        let made = bank.app.create_rule_set(&actor, &of(document)).expect("a rule set");
        let submitted = bank.app.submit_rule_set(&actor, made.set.set.id, made.version.row_version).expect("submits");
        let another = ClientActor { client: ClientId::from_uuid(bank.app.ids.id()), ..school(INSTITUTION) };
        bank.app.publish_rule_set(&another, made.set.set.id, submitted.version.row_version).expect("publishes");
        let opened = bank.open(INSTITUTION, &request("林小满", NUMBERS[0], Some(enrolment(PROGRAMME, "1"))));
        let kept = opened.expect("opens").kept;
        let enrolment = EnrolmentId::from_uuid(kept.enrolment.expect("enrolled"));
        Self { bank, school: actor, learner: LearnerId::from_uuid(kept.learner), enrolment }
    }

    fn attest(&self, fact: &str) {
        let new = json!({"fact": fact, "source": "原件核验", "valid_from": "2020-01-01"});
        self.bank.app.attest_fact(&self.school, self.learner, &of(new)).expect("attests");
    }

    fn plan(&self) -> PlanView {
        let post = json!({"learner_id": self.learner, "enrolment_id": self.enrolment});
        self.bank.app.make_plan(&Actor::Client(self.school), &of(post)).expect("a plan")
    }

    fn apply(&self, plan: &PlanView) -> Result<Vec<ConversionView>> {
        let actor = Actor::Client(self.school);
        let key = self.bank.app.ids.id().to_string();
        let once = self.bank.app.once(self.school, "apply", &key, "", key.as_bytes());
        let id = ConversionPlanId::from_uuid(plan.plan_id.uuid());
        self.bank.app.apply_conversions(&actor, id, None, &once).map(|answer| answer.parts().0)
    }

    fn day(&self, on: &str) {
        self.bank.clock.set(instant(&format!("{on}T02:00:00Z")));
    }
}

fn two_credits_for(fact: &str) -> Value {
    json!({
        "code": fact, "title": fact, "sources": [{"fact": {"fact": fact}}], "value": {"is": "fixed", "credits": "2"},
        "target": {"place": {"in": "programme"}}, "exclusivity": {"scope": "programme"},
    })
}

#[test]
fn a_conversion_is_of_the_term_in_which_it_is_applied_for() {
    let planning = Planning::new(json!({
        "name": "规则", "authority": "institution", "basis": "办法", "effective_from": "2026-01-12",
        "caps": [{"code": "term", "per": "term", "most": {"is": "credits", "credits": "2"}}],
        "rules": [two_credits_for("veteran"), two_credits_for("migrant_worker")],
    }));
    planning.day("2026-01-30");
    planning.attest("veteran");
    let plan = planning.plan();
    assert_eq!(plan.credits.to_string(), "2");
    // Within its days, but in the spring term.
    planning.day("2026-02-02");
    let applied = planning.apply(&plan).expect("applies");
    assert_eq!(applied[0].term.to_string(), "2025-2026-2");
    // So the spring term is full, and the next is not.
    planning.attest("migrant_worker");
    assert_eq!(planning.plan().credits.to_string(), "0");
    planning.day("2026-09-02");
    assert_eq!(planning.plan().credits.to_string(), "2");
}

/// What is sealed of a plan, bytes; none when it is gone.
fn kept(planning: &Planning, plan: &PlanView) -> Option<usize> {
    let find = |conn: &mut Conn| conversion_plan::find(conn, plan.plan_id.uuid());
    planning.bank.app.db.read(find).expect("reads").map(|row| row.sealed.len())
}

#[test]
fn kept_plans_are_bounded() {
    let planning = Planning::new(json!({
        "name": "规则", "authority": "institution", "basis": "办法", "effective_from": "2026-01-12",
        "rules": [two_credits_for("veteran")],
    }));
    planning.attest("veteran");
    let applied = planning.plan();
    let conversion = planning.apply(&applied).expect("applies").remove(0);
    let first = planning.plan();
    // What is only supposed is not kept: that there was such a plan is.
    let post = json!({
        "learner_id": planning.learner, "enrolment_id": planning.enrolment,
        "what_if": [{"kind": "course", "code": "OTHER", "name": "别处的课程", "credits": "3"}],
    });
    let actor = Actor::Client(planning.school);
    let supposed = planning.bank.app.make_plan(&actor, &of(post)).expect("a plan");
    assert!(kept(&planning, &first).is_some_and(|bytes| bytes > 500));
    assert!(kept(&planning, &supposed).is_some_and(|bytes| bytes < 100));
    assert!(matches!(planning.apply(&supposed), Err(Error::Refused(refusal)) if *refusal == Refusal::PlanHypothetical));
    let second = planning.plan();
    let later: Vec<PlanView> = (0..19).map(|_| planning.plan()).collect();
    assert!(kept(&planning, &first).is_none() && kept(&planning, &supposed).is_none());
    assert!(matches!(planning.apply(&first), Err(Error::NotFound)));
    assert!(kept(&planning, &second).is_some() && later.iter().all(|plan| kept(&planning, plan).is_some()));
    // What a conversion rests on stays, however old, also when plans have run out; it is evaluated again (I10).
    planning.day("2027-01-12");
    planning.bank.app.forget_what_ran_out().expect("forgets");
    assert!(kept(&planning, &second).is_none() && kept(&planning, &applied).is_some());
    let again = planning.bank.app.evaluate_again(&actor, conversion.id).expect("evaluates");
    assert!(again.same);
}
