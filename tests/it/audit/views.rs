//! A learner sees who looked, when and at what, by the institution's name; and nothing of others.

use super::{auditor, events};
use crate::support::city::City;
use crate::support::operations::{get_institution, get_learner, get_me, list_conversions, list_learners, list_views};
use crate::support::session::Session;

crate::support::on_both! {
    learner_sees_who_looked,
    nobody_else_sees_it,
}

fn learner_sees_who_looked(city: &City) {
    let (school, student) = (city.school(), city.student());
    let session = Session::of(city, &student);
    let views = || session.send(list_views().query("limit", "200")).is(200).items().to_vec();
    let opened = views();
    assert!(opened.iter().any(|view| view["action"] == "open_learner"), "the school opened the account: {opened:?}");
    school.send(get_learner(&student.id)).is(200);
    let latest = views().swap_remove(0);
    let name = school.send(get_institution(&school.institution_id)).is(200).str("name").to_owned();
    assert_eq!(latest["action"], "view_learner", "{latest}");
    assert_eq!(latest["actor_kind"], "client");
    assert_eq!(latest["institution"]["name"], *name, "{latest}");
    assert_eq!(latest["institution"]["id"], *school.institution_id);
    assert!(latest["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{latest}");
    assert!(!latest.to_string().contains(&school.id), "which client it was is not told: {latest}");
    let before = views().len();
    session.send(get_me()).is(200);
    session.send(list_conversions()).is(200);
    assert_eq!(views().len(), before, "its own looks are none");
    city.other_school().send(get_learner(&student.id)).problem(404, "not-found");
    assert_eq!(views().len(), before, "who was shown nothing did not look");
    // Whoever asks the trail about a learner has looked as well.
    assert!(!events(&auditor(city), &[("learner_id", &student.id)]).is_empty());
    assert_eq!(views()[0]["action"], "search_audit_events");
}

fn nobody_else_sees_it(city: &City) {
    let (school, one, other) = (city.school(), city.student(), city.student());
    let session = Session::of(city, &other);
    school.send(get_learner(&one.id)).is(200);
    let views = session.send(list_views().query("limit", "200")).is(200).items().to_vec();
    assert!(!views.iter().any(|view| view["action"] == "view_learner"), "{views:?}");
    school.send(list_views()).problem(403, "forbidden");
    list_views().send(&city.base).expect("an answer").problem(401, "unauthenticated");
    // Page by page it is the same list.
    for _ in 0..3 {
        school.send(list_learners().query("limit", "200")).is(200);
        school.send(get_learner(&other.id)).is(200);
    }
    let ids = |views: Vec<serde_json::Value>| views.into_iter().map(|view| view["id"].clone()).collect::<Vec<_>>();
    let whole = ids(session.send(list_views().query("limit", "200")).is(200).items().to_vec());
    let (mut paged, mut next) = (Vec::new(), Some(list_views().query("limit", "2")));
    while let Some(call) = next {
        let page = session.send(call).is(200);
        assert!(page.items().len() <= 2);
        paged.extend(ids(page.items().to_vec()));
        next = page["next"].as_str().map(|path| crate::support::http::Call::new("list_views", "GET", path.to_owned()));
    }
    assert_eq!(paged, whole);
}
