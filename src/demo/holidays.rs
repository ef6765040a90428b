//! The State Council's arrangements of days off and working weekends: 国办发明电〔2024〕12号 for 2025 and 国办发明电〔2025〕7号
//! for 2026.

use chrono::{Datelike, NaiveDate};

use crate::domain::ids::ClientId;
use crate::domain::working_days::{CalendarDay, CalendarYear, DayKind};
use crate::services::App;
use crate::services::error::Result;
use crate::store::calendar;

type MonthDay = (u32, u32);

/// A holiday: its name, first and last day off, and the weekend days worked for it.
struct Holiday(&'static str, MonthDay, MonthDay, &'static [MonthDay]);

const YEARS: [(i32, &str, &[Holiday]); 2] = [
    (
        2025,
        "国办发明电〔2024〕12号",
        &[
            Holiday("元旦", (1, 1), (1, 1), &[]),
            Holiday("春节", (1, 28), (2, 4), &[(1, 26), (2, 8)]),
            Holiday("清明节", (4, 4), (4, 6), &[]),
            Holiday("劳动节", (5, 1), (5, 5), &[(4, 27)]),
            Holiday("端午节", (5, 31), (6, 2), &[]),
            Holiday("国庆节、中秋节", (10, 1), (10, 8), &[(9, 28), (10, 11)]),
        ],
    ),
    (
        2026,
        "国办发明电〔2025〕7号",
        &[
            Holiday("元旦", (1, 1), (1, 3), &[(1, 4)]),
            Holiday("春节", (2, 15), (2, 23), &[(2, 14), (2, 28)]),
            Holiday("清明节", (4, 4), (4, 6), &[]),
            Holiday("劳动节", (5, 1), (5, 5), &[(5, 9)]),
            Holiday("端午节", (6, 19), (6, 21), &[]),
            Holiday("中秋节", (9, 25), (9, 27), &[]),
            Holiday("国庆节", (10, 1), (10, 7), &[(9, 20), (10, 10)]),
        ],
    ),
];

fn arranged(year: i32, source: &str, holidays: &[Holiday]) -> CalendarYear {
    let date = |(month, day): MonthDay| NaiveDate::from_ymd_opt(year, month, day).expect("the tables hold days");
    let mut days = Vec::new();
    for Holiday(name, first, last, worked) in holidays {
        let (first, last) = (date(*first), date(*last));
        let off = first.iter_days().take_while(|day| *day <= last).map(|day| (day, DayKind::Holiday));
        let worked = worked.iter().map(|day| (date(*day), DayKind::Working));
        days.extend(off.chain(worked).map(|(day, kind)| CalendarDay { day, kind, name: (*name).to_owned() }));
    }
    CalendarYear { source: source.to_owned(), days }
}

/// Enters the years that are known, as the bureau's client.
pub fn enter(app: &App, bureau: ClientId) -> Result<()> {
    let now = app.clock.now();
    for (year, source, holidays) in YEARS {
        let arranged = arranged(year, source, holidays).validate(year)?;
        app.db.write(|conn| calendar::put(conn, year, &arranged, None, bureau.uuid(), now))?;
        debug_assert!(arranged.days.iter().all(|day| day.day.year() == year));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::working_days::{Calendar, due};

    #[test]
    fn the_arrangements_are_those_of_the_documents() {
        let years =
            YEARS.map(|(year, source, holidays)| arranged(year, source, holidays).validate(year).expect("good"));
        let count = |year: &CalendarYear, kind| year.days.iter().filter(|day| day.kind == kind).count();
        assert_eq!((count(&years[0], DayKind::Holiday), count(&years[0], DayKind::Working)), (28, 5));
        assert_eq!((count(&years[1], DayKind::Holiday), count(&years[1], DayKind::Working)), (33, 6));
        let calendar: Calendar =
            years.iter().flat_map(|year| year.days.iter().map(|day| (day.day, day.kind))).collect();
        let day = |text| crate::domain::time::parse_date(text).expect("a date");
        assert_eq!(due(day("2026-02-13"), 2, &calendar), day("2026-02-24"), "across the Spring Festival");
        assert_eq!(due(day("2026-09-30"), 5, &calendar), day("2026-10-13"), "across National Day");
    }
}
