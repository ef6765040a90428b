//! Tokens and proofs as time passes: a clock that stands where it is put, both databases.

use xuefen::domain::ClientId;
use xuefen::services::clients::{Proof, Proved};
use xuefen::services::error::Error;
use xuefen::services::signing_keys::Rotation;
use xuefen::services::tokens::{TOKEN_SECONDS, TokenAnswer};

use crate::bank::{Bank, postgres, sqlite};

/// An address of the network for documentation (RFC 5737).
const ADDRESS: &str = "192.0.2.1";

fn proof(id: ClientId, secret: &str) -> Proof {
    Proof::Secret { id: id.to_string(), secret: secret.to_owned().into() }
}

fn token(bank: &Bank, id: ClientId, secret: &str) -> String {
    match bank.app.issue_token(&proof(id, secret), None, ADDRESS).unwrap() {
        TokenAnswer::Issued(issued) => issued.access_token,
        other => panic!("no token: {other:?}"),
    }
}

fn taken(bank: &Bank, token: &str) -> bool {
    match bank.app.authenticate(token) {
        Ok(_) => true,
        Err(Error::Unauthenticated) => false,
        Err(error) => panic!("{error}"),
    }
}

fn signed_by(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

fn tokens_end_with_their_time_and_are_for_one_service(mut bank: Bank) {
    let made = bank.app.make_client(bank.school.institution, "时间", None).unwrap();
    let held = token(&bank, made.id, &made.secret);
    bank.pass(TOKEN_SECONDS - 1);
    assert!(taken(&bank, &held));
    assert!(bank.app.tokens.remembered(&held, bank.app.clock.now()).is_some());
    bank.pass(1);
    assert!(!taken(&bank, &held), "an expired token is taken");
    assert!(bank.app.tokens.remembered(&held, bank.app.clock.now()).is_none(), "an expired token is remembered");
    let held = token(&bank, made.id, &made.secret);
    let own = std::mem::replace(&mut bank.app.settings.base_url, "https://elsewhere.example".into());
    assert!(!taken(&bank, &held), "a token for another service is taken");
    let foreign = token(&bank, made.id, &made.secret);
    bank.app.settings.base_url = own;
    assert!(taken(&bank, &held) && !taken(&bank, &foreign));
}

fn signing_keys_follow_one_another_without_a_gap(bank: Bank) {
    let made = bank.app.make_client(bank.school.institution, "换钥", None).unwrap();
    let first = token(&bank, made.id, &made.secret);
    let old = signed_by(&first);
    let (new, from) = bank.app.rotate_signing_key(Rotation::InTurn).unwrap().unwrap();
    assert!(bank.app.rotate_signing_key(Rotation::InTurn).unwrap().is_none(), "two keys wait at once");
    let lead = (from.micros() - bank.app.clock.now().micros()) / 1_000_000;
    // Every second of the change a token can be had and is taken, until it runs out.
    let mut out: Vec<(i64, String)> = vec![(0, first)];
    let mut second = 0;
    for step in [1, lead - 2, 1, 1, 1, TOKEN_SECONDS - 2, 1, 1, 60, 1] {
        bank.pass(step);
        second += step;
        let fresh = token(&bank, made.id, &made.secret);
        assert_eq!(signed_by(&fresh), if second < lead { old.clone() } else { new.clone() }, "second {second}");
        out.push((second, fresh));
        for (issued, token) in &out {
            assert_eq!(taken(&bank, token), second - issued < TOKEN_SECONDS, "of {issued} at {second}");
        }
    }
    let published: Vec<String> = bank.app.jwks().unwrap().into_iter().map(|key| key.kid).collect();
    assert_eq!(published, [new.as_str()]);
    // What has run out is forgotten, the key that signs is not.
    bank.pass(120);
    bank.app.forget_what_ran_out().unwrap();
    let left: Vec<String> = bank.app.signing_key_times().unwrap().into_iter().map(|(kid, _)| kid).collect();
    assert_eq!(left, [new]);
    let held = token(&bank, made.id, &made.secret);
    bank.app.rotate_signing_key(Rotation::AtOnce).unwrap().unwrap();
    bank.pass(1);
    assert!(!taken(&bank, &held) && taken(&bank, &token(&bank, made.id, &made.secret)));
}

fn an_old_secret_ends_with_its_day_in_beijing(bank: Bank) {
    let made = bank.app.make_client(bank.school.institution, "换密", None).unwrap();
    // 09:00 in Beijing: fifteen hours of the day are left.
    let today = bank.app.clock.today();
    let new = bank.app.rotate_client_secret(made.id, Some(today), false).unwrap();
    let proved = |secret: &str| matches!(bank.app.prove_client(&proof(made.id, secret), ADDRESS).unwrap(), Proved::Client(id, _) if id == made.id);
    bank.pass(15 * 3600 - 1);
    assert!(proved(&made.secret) && proved(&new));
    bank.pass(1);
    assert!(!proved(&made.secret), "the old secret outlives its day");
    assert!(proved(&new));
    bank.pass(3600);
    bank.app.forget_what_ran_out().unwrap();
    assert!(proved(&new), "the secret that stands was forgotten");
}

#[test]
fn tokens_pass_with_time_on_sqlite() {
    tokens_end_with_their_time_and_are_for_one_service(sqlite());
    signing_keys_follow_one_another_without_a_gap(sqlite());
    an_old_secret_ends_with_its_day_in_beijing(sqlite());
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn tokens_pass_with_time_on_postgres() {
    tokens_end_with_their_time_and_are_for_one_service(postgres());
    signing_keys_follow_one_another_without_a_gap(postgres());
    an_old_secret_ends_with_its_day_in_beijing(postgres());
}
