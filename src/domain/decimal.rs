//! The one reader of written decimal numbers.

use super::invalid::Reason;

/// Thousandths in one.
pub(super) const SCALE: i64 = 1_000;
/// Most digits before the point: keeps every sum of amounts far from the ends of an `i64`.
const WHOLE_DIGITS: usize = 6;
/// Most digits after the point.
const DECIMALS: u8 = 3;

/// Thousandths of a number written as digits and, where there is a point, one to three digits after it; nothing else.
pub(super) fn thousandths(text: &str) -> Result<i64, Reason> {
    if let Some(rest) = text.strip_prefix('-') {
        let number = rest.bytes().all(|b| b.is_ascii_digit() || b == b'.') && unsigned(rest) != Err(Reason::NotANumber);
        return Err(if number { Reason::Negative } else { Reason::NotANumber });
    }
    unsigned(text)
}

fn unsigned(text: &str) -> Result<i64, Reason> {
    let (whole, decimals) = match text.split_once('.') {
        Some((_, "")) => return Err(Reason::NotANumber),
        Some(parts) => parts,
        None => (text, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(Reason::NotANumber);
    }
    if whole.len() > WHOLE_DIGITS {
        return Err(Reason::range("0", "999999.999"));
    }
    if decimals.len() > usize::from(DECIMALS) {
        return Err(Reason::DecimalPlaces { max: DECIMALS });
    }
    // At most nine digits in all: no overflow.
    let padded = format!("{whole}{decimals:0<3}");
    Ok(padded.bytes().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

/// Thousandths as a trimmed decimal.
pub(super) fn show(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let all = thousandths.unsigned_abs();
    let (whole, rest) = (all / SCALE.unsigned_abs(), all % SCALE.unsigned_abs());
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let decimals = format!("{rest:03}");
    format!("{sign}{whole}.{}", decimals.trim_end_matches('0'))
}
