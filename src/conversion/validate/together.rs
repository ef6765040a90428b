//! Rules beside one another: codes that stand once, nothing said twice, one answer to "how often".

use std::collections::HashMap;

use super::super::fault::{Faults, What};
use super::super::policy::Exclusivity;
use super::super::rule::ConversionRule;
use crate::domain::canonical;

pub fn check(rules: &[ConversionRule], faults: &mut Faults) {
    let mut codes: HashMap<&str, usize> = HashMap::new();
    let mut contents: HashMap<String, usize> = HashMap::new();
    let mut families: HashMap<(String, String), usize> = HashMap::new();
    for (i, rule) in rules.iter().enumerate() {
        if faults.is_full() {
            return;
        }
        let content = content(rule);
        if let Some(&other) = codes.get(rule.code.as_str()) {
            let same = contents.get(&content) == Some(&other);
            faults.push(format!("/rules/{i}/code"), What::CodeTaken { other: other + 1, same });
            continue;
        }
        codes.insert(&rule.code, i);
        match contents.get(&content) {
            Some(&other) => {
                faults.push(format!("/rules/{i}"), What::SameRule { other: rules[other].code.clone() });
                continue;
            }
            None => contents.insert(content, i),
        };
        let Some(family) = &rule.exclusivity.family else { continue };
        let place = written(&(&rule.sources, &rule.target.place));
        match families.get(&(family.clone(), place.clone())) {
            Some(&other) if !agree(&rules[other].exclusivity, &rule.exclusivity) => {
                let (other, family) = (rules[other].code.clone(), family.clone());
                faults.push(format!("/rules/{i}/exclusivity"), What::Exclusivity { other, family });
            }
            Some(_) => {}
            None => {
                families.insert((family.clone(), place), i);
            }
        }
    }
}

fn agree(a: &Exclusivity, b: &Exclusivity) -> bool {
    (a.scope, a.highest_only, a.upgrade_adds_difference) == (b.scope, b.highest_only, b.upgrade_adds_difference)
}

/// What a rule says, without its names: two rules alike in this would count one achievement twice.
fn content(rule: &ConversionRule) -> String {
    written(&(
        (&rule.sources, &rule.value, &rule.target, &rule.score, &rule.remainder),
        (&rule.time, &rule.person, &rule.draws, &rule.rounding),
    ))
}

fn written(value: &impl serde::Serialize) -> String {
    // Rules are plain data: writing them as JSON cannot fail. If it did, the empty text would only hide a duplicate.
    serde_json::to_value(value).map(|value| canonical::to_string(&value)).unwrap_or_default()
}
