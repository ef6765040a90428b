//! Profiles stand for the learners whom simulations count together.

use proptest::prelude::*;
use uuid::Uuid;
use xuefen::conversion::evaluate::evaluate;
use xuefen::conversion::input::PlanInput;
use xuefen::conversion::profile::profile;
use xuefen::domain::{AchievementKind, CreditAmount};

use super::cases::{Seed, seeds};

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
    fn ids_and_what_no_rule_asks_for_do_not_matter(seed in seeds()) {
        let input = seed.input();
        let same = another(&input);
        prop_assert_eq!(profile(&input), profile(&same));
        prop_assert_eq!(evaluate(&input).credits, evaluate(&same).credits);
    }

    #[test]
    fn without_a_profile_nothing_can_be_converted(seed in seeds()) {
        let input = seed.input();
        if profile(&input).is_none() {
            prop_assert!(evaluate(&input).lines.is_empty());
        }
    }

    #[test]
    fn one_profile_gives_one_number_of_credits(seed in seeds(), other in seeds()) {
        // Two learners under the same rules who hold nearly the same.
        let first = seed.input();
        for at in 0..other.evidence.len() {
            let mut evidence = seed.evidence.clone();
            evidence.truncate(other.evidence.len());
            if let Some(place) = evidence.get_mut(at) {
                *place = other.evidence[at].clone();
            }
            let second = Seed { evidence, ..seed.clone() }.input();
            if profile(&first) == profile(&second) {
                prop_assert_eq!(evaluate(&first).credits, evaluate(&second).credits);
            }
        }
    }
}
