//! The tables as diesel sees them; written by hand beside `migrations/`, whose parity a test checks.
//!
//! Amounts are thousandths of a credit, instants UTC microseconds, dates Asia/Shanghai, ids 16 bytes.
#![allow(missing_docs)]

mod catalogues;
mod claims;
mod institutions;
mod learners;
mod ledger;

pub use catalogues::*;
pub use claims::*;
pub use institutions::*;
pub use learners::*;
pub use ledger::*;

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
