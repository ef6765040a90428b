//! Institutions 机构.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ids::InstitutionId;
use super::invalid::{Invalid, Reason};
use super::region::{self, RegionPolicy};
use super::text::{NAME_MAX, clean_line};
use super::uscc::UnifiedCode;

text_enum! {
    /// Kinds of institution.
    pub enum InstitutionKind {
        SecondarySchool = "secondary_school" / "中等职业学校",
        TechnicianCollege = "technician_college" / "技工院校",
        HigherVocationalCollege = "higher_vocational_college" / "高等职业院校",
        University = "university" / "本科院校",
        OpenUniversity = "open_university" / "开放大学",
        AwardingBody = "awarding_body" / "培训评价组织",
        TrainingProvider = "training_provider" / "培训机构",
        Enterprise = "enterprise" / "企业",
        Bureau = "bureau" / "主管部门",
    }
}

impl InstitutionKind {
    /// Whether it has programmes and enrolments.
    pub const fn is_school(self) -> bool {
        matches!(
            self,
            Self::SecondarySchool
                | Self::TechnicianCollege
                | Self::HigherVocationalCollege
                | Self::University
                | Self::OpenUniversity
        )
    }
}

text_enum! {
    /// Whether an institution may act.
    pub enum InstitutionStatus {
        Active = "active" / "正常",
        Suspended = "suspended" / "暂停",
        Revoked = "revoked" / "撤销",
    }
}

/// An institution to be registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInstitution {
    /// Full name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Short name for narrow places.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub short_name: Option<String>,
    /// Kind.
    pub kind: InstitutionKind,
    /// Unified social credit code, GB 32100.
    #[schema(max_length = 64, examples("12410200MB1A0001X2"))]
    pub uscc: String,
    /// School code 学校标识码, ten or eleven digits.
    #[serde(default)]
    #[schema(pattern = r"^\d{10,11}$")]
    pub school_code: Option<String>,
    /// The bureau that it belongs to.
    #[serde(default)]
    pub authority_id: Option<InstitutionId>,
    /// Region code.
    #[schema(pattern = r"^\d{6}$", examples("410299"))]
    pub region: String,
}

impl NewInstitution {
    /// The same with every text in its one spelling.
    pub fn validate(&self, policy: RegionPolicy) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        let short_name =
            self.short_name.as_ref().and_then(|name| invalid.take("/short_name", clean_line(name, NAME_MAX)));
        let uscc = invalid.take("/uscc", self.uscc.parse::<UnifiedCode>());
        if let Some(code) = &self.school_code {
            let fits = matches!(code.len(), 10 | 11) && code.bytes().all(|b| b.is_ascii_digit());
            if !self.kind.is_school() {
                invalid.push("/school_code", Reason::NotAllowedHere);
            } else if !fits {
                invalid.push("/school_code", Reason::Format { expected: "10 or 11 digits" });
            }
        }
        invalid.take("/region", region::check(&self.region, policy));
        match (name, uscc) {
            (Some(name), Some(uscc)) if invalid.is_empty() => {
                Ok(Self { name, short_name, uscc: uscc.as_str().to_owned(), ..self.clone() })
            }
            _ => Err(invalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn school() -> NewInstitution {
        NewInstitution {
            name: " 汴东职业中专（演示） ".into(),
            short_name: None,
            kind: InstitutionKind::SecondarySchool,
            uscc: "12410200mb1a0001x2".into(),
            school_code: Some("4141000001".into()),
            authority_id: None,
            region: "410299".into(),
        }
    }

    #[test]
    fn texts_come_out_in_one_spelling() {
        let valid = school().validate(RegionPolicy { allow_test: true }).expect("valid");
        assert_eq!(valid.name, "汴东职业中专（演示）");
        assert_eq!(valid.uscc, "12410200MB1A0001X2");
    }

    #[test]
    fn every_fault_is_named() {
        let bad = NewInstitution {
            name: String::new(),
            uscc: "12410200MB1A0001X3".into(),
            school_code: Some("41410000".into()),
            ..school()
        };
        let invalid = bad.validate(RegionPolicy::default()).expect_err("four faults");
        let found: Vec<_> = invalid.0.iter().map(|f| format!("{} {}", f.pointer, f.reason.code())).collect();
        assert_eq!(found, ["/name empty", "/uscc checksum", "/school_code format", "/region unknown-region"]);
        let body = NewInstitution { kind: InstitutionKind::AwardingBody, ..school() };
        assert!(body.validate(RegionPolicy { allow_test: true }).is_err());
    }
}
