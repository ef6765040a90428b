//! Plans on thousands of random small cases: as good as brute force, allowed, deterministic, never worse for more.

mod brute;
mod cases;
mod profiles;

use proptest::prelude::*;
use xuefen::conversion::check::{check, recheck};
use xuefen::conversion::evaluate::{evaluate, evaluate_within};
use xuefen::conversion::input::PastUse;
use xuefen::conversion::plan::{EvidenceRef, RequestedLine, UnusedReason};
use xuefen::conversion::solve::Effort;

use brute::{best, score};
use cases::{EvidenceSeed, RuleSeed, Seed, seeds};

/// Hours to at most two courses, the rest to public electives: any courses give all six credits, and so the two that are
/// worth none of their own are exempted. A line alone was once taken as soon as its credits were the most.
#[test]
fn a_line_alone_exempts_the_courses_worth_nothing() {
    let course = |credits| (credits, 0, false, false);
    let evidence = EvidenceSeed {
        kind: 0,
        code: 1,
        level: 0,
        family: None,
        credits: 1,
        online: false,
        expires: None,
        available: false,
    };
    let rule = RuleSeed {
        code: None,
        second: None,
        fact: false,
        level: None,
        value: 3,
        amount: 1,
        place: 3,
        class: None,
        caps: vec![],
        highest_only: false,
        draws: 2,
        at_most_source: false,
    };
    let seed = Seed {
        courses: vec![course(0), course(0), course(1)],
        evidence: vec![evidence],
        rules: vec![rule],
        caps: vec![],
        programme_share: None,
        past: None,
        veteran: false,
    };
    let input = seed.input();
    let found = score(&input, &evaluate(&input).lines);
    assert_eq!(found, (6_000, 2, -1, vec![true]));
    assert_eq!(found, best(&input));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(3_000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_equal_brute_force(seed in seeds()) {
        let input = seed.input();
        let plan = evaluate(&input);
        prop_assert!(plan.optimal);
        prop_assert_eq!(plan.bound, plan.credits);
        let requested: Vec<RequestedLine> = plan.lines.iter().map(RequestedLine::from).collect();
        let checked = check(&input, &requested);
        prop_assert!(checked.is_ok(), "{:?}", checked);
        prop_assert!(recheck(&input, &plan.lines).is_ok());
        let found = score(&input, &plan.lines);
        prop_assert_eq!(found.0, plan.credits.thousandths());
        prop_assert_eq!(found, best(&input));
    }

    #[test]
    fn plans_do_not_depend_on_the_order_of_the_input(seed in seeds(), turn in 0_usize..4) {
        let mut input = seed.input();
        let plan = serde_json::to_string(&evaluate(&input)).unwrap();
        prop_assert_eq!(&plan, &serde_json::to_string(&evaluate(&input)).unwrap());
        let at = turn.min(input.evidence.len());
        input.evidence.rotate_left(at);
        input.lots.reverse();
        input.facts.reverse();
        prop_assert_eq!(&plan, &serde_json::to_string(&evaluate(&input)).unwrap());
    }

    #[test]
    fn more_evidence_never_gives_less(mut seed in seeds(), without in 0_usize..4) {
        // "Only the highest counts" may give less for more: a higher one can be worth less in a particular programme.
        for rule in &mut seed.rules {
            rule.highest_only = false;
        }
        let input = seed.input();
        let mut fewer = input.clone();
        fewer.evidence.remove(without.min(input.evidence.len() - 1));
        prop_assert!(evaluate(&input).credits >= evaluate(&fewer).credits);
    }

    #[test]
    fn a_search_cut_short_says_so(seed in seeds()) {
        let input = seed.input();
        let best = evaluate(&input);
        let cut = evaluate_within(&input, Effort { time: Some(std::time::Duration::ZERO), nodes: None });
        prop_assert!(cut.bound >= best.credits);
        prop_assert!(cut.credits <= best.credits);
        prop_assert!(!cut.optimal || cut.credits == best.credits);
        let requested: Vec<RequestedLine> = cut.lines.iter().map(RequestedLine::from).collect();
        prop_assert!(check(&input, &requested).is_ok());
    }

    #[test]
    fn what_a_conversion_granted_is_never_a_source(seed in seeds()) {
        // The plan is applied; its grants, offered again as if they were achievements, are refused by name.
        let mut input = seed.input();
        let plan = evaluate(&input);
        for (at, line) in plan.lines.iter().enumerate() {
            for key in &line.uses {
                input.uses.push(PastUse {
                    conversion: cases::id(8, at),
                    evidence: key.evidence,
                    family: key.family.clone(),
                    scope: key.scope.clone(),
                    programme: input.programme.programme,
                    rule_set: line.rule.rule_set,
                    rule: line.rule.code.clone(),
                    credits: line.grants.credits,
                    courses: line.grants.exempts.iter().map(|it| (it.course_code.clone(), it.credits)).collect(),
                    module: line.grants.module.clone(),
                    term: None,
                    on: input.on,
                    kind: None,
                    delivery: None,
                    tags: Default::default(),
                    evidence_family: None,
                });
            }
            input.programme.done.extend(line.grants.exempts.iter().map(|it| it.course_code.clone()));
        }
        for (at, line) in plan.lines.iter().enumerate() {
            let mut again = RequestedLine::from(line);
            let refused = check(&input, &[again.clone()]).unwrap_err();
            prop_assert!(refused.reason != UnusedReason::Granted);
            again.evidence = vec![cases::id(8, at)];
            let refused = check(&input, &[again]).unwrap_err();
            prop_assert_eq!(refused.reason, UnusedReason::Granted);
        }
        let used: Vec<_> = plan.lines.iter().flat_map(|line| &line.uses).map(|key| key.evidence).collect();
        for line in evaluate(&input).lines {
            for evidence in line.evidence {
                if let EvidenceRef::AchievementId(id) = evidence {
                    prop_assert!(!used.contains(&id));
                }
            }
        }
    }
}
