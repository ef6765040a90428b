//! One cell of a sheet: text as staff write it, JSON as the rule has it.

use serde_json::{Number, Value, json};

use crate::domain::achievement::Delivery;
use crate::domain::competition::{CompetitionTier, Prize};
use crate::domain::credit::CreditAmount;
use crate::domain::institution::InstitutionKind;
use crate::domain::invalid::Reason;
use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;
use crate::domain::time::parse_date;

use super::super::limits::Per;
use super::super::policy::{Draws, RoundingMode, StepBy, UseScope};
use super::super::rule_set::Authority;
use super::super::selector::TeamRole;
use super::super::share::Share;
use super::super::target::Remainder;

/// Wire words beside the Chinese words that staff see.
pub type Words = Vec<(&'static str, &'static str)>;

/// How a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Any text.
    Text,
    /// Texts, separated by `;`.
    List,
    /// One of a closed list.
    One(List),
    /// Some of a closed list, separated by `;`.
    Some(List),
    /// Credits: a decimal.
    Amount,
    /// A share: a decimal from 0 to 1.
    Share,
    /// A day.
    Day,
    /// A whole number.
    Whole,
    /// 是 or 否.
    Flag,
    /// Facts, separated by `;`: `veteran` or `age_reached>=40`.
    Facts,
    /// JSON.
    Json,
}

macro_rules! lists {
    ($( $name:ident: $type:ident ),+ ; $( $tag:ident: $words:expr ),+ $(,)?) => {
        /// The closed lists.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum List { $( #[doc = stringify!($name)] $name, )+ $( #[doc = stringify!($tag)] $tag ),+ }

        impl List {
            /// Its words.
            pub fn words(self) -> Words {
                match self {
                    $( Self::$name => $type::ALL.iter().map(|word| (word.as_str(), word.zh())).collect(), )+
                    $( Self::$tag => $words.to_vec() ),+
                }
            }
        }
    };
}

lists! {
    Authority: Authority, Kind: AchievementKind, IssuerKind: InstitutionKind, Tier: CompetitionTier, Prize: Prize,
    Role: TeamRole, Delivery: Delivery, ProgrammeLevel: ProgrammeLevel, Remainder: Remainder, Scope: UseScope,
    Draws: Draws, Rounding: RoundingMode, Per: Per, StepBy: StepBy;
    Value: [
        ("fixed", "固定学分"), ("table", "查表"), ("hours_per", "按学时折算"), ("ratio", "按比例"),
        ("target_course", "按所免课程"), ("named_courses", "指定课程"), ("block", "学历整块学分"),
    ],
    Place: [("courses", "免修课程"), ("module", "计入模块"), ("programme", "计入专业")],
    Score: [
        ("exempt", "免考"), ("keep", "保留原成绩"), ("fixed", "固定成绩"), ("bands", "分数段"), ("capped", "封顶"),
        ("by_row", "按表中各行"),
    ],
    Window: [
        ("dates", "起止日期"), ("yearly", "每年"), ("term_weeks", "学期周次"), ("before_registration", "注册前"),
    ],
    Procedure: [("automatic", "自动"), ("steps", "分步审核")],
    Most: [
        ("credits", "学分"), ("share", "学分比例"), ("achievements", "成果项数"), ("courses", "课程门数"),
        ("course_share", "门数比例"), ("source", "不超过原学分"),
    ],
    RowKind: [("row", "分值"), ("adjustment", "调整")],
    Level: [
        ("elementary", "初级"), ("intermediate", "中级"), ("advanced", "高级"), ("5", "五级/初级工"),
        ("4", "四级/中级工"), ("3", "三级/高级工"), ("2", "二级/技师"), ("1", "一级/高级技师"),
        ("secondary", "中职"), ("higher", "高职"), ("undergraduate", "应用型本科"),
    ],
}

/// What stands between the words of a list.
const SEPARATORS: [char; 3] = [';', ';', '\n'];

impl Cell {
    /// The text of a value; empty when there is none.
    pub fn write(self, value: &Value) -> String {
        match (self, value) {
            (_, Value::Null) => String::new(),
            (Self::Json, value) => value.to_string(),
            (Self::Flag, value) => if value == &Value::Bool(true) { "是" } else { "否" }.to_owned(),
            (Self::One(list), value) => label(list, &scalar(value)),
            (Self::Some(list), Value::Array(words)) => joined(words.iter().map(|word| label(list, &scalar(word)))),
            (Self::Facts, Value::Array(facts)) => joined(facts.iter().map(|fact| {
                let word = scalar(&fact["fact"]);
                match &fact["at_least"] {
                    Value::Null => word,
                    least => format!("{word}>={least}"),
                }
            })),
            (_, Value::Array(words)) => joined(words.iter().map(scalar)),
            (_, value) => scalar(value),
        }
    }

    /// The value of a text that is not empty.
    pub fn read(self, text: &str) -> Result<Value, Reason> {
        let text = text.trim();
        Ok(match self {
            Self::Text => Value::from(text),
            // Checked here, since readers of tagged unions do not say which member was wrong.
            Self::Amount => Value::from(text.parse::<CreditAmount>()?.to_string()),
            Self::Share => Value::from(text.parse::<Share>()?.to_string()),
            Self::Day => Value::from(parse_date(text)?.to_string()),
            Self::List => Value::from(split(text)),
            Self::One(list) => Value::from(word(list, text)?),
            Self::Some(list) => {
                let words: Result<Vec<String>, Reason> = split(text).iter().map(|text| word(list, text)).collect();
                Value::from(words?)
            }
            Self::Whole => {
                let number: i64 = text.parse().map_err(|_| Reason::NotANumber)?;
                Value::Number(Number::from(number))
            }
            Self::Flag => match text {
                "是" | "true" | "TRUE" | "yes" | "1" => Value::Bool(true),
                "否" | "false" | "FALSE" | "no" | "0" => Value::Bool(false),
                _ => return Err(Reason::Format { expected: "是 / 否" }),
            },
            Self::Facts => {
                let facts: Result<Vec<Value>, Reason> = split(text).iter().map(|text| fact(text)).collect();
                Value::from(facts?)
            }
            Self::Json => serde_json::from_str(text).map_err(|_| Reason::Format { expected: "JSON" })?,
        })
    }
}

fn fact(text: &str) -> Result<Value, Reason> {
    let Some((word, least)) = text.split_once(">=").or_else(|| text.split_once('≥')) else {
        return Ok(json!({ "fact": text }));
    };
    let least: i64 = least.trim().parse().map_err(|_| Reason::NotANumber)?;
    Ok(json!({ "fact": word.trim(), "at_least": least }))
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn label(list: List, word: &str) -> String {
    list.words().iter().find(|(wire, _)| *wire == word).map_or(word, |(_, zh)| zh).to_owned()
}

/// The wire word of what staff wrote: the Chinese word or the wire word itself. Levels are an open list.
fn word(list: List, text: &str) -> Result<String, Reason> {
    let found = list.words().into_iter().find(|(wire, zh)| *wire == text || *zh == text);
    match found {
        Some((wire, _)) => Ok(wire.to_owned()),
        None if list == List::Level => Ok(text.to_owned()),
        None => Err(Reason::Unknown),
    }
}

/// Words in one text. A separator or backslash within a word has a backslash before it.
fn joined(words: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for (i, word) in words.enumerate() {
        if i > 0 {
            text.push(';');
        }
        for c in word.chars() {
            if c == '\\' || SEPARATORS.contains(&c) {
                text.push('\\');
            }
            text.push(c);
        }
    }
    text
}

fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => words.last_mut().into_iter().for_each(|word| word.extend(chars.next())),
            c if SEPARATORS.contains(&c) => words.push(String::new()),
            c => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
    }
    words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_where_they_were_joined() {
        let words = ["a", "b;c", "d\\", "e;f", "g、h"].map(str::to_owned);
        let text = joined(words.iter().cloned());
        assert_eq!(split(&text), words);
        assert_eq!(split("甲;乙;\n丙 ; "), ["甲", "乙", "丙"]);
    }

    #[test]
    fn words_are_read_in_both_languages() {
        let read = |cell: Cell, text: &str| cell.read(text);
        assert_eq!(read(Cell::One(List::Value), "按比例"), Ok(json!("ratio")));
        assert_eq!(read(Cell::One(List::Value), "ratio"), Ok(json!("ratio")));
        assert_eq!(read(Cell::One(List::Value), "随便"), Err(Reason::Unknown));
        assert_eq!(read(Cell::Some(List::Level), "初级;3;expert"), Ok(json!(["elementary", "3", "expert"])));
        assert_eq!(
            read(Cell::Facts, "veteran;age_reached>=40"),
            Ok(json!([{"fact": "veteran"}, {"fact": "age_reached", "at_least": 40}]))
        );
        assert_eq!(read(Cell::Flag, "maybe"), Err(Reason::Format { expected: "是 / 否" }));
        assert_eq!(read(Cell::Whole, "1.5"), Err(Reason::NotANumber));
    }

    #[test]
    fn labels_are_unique_within_a_list() {
        for list in [List::Kind, List::Tier, List::Prize, List::Role, List::Value, List::Level, List::Most, List::Per] {
            let words = list.words();
            let labels: std::collections::HashSet<_> = words.iter().flat_map(|(wire, zh)| [wire, zh]).collect();
            assert_eq!(labels.len(), 2 * words.len(), "{list:?}");
        }
    }
}
