//! Tables of migration `jobs`.
#![allow(missing_docs)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    job (id) {
        id -> Id16,
        kind -> Text,
        institution_id -> Id16,
        requested_by -> Id16,
        request -> Text,
        state -> Text,
        done -> BigInt,
        total -> Nullable<BigInt>,
        watermark -> BigInt,
        progress -> Text,
        result -> Nullable<Text>,
        holder -> Nullable<Id16>,
        leased_until -> BigInt,
        tries -> BigInt,
        created_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    cohort_plan_result (learner_id, job_id, enrolment_id) {
        learner_id -> Id16,
        job_id -> Id16,
        enrolment_id -> Id16,
        credits -> BigInt,
        courses -> BigInt,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    conversion_invitation (learner_id, job_id, enrolment_id) {
        learner_id -> Id16,
        job_id -> Id16,
        enrolment_id -> Id16,
        institution_id -> Id16,
        invited_by -> Id16,
        invited_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    simulation_result (learner_id, job_id, enrolment_id) {
        learner_id -> Id16,
        job_id -> Id16,
        enrolment_id -> Id16,
        programme_id -> Id16,
        credits_before -> BigInt,
        credits_after -> BigInt,
        courses_before -> BigInt,
        courses_after -> BigInt,
    }
}
