//! Amounts of the wire as exact thousandths.

/// The thousandths of an amount such as `4`, `+2.5` or `-0.125`.
pub fn thousandths(text: &str) -> i64 {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(part.len() <= 3, "more than three decimals: {text}");
    assert!(!part.ends_with('0'), "not trimmed: {text}");
    let whole: i64 = whole.parse().unwrap_or_else(|_| panic!("not an amount: {text:?}"));
    let part: i64 = format!("{part:0<3}").parse().unwrap_or_else(|_| panic!("not an amount: {text:?}"));
    sign * (whole * 1000 + part)
}

/// The amount of so many thousandths, trimmed, without a plus sign.
pub fn amount(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let rest = thousandths.unsigned_abs();
    let text = format!("{sign}{}.{:03}", rest / 1000, rest % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
