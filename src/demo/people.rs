//! Fictional people. Names are put together by chance; id numbers lie in the test region 410299, which is assigned to
//! nobody, and are distinct for the first million people.

use chrono::{Days, NaiveDate};

use super::random::Random;
use crate::domain::region::TEST_REGION;
use crate::domain::resident_id::check_character;

/// Common surnames. Fictional: whoever has such a name is not meant.
const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马",
    "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾",
    "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛", "叶", "阎", "余", "潘", "杜", "戴", "夏", "钟", "汪",
    "田", "任", "欧阳",
];

/// Characters of given names.
const GIVEN: &[&str] = &[
    "小", "满", "晓", "雨", "晨", "阳", "思", "远", "嘉", "怡", "子", "涵", "浩", "然", "欣", "悦", "梓", "轩", "明",
    "哲", "佳", "宁", "文", "博", "静", "雅", "志", "强", "海", "燕", "春", "华", "秋", "实", "云", "帆", "乐", "天",
    "安", "康", "书", "瑶", "一", "诺", "若", "曦", "景", "行", "知", "夏", "青", "禾", "望", "舒", "清", "和", "星",
    "野", "立", "冬",
];

/// Rare characters that real names hold and old systems lose; the first lies outside the basic plane.
const RARE: &[&str] = &["𬭼", "㛃", "𠅤", "䶮", "𬍛"];

/// Names of several parts, written with a middle dot.
const PARTED: &[(&str, &str)] = &[
    ("阿依古丽", "买买提"),
    ("古丽娜尔", "吐尔逊"),
    ("艾力", "阿不都拉"),
    ("迪丽努尔", "卡德尔"),
    ("巴特尔", "苏赫"),
    ("萨日娜", "其木格"),
];

/// Days of one school year's birthdays: from 1 September, 29 February left out by stopping a day early.
const DAYS: u64 = 365;
/// First and number of the orders used within a day; smaller ones are left to published examples.
const ORDERS: (u64, u64) = (100, 900);
/// First order of the people who are told of one by one.
const TOLD_ORDER: u64 = 50;
/// Years that the next block of people is older than the one before.
const BLOCK_YEARS: i32 = 15;

/// People that can be made before numbers repeat.
pub const PEOPLE_MAX: u64 = 3 * DAYS * ORDERS.1;

/// The name of the `place`th person. Every hundredth has a middle dot and every hundred-and-twentieth a rare character; so
/// have the third and the fifth, so that small cities have them too.
pub fn name(seed: u64, place: u64) -> String {
    let mut random = Random::of(seed, 1, place);
    if place % 100 == 2 {
        let (given, of) = random.pick(PARTED);
        return format!("{given}·{of}");
    }
    let surname = random.pick(SURNAMES);
    let first = random.pick(GIVEN);
    if place % 120 == 4 {
        return format!("{surname}{first}{}", random.pick(RARE));
    }
    if random.percent(18) { format!("{surname}{first}") } else { format!("{surname}{first}{}", random.pick(GIVEN)) }
}

/// The id number of the `place`th person, who is of age `age` on 31 August of `year`.
///
/// People of one birth year differ in day or order, as their places do; years do not overlap.
pub fn resident_id(place: u64, year: i32, age: i32) -> String {
    let (block, place) = (place / (DAYS * ORDERS.1), place % (DAYS * ORDERS.1));
    let year = year - age - 1 - BLOCK_YEARS * block as i32;
    let first = NaiveDate::from_ymd_opt(year, 9, 1).expect("every year has a 1 September");
    // Neighbours in the list are not neighbours in age: 97 and 365 have no common divisor.
    let birth = first + Days::new(place % DAYS * 97 % DAYS);
    number(birth, ORDERS.0 + place / DAYS)
}

/// The id number of the `place`th of those few people who are told of one by one, of age `age` on 31 August of `year`.
/// Their orders are nobody else's.
pub fn told_id(place: u64, year: i32, age: i32) -> String {
    let first = NaiveDate::from_ymd_opt(year - age - 1, 9, 1).expect("every year has a 1 September");
    number(first + Days::new(place * 97 % DAYS), TOLD_ORDER + place)
}

fn number(birth: NaiveDate, order: u64) -> String {
    let body = format!("{TEST_REGION}{}{order:03}", birth.format("%Y%m%d"));
    let check = char::from(check_character(body.as_bytes()));
    format!("{body}{check}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::name::PersonName;
    use crate::domain::region::RegionPolicy;
    use crate::domain::resident_id::ResidentId;

    #[test]
    fn numbers_are_valid_and_distinct() {
        let today = NaiveDate::from_ymd_opt(2026, 1, 12).expect("a date");
        let mut seen = HashSet::new();
        for place in (0..40_000).chain(310_000..350_000) {
            // Ages and years as they meet in one city.
            let (year, age) = (2023 + (place % 3) as i32, 15 + (place % 4) as i32);
            let number = resident_id(place, year, age);
            if place % 97 == 0 {
                let id = ResidentId::parse(&number, today, RegionPolicy { allow_test: true }).expect("valid");
                let block = (place / (DAYS * ORDERS.1)) as i32;
                let until = NaiveDate::from_ymd_opt(year - age - BLOCK_YEARS * block, 8, 31).expect("a date");
                assert_eq!(until.years_since(id.birth_date()), Some(0), "{number} is of the wrong age");
            }
            assert!(seen.insert(number), "{place} repeats a number");
        }
    }

    #[test]
    fn names_are_names_and_some_are_hard() {
        let names: Vec<String> = (0..1_000).map(|place| name(1, place)).collect();
        assert!(names.iter().all(|name| PersonName::parse(name).is_ok()));
        assert!(names[2].contains('·') && names.iter().filter(|name| name.contains('·')).count() == 10);
        assert!(RARE.iter().any(|rare| names[4].contains(rare)));
        assert_eq!(names[17], name(1, 17));
        assert!(names.iter().collect::<HashSet<_>>().len() > 900);
    }
}
