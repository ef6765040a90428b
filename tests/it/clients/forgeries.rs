//! Forged and confused tokens and assertions: every one is nobody's, and none is told why.

use serde_json::{Value, json};

use super::{GRANT, JWT_BEARER, ask, asserted, client_with, nobody, token};
use crate::support::city::City;
use crate::support::clock::now;
use crate::support::contract;
use crate::support::keys::{Pair, b64, claims};
use crate::support::operations::{get_jwks, get_me};

crate::support::on_both! {
    forged_assertions_are_nobodys,
    assertions_for_others_or_of_other_times_are_nobodys,
    tokens_and_assertions_are_not_taken_for_each_other,
    forged_tokens_are_refused,
}

/// An HMAC with `secret` as its key, as a forger who has the public key makes it.
fn hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    use aws_lc_rs::hmac;
    let message = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", b64(tag))
}

fn forged_assertions_are_nobodys(city: &City) {
    for pair in super::pairs() {
        let id = client_with(city, &[pair.jwk("k")]);
        let good = claims(&id, &city.base);
        let unsigned = |alg: &str| {
            let header = json!({"alg": alg, "typ": "JWT", "kid": "k"});
            format!("{}.{}.", b64(header.to_string()), b64(good.to_string()))
        };
        let hmac = json!({"alg": "HS256", "typ": "JWT", "kid": "k"});
        let jwk = pair.jwk("k");
        let public = jwk["x"].as_str().or(jwk["n"].as_str()).expect("a public key").to_owned();
        let stranger = match &pair {
            Pair::Ed(_) => Pair::ed(),
            Pair::Ec(_) => Pair::ec(),
            Pair::Rsa(_) => Pair::rsa(),
        };
        let with = |header: Value| {
            let mut own = pair.header("k");
            own.as_object_mut().expect("an object").extend(header.as_object().expect("an object").clone());
            pair.sign(&own, &good)
        };
        let signed = pair.sign(&pair.header("k"), &good);
        let tampered = {
            let parts: Vec<&str> = signed.split('.').collect();
            let mut claims = good.clone();
            claims["jti"] = json!("another");
            format!("{}.{}.{}", parts[0], b64(claims.to_string()), parts[2])
        };
        let forgeries = [
            unsigned("none"),
            unsigned("None"),
            hs256(public.as_bytes(), &hmac, &good),
            stranger.sign(&stranger.header("k"), &good),
            // The key that comes with the assertion is not the client's.
            stranger.sign(&json!({"alg": stranger.algorithm(), "kid": "k", "jwk": stranger.jwk("k")}), &good),
            with(json!({"kid": "another"})),
            with(json!({"alg": if pair.algorithm() == "ES256" { "EdDSA" } else { "ES256" }})),
            with(json!({"crit": ["exp"]})),
            with(json!({"typ": "at+jwt"})),
        ];
        for (n, forged) in forgeries.iter().enumerate() {
            assert_ne!(*forged, signed);
            let answer = asserted(&city.base, forged);
            assert_eq!(answer.status, 401, "forgery {n} by {}: {answer:?}", pair.algorithm());
            nobody(answer);
        }
        // Nothing of it was held against the client elsewhere, and its own assertion was not used up.
        let id = client_with(city, &[pair.jwk("k")]);
        nobody(asserted(&city.base, &tampered.replace(&b64(good.to_string()), "")));
        nobody(asserted(&city.base, &tampered));
        asserted(&city.base, &pair.assertion("k", &id, &city.base)).is(200);
    }
}

fn assertions_for_others_or_of_other_times_are_nobodys(city: &City) {
    let (pair, now) = (Pair::ed(), now().timestamp());
    let other = client_with(city, &[Pair::ed().jwk("k")]);
    for (name, value) in [
        ("aud", json!("https://elsewhere.example")),
        ("aud", json!([city.base, "https://elsewhere.example"])),
        ("aud", Value::Null),
        ("exp", json!(now - 1)),
        ("exp", json!(now + 400)),
        ("exp", Value::Null),
        ("iat", json!(now + 120)),
        ("nbf", json!(now + 120)),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("iss", json!("somebody")),
        // Another client's name over this client's signature.
        ("iss", json!(other)),
        ("sub", json!(other)),
    ] {
        let id = client_with(city, &[pair.jwk("k")]);
        let mut claims = claims(&id, &city.base);
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        }
        let answer = asserted(&city.base, &pair.sign(&pair.header("k"), &claims));
        assert_eq!(answer.status, 401, "{name} {value}: {answer:?}");
        nobody(answer);
    }
    let id = client_with(city, &[pair.jwk("k")]);
    let mut both = claims(&id, &city.base);
    (both["iss"], both["sub"]) = (json!(other), json!(other));
    nobody(asserted(&city.base, &pair.sign(&pair.header("k"), &both)));
    // A client's id beside an assertion of another.
    let jwt = pair.assertion("k", &id, &city.base);
    let fields = [GRANT, JWT_BEARER, ("client_assertion", &jwt), ("client_id", &other)];
    nobody(ask(&city.base, "issue_token", "/oauth/token", &fields));
    asserted(&city.base, &jwt).is(200);
}

fn tokens_and_assertions_are_not_taken_for_each_other(city: &City) {
    let pair = Pair::ed();
    let id = client_with(city, &[pair.jwk("k")]);
    let held = token(asserted(&city.base, &pair.assertion("k", &id, &city.base)));
    nobody(asserted(&city.base, &held));
    for header in [pair.header("k"), json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "k"})] {
        let mut claims = claims(&id, &city.base);
        claims["client_id"] = json!(id);
        claims["scope"] = json!("ledger:read");
        claims["epoch"] = json!(1);
        claims["jti"] = json!("018f3a3e-0000-7000-8000-000000000000");
        refused(city, &pair.sign(&header, &claims));
    }
}

#[track_caller]
fn refused(city: &City, token: &str) {
    let call = get_me().token(token);
    let answer = call.send(&city.base).expect("an answer");
    contract::check(&call, &answer);
    answer.problem(401, "unauthenticated");
}

fn forged_tokens_are_refused(city: &City) {
    let pair = Pair::ed();
    let id = client_with(city, &[pair.jwk("k")]);
    let held = token(asserted(&city.base, &pair.assertion("k", &id, &city.base)));
    let parts: Vec<&str> = held.split('.').collect();
    let read = |part: &str| -> Value {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    let (header, claims) = (read(parts[0]), read(parts[1]));
    let keys = get_jwks().send(&city.base).expect("an answer").is(200);
    let public = keys["keys"].as_array().expect("keys")[0]["x"].as_str().expect("a public key").to_owned();
    let with = |value: &Value, name: &str, member: Value| {
        let mut value = value.clone();
        value[name] = member;
        value
    };
    let none = with(&header, "alg", json!("none"));
    let hmac = with(&header, "alg", json!("HS256"));
    let another = with(&claims, "client_id", json!(city.bureau().id));
    for forged in [
        format!("{}.{}.", b64(none.to_string()), parts[1]),
        format!("{}.{}.{}", b64(none.to_string()), parts[1], parts[2]),
        hs256(public.as_bytes(), &hmac, &claims),
        // Signed by a key of the client's own, under the service's key id and under its own.
        pair.sign(&header, &claims),
        pair.sign(&with(&header, "kid", json!("k")), &claims),
        pair.sign(&with(&header, "jwk", pair.jwk("k")), &claims),
        format!("{}.{}.{}", parts[0], b64(another.to_string()), parts[2]),
        format!("{}.{}.{}", b64(with(&header, "typ", json!("JWT")).to_string()), parts[1], parts[2]),
        format!("{}.{}.{}", b64(with(&header, "crit", json!(["exp"])).to_string()), parts[1], parts[2]),
        format!("{held}.{}", parts[2]),
    ] {
        refused(city, &forged);
    }
    get_me().token(&held).send(&city.base).expect("an answer").is(200);
}
