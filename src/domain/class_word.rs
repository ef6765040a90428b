//! Classes of courses and modules: free words, since published rules use words of their own (专业核心必修, politics…).

use std::collections::HashSet;

use super::achievement::Delivery;
use super::institution::InstitutionKind;
use super::invalid::{Invalid, Reason};
use super::kind::AchievementKind;
use super::text::clean_line;

/// Most words of one course or module.
pub const CLASSES_MAX: usize = 10;
/// Longest word, in characters as people count them.
pub const CLASS_WORD_MAX: usize = 40;

/// Derived: a course that everybody must pass.
pub const REQUIRED: &str = "required";
/// Derived: anything else that counts.
pub const ELECTIVE: &str = "elective";
/// Derived: of a practice module.
pub const PRACTICE: &str = "practice";
/// Derived: counted in the programme and in no module of its plan.
pub const UNPLANNED: &str = "unplanned";
/// Derived: earned by a result.
pub const EARNED: &str = "earned";
/// Derived: granted by a conversion.
pub const GRANTED: &str = "granted";

/// What a class is called, in Chinese and English. Published words speak for themselves; derived ones are translated.
pub fn name(word: &str) -> (String, String) {
    let pair = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    let of = |prefix: &str| word.strip_prefix(prefix);
    if let Some(Ok(kind)) = of("kind:").map(str::parse::<AchievementKind>) {
        return (kind.zh().to_owned(), kind.as_str().replace('_', " "));
    }
    if let Some(Ok(kind)) = of("issuer:").map(str::parse::<InstitutionKind>) {
        return (format!("{}颁发", kind.zh()), format!("issued by: {}", kind.as_str().replace('_', " ")));
    }
    if let Some(Ok(delivery)) = of("delivery:").map(str::parse::<Delivery>) {
        return (delivery.zh().to_owned(), delivery.as_str().replace('_', " "));
    }
    if let Some(module) = of("module:") {
        return (format!("模块 {module}"), format!("module {module}"));
    }
    match word {
        REQUIRED => pair("必修", "required courses"),
        ELECTIVE => pair("选修", "electives"),
        PRACTICE => pair("实践", "practice"),
        UNPLANNED => pair("培养方案外", "outside the plan"),
        EARNED => pair("修读取得", "earned"),
        GRANTED => pair("转换取得", "converted"),
        own => pair(own, own),
    }
}

/// The words in their one spelling; notes what is wrong with them below `pointer`.
pub(super) fn words(invalid: &mut Invalid, pointer: &str, words: &[String]) -> Vec<String> {
    if words.len() > CLASSES_MAX {
        invalid.push(pointer, Reason::TooMany { max: CLASSES_MAX });
        return Vec::new();
    }
    let mut known = HashSet::new();
    let mut clean = Vec::with_capacity(words.len());
    for (i, word) in words.iter().enumerate() {
        let pointer = format!("{pointer}/{i}");
        let Some(word) = invalid.take(&pointer, clean_line(word, CLASS_WORD_MAX)) else { continue };
        if known.insert(word.clone()) {
            clean.push(word);
        } else {
            invalid.push(pointer, Reason::Duplicate);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bounded_and_stand_once() {
        let check = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(ToString::to_string).collect();
            let mut invalid = Invalid::default();
            let clean = words(&mut invalid, "/classes", &list);
            (clean, invalid.0.into_iter().map(|f| format!("{} {}", f.pointer, f.reason.code())).collect::<Vec<_>>())
        };
        assert_eq!(check(&[" 专业核心必修 ", "politics"]).0, ["专业核心必修", "politics"]);
        assert_eq!(check(&["a", "a "]).1, ["/classes/1 duplicate"]);
        assert_eq!(check(&[""]).1, ["/classes/0 empty"]);
        assert_eq!(check(&["字".repeat(41).as_str()]).1, ["/classes/0 too-long"]);
        assert_eq!(check(&["a"; 11]).1, ["/classes too-many"]);
    }
}
