//! Resident identity numbers 公民身份号码, GB 11643-1999: 18 characters with region, birth date and check character.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::invalid::Reason;
use super::region::{self, RegionPolicy};
use super::time::parse_date;

/// Weights of the first seventeen digits (powers of two modulo eleven).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check character by remainder (ISO 7064 MOD 11-2).
const CHECKS: &[u8; 11] = b"10X98765432";
/// Earliest year of birth that a number may name: that of the standard's own oldest example.
const FIRST_YEAR: i32 = 1880;

const FORM: Reason = Reason::Format { expected: "17 digits and a check character" };

/// A number that passed every check. `Debug` shows it masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResidentId {
    number: String,
    birth: NaiveDate,
}

impl ResidentId {
    /// Checks length, region, birth date (from 1880 to `today`) and check character. Lower-case `x`, full-width characters
    /// and white space at the ends are put right first. Old 15-digit numbers are not accepted: they have no check.
    pub fn parse(text: &str, today: NaiveDate, policy: RegionPolicy) -> Result<Self, Reason> {
        let number = normalise(text)?;
        let (body, check) = number.split_at_checked(17).ok_or(FORM)?;
        if check.len() != 1 || !body.bytes().all(|b| b.is_ascii_digit()) {
            return Err(FORM);
        }
        if check != "X" && !check.bytes().all(|b| b.is_ascii_digit()) {
            return Err(FORM);
        }
        region::check(&body[..6], policy)?;
        let birth = birth_date(&body[6..14], today)?;
        if check.as_bytes() != [check_character(body.as_bytes())] {
            return Err(Reason::Checksum);
        }
        Ok(Self { number, birth })
    }

    /// The eighteen characters.
    pub fn as_str(&self) -> &str {
        &self.number
    }

    /// First two and last two characters, the rest stars: `41**************1X`.
    pub fn masked(&self) -> String {
        mask(&self.number)
    }

    /// Date of birth.
    pub const fn birth_date(&self) -> NaiveDate {
        self.birth
    }

    /// Whether it is the number of a residence permit (港澳台居民居住证: 81 Hong Kong, 82 Macao, 83 Taiwan).
    pub fn is_residence_permit(&self) -> bool {
        matches!(&self.number[..2], "81" | "82" | "83")
    }
}

/// Trimmed, narrow and upper-case; ASCII only and at most twenty characters, so that slicing is safe afterwards.
pub(super) fn normalise(text: &str) -> Result<String, Reason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    let narrow: String = text.nfkc().take(21).map(|c| c.to_ascii_uppercase()).collect();
    if !narrow.is_ascii() || narrow.len() > 20 {
        return Err(FORM);
    }
    Ok(narrow)
}

/// A birth date written `YYYYMMDD`, between 1880 and `today`.
pub(super) fn birth_date(digits: &str, today: NaiveDate) -> Result<NaiveDate, Reason> {
    let birth = parse_date(&format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))?;
    if birth.year() < FIRST_YEAR {
        return Err(Reason::NotADate);
    }
    if birth > today {
        return Err(Reason::Future);
    }
    Ok(birth)
}

/// The check character of seventeen ASCII digits.
pub fn check_character(body: &[u8]) -> u8 {
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

/// First two and last two characters of an ASCII number, or one and one where it is shorter than ten, the rest stars.
pub(super) fn mask(number: &str) -> String {
    let keep = if number.len() < 10 { 1 } else { 2 };
    let last = number.len().saturating_sub(keep);
    let stars = number.len().saturating_sub(2 * keep);
    format!("{}{}{}", &number[..keep], "*".repeat(stars), &number[last..])
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ResidentId, Reason> {
        let today = NaiveDate::from_ymd_opt(2026, 1, 12).expect("a date");
        ResidentId::parse(text, today, RegionPolicy { allow_test: true })
    }

    #[test]
    fn published_and_test_numbers_pass() {
        for good in [
            "11010519491231002X",
            "440524188001010014",
            "360426199101010071",
            "120103198806018241",
            "410299200603150012",
            "410299200603150020",
            "41029920060315008X",
            "410299200511070015",
            "410299200402290019",
            "410299199906060027",
        ] {
            assert_eq!(parse(good).map(|id| id.as_str().to_owned()), Ok(good.to_owned()), "{good}");
        }
    }

    #[test]
    fn spelling_is_put_right() {
        assert_eq!(parse(" 41029920060315008x ").map(|id| id.number), Ok("41029920060315008X".to_owned()));
        assert_eq!(
            parse("４１０２９９２００６０３１５００８Ｘ").map(|id| id.number),
            Ok("41029920060315008X".to_owned())
        );
    }

    #[test]
    fn wrong_numbers_say_why() {
        for (bad, reason) in [
            ("", Reason::Empty),
            ("12345678", FORM),
            ("360426910101007", FORM),
            ("4102992006031500121", FORM),
            ("41029920060315008Y", FORM),
            ("4102992006031500X8", FORM),
            ("四10299200603150012", FORM),
            ("360426199101010072", Reason::Checksum),
            ("410299200603150013", Reason::Checksum),
            ("410299200302290011", Reason::NotADate),
            ("410299200613010011", Reason::NotADate),
            ("410299187912310011", Reason::NotADate),
            ("410299202601130011", Reason::Future),
            ("990101200603150012", Reason::UnknownRegion),
        ] {
            assert_eq!(parse(bad), Err(reason), "{bad}");
        }
        let long = "4".repeat(100_000);
        assert_eq!(parse(&long), Err(FORM));
    }

    #[test]
    fn the_test_region_is_refused_outside_demos() {
        let today = NaiveDate::from_ymd_opt(2026, 1, 12).expect("a date");
        let refused = ResidentId::parse("410299200603150012", today, RegionPolicy::default());
        assert_eq!(refused, Err(Reason::UnknownRegion));
    }

    #[test]
    fn numbers_are_never_printed_whole() {
        let id = parse("41029920060315008X").expect("valid");
        assert_eq!(id.masked(), "41**************8X");
        assert_eq!(format!("{id:?}"), "ResidentId(41**************8X)");
        assert_eq!(id.birth_date().to_string(), "2006-03-15");
        assert_eq!(mask("E1234"), "E***4");
    }
}
