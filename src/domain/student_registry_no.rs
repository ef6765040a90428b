//! National student registry numbers 学籍号: a letter and eighteen characters.
//!
//! `G` + identity number · `J` + region, birth date, order and check built like an identity number, for those without one ·
//! `L` + region, birth date and four random digits: temporary, without a check. `G` embeds the identity number, so all are
//! treated as such: never printed whole.

use std::fmt;

use chrono::NaiveDate;

use super::invalid::Reason;
use super::region::{self, RegionPolicy};
use super::resident_id::{ResidentId, birth_date, mask, normalise};

const FORM: Reason = Reason::Format { expected: "G, J or L and 18 characters" };

/// A registry number that passed the checks of its form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StudentRegistryNo(String);

impl StudentRegistryNo {
    /// Checks the form, region, birth date and, for `G` and `J`, the check character.
    pub fn parse(text: &str, today: NaiveDate, policy: RegionPolicy) -> Result<Self, Reason> {
        let number = normalise(text).map_err(|reason| match reason {
            Reason::Empty => Reason::Empty,
            _ => FORM,
        })?;
        let rest = number.get(1..).filter(|rest| rest.len() == 18).ok_or(FORM)?;
        match number.as_bytes()[0] {
            b'G' | b'J' => {
                ResidentId::parse(rest, today, policy).map_err(|reason| match reason {
                    Reason::Format { .. } => FORM,
                    other => other,
                })?;
            }
            b'L' => {
                if !rest.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(FORM);
                }
                region::check(&rest[..6], policy)?;
                birth_date(&rest[6..14], today)?;
            }
            _ => return Err(FORM),
        }
        Ok(Self(number))
    }

    /// The nineteen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First two and last two characters, the rest stars.
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

impl fmt::Debug for StudentRegistryNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StudentRegistryNo({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<StudentRegistryNo, Reason> {
        let today = NaiveDate::from_ymd_opt(2026, 1, 12).expect("a date");
        StudentRegistryNo::parse(text, today, RegionPolicy { allow_test: true })
    }

    #[test]
    fn the_three_forms_pass() {
        for good in ["G410299200603150012", "J41029920060315008X", "L410299200603151234", "g410299200603150012"] {
            assert_eq!(parse(good).map(|no| no.0), Ok(good.to_uppercase()), "{good}");
        }
    }

    #[test]
    fn wrong_numbers_say_why() {
        for (bad, reason) in [
            ("", Reason::Empty),
            ("G", FORM),
            ("410299200603150012", FORM),
            ("K410299200603150012", FORM),
            ("G41029920060315001", FORM),
            ("G4102992006031500123", FORM),
            ("L41029920060315008X", FORM),
            ("学410299200603150012", FORM),
            ("G410299200603150013", Reason::Checksum),
            ("J410299200603150013", Reason::Checksum),
            ("L410299200602301234", Reason::NotADate),
            ("L000000200603151234", Reason::UnknownRegion),
        ] {
            assert_eq!(parse(bad), Err(reason), "{bad}");
        }
    }

    #[test]
    fn numbers_are_never_printed_whole() {
        let number = parse("G410299200603150012").expect("valid");
        assert_eq!(format!("{number:?}"), "StudentRegistryNo(G4***************12)");
    }
}
