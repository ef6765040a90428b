//! Tables of migration `conversions`.
#![allow(missing_docs)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    conversion_plan (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        programme_id -> Id16,
        enrolment_id -> Nullable<Id16>,
        learner_seq -> BigInt,
        on_date -> Date,
        hypothetical -> BigInt,
        credits -> BigInt,
        sealed -> Binary,
        actor_kind -> Text,
        actor_id -> Id16,
        institution_id -> Nullable<Id16>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    conversion (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        application_id -> Id16,
        plan_id -> Id16,
        line_no -> BigInt,
        institution_id -> Id16,
        enrolment_id -> Id16,
        programme_id -> Id16,
        rule_set_id -> Id16,
        rule_set_version -> BigInt,
        rule_code -> Text,
        status -> Text,
        asked -> BigInt,
        credits -> BigInt,
        credit_type -> Text,
        module -> Nullable<Text>,
        exempts -> Text,
        sealed -> Binary,
        term -> Text,
        actor_kind -> Text,
        actor_id -> Id16,
        applied_on -> Date,
        step -> Nullable<BigInt>,
        step_by -> Nullable<Text>,
        turn_id -> Nullable<Id16>,
        due_on -> Nullable<Date>,
        days_left -> Nullable<BigInt>,
        decided_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    conversion_step (learner_id, conversion_id, seq) {
        learner_id -> Id16,
        conversion_id -> Id16,
        seq -> BigInt,
        action -> Text,
        step -> Nullable<BigInt>,
        actor_kind -> Text,
        actor_id -> Id16,
        institution_id -> Nullable<Id16>,
        credits -> Nullable<BigInt>,
        due_on -> Nullable<Date>,
        row_id -> Id16,
        sealed -> Nullable<Binary>,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    discrepancy (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        institution_id -> Id16,
        kind -> Text,
        object_id -> Id16,
        achievement_id -> Nullable<Id16>,
        fact_id -> Nullable<Id16>,
        cause -> Text,
        state -> Text,
        found_at -> BigInt,
        resolved_at -> Nullable<BigInt>,
        resolved_by -> Nullable<Id16>,
        sealed -> Nullable<Binary>,
    }
}
