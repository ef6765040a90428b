//! Tokens by client credentials: who gets one, for what, and what a bad one is worth.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::support::city::City;
use crate::support::clock::now;
use crate::support::contract;
use crate::support::fixture::course;
use crate::support::fresh::unified_code;
use crate::support::http::{Answer, Call};
use crate::support::operations::{
    create_institution, get_institution, get_jwks, get_trial_balance, issue_token, list_learners, post_achievement,
};

crate::support::on_both! {
    right_secret_gives_a_token_with_all_scopes,
    wrong_secret_and_unknown_client_are_refused_alike,
    scope_can_be_narrowed_and_never_widened,
    malformed_token_requests_are_refused,
    token_verifies_with_the_published_key,
    bad_tokens_are_refused,
    scopes_limit_what_a_token_may_do,
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn institution() -> Value {
    json!({"name": "演示不该有", "kind": "enterprise", "uscc": unified_code(), "region": "410202"})
}

fn ask(city: &City, client: &str, secret: &str, fields: &[(&str, &str)]) -> Answer {
    let call = issue_token(client, secret, fields);
    let answer = call.send(&city.base).expect("the server answers");
    contract::check(&call, &answer);
    answer
}

fn refused(answer: Answer, status: u16, error: &str) -> Answer {
    let answer = answer.is(status);
    assert_eq!(answer.str("error"), error, "{answer:?}");
    assert_eq!(answer.media_type(), "application/json");
    answer
}

fn right_secret_gives_a_token_with_all_scopes(city: &City) {
    let school = city.school();
    let answer = ask(city, &school.id, &school.secret, &[GRANT]).is(200);
    assert_eq!(answer.str("token_type"), "Bearer");
    assert!((1..=900).contains(&answer["expires_in"].as_u64().expect("seconds")), "{answer:?}");
    assert!(answer.header("cache-control").is_some_and(|value| value.contains("no-store")), "{:?}", answer.headers);
    let scopes: Vec<&str> = answer.str("scope").split(' ').collect();
    for scope in ["learners:read", "learners:write", "achievements:read", "achievements:write", "ledger:read"] {
        assert!(scopes.contains(&scope), "{scope} in {scopes:?}");
    }
    assert!(!scopes.contains(&"institutions:write"), "a school must not hold the bureau's scopes: {scopes:?}");
    let call = get_institution(&school.institution_id).token(answer.str("access_token"));
    assert_eq!(call.send(&city.base).expect("the server answers").is(200).id(), school.institution_id);
}

fn wrong_secret_and_unknown_client_are_refused_alike(city: &City) {
    let school = city.school();
    let unknown = "018f3a3e-0000-7000-8000-000000000000";
    let wrong = refused(ask(city, &school.id, "not the secret", &[GRANT]), 401, "invalid_client");
    let nobody = refused(ask(city, unknown, &school.secret, &[GRANT]), 401, "invalid_client");
    let foreign = refused(ask(city, &school.id, &city.bureau().secret, &[GRANT]), 401, "invalid_client");
    let empty = refused(ask(city, &school.id, "", &[GRANT]), 401, "invalid_client");
    assert!(wrong.header("www-authenticate").is_some_and(|value| value.starts_with("Basic")), "{:?}", wrong.headers);
    for other in [nobody, foreign, empty] {
        assert_eq!(wrong.text(), other.text(), "the answer tells which clients exist");
    }
}

fn scope_can_be_narrowed_and_never_widened(city: &City) {
    let school = city.school();
    let narrow = [GRANT, ("scope", "achievements:write learners:read")];
    let answer = ask(city, &school.id, &school.secret, &narrow).is(200);
    let mut scopes: Vec<&str> = answer.str("scope").split(' ').collect();
    scopes.sort_unstable();
    assert_eq!(scopes, ["achievements:write", "learners:read"]);
    let more = [GRANT, ("scope", "achievements:write institutions:write")];
    // RFC 6749 lets the server give less than was asked for, if it says so.
    let wide = ask(city, &school.id, &school.secret, &more);
    if wide.status == 200 {
        assert_eq!(wide.str("scope"), "achievements:write");
        let call = create_institution(&institution()).token(wide.str("access_token"));
        call.send(&city.base).expect("the server answers").problem(403, "insufficient-scope");
    } else {
        refused(wide, 400, "invalid_scope");
    }
    let foreign = [GRANT, ("scope", "institutions:write")];
    refused(ask(city, &school.id, &school.secret, &foreign), 400, "invalid_scope");
    refused(ask(city, &school.id, &school.secret, &[GRANT, ("scope", "no:such")]), 400, "invalid_scope");
}

fn malformed_token_requests_are_refused(city: &City) {
    let school = city.school();
    let password = [("grant_type", "password")];
    refused(ask(city, &school.id, &school.secret, &password), 400, "unsupported_grant_type");
    refused(ask(city, &school.id, &school.secret, &[]), 400, "invalid_request");
    let bare = issue_token("a", "b", &[GRANT]).header("authorization", "Basic !!!");
    let answer = bare.send(&city.base).expect("the server answers");
    assert!(matches!(answer.status, 400 | 401), "{answer:?}");
    assert!(answer["error"].is_string(), "{answer:?}");
}

fn token_verifies_with_the_published_key(city: &City) {
    let token = city.school().token().expect("a token");
    let call = get_jwks();
    let answer = call.send(&city.base).expect("the server answers").is(200);
    contract::check(&call, &answer);
    for key in answer["keys"].as_array().expect("keys") {
        assert!(key["d"].is_null(), "the private key is published");
        assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")), "{key}");
    }
    let header = decode_header(&token).expect("the token has a header");
    assert_eq!(header.alg, Algorithm::EdDSA);
    assert!(header.typ.is_some_and(|kind| kind.eq_ignore_ascii_case("at+jwt")), "RFC 9068 wants typ at+jwt");
    let keys: JwkSet = serde_json::from_value(answer.json).expect("a key set");
    let key = keys.find(&header.kid.expect("the header names its key")).expect("the key is published");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_aud = false;
    let decoded = decode::<Value>(&token, &DecodingKey::from_jwk(key).expect("a key"), &validation);
    let claims = decoded.expect("the signature holds").claims;
    for claim in ["iss", "aud", "sub", "jti", "client_id", "iat", "exp"] {
        assert!(!claims[claim].is_null(), "RFC 9068 wants {claim}: {claims}");
    }
    let life = claims["exp"].as_i64().expect("seconds") - claims["iat"].as_i64().expect("seconds");
    assert!((1..=900).contains(&life), "a token lives {life} s");
}

fn bad_tokens_are_refused(city: &City) {
    let good = city.school().token().expect("a token");
    let parts: Vec<&str> = good.split('.').collect();
    let unsigned = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#), parts[1]);
    let mut claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).expect("base64")).expect("the claims are JSON");
    claims["exp"] = json!(now().timestamp() - 60);
    let expired = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]);
    let cut = &good[..good.len() - 4];
    let list = list_learners();
    for token in ["garbage", "", "a.b.c", cut, &unsigned, &expired] {
        let answer = list.clone().token(token).send(&city.base).expect("the server answers");
        contract::check(&list, &answer);
        let answer = answer.problem(401, "unauthenticated");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.starts_with("Bearer"), "{:?}", answer.headers);
    }
    let basic = list.clone().header("authorization", "Basic YTpi");
    for call in [list.clone(), basic] {
        let answer = call.send(&city.base).expect("the server answers");
        contract::check(&list, &answer);
        answer.problem(401, "unauthenticated");
    }
}

fn scopes_limit_what_a_token_may_do(city: &City) {
    let school = city.school();
    let writing = school.token_for("achievements:write");
    let reading = school.token_for("learners:read");
    let student = city.student();
    let body = course(&student.by_account(), "SCOPE1", "1");
    let refused: [(&str, Call); 4] = [
        (&writing, list_learners()),
        (&writing, get_trial_balance()),
        (&reading, post_achievement(&body)),
        (&school.token().expect("a token"), create_institution(&institution())),
    ];
    for (token, call) in refused {
        let answer = call.clone().token(token).send(&city.base).expect("the server answers");
        contract::check(&call, &answer);
        answer.problem(403, "insufficient-scope");
    }
    let answer = list_learners().token(&reading).send(&city.base).expect("the server answers");
    answer.is(200);
}
