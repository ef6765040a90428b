//! Tables of migration `claims`.
#![allow(missing_docs)]

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

    idempotency (key_digest) {
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
        stream -> Id16,
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
        times -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    audit_link (stream, seq) {
        stream -> Id16,
        seq -> BigInt,
        at -> BigInt,
        suite -> BigInt,
        events -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Id16;

    audit_checkpoint (seq) {
        seq -> BigInt,
        at -> BigInt,
        suite -> BigInt,
        heads -> Binary,
        hash -> Binary,
    }
}
