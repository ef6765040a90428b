//! Programmes 专业.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::invalid::{Invalid, Reason};
use super::level::ProgrammeLevel;
use super::text::{self, NAME_MAX, clean_line};

/// A programme to be registered at the caller's institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgramme {
    /// Level.
    pub level: ProgrammeLevel,
    /// Major code 专业代码: six digits; ordinary undergraduate majors may end in K, T or TK.
    #[schema(max_length = 8, examples("740201"))]
    pub major_code: String,
    /// Name.
    #[schema(max_length = 200, examples("中餐烹饪"))]
    pub name: String,
}

impl NewProgramme {
    /// The same with texts in their one spelling; the code must belong to the level.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        let major_code = invalid.take("/major_code", major_code(&self.major_code, self.level));
        match (name, major_code) {
            (Some(name), Some(major_code)) => Ok(Self { level: self.level, major_code, name }),
            _ => Err(invalid),
        }
    }
}

/// A code of the vocational catalogue that says this level, or, for undergraduate programmes, one of the ordinary catalogue
/// (disciplines 01 to 14).
fn major_code(text: &str, level: ProgrammeLevel) -> Result<String, Reason> {
    const FORM: Reason = Reason::Format { expected: "6-digit major code" };
    let code = text::narrow(text)?.to_ascii_uppercase();
    let (digits, suffix) = code.split_at_checked(6).ok_or(FORM)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(suffix, "" | "K" | "T" | "TK") {
        return Err(FORM);
    }
    let ordinary = matches!(digits[..2].parse::<u8>(), Ok(1..=14));
    match ProgrammeLevel::from_major_code(digits) {
        Some(said) if said == level && suffix.is_empty() => Ok(code),
        Some(said) if said == level => Err(FORM),
        None if ordinary && level == ProgrammeLevel::Undergraduate => Ok(code),
        None if !ordinary => Err(Reason::Unknown),
        _ => Err(Reason::Mismatch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_their_level() {
        let check = |level, code: &str| {
            let new = NewProgramme { level, major_code: code.into(), name: "专业".into() };
            new.validate().map(|programme| programme.major_code).map_err(|invalid| invalid.0[0].reason.code())
        };
        assert_eq!(check(ProgrammeLevel::Secondary, "740201"), Ok("740201".into()));
        assert_eq!(check(ProgrammeLevel::Higher, "740201"), Err("mismatch"));
        assert_eq!(check(ProgrammeLevel::Undergraduate, "310201"), Ok("310201".into()));
        assert_eq!(check(ProgrammeLevel::Undergraduate, "080910t"), Ok("080910T".into()));
        assert_eq!(check(ProgrammeLevel::Higher, "080901"), Err("mismatch"));
        assert_eq!(check(ProgrammeLevel::Higher, "990101"), Err("unknown"));
        assert_eq!(check(ProgrammeLevel::Higher, "5602"), Err("format"));
        assert_eq!(check(ProgrammeLevel::Higher, "560213T"), Err("format"));
        assert_eq!(check(ProgrammeLevel::Higher, "专业代码编号"), Err("format"));
    }
}
