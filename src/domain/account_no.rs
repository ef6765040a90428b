//! Account numbers 账号: the log-in name for life, with a check digit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::invalid::Reason;

/// Smallest body: eleven digits, the first not zero, so that a spreadsheet keeps the number as it is.
pub const BODY_MIN: u64 = 10_000_000_000;
/// Largest body.
pub const BODY_MAX: u64 = 99_999_999_999;

/// Twelve digits: a body of eleven and an ISO 7064 MOD 11,10 check digit, which finds every wrong digit and 44 of 45 swaps
/// of two neighbours (it can miss only digits that follow one another, such as 4 and 5).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountNo(String);

impl AccountNo {
    /// From a body; any `u64` will do (a random one, say): it is folded into [`BODY_MIN`]`..=`[`BODY_MAX`] when outside.
    pub fn from_body(body: u64) -> Self {
        let body =
            if (BODY_MIN..=BODY_MAX).contains(&body) { body } else { BODY_MIN + body % (BODY_MAX - BODY_MIN + 1) };
        let mut digits = body.to_string();
        let check = check_digit(digits.as_bytes());
        digits.push(char::from(check));
        Self(digits)
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For reading aloud and print: `1234 5678 9012`.
    pub fn grouped(&self) -> String {
        format!("{} {} {}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

/// ISO 7064 MOD 11,10 over ASCII digits.
fn check_digit(body: &[u8]) -> u8 {
    let product = body.iter().fold(10, |product, digit| {
        let sum = (product + u32::from(digit - b'0')) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    b'0' + ((11 - product) % 10) as u8
}

impl fmt::Display for AccountNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for AccountNo {
    type Err = Reason;

    /// Spaces, hyphens and full-width digits are taken as people type them.
    fn from_str(text: &str) -> Result<Self, Reason> {
        const FORM: Reason = Reason::Format { expected: "12 digits" };
        let mut digits = String::with_capacity(12);
        for c in text.chars() {
            match c {
                '0'..='9' => digits.push(c),
                '\u{FF10}'..='\u{FF19}' => digits.push(char::from(b'0' + (c as u32 - 0xFF10) as u8)),
                '-' | '－' | '‐' | '–' => {}
                c if c.is_whitespace() => {}
                _ => return Err(FORM),
            }
            if digits.len() > 12 {
                return Err(FORM);
            }
        }
        let [body @ .., check] = digits.as_bytes() else {
            return Err(FORM);
        };
        if body.len() != 11 || body[0] == b'0' {
            return Err(FORM);
        }
        if check_digit(body) != *check {
            return Err(Reason::Checksum);
        }
        Ok(Self(digits))
    }
}

impl Serialize for AccountNo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AccountNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|reason: Reason| reason.serde_error())
    }
}

impl PartialSchema for AccountNo {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^[1-9]\d{11}$"))
            .description(Some("Account number, twelve digits with a check digit"))
            .into()
    }
}

impl ToSchema for AccountNo {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let number = AccountNo::from_body(12_345_678_901);
        let grouped = number.grouped();
        assert_eq!(grouped.len(), 14);
        assert_eq!(grouped.parse(), Ok(number.clone()));
        assert_eq!(grouped.replace(' ', "-").parse(), Ok(number.clone()));
        let wide: String = number.as_str().chars().filter_map(|c| char::from_u32(c as u32 + 0xFEE0)).collect();
        assert_eq!(wide.parse(), Ok(number));
    }

    #[test]
    fn the_published_example_of_the_check_holds() {
        // ISO 7064's own example for MOD 11,10: 0794 has check digit 5.
        assert_eq!(check_digit(b"0794"), b'5');
    }

    #[test]
    fn other_text_is_refused() {
        let good = AccountNo::from_body(7);
        for bad in ["", "1", "12345678901", "1234567890123", "abcdefghijkl", "01234567890a", &"9".repeat(500)] {
            assert!(matches!(bad.parse::<AccountNo>(), Err(Reason::Format { .. })), "{bad}");
        }
        assert!(format!("0{}", &good.as_str()[1..]).parse::<AccountNo>().is_err());
    }

    #[test]
    fn any_body_is_folded_into_range() {
        for body in [0, 1, BODY_MIN, BODY_MAX, BODY_MAX + 1, u64::MAX] {
            let number = AccountNo::from_body(body);
            assert_eq!(number.as_str().parse(), Ok(number.clone()), "{body}");
        }
        assert!(AccountNo::from_body(BODY_MAX).as_str().starts_with("99999999999"));
    }

    #[test]
    fn one_swap_in_forty_five_is_missed() {
        // Every state between two digits can be reached, so this counts all swaps within a body.
        let step = |product: u32, digit: u32| match (product + digit) % 10 {
            0 => 20 % 11,
            sum => sum * 2 % 11,
        };
        let missed = (1..=10)
            .flat_map(|product| (0..10).flat_map(move |a| (0..a).map(move |b| (product, a, b))))
            .filter(|(product, a, b)| step(step(*product, *a), *b) == step(step(*product, *b), *a))
            .count();
        assert_eq!(missed * 45, 10 * 45);
    }

    proptest! {
        #[test]
        fn every_wrong_digit_is_found(body in BODY_MIN..=BODY_MAX, at in 0..12_usize, other in 1..10_u8) {
            let good = AccountNo::from_body(body);
            let mut bytes = good.as_str().as_bytes().to_vec();
            bytes[at] = b'0' + (bytes[at] - b'0' + other) % 10;
            let bad = String::from_utf8(bytes).expect("digits");
            prop_assert!(bad.parse::<AccountNo>().is_err());
        }

        #[test]
        fn swapped_neighbours_are_found_but_for_the_known_exception(body in BODY_MIN..=BODY_MAX, at in 0..11_usize) {
            let good = AccountNo::from_body(body);
            let mut bytes = good.as_str().as_bytes().to_vec();
            let pair = (bytes[at], bytes[at + 1]);
            prop_assume!(pair.0 != pair.1);
            bytes.swap(at, at + 1);
            let bad = String::from_utf8(bytes).expect("digits");
            if bad.parse::<AccountNo>().is_ok() {
                prop_assert!(matches!(pair.0.abs_diff(pair.1), 1 | 9), "missed {pair:?} in {good}");
            }
        }
    }
}
