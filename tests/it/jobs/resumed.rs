//! A job whose process died is taken up again where it was.

use serde_json::json;

use super::{Offer, ended, let_it_settle};
use crate::support::city::City;
use crate::support::operations::{create_rule_set, create_simulation, list_simulation_results};
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    interrupted_job_is_taken_up_again,
}

fn interrupted_job_is_taken_up_again(backend: Backend) {
    let mut city = City::own(backend);
    let offer = Offer::new(&city, city.other_school());
    offer.holder(&city, city.other_school());
    let_it_settle();
    let draft = city.other_school().send(create_rule_set(&offer.rules("ENG1"))).is(201).id();
    let first = ended(city.other_school(), &city.other_school().send(create_simulation(&draft, "1")).is(202).id());
    assert_eq!(first["result"]["gaining"], json!(1), "{first:?}");

    // As a process leaves it that dies between two chunks: running, held by somebody, the lease run out.
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let nobody = match backend {
        Backend::Sqlite => "X'00000000000000000000000000000001'",
        Backend::Postgres => "'00000000-0000-0000-0000-000000000001'",
    };
    rows.must("DELETE FROM simulation_result");
    rows.must(&format!(
        "UPDATE job SET state = 'running', holder = {nobody}, leased_until = 1, tries = 1, done = 0, result = NULL, \
         progress = '', finished_at = NULL"
    ));
    drop(rows);
    city.serve_again();
    let school = city.other_school().at(&city.base);
    let again = ended(&school, &first.id());
    assert_eq!((again.str("state"), &again["result"]), ("done", &first["result"]), "{again:?}");
    assert_eq!(again["started_at"], first["started_at"]);
    assert_eq!(school.send(list_simulation_results(&first.id())).is(200).items().len(), 1);

    // One that fails again and again ends.
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    rows.must("UPDATE job SET state = 'running', leased_until = 1, tries = 3, result = NULL, finished_at = NULL");
    drop(rows);
    city.serve_again();
    let failed = ended(&city.other_school().at(&city.base), &first.id());
    assert_eq!(failed.str("state"), "failed", "{failed:?}");
}
