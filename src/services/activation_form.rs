//! What a learner types: the form of an activation, and the document that a number may be of.

use chrono::NaiveDate;

use super::passwords::{self, PasswordFault};
use crate::domain::activation_code;
use crate::domain::identity::{IdDocument, IdentityType, ValidDocument};
use crate::domain::invalid::Reason;
use crate::domain::name::PersonName;
use crate::domain::region::RegionPolicy;

/// What a learner types to activate an account.
pub struct ActivationForm<'a> {
    /// The name.
    pub name: &'a str,
    /// The number of an identity document.
    pub id_number: &'a str,
    /// The code of the slip.
    pub code: &'a str,
    /// The password to be set.
    pub password: &'a str,
}

/// A field of an activation and what is wrong with it as such, known without looking anything up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivationFault {
    /// The name is none.
    Name(Reason),
    /// The number is none of a document.
    IdNumber(Reason),
    /// The code does not have the form of one.
    Code,
    /// This cannot be the password.
    Password(PasswordFault),
}

/// An activation whose parts are well formed.
pub(super) struct Parsed {
    /// The name.
    pub(super) name: PersonName,
    /// The documents that the number may be of.
    pub(super) documents: Vec<ValidDocument>,
    /// The code in its one spelling.
    pub(super) code: String,
}

/// Checks what can be checked without looking anything up.
pub(super) fn parse(
    form: &ActivationForm<'_>,
    today: NaiveDate,
    regions: RegionPolicy,
) -> std::result::Result<Parsed, Vec<ActivationFault>> {
    let mut faults = Vec::new();
    let name = PersonName::parse(form.name).map_err(|reason| faults.push(ActivationFault::Name(reason))).ok();
    let documents = documents(form.id_number, today, regions);
    let documents = documents.map_err(|reason| faults.push(ActivationFault::IdNumber(reason))).ok();
    let code = activation_code::normalise(form.code);
    if code.is_none() {
        faults.push(ActivationFault::Code);
    }
    if let Err(fault) = passwords::check(form.password, &[form.name, form.id_number]) {
        faults.push(ActivationFault::Password(fault));
    }
    match (name, documents, code) {
        (Some(name), Some(documents), Some(code)) if faults.is_empty() => Ok(Parsed { name, documents, code }),
        _ => Err(faults),
    }
}

/// The documents that a number may be of, the likeliest first. People do not say which document it is: what has the
/// form of an identity card is one, with its check; anything else may be one of several.
pub(super) fn documents(
    number: &str,
    today: NaiveDate,
    regions: RegionPolicy,
) -> std::result::Result<Vec<ValidDocument>, Reason> {
    use IdentityType::*;
    let of = |type_| IdDocument { type_, number: number.to_owned() }.validate(today, regions);
    let found: Vec<_> = [ResidentId, ResidencePermit, ForeignerPermanentId, StudentRegistry]
        .into_iter()
        .filter_map(|type_| of(type_).ok())
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let reason = |type_| match of(type_) {
        Ok(_) => Reason::Unknown,
        Err(invalid) => invalid.0.into_iter().next().map_or(Reason::Unknown, |error| error.reason),
    };
    match reason(ResidentId) {
        // Not eighteen characters of the right form: a passport may be.
        Reason::Format { .. } => of(Passport).map(|document| vec![document]).map_err(|_| reason(ResidentId)),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 12).expect("a date")
    }

    const REGIONS: RegionPolicy = RegionPolicy { allow_test: true };

    #[test]
    fn a_number_says_what_document_it_may_be() {
        let types = |number: &str| {
            documents(number, today(), REGIONS).map(|found| found.into_iter().map(|d| d.type_).collect::<Vec<_>>())
        };
        assert_eq!(types("41029920060315008x"), Ok(vec![IdentityType::ResidentId]));
        assert_eq!(types("E12345678"), Ok(vec![IdentityType::Passport]));
        assert_eq!(types("USA110012345678"), Ok(vec![IdentityType::ForeignerPermanentId]));
        assert_eq!(types("410299200603150081"), Err(Reason::Checksum), "no passport, a mistyped identity card");
        assert!(types("一二三").is_err());
        assert_eq!(types(""), Err(Reason::Empty));
    }

    #[test]
    fn every_fault_of_the_form_is_told_at_once() {
        let form = ActivationForm { name: " ", id_number: "1", code: "!", password: "short" };
        let faults = parse(&form, today(), REGIONS).err().expect("faulty");
        assert_eq!(faults.len(), 4, "{faults:?}");
        let form = ActivationForm {
            name: "林小满",
            id_number: "41029920060315008X",
            code: " 0000-0000-0000-0000-0000 ",
            password: "41029920060315008x",
        };
        let faults = parse(&form, today(), REGIONS).err().expect("faulty");
        assert_eq!(faults, [ActivationFault::Password(PasswordFault::Personal)]);
    }
}
