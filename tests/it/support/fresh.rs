//! Values that no other test has used: codes, references, people, institution codes.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A number not handed out before in this process.
pub fn number() -> u32 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A short code with the given prefix.
pub fn code(prefix: &str) -> String {
    format!("{prefix}{:06}", number())
}

/// An idempotency key.
pub fn key() -> String {
    format!("key-{}", number())
}

/// An external reference.
pub fn reference() -> String {
    format!("ref/{}", number())
}

/// A six-digit major code of the secondary level. There are ten thousand of them, so they have a count of their own.
pub fn major_code() -> String {
    static MAJORS: AtomicU32 = AtomicU32::new(0);
    format!("74{:04}", MAJORS.fetch_add(1, Ordering::Relaxed))
}

/// A fictional person: a name and a resident id number of the test region 410299.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name as the school writes it.
    pub name: String,
    /// The id number, with its check digit.
    pub number: String,
}

impl Person {
    /// A person whom no other test knows.
    pub fn new() -> Self {
        const FAMILY: [&str; 8] = ["林", "沈", "陆", "唐", "顾", "叶", "程", "苏"];
        const GIVEN: [&str; 9] = ["小满", "知夏", "秋禾", "望舒", "清和", "云舟", "青禾", "星野", "子衿"];
        let n = number() as usize;
        Self::named(&format!("{}{}", FAMILY[n % FAMILY.len()], GIVEN[n % GIVEN.len()]))
    }

    /// A person of this name with an id number of their own.
    pub fn named(name: &str) -> Self {
        let n = number();
        // The demo's learners are young: these birthdays keep clear of theirs.
        let birth = NaiveDate::from_ymd_opt(1962, 1, 1).expect("a real date") + Days::new(u64::from(n / 900));
        Self { name: name.to_owned(), number: resident_id("410299", birth, 1 + n % 900) }
    }

    /// The document as the wire writes it.
    pub fn document(&self) -> Value {
        json!({"type": "resident_id", "number": self.number})
    }
}

/// A resident id number with the check digit of GB 11643.
pub fn resident_id(region: &str, birth: NaiveDate, order: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("{region}{}{order:03}", birth.format("%Y%m%d"));
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = char::from(b"10X98765432"[(sum % 11) as usize]);
    format!("{body}{check}")
}

/// A unified social credit code (GB 32100) of a fictional Kaifeng institution.
pub fn unified_code() -> String {
    unified_code_of(&format!("MT{:06}", number()))
}

fn unified_code_of(serial: &str) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let value = |byte: u8| u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
    let sum: u32 = serial.bytes().zip([3, 7, 9, 10, 5, 8, 4, 2]).map(|(byte, weight)| value(byte) * weight).sum();
    let organisation = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).expect("one digit"),
    };
    let body = format!("12410200{serial}{organisation}");
    let mut weight = 1;
    let mut total = 0;
    for byte in body.bytes() {
        let place = ALPHABET.iter().position(|letter| *letter == byte).expect("a letter of the alphabet");
        total += place * weight;
        weight = weight * 3 % 31;
    }
    format!("{body}{}", char::from(ALPHABET[(31 - total % 31) % 31]))
}

#[test]
fn made_numbers_agree_with_published_ones() {
    let birth = NaiveDate::from_ymd_opt(2006, 3, 15).expect("a real date");
    assert_eq!(resident_id("410299", birth, 8), "41029920060315008X");
    for code in ["12410200MB1A0001X2", "12410200MB1A000950", "12410200MB1A00204Y"] {
        assert_eq!(unified_code_of(&code[8..16]), code);
    }
}
