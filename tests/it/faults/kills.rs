//! The server dies at any moment and loses nothing that it has acknowledged.

use std::time::Duration;

use super::load::Load;
use crate::support::book::trial_balance;
use crate::support::city::City;
use crate::support::fixture::Student;
use crate::support::process::run;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    twenty_kills_lose_nothing,
}

fn twenty_kills_lose_nothing(backend: Backend) {
    let mut city = City::own(backend);
    let students: Vec<Student> = (0..8).map(|_| city.student()).collect();
    let client = city.school().at(&city.base);
    let load = Load::default();
    let kills = if std::env::var_os("XUEFEN_FULL").is_some() { 200 } else { 20 };
    for kill in 0..kills {
        let before = load.acknowledged();
        let server = &mut city.server;
        load.run(&client, &students, 16, || {
            load.wait_for(before + 5);
            // Not the same moment each time.
            std::thread::sleep(Duration::from_millis(150 + 37 * (kill % 11)));
            server.kill();
        });
        city.serve_again();
        load.check_newest(&client);
    }
    load.settle(&client);
    load.check(&client, &students);
    trial_balance(&client);
    city.server.stop();
    let verified = run(&city.store.arguments(&["verify"]));
    let said = String::from_utf8_lossy(&verified.stderr).into_owned() + &String::from_utf8_lossy(&verified.stdout);
    assert_eq!(verified.status.code(), Some(0), "{said}");
}
