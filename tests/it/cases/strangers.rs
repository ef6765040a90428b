//! A case exists for its learner, the institution asked, who presented it, and the bureau.

use serde_json::json;

use crate::support::cases::{Presenter, certificate_claim, decide, in_queue};
use crate::support::city::City;
use crate::support::client::Client;
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{
    get_recognition_case, list_recognition_cases, post_recognition_appeal, post_recognition_completion,
    post_recognition_withdrawal,
};

crate::support::on_both! {
    case_of_another_does_not_exist,
    scopes_are_needed,
}

fn presented(city: &City, presenter: &Presenter) -> String {
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    presenter.present(city.school(), &certificate_claim(&code, &fresh::code("N"))).is(201).id()
}

fn doings(case: &str) -> [Call; 3] {
    [
        post_recognition_completion(case, &json!({"statement": "x"})),
        post_recognition_withdrawal(case, &json!({})),
        post_recognition_appeal(case, &json!({"reason": "x"})),
    ]
}

fn case_of_another_does_not_exist(city: &City) {
    let presenter = Presenter::new(city);
    let case = presented(city, &presenter);
    let strangers: [&Client; 3] = [city.other_school(), city.college(), city.accredited("skill_certificate")];
    for client in strangers {
        client.send(get_recognition_case(&case)).problem(404, "not-found");
        decide(client, &case, "recognised").problem(404, "not-found");
        assert!(in_queue(client, list_recognition_cases(), &case).is_none());
    }
    for call in doings(&case) {
        city.other_school().send(call).problem(404, "not-found");
    }
    let other = Presenter::new(city);
    other.session.send(get_recognition_case(&case)).problem(404, "not-found");
    assert!(other.session.send(list_recognition_cases()).is(200).items().is_empty());
    for call in doings(&case) {
        other.session.send(call).problem(404, "not-found");
    }
    let nobody = get_recognition_case(&case).send(&city.base).expect("an answer");
    nobody.problem(401, "unauthenticated");
    for id in ["0197a6f0-1111-7abc-8def-0123456789ab", "odd"] {
        city.bureau().send(get_recognition_case(id)).problem(404, "not-found");
    }
    // A learner decides nothing.
    let call = crate::support::operations::post_recognition_decision(&case, &json!({}));
    presenter.session.send(call).problem(401, "unauthenticated");
}

fn scopes_are_needed(city: &City) {
    let presenter = Presenter::new(city);
    let case = presented(city, &presenter);
    let token = city.school().token_for("cases:read");
    let send = |call: Call| call.token(&token).send(&city.base).expect("an answer");
    send(get_recognition_case(&case)).is(200);
    let decision = crate::support::cases::decision("recognised");
    let call = crate::support::operations::post_recognition_decision(&case, &decision);
    assert_eq!(send(call).problem(403, "insufficient-scope")["scope"], "cases:decide");
    let token = city.school().token_for("learners:read");
    let call = list_recognition_cases().token(&token);
    assert_eq!(call.send(&city.base).expect("an answer").problem(403, "insufficient-scope")["scope"], "cases:read");
}
