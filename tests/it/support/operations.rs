//! One function per operation of the API, named as its `operationId`, which makes the call. What needs an idempotency
//! key gets a fresh one; tests that are about keys replace it.

use serde_json::{Value, json};

use super::http::Call;

macro_rules! operations {
    ($($name:ident: $method:literal $path:literal ($($segment:ident),*) $(body $body:ident)? $(+ $fresh_key:ident)?;)*) => {
        $(
            #[doc = concat!($method, " ", $path)]
            pub fn $name($($segment: &str,)* $($body: &Value)?) -> Call {
                Call::new(stringify!($name), $method, format!(concat!("/api/v1", $path), $($segment),*))
                    $(.json($body))?
                    $(.$fresh_key())?
            }
        )*
    };
}

operations! {
    create_institution: "POST" "/institutions" () body body;
    list_institutions: "GET" "/institutions" ();
    get_institution: "GET" "/institutions/{}" (id);
    create_accreditation: "POST" "/institutions/{}/accreditations" (institution) body body;
    list_accreditations: "GET" "/institutions/{}/accreditations" (institution);
    get_accreditation: "GET" "/accreditations/{}" (id);
    create_programme: "POST" "/programmes" () body body;
    list_programmes: "GET" "/programmes" ();
    get_programme: "GET" "/programmes/{}" (id);
    create_programme_version: "POST" "/programmes/{}/versions" (programme) body body;
    list_programme_versions: "GET" "/programmes/{}/versions" (programme);
    create_course: "POST" "/courses" () body body;
    list_courses: "GET" "/courses" ();
    get_course: "GET" "/courses/{}" (id);
    create_certificate: "POST" "/certificates" () body body;
    list_certificates: "GET" "/certificates" ();
    get_certificate: "GET" "/certificates/{}" (id);
    open_learner: "POST" "/learners" () body body + fresh_key;
    open_learner_batch: "POST" "/learners/batch" () body body + fresh_key;
    list_learners: "GET" "/learners" ();
    get_learner: "GET" "/learners/{}" (id);
    get_balances: "GET" "/learners/{}/balances" (learner);
    list_statement: "GET" "/learners/{}/statement" (learner);
    list_learner_achievements: "GET" "/learners/{}/achievements" (learner);
    open_enrolment: "POST" "/learners/{}/enrolments" (learner) body body + fresh_key;
    list_enrolments: "GET" "/learners/{}/enrolments" (learner);
    get_enrolment: "GET" "/enrolments/{}" (id);
    change_enrolment_status: "POST" "/enrolments/{}/status" (id) body body;
    transfer_enrolment: "POST" "/enrolments/{}/transfer" (id) body body + fresh_key;
    post_achievement: "POST" "/achievements" () body body + fresh_key;
    post_achievement_batch: "POST" "/achievements/batch" () body body + fresh_key;
    list_achievements: "GET" "/achievements" ();
    get_achievement: "GET" "/achievements/{}" (id);
    get_transaction: "GET" "/ledger/transactions/{}" (id);
    get_trial_balance: "GET" "/ledger/trial-balance" ();
    get_openapi_document: "GET" "/openapi.json" ();
}

/// PATCH /institutions/{id}
pub fn update_institution(id: &str, tag: &str, body: &Value) -> Call {
    patch("update_institution", format!("/api/v1/institutions/{id}"), tag, body)
}

/// PATCH /accreditations/{id}
pub fn update_accreditation(id: &str, tag: &str, body: &Value) -> Call {
    patch("update_accreditation", format!("/api/v1/accreditations/{id}"), tag, body)
}

/// PATCH /programmes/{id}
pub fn update_programme(id: &str, tag: &str, body: &Value) -> Call {
    patch("update_programme", format!("/api/v1/programmes/{id}"), tag, body)
}

/// PATCH /courses/{id}
pub fn update_course(id: &str, tag: &str, body: &Value) -> Call {
    patch("update_course", format!("/api/v1/courses/{id}"), tag, body)
}

/// PATCH /certificates/{id}
pub fn update_certificate(id: &str, tag: &str, body: &Value) -> Call {
    patch("update_certificate", format!("/api/v1/certificates/{id}"), tag, body)
}

/// POST /learners/{id}/activation
pub fn reissue_activation(learner: &str, delivery: &str) -> Call {
    Call::new("reissue_activation", "POST", format!("/api/v1/learners/{learner}/activation"))
        .json(&json!({"delivery": delivery}))
}

/// POST /achievements/{id}/revocation
pub fn revoke_achievement(id: &str, reason: &str) -> Call {
    Call::new("revoke_achievement", "POST", format!("/api/v1/achievements/{id}/revocation"))
        .json(&json!({"reason": reason}))
        .fresh_key()
}

/// GET /.well-known/jwks.json
pub fn get_jwks() -> Call {
    Call::new("get_jwks", "GET", "/.well-known/jwks.json")
}

/// GET /livez
pub fn get_liveness() -> Call {
    Call::new("get_liveness", "GET", "/livez")
}

/// GET /readyz
pub fn get_readiness() -> Call {
    Call::new("get_readiness", "GET", "/readyz")
}

/// POST /oauth/token, with HTTP Basic.
pub fn issue_token(client: &str, secret: &str, fields: &[(&str, &str)]) -> Call {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let basic = STANDARD.encode(format!("{client}:{secret}"));
    Call::new("issue_token", "POST", "/oauth/token").header("authorization", &format!("Basic {basic}")).form(fields)
}

fn patch(operation: &'static str, path: String, tag: &str, body: &Value) -> Call {
    Call::new(operation, "PATCH", path).header("if-match", tag).json(body)
}
