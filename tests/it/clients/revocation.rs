//! Tokens are revoked by the client that holds them, and by nobody else; every process knows within a second.

use std::time::Duration;

use super::{JWT_BEARER, ask, asserted, client_with, client_with_secret, second_server, secretly, taken, token};
use crate::support::city::City;
use crate::support::http::Answer;
use crate::support::keys::Pair;
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both! {
    own_token_ends_at_once,
    tokens_of_others_and_no_tokens_are_left_as_they_are,
    revocation_needs_a_proof,
}

mod alone {
    use super::*;

    crate::support::on_both_alone! {
        revocation_outlives_a_restart,
    }
}

mod processes {
    use super::*;

    crate::support::on_postgres_alone! {
        revocation_is_seen_by_another_process,
    }
}

#[track_caller]
fn revoke(base: &str, id: &str, secret: &str, token: &str) -> Answer {
    ask(base, "revoke_token", "/oauth/revoke", &[("client_id", id), ("client_secret", secret), ("token", token)])
}

fn own_token_ends_at_once(city: &City) {
    let (id, secret) = client_with_secret(city);
    let (mine, kept) = (token(secretly(&city.base, &id, &secret)), token(secretly(&city.base, &id, &secret)));
    assert!(taken(&city.base, &mine) && taken(&city.base, &kept));
    let answer = revoke(&city.base, &id, &secret, &mine).is(200);
    assert!(answer.bytes.is_empty() && answer.header("cache-control") == Some("no-store"), "{answer:?}");
    assert!(!taken(&city.base, &mine), "it is remembered as good");
    assert!(taken(&city.base, &kept), "another token of the client ended as well");
    revoke(&city.base, &id, &secret, &mine).is(200);
    assert!(!taken(&city.base, &mine) && taken(&city.base, &kept));
    // By assertion as well, and with a hint.
    let pair = Pair::ec();
    let id = client_with(city, &[pair.jwk("k")]);
    let mine = token(asserted(&city.base, &pair.assertion("k", &id, &city.base)));
    assert!(taken(&city.base, &mine));
    let jwt = pair.assertion("k", &id, &city.base);
    let fields = [JWT_BEARER, ("client_assertion", &*jwt), ("token", &mine), ("token_type_hint", "refresh_token")];
    ask(&city.base, "revoke_token", "/oauth/revoke", &fields).is(200);
    assert!(!taken(&city.base, &mine));
}

fn tokens_of_others_and_no_tokens_are_left_as_they_are(city: &City) {
    let ((id, secret), (other, others)) = (client_with_secret(city), client_with_secret(city));
    let foreign = token(secretly(&city.base, &other, &others));
    let own = token(secretly(&city.base, &id, &secret));
    let answers =
        [&*foreign, "garbage", "", "a.b.c", &own].map(|token| revoke(&city.base, &id, &secret, token).is(200));
    assert!(answers.iter().all(|answer| answer.bytes.is_empty()), "the answer tells whose a token is: {answers:?}");
    super::let_memory_fade();
    assert!(taken(&city.base, &foreign) && !taken(&city.base, &own));
}

fn revocation_needs_a_proof(city: &City) {
    let (id, secret) = client_with_secret(city);
    let held = token(secretly(&city.base, &id, &secret));
    super::nobody(revoke(&city.base, &id, "wrong", &held));
    super::nobody(ask(&city.base, "revoke_token", "/oauth/revoke", &[("token", &held)]));
    let fields = [("client_id", &*id), ("client_secret", &secret)];
    let answer = ask(&city.base, "revoke_token", "/oauth/revoke", &fields).is(400);
    assert_eq!(answer.str("error"), "invalid_request");
    assert!(taken(&city.base, &held));
}

fn revocation_outlives_a_restart(backend: Backend) {
    let mut city = City::own(backend);
    let (id, secret) = client_with_secret(&city);
    let (mine, kept) = (token(secretly(&city.base, &id, &secret)), token(secretly(&city.base, &id, &secret)));
    revoke(&city.base, &id, &secret, &mine).is(200);
    city.server.stop();
    city.serve_again();
    assert!(!taken(&city.base, &mine) && taken(&city.base, &kept));
    // What is revoked is forgotten once the token has run out: the next start tidies up.
    let rows = || Rows::open(&city.store).count("token_revocation");
    assert_eq!(rows(), 1);
    Rows::open(&city.store).must("UPDATE token_revocation SET expires_at = 1");
    city.server.stop();
    city.serve_again();
    for _ in 0..100 {
        if Rows::open(&city.store).count("token_revocation") == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("a revocation is kept for ever");
}

fn revocation_is_seen_by_another_process() {
    let city = City::own(Backend::Postgres);
    let (_second, base) = second_server(&city);
    let (id, secret) = client_with_secret(&city);
    let mine = token(secretly(&city.base, &id, &secret));
    // Both have just seen that it is good.
    assert!(taken(&city.base, &mine) && taken(&base, &mine), "a token of one is taken by the other");
    revoke(&city.base, &id, &secret, &mine).is(200);
    assert!(!taken(&city.base, &mine));
    std::thread::sleep(Duration::from_millis(1_050));
    assert!(!taken(&base, &mine), "the other process still takes it after a second");
}
