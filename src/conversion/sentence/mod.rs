//! Every rule as one plain sentence, in Chinese and in English: what one needs, what one gets, within which limits, how it is
//! decided. Written for a reader of sixteen.

mod gets;
mod limits;
mod needs;
#[cfg(test)]
mod tests;
mod words;

use serde::Serialize;
use utoipa::ToSchema;

use super::limits::Cap;
use super::rule::ConversionRule;

/// The same words in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Both {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// English.
    pub en: String,
}

impl Both {
    /// From the words of each language.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    fn is_empty(&self) -> bool {
        self.zh.is_empty()
    }
}

/// Joins what is not empty, with one separator for each language.
fn join(parts: impl IntoIterator<Item = Both>, [zh, en]: [&str; 2]) -> Both {
    let parts: Vec<Both> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let each = |of: fn(&Both) -> &str, gap: &str| parts.iter().map(of).collect::<Vec<_>>().join(gap);
    Both::new(each(|part| &part.zh, zh), each(|part| &part.en, en))
}

/// The sentence of a rule.
pub fn sentence(rule: &ConversionRule) -> Both {
    let need = needs::needs(rule);
    let get = gets::gets(rule);
    let rest = limits::limits(rule);
    let main = Both::new(format!("{}，{}", need.zh, get.zh), format!("{}, {}", need.en, get.en));
    let whole = join(std::iter::once(main).chain(rest), ["；", "; "]);
    let mut en = whole.en.chars();
    let capital = en.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    Both::new(format!("{}。", whole.zh), format!("{capital}{}.", en.as_str()))
}

/// The words of a cap, of a rule or of a whole set, as part of a sentence.
pub(super) fn cap_words(cap: &Cap, of_set: bool) -> Both {
    limits::cap(cap, of_set)
}

/// The words of a condition on the person.
pub(super) fn fact_words(fact: &str, at_least: Option<i64>) -> Both {
    words::fact(fact, at_least)
}

pub(super) use words::percent;

/// The sentence of a cap of a whole set.
pub fn cap_sentence(cap: &Cap) -> Both {
    let cap = limits::cap(cap, true);
    Both::new(format!("{}。", cap.zh), format!("{}.", cap.en))
}
