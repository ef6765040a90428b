//! Ids: one type per noun over a UUID, so that no id can stand where another belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::invalid::Reason;

/// The one spelling read off the wire: 36 characters with hyphens, in either case. Others that mean the same (braces,
/// `urn:uuid:`, no hyphens) are refused, so that an id has one path.
fn parse_uuid(text: &str) -> Result<Uuid, Reason> {
    if text.len() != 36 {
        return Err(Reason::Format { expected: "UUID" });
    }
    Uuid::try_parse(text).map_err(|_| Reason::Format { expected: "UUID" })
}

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident ),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Reason;
            fn from_str(text: &str) -> Result<Self, Reason> {
                parse_uuid(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(|reason: Reason| reason.serde_error())
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+ };
}

ids! {
    /// A learner, for life; old ids of merged accounts redirect.
    LearnerId,
    /// An institution, authorities included.
    InstitutionId,
    /// A grant of what an institution may post.
    AccreditationId,
    /// A major at one institution and level.
    ProgrammeId,
    /// A programme's plan for one cohort.
    ProgrammeVersionId,
    /// A version of a course.
    CourseId,
    /// An entry of the bureau's catalogues.
    CatalogueEntryId,
    /// A rule set, over all of its versions.
    RuleSetId,
    /// A comment on a rule set in review.
    RuleSetCommentId,
    /// Long work done beside the service.
    JobId,
    /// A conversion plan.
    ConversionPlanId,
    /// A conversion: one line of a plan that was applied for; also the id of the lot it grants.
    ConversionId,
    /// Something decided that does not agree with the record any more.
    DiscrepancyId,
    /// A learner's registration in a programme.
    EnrolmentId,
    /// An achievement (one revision of it); also the id of the lot of its credits.
    AchievementId,
    /// A transaction of the book.
    TransactionId,
    /// An API client.
    ClientId,
    /// A member of staff.
    StaffId,
    /// A question of identity that waits for a decision.
    IdentityCaseId,
    /// One identity document of a learner.
    IdentityId,
    /// A book: one installation's ledger.
    BookId,
    /// A request, for logs and problems.
    RequestId,
    /// An activation code.
    ActivationId,
    /// An audit row.
    AuditId,
    /// An evidence file.
    EvidenceFileId,
    /// An achievement presented for recognition.
    RecognitionCaseId,
    /// An objection.
    ObjectionId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_is_read() {
        let text = "0197a6f0-1111-7abc-8def-0123456789ab";
        let id: LearnerId = text.parse().expect("hyphenated");
        assert_eq!(id.to_string(), text);
        assert_eq!(serde_json::to_string(&id).expect("a string"), format!("\"{text}\""));
        assert_eq!(text.to_uppercase().parse(), Ok(id));
        for bad in [
            "",
            "0197a6f011117abc8def0123456789ab",
            "{0197a6f0-1111-7abc-8def-0123456789ab}",
            "0197a6f0-1111-7abc-8def-0123456789aX",
        ] {
            assert!(bad.parse::<LearnerId>().is_err(), "{bad}");
        }
    }
}
