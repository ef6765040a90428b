//! Tables of migration `rules`.
#![allow(missing_docs)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    rule_set (id) {
        id -> Id16,
        institution_id -> Id16,
        authority -> Text,
        name -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    rule_set_version (rule_set_id, version) {
        rule_set_id -> Id16,
        version -> BigInt,
        state -> Text,
        document -> Text,
        digest -> Binary,
        rules -> BigInt,
        effective_from -> Date,
        effective_to -> Nullable<Date>,
        cohort_from -> Nullable<BigInt>,
        cohort_to -> Nullable<BigInt>,
        created_by -> Id16,
        created_at -> BigInt,
        submitted_by -> Nullable<Id16>,
        submitted_at -> Nullable<BigInt>,
        published_by -> Nullable<Id16>,
        published_at -> Nullable<BigInt>,
        retired_by -> Nullable<Id16>,
        retired_at -> Nullable<BigInt>,
        retired_reason -> Nullable<Text>,
        row_version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    rule_set_editor (rule_set_id, version, actor_id) {
        rule_set_id -> Id16,
        version -> BigInt,
        actor_id -> Id16,
        edited_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    rule_set_comment (id) {
        id -> Id16,
        rule_set_id -> Id16,
        version -> BigInt,
        rule_code -> Nullable<Text>,
        institution_id -> Id16,
        actor_id -> Id16,
        text -> Text,
        created_at -> BigInt,
    }
}
