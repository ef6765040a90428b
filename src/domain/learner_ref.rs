//! How a request names a learner.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::account_no::AccountNo;
use super::identity::{IdDocument, ValidDocument};
use super::ids::LearnerId;
use super::invalid::{Invalid, Reason};
use super::name::PersonName;
use super::region::RegionPolicy;
use super::text;

/// A learner, named in exactly one way: `id`, `account_no`, `student_no` (within the caller's institution) or
/// `id_document`, the last with the `name` where an account may have to be opened.
// `Debug` does not print any of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LearnerRef {
    /// The learner's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<LearnerId>,
    /// The account number; spaces and hyphens are ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub account_no: Option<String>,
    /// The student number at the caller's institution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub student_no: Option<String>,
    /// An identity document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_document: Option<IdDocument>,
    /// The name, together with `id_document` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub name: Option<String>,
}

/// A learner's reference after checking. `Debug` names the way only.
#[derive(Clone, PartialEq, Eq)]
pub enum LearnerKey {
    /// By id.
    Id(LearnerId),
    /// By account number.
    AccountNo(AccountNo),
    /// By student number within the caller's institution.
    StudentNo(String),
    /// By identity document.
    Document {
        /// The checked document.
        doc: ValidDocument,
        /// The name; always there when an account may be opened.
        name: Option<PersonName>,
    },
}

impl LearnerRef {
    /// By id.
    pub fn by_id(id: LearnerId) -> Self {
        Self { id: Some(id), ..Self::default() }
    }

    /// Checks that exactly one way is used and that it is well formed; `opening` asks for a document and a name as well.
    pub fn validate(&self, opening: bool, today: NaiveDate, policy: RegionPolicy) -> Result<LearnerKey, Invalid> {
        let mut invalid = Invalid::default();
        let ways =
            [self.id.is_some(), self.account_no.is_some(), self.student_no.is_some(), self.id_document.is_some()];
        if ways.iter().filter(|given| **given).count() != 1 {
            invalid.push("", Reason::ExactlyOne { of: "id, account_no, student_no, id_document" });
            return Err(invalid);
        }
        if self.name.is_some() && self.id_document.is_none() {
            invalid.push("/name", Reason::NotAllowedHere);
        }
        if opening {
            if self.id_document.is_none() {
                invalid.push("/id_document", Reason::Required);
            }
            if self.name.is_none() {
                invalid.push("/name", Reason::Required);
            }
        }
        let key = self.key(&mut invalid, today, policy);
        match key {
            Some(key) if invalid.is_empty() => Ok(key),
            _ => Err(invalid),
        }
    }

    fn key(&self, invalid: &mut Invalid, today: NaiveDate, policy: RegionPolicy) -> Option<LearnerKey> {
        if let Some(id) = self.id {
            return Some(LearnerKey::Id(id));
        }
        if let Some(number) = &self.account_no {
            return invalid.take("/account_no", number.parse()).map(LearnerKey::AccountNo);
        }
        if let Some(number) = &self.student_no {
            return invalid.take("/student_no", text::student_no(number)).map(LearnerKey::StudentNo);
        }
        let doc = self.id_document.as_ref()?;
        let doc = invalid.take_all("/id_document", doc.validate(today, policy));
        let name = match &self.name {
            Some(name) => Some(invalid.take("/name", PersonName::parse(name))?),
            None => None,
        };
        Some(LearnerKey::Document { doc: doc?, name })
    }
}

impl fmt::Debug for LearnerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LearnerRef(…)")
    }
}

impl fmt::Debug for LearnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id(_) => "LearnerKey::Id(…)",
            Self::AccountNo(_) => "LearnerKey::AccountNo(…)",
            Self::StudentNo(_) => "LearnerKey::StudentNo(…)",
            Self::Document { .. } => "LearnerKey::Document(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, opening: bool) -> Result<LearnerKey, Vec<String>> {
        let learner: LearnerRef = serde_json::from_str(json).expect("the right shape");
        let today = NaiveDate::from_ymd_opt(2026, 1, 12).expect("a date");
        learner
            .validate(opening, today, RegionPolicy { allow_test: true })
            .map_err(|invalid| invalid.0.into_iter().map(|f| format!("{} {}", f.pointer, f.reason.code())).collect())
    }

    #[test]
    fn exactly_one_way_is_taken() {
        assert!(check(r#"{"student_no":"2024030117"}"#, false).is_ok());
        assert!(check(r#"{"id":"0197a6f0-1111-7abc-8def-0123456789ab"}"#, false).is_ok());
        assert_eq!(check("{}", false), Err(vec![" exactly-one".into()]));
        assert_eq!(check(r#"{"student_no":"1","account_no":"1"}"#, false), Err(vec![" exactly-one".into()]));
        assert_eq!(check(r#"{"student_no":"1","name":"林小满"}"#, false), Err(vec!["/name not-allowed-here".into()]));
        assert_eq!(check(r#"{"account_no":"123456789012"}"#, false), Err(vec!["/account_no checksum".into()]));
        assert_eq!(check(r#"{"student_no":"一号"}"#, false), Err(vec!["/student_no format".into()]));
    }

    #[test]
    fn opening_needs_document_and_name() {
        let document = r#""id_document":{"type":"resident_id","number":"41029920060315008X"}"#;
        assert!(check(&format!(r#"{{{document},"name":"林小满"}}"#), true).is_ok());
        assert!(check(&format!("{{{document}}}"), false).is_ok());
        assert_eq!(check(&format!("{{{document}}}"), true), Err(vec!["/name required".into()]));
        assert_eq!(
            check(r#"{"student_no":"1"}"#, true),
            Err(vec!["/id_document required".into(), "/name required".into()])
        );
        let wrong = r#"{"id_document":{"type":"resident_id","number":"410299200603150081"},"name":" "}"#;
        assert_eq!(check(wrong, true), Err(vec!["/id_document/number checksum".into(), "/name empty".into()]));
    }

    #[test]
    fn unknown_fields_are_refused_and_nothing_is_printed() {
        assert!(serde_json::from_str::<LearnerRef>(r#"{"phone":"1"}"#).is_err());
        let learner = LearnerRef { student_no: Some("2024030117".into()), ..LearnerRef::default() };
        assert!(!format!("{learner:?}").contains("2024"));
    }
}
