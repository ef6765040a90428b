//! A larger demo city: conversions in every state that the first decisions lead to.

use std::collections::BTreeMap;

use crate::support::book::pages;
use crate::support::city::City;
use crate::support::operations::list_conversions;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    conversions_stand_in_every_state,
}

fn conversions_stand_in_every_state(backend: Backend) {
    let city = City::with_learners(backend, 100);
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for client in city.clients() {
        for conversion in pages(client, list_conversions().query("updated_since", "2020-01-01T00:00:00Z")) {
            *states.entry(conversion["status"].as_str().expect("a status").to_owned()).or_default() += 1;
        }
    }
    for wanted in ["pending", "returned", "rejected", "converted"] {
        assert!(states.contains_key(wanted), "no conversion is {wanted}: {states:?}");
    }
}
