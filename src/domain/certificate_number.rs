//! Certificate numbers in the forms that circulate; forms not known here are taken as they are.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::invalid::Reason;
use super::kind::AchievementKind;
use super::level::NationalLevel;
use super::text::is_unprintable;

/// Longest number accepted.
const MAX: usize = 64;

/// Which form a number has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberForm {
    /// 职业技能等级证书: `Y` or `S` and 21 digits, the level at place 16.
    SkillLevel22,
    /// The newer one of 20 characters: `R`, two letters, 17 digits, the level at place 15.
    SkillLevel20,
    /// 职业资格证书: 16 digits, the level at place 11; Shanghai's 13 digits are padded with three noughts.
    Qualification16,
    /// Any other.
    Opaque,
}

/// A certificate number: NFKC, upper-case, without white space, 1 to 64 printable characters. `Debug` does not print it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertificateNumber {
    text: String,
    form: NumberForm,
}

impl CertificateNumber {
    /// Reads a number of a certificate of this kind. Nothing is refused for an unknown form, but a number of the 22-character
    /// form whose level is not 1 to 5 is a slip of the pen.
    pub fn parse(kind: AchievementKind, text: &str) -> Result<Self, Reason> {
        if text.trim().is_empty() {
            return Err(Reason::Empty);
        }
        if text.chars().nth(2 * MAX).is_some() {
            return Err(Reason::TooLong { max: MAX });
        }
        if text.trim().chars().any(is_unprintable) {
            return Err(Reason::UnprintableCharacter);
        }
        let mut text: String = text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
        if text.chars().nth(MAX).is_some() {
            return Err(Reason::TooLong { max: MAX });
        }
        let form = match kind {
            AchievementKind::SkillLevel => skill_level_form(&text)?,
            AchievementKind::Qualification => {
                if text.len() == 13 && digits(&text) {
                    text.insert_str(0, "000");
                }
                qualification_form(&text)
            }
            _ => NumberForm::Opaque,
        };
        Ok(Self { text, form })
    }

    /// The number in its one spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its form.
    pub const fn form(&self) -> NumberForm {
        self.form
    }

    /// The national level written inside, where the form has one.
    pub fn level(&self) -> Option<NationalLevel> {
        let at = match self.form {
            NumberForm::SkillLevel22 => 15,
            NumberForm::SkillLevel20 => 14,
            NumberForm::Qualification16 => 10,
            NumberForm::Opaque => return None,
        };
        level_at(&self.text, at)
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn level_at(text: &str, at: usize) -> Option<NationalLevel> {
    NationalLevel::new(text.as_bytes().get(at)?.wrapping_sub(b'0'))
}

fn skill_level_form(text: &str) -> Result<NumberForm, Reason> {
    let bytes = text.as_bytes();
    if bytes.len() == 22 && matches!(bytes[0], b'Y' | b'S') && digits(&text[1..]) {
        return match level_at(text, 15) {
            Some(_) => Ok(NumberForm::SkillLevel22),
            None => Err(Reason::Format { expected: "a level from 1 to 5 at place 16" }),
        };
    }
    let newer = bytes.len() == 20
        && bytes[0] == b'R'
        && matches!(bytes[1], b'G' | b'S' | b'C' | b'X')
        && matches!(bytes[2], b'N' | b'W')
        && digits(&text[3..]);
    Ok(if newer && level_at(text, 14).is_some() { NumberForm::SkillLevel20 } else { NumberForm::Opaque })
}

fn qualification_form(text: &str) -> NumberForm {
    if text.len() == 16 && digits(text) && level_at(text, 10).is_some() {
        NumberForm::Qualification16
    } else {
        NumberForm::Opaque
    }
}

impl fmt::Debug for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateNumber({:?}, …)", self.form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: AchievementKind, text: &str) -> Result<(String, NumberForm, Option<u8>), Reason> {
        CertificateNumber::parse(kind, text)
            .map(|number| (number.text.clone(), number.form, number.level().map(NationalLevel::number)))
    }

    #[test]
    fn known_forms_say_their_level() {
        use AchievementKind::{Qualification, SkillLevel};
        let skill = "Y000141000001193000001";
        assert_eq!(skill.len(), 22);
        assert_eq!(read(SkillLevel, skill), Ok((skill.into(), NumberForm::SkillLevel22, Some(3))));
        assert_eq!(
            read(SkillLevel, &format!(" {} ", skill.to_lowercase())),
            Ok((skill.into(), NumberForm::SkillLevel22, Some(3)))
        );
        let newer = "RGN41020000125400001";
        assert_eq!(newer.len(), 20);
        assert_eq!(read(SkillLevel, newer), Ok((newer.into(), NumberForm::SkillLevel20, Some(4))));
        let old = "1916000000500123";
        assert_eq!(read(Qualification, old), Ok((old.into(), NumberForm::Qualification16, Some(5))));
        assert_eq!(
            read(Qualification, "1900000300123"),
            Ok(("0001900000300123".into(), NumberForm::Qualification16, Some(3)))
        );
    }

    #[test]
    fn unknown_forms_are_kept_as_they_are() {
        use AchievementKind::{SkillCertificate, SkillLevel};
        assert_eq!(read(SkillCertificate, "证字（2025） 第0001号").map(|n| n.0), Ok("证字(2025)第0001号".into()));
        assert_eq!(read(SkillLevel, "AB12345678901234567890").map(|n| n.1), Ok(NumberForm::Opaque));
        assert_eq!(read(SkillLevel, "RGN41020000125900001").map(|n| n.1), Ok(NumberForm::Opaque));
        assert_eq!(read(SkillLevel, &"9".repeat(64)).map(|n| n.1), Ok(NumberForm::Opaque));
    }

    #[test]
    fn slips_are_refused() {
        use AchievementKind::SkillLevel;
        for level in ["0", "6", "9"] {
            let bad = format!("S00014100000119{level}000001");
            assert!(matches!(read(SkillLevel, &bad), Err(Reason::Format { .. })), "{bad}");
        }
        assert_eq!(read(SkillLevel, "  "), Err(Reason::Empty));
        assert_eq!(read(SkillLevel, "12\u{0}3"), Err(Reason::UnprintableCharacter));
        assert_eq!(read(SkillLevel, &"9".repeat(65)), Err(Reason::TooLong { max: 64 }));
        assert!(!format!("{:?}", CertificateNumber::parse(SkillLevel, "SECRET1")).contains("SECRET"));
    }
}
