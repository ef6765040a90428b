//! The published graduation minima, as data, give the published results; progress does not depend on
//! the order in which things are told.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Value, json};
use xuefen::conversion::progress::{
    ConditionState, Counted, HeldAchievement, Origin, Progress, Situation, plan_shortfalls, progress,
};
use xuefen::conversion::shortfall::Shortfall;
use xuefen::domain::requirement::Substitution;
use xuefen::domain::{CreditAmount, NewProgrammeVersion};

fn golden(folder: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let mut paths: Vec<_> =
        fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).expect("a file");
        serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
    };
    paths.iter().map(read).collect()
}

fn of<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|fault| panic!("{fault}: {value}"))
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn version(value: &Value) -> NewProgrammeVersion {
    of::<NewProgrammeVersion>(value).validate().unwrap_or_else(|fault| panic!("{fault}: {value}"))
}

/// What counts in a case, with what cases leave out filled in.
fn counted(case: &Value) -> Vec<Counted> {
    let list = case["counted"].as_array().expect("what counts");
    let whole = |(number, one): (usize, &Value)| {
        let mut one = one.clone();
        one["id"] = json!(uuid::Uuid::from_u128(number as u128 + 1));
        for (member, usual) in [("origin", "earned"), ("completed_on", "2024-06-30")] {
            if one[member].is_null() {
                one[member] = json!(usual);
            }
        }
        of(&one)
    };
    list.iter().enumerate().map(whole).collect()
}

fn list<T: serde::de::DeserializeOwned>(value: &Value) -> Vec<T> {
    if value.is_null() { Vec::new() } else { of(value) }
}

fn run(usual: &Value, case: &Value) -> Progress {
    let plan = version(if case["version"].is_null() { usual } else { &case["version"] });
    let conditions: BTreeMap<String, ConditionState> =
        if case["conditions"].is_null() { BTreeMap::new() } else { of(&case["conditions"]) };
    let (counted, held): (_, Vec<HeldAchievement>) = (counted(case), list(&case["held"]));
    let substitutions: Vec<Substitution> = list(&case["substitutions"]);
    let on = date(case["on"].as_str().unwrap_or("2026-09-01"));
    let from = date("2023-09-01");
    let situation =
        Situation { counted: &counted, held: &held, substitutions: &substitutions, conditions: &conditions, from, on };
    progress(&plan, &situation)
}

/// Compares what was found with what was expected, member by member of the expectation.
fn compare(found: &[Shortfall], expected: &Value, name: &str) {
    let expected = expected.as_array().expect("expectations");
    let found: Vec<Value> = found.iter().map(|one| json!(one)).collect();
    assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
    for (found, expected) in found.iter().zip(expected) {
        for (member, value) in expected.as_object().expect("an expectation") {
            assert_eq!(&found[member], value, "{name}, {member}: {found}");
        }
    }
}

#[test]
fn published_minima_give_the_published_results() {
    let mut cases = BTreeMap::new();
    for rule in golden("requirements") {
        let id = rule["rule"].as_str().expect("a rule").to_owned();
        assert!(rule["choice"].as_str().is_some_and(|choice| !choice.is_empty()), "{id}: the choice is written down");
        let list = rule["cases"].as_array().expect("cases");
        for case in list {
            let name = format!("{id}: {}", case["name"]);
            let found = run(&rule["version"], case);
            compare(&found.shortfalls, &case["expect"], &name);
            assert_eq!(found.met, found.shortfalls.is_empty(), "{name}");
            for shortfall in &found.shortfalls {
                assert!(shortfall.zh().ends_with('。') && shortfall.en().ends_with('.'), "{name}: {shortfall:?}");
            }
        }
        for case in rule["plans"].as_array().into_iter().flatten() {
            let found = plan_shortfalls(&version(&case["version"]), date("2024-09-01"));
            let found: Vec<Shortfall> = found.into_iter().map(|(_, shortfall)| shortfall).collect();
            compare(&found, &case["expect"], &format!("{id}: {}", case["name"]));
        }
        cases.insert(id, list.len());
    }
    for published in ["R05", "R14", "R22", "R24", "R25", "R37", "R46"] {
        assert!(cases.get(published).is_some_and(|number| *number > 0), "{published} has no case");
    }
}

proptest! {
    #[test]
    fn the_order_of_telling_changes_nothing(
        credits in proptest::collection::vec((0_i64..6_000, 0_usize..6, 0_u8..4), 0..14),
        seed in any::<u64>(),
    ) {
        let rules = golden("requirements");
        let plan = version(&rules.iter().find(|rule| rule["rule"] == "modules").expect("the modules")["version"]);
        let codes = ["A", "B", "B1", "B2", "Z", "Y"];
        let words = ["拓展", "实习", "创新", "x"];
        let made = |(number, (amount, code, how)): (usize, &(i64, usize, u8))| Counted {
            id: uuid::Uuid::from_u128(number as u128 + 1),
            course: (how % 2 == 0).then(|| codes[*code].to_owned()),
            module: None,
            credits: CreditAmount::from_thousandths(*amount),
            origin: if how / 2 == 0 { Origin::Earned } else { Origin::Granted },
            hours: None,
            practice_hours: None,
            classes: vec![words[code % 4].to_owned()],
            completed_on: date("2025-06-30"),
        };
        let told: Vec<Counted> = credits.iter().enumerate().map(made).collect();
        let mut shuffled = told.clone();
        let mut state = seed;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(at, usize::try_from(state >> 33).expect("31 bits") % (at + 1));
        }
        let conditions = BTreeMap::new();
        let go = |counted: &[Counted]| {
            let situation = Situation {
                counted, held: &[], substitutions: &[], conditions: &conditions,
                from: date("2023-09-01"), on: date("2026-09-01"),
            };
            let mut progress = progress(&plan, &situation);
            progress.counted_once.sort();
            progress
        };
        let one = go(&told);
        prop_assert_eq!(&one, &go(&shuffled));
        // Everything that counts is in one module or in none, and nothing is made up.
        let places: i64 = one.modules.iter().map(|m| m.sums.earned.thousandths() + m.sums.granted.thousandths()).sum();
        let total = one.total.earned.thousandths() + one.total.granted.thousandths() + one.converted.beyond.thousandths();
        prop_assert_eq!(places + one.unplanned.thousandths(), total);
        let told: i64 = told.iter().map(|one| one.credits.thousandths()).sum();
        prop_assert!(total <= told);
    }
}
