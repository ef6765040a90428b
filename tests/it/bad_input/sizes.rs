//! Bodies that are too large.

use serde_json::json;

use super::Untouched;
use crate::support::city::City;
use crate::support::contract;
use crate::support::fixture::with;
use crate::support::http::Call;
use crate::support::operations::{open_learner, post_achievement, post_achievement_batch};
use crate::support::raw::send_unread;

crate::support::on_both_quietly! {
    bodies_beyond_the_limit,
}

fn oversized(city: &City, call: Call, bytes: usize) {
    let token = city.school().token().expect("a token");
    let filler = format!("{{\"filler\":\"{}\"}}", "x".repeat(bytes));
    let call = call.bytes("application/json", filler.into_bytes()).token(&token);
    let answer = send_unread(&city.base, &call);
    contract::check(&call, &answer);
    answer.problem(413, "payload-too-large");
}

fn bodies_beyond_the_limit(city: &City) {
    let untouched = Untouched::new(city);
    oversized(city, post_achievement(&json!({})), 1 << 20);
    oversized(city, open_learner(&json!({})), 3 << 20);
    oversized(city, post_achievement_batch(&json!({})), 8 << 20);
    untouched.is_untouched();
    // Just below the limit it is read, and refused for what it says.
    let padded = with(&untouched.good(), json!({"external_ref": "x".repeat((1 << 20) - 2_000)}));
    untouched.refuses(&padded, 400, "invalid-request", "/external_ref");
}
