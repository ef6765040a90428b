//! The demo city is what the examples promise.

use std::collections::BTreeSet;

use crate::support::book::{check, pages};
use crate::support::city::City;
use crate::support::operations::{get_institution, get_learner, get_programme, list_learners};

crate::support::on_both! {
    every_kind_of_institution_has_a_client,
    programmes_and_learners_are_there,
    staff_are_named,
}

fn every_kind_of_institution_has_a_client(city: &City) {
    let mut kinds: Vec<&str> = city.clients().iter().map(|client| client.kind.as_str()).collect();
    kinds.sort_unstable();
    let count = |kind: &str| kinds.iter().filter(|own| **own == kind).count();
    for kind in [
        "technician_college",
        "university",
        "open_university",
        "awarding_body",
        "training_provider",
        "enterprise",
        "bureau",
    ] {
        assert!(count(kind) >= 1, "{kind}");
    }
    assert!(count("secondary_school") >= 2 && count("higher_vocational_college") >= 2, "{kinds:?}");
    for client in city.clients() {
        let own = client.send(get_institution(&client.institution_id)).is(200);
        assert_eq!((own.str("kind"), own.str("status")), (client.kind.as_str(), "active"));
    }
}

fn programmes_and_learners_are_there(city: &City) {
    let programmes = city.demo["programmes"].as_array().expect("programmes");
    let levels: BTreeSet<&str> = programmes.iter().filter_map(|programme| programme["level"].as_str()).collect();
    assert_eq!(levels, BTreeSet::from(["higher", "secondary", "undergraduate"]));
    for programme in programmes {
        let found = city.bureau().send(get_programme(programme["id"].as_str().expect("an id"))).is(200);
        for member in ["institution_id", "level", "major_code", "name"] {
            assert_eq!(found[member], programme[member], "{member}");
        }
    }
    let mut seen = BTreeSet::new();
    let mut earned = 0;
    for client in
        city.clients().iter().filter(|client| client.kind.contains("school") || client.kind.contains("college"))
    {
        let own = pages(client, list_learners().query("limit", "200"));
        for learner in own.iter().filter(|learner| seen.insert(learner["id"].to_string())).take(12) {
            let balances = check(client, learner["id"].as_str().expect("an id"));
            earned += crate::support::decimal::thousandths(balances.earned());
        }
    }
    assert!(seen.len() >= 6, "{} learners", seen.len());
    assert!(earned > 0, "nobody has earned anything");
    for learner in city.demo["learners"].as_array().expect("learners") {
        for member in ["id", "account_no", "name", "login", "password", "programme_id"] {
            assert!(learner[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {learner}");
        }
        let id = learner["id"].as_str().expect("an id");
        let found = city.clients().iter().filter(|client| client.kind != "enterprise" && client.kind != "bureau");
        let known =
            found.filter_map(|client| client.try_send(&get_learner(id)).ok()).find(|answer| answer.status == 200);
        let known = known.unwrap_or_else(|| panic!("no school knows {learner}"));
        assert_eq!(known["account_no"], learner["account_no"]);
    }
}

fn staff_are_named(city: &City) {
    let staff = city.demo["staff"].as_array().expect("staff");
    assert!(!staff.is_empty());
    for member in staff {
        for part in ["login", "password", "role", "institution_id"] {
            assert!(member[part].as_str().is_some_and(|text| !text.is_empty()), "{part} of {member}");
        }
    }
}
