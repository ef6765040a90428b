//! Who calls: clients by token, learners by session.

use crate::support::city::City;
use crate::support::http::Call;
use crate::support::operations::get_me;
use crate::support::session::Session;

crate::support::on_both! {
    everybody_learns_who_it_is,
    nobody_is_refused,
    token_counts_before_the_cookie,
}

fn everybody_learns_who_it_is(city: &City) {
    let student = city.student();
    let own = Session::of(city, &student).send(get_me()).is(200);
    assert_eq!((own.str("kind"), own.id()), ("learner", student.id.clone()));
    assert_eq!((own.str("account_no"), own.str("name")), (&*student.account_no, &*student.person.name));
    let masked = own["id_document"]["masked"].as_str().expect("a document");
    assert!(masked.contains("**") && !own.text().contains(&student.person.number), "{own:?}");

    let school = city.school();
    let client = school.send(get_me()).is(200);
    assert_eq!((client.str("kind"), client.id()), ("client", school.id.clone()));
    assert_eq!(client["institution"]["id"], school.institution_id.as_str());
    assert!(client["scopes"].as_array().is_some_and(|scopes| scopes.contains(&"learners:read".into())), "{client:?}");
}

fn nobody_is_refused(city: &City) {
    get_me().send(&city.base).expect("an answer").problem(401, "unauthenticated");
    let forged = get_me().header("cookie", "xuefen-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    forged.send(&city.base).expect("an answer").problem(401, "unauthenticated");
    // A session opens nothing that is for clients.
    let session = Session::of(city, &city.student());
    session.send(Call::plain("GET", "/api/v1/learners")).problem(401, "unauthenticated");
}

fn token_counts_before_the_cookie(city: &City) {
    let session = Session::of(city, &city.student());
    let token = city.school().token().expect("a token");
    assert_eq!(session.send(get_me().token(&token)).is(200).str("kind"), "client");
    session.send(get_me().token("made-up")).problem(401, "unauthenticated");
}
