//! A suspended institution's client is shut out at once, and let in again.

use serde_json::json;

use crate::support::book::Balances;
use crate::support::city::City;
use crate::support::fixture::{course, with};
use crate::support::fresh;
use crate::support::operations::{get_institution, post_achievement, update_institution};

crate::support::on_both_quietly! {
    suspended_institution_posts_nothing,
}

fn suspended_institution_posts_nothing(city: &City) {
    let (bureau, client, student) = (city.bureau(), city.client("open_university", 0), city.student());
    city.accredit(client, "course");
    let result = || with(&course(&student.by_account(), &fresh::code("C"), "2"), json!({"credit_type": "higher"}));
    client.send(post_achievement(&result())).is(201);
    let set = |status: &str| {
        let found = bureau.send(get_institution(&client.institution_id)).is(200);
        let tag = found.header("etag").expect("a version").to_owned();
        bureau.send(update_institution(&client.institution_id, &tag, &json!({"status": status}))).is(200);
        // What the server remembers of a client is never older than a second.
        std::thread::sleep(std::time::Duration::from_millis(1_200));
    };
    set("suspended");
    let refused = client.send(post_achievement(&result()));
    let again = client.at(&city.base).token();
    set("active");
    assert!(matches!(refused.status, 401 | 403), "a suspended institution posts: {refused:?}");
    assert!(again.is_err(), "a suspended institution gets a token");
    assert_eq!(Balances::of(city.school(), &student.id).total("higher"), "2");
    client.at(&city.base).send(post_achievement(&result())).is(201);
    assert_eq!(Balances::of(city.school(), &student.id).total("higher"), "4");
}
