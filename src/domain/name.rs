//! Names of persons.

use std::fmt;

use super::invalid::Reason;
use super::text::{NAME_MAX, clean_line, folded};

/// A person's name as it is shown: NFC, at most [`NAME_MAX`] graphemes, with at least one letter or ideograph.
///
/// Not on the wire itself; requests carry text and [`PersonName::parse`] checks it. `Debug` does not print it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// Checks and normalises a written name.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let name = clean_line(text, NAME_MAX)?;
        if !name.chars().any(char::is_alphabetic) {
            return Err(Reason::Format { expected: "a name" });
        }
        Ok(Self(name))
    }

    /// The name as shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two spellings of one name are equal: compatibility characters and case folded, white space
    /// dropped, every dot between the parts of a name made `·`. For comparing and keyed digests only.
    pub fn folded(&self) -> String {
        folded(&self.0, |c| !c.is_whitespace()).replace(is_middle_dot, "·")
    }
}

/// The dots that input methods offer for the middle dot of minority and foreign names. After NFKC the full-width stop is an
/// ASCII one, which people type for want of a better key.
const fn is_middle_dot(c: char) -> bool {
    matches!(
        c,
        '·' | '•' | '‧' | '∙' | '⋅' | '・' | '.' | '\u{1427}' | '\u{16EB}' | '\u{2E31}' | '\u{2E33}' | '\u{A78F}'
    )
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        PersonName::parse(text).expect("a name").folded()
    }

    #[test]
    fn dots_width_case_and_spaces_do_not_tell_names_apart() {
        for spelling in [
            "阿依古丽·买买提",
            "阿依古丽•买买提",
            "阿依古丽‧买买提",
            "阿依古丽・买买提",
            "阿依古丽･买买提",
            "阿依古丽．买买提",
            "阿依古丽.买买提",
            " 阿依古丽 · 买买提 ",
        ] {
            assert_eq!(folded(spelling), "阿依古丽·买买提", "{spelling}");
        }
        assert_eq!(folded("Ｊｏｈｎ　Ｓｍｉｔｈ"), folded("JOHN Smith"));
        assert_ne!(folded("林小满"), folded("林晓满"));
    }

    #[test]
    fn rare_ideographs_are_names() {
        assert_eq!(PersonName::parse("𠮷𪚥").map(|n| n.as_str().to_owned()), Ok("𠮷𪚥".to_owned()));
        assert!(PersonName::parse("Ｌｉｎ").is_ok());
        assert!(PersonName::parse("O’Brien-García").is_ok());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert_eq!(PersonName::parse(""), Err(Reason::Empty));
        assert_eq!(PersonName::parse("   "), Err(Reason::Empty));
        assert!(matches!(PersonName::parse("123"), Err(Reason::Format { .. })));
        assert!(matches!(PersonName::parse("·"), Err(Reason::Format { .. })));
        assert!(matches!(PersonName::parse("😀"), Err(Reason::Format { .. })));
        assert_eq!(PersonName::parse("林\u{0}小满"), Err(Reason::UnprintableCharacter));
        assert_eq!(PersonName::parse("林\u{202E}小满"), Err(Reason::UnprintableCharacter));
        assert!(PersonName::parse(&"林".repeat(100)).is_ok());
        assert_eq!(PersonName::parse(&"林".repeat(101)), Err(Reason::TooLong { max: 100 }));
    }

    #[test]
    fn debug_says_nothing() {
        let name = PersonName::parse("林小满").expect("a name");
        assert!(!format!("{name:?}").contains('林'));
    }
}
