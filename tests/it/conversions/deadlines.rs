//! What happens when days have passed: a notice ends, a deadline escalates, nothing is rejected.

use serde_json::json;

use super::{Setting, actions};
use crate::support::city::City;
use crate::support::clock::days_ago;
use crate::support::operations::{create_conversion_decision, get_conversion};
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    notices_end_and_deadlines_escalate,
}

fn notices_end_and_deadlines_escalate(backend: Backend) {
    let mut city = City::own(backend);
    let (noticed, late, programme) = {
        let setting = Setting::new(&city, |setting| vec![setting.stepwise()]);
        let conversion = setting.apply();
        let noticed = conversion["id"].as_str().expect("an id").to_owned();
        setting.reviewer.send(create_conversion_decision(&noticed, &json!({"outcome": "approved"}))).is(200);
        let other = Setting::new(&city, |setting| vec![setting.reviewed()]);
        let late = other.apply()["id"].as_str().expect("an id").to_owned();
        (noticed, late, setting.student.id.clone())
    };
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    rows.must(&format!("UPDATE conversion SET due_on = '{}'", days_ago(1)));
    drop(rows);
    city.serve_again();

    // The notice is over: whoever looks, or the housekeeping, finds it converted.
    let answer = city.college().send(get_conversion(&noticed)).is(200);
    assert_eq!(answer.str("status"), "converted");
    assert_eq!(actions(&answer.json), ["applied", "approved", "notice_ended", "converted"]);
    assert_eq!(answer["history"][2]["by"], json!("system"));
    assert!(!programme.is_empty());

    // The deadline is over: it is still the college's turn, and the bureau may decide as well.
    let answer = city.college().send(get_conversion(&late)).is(200);
    assert_eq!((answer.str("status"), &answer["step"]["overdue"]), ("pending", &json!(true)));
    assert_eq!(answer["step"]["turn"], json!(city.college().institution_id));
    let decided = city.bureau().send(create_conversion_decision(&late, &json!({"outcome": "approved"}))).is(200);
    assert_eq!(decided.str("status"), "converted");
    assert_eq!(decided["history"][1]["institution_id"], json!(city.bureau().institution_id));
}
