//! Checks of what a programme version asks for; see [`super::requirement`].

use std::collections::HashSet;

use super::class_word;
use super::credit::CreditAmount;
use super::invalid::{Invalid, Reason};
use super::requirement::*;
use super::text::{self, NAME_MAX, REASON_MAX, clean_line};

impl Selection {
    fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let any_of = class_word::words(&mut invalid, "/any_of", &self.any_of);
        let none_of = class_word::words(&mut invalid, "/none_of", &self.none_of);
        if let Some(both) = none_of.iter().position(|word| any_of.contains(word)) {
            invalid.push(format!("/none_of/{both}"), Reason::Mismatch);
        }
        invalid.into_result()?;
        Ok(Self { any_of, none_of })
    }
}

impl Holding {
    fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let code = self.code.as_ref().and_then(|code| invalid.take("/code", text::code(code)));
        if let Some(level) = &self.level
            && rank(self.kind, level).is_none()
        {
            invalid.push("/level", if levelled(self.kind) { Reason::Unknown } else { Reason::NotAllowedHere });
        }
        invalid.into_result()?;
        Ok(Self { code, ..self.clone() })
    }
}

impl Requirement {
    /// The same with texts in their one spelling. It bounds something, from below no higher than from above.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        let counts = invalid.take_all("/counts", self.counts.validate());
        let share_of = self.share_of.as_ref().and_then(|of| invalid.take_all("/share_of", of.validate()));
        let each = self.each.as_ref().map(|each| {
            let classes = class_word::words(&mut invalid, "/each/classes", &each.classes);
            if each.classes.is_empty() {
                invalid.push("/each/classes", Reason::Empty);
            }
            Each { classes, least: each.least }
        });
        let make_up = self.make_up.as_ref().map(|make_up| {
            let any_of = class_word::words(&mut invalid, "/make_up/any_of", &make_up.any_of);
            if make_up.any_of.is_empty() {
                invalid.push("/make_up/any_of", Reason::Empty);
            }
            match self.by {
                None => invalid.push("/make_up", Reason::NotAllowedHere),
                Some(by) if make_up.by < by => invalid.push("/make_up/by", Reason::Earlier { other: "by" }),
                Some(_) => {}
            }
            MakeUp { any_of, by: make_up.by }
        });
        let holds = self.holds.as_ref().and_then(|holds| invalid.take_all("/holds", holds.validate()));
        let shares = self.least_share.is_some() || self.most_share.is_some();
        let sums = self.least.is_some() || self.most.is_some() || shares || each.is_some();
        if !sums && holds.is_none() && self.holds.is_none() {
            invalid.push("/least", Reason::Required);
        }
        if share_of.is_some() && !shares {
            invalid.push("/share_of", Reason::NotAllowedHere);
        }
        if self.holds.is_some() && self.applies_to == AppliesTo::Plan {
            invalid.push("/holds", Reason::NotAllowedHere);
        }
        if let (Some(least), Some(most)) = (self.least, self.most)
            && least > most
        {
            invalid.push("/most", Reason::range(least, CreditAmount::MAX_WRITTEN));
        }
        if let (Some(least), Some(most)) = (self.least_share, self.most_share)
            && least > most
        {
            invalid.push("/most_share", Reason::range(least, 1));
        }
        match (code, name, counts) {
            (Some(code), Some(name), Some(counts)) if invalid.is_empty() => {
                Ok(Self { code, name, counts, share_of, each, make_up, holds, ..self.clone() })
            }
            _ => Err(invalid),
        }
    }
}

impl Holds {
    fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        match self.any.len() {
            0 => invalid.push("/any", Reason::Empty),
            1..=HOLDINGS_MAX => {}
            _ => invalid.push("/any", Reason::TooMany { max: HOLDINGS_MAX }),
        }
        if !(1..=20).contains(&self.number) {
            invalid.push("/number", Reason::range(1, 20));
        }
        let checked = self.any.iter().take(HOLDINGS_MAX).enumerate();
        let any = checked.filter_map(|(i, one)| invalid.take_all(&format!("/any/{i}"), one.validate())).collect();
        invalid.into_result()?;
        Ok(Self { any, number: self.number })
    }
}

impl StudyTime {
    fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        if !(1..=MONTHS_MAX).contains(&self.months) {
            invalid.push("/months", Reason::range(1, MONTHS_MAX));
        }
        if let Some(early) = &self.early {
            if !(1..=self.months).contains(&early.after_months) {
                invalid.push("/early/after_months", Reason::range(1, self.months));
            }
            if !(1..=self.months).contains(&early.by_months) {
                invalid.push("/early/by_months", Reason::range(1, self.months));
            }
            invalid.take("/early/credits", early.credits.within_achievement());
        }
        invalid.into_result()?;
        Ok(*self)
    }
}

impl Substitution {
    /// The same with texts in their one spelling. A course does not stand for itself.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let course = invalid.take("/course", text::code(&self.course));
        let reason = invalid.take("/reason", clean_line(&self.reason, REASON_MAX));
        match self.by.len() {
            0 => invalid.push("/by", Reason::Empty),
            1..=SUBSTITUTES_MAX => {}
            _ => invalid.push("/by", Reason::TooMany { max: SUBSTITUTES_MAX }),
        }
        let mut by: Vec<String> = Vec::new();
        for (i, code) in self.by.iter().take(SUBSTITUTES_MAX).enumerate() {
            let Some(code) = invalid.take(format!("/by/{i}"), text::code(code)) else { continue };
            if by.contains(&code) {
                invalid.push(format!("/by/{i}"), Reason::Duplicate);
            } else if course.as_ref() == Some(&code) {
                invalid.push(format!("/by/{i}"), Reason::Mismatch);
            } else {
                by.push(code);
            }
        }
        match (course, reason) {
            (Some(course), Some(reason)) if invalid.is_empty() => Ok(Self { course, by, reason }),
            _ => Err(invalid),
        }
    }
}

impl Condition {
    fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        match (code, name) {
            (Some(code), Some(name)) => Ok(Self { code, name }),
            _ => Err(invalid),
        }
    }
}

impl Requirements {
    /// The same with texts in their one spelling; codes are unique, and substitutes stand for courses of the plan.
    pub(super) fn validate(&self, courses: &HashSet<String>) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let lists = [
            ("/items", self.items.len(), REQUIREMENTS_MAX),
            ("/substitutions", self.substitutions.len(), SUBSTITUTIONS_MAX),
            ("/conditions", self.conditions.len(), CONDITIONS_MAX),
        ];
        for (pointer, length, max) in lists {
            if length > max {
                invalid.push(pointer, Reason::TooMany { max });
            }
        }
        if !invalid.is_empty() {
            return Err(invalid);
        }
        let items = each(&mut invalid, "/items", &self.items, Requirement::validate);
        unique(&mut invalid, "/items", items.iter().map(|(i, one)| (*i, one.code.as_str())));
        let substitutions = each(&mut invalid, "/substitutions", &self.substitutions, Substitution::validate);
        for (i, one) in &substitutions {
            if !courses.contains(&one.course) {
                invalid.push(format!("/substitutions/{i}/course"), Reason::Unknown);
            }
        }
        let conditions = each(&mut invalid, "/conditions", &self.conditions, Condition::validate);
        unique(&mut invalid, "/conditions", conditions.iter().map(|(i, one)| (*i, one.code.as_str())));
        let study = self.study.and_then(|study| invalid.take_all("/study", study.validate()));
        invalid.into_result()?;
        Ok(Self {
            items: items.into_iter().map(|(_, one)| one).collect(),
            study,
            substitutions: substitutions.into_iter().map(|(_, one)| one).collect(),
            conditions: conditions.into_iter().map(|(_, one)| one).collect(),
        })
    }
}

/// Checks each of a list; answers the good ones with their places.
fn each<T>(
    invalid: &mut Invalid,
    pointer: &str,
    list: &[T],
    check: impl Fn(&T) -> Result<T, Invalid>,
) -> Vec<(usize, T)> {
    let one = |(i, one)| Some((i, invalid.take_all(&format!("{pointer}/{i}"), check(one))?));
    list.iter().enumerate().filter_map(one).collect()
}

fn unique<'a>(invalid: &mut Invalid, pointer: &str, codes: impl Iterator<Item = (usize, &'a str)>) {
    let mut known = HashSet::new();
    for (i, code) in codes {
        if !known.insert(code) {
            invalid.push(format!("{pointer}/{i}/code"), Reason::Duplicate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Vec<String> {
        let requirements: Requirements = serde_json::from_str(json).expect("the shape is right");
        let courses = HashSet::from(["C1".to_owned()]);
        let list = requirements.validate(&courses).err().unwrap_or_default().0;
        list.into_iter().map(|f| format!("{} {}", f.pointer, f.reason.code())).collect()
    }

    #[test]
    fn what_bounds_nothing_or_contradicts_itself_is_refused() {
        let item = |rest: &str| format!(r#"{{"items":[{{"code":"A","name":"要求",{rest}}}]}}"#);
        assert!(faults(&item(r#""least":"170""#)).is_empty());
        for (rest, fault) in [
            (r#""unit":"hours""#, "/items/0/least required"),
            (r#""least":"3","most":"2""#, "/items/0/most out-of-range"),
            (r#""least_share":"0.6","most_share":"0.4""#, "/items/0/most_share out-of-range"),
            (r#""least":"1","share_of":{}"#, "/items/0/share_of not-allowed-here"),
            (r#""least":"1","counts":{"any_of":["a"],"none_of":["a"]}"#, "/items/0/counts/none_of/0 mismatch"),
            (r#""each":{"classes":[],"least":"1"}"#, "/items/0/each/classes empty"),
            (r#""least":"1","make_up":{"any_of":["a"],"by":"2026-01-01"}"#, "/items/0/make_up not-allowed-here"),
            (
                r#""least":"1","by":"2026-01-02","make_up":{"any_of":["a"],"by":"2026-01-01"}"#,
                "/items/0/make_up/by earlier",
            ),
            (r#""holds":{"any":[]}"#, "/items/0/holds/any empty"),
            (r#""holds":{"any":[{"kind":"examination","level":"2"}]}"#, "/items/0/holds/any/0/level not-allowed-here"),
            (r#""holds":{"any":[{"kind":"skill_level","level":"6"}]}"#, "/items/0/holds/any/0/level unknown"),
            (r#""applies_to":"plan","holds":{"any":[{"kind":"skill_level"}]}"#, "/items/0/holds not-allowed-here"),
        ] {
            assert_eq!(faults(&item(rest)), [fault], "{rest}");
        }
        let twice = r#"{"items":[{"code":"A","name":"一","least":"1"},{"code":"A","name":"二","least":"1"}]}"#;
        assert_eq!(faults(twice), ["/items/1/code duplicate"]);
    }

    #[test]
    fn substitutions_study_time_and_conditions_are_checked() {
        for (json, fault) in [
            (r#"{"substitutions":[{"course":"C9","by":["D"],"reason":"停开"}]}"#, "/substitutions/0/course unknown"),
            (r#"{"substitutions":[{"course":"C1","by":[],"reason":"停开"}]}"#, "/substitutions/0/by empty"),
            (r#"{"substitutions":[{"course":"C1","by":["C1"],"reason":"停开"}]}"#, "/substitutions/0/by/0 mismatch"),
            (r#"{"study":{"months":0}}"#, "/study/months out-of-range"),
            (
                r#"{"study":{"months":36,"early":{"after_months":37,"credits":"150","by_months":12}}}"#,
                "/study/early/after_months out-of-range",
            ),
            (r#"{"conditions":[{"code":"操行","name":"操行"}]}"#, "/conditions/0/code format"),
        ] {
            assert_eq!(faults(json), [fault], "{json}");
        }
        assert!(faults(r#"{"substitutions":[{"course":"C1","by":["D1","D2"],"reason":"停开"}]}"#).is_empty());
    }

    #[test]
    fn levels_reach_only_within_their_own_scale() {
        use crate::domain::kind::AchievementKind::{Examination, SkillCertificate, SkillLevel};
        let held = |kind, code: Option<&str>, level: Option<&str>| Holding {
            kind,
            code: code.map(str::to_owned),
            level: level.map(str::to_owned),
        };
        let floor = held(SkillLevel, None, Some("4"));
        assert!(floor.fits(SkillLevel, None, Some("4")) && floor.fits(SkillLevel, None, Some("1")));
        assert!(!floor.fits(SkillLevel, None, Some("5")) && !floor.fits(SkillCertificate, None, Some("advanced")));
        let x = held(SkillCertificate, None, Some("intermediate"));
        assert!(x.fits(SkillCertificate, None, Some("advanced")));
        assert!(!x.fits(SkillCertificate, None, Some("elementary")));
        let ncre = held(Examination, Some("NCRE2"), None);
        assert!(ncre.fits(Examination, Some("NCRE2-C"), None) && !ncre.fits(Examination, Some("NCRE1"), None));
    }
}
