//! Checks of lists of words that several parts of a rule share.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use super::super::fault::Faults;
use crate::domain::invalid::Reason;
use crate::domain::text::{self, CODE_FORM, clean_line};

/// Most words of one list: a clause that names more is better written with classes, tags or prefixes.
pub const LIST_MAX: usize = 200;
/// Longest class, tag, fact or role.
pub const WORD_MAX: usize = 64;
/// The form of a fact's word.
const FACT_FORM: &str = "[a-z0-9_]{1,64}";

/// A list whose entries stand once and are not too many.
pub fn once<T: Eq + Hash + Display>(list: &[T], at: &str, faults: &mut Faults) {
    if list.len() > LIST_MAX {
        faults.field(at, Reason::TooMany { max: LIST_MAX });
        return;
    }
    let mut seen = HashSet::new();
    for (i, word) in list.iter().enumerate() {
        if !seen.insert(word) {
            faults.field(format!("{at}/{i}"), Reason::Duplicate);
        }
    }
}

/// Words of text, each in its one spelling.
pub fn lines(list: &[String], at: &str, max: usize, faults: &mut Faults) {
    once(list, at, faults);
    for (i, word) in list.iter().take(LIST_MAX).enumerate() {
        line(word, &format!("{at}/{i}"), max, faults);
    }
}

/// One text in its one spelling.
pub fn line(word: &str, at: &str, max: usize, faults: &mut Faults) {
    match clean_line(word, max) {
        Ok(clean) if clean == word => {}
        Ok(_) => faults.field(at, Reason::Format { expected: "NFC, no spaces around it" }),
        Err(reason) => faults.field(at, reason),
    }
}

/// Codes, or prefixes ending in `*`.
pub fn codes(list: &[String], at: &str, faults: &mut Faults) {
    once(list, at, faults);
    for (i, code) in list.iter().take(LIST_MAX).enumerate() {
        let stem = code.strip_suffix('*').unwrap_or(code);
        if stem.is_empty() && code.len() == 1 {
            // `*` alone says no more than an empty list.
            faults.field(format!("{at}/{i}"), Reason::Format { expected: CODE_FORM });
            continue;
        }
        self::code(stem, &format!("{at}/{i}"), faults);
    }
}

/// Codes without prefixes.
pub fn plain_codes(list: &[String], at: &str, faults: &mut Faults) {
    once(list, at, faults);
    for (i, code) in list.iter().take(LIST_MAX).enumerate() {
        self::code(code, &format!("{at}/{i}"), faults);
    }
}

/// A code in its one spelling.
pub fn code(code: &str, at: &str, faults: &mut Faults) {
    match text::code(code) {
        Ok(clean) if clean == code => {}
        Ok(_) => faults.field(at, Reason::Format { expected: CODE_FORM }),
        Err(reason) => faults.field(at, reason),
    }
}

/// Prefixes of 6-digit major codes.
pub fn majors(list: &[String], at: &str, faults: &mut Faults) {
    once(list, at, faults);
    for (i, major) in list.iter().take(LIST_MAX).enumerate() {
        if !(1..=6).contains(&major.len()) || !major.bytes().all(|b| b.is_ascii_digit()) {
            faults.field(format!("{at}/{i}"), Reason::Format { expected: "[0-9]{1,6}" });
        }
    }
}

/// The word of a fact.
pub fn fact(word: &str, at: &str, faults: &mut Faults) {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if word.is_empty() || word.len() > WORD_MAX || !word.bytes().all(fits) {
        faults.field(at, Reason::Format { expected: FACT_FORM });
    }
}

/// A number within bounds, which are included.
pub fn within<T: PartialOrd + Display>(value: T, [min, max]: [T; 2], at: impl Into<String>, faults: &mut Faults) {
    if value < min || value > max {
        faults.field(at, Reason::range(min, max));
    }
}
