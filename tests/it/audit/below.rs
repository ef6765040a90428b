//! A bureau searches what was done for the institutions that answer to it, and nothing of others'.

use super::{auditor, event_of, events, marked};
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::fixture::{enrolment, opening};
use crate::support::fresh::{self, Person};
use crate::support::operations::{get_learner, get_me, open_learner};
use crate::support::store::Backend;

// A bureau below makes another of the one above: not in the city that tests share.
crate::support::on_both_alone! {
    bureau_sees_what_is_below_it,
}

fn bureau_sees_what_is_below_it(backend: Backend) {
    let city = &City::own(backend);
    let bureau = city.institution("bureau", Some(city.bureau()));
    let school = city.institution("secondary_school", Some(&bureau));
    let (above, below) = (auditor(city), city.client_with(&bureau, "audit:read"));
    let foreign = city.institution("bureau", None);
    let foreign = city.client_with(&foreign, "audit:read");
    let stranger = city.student();
    let refused = |client: &Client| {
        let (call, request) = marked(get_learner(&stranger.id));
        client.send(call).problem(404, "not-found");
        event_of(&above, &request);
        request
    };
    let (own, other) = (refused(&school), refused(city.other_school()));
    assert_eq!(events(&below, &[("request_id", &own)]).len(), 1);
    assert_eq!(events(&below, &[("request_id", &other)]).len(), 0, "of another bureau's school");
    for request in [&own, &other] {
        assert_eq!(events(&foreign, &[("request_id", request)]).len(), 0, "no bureau over it");
    }
    // What nobody did for any institution is for the bureau that answers to none.
    let (call, request) = marked(get_me());
    call.header("x-forwarded-for", "ignored").send(&city.base).expect("an answer").is(401);
    assert_eq!(events(&below, &[("request_id", &request)]).len(), 0);
    // A learner of its own, whom another's school opened: whoever acted is what counts.
    let programme = city.programme(city.school(), "secondary");
    let body = opening(&Person::new(), Some(enrolment(&programme, &fresh::code("T"))));
    let opened = city.school().send(open_learner(&body)).is(201).id();
    assert!(events(&below, &[("learner_id", &opened)]).is_empty());
    assert!(!events(&above, &[("learner_id", &opened)]).is_empty());
}
