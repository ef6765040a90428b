//! `private_key_jwt`: what a good assertion gets, that it is good once, and how keys change over.

use serde_json::{Value, json};

use super::{
    GRANT, JWT_BEARER, admin, ask, asserted, client_with, client_with_secret, key_file, nobody, pairs, said,
    second_server, secretly, taken, token, try_admin,
};
use crate::support::city::City;
use crate::support::contract;
use crate::support::http::Answer;
use crate::support::keys::{Pair, claims};
use crate::support::operations::{get_me, issue_token};
use crate::support::store::Backend;

crate::support::on_both! {
    assertion_by_each_kind_of_key_gets_a_token,
    audience_is_the_issuer_or_the_token_endpoint,
    two_proofs_in_one_request_are_refused,
    keys_change_over_with_overlap,
    keys_that_cannot_be_are_not_registered,
}

mod alone {
    use super::*;

    crate::support::on_both_alone! {
        assertion_is_good_once,
    }
}

fn assertion_by_each_kind_of_key_gets_a_token(city: &City) {
    for pair in pairs() {
        let id = client_with(city, &[pair.jwk("2026")]);
        let answer = asserted(&city.base, &pair.assertion("2026", &id, &city.base)).is(200);
        assert_eq!(answer.str("token_type"), "Bearer");
        let me = get_me().token(answer.str("access_token")).send(&city.base).expect("an answer").is(200);
        assert_eq!((me.id(), me["institution"]["id"].as_str()), (id.clone(), Some(&*city.school().institution_id)));
        // Without `kid` it is clear which key is meant as long as there is one.
        let header = json!({"alg": pair.algorithm()});
        asserted(&city.base, &pair.sign(&header, &claims(&id, &city.base))).is(200);
        // Scopes are narrowed as with a secret.
        let fields = [
            GRANT,
            JWT_BEARER,
            ("client_assertion", &pair.assertion("2026", &id, &city.base)),
            ("scope", "ledger:read"),
        ];
        assert_eq!(ask(&city.base, "issue_token", "/oauth/token", &fields).is(200).str("scope"), "ledger:read");
        // It has no secret that could be guessed.
        nobody(secretly(&city.base, &id, ""));
    }
}

fn audience_is_the_issuer_or_the_token_endpoint(city: &City) {
    let pair = Pair::ed();
    let id = client_with(city, &[pair.jwk("k")]);
    let endpoint = format!("{}/oauth/token", city.base);
    for audience in [json!(city.base), json!(endpoint), json!([city.base, endpoint])] {
        let mut claims = claims(&id, &city.base);
        claims["aud"] = audience;
        asserted(&city.base, &pair.sign(&pair.header("k"), &claims)).is(200);
    }
}

fn two_proofs_in_one_request_are_refused(city: &City) {
    let (pair, (id, secret)) = (Pair::ed(), client_with_secret(city));
    let file = key_file(&[pair.jwk("k")]);
    let path = file.path().display().to_string();
    admin(city, &["client-key", "add", "--client", &id, "--jwks", &path]);
    let jwt = pair.assertion("k", &id, &city.base);
    let two_ways = |answer: Answer| {
        let answer = answer.is(400);
        assert_eq!(answer.str("error"), "invalid_request", "{answer:?}");
    };
    let form = [GRANT, JWT_BEARER, ("client_assertion", &jwt)];
    let with_secret = [form.as_slice(), &[("client_id", &id), ("client_secret", &secret)]].concat();
    two_ways(ask(&city.base, "issue_token", "/oauth/token", &with_secret));
    for form in [&form[..], &[GRANT, ("client_secret", &secret)], &[GRANT, ("client_id", "another")]] {
        let call = issue_token(&id, &secret, form);
        let answer = call.send(&city.base).expect("an answer");
        contract::check(&call, &answer);
        two_ways(answer);
    }
    // Neither was used up: each alone is good.
    asserted(&city.base, &jwt).is(200);
    secretly(&city.base, &id, &secret).is(200);
}

fn keys_change_over_with_overlap(city: &City) {
    let (old, new) = (Pair::ed(), Pair::ec());
    let id = client_with(city, &[old.jwk("old")]);
    let held = token(asserted(&city.base, &old.assertion("old", &id, &city.base)));
    let file = key_file(&[new.jwk("new")]);
    let path = file.path().display().to_string();
    admin(city, &["client-key", "add", "--client", &id, "--jwks", &path]);
    // Both stand; which is meant must now be said.
    asserted(&city.base, &old.assertion("old", &id, &city.base)).is(200);
    asserted(&city.base, &new.assertion("new", &id, &city.base)).is(200);
    nobody(asserted(&city.base, &old.sign(&json!({"alg": "EdDSA"}), &claims(&id, &city.base))));
    nobody(asserted(&city.base, &old.assertion("new", &id, &city.base)));
    admin(city, &["client-key", "remove", "--client", &id, "--kid", "old"]);
    nobody(asserted(&city.base, &old.assertion("old", &id, &city.base)));
    asserted(&city.base, &new.assertion("new", &id, &city.base)).is(200);
    assert!(taken(&city.base, &held), "a token outlives the key that was removed in turn");
    let list = admin(city, &["client-key", "list", "--client", &id]);
    assert!(list.lines().any(|line| line.starts_with("EdDSA  old") && line.contains("removed")), "{list}");
    assert!(list.lines().any(|line| line.starts_with("ES256  new") && !line.contains("removed")), "{list}");
    // Neither the id nor the key comes back.
    for key in [Pair::ed().jwk("old"), old.jwk("another")] {
        let file = key_file(&[key]);
        let path = file.path().display().to_string();
        let (code, _, fault) = try_admin(city, &["client-key", "add", "--client", &id, "--jwks", &path]);
        assert!(code == Some(2) && fault.contains("already-exists"), "{code:?} {fault}");
    }
    // A key that others saw takes the tokens with it.
    let held = token(asserted(&city.base, &new.assertion("new", &id, &city.base)));
    assert!(taken(&city.base, &held));
    admin(city, &["client-key", "remove", "--client", &id, "--kid", "new", "--end-tokens"]);
    super::let_memory_fade();
    assert!(!taken(&city.base, &held));
}

fn keys_that_cannot_be_are_not_registered(city: &City) {
    let id = client_with(city, &[Pair::ed().jwk("k")]);
    let mut private = Pair::ed().jwk("private");
    private["d"] = json!("SECRETPRIVATEPART");
    let many: Vec<Value> = (0..5).map(|n| Pair::ed().jwk(&n.to_string())).collect();
    for (keys, reason) in [(vec![private], "private"), (many, "too-many-open"), (vec![], "1 to 5 keys")] {
        let file = key_file(&keys);
        let path = file.path().display().to_string();
        let (code, out, fault) = try_admin(city, &["client-key", "add", "--client", &id, "--jwks", &path]);
        assert!(code == Some(2) && fault.contains(reason), "{code:?} {fault}");
        assert!(!fault.contains("SECRETPRIVATEPART") && out.is_empty(), "{out} {fault}");
    }
    let nobody = "018f3a3e-0000-7000-8000-000000000000";
    let file = key_file(&[Pair::ed().jwk("k")]);
    let path = file.path().display().to_string();
    let (code, ..) = try_admin(city, &["client-key", "add", "--client", nobody, "--jwks", &path]);
    assert_eq!(code, Some(2));
    assert_eq!(admin(city, &["client-key", "list", "--client", &id]).lines().count(), 1);
}

fn assertion_is_good_once(backend: Backend) {
    let mut city = City::own(backend);
    let pair = Pair::ed();
    let id = client_with(&city, &[pair.jwk("k")]);
    let other = client_with(&city, &[pair.jwk("k")]);
    let used = pair.assertion("k", &id, &city.base);
    asserted(&city.base, &used).is(200);
    nobody(asserted(&city.base, &used));
    // The same `jti` in another assertion is used as well; another client has its own.
    let jti = |client: &str| {
        let mut claims = claims(client, &city.base);
        claims["jti"] = json!("the same");
        pair.sign(&pair.header("k"), &claims)
    };
    asserted(&city.base, &jti(&id)).is(200);
    nobody(asserted(&city.base, &jti(&id)));
    asserted(&city.base, &jti(&other)).is(200);
    // At two servers at once, where two can be.
    let second = (backend == Backend::Postgres).then(|| second_server(&city));
    let bases = [city.base.clone(), second.as_ref().map_or(&city.base, |(_, base)| base).clone()];
    for _ in 0..5 {
        let jwt = pair.assertion("k", &id, &city.base);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let ask = |n: usize| {
                let (base, jwt) = (&bases[n % 2], &jwt);
                scope.spawn(move || asserted(base, jwt).status)
            };
            let all: Vec<_> = (0..6).map(ask).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        let won = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(won, 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 401 | 429)), "{statuses:?}");
    }
    drop(second);
    city.server.stop();
    city.serve_again();
    nobody(asserted(&city.base, &used));
    asserted(&city.base, &pair.assertion("k", &id, &city.base)).is(200);
    let said_again = said(&admin(&city, &["client-key", "list", "--client", &id]), "EdDSA");
    assert!(said_again.starts_with('k'), "{said_again}");
}
