//! Which language an answer speaks: Chinese unless English is preferred.

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};

/// The two languages of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// zh-CN, the first language.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The preferred of the two by `Accept-Language` (RFC 9110, section 12.5.4).
    pub fn of(headers: &HeaderMap) -> Self {
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let weight = |language: &str| {
            header
                .split(',')
                .filter_map(|range| {
                    let mut parts = range.trim().split(';');
                    let tag = parts.next()?.trim().to_ascii_lowercase();
                    let q = parts.find_map(|p| p.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                    tag.starts_with(language).then_some(q)
                })
                .fold(0.0, f32::max)
        };
        if weight("en") > weight("zh") { Self::English } else { Self::Chinese }
    }

    /// One of two texts.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Chinese => zh,
            Self::English => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn of(text: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(text));
        Language::of(&headers)
    }

    #[test]
    fn chinese_unless_english_is_preferred() {
        assert_eq!(Language::of(&HeaderMap::new()), Language::Chinese);
        assert_eq!(of("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
        assert_eq!(of("en-GB,en;q=0.9,zh;q=0.1"), Language::English);
        assert_eq!(of("fr"), Language::Chinese);
        assert_eq!(of("en;q=abc"), Language::English);
    }
}
