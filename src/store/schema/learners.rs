//! Tables of migration `learners`.
#![allow(missing_docs)]

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
        sealed -> Binary,
        attested_by -> Id16,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        recorded_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        revoked_by -> Nullable<Id16>,
        revocation_id -> Nullable<Id16>,
        revocation -> Nullable<Binary>,
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
