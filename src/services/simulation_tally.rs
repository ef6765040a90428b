//! What a simulation adds up, in thousandths of a credit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::credit::CreditAmount;

/// Sums over enrolments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sums {
    enrolments: i64,
    before: i64,
    after: i64,
    gain: i64,
    gained: i64,
    lose: i64,
    lost: i64,
}

impl Sums {
    fn add(&mut self, before: i64, after: i64) {
        self.enrolments += 1;
        self.before += before;
        self.after += after;
        self.gain += i64::from(after > before);
        self.gained += (after - before).max(0);
        self.lose += i64::from(after < before);
        self.lost += (before - after).max(0);
    }

    fn and(self, other: Self) -> Self {
        Self {
            enrolments: self.enrolments + other.enrolments,
            before: self.before + other.before,
            after: self.after + other.after,
            gain: self.gain + other.gain,
            gained: self.gained + other.gained,
            lose: self.lose + other.lose,
            lost: self.lost + other.lost,
        }
    }

    fn json(self) -> Value {
        let credits = |thousandths| CreditAmount::from_thousandths(thousandths);
        json!({
            "enrolments": self.enrolments,
            "credits_before": credits(self.before), "credits_after": credits(self.after),
            "gaining": self.gain, "credits_gained": credits(self.gained),
            "losing": self.lose, "credits_lost": credits(self.lost),
        })
    }
}

/// Everything added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Inputs that differ in what decides the credits, and so were evaluated.
    pub profiles: i64,
    /// Of these, not proven best within their time.
    pub not_proven_best: i64,
    programmes: BTreeMap<Uuid, (Uuid, Sums)>,
}

impl Tally {
    /// Adds an enrolment in a programme of an institution.
    pub fn add(&mut self, programme: Uuid, institution: Uuid, before: CreditAmount, after: CreditAmount) {
        let (_, sums) = self.programmes.entry(programme).or_insert((institution, Sums::default()));
        sums.add(before.thousandths(), after.thousandths());
    }

    /// The result: in all, by programme and by institution.
    pub fn result(&self) -> String {
        let mut institutions: BTreeMap<Uuid, Sums> = BTreeMap::new();
        let mut all = Sums::default();
        for (institution, sums) in self.programmes.values() {
            let stands = institutions.entry(*institution).or_default();
            *stands = stands.and(*sums);
            all = all.and(*sums);
        }
        let named = |name: &str, id: &Uuid, sums: Sums| {
            let mut value = sums.json();
            value[name] = json!(id);
            value
        };
        let programmes: Vec<Value> = self
            .programmes
            .iter()
            .map(|(id, (institution, sums))| {
                let mut value = named("programme_id", id, *sums);
                value["institution_id"] = json!(institution);
                value
            })
            .collect();
        let institutions: Vec<Value> =
            institutions.iter().map(|(id, sums)| named("institution_id", id, *sums)).collect();
        let mut value = all.json();
        value["profiles"] = json!(self.profiles);
        value["not_proven_best"] = json!(self.not_proven_best);
        value["programmes"] = programmes.into();
        value["institutions"] = institutions.into();
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_kept_by_programme_and_institution() {
        let mut tally = Tally::default();
        let credits = |text: &str| text.parse::<CreditAmount>().expect("credits");
        let [a, b, c, school, college] = [1, 2, 3, 8, 9].map(Uuid::from_u128);
        tally.add(a, school, credits("2"), credits("5.5"));
        tally.add(b, school, credits("4"), credits("1"));
        tally.add(c, college, credits("0"), credits("0"));
        let result: Value = serde_json::from_str(&tally.result()).expect("JSON");
        assert_eq!((&result["credits_before"], &result["credits_after"]), (&json!("6"), &json!("6.5")));
        assert_eq!((&result["gaining"], &result["credits_gained"]), (&json!(1), &json!("3.5")));
        assert_eq!((&result["losing"], &result["credits_lost"]), (&json!(1), &json!("3")));
        assert_eq!(result["institutions"][0]["enrolments"], json!(2));
        assert_eq!(result["programmes"][1]["credits_after"], json!("1"));
    }
}
