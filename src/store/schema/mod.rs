//! The tables as diesel sees them; written by hand beside `migrations/`, whose parity a test checks.
//!
//! Amounts are thousandths of a credit, instants UTC microseconds, dates Asia/Shanghai, ids 16 bytes.
#![allow(missing_docs)]

mod awards;
mod cases;
mod catalogues;
mod claims;
mod conversions;
mod institutions;
mod jobs;
mod learners;
mod ledger;
mod rules;

pub use awards::*;
pub use cases::*;
pub use catalogues::*;
pub use claims::*;
pub use conversions::*;
pub use institutions::*;
pub use jobs::*;
pub use learners::*;
pub use ledger::*;
pub use rules::*;

diesel::joinable!(api_client -> institution (institution_id));
diesel::joinable!(accreditation -> institution (institution_id));
diesel::joinable!(staff -> institution (institution_id));
diesel::joinable!(programme -> institution (institution_id));
diesel::joinable!(programme_version -> programme (programme_id));
diesel::joinable!(course -> institution (institution_id));
diesel::allow_tables_to_appear_in_same_query!(
    institution,
    api_client,
    accreditation,
    staff,
    programme,
    programme_version,
    course,
    enrolment,
    learner,
);
diesel::allow_tables_to_appear_in_same_query!(rule_set, rule_set_version);
diesel::allow_tables_to_appear_in_same_query!(case_file, evidence_file, evidence_file_end);
