//! What a client can learn by itself, and where a refusal sends it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::city::City;
use crate::support::contract::{self, document};
use crate::support::http::{Answer, Call};
use crate::support::operations::{
    get_authorization_server, get_me, get_protected_resource, get_trial_balance, list_learners,
};

crate::support::on_both! {
    metadata_describes_the_service,
    refusals_say_where_to_learn_more,
}

fn ask(city: &City, call: &Call) -> Answer {
    let answer = call.send(&city.base).expect("an answer");
    contract::check(call, &answer);
    answer
}

fn metadata_describes_the_service(city: &City) {
    let server = ask(city, &get_authorization_server()).is(200);
    assert_eq!(server.str("issuer"), city.base);
    assert_eq!(server["grant_types_supported"], json!(["client_credentials"]));
    assert_eq!(server["response_types_supported"], json!([]));
    for name in ["token_endpoint", "revocation_endpoint", "jwks_uri", "service_documentation"] {
        let path = server.str(name).strip_prefix(&city.base).unwrap_or_else(|| panic!("{name} is elsewhere"));
        let method = if name.ends_with("_endpoint") { "POST" } else { "GET" };
        let answer = Call::plain(method, path).send(&city.base).expect("an answer");
        assert!(!matches!(answer.status, 404 | 405), "{name}: {answer:?}");
        for list in ["auth_methods_supported", "auth_signing_alg_values_supported"] {
            if method == "POST" {
                let wanted = if list.contains("alg") { "EdDSA" } else { "private_key_jwt" };
                let listed = server[&*format!("{name}_{list}")].as_array().expect("a list");
                assert!(listed.contains(&json!(wanted)) && !listed.contains(&json!("none")), "{listed:?}");
            }
        }
    }
    let resource = ask(city, &get_protected_resource()).is(200);
    assert_eq!(resource["authorization_servers"], json!([city.base]));
    assert_eq!((resource.str("resource"), &resource["bearer_methods_supported"]), (&*city.base, &json!(["header"])));
    let flows = &document()["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"];
    let scopes: BTreeSet<&str> = flows["scopes"].as_object().expect("scopes").keys().map(String::as_str).collect();
    for answer in [&server, &resource] {
        let listed = answer["scopes_supported"].as_array().expect("a list");
        assert_eq!(listed.iter().filter_map(|scope| scope.as_str()).collect::<BTreeSet<_>>(), scopes);
    }
}

fn refusals_say_where_to_learn_more(city: &City) {
    let metadata = format!(r#"resource_metadata="{}/.well-known/oauth-protected-resource""#, city.base);
    let challenge = |answer: &Answer| answer.header("www-authenticate").unwrap_or_default().to_owned();
    // Who sends no token has made no error.
    for call in [get_me(), list_learners()] {
        let answer = ask(city, &call).problem(401, "unauthenticated");
        assert_eq!(challenge(&answer), format!(r#"Bearer realm="xuefen", {metadata}"#));
        let answer = ask(city, &call.token("garbage")).problem(401, "unauthenticated");
        assert_eq!(challenge(&answer), format!(r#"Bearer realm="xuefen", error="invalid_token", {metadata}"#));
    }
    let writing = city.school().token_for("achievements:write");
    for (call, scope) in [(list_learners(), "learners:read"), (get_trial_balance(), "ledger:read")] {
        let answer = ask(city, &call.token(&writing)).problem(403, "insufficient-scope");
        let wanted = format!(r#"Bearer realm="xuefen", error="insufficient_scope", scope="{scope}", {metadata}"#);
        assert_eq!(challenge(&answer), wanted);
    }
}
