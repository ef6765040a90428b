//! Profiles stand for the learners whom simulations count together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;
use xuefen::conversion::evaluate::evaluate;
use xuefen::conversion::input::{Evidence, Fact, PastUse, PlanInput};
use xuefen::conversion::profile::profile;
use xuefen::domain::{AchievementKind, CreditAmount, Score, ScoreScale};

use super::cases::{LEVELS, Seed, halves, id, seeds};

/// What a rule asks beside what its seed says.
#[derive(Debug, Clone)]
struct Asks {
    /// Scores from 60 to 79, or 60 and up, or any up to 79, are recorded; others are refused.
    bands: Option<usize>,
    /// The age that must have been reached.
    age: Option<i64>,
    /// Applied for before registration (0) or within a window that is over (1) or open (2).
    window: Option<usize>,
    /// A higher one of a family adds the difference.
    upgrade: bool,
}

/// What one learner brings beside what the seed says.
#[derive(Debug, Clone)]
struct Brings {
    scores: Vec<Option<usize>>,
    age: Option<i64>,
    veteran: bool,
    registered: usize,
    /// The level of a certificate, expired since, that was used once.
    used: Option<usize>,
}

const SCORES: [&str; 4] = ["55", "65", "85", "95"];

fn asks() -> impl Strategy<Value = Vec<Asks>> {
    let one = (
        prop::option::weighted(0.4, 0_usize..3),
        prop::option::weighted(0.3, prop_oneof![Just(50_i64), Just(60)]),
        prop::option::weighted(0.4, 0_usize..3),
        any::<bool>(),
    );
    let one = one.prop_map(|(bands, age, window, upgrade)| Asks { bands, age, window, upgrade });
    prop::collection::vec(one, 4)
}

fn brings() -> impl Strategy<Value = Brings> {
    (
        prop::collection::vec(prop::option::weighted(0.8, 0..SCORES.len()), 4),
        prop::option::weighted(0.7, prop_oneof![Just(45_i64), Just(55), Just(65)]),
        any::<bool>(),
        0_usize..3,
        prop::option::weighted(0.4, 0..LEVELS.len()),
    )
        .prop_map(|(scores, age, veteran, registered, used)| Brings { scores, age, veteran, registered, used })
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The case under rules that ask more, of a learner who brings more.
fn case(seed: &Seed, asks: &[Asks], brings: &Brings) -> PlanInput {
    let mut input = Seed { veteran: brings.veteran, ..seed.clone() }.input();
    for (rule, asks) in input.rule_sets.iter_mut().flat_map(|set| &mut set.document.rules).zip(asks) {
        if let Some(bands) = asks.bands {
            let (from, to) = [("60", "79"), ("60", "100"), ("0", "79")][bands];
            let bands = json!({"is": "bands", "bands": [{"from": from, "to": to, "record": "良好"}]});
            rule.score = serde_json::from_value(bands).unwrap();
        }
        if let Some(least) = asks.age {
            let facts = json!({"facts": [{"fact": "age_reached", "at_least": least}]});
            rule.person = serde_json::from_value(facts).unwrap();
        }
        let dates = |from: &str, to: &str| json!({"is": "dates", "from": from, "to": to});
        let window = asks.window.map(|window| match window {
            0 => json!({"is": "before_registration"}),
            1 => dates("2026-01-01", "2026-04-30"),
            _ => dates("2026-05-01", "2026-05-01"),
        });
        rule.time.window = window.map(|window| serde_json::from_value(window).unwrap());
        rule.exclusivity.upgrade_adds_difference = rule.exclusivity.highest_only && asks.upgrade;
    }
    for (entry, score) in input.evidence.iter_mut().zip(&brings.scores) {
        entry.score =
            score.map(|at| Score { scale: ScoreScale::Percentage, value: SCORES[at].to_owned(), passed: None });
    }
    input.facts.extend(brings.age.map(|age| Fact {
        id: id(6, 2),
        fact: "age_reached".into(),
        number: Some(age),
        from: day("2020-01-01"),
        to: None,
    }));
    input.programme.registered_on = [None, Some(day("2026-04-01")), Some(day("2026-09-01"))][brings.registered];
    if let (Some(level), Some(like)) = (brings.used, input.evidence.first().cloned()) {
        input.evidence.push(Evidence {
            id: id(4, 50),
            kind: AchievementKind::SkillCertificate,
            code: Some("GONE".into()),
            level: Some(LEVELS[level].to_owned()),
            family: Some("F0".into()),
            valid_until: Some(day("2026-01-01")),
            ..like
        });
        input.uses.push(PastUse {
            conversion: id(7, 2),
            evidence: id(4, 50),
            family: "elsewhere".into(),
            scope: format!("programme:{}", input.programme.programme),
            programme: input.programme.programme,
            rule_set: id(5, 7),
            rule: "GONE".into(),
            credits: halves(1),
            courses: BTreeMap::new(),
            module: Some("OPEN".into()),
            term: None,
            on: day("2025-10-01"),
            kind: Some(AchievementKind::SkillCertificate),
            delivery: None,
            tags: BTreeSet::new(),
            evidence_family: Some("F0".into()),
        });
    }
    input
}

/// The same case of another learner: other ids, whose order settles ties as before, and something that no rule asks for.
fn another(input: &PlanInput) -> PlanInput {
    let other = |id: Uuid| Uuid::from_u128(id.as_u128() | 1 << 120);
    let mut input = input.clone();
    for entry in &mut input.evidence {
        entry.id = other(entry.id);
    }
    for lot in &mut input.lots {
        (lot.lot, lot.achievement) = (other(lot.lot), other(lot.achievement));
    }
    for fact in &mut input.facts {
        fact.id = other(fact.id);
    }
    for past in &mut input.uses {
        (past.conversion, past.evidence) = (other(past.conversion), other(past.evidence));
    }
    if let Some(mut beside) = input.evidence.first().cloned() {
        beside.id = Uuid::from_u128(7);
        beside.kind = AchievementKind::Diploma;
        beside.code = Some("NOBODY-ASKS".into());
        input.evidence.push(beside);
    }
    input.programme.counted.insert("ELSEWHERE".into(), CreditAmount::from_thousandths(1_000));
    input
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ids_and_what_no_rule_asks_for_do_not_matter(seed in seeds(), asks in asks(), brings in brings()) {
        let input = case(&seed, &asks, &brings);
        let same = another(&input);
        prop_assert_eq!(profile(&input), profile(&same));
        prop_assert_eq!(evaluate(&input).credits, evaluate(&same).credits);
    }

    #[test]
    fn without_a_profile_nothing_can_be_converted(seed in seeds(), asks in asks(), brings in brings()) {
        let input = case(&seed, &asks, &brings);
        if profile(&input).is_none() {
            prop_assert!(evaluate(&input).lines.is_empty());
        }
    }

    #[test]
    fn one_profile_gives_one_number_of_credits(
        (seed, other) in (seeds(), seeds()),
        asks in asks(),
        (brings, changed) in (brings(), brings()),
    ) {
        // Two learners under the same rules who bring nearly the same.
        let first = case(&seed, &asks, &brings);
        let mut others: Vec<PlanInput> = Vec::new();
        for at in 0..other.evidence.len() {
            let mut evidence = seed.evidence.clone();
            evidence.truncate(other.evidence.len());
            if let Some(place) = evidence.get_mut(at) {
                *place = other.evidence[at].clone();
            }
            others.push(case(&Seed { evidence, ..seed.clone() }, &asks, &brings));
        }
        for at in 0..brings.scores.len() {
            let mut scores = brings.scores.clone();
            scores[at] = changed.scores[at];
            others.push(case(&seed, &asks, &Brings { scores, ..brings.clone() }));
        }
        others.push(case(&seed, &asks, &Brings { age: changed.age, ..brings.clone() }));
        others.push(case(&seed, &asks, &Brings { veteran: changed.veteran, ..brings.clone() }));
        others.push(case(&seed, &asks, &Brings { registered: changed.registered, ..brings.clone() }));
        others.push(case(&seed, &asks, &Brings { used: changed.used, ..brings.clone() }));
        others.push(case(&seed, &asks, &changed));
        for second in others {
            if profile(&first) == profile(&second) {
                prop_assert_eq!(evaluate(&first).credits, evaluate(&second).credits);
            }
        }
    }
}
