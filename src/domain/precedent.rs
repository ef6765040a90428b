//! Precedents 先例: what reviewers write for the public about a decided case. No personal data may stand in it.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use super::invalid::Invalid;
use super::text::{TITLE_MAX, clean_line, folded};

/// Longest summary, graphemes.
const SUMMARY_MAX: usize = 500;
/// As many digits in a row are a number of a person, certificate or telephone; a date has eight.
const DIGITS: usize = 9;

/// What the reviewer writes for the register of precedents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrecedentText {
    /// The document and clause that the decision rests on.
    #[schema(max_length = 400, examples("《学分认定办法》第十二条"))]
    pub basis: String,
    /// What was decided and why, without anything that tells who the learner is.
    #[schema(max_length = 1000)]
    pub summary: String,
}

impl PrecedentText {
    /// The same in one spelling.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let basis = invalid.take("/basis", clean_line(&self.basis, TITLE_MAX)).unwrap_or_default();
        let summary = invalid.take("/summary", clean_line(&self.summary, SUMMARY_MAX)).unwrap_or_default();
        invalid.into_result()?;
        Ok(Self { basis, summary })
    }

    /// The first field in which one of `secrets` (names and numbers of the learner) stands, however it is spaced or
    /// written, or any long number.
    pub fn personal(&self, secrets: &[String]) -> Option<&'static str> {
        let fields = [("/basis", &self.basis), ("/summary", &self.summary)];
        fields.into_iter().find(|(_, text)| tells(text, secrets)).map(|(pointer, _)| pointer)
    }
}

fn tells(text: &str, secrets: &[String]) -> bool {
    // Spaces and signs dropped: what is left are letters and digits.
    let folded = |text: &str| folded(text, char::is_alphanumeric);
    let plain = folded(text);
    // One letter alone stands in any text.
    let known = secrets.iter().map(|secret| folded(secret)).filter(|secret| secret.chars().nth(1).is_some());
    known.into_iter().any(|secret| plain.contains(&secret)) || long_number(text)
}

/// Whether so many digits follow one another, with nothing but spaces and hyphens between.
fn long_number(text: &str) -> bool {
    let mut run = 0;
    text.nfkc().any(|c| {
        match c {
            _ if c.is_numeric() => run += 1,
            _ if c.is_whitespace() || matches!(c, '-' | '‐' | '–' | '—' | '_') => {}
            _ => run = 0,
        }
        run >= DIGITS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn personal(summary: &str) -> Option<&'static str> {
        let secrets = ["欧阳演示".to_owned(), "410299199906060027".to_owned(), "E1234567".to_owned(), "演".to_owned()];
        PrecedentText { basis: "《办法》第十二条".into(), summary: summary.into() }.personal(&secrets)
    }

    #[test]
    fn names_and_numbers_are_found_however_they_are_written() {
        for bad in [
            "欧阳演示持有证书",
            "欧 阳 演·示持有证书",
            "证件410299199906060027",
            "证件 4102 9919 9906 060027",
            "证件４１０２９９１９９９０６０６００２７",
            "证件4102-9919-9906-0600-27",
            "护照 e1234567",
            "电话 138 0000 0000",
            "证书号 123456789",
        ] {
            assert_eq!(personal(bad), Some("/summary"), "{bad}");
        }
    }

    #[test]
    fn plain_words_dates_and_amounts_stay() {
        for good in [
            "持有网络工程中级证书，2025-06-01 取得，有效至 20280531，按目录认定 4 学分。",
            "演示内容与课程大纲重合 85%，第 12、13 条，2024 年 1001 号文",
        ] {
            assert_eq!(personal(good), None, "{good}");
        }
    }
}
