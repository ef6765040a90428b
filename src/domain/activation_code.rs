//! Activation codes 激活码: read off a slip and typed once.

use unicode_normalization::UnicodeNormalization;

/// Crockford's base 32: no letter that could be read as a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of a code: 100 bits.
pub const CODE_SYMBOLS: usize = 20;
/// Symbols between two hyphens.
const GROUP: usize = 5;

/// The code of random bytes, in groups: `7K2QD-…`. Each byte gives one symbol, five bits of it count.
pub fn from_random(bytes: &[u8; CODE_SYMBOLS]) -> String {
    let symbols: Vec<u8> = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)]).collect();
    let groups: Vec<String> =
        symbols.chunks(GROUP).map(|group| group.iter().copied().map(char::from).collect()).collect();
    groups.join("-")
}

/// The one spelling that is compared: narrow, upper-case, without hyphens and spaces, `I` and `L` read as 1 and `O` as
/// 0. `None` for what cannot be a code.
pub fn normalise(text: &str) -> Option<String> {
    let mut code = String::with_capacity(CODE_SYMBOLS);
    for c in text.nfkc().take(4 * CODE_SYMBOLS).filter(|c| !c.is_whitespace()) {
        let symbol = match c.to_ascii_uppercase() {
            '-' | '‐' | '–' | '—' | '_' | '.' => continue,
            'I' | 'L' => '1',
            'O' => '0',
            c if c.is_ascii() && ALPHABET.contains(&(c as u8)) => c,
            _ => return None,
        };
        code.push(symbol);
    }
    (code.len() == CODE_SYMBOLS).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_grouped_and_read_back() {
        let bytes: [u8; CODE_SYMBOLS] = std::array::from_fn(|n| n as u8 * 13);
        let code = from_random(&bytes);
        assert_eq!(code.len(), 23);
        assert!(code.split('-').all(|group| group.len() == 5), "{code}");
        assert_eq!(normalise(&code), Some(code.replace('-', "")));
    }

    #[test]
    fn spelling_is_forgiven() {
        let plain = Some("0123456789ABCDEFGHJK".to_owned());
        for typed in [
            " 01234-56789-abcde-fghjk ",
            "0123 4567 89AB CDEF GHJK",
            "O123456789ABCDEFGHJK",
            "oI23456789ABCDEFGHJK",
            "０１２３４－５６７８９－ＡＢＣＤＥ－ＦＧＨＪＫ",
        ] {
            assert_eq!(normalise(typed), plain, "{typed}");
        }
        for bad in
            ["", "0123456789ABCDEFGHJ", "0123456789ABCDEFGHJKM", "0123456789ABCDEFGHJU", "激活码", &"0".repeat(9_999)]
        {
            assert_eq!(normalise(bad), None, "{bad:.30}");
        }
    }
}
