//! Levels. The three 1+X levels and the five national skill levels are different scales and never compared.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::credit_type::CreditType;
use super::invalid::Reason;

text_enum! {
    /// Level of a 1+X certificate, lowest first.
    pub enum XLevel {
        Elementary = "elementary" / "初级",
        Intermediate = "intermediate" / "中级",
        Advanced = "advanced" / "高级",
    }
}

text_enum! {
    /// Level of a programme, lowest first.
    pub enum ProgrammeLevel {
        Secondary = "secondary" / "中职",
        Higher = "higher" / "高职",
        Undergraduate = "undergraduate" / "应用型本科",
    }
}

impl ProgrammeLevel {
    /// The type of the credits earned in a programme of this level.
    pub const fn credit_type(self) -> CreditType {
        match self {
            Self::Secondary => CreditType::Secondary,
            Self::Higher => CreditType::Higher,
            Self::Undergraduate => CreditType::Undergraduate,
        }
    }

    /// The level that the first two digits of a vocational major code say (职业教育专业目录 2021: 61–79 中职, 41–59 高职,
    /// 21–39 职业本科); none outside these ranges.
    pub fn from_major_code(code: &str) -> Option<Self> {
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        match code[..2].parse::<u8>().ok()? {
            61..=79 => Some(Self::Secondary),
            41..=59 => Some(Self::Higher),
            21..=39 => Some(Self::Undergraduate),
            _ => None,
        }
    }
}

/// National skill level 1–5; a JSON integer. Five (初级工) is the lowest, one (高级技师) the highest.
///
/// Deliberately without an order of its own: compare [`NationalLevel::rank`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NationalLevel {
    /// 一级/高级技师
    One = 1,
    /// 二级/技师
    Two = 2,
    /// 三级/高级工
    Three = 3,
    /// 四级/中级工
    Four = 4,
    /// 五级/初级工
    Five = 5,
}

impl NationalLevel {
    /// Highest first, as numbered.
    pub const ALL: &'static [Self] = &[Self::One, Self::Two, Self::Three, Self::Four, Self::Five];

    /// From its number 1–5.
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            3 => Some(Self::Three),
            4 => Some(Self::Four),
            5 => Some(Self::Five),
            _ => None,
        }
    }

    /// Its number 1–5 (5 is the lowest).
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The number as text, as catalogues and accreditations write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
            Self::Three => "3",
            Self::Four => "4",
            Self::Five => "5",
        }
    }

    /// 1 for the lowest (five) up to 5 for the highest (one).
    pub const fn rank(self) -> u8 {
        6 - self.number()
    }

    /// Both Chinese names.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::One => "一级/高级技师",
            Self::Two => "二级/技师",
            Self::Three => "三级/高级工",
            Self::Four => "四级/中级工",
            Self::Five => "五级/初级工",
        }
    }
}

impl fmt::Display for NationalLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for NationalLevel {
    type Err = Reason;
    fn from_str(text: &str) -> Result<Self, Reason> {
        match text.as_bytes() {
            [digit] if digit.is_ascii_digit() => Self::new(digit - b'0').ok_or_else(|| Reason::range(1, 5)),
            _ => Err(Reason::range(1, 5)),
        }
    }
}

impl Serialize for NationalLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for NationalLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        u8::try_from(number).ok().and_then(Self::new).ok_or_else(|| Reason::range(1, 5).serde_error())
    }
}

impl PartialSchema for NationalLevel {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(5))
            .description(Some("5 五级/初级工 is the lowest, 1 一级/高级技师 the highest"))
            .into()
    }
}

impl ToSchema for NationalLevel {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_codes_say_their_level() {
        for (code, level) in [
            ("740201", Some(ProgrammeLevel::Secondary)),
            ("610101", Some(ProgrammeLevel::Secondary)),
            ("790101", Some(ProgrammeLevel::Secondary)),
            ("560213", Some(ProgrammeLevel::Higher)),
            ("410101", Some(ProgrammeLevel::Higher)),
            ("590101", Some(ProgrammeLevel::Higher)),
            ("310201", Some(ProgrammeLevel::Undergraduate)),
            ("210101", Some(ProgrammeLevel::Undergraduate)),
            ("390101", Some(ProgrammeLevel::Undergraduate)),
            ("600101", None),
            ("400101", None),
            ("200101", None),
            ("800101", None),
            ("74020", None),
            ("74020x", None),
        ] {
            assert_eq!(ProgrammeLevel::from_major_code(code), level, "{code}");
        }
    }

    #[test]
    fn five_is_the_lowest_national_level() {
        assert!(NationalLevel::Five.rank() < NationalLevel::One.rank());
        assert_eq!(serde_json::from_str::<NationalLevel>("3").ok(), Some(NationalLevel::Three));
        for bad in ["0", "6", "-1", "3.5", "\"3\"", "300"] {
            assert!(serde_json::from_str::<NationalLevel>(bad).is_err(), "{bad}");
        }
        assert!("03".parse::<NationalLevel>().is_err());
        assert!("".parse::<NationalLevel>().is_err());
    }
}
