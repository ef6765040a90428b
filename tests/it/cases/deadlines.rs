//! Deadlines that have passed bring the bureau in and close nothing.

use serde_json::json;

use crate::support::book::check;
use crate::support::cases::{Presenter, certificate_claim, decide, in_queue};
use crate::support::city::City;
use crate::support::fresh;
use crate::support::operations::{get_recognition_case, list_recognition_cases, post_recognition_appeal};

crate::support::on_both! {
    passed_deadline_brings_the_bureau_in,
    late_institution_may_still_decide,
    appeal_comes_in_time_or_not_at_all,
}

fn presented(city: &City, presenter: &Presenter) -> String {
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    presenter.present(city.school(), &certificate_claim(&code, &fresh::code("N"))).is(201).id()
}

fn passed_deadline_brings_the_bureau_in(city: &City) {
    let presenter = Presenter::new(city);
    let case = presented(city, &presenter);
    decide(city.bureau(), &case, "recognised").problem(403, "forbidden");
    assert!(in_queue(city.bureau(), list_recognition_cases(), &case).is_none());
    city.let_pass("recognition_case", &case);
    let seen = presenter.session.send(get_recognition_case(&case)).is(200);
    assert_eq!((seen["turn"]["party"].as_str(), seen["turn"]["overdue"].as_bool()), (Some("bureau"), Some(true)));
    assert_eq!(seen.str("state"), "submitted", "nothing is closed");
    for client in [city.bureau(), city.school()] {
        let first = client.send(list_recognition_cases().query("limit", "200")).is(200).items()[0].clone();
        assert_eq!(first["turn"]["overdue"], true, "what is overdue comes first: {first}");
        let overdue = in_queue(client, list_recognition_cases().query("overdue", "true"), &case);
        assert!(overdue.is_some_and(|item| item["turn"]["overdue"] == true));
    }
    let done = decide(city.bureau(), &case, "recognised").is(200);
    assert_eq!(done.str("state"), "final");
    assert_eq!(check(city.school(), &presenter.student.id).available("skill"), "4");
}

fn late_institution_may_still_decide(city: &City) {
    let presenter = Presenter::new(city);
    let case = presented(city, &presenter);
    city.let_pass("recognition_case", &case);
    decide(city.school(), &case, "recognised").is(200);
}

fn appeal_comes_in_time_or_not_at_all(city: &City) {
    let presenter = Presenter::new(city);
    let case = presented(city, &presenter);
    decide(city.school(), &case, "rejected").is(200);
    city.let_pass("recognition_case", &case);
    let seen = presenter.session.send(get_recognition_case(&case)).is(200);
    assert_eq!((seen.str("state"), seen["turn"]["party"].as_str()), ("decided", Some("nobody")));
    let late = presenter.session.send(post_recognition_appeal(&case, &json!({"reason": "晚了"})));
    assert_eq!(late.problem(409, "period-over")["until"], "2020-01-02");
    let overdue = list_recognition_cases().query("overdue", "true");
    assert!(in_queue(city.school(), overdue, &case).is_none(), "a right that has lapsed is not overdue");
}
