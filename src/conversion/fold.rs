//! The form in which two spellings of one course's name are equal.

use crate::domain::text;

/// Compatibility characters and case folded, white space dropped: 大学英语Ｂ and 大学英语 b are one course.
pub fn folded(name: &str) -> String {
    text::folded(name, |c| !c.is_whitespace())
}

/// Whether `code` is the code or begins with the prefix (`NET*`) that a rule writes.
pub fn code_fits(pattern: &str, code: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => code.starts_with(prefix),
        None => pattern == code,
    }
}
