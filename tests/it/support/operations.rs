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
    post_conversion_plans: "POST" "/conversion-plans" () body body;
    post_conversion_plan_comparison: "POST" "/conversion-plans/comparison" () body body;
    create_learner_fact: "POST" "/learners/{}/facts" (learner) body body;
    list_learner_facts: "GET" "/learners/{}/facts" (learner);
    revoke_learner_fact: "POST" "/learners/{}/facts/{}/revocation" (learner, fact) body body + fresh_key;
    create_cohort_plan: "POST" "/cohort-plans" () body body;
    list_cohort_plan_results: "GET" "/cohort-plans/{}/results" (id);
    create_cohort_plan_invitations: "POST" "/cohort-plans/{}/invitations" (id);
    list_conversion_invitations: "GET" "/learners/{}/conversion-invitations" (learner);
    create_simulation: "POST" "/rule-sets/{}/versions/{}/simulation" (id, version);
    list_simulation_results: "GET" "/simulations/{}/results" (id);
    list_jobs: "GET" "/jobs" ();
    get_job: "GET" "/jobs/{}" (id);
    create_job_cancellation: "POST" "/jobs/{}/cancellation" (id);
    create_rule_set: "POST" "/rule-sets" () body body;
    get_rule_set_diff: "GET" "/rule-sets/{}/diff" (id);
    get_rule_set_export: "GET" "/rule-sets/{}/export" (id);
    list_rule_templates: "GET" "/rule-templates" ();
    list_rule_sets: "GET" "/rule-sets" ();
    get_rule_set: "GET" "/rule-sets/{}" (id);
    get_rule_set_version: "GET" "/rule-sets/{}/versions/{}" (id, version);
    create_rule_set_draft: "POST" "/rule-sets/{}/draft-from-version" (id) body body;
    create_rule_set_validation: "POST" "/rule-sets/{}/validation" (id);
    create_rule_set_comment: "POST" "/rule-sets/{}/comments" (id) body body;
    list_rule_set_comments: "GET" "/rule-sets/{}/comments" (id);
    get_transaction: "GET" "/ledger/transactions/{}" (id);
    get_trial_balance: "GET" "/ledger/trial-balance" ();
    get_me: "GET" "/me" ();
    list_views: "GET" "/me/views" ();
    list_audit_events: "GET" "/audit-events" ();
    get_enrolment_progress: "GET" "/enrolments/{}/progress" (enrolment);
    list_learner_progress: "GET" "/learners/{}/progress" (learner);
    list_conditions: "GET" "/enrolments/{}/conditions" (enrolment);
    update_condition: "PUT" "/enrolments/{}/conditions/{}" (enrolment, code) body body;
    list_substitutions: "GET" "/enrolments/{}/substitutions" (enrolment);
    create_substitution: "POST" "/enrolments/{}/substitutions" (enrolment) body body;
    revoke_substitution: "DELETE" "/enrolments/{}/substitutions/{}" (enrolment, substitution);
    create_graduation_audit: "POST" "/graduation-audits" () body body;
    list_graduation_audits: "GET" "/graduation-audits" ();
    get_graduation_audit: "GET" "/graduation-audits/{}" (audit);
    list_graduation_audit_results: "GET" "/graduation-audits/{}/results" (audit);
    create_graduation_audit_awards: "POST" "/graduation-audits/{}/awards" (audit) body body + fresh_key;
    create_award: "POST" "/awards" () body body + fresh_key;
    list_awards: "GET" "/awards" ();
    get_award: "GET" "/awards/{}" (award);
    create_award_reversal: "POST" "/awards/{}/reversal" (award) body body;
    revoke_award_reversal: "DELETE" "/awards/{}/reversal" (award);
    create_award_reversal_confirmation: "POST" "/awards/{}/reversal/confirmation" (award) body body + fresh_key;
    create_pathway: "POST" "/pathways" () body body;
    list_pathways: "GET" "/pathways" ();
    get_pathway: "GET" "/pathways/{}" (pathway);
    list_learner_pathways: "GET" "/learners/{}/pathway" (learner);
    create_recognition_case: "POST" "/recognition-cases" () body body + fresh_key;
    list_recognition_cases: "GET" "/recognition-cases" ();
    get_recognition_case: "GET" "/recognition-cases/{}" (id);
    post_recognition_completion: "POST" "/recognition-cases/{}/completion" (id) body body + fresh_key;
    post_recognition_withdrawal: "POST" "/recognition-cases/{}/withdrawal" (id) body body + fresh_key;
    post_recognition_decision: "POST" "/recognition-cases/{}/decision" (id) body body + fresh_key;
    post_recognition_appeal: "POST" "/recognition-cases/{}/appeal" (id) body body + fresh_key;
    get_evidence_file: "GET" "/evidence-files/{}" (id);
    revoke_evidence_file: "DELETE" "/evidence-files/{}" (id);
    list_precedents: "GET" "/precedents" ();
    create_objection: "POST" "/objections" () body body + fresh_key;
    list_objections: "GET" "/objections" ();
    get_objection: "GET" "/objections/{}" (id);
    post_objection_answer: "POST" "/objections/{}/answer" (id) body body + fresh_key;
    post_objection_escalation: "POST" "/objections/{}/escalation" (id) body body + fresh_key;
    create_expiry_policy: "POST" "/expiry-policies" () body body;
    list_expiry_policies: "GET" "/expiry-policies" ();
    get_calendar: "GET" "/calendar/{}" (year);
    post_conversions: "POST" "/conversions" () body body + fresh_key;
    list_conversions: "GET" "/conversions" ();
    get_conversion: "GET" "/conversions/{}" (conversion);
    get_conversion_evaluation: "GET" "/conversions/{}/evaluation" (conversion);
    create_conversion_decision: "POST" "/conversions/{}/decision" (conversion) body body + fresh_key;
    create_conversion_completion: "POST" "/conversions/{}/completion" (conversion) body body + fresh_key;
    create_conversion_withdrawal: "POST" "/conversions/{}/withdrawal" (conversion) body body + fresh_key;
    create_conversion_reversal: "POST" "/conversions/{}/reversal" (conversion) body body + fresh_key;
    list_exemptions: "GET" "/exemptions" ();
    list_discrepancies: "GET" "/discrepancies" ();
    create_discrepancy_resolution: "POST" "/discrepancies/{}/resolution" (discrepancy) body body + fresh_key;
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

/// PATCH /pathways/{id}
pub fn update_pathway(id: &str, tag: &str, body: &Value) -> Call {
    patch("update_pathway", format!("/api/v1/pathways/{id}"), tag, body)
}

/// PATCH /courses/{id}
pub fn update_course(id: &str, tag: &str, body: &Value) -> Call {
    patch("update_course", format!("/api/v1/courses/{id}"), tag, body)
}

/// PATCH /certificates/{id}
pub fn update_certificate(id: &str, tag: &str, body: &Value) -> Call {
    patch("update_certificate", format!("/api/v1/certificates/{id}"), tag, body)
}

/// PUT /calendar/{year}
pub fn put_calendar(year: &str, body: &Value) -> Call {
    Call::new("update_calendar", "PUT", format!("/api/v1/calendar/{year}")).json(body)
}

/// POST /evidence-files
pub fn create_evidence_file(content_type: &str, bytes: Vec<u8>) -> Call {
    Call::new("create_evidence_file", "POST", "/api/v1/evidence-files").bytes(content_type, bytes)
}

/// PUT /rule-sets/{id}/draft
pub fn update_rule_set_draft(id: &str, tag: &str, body: &Value) -> Call {
    Call::new("update_rule_set_draft", "PUT", format!("/api/v1/rule-sets/{id}/draft"))
        .header("if-match", tag)
        .json(body)
}

/// POST /rule-sets/import, with a file of this media type
pub fn create_rule_set_import(media: &str, file: &[u8]) -> Call {
    Call::new("create_rule_set_import", "POST", "/api/v1/rule-sets/import").bytes(media, file.to_vec())
}

/// POST /rule-sets/{id}/submission
pub fn create_rule_set_submission(id: &str, tag: &str) -> Call {
    Call::new("create_rule_set_submission", "POST", format!("/api/v1/rule-sets/{id}/submission"))
        .header("if-match", tag)
}

/// POST /rule-sets/{id}/publication
pub fn create_rule_set_publication(id: &str, tag: &str) -> Call {
    Call::new("create_rule_set_publication", "POST", format!("/api/v1/rule-sets/{id}/publication"))
        .header("if-match", tag)
}

/// POST /rule-sets/{id}/retirement
pub fn create_rule_set_retirement(id: &str, tag: &str, body: &Value) -> Call {
    Call::new("create_rule_set_retirement", "POST", format!("/api/v1/rule-sets/{id}/retirement"))
        .header("if-match", tag)
        .json(body)
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

/// GET /.well-known/oauth-authorization-server
pub fn get_authorization_server() -> Call {
    Call::new("get_authorization_server", "GET", "/.well-known/oauth-authorization-server")
}

/// GET /.well-known/oauth-protected-resource
pub fn get_protected_resource() -> Call {
    Call::new("get_protected_resource", "GET", "/.well-known/oauth-protected-resource")
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
