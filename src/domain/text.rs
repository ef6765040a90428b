//! Limits and cleaning of written text. Lengths count graphemes, as people do.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::invalid::Reason;

/// Longest name of a person, institution, programme, course or catalogue entry.
pub const NAME_MAX: usize = 100;
/// Longest external reference: room for term, course and student number of any school system.
pub const EXTERNAL_REF_MAX: usize = 200;
/// Longest reason for a correction, revocation or decision.
pub const REASON_MAX: usize = 500;
/// Longest title of a training or name of a platform or enterprise.
pub const TITLE_MAX: usize = 200;
/// Longest class name.
pub const CLASS_MAX: usize = 50;
/// Longest code of a course, certificate, module or student.
pub const CODE_MAX: usize = 64;
/// The form of a code.
pub const CODE_FORM: &str = "[A-Za-z0-9._/-]{1,64}";

/// A grapheme of real text rarely has more code points than this; more is an attempt to hide volume in combining marks.
const CODE_POINTS_PER_GRAPHEME: usize = 8;

/// One line of text: NFC, without white space at the ends, between 1 and `max` graphemes, every character showable.
pub fn clean_line(text: &str, max: usize) -> Result<String, Reason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if text.chars().nth(max * CODE_POINTS_PER_GRAPHEME).is_some() {
        return Err(Reason::TooLong { max });
    }
    if text.chars().any(is_unprintable) {
        return Err(Reason::UnprintableCharacter);
    }
    let clean: String = text.nfc().collect();
    if clean.graphemes(true).nth(max).is_some() {
        return Err(Reason::TooLong { max });
    }
    Ok(clean)
}

/// Text of several lines: as [`clean_line`], with line breaks as `\n`.
pub fn clean_text(text: &str, max: usize) -> Result<String, Reason> {
    let text = text.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if text.chars().nth(max * CODE_POINTS_PER_GRAPHEME).is_some() {
        return Err(Reason::TooLong { max });
    }
    if text.chars().any(|c| c != '\n' && is_unprintable(c)) {
        return Err(Reason::UnprintableCharacter);
    }
    let clean: String = text.nfc().collect();
    if clean.graphemes(true).nth(max).is_some() {
        return Err(Reason::TooLong { max });
    }
    Ok(clean)
}

/// A code as schools and bodies write them: [`CODE_FORM`] after trimming and narrowing full-width characters. Case counts.
pub fn code(text: &str) -> Result<String, Reason> {
    let code = narrow(text)?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-');
    if !code.bytes().all(fits) {
        return Err(Reason::Format { expected: CODE_FORM });
    }
    Ok(code)
}

/// A student number 学号, in the form of a code.
pub fn student_no(text: &str) -> Result<String, Reason> {
    code(text)
}

/// Trimmed, and full-width letters and digits made ordinary; 1 to [`CODE_MAX`] characters, not yet checked further.
pub fn narrow(text: &str) -> Result<String, Reason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if text.chars().nth(CODE_MAX).is_some() {
        return Err(Reason::TooLong { max: CODE_MAX });
    }
    Ok(text.nfkc().collect())
}

/// A text that no spreadsheet program takes for a formula: an apostrophe goes before what begins like one, or like an
/// apostrophe, so that taking one away gives the text again.
pub fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{text}") } else { text.to_owned() }
}

/// The form in which two spellings are equal: compatibility characters and case folded, and only what `keep` keeps. For
/// comparing and keyed digests.
pub fn folded(text: &str, keep: impl Fn(char) -> bool) -> String {
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    lower.nfkc().filter(|c| keep(*c)).collect()
}

/// Characters that cannot be seen, change the direction of what follows, mean different things on different machines
/// (private use) or tell of a broken encoding (U+FFFD). Variation selectors stay: rare ideographs in names need them.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}'
            | '\u{E0000}'..='\u{E007F}' | '\u{F0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_trimmed_composed_and_bounded() {
        assert_eq!(clean_line("  计算机网络基础\u{3000}", 7), Ok("计算机网络基础".into()));
        assert_eq!(clean_line("e\u{301}", 1), Ok("é".into()));
        assert_eq!(clean_line("", 5), Err(Reason::Empty));
        assert_eq!(clean_line(" \u{3000}", 5), Err(Reason::Empty));
        assert_eq!(clean_line("123456", 5), Err(Reason::TooLong { max: 5 }));
        assert_eq!(clean_line(&format!("a{}", "\u{301}".repeat(100)), 5), Err(Reason::TooLong { max: 5 }));
    }

    #[test]
    fn texts_keep_their_line_breaks() {
        assert_eq!(clean_text(" 第一行\r\n第二行\n", 10), Ok("第一行\n第二行".into()));
        assert_eq!(clean_text("a\tb", 10), Err(Reason::UnprintableCharacter));
        assert_eq!(clean_text("\n \r\n", 10), Err(Reason::Empty));
        assert_eq!(clean_text("12345\n", 4), Err(Reason::TooLong { max: 4 }));
    }

    #[test]
    fn characters_that_cannot_be_seen_are_refused() {
        for bad in ["a\nb", "a\0b", "a\u{202E}b", "a\u{200B}b", "a\u{FEFF}b", "a\u{FFFD}b", "a\u{E000}b", "a\u{2066}b"]
        {
            assert_eq!(clean_line(bad, 10), Err(Reason::UnprintableCharacter), "{bad:?}");
        }
        assert!(clean_line("𠮷\u{E0100}", 2).is_ok());
    }

    #[test]
    fn codes_keep_to_their_pattern() {
        assert_eq!(code(" NET101 "), Ok("NET101".into()));
        assert_eq!(code("ＮＥＴ１０１"), Ok("NET101".into()));
        assert_eq!(code("a.b_c/d-e"), Ok("a.b_c/d-e".into()));
        for bad in ["网络", "a b", "a,b", "a*", "a\u{0}"] {
            assert_eq!(code(bad), Err(Reason::Format { expected: CODE_FORM }), "{bad:?}");
        }
        assert_eq!(code(""), Err(Reason::Empty));
        assert!(code(&"a".repeat(64)).is_ok());
        assert_eq!(code(&"a".repeat(65)), Err(Reason::TooLong { max: 64 }));
    }
}
