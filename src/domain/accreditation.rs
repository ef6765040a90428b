//! Accreditations 备案范围: what an institution may post.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ids::{AccreditationId, InstitutionId};
use super::invalid::{Invalid, Reason};
use super::kind::AchievementKind;
use super::text;
use super::time::{strict_date, strict_date_opt};

/// Most codes of one accreditation; more are another accreditation.
pub const CODES_MAX: usize = 500;
/// Most levels of one accreditation: no scale has more.
pub const LEVELS_MAX: usize = 10;

/// An accreditation to be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccreditation {
    /// Kind of achievement that may be posted.
    pub kind: AchievementKind,
    /// Codes, exact or as a prefix that ends in `*`; all when left out.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub codes: Option<Vec<String>>,
    /// Levels as catalogues write them; all when left out.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub levels: Option<Vec<String>>,
    /// First day.
    #[serde(with = "strict_date")]
    pub valid_from: NaiveDate,
    /// Last day; open when left out.
    #[serde(default, with = "strict_date_opt")]
    pub valid_to: Option<NaiveDate>,
}

impl NewAccreditation {
    /// The same with codes and levels in their one spelling, each once.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let codes = list(&mut invalid, "/codes", self.codes.as_deref(), CODES_MAX, pattern);
        let levels = list(&mut invalid, "/levels", self.levels.as_deref(), LEVELS_MAX, text::code);
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            invalid.push("/valid_to", Reason::Earlier { other: "valid_from" });
        }
        invalid.into_result()?;
        Ok(Self { codes, levels, ..self.clone() })
    }
}

/// A code, or a prefix of codes and a star.
fn pattern(text: &str) -> Result<String, Reason> {
    match text.trim().strip_suffix('*') {
        Some("") => Err(Reason::Format { expected: "a prefix before *" }),
        Some(prefix) => text::code(prefix).map(|prefix| prefix + "*"),
        None => text::code(text),
    }
}

fn list(
    invalid: &mut Invalid,
    pointer: &str,
    texts: Option<&[String]>,
    max: usize,
    read: impl Fn(&str) -> Result<String, Reason>,
) -> Option<Vec<String>> {
    let texts = texts?;
    if texts.is_empty() {
        invalid.push(pointer, Reason::Empty);
    }
    if texts.len() > max {
        invalid.push(pointer, Reason::TooMany { max });
        return None;
    }
    let mut read_texts: Vec<String> =
        texts.iter().enumerate().filter_map(|(i, text)| invalid.take(format!("{pointer}/{i}"), read(text))).collect();
    read_texts.sort_unstable();
    read_texts.dedup();
    Some(read_texts)
}

/// An accreditation as granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accreditation {
    /// Its id.
    pub id: AccreditationId,
    /// Who may post.
    pub institution_id: InstitutionId,
    /// What kind.
    pub kind: AchievementKind,
    /// Codes or prefixes; all when none.
    pub codes: Option<Vec<String>>,
    /// Levels; all when none.
    pub levels: Option<Vec<String>>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
    /// From this day on it no longer holds.
    pub revoked_on: Option<NaiveDate>,
}

impl Accreditation {
    /// Whether it holds on a day.
    pub fn holds_on(&self, on: NaiveDate) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|to| on <= to) && self.revoked_on.is_none_or(|day| on < day)
    }

    fn covers(&self, kind: AchievementKind, code: Option<&str>, level: Option<&str>) -> bool {
        // What is restricted to codes does not cover what has none.
        let code_fits = |codes: &Vec<String>| {
            code.is_some_and(|code| {
                codes.iter().any(|known| match known.strip_suffix('*') {
                    Some(prefix) => code.starts_with(prefix),
                    None => known == code,
                })
            })
        };
        let level_fits = |levels: &Vec<String>| level.is_some_and(|level| levels.iter().any(|known| known == level));
        self.kind == kind && self.codes.as_ref().is_none_or(code_fits) && self.levels.as_ref().is_none_or(level_fits)
    }
}

/// Whether any one of an institution's accreditations permits posting this kind, code and level on a day.
pub fn permits(
    accreditations: &[Accreditation],
    kind: AchievementKind,
    code: Option<&str>,
    level: Option<&str>,
    on: NaiveDate,
) -> bool {
    accreditations.iter().any(|accreditation| accreditation.covers(kind, code, level) && accreditation.holds_on(on))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        super::super::time::parse_date(text).expect("a date")
    }

    fn granted(codes: Option<&[&str]>, levels: Option<&[&str]>) -> Accreditation {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Accreditation {
            id: AccreditationId::from_uuid(Uuid::nil()),
            institution_id: InstitutionId::from_uuid(Uuid::nil()),
            kind: AchievementKind::SkillCertificate,
            codes: codes.map(texts),
            levels: levels.map(texts),
            valid_from: day("2025-01-01"),
            valid_to: Some(day("2026-12-31")),
            revoked_on: None,
        }
    }

    fn allowed(accreditation: &Accreditation, code: Option<&str>, level: Option<&str>, on: &str) -> bool {
        permits(std::slice::from_ref(accreditation), AchievementKind::SkillCertificate, code, level, day(on))
    }

    #[test]
    fn codes_and_levels_restrict() {
        let all = granted(None, None);
        assert!(allowed(&all, None, None, "2025-06-01"));
        let some = granted(Some(&["X-NET-01", "X-CAR-*"]), Some(&["elementary"]));
        assert!(allowed(&some, Some("X-NET-01"), Some("elementary"), "2025-06-01"));
        assert!(allowed(&some, Some("X-CAR-07"), Some("elementary"), "2025-06-01"));
        assert!(!allowed(&some, Some("X-NET-02"), Some("elementary"), "2025-06-01"));
        assert!(!allowed(&some, Some("X-NET-01"), Some("advanced"), "2025-06-01"));
        assert!(!allowed(&some, None, Some("elementary"), "2025-06-01"));
        assert!(!allowed(&some, Some("X-NET-01"), None, "2025-06-01"));
        assert!(!permits(&[all], AchievementKind::Course, None, None, day("2025-06-01")));
        assert!(!permits(&[], AchievementKind::Course, None, None, day("2025-06-01")));
    }

    #[test]
    fn the_period_includes_both_ends_and_ends_with_revocation() {
        let mut accreditation = granted(None, None);
        assert!(!allowed(&accreditation, None, None, "2024-12-31"));
        assert!(allowed(&accreditation, None, None, "2025-01-01"));
        assert!(allowed(&accreditation, None, None, "2026-12-31"));
        assert!(!allowed(&accreditation, None, None, "2027-01-01"));
        accreditation.revoked_on = Some(day("2025-06-01"));
        assert!(allowed(&accreditation, None, None, "2025-05-31"));
        assert!(!allowed(&accreditation, None, None, "2025-06-01"));
    }

    #[test]
    fn patterns_are_checked() {
        let new = |codes: &[&str]| NewAccreditation {
            kind: AchievementKind::Course,
            codes: Some(codes.iter().map(|code| (*code).to_owned()).collect()),
            levels: None,
            valid_from: day("2025-01-01"),
            valid_to: None,
        };
        assert_eq!(new(&["B", "A*", "B"]).validate().map(|a| a.codes), Ok(Some(vec!["A*".into(), "B".into()])));
        for bad in [&["*"] as &[&str], &[], &["a b"], &["A*B"]] {
            assert!(new(bad).validate().is_err(), "{bad:?}");
        }
        let backwards = NewAccreditation { valid_to: Some(day("2024-12-31")), codes: None, ..new(&[]) };
        assert_eq!(backwards.validate().expect_err("one fault").0[0].pointer, "/valid_to");
    }
}
