//! The tables as diesel sees them; written by hand beside `migrations/`, whose parity a test checks.
//!
//! Amounts are thousandths of a credit, instants UTC microseconds, dates Asia/Shanghai, ids 16 bytes.
#![allow(missing_docs)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    book (id) {
        id -> Id16,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    institution (id) {
        id -> Id16,
        uscc -> Text,
        school_code -> Nullable<Text>,
        name -> Text,
        short_name -> Nullable<Text>,
        kind -> Text,
        authority_id -> Nullable<Id16>,
        region -> Text,
        status -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    accreditation (id) {
        id -> Id16,
        institution_id -> Id16,
        kind -> Text,
        codes -> Nullable<Text>,
        levels -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    api_client (id) {
        id -> Id16,
        institution_id -> Id16,
        name -> Text,
        secret_digest -> Binary,
        scopes -> Text,
        status -> Text,
        auth_epoch -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    staff (id) {
        id -> Id16,
        institution_id -> Id16,
        login -> Text,
        display_name -> Text,
        role -> Text,
        password_hash -> Text,
        status -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    signing_key (kid) {
        kid -> Text,
        public_key -> Binary,
        sealed_private -> Binary,
        created_at -> BigInt,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    programme (id) {
        id -> Id16,
        institution_id -> Id16,
        level -> Text,
        major_code -> Text,
        name -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    programme_version (id) {
        id -> Id16,
        programme_id -> Id16,
        cohort -> BigInt,
        total_credits -> BigInt,
        document -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    course (id) {
        id -> Id16,
        institution_id -> Id16,
        code -> Text,
        from_cohort -> BigInt,
        name -> Text,
        credits -> BigInt,
        hours -> Nullable<BigInt>,
        practice_hours -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    catalogue_entry (id) {
        id -> Id16,
        kind -> Text,
        code -> Text,
        level -> Text,
        name -> Text,
        body_id -> Nullable<Id16>,
        credits -> BigInt,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        tier -> Nullable<Text>,
        team_max -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    training_rate (valid_from) {
        valid_from -> Date,
        hours_per_credit -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    learner (id) {
        id -> Id16,
        account_no -> Text,
        opened_by -> Id16,
        opened_at -> BigInt,
        activated_at -> Nullable<BigInt>,
        merged_into -> Nullable<Id16>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    learner_key (learner_id) {
        learner_id -> Id16,
        wrapped -> Binary,
        master_version -> BigInt,
        created_at -> BigInt,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    learner_identity (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        #[sql_name = "type"]
        type_ -> Text,
        digest -> Binary,
        sealed -> Binary,
        since -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    learner_name (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        digest -> Binary,
        sealed -> Binary,
        since -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    enrolment (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        institution_id -> Id16,
        programme_id -> Id16,
        programme_version_id -> Nullable<Id16>,
        cohort -> BigInt,
        student_no_digest -> Binary,
        sealed -> Binary,
        class_name -> Nullable<Text>,
        status -> Text,
        from_on -> Date,
        to_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    enrolment_status (learner_id, enrolment_id, seq) {
        learner_id -> Id16,
        enrolment_id -> Id16,
        seq -> BigInt,
        status -> Text,
        from_on -> Date,
        reason -> Nullable<Binary>,
        recorded_by -> Id16,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    learner_fact (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        fact -> Text,
        source -> Text,
        sealed -> Binary,
        attested_by -> Id16,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    identity_case (id) {
        id -> Id16,
        learner_id -> Id16,
        opened_by -> Id16,
        #[sql_name = "type"]
        type_ -> Text,
        digest -> Binary,
        sealed -> Binary,
        state -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        note -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    activation (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        code_digest -> Binary,
        expires_at -> BigInt,
        tries_left -> BigInt,
        state -> Text,
        issued_by -> Id16,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    learner_credential (learner_id) {
        learner_id -> Id16,
        password_hash -> Text,
        set_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    session (digest) {
        digest -> Binary,
        learner_id -> Id16,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    learner_head (learner_id) {
        learner_id -> Id16,
        seq -> BigInt,
        hash -> Binary,
        posted_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    ledger_transaction (learner_id, learner_seq) {
        learner_id -> Id16,
        learner_seq -> BigInt,
        id -> Id16,
        kind -> Text,
        institution_id -> Id16,
        actor_kind -> Text,
        actor_id -> Id16,
        request_id -> Id16,
        cause -> Text,
        achievement_id -> Nullable<Id16>,
        reverses_seq -> Nullable<BigInt>,
        effective_on -> Date,
        posted_at -> BigInt,
        suite -> BigInt,
        commitment -> Binary,
        hash -> Binary,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    posting (learner_id, learner_seq, posting_no) {
        learner_id -> Id16,
        learner_seq -> BigInt,
        posting_no -> BigInt,
        credit_type -> Text,
        amount -> BigInt,
        lot_id -> Id16,
        from_purse -> Text,
        from_ref -> Id16,
        from_balance -> Nullable<BigInt>,
        to_purse -> Text,
        to_ref -> Id16,
        to_balance -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    achievement (learner_id, subject, id) {
        learner_id -> Id16,
        subject -> Text,
        id -> Id16,
        learner_seq -> BigInt,
        series_id -> Id16,
        revision -> BigInt,
        lot_id -> Id16,
        kind -> Text,
        institution_id -> Id16,
        code -> Nullable<Text>,
        level -> Nullable<Text>,
        credit_type -> Text,
        credits -> BigInt,
        programme_id -> Nullable<Id16>,
        enrolment_id -> Nullable<Id16>,
        term -> Nullable<Text>,
        attempt -> Nullable<Text>,
        delivery -> Nullable<Text>,
        facts -> Nullable<Text>,
        completed_on -> Date,
        issued_on -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        attached_to -> Nullable<Id16>,
        supersedes -> Nullable<Id16>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    balance (learner_id, purse, purse_ref, credit_type) {
        learner_id -> Id16,
        purse -> Text,
        purse_ref -> Id16,
        credit_type -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    achievement_use (learner_id, evidence_id, family, scope) {
        learner_id -> Id16,
        evidence_id -> Id16,
        family -> Text,
        scope -> Text,
        line_id -> Id16,
        state -> Text,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    claim (kind, digest) {
        kind -> Text,
        digest -> Binary,
        key_version -> BigInt,
        learner_id -> Id16,
        object_id -> Id16,
        revision -> BigInt,
        content -> Nullable<Binary>,
        state -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    idempotency (client_id, operation, key_digest) {
        client_id -> Id16,
        operation -> Text,
        key_digest -> Binary,
        request_digest -> Binary,
        status -> BigInt,
        answer -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    audit_event (id) {
        id -> Id16,
        at -> BigInt,
        actor_kind -> Text,
        actor_id -> Nullable<Id16>,
        institution_id -> Nullable<Id16>,
        action -> Text,
        learner_id -> Nullable<Id16>,
        object -> Nullable<Text>,
        outcome -> Text,
        address -> Nullable<Text>,
        request_id -> Nullable<Id16>,
        detail -> Nullable<Text>,
    }
}
diesel::joinable!(api_client -> institution (institution_id));
diesel::joinable!(accreditation -> institution (institution_id));
diesel::joinable!(staff -> institution (institution_id));
diesel::joinable!(programme -> institution (institution_id));
diesel::joinable!(programme_version -> programme (programme_id));
diesel::joinable!(course -> institution (institution_id));
diesel::allow_tables_to_appear_in_same_query!(
    institution, api_client, accreditation, staff, programme, programme_version, course, enrolment, learner,
);
