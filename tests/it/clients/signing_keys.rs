//! The service's own keys change over while tokens are out, and running servers learn of it.

use serde_json::Value;

use super::{admin, client_with_secret, let_memory_fade, second_server, secretly, taken, token, try_admin};
use crate::support::city::City;
use crate::support::operations::get_jwks;
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    keys_change_over_while_tokens_are_out,
}

fn published(base: &str) -> Vec<String> {
    let answer = get_jwks().send(base).expect("an answer").is(200);
    let kid = |key: &Value| key["kid"].as_str().expect("a key has an id").to_owned();
    answer["keys"].as_array().expect("keys").iter().map(kid).collect()
}

fn kid_of(token: &str) -> String {
    jsonwebtoken::decode_header(token).expect("a header").kid.expect("the header names its key")
}

/// Lets so many seconds pass for the keys: what they wait for comes nearer by as much.
fn pass(city: &City, seconds: i64) {
    let micros = seconds * 1_000_000;
    Rows::open(&city.store).must(&format!(
        "UPDATE signing_key SET signs_from = signs_from - {micros}, signs_until = signs_until - {micros}, \
         verifies_until = verifies_until - {micros}"
    ));
    let_memory_fade();
}

fn keys_change_over_while_tokens_are_out(backend: Backend) {
    let city = City::own(backend);
    // Where two can be, a second process learns of it as well.
    let second = (backend == Backend::Postgres).then(|| second_server(&city));
    let bases: Vec<&str> = [&*city.base].into_iter().chain(second.as_ref().map(|(_, base)| &**base)).collect();
    let (id, secret) = client_with_secret(&city);
    let get = |base: &str| token(secretly(base, &id, &secret));
    let first = get(&city.base);
    let old = kid_of(&first);
    assert_eq!(published(&city.base), [old.as_str()]);

    let said = admin(&city, &["signing-key", "rotate"]);
    let new = said.split_whitespace().next().expect("the key's id").to_owned();
    let (code, _, fault) = try_admin(&city, &["signing-key", "rotate"]);
    assert!(code == Some(2) && fault.contains("does not sign yet"), "{fault}");
    let_memory_fade();
    for base in &bases {
        let keys = published(base);
        assert!(keys.contains(&old) && keys.contains(&new) && keys.len() == 2, "{keys:?}");
        assert_eq!(kid_of(&get(base)), old, "a key signs before anybody could learn of it");
    }
    pass(&city, 601);
    for base in &bases {
        let later = get(base);
        assert_eq!(kid_of(&later), new, "the new key does not sign in time");
        for base in &bases {
            assert!(taken(base, &first) && taken(base, &later), "a token was lost at the change");
        }
        assert!(published(base).contains(&old), "the old key is gone while its tokens are out");
    }
    pass(&city, 961);
    for base in &bases {
        assert_eq!(published(base), [new.as_str()]);
        assert!(!taken(base, &first), "the old key verifies for ever");
    }
    // A key that others saw: everything that it signed ends.
    let held: Vec<String> = bases.iter().map(|base| get(base)).collect();
    assert!(held.iter().all(|token| taken(&city.base, token)));
    let said = admin(&city, &["signing-key", "rotate", "--at-once"]);
    let newest = said.split_whitespace().next().expect("the key's id").to_owned();
    let_memory_fade();
    for base in &bases {
        assert_eq!(published(base), [newest.as_str()]);
        assert!(held.iter().all(|token| !taken(base, token)), "a token of a key that others saw is taken");
        let fresh = get(base);
        assert_eq!(kid_of(&fresh), newest);
        assert!(bases.iter().all(|base| taken(base, &fresh)));
    }
    let list = admin(&city, &["signing-key", "list"]);
    assert_eq!(list.lines().count(), 3, "{list}");
}
