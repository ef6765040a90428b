//! Unified social credit codes 统一社会信用代码, GB 32100-2015: 18 characters with two checks, one inside the other.

use std::fmt;
use std::str::FromStr;

use super::invalid::Reason;
use super::text::narrow;

/// The 31 characters of the standard: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3^i modulo 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of the eight-character organisation code, GB 11714.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

const FORM: Reason = Reason::Format { expected: "18 characters of GB 32100" };

/// A code that passed both checks. Not personal data: it is printed on every school's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnifiedCode(String);

impl UnifiedCode {
    /// The eighteen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UnifiedCode {
    type Err = Reason;

    /// Lower-case and full-width letters are put right first.
    fn from_str(text: &str) -> Result<Self, Reason> {
        let code = narrow(text)?.to_ascii_uppercase();
        let bytes = code.as_bytes();
        if bytes.len() != 18 || !bytes[2..8].iter().all(u8::is_ascii_digit) {
            return Err(FORM);
        }
        let values: Vec<usize> =
            bytes.iter().map(|b| ALPHABET.iter().position(|known| known == b)).collect::<Option<_>>().ok_or(FORM)?;
        if organisation_check(&bytes[8..16]) != bytes[16] {
            return Err(Reason::Checksum);
        }
        let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        // A remainder of nought gives nought again, not a thirty-second character.
        if ALPHABET[(31 - sum % 31) % 31] != bytes[17] {
            return Err(Reason::Checksum);
        }
        Ok(Self(code))
    }
}

/// GB 11714's check character over eight characters 0–9 and A–Z.
fn organisation_check(body: &[u8]) -> u8 {
    let value = |b: &u8| match b {
        b'0'..=b'9' => u32::from(b - b'0'),
        _ => u32::from(b - b'A') + 10,
    };
    let sum: u32 = body.iter().zip(ORGANISATION_WEIGHTS).map(|(b, weight)| value(b) * weight).sum();
    match 11 - sum % 11 {
        11 => b'0',
        10 => b'X',
        digit => b'0' + digit as u8,
    }
}

impl fmt::Display for UnifiedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_and_fictional_codes_pass() {
        for good in [
            "91350100M000100Y43",
            "91110000600037341L",
            "91330106673959654P",
            "12410200MB1A000950",
            "12410200MB1A00204Y",
            "12410200MB1A0001X2",
            "12410200MB1A000282",
            "12410200MB1A00036W",
            "12410200MB1A01012M",
            "91410200MA9X00011N",
            "91410200MA9X0002XE",
        ] {
            assert_eq!(good.parse(), Ok(UnifiedCode(good.to_owned())), "{good}");
        }
        assert_eq!("91410200ma9x00011n".parse(), Ok(UnifiedCode("91410200MA9X00011N".to_owned())));
    }

    #[test]
    fn wrong_codes_say_why() {
        for (bad, reason) in [
            ("", Reason::Empty),
            ("91350100M000100Y4", FORM),
            ("91350100M000100Y433", FORM),
            ("91350100I000100Y43", FORM),
            ("9135010AM000100Y43", FORM),
            ("91350100M000100网43", FORM),
            ("91350100M000100Y44", Reason::Checksum),
            ("91350100M000100Y53", Reason::Checksum),
            ("12410200MB1A00095Y", Reason::Checksum),
        ] {
            assert_eq!(bad.parse::<UnifiedCode>(), Err(reason), "{bad}");
        }
    }

    #[test]
    fn every_wrong_character_is_found() {
        let good = "12410200MB1A000950";
        for at in 0..18 {
            for other in ALPHABET {
                let mut bytes = good.as_bytes().to_vec();
                if bytes[at] == *other {
                    continue;
                }
                bytes[at] = *other;
                let bad = String::from_utf8(bytes).expect("ASCII");
                assert!(bad.parse::<UnifiedCode>().is_err(), "{bad}");
            }
        }
    }
}
