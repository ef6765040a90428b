//! Tables of migration `ledger`.
#![allow(missing_docs)]

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
        recorded_at -> BigInt,
    }
}
