//! What is wrong with a value, as facts: a JSON pointer and a reason. Sentences are made from them at the edge.

use std::fmt;

use serde::de;

/// Why one value was refused. Facts only; [`Reason::code`] is stable, the messages are not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A value is needed here and there is none.
    Required,
    /// The text is empty, or only white space.
    Empty,
    /// The text does not have the expected form; `expected` is a short description or pattern.
    Format {
        /// The form that would be accepted.
        expected: &'static str,
    },
    /// The check digit does not fit the rest of the number.
    Checksum,
    /// No such day in the calendar, or not written `YYYY-MM-DD`.
    NotADate,
    /// After today in Beijing.
    Future,
    /// Before the earliest date that the bank records.
    BeforeEarliest,
    /// Before another date of the same value that it must follow; `other` is that date's field.
    Earlier {
        /// The field whose date must not be later than this one.
        other: &'static str,
    },
    /// Outside the limits, which are included in what is allowed.
    OutOfRange {
        /// Smallest value accepted.
        min: String,
        /// Largest value accepted.
        max: String,
    },
    /// Longer than `max` characters as people count them.
    TooLong {
        /// Most graphemes accepted.
        max: usize,
    },
    /// More than `max` entries.
    TooMany {
        /// Most entries accepted.
        max: usize,
    },
    /// Not one of the values known here.
    Unknown,
    /// The first digits are not a region that exists.
    UnknownRegion,
    /// This field has no meaning together with the others given.
    NotAllowedHere,
    /// Exactly one of several fields must be given.
    ExactlyOne {
        /// The fields, separated by commas.
        of: &'static str,
    },
    /// Contradicts another field of the same value.
    Mismatch,
    /// Given twice where each may stand once.
    Duplicate,
    /// More decimal places than `max`.
    DecimalPlaces {
        /// Most decimal places accepted.
        max: u8,
    },
    /// Not a plain decimal number (no exponent, no plus sign, no spaces).
    NotANumber,
    /// Below zero where only zero and more make sense.
    Negative,
    /// A control, invisible, direction-changing, unassigned-use or replacement character.
    UnprintableCharacter,
}

impl Reason {
    /// A range fact from any two displayable limits.
    pub fn range(min: impl fmt::Display, max: impl fmt::Display) -> Self {
        Self::OutOfRange { min: min.to_string(), max: max.to_string() }
    }

    /// The stable kebab-case code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Empty => "empty",
            Self::Format { .. } => "format",
            Self::Checksum => "checksum",
            Self::NotADate => "not-a-date",
            Self::Future => "future",
            Self::BeforeEarliest => "before-earliest",
            Self::Earlier { .. } => "earlier",
            Self::OutOfRange { .. } => "out-of-range",
            Self::TooLong { .. } => "too-long",
            Self::TooMany { .. } => "too-many",
            Self::Unknown => "unknown",
            Self::UnknownRegion => "unknown-region",
            Self::NotAllowedHere => "not-allowed-here",
            Self::ExactlyOne { .. } => "exactly-one",
            Self::Mismatch => "mismatch",
            Self::Duplicate => "duplicate",
            Self::DecimalPlaces { .. } => "decimal-places",
            Self::NotANumber => "not-a-number",
            Self::Negative => "negative",
            Self::UnprintableCharacter => "unprintable-character",
        }
    }

    /// One short Chinese sentence part.
    pub fn message_zh(&self) -> String {
        match self {
            Self::Required => "必须填写".into(),
            Self::Empty => "不能为空".into(),
            Self::Format { expected } => format!("格式不正确，应为 {expected}"),
            Self::Checksum => "校验码不正确".into(),
            Self::NotADate => "不是有效日期，应为 YYYY-MM-DD".into(),
            Self::Future => "日期不能晚于今天（北京时间）".into(),
            Self::BeforeEarliest => "日期过早".into(),
            Self::Earlier { other } => format!("日期不能早于 {other}"),
            Self::OutOfRange { min, max } => format!("应在 {min} 到 {max} 之间"),
            Self::TooLong { max } => format!("不能超过 {max} 个字符"),
            Self::TooMany { max } => format!("不能超过 {max} 项"),
            Self::Unknown => "不是可用的取值".into(),
            Self::UnknownRegion => "行政区划代码不存在".into(),
            Self::NotAllowedHere => "此处不能填写".into(),
            Self::ExactlyOne { of } => format!("{of} 必须且只能填写一项"),
            Self::Mismatch => "与其他字段不一致".into(),
            Self::Duplicate => "重复".into(),
            Self::DecimalPlaces { max } => format!("最多 {max} 位小数"),
            Self::NotANumber => "不是有效的十进制数".into(),
            Self::Negative => "不能为负数".into(),
            Self::UnprintableCharacter => "含有不可显示的字符".into(),
        }
    }

    /// One short English sentence part.
    pub fn message_en(&self) -> String {
        match self {
            Self::Required => "is required".into(),
            Self::Empty => "must not be empty".into(),
            Self::Format { expected } => format!("has the wrong form; expected {expected}"),
            Self::Checksum => "has a wrong check digit".into(),
            Self::NotADate => "is not a date; expected YYYY-MM-DD".into(),
            Self::Future => "must not be after today (Beijing time)".into(),
            Self::BeforeEarliest => "is too long ago".into(),
            Self::Earlier { other } => format!("must not be before {other}"),
            Self::OutOfRange { min, max } => format!("must be between {min} and {max}"),
            Self::TooLong { max } => format!("must have at most {max} characters"),
            Self::TooMany { max } => format!("must have at most {max} entries"),
            Self::Unknown => "is not a known value".into(),
            Self::UnknownRegion => "names a region that does not exist".into(),
            Self::NotAllowedHere => "is not allowed here".into(),
            Self::ExactlyOne { of } => format!("needs exactly one of {of}"),
            Self::Mismatch => "contradicts another field".into(),
            Self::Duplicate => "is given twice".into(),
            Self::DecimalPlaces { max } => format!("must have at most {max} decimal places"),
            Self::NotANumber => "is not a plain decimal number".into(),
            Self::Negative => "must not be negative".into(),
            Self::UnprintableCharacter => "contains a character that cannot be shown".into(),
        }
    }

    /// As a serde error that says `code: message`, so that the code survives the trip through a deserialiser.
    pub fn serde_error<E: de::Error>(&self) -> E {
        E::custom(format_args!("{}: {}", self.code(), self.message_en()))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message_en())
    }
}

impl std::error::Error for Reason {}

/// One fault: where (RFC 6901 JSON pointer into the request) and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldError {
    /// JSON pointer, for example `/id_document/number`.
    pub pointer: String,
    /// Why it was refused.
    pub reason: Reason,
}

/// All faults found in one value, in the order they were found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Invalid(pub Vec<FieldError>);

impl Invalid {
    /// A single fault.
    pub fn one(pointer: impl Into<String>, reason: Reason) -> Self {
        Self(vec![FieldError { pointer: pointer.into(), reason }])
    }

    /// Adds a fault.
    pub fn push(&mut self, pointer: impl Into<String>, reason: Reason) {
        self.0.push(FieldError { pointer: pointer.into(), reason });
    }

    /// Adds all faults of another list.
    pub fn extend(&mut self, other: Invalid) {
        self.0.extend(other.0);
    }

    /// Keeps the value of a good result; of a bad one notes the fault at `pointer`.
    pub fn take<T>(&mut self, pointer: impl Into<String>, result: Result<T, Reason>) -> Option<T> {
        result.map_err(|reason| self.push(pointer, reason)).ok()
    }

    /// Keeps the value of a good result; of a bad one notes its faults below `prefix`.
    pub fn take_all<T>(&mut self, prefix: &str, result: Result<T, Invalid>) -> Option<T> {
        result.map_err(|invalid| self.extend(invalid.under(prefix))).ok()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing is wrong.
    pub fn into_result(self) -> Result<(), Invalid> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The same faults with `prefix` before every pointer.
    pub fn under(mut self, prefix: &str) -> Self {
        for fault in &mut self.0 {
            fault.pointer.insert_str(0, prefix);
        }
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            let gap = if i == 0 { "" } else { "; " };
            write!(f, "{gap}{} {}", fault.pointer, fault.reason)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_nest() {
        let mut invalid = Invalid::default();
        assert!(invalid.is_empty());
        invalid.take_all::<()>("/learner", Err(Invalid::one("/account_no", Reason::Checksum)));
        assert_eq!(invalid.take("/credits", Ok(1)), Some(1));
        invalid.take::<()>("/credits", Err(Reason::DecimalPlaces { max: 3 }));
        assert_eq!(
            invalid.to_string(),
            "/learner/account_no has a wrong check digit; /credits must have at most 3 decimal places"
        );
        assert_eq!(invalid.into_result().expect_err("two faults").0.len(), 2);
    }
}
