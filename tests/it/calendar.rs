//! Working days as the bureau enters them.

use serde_json::json;

use crate::support::city::City;
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{get_calendar, put_calendar};
use crate::support::session::Session;

crate::support::on_both! {
    demo_knows_the_arranged_years,
    bureau_enters_and_changes_a_year,
    others_only_read,
    wrong_years_are_refused,
}

/// A year that no other test enters.
fn some_year() -> i32 {
    2030 + i32::try_from(fresh::number() % 150).expect("small")
}

fn demo_knows_the_arranged_years(city: &City) {
    let year = city.school().send(get_calendar("2026")).is(200);
    assert_eq!(year.str("source"), "国办发明电〔2025〕7号");
    let days = year["days"].as_array().expect("days");
    let worked = json!({"day": "2026-10-10", "kind": "working", "name": "国庆节"});
    assert!(days.len() == 39 && days.contains(&worked), "{year:?}");
    city.school().send(get_calendar("2199")).problem(404, "not-found");
}

fn bureau_enters_and_changes_a_year(city: &City) {
    let year = some_year();
    let named = year.to_string();
    let body = |day: &str| json!({"source": "演示文件", "days": [{"day": format!("{year}-{day}"), "kind": "holiday", "name": "演示节"}]});
    let entered = city.bureau().send(put_calendar(&named, &body("05-01"))).is(201);
    let tag = entered.header("etag").expect("a version").to_owned();
    city.bureau().send(put_calendar(&named, &body("05-02"))).problem(428, "precondition-required");
    let changed = city.bureau().send(put_calendar(&named, &body("05-02")).header("if-match", &tag)).is(200);
    assert_eq!(changed["days"][0]["day"], format!("{year}-05-02"));
    city.bureau()
        .send(put_calendar(&named, &body("05-03")).header("if-match", &tag))
        .problem(412, "precondition-failed");
    let read = city.college().send(get_calendar(&named)).is(200);
    assert_eq!(read["days"].as_array().map(Vec::len), Some(1), "the old day went: {read:?}");
    assert_eq!(read["days"][0]["day"], format!("{year}-05-02"));
}

fn others_only_read(city: &City) {
    let body = json!({"source": "演示", "days": []});
    city.school().send(put_calendar("2029", &body)).is(403);
    let session = Session::of(city, &city.student());
    session.send(get_calendar("2025")).is(200);
    session.send(put_calendar("2029", &body)).problem(401, "unauthenticated");
    assert_eq!(Call::plain("GET", "/api/v1/calendar/2025").send(&city.base).expect("an answer").status, 401);
}

fn wrong_years_are_refused(city: &City) {
    let entered = |year: &str, day: &str, kind: &str| {
        let days = json!([{"day": day, "kind": kind, "name": "演示节"}]);
        city.bureau().send(put_calendar(year, &json!({"source": "演示", "days": days})))
    };
    entered("2028", "2027-05-01", "holiday").problem_at(400, "invalid-request", "/days/0/day");
    entered("2028", "2028-05-01", "working").problem_at(400, "invalid-request", "/days/0/kind");
    entered("2028", "2028-02-30", "holiday").problem_at(400, "invalid-request", "/days/0/day");
    entered("1999", "1999-05-01", "holiday").problem(404, "not-found");
    entered("next", "1999-05-01", "holiday").problem(404, "not-found");
}
