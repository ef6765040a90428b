//! Amounts that are none.

use serde_json::json;

use super::Untouched;
use crate::support::city::City;
use crate::support::fixture::with;
use crate::support::operations::post_achievement;

crate::support::on_both_quietly! {
    amounts_that_are_none,
    numbers_that_json_allows_and_credits_do_not,
}

fn amounts_that_are_none(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    let amounts = [
        "-1",
        "-0.5",
        "-0",
        "+4",
        "1e2",
        "4e0",
        "NaN",
        "Infinity",
        "-Infinity",
        "1.2345",
        "0.0001",
        "400.001",
        "1000000",
        "99999999999999999999999999999999999999",
        "9223372036854775808",
        ".5",
        "5.",
        "",
        " 4",
        "4 ",
        "4,5",
        "1_000",
        "0x4",
        "４",
        "四",
        "4\u{0}",
        "1.5.2",
    ];
    for amount in amounts {
        untouched.refuses(&with(&good, json!({"credits": amount})), 400, "invalid-request", "/credits");
    }
    for amount in [json!(true), json!(["4"]), json!({"value": "4"})] {
        untouched.refuses(&with(&good, json!({"credits": amount})), 400, "invalid-request", "/credits");
    }
}

fn numbers_that_json_allows_and_credits_do_not(city: &City) {
    let untouched = Untouched::new(city);
    let good = untouched.good();
    let numbers = [
        "-1",
        "-0.001",
        "1e2",
        "4E0",
        "1e-3",
        "1e400",
        "0.30000000000000004",
        "2.5000000000000001",
        "1.2345",
        "400.5",
        "1e1000000",
        "99999999999999999999999999999999999999999999999999",
        "123456789012345678901234567890.5",
    ];
    for number in numbers {
        let text = with(&good, json!({"credits": "@"})).to_string().replace("\"@\"", number);
        let call = post_achievement(&good).bytes("application/json", text.into_bytes());
        untouched.refuses_call(call, 400, "invalid-request", "/credits");
    }
    for word in ["NaN", "Infinity", "+4", "04", ".5", "5.", "0x4"] {
        let text = with(&good, json!({"credits": "@"})).to_string().replace("\"@\"", word);
        let call = post_achievement(&good).bytes("application/json", text.into_bytes());
        untouched.city.school().send(call).problem(400, "malformed-json");
        untouched.is_untouched();
    }
}
