//! Two servers on one PostgreSQL.

use serde_json::{Value, json};

use super::load::Load;
use crate::support::book::{check, trial_balance};
use crate::support::city::{City, wait_ready};
use crate::support::fixture::{Student, course};
use crate::support::fresh;
use crate::support::operations::{post_achievement, revoke_achievement};
use crate::support::process::{Server, free_port, run};
use crate::support::store::{Backend, copy_folder};

crate::support::on_postgres_alone! {
    two_servers_post_to_the_same_learners,
}

fn two_servers_post_to_the_same_learners() {
    let mut city = City::own(Backend::Postgres);
    // The second machine has a copy of the keys and the same database.
    let folder = city.store.folder.join("second");
    copy_folder(&city.store.data_dir, &folder);
    let address = format!("127.0.0.1:{}", free_port());
    let mut arguments = vec!["serve".to_owned(), "--listen".to_owned(), address.clone()];
    arguments.extend(["--data-dir".to_owned(), folder.display().to_string()]);
    arguments.extend(["--database-url".to_owned(), city.store.database_url.clone().expect("a database")]);
    let mut second = Server::start(&city.store.folder, &arguments, None);
    let base = format!("http://{address}");
    wait_ready(&base);
    let clients = [city.school().at(&city.base), city.school().at(&base)];
    let students: Vec<Student> = (0..4).map(|_| city.student()).collect();
    let loads = [Load::default(), Load::default()];
    std::thread::scope(|scope| {
        for (load, client) in loads.iter().zip(&clients) {
            let students = &students;
            scope.spawn(move || {
                load.run(client, students, 8, || std::thread::sleep(std::time::Duration::from_secs(4)));
            });
        }
    });
    let acknowledged = loads.iter().map(Load::acknowledged).sum::<usize>();
    assert!(loads.iter().all(|load| load.acknowledged() > 50), "{acknowledged} posts in all");
    let mut earned = 0;
    for student in &students {
        let own = check(&clients[0], &student.id);
        let other = check(&clients[1], &student.id);
        assert_eq!((own.seq(), own.earned()), (other.seq(), other.earned()), "the two servers disagree");
        earned += crate::support::decimal::thousandths(own.earned());
    }
    assert_eq!(earned, 500 * acknowledged as i64, "posts were lost or doubled");

    // The same reference at both at once is one lot; a revocation at one is seen at the other.
    for _ in 0..20 {
        let student = city.student();
        let result: Value = course(&json!({"id": student.id}), &fresh::code("C"), "4");
        let key = fresh::key();
        let call = post_achievement(&result).key(&key);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let handles: Vec<_> = clients.iter().map(|client| scope.spawn(|| client.send(call.clone()))).collect();
            handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
        });
        assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
        assert_eq!(answers[0].id(), answers[1].id());
        clients[0].send(revoke_achievement(&answers[0].id(), "测试")).is(200);
        assert_eq!(check(&clients[1], &student.id).earned(), "0");
    }
    assert_eq!(trial_balance(&clients[0])["balanced"], trial_balance(&clients[1])["balanced"]);
    second.stop();
    city.server.stop();
    let verified = run(&city.store.arguments(&["verify"]));
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stderr));
}
