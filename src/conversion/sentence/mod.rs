//! Every rule as one plain sentence, in Chinese and in English: what one needs, what one gets, within which limits, how it is
//! decided. Written for a reader of sixteen.

mod gets;
mod limits;
mod needs;
#[cfg(test)]
mod tests;
mod words;

use super::explain::Text;
use super::limits::Cap;
use super::rule::ConversionRule;

/// Joins what is not empty, with one separator for each language.
fn join(parts: impl IntoIterator<Item = Text>, [zh, en]: [&str; 2]) -> Text {
    let parts: Vec<Text> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let each = |of: fn(&Text) -> &str, gap: &str| parts.iter().map(of).collect::<Vec<_>>().join(gap);
    Text::new(each(|part| &part.zh, zh), each(|part| &part.en, en))
}

/// The sentence of a rule.
pub fn sentence(rule: &ConversionRule) -> Text {
    let need = needs::needs(rule);
    let get = gets::gets(rule);
    let rest = limits::limits(rule);
    let main = Text::new(format!("{}，{}", need.zh, get.zh), format!("{}, {}", need.en, get.en));
    let whole = join(std::iter::once(main).chain(rest), ["；", "; "]);
    let mut en = whole.en.chars();
    let capital = en.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    Text::new(format!("{}。", whole.zh), format!("{capital}{}.", en.as_str()))
}

/// The words of a cap, of a rule or of a whole set, as part of a sentence.
pub(super) fn cap_words(cap: &Cap, of_set: bool) -> Text {
    limits::cap(cap, of_set)
}

/// The words of a condition on the person.
pub(super) fn fact_words(fact: &str, at_least: Option<i64>) -> Text {
    words::fact(fact, at_least)
}

pub(super) use words::percent;

/// The sentence of a cap of a whole set.
pub fn cap_sentence(cap: &Cap) -> Text {
    let cap = limits::cap(cap, true);
    Text::new(format!("{}。", cap.zh), format!("{}.", cap.en))
}
