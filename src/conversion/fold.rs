//! The form in which two spellings of one course's name are equal.

use unicode_normalization::UnicodeNormalization;

/// Compatibility characters and case folded, white space dropped: 大学英语Ｂ and 大学英语 b are one course.
pub fn folded(name: &str) -> String {
    let lower: String = name.nfkc().flat_map(char::to_lowercase).collect();
    lower.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// Whether `code` is the code or begins with the prefix (`NET*`) that a rule writes.
pub fn code_fits(pattern: &str, code: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => code.starts_with(prefix),
        None => pattern == code,
    }
}
