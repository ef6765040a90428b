//! Tables of migration `institutions`.
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
        scopes -> Text,
        status -> Text,
        auth_epoch -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    api_client_secret (client_id, digest) {
        client_id -> Id16,
        digest -> Binary,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    api_client_key (client_id, kid) {
        client_id -> Id16,
        kid -> Text,
        alg -> Text,
        jwk -> Text,
        created_at -> BigInt,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    client_assertion (client_id, digest) {
        client_id -> Id16,
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    token_revocation (jti) {
        jti -> Id16,
        client_id -> Id16,
        revoked_at -> BigInt,
        expires_at -> BigInt,
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
        signs_from -> BigInt,
        signs_until -> Nullable<BigInt>,
        verifies_until -> Nullable<BigInt>,
    }
}
