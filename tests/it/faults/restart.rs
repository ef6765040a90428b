//! An ordinary stop and start.

use serde_json::json;

use crate::support::book::check;
use crate::support::city::City;
use crate::support::fixture::course;
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{get_learner, post_achievement};
use crate::support::store::Backend;

crate::support::on_both_alone! {
    everything_goes_on_after_a_restart,
}

fn everything_goes_on_after_a_restart(backend: Backend) {
    let mut city = City::own(backend);
    let student = city.student();
    let result = course(&json!({"id": student.id}), &fresh::code("C"), "4");
    let call = post_achievement(&result);
    let first = city.school().send(call.clone()).is(201);
    let token = city.school().token().expect("a token");
    assert!(city.server.unread().is_empty(), "one line on standard output, no more");
    let status = city.server.stop();
    assert!(status.success() || status.code() == Some(143), "an orderly stop: {status}");
    city.serve_again();
    // The old token still holds, since the signing key was kept; the key still answers as it did.
    let again = get_learner(&student.id).token(&token).send(&city.base).expect("the server answers").is(200);
    assert_eq!(again["account_no"], student.account_no.as_str());
    let replayed = city.school().send(call).is(201);
    assert_eq!((replayed.id(), replayed.header("idempotency-replayed")), (first.id(), Some("true")));
    assert_eq!(city.school().send(post_achievement(&result)).is(200).id(), first.id());
    assert_eq!(check(city.school(), &student.id).earned(), "4");
    Call::plain("GET", "/livez").send(&city.base).expect("the server answers").is(200);
    let log = std::fs::read_to_string(city.server.log()).expect("the log can be read");
    assert!(!log.contains(&token), "a token stands in the log");
    assert!(!log.contains(&city.school().secret), "a secret stands in the log");
}
