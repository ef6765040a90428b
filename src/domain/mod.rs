//! Nouns and value types; pure: no database, no web, no clock, no randomness.
//!
//! Shape: parse, don't validate. Types whose name is a plain noun (`CreditAmount`, `AccountNo`, `PersonName`) cannot hold
//! a value that breaks their rule. Types that come off the wire (`AchievementPost`, `NewCourse`, …) hold whatever JSON of
//! the right shape says; their `validate` gives the checked value or an [`Invalid`] with a JSON pointer per fault.

#[macro_use]
pub(crate) mod text_enum;

pub mod account_no;
pub mod accreditation;
pub mod achievement;
mod achievement_canonical;
pub mod achievement_content;
mod achievement_content_validate;
pub mod achievement_post;
#[cfg(test)]
mod achievement_tests;
mod achievement_validate;
pub mod activation_code;
pub mod award;
pub mod canonical;
pub mod case;
pub mod catalogue;
pub mod certificate_number;
pub mod class_word;
pub mod competition;
pub mod condition;
pub mod conversion;
pub mod course;
pub mod credit;
pub mod credit_type;
mod decimal;
pub mod enrolment;
pub mod evidence_file;
mod evidence_picture;
pub mod experience;
pub mod expiry;
pub mod identity;
pub mod ids;
pub mod institution;
pub mod invalid;
pub mod kind;
pub mod learner_ref;
pub mod level;
pub mod name;
pub mod objection;
pub mod pathway;
pub mod precedent;
pub mod programme;
pub mod programme_version;
pub mod proxies;
pub mod recognition_case;
pub mod region;
pub mod requirement;
mod requirement_validate;
pub mod resident_id;
pub mod score;
#[cfg(test)]
mod score_tests;
pub mod share;
pub mod staff;
pub mod student_registry_no;
pub mod term;
pub mod text;
pub mod time;
pub mod training;
pub mod uscc;
pub mod working_days;

pub use account_no::AccountNo;
pub use accreditation::{Accreditation, NewAccreditation, permits};
pub use achievement::{AchievementPost, Delivery, OnChange, Refusal, ValidAchievement};
pub use achievement_content::*;
pub use achievement_post::{
    CompetitionPost, CoursePost, DiplomaPost, ExaminationPost, ExperiencePost, QualificationPost, SkillCertificatePost,
    SkillLevelPost, TrainingPost,
};
pub use catalogue::{CatalogueKind, NewCatalogueEntry};
pub use certificate_number::{CertificateNumber, NumberForm};
pub use competition::{CompetitionTier, Prize};
pub use course::NewCourse;
pub use credit::{CreditAmount, CreditTotal};
pub use credit_type::CreditType;
pub use enrolment::{Enrolment, EnrolmentStatus, NewEnrolment, StatusChange, period_end};
pub use experience::ExperienceType;
pub use identity::{IdDocument, IdentityType, ValidDocument};
pub use ids::*;
pub use institution::{InstitutionKind, InstitutionStatus, NewInstitution};
pub use invalid::{FieldError, Invalid, Reason};
pub use kind::AchievementKind;
pub use learner_ref::{LearnerKey, LearnerRef};
pub use level::{NationalLevel, ProgrammeLevel, XLevel};
pub use name::PersonName;
pub use programme::NewProgramme;
pub use programme_version::{Module, ModuleCourse, NewProgrammeVersion};
pub use region::RegionPolicy;
pub use requirement::{Requirement, Requirements};
pub use resident_id::ResidentId;
pub use score::{Score, ScoreScale, ValidScore};
pub use share::Share;
pub use student_registry_no::StudentRegistryNo;
pub use term::{Attempt, Term};
pub use time::Instant;
pub use training::{TargetGroup, training_credits};
pub use uscc::UnifiedCode;
