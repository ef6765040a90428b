//! Shares: exact thousandths of a whole, from 0 to 1.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::credit::CreditAmount;
use super::decimal::{self, SCALE};
use super::invalid::Reason;

/// A share of a whole, in thousandths: at most three decimals, so `0.333` is 333 thousandths and not a third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Share(i64);

impl Share {
    /// The whole.
    pub const WHOLE: Self = Self(SCALE);

    /// In thousandths, 0 to 1000.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// This share of `base`, exact down to a thousandth of a credit, cut below; of nothing where `base` is negative.
    pub fn of(self, base: CreditAmount) -> CreditAmount {
        CreditAmount::from_thousandths(self.most_of(base.thousandths()))
    }

    /// This share of `count` things, cut below.
    pub fn of_count(self, count: i64) -> i64 {
        self.most_of(count)
    }

    /// Whether `part` is at least this share of `whole`: exact, the boundary included.
    pub fn is_reached(self, part: i64, whole: i64) -> bool {
        i128::from(part) * i128::from(SCALE) >= i128::from(self.0) * i128::from(whole)
    }

    /// The least whole number that reaches this share of `whole`, which is not negative.
    pub fn least_of(self, whole: i64) -> i64 {
        let product = i128::from(self.0) * i128::from(whole.max(0));
        i64::try_from((product + i128::from(SCALE) - 1) / i128::from(SCALE)).unwrap_or(i64::MAX)
    }

    /// The largest whole number within this share of `whole`, which is not negative.
    pub fn most_of(self, whole: i64) -> i64 {
        let product = i128::from(self.0) * i128::from(whole.max(0));
        i64::try_from(product / i128::from(SCALE)).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::show(self.0))
    }
}

impl FromStr for Share {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        match decimal::thousandths(text)? {
            share if share <= SCALE => Ok(Self(share)),
            _ => Err(Reason::range(0, 1)),
        }
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|reason: Reason| reason.serde_error())
    }
}

impl PartialSchema for Share {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^(0(\.\d{1,3})?|1(\.0{1,3})?)$"))
            .description(Some("A decimal from 0 to 1 with at most three decimals"))
            .examples(["0.5"])
            .into()
    }
}

impl ToSchema for Share {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_credits_are_exact() {
        let share: Share = "0.35".parse().expect("a share");
        assert_eq!(share.of("40".parse().expect("credits")).to_string(), "14");
        assert_eq!("0.4".parse::<Share>().expect("a share").of_count(5), 2);
        assert_eq!("0.333".parse::<Share>().expect("a share").of_count(3), 0);
        assert_eq!(Share::WHOLE.of(CreditAmount::MAX_WRITTEN), CreditAmount::MAX_WRITTEN);
    }

    #[test]
    fn boundaries_are_exact() {
        let share: Share = "0.4".parse().expect("a share");
        assert!(share.is_reached(30_400, 76_000) && !share.is_reached(30_399, 76_000));
        assert_eq!((share.least_of(76_001), share.most_of(76_001)), (30_401, 30_400));
        assert_eq!(serde_json::to_string(&"0.50".parse::<Share>().expect("a share")).ok(), Some("\"0.5\"".into()));
        for bad in ["1.001", "-0.1", "50%", "0.3333", ""] {
            assert!(bad.parse::<Share>().is_err(), "{bad}");
        }
    }
}
