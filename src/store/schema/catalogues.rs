//! Tables of migration `catalogues`.
#![allow(missing_docs)]

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
        family -> Nullable<Text>,
        tags -> Text,
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

    expiry_policy (institution_id, credit_type, effective_from) {
        institution_id -> Id16,
        credit_type -> Text,
        effective_from -> Date,
        months -> Nullable<BigInt>,
        basis -> Text,
        created_by -> Id16,
        created_at -> BigInt,
    }
}
