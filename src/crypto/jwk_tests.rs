use super::*;

const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

fn ed() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": ED})
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

fn rsa(bits: usize) -> Value {
    let mut modulus = vec![0xC3; bits.div_ceil(8)];
    if !bits.is_multiple_of(8) {
        modulus[0] = (1 << (bits % 8)) - 1;
    }
    json!({"kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode(modulus)})
}

#[test]
fn keys_of_the_three_kinds_are_taken() {
    let ec = json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "2026", "use": "sig", "alg": "ES256"});
    let set = json!({"keys": [ed(), ec, rsa(2048), rsa(4096), with(rsa(3072), "key_ops", json!(["verify"]))]});
    let keys = parse_set(&set.to_string()).expect("good");
    let algorithms: Vec<&str> = keys.iter().map(|key| key.algorithm.as_str()).collect();
    assert_eq!(algorithms, ["EdDSA", "ES256", "RS256", "RS256", "RS256"]);
    // RFC 8037, appendix A.3.
    assert_eq!(keys[0].kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(keys[1].kid, "2026");
    for key in keys {
        assert_eq!(PublicKey::stored(&key.kid, key.algorithm.as_str(), &key.members), Some(key));
    }
    assert_eq!(parse_set(&ed().to_string()).expect("one key alone").len(), 1);
}

#[test]
fn what_is_no_public_signing_key_is_refused() {
    let ec = |x: &str, y: &str| json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
    let n = 1;
    for (key, fault) in [
        (with(ed(), "d", json!("AAAA")), JwkFault::Private { n }),
        (json!({"kty": "oct", "k": "AAAA"}), JwkFault::Private { n }),
        (json!({"kty": "oct"}), JwkFault::Unsupported { n }),
        (json!({"kty": "OKP", "crv": "X25519", "x": ED}), JwkFault::Unsupported { n }),
        (json!({"kty": "EC", "crv": "P-384", "x": X, "y": Y}), JwkFault::Unsupported { n }),
        (with(ed(), "use", json!("enc")), JwkFault::Unsupported { n }),
        (with(ed(), "alg", json!("HS256")), JwkFault::Unsupported { n }),
        (with(ed(), "alg", json!("none")), JwkFault::Unsupported { n }),
        (with(ed(), "key_ops", json!(["sign"])), JwkFault::Unsupported { n }),
        (with(ed(), "x", json!("AAAA")), JwkFault::Malformed { n }),
        (with(ed(), "x", json!("!")), JwkFault::Malformed { n }),
        // Not on the curve.
        (ec(Y, X), JwkFault::Malformed { n }),
        (ec("AAAA", Y), JwkFault::Malformed { n }),
        (rsa(2047), JwkFault::Weak { n }),
        (rsa(1024), JwkFault::Weak { n }),
        (rsa(4104), JwkFault::Weak { n }),
        (with(rsa(2048), "e", json!("Aw")), JwkFault::Weak { n }),
        (with(rsa(2048), "n", json!(URL_SAFE_NO_PAD.encode([0xC2; 256]))), JwkFault::Weak { n }),
        (with(ed(), "kid", json!("")), JwkFault::Kid { n }),
        (with(ed(), "kid", json!("a b")), JwkFault::Kid { n }),
        (with(ed(), "kid", json!("k".repeat(KID_MAX + 1))), JwkFault::Kid { n }),
        (with(ed(), "kid", json!(7)), JwkFault::Kid { n }),
        (json!("key"), JwkFault::Malformed { n }),
    ] {
        assert_eq!(parse_set(&json!({"keys": [key]}).to_string()), Err(fault), "{key}");
    }
}

#[test]
fn a_set_is_bounded_and_has_each_key_once() {
    let set = |keys: Vec<Value>| parse_set(&json!({"keys": keys}).to_string());
    assert_eq!(set(vec![]), Err(JwkFault::Count));
    assert_eq!(set((0..=KEYS_MAX).map(|n| with(ed(), "kid", json!(n.to_string()))).collect()), Err(JwkFault::Count));
    assert_eq!(set(vec![ed(), with(ed(), "kid", json!("other"))]), Err(JwkFault::Twice { n: 2 }));
    assert_eq!(
        set(vec![with(ed(), "kid", json!("a")), with(rsa(2048), "kid", json!("a"))]),
        Err(JwkFault::Twice { n: 2 })
    );
    for text in ["", "[]", "{}", r#"{"keys": {}}"#, "-----BEGIN PUBLIC KEY-----"] {
        assert_eq!(parse_set(text), Err(JwkFault::NotASet), "{text}");
    }
    assert_eq!(parse_set(&format!("{}{}", " ".repeat(SET_MAX_BYTES), ed())), Err(JwkFault::NotASet));
}

#[test]
fn keys_of_nobody_can_be_verified_against() {
    for algorithm in KeyAlgorithm::ALL {
        let nobody = PublicKey::of_nobody(algorithm);
        assert_eq!(parse_set(&nobody.members).map(|keys| keys[0].algorithm), Ok(algorithm), "it is refused early");
    }
}
