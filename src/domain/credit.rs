//! Amounts of credit: exact thousandths, never a float.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::decimal::{self, SCALE};
use super::invalid::Reason;

/// An amount of academic credit in thousandths. Written input is never negative; differences may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct CreditAmount(i64);

impl CreditAmount {
    /// No credit.
    pub const ZERO: Self = Self(0);
    /// Most that one achievement can be worth: 400 credits, twice a whole programme.
    pub const MAX_PER_ACHIEVEMENT: Self = Self(400 * SCALE);
    /// Most that written input can say: 999,999.999.
    pub const MAX_WRITTEN: Self = Self(999_999_999);

    /// From thousandths of a credit.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// In thousandths of a credit.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or none when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, which may be negative, or none when it does not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// With a sign always: `+6`, `-2.5`, `0`.
    pub fn signed(self) -> String {
        if self.0 > 0 { format!("+{self}") } else { self.to_string() }
    }

    /// Down to the next half credit (towards minus infinity).
    pub const fn floor_to_half(self) -> Self {
        Self(self.0 - self.0.rem_euclid(SCALE / 2))
    }

    /// Refuses more than [`Self::MAX_PER_ACHIEVEMENT`] and anything negative.
    pub fn within_achievement(self) -> Result<Self, Reason> {
        if self.0 < 0 || self > Self::MAX_PER_ACHIEVEMENT {
            return Err(Reason::range(Self::ZERO, Self::MAX_PER_ACHIEVEMENT));
        }
        Ok(self)
    }
}

impl fmt::Display for CreditAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::show(self.0))
    }
}

impl FromStr for CreditAmount {
    type Err = Reason;

    /// Digits, and where there is a point one to three digits after it; nothing else.
    fn from_str(text: &str) -> Result<Self, Reason> {
        decimal::thousandths(text).map(Self)
    }
}

impl Serialize for CreditAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CreditAmount {
    /// From a decimal string, or from the exact text of a JSON number: no float stands between, so `0.1` is a tenth and
    /// `0.30000000000000004` is refused rather than rounded.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW_TEXT, RawVisitor)
    }
}

/// Under this name serde_json hands over the text of a value as it stands (what its `RawValue` asks for). Readers that
/// have the value already (below a tag that comes after it) hand over the value instead.
const RAW_TEXT: &str = "$serde_json::private::RawValue";

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = CreditAmount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("credits as a decimal")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CreditAmount, A::Error> {
        map.next_key::<String>()?;
        let text: String = map.next_value()?;
        let amount = match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(&text).map_err(|_| Reason::NotANumber).and_then(|t| t.parse()),
            _ => text.parse(),
        };
        amount.map_err(|reason| reason.serde_error())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<CreditAmount, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl Visitor<'_> for ValueVisitor {
    type Value = CreditAmount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("credits as a decimal")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<CreditAmount, E> {
        text.parse().map_err(|reason: Reason| reason.serde_error())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<CreditAmount, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<CreditAmount, E> {
        self.visit_str(&number.to_string())
    }

    /// The shortest decimal that means the same float: what was written, unless it had more digits than a float holds.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<CreditAmount, E> {
        self.visit_str(&number.to_string())
    }
}

impl PartialSchema for CreditAmount {
    fn schema() -> RefOr<Schema> {
        amount_schema(
            r"^\d{1,6}(\.\d{1,3})?$",
            "Credits as a decimal string, at most three decimals; input may also be a JSON number",
        )
    }
}

impl ToSchema for CreditAmount {}

/// A sum over many learners, for output: any size, any sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct CreditTotal(pub CreditAmount);

impl Serialize for CreditTotal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl PartialSchema for CreditTotal {
    fn schema() -> RefOr<Schema> {
        amount_schema(r"^-?\d{1,16}(\.\d{1,3})?$", "A sum of credits as a decimal string")
    }
}

impl ToSchema for CreditTotal {}

fn amount_schema(pattern: &str, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .description(Some(description))
        .examples(["4", "2.5"])
        .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Result<i64, Reason> {
        text.parse::<CreditAmount>().map(CreditAmount::thousandths)
    }

    #[test]
    fn plain_decimals_are_read_exactly() {
        for (text, thousandths) in [
            ("0", 0),
            ("4", 4_000),
            ("2.5", 2_500),
            ("2.50", 2_500),
            ("0.001", 1),
            ("0.1", 100),
            ("007", 7_000),
            ("400", 400_000),
            ("999999.999", 999_999_999),
        ] {
            assert_eq!(amount(text), Ok(thousandths), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in [
            "", " ", ".", ".5", "5.", "+4", "1e3", "1E3", "NaN", "inf", "Infinity", " 4", "4 ", "4,5", "0x10", "1_000",
            "４", "四", "1.2.3", "--4", "-", "-.5", "4\u{0}", "-NaN",
        ] {
            assert_eq!(amount(bad), Err(Reason::NotANumber), "{bad:?}");
        }
        assert_eq!(amount("-4"), Err(Reason::Negative));
        assert_eq!(amount("-0"), Err(Reason::Negative));
        assert_eq!(amount("1.2345"), Err(Reason::DecimalPlaces { max: 3 }));
        assert_eq!(amount("0.30000000000000004"), Err(Reason::DecimalPlaces { max: 3 }));
        let huge = "9".repeat(400);
        assert_eq!(amount(&huge), Err(Reason::range("0", "999999.999")));
        assert_eq!(amount("1000000"), Err(Reason::range("0", "999999.999")));
    }

    #[test]
    fn json_strings_and_numbers_are_read_alike() {
        let read = |json: &str| serde_json::from_str::<CreditAmount>(json).map(CreditAmount::thousandths).ok();
        for (json, want) in [
            ("\"2.5\"", Some(2_500)),
            ("2.5", Some(2_500)),
            ("2.500", Some(2_500)),
            ("4", Some(4_000)),
            ("0.30000000000000004", None),
            ("1e2", None),
            ("-1", None),
            ("null", None),
            ("true", None),
            ("[4]", None),
            ("{\"a\":4}", None),
            ("\"1e2\"", None),
            ("123456789012345678901234567890", None),
        ] {
            assert_eq!(read(json), want, "{json}");
        }
        let optional = |json: &str| serde_json::from_str::<Option<CreditAmount>>(json).ok();
        assert_eq!(optional("null"), Some(None));
        assert_eq!(optional("1.5"), Some(Some(CreditAmount(1_500))));
    }

    #[test]
    fn amounts_are_read_below_a_tag_and_from_a_value() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(tag = "is", rename_all = "snake_case")]
        enum Tagged {
            Fixed { credits: CreditAmount },
        }
        let read = |json: &str| {
            let below =
                serde_json::from_str::<Tagged>(json).map(|Tagged::Fixed { credits }| credits.thousandths()).ok();
            let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
            let from_value = serde_json::from_value::<CreditAmount>(value["credits"].clone()).ok();
            assert_eq!(from_value.map(CreditAmount::thousandths), below, "{json}");
            below
        };
        for (credits, want) in [
            ("\"2.5\"", Some(2_500)),
            ("2.5", Some(2_500)),
            ("4", Some(4_000)),
            ("0.30000000000000004", None),
            ("-1", None),
            ("null", None),
            ("[4]", None),
        ] {
            assert_eq!(read(&format!(r#"{{"credits":{credits},"is":"fixed"}}"#)), want, "{credits}");
        }
    }

    #[test]
    fn faults_keep_their_path() {
        #[derive(Debug, serde::Deserialize)]
        struct Body {
            #[allow(dead_code)]
            items: Vec<Option<CreditAmount>>,
        }
        let mut json = serde_json::Deserializer::from_str(r#"{"items":[1,null,"0.0001"]}"#);
        let error = serde_path_to_error::deserialize::<_, Body>(&mut json).expect_err("four decimals");
        assert_eq!(error.path().to_string(), "items[2]");
        assert!(error.inner().to_string().starts_with("decimal-places: "), "{error}");
    }

    #[test]
    fn amounts_are_shown_trimmed() {
        for (thousandths, plain, signed) in [
            (0, "0", "0"),
            (4_000, "4", "+4"),
            (2_500, "2.5", "+2.5"),
            (1, "0.001", "+0.001"),
            (-10, "-0.01", "-0.01"),
            (-6_000, "-6", "-6"),
            (i64::MIN, "-9223372036854775.808", "-9223372036854775.808"),
        ] {
            assert_eq!(CreditAmount(thousandths).to_string(), plain);
            assert_eq!(CreditAmount(thousandths).signed(), signed);
        }
    }

    #[test]
    fn halves_are_rounded_down() {
        for (from, to) in [(0, 0), (499, 0), (500, 500), (999, 500), (1_000, 1_000), (-1, -500)] {
            assert_eq!(CreditAmount(from).floor_to_half(), CreditAmount(to));
        }
    }

    #[test]
    fn sums_never_wrap() {
        let most = CreditAmount(i64::MAX);
        assert_eq!(most.checked_add(CreditAmount(1)), None);
        assert_eq!(CreditAmount(i64::MIN).checked_sub(CreditAmount(1)), None);
        assert!(CreditAmount::MAX_PER_ACHIEVEMENT.within_achievement().is_ok());
        assert!(CreditAmount(400_001).within_achievement().is_err());
        assert!(CreditAmount(-1).within_achievement().is_err());
    }

    proptest! {
        #[test]
        fn shown_and_read_again_is_the_same(thousandths in 0..=999_999_999_i64) {
            let amount = CreditAmount(thousandths);
            prop_assert_eq!(amount.to_string().parse::<CreditAmount>(), Ok(amount));
            let json = serde_json::to_string(&amount).expect("a string");
            prop_assert_eq!(serde_json::from_str::<CreditAmount>(&json).ok(), Some(amount));
            let number = json.trim_matches('"').to_owned();
            prop_assert_eq!(serde_json::from_str::<CreditAmount>(&number).ok(), Some(amount));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
            let _ = text.parse::<CreditAmount>();
        }
    }
}
