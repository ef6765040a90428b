//! PostgreSQL goes away for five seconds and comes back.

use std::time::{Duration, Instant};

use serde_json::json;

use super::load::Load;
use crate::support::book::trial_balance;
use crate::support::city::{City, wait_ready};
use crate::support::contract;
use crate::support::fixture::{Student, course};
use crate::support::fresh;
use crate::support::operations::{get_balances, get_liveness, get_readiness, post_achievement};
use crate::support::postgres::Cluster;
use crate::support::process::run;
use crate::support::store::Store;

crate::support::on_postgres_alone! {
    server_outlives_its_database,
}

fn server_outlives_its_database() {
    let cluster = Cluster::start();
    let mut city = City::of_store(Store::in_cluster(&cluster.url()));
    let students: Vec<Student> = (0..6).map(|_| city.student()).collect();
    let client = city.school().at(&city.base);
    // The token is fetched while there is a database.
    client.send(get_balances(&students[0].id)).is(200);
    let load = Load::default();
    load.run(&client, &students, 8, || {
        std::thread::sleep(Duration::from_secs(1));
        cluster.down();
        let since = Instant::now();
        let read = client.try_send(&get_balances(&students[0].id)).expect("the server itself is there");
        unavailable(&read);
        let posted =
            client.try_send(&post_achievement(&course(&json!({"id": students[0].id}), &fresh::code("Z"), "0")));
        unavailable(&posted.expect("the server itself is there"));
        let ready = get_readiness();
        let answer = ready.send(&city.base).expect("the server itself is there").is(503);
        contract::check(&ready, &answer);
        get_liveness().send(&city.base).expect("the server itself is there").is(200);
        assert!(since.elapsed() < Duration::from_secs(30), "the answers took {:?}", since.elapsed());
        std::thread::sleep(Duration::from_secs(5).saturating_sub(since.elapsed()));
        cluster.up();
        wait_ready(&city.base);
        load.wait_for(load.acknowledged() + 20);
    });
    assert!(load.put_off() > 0, "nobody was told to come again");
    load.settle(&client);
    load.check(&client, &students);
    trial_balance(&client);
    city.server.stop();
    let verified = run(&city.store.arguments(&["verify"]));
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stderr));
}

fn unavailable(answer: &crate::support::http::Answer) {
    let answer = answer.clone().problem(503, "service-unavailable");
    let later: u64 = answer.header("retry-after").and_then(|value| value.parse().ok()).expect("Retry-After in seconds");
    assert!((1..=120).contains(&later), "{later}");
}
