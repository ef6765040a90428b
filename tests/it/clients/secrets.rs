//! How a client's secret changes over: the old one stands until a day, or not at all.

use super::{admin, client_with_secret, let_memory_fade, nobody, said, secretly, taken, token, try_admin};
use crate::support::city::City;
use crate::support::clock::{days_ago, days_ahead, now, today};
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both! {
    old_secret_stands_until_a_day_or_ends_at_once,
    secrets_can_be_given_up,
}

mod alone {
    use super::*;

    crate::support::on_both_alone! {
        old_secret_ends_with_its_day,
    }
}

fn old_secret_stands_until_a_day_or_ends_at_once(city: &City) {
    let (id, first) = client_with_secret(city);
    let until = days_ahead(30).to_string();
    let second =
        said(&admin(city, &["client-secret", "rotate", "--client", &id, "--old-until", &until]), "client_secret");
    secretly(&city.base, &id, &first).is(200);
    let held = token(secretly(&city.base, &id, &second));
    // A third one leaves the second: never more than two.
    let third =
        said(&admin(city, &["client-secret", "rotate", "--client", &id, "--old-until", &until]), "client_secret");
    nobody(secretly(&city.base, &id, &first));
    secretly(&city.base, &id, &second).is(200);
    secretly(&city.base, &id, &third).is(200);
    assert!(taken(&city.base, &held));
    let fourth = said(&admin(city, &["client-secret", "rotate", "--client", &id, "--end-tokens"]), "client_secret");
    for old in [&first, &second, &third] {
        nobody(secretly(&city.base, &id, old));
    }
    let_memory_fade();
    assert!(!taken(&city.base, &held), "a token of a secret that others saw is taken");
    assert!(taken(&city.base, &token(secretly(&city.base, &id, &fourth))));
    for day in [days_ago(1), days_ahead(91)] {
        let day = day.to_string();
        let (code, out, _) = try_admin(city, &["client-secret", "rotate", "--client", &id, "--old-until", &day]);
        assert!(code == Some(2) && out.is_empty(), "{day}: {code:?} {out}");
    }
    secretly(&city.base, &id, &fourth).is(200);
}

fn secrets_can_be_given_up(city: &City) {
    let (id, secret) = client_with_secret(city);
    let held = token(secretly(&city.base, &id, &secret));
    admin(city, &["client-secret", "remove", "--client", &id]);
    nobody(secretly(&city.base, &id, &secret));
    assert!(taken(&city.base, &held));
    admin(city, &["client-secret", "remove", "--client", &id, "--end-tokens"]);
    let_memory_fade();
    assert!(!taken(&city.base, &held));
    nobody(secretly(&city.base, &id, ""));
}

fn old_secret_ends_with_its_day(backend: Backend) {
    let city = City::own(backend);
    let (id, first) = client_with_secret(&city);
    let day = today().to_string();
    let second =
        said(&admin(&city, &["client-secret", "rotate", "--client", &id, "--old-until", &day]), "client_secret");
    secretly(&city.base, &id, &first).is(200);
    // The day passes: what is left of it is taken off the row.
    let past = now().timestamp_micros() - 1;
    Rows::open(&city.store)
        .must(&format!("UPDATE api_client_secret SET expires_at = {past} WHERE expires_at IS NOT NULL"));
    nobody(secretly(&city.base, &id, &first));
    secretly(&city.base, &id, &second).is(200);
}
