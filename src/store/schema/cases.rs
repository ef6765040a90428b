//! Tables of migration `cases`.
#![allow(missing_docs)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    calendar_year (year) {
        year -> BigInt,
        source -> Text,
        version -> BigInt,
        updated_by -> Id16,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    calendar_day (day) {
        day -> Date,
        year -> BigInt,
        kind -> Text,
        name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    evidence_file_end (learner_id, file_id) {
        learner_id -> Id16,
        file_id -> Id16,
        actor_kind -> Text,
        actor_id -> Id16,
        ended_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    evidence_file (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        digest -> Binary,
        media_type -> Text,
        size -> BigInt,
        name -> Nullable<Binary>,
        actor_kind -> Text,
        actor_id -> Id16,
        institution_id -> Nullable<Id16>,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    recognition_case (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        institution_id -> Id16,
        kind -> Text,
        level -> Nullable<Text>,
        digest -> Binary,
        sealed -> Binary,
        actor_kind -> Text,
        actor_id -> Id16,
        presented_for -> Nullable<Id16>,
        state -> Text,
        outcome -> Nullable<Text>,
        credits -> Nullable<BigInt>,
        due_on -> Nullable<Date>,
        queue_on -> Date,
        days_left -> Nullable<BigInt>,
        decided_by -> Nullable<Id16>,
        achievement_id -> Nullable<Id16>,
        precedent_id -> Nullable<Id16>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    objection (learner_id, id) {
        learner_id -> Id16,
        id -> Id16,
        institution_id -> Id16,
        kind -> Text,
        transaction_id -> Nullable<Id16>,
        achievement_id -> Nullable<Id16>,
        digest -> Binary,
        sealed -> Binary,
        state -> Text,
        outcome -> Nullable<Text>,
        due_on -> Nullable<Date>,
        queue_on -> Date,
        answered_by -> Nullable<Id16>,
        correction_id -> Nullable<Id16>,
        correction_transaction_id -> Nullable<Id16>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    case_step (learner_id, case_id, seq) {
        learner_id -> Id16,
        case_id -> Id16,
        seq -> BigInt,
        step -> Text,
        actor_kind -> Text,
        actor_id -> Id16,
        institution_id -> Nullable<Id16>,
        outcome -> Nullable<Text>,
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

    case_file (learner_id, case_id, file_id) {
        learner_id -> Id16,
        case_id -> Id16,
        file_id -> Id16,
        added_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    precedent (id) {
        id -> Id16,
        decided_in -> Text,
        institution_id -> Id16,
        instance -> Text,
        kind -> Text,
        code -> Nullable<Text>,
        level -> Nullable<Text>,
        title -> Nullable<Text>,
        outcome -> Text,
        credits -> Nullable<BigInt>,
        basis -> Text,
        summary -> Text,
        replaces -> Nullable<Id16>,
    }
}
