//! Tables of migration `awards`.
#![allow(missing_docs)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    course_substitution (learner_id, enrolment_id, id) {
        learner_id -> Id16,
        enrolment_id -> Id16,
        id -> Id16,
        course -> Text,
        substitutes -> Text,
        sealed -> Binary,
        decided_by -> Id16,
        decided_at -> BigInt,
        ended_by -> Nullable<Id16>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    enrolment_condition (learner_id, enrolment_id, code, seq) {
        learner_id -> Id16,
        enrolment_id -> Id16,
        code -> Text,
        seq -> BigInt,
        state -> Text,
        reason -> Nullable<Binary>,
        decided_by -> Id16,
        decided_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    award (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        enrolment_id -> Id16,
        institution_id -> Id16,
        programme_id -> Id16,
        outcome -> Text,
        state -> Text,
        credit_type -> Text,
        credits -> BigInt,
        awarded_on -> Date,
        diploma_id -> Nullable<Id16>,
        sealed -> Nullable<Binary>,
        document -> Text,
        audit_id -> Nullable<Id16>,
        previous_status -> Text,
        decided_by -> Id16,
        requested_by -> Nullable<Id16>,
        reason -> Nullable<Binary>,
        confirmed_by -> Nullable<Id16>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    graduation_audit (id) {
        id -> Id16,
        institution_id -> Id16,
        programme_id -> Id16,
        cohort -> BigInt,
        stage -> Text,
        state -> Text,
        watermark -> BigInt,
        total -> BigInt,
        processed -> BigInt,
        met -> BigInt,
        last_learner -> Nullable<Id16>,
        last_enrolment -> Nullable<Id16>,
        lease_until -> BigInt,
        tries -> BigInt,
        created_by -> Id16,
        created_at -> BigInt,
        updated_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    audit_result (learner_id, audit_id, enrolment_id) {
        learner_id -> Id16,
        audit_id -> Id16,
        enrolment_id -> Id16,
        met -> BigInt,
        credits -> BigInt,
        learner_seq -> BigInt,
        document -> Text,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    pathway (id) {
        id -> Id16,
        name -> Text,
        kind -> Text,
        rule_set_id -> Nullable<Id16>,
        state -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    pathway_programme (pathway_id, place) {
        pathway_id -> Id16,
        place -> BigInt,
        programme_id -> Id16,
    }
}
