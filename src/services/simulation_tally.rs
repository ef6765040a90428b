//! What a simulation adds up, in thousandths of a credit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::conversion::plan::ConversionPlan;
use crate::crypto::digest::{Hash, sha256};
use crate::domain::credit::CreditAmount;

/// What a learner can convert: credits, and the courses exempted, which may be worth none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Gain {
    /// Credits.
    pub credits: CreditAmount,
    /// Courses or parts of courses.
    pub courses: i64,
    /// Digest of which they are.
    which: Hash,
}

impl Gain {
    /// What a plan comes to.
    pub fn of(plan: &ConversionPlan) -> Self {
        let exempts = plan.lines.iter().flat_map(|line| &line.grants.exempts);
        let mut courses: Vec<String> =
            exempts.map(|one| format!("{}\n{}", one.course_code, one.part.as_deref().unwrap_or_default())).collect();
        courses.sort_unstable();
        let which = if courses.is_empty() { Hash::default() } else { sha256(courses.join("\n\n").as_bytes()) };
        Self { credits: plan.credits, courses: i64::try_from(courses.len()).unwrap_or(i64::MAX), which }
    }

    fn rank(self) -> (CreditAmount, i64) {
        (self.credits, self.courses)
    }
}

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
    #[serde(default)]
    otherwise: i64,
}

impl Sums {
    fn add(&mut self, was: Gain, is: Gain) {
        let (before, after) = (was.credits.thousandths(), is.credits.thousandths());
        self.enrolments += 1;
        self.before += before;
        self.after += after;
        self.gain += i64::from(is.rank() > was.rank());
        self.gained += (after - before).max(0);
        self.lose += i64::from(is.rank() < was.rank());
        self.lost += (before - after).max(0);
        self.otherwise += i64::from(is.rank() == was.rank() && is != was);
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
            otherwise: self.otherwise + other.otherwise,
        }
    }

    fn json(self) -> Value {
        let credits = |thousandths| CreditAmount::from_thousandths(thousandths);
        json!({
            "enrolments": self.enrolments,
            "credits_before": credits(self.before), "credits_after": credits(self.after),
            "gaining": self.gain, "credits_gained": credits(self.gained),
            "losing": self.lose, "credits_lost": credits(self.lost),
            "exempted_otherwise": self.otherwise,
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
    pub fn add(&mut self, programme: Uuid, institution: Uuid, before: Gain, after: Gain) {
        let (_, sums) = self.programmes.entry(programme).or_insert((institution, Sums::default()));
        sums.add(before, after);
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
        let credits = |text: &str| Gain { credits: text.parse().expect("credits"), ..Gain::default() };
        let [a, b, c, school, college] = [1, 2, 3, 8, 9].map(Uuid::from_u128);
        tally.add(a, school, credits("2"), credits("5.5"));
        tally.add(b, school, credits("4"), credits("1"));
        // Courses worth no credits count as well.
        let exempted = |courses, which| Gain { courses, which: [which; 32], ..credits("0") };
        tally.add(c, college, credits("0"), credits("0"));
        tally.add(c, college, exempted(1, 1), exempted(2, 2));
        tally.add(c, college, exempted(1, 1), exempted(1, 2));
        let result: Value = serde_json::from_str(&tally.result()).expect("JSON");
        assert_eq!((&result["credits_before"], &result["credits_after"]), (&json!("6"), &json!("6.5")));
        assert_eq!((&result["gaining"], &result["credits_gained"]), (&json!(2), &json!("3.5")));
        assert_eq!(result["exempted_otherwise"], json!(1));
        assert_eq!((&result["losing"], &result["credits_lost"]), (&json!(1), &json!("3")));
        assert_eq!(result["institutions"][0]["enrolments"], json!(2));
        assert_eq!(result["programmes"][1]["credits_after"], json!("1"));
    }
}
