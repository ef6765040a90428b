//! Identity documents of learners: what a request names, and what is left of it after checking.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::invalid::{Invalid, Reason};
use super::region::RegionPolicy;
use super::resident_id::{ResidentId, birth_date, check_character, mask, normalise};
use super::student_registry_no::StudentRegistryNo;

text_enum! {
    /// Kinds of identity document.
    pub enum IdentityType {
        ResidentId = "resident_id" / "居民身份证",
        ResidencePermit = "residence_permit" / "港澳台居民居住证",
        Passport = "passport" / "护照",
        ForeignerPermanentId = "foreigner_permanent_id" / "外国人永久居留身份证",
        StudentRegistry = "student_registry" / "学籍号",
    }
}

/// An identity document as a request names it.
// `Debug` does not print the number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdDocument {
    /// Kind of document.
    #[serde(rename = "type")]
    pub type_: IdentityType,
    /// Its number as printed.
    #[schema(max_length = 64, examples("41029920060315008X"))]
    pub number: String,
}

impl IdDocument {
    /// Checks the number by the rules of its type; faults are at `/number`.
    pub fn validate(&self, today: NaiveDate, policy: RegionPolicy) -> Result<ValidDocument, Invalid> {
        let number = &self.number;
        let normalised = match self.type_ {
            IdentityType::ResidentId => resident(number, false, today, policy),
            IdentityType::ResidencePermit => resident(number, true, today, policy),
            IdentityType::Passport => passport(number),
            IdentityType::ForeignerPermanentId => foreigner(number, today),
            IdentityType::StudentRegistry => {
                StudentRegistryNo::parse(number, today, policy).map(|number| number.as_str().to_owned())
            }
        };
        normalised
            .map(|normalised| ValidDocument { type_: self.type_, normalised })
            .map_err(|reason| Invalid::one("/number", reason))
    }
}

/// Identity cards and residence permits share form and check and differ by region, so one never passes for the other.
fn resident(text: &str, permit: bool, today: NaiveDate, policy: RegionPolicy) -> Result<String, Reason> {
    let id = ResidentId::parse(text, today, policy)?;
    if id.is_residence_permit() != permit {
        return Err(Reason::UnknownRegion);
    }
    Ok(id.as_str().to_owned())
}

/// Five to twenty letters and digits; spaces and hyphens between them are dropped.
fn passport(text: &str) -> Result<String, Reason> {
    let number: String = normalise(text)
        .map_err(|reason| if reason == Reason::Empty { reason } else { PASSPORT_FORM })?
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .collect();
    if !(5..=20).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(PASSPORT_FORM);
    }
    Ok(number)
}

const PASSPORT_FORM: Reason = Reason::Format { expected: "5 to 20 letters and digits" };

/// The card of 2023 (18 digits from 9, built and checked like an identity number with a country in place of the county), or
/// the older one (three letters of the country and twelve digits, whose check is not published and so not recomputed).
fn foreigner(text: &str, today: NaiveDate) -> Result<String, Reason> {
    const FORM: Reason = Reason::Format { expected: "9 and 17 characters, or 3 letters and 12 digits" };
    let number = normalise(text).map_err(|reason| if reason == Reason::Empty { reason } else { FORM })?;
    let bytes = number.as_bytes();
    match bytes.len() {
        18 if bytes[0] == b'9' && bytes[..17].iter().all(u8::is_ascii_digit) => {
            birth_date(&number[6..14], today)?;
            if check_character(&bytes[..17]) != bytes[17] {
                return Err(Reason::Checksum);
            }
        }
        15 if bytes[..3].iter().all(u8::is_ascii_uppercase) && bytes[3..].iter().all(u8::is_ascii_digit) => {}
        _ => return Err(FORM),
    }
    Ok(number)
}

impl fmt::Debug for IdDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdDocument({}, …)", self.type_)
    }
}

/// A document whose number passed its checks. `Debug` shows it masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ValidDocument {
    /// Kind of document.
    pub type_: IdentityType,
    /// The number in the one spelling that is compared and stored (sealed).
    pub normalised: String,
}

impl ValidDocument {
    /// The number with its middle starred out.
    pub fn masked(&self) -> String {
        mask(&self.normalised)
    }
}

impl fmt::Debug for ValidDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValidDocument({}, {})", self.type_, self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(type_: IdentityType, number: &str) -> Result<String, Reason> {
        let today = NaiveDate::from_ymd_opt(2026, 1, 12).expect("a date");
        let document = IdDocument { type_, number: number.to_owned() };
        document.validate(today, RegionPolicy { allow_test: true }).map(|valid| valid.normalised).map_err(|invalid| {
            assert_eq!(invalid.0[0].pointer, "/number");
            invalid.0[0].reason.clone()
        })
    }

    #[test]
    fn each_type_has_its_rules() {
        use IdentityType::*;
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(check(ResidentId, "41029920060315008x"), ok("41029920060315008X"));
        assert_eq!(check(StudentRegistry, "g41029920060315008x"), ok("G41029920060315008X"));
        assert_eq!(check(Passport, " e1234 5678 "), ok("E12345678"));
        assert_eq!(check(Passport, "Ｅ１２３４５"), ok("E12345"));
        assert_eq!(check(ForeignerPermanentId, "USA110012345678"), ok("USA110012345678"));
        for bad in ["", "E123", "护照12345", "E1234_5678", "E12345678901234567890"] {
            assert!(check(Passport, bad).is_err(), "{bad}");
        }
        for bad in ["US1100123456789", "USA11001234567", "910101200613010011", "网SA110012345678"] {
            assert!(check(ForeignerPermanentId, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn permits_and_cards_are_told_apart() {
        let body = "81000020060315001";
        let permit = format!("{body}{}", char::from(check_character(body.as_bytes())));
        assert_eq!(check(IdentityType::ResidencePermit, &permit), Ok(permit.clone()));
        assert_eq!(check(IdentityType::ResidentId, &permit), Err(Reason::UnknownRegion));
        assert_eq!(check(IdentityType::ResidencePermit, "410299200603150012"), Err(Reason::UnknownRegion));
    }

    #[test]
    fn new_permanent_residence_cards_are_checked() {
        let body = "94184020060315001";
        let card = format!("{body}{}", char::from(check_character(body.as_bytes())));
        assert_eq!(check(IdentityType::ForeignerPermanentId, &card), Ok(card.clone()));
        let last = if card.ends_with('0') { '1' } else { '0' };
        assert_eq!(check(IdentityType::ForeignerPermanentId, &format!("{body}{last}")), Err(Reason::Checksum));
    }

    #[test]
    fn unknown_fields_and_numbers_in_debug_are_refused() {
        let json = r#"{"type":"resident_id","number":"41029920060315008X"}"#;
        let document: IdDocument = serde_json::from_str(json).expect("a document");
        assert!(!format!("{document:?}").contains("2006"));
        assert!(serde_json::from_str::<IdDocument>(r#"{"type":"resident_id","number":"1","x":1}"#).is_err());
        assert!(serde_json::from_str::<IdDocument>(r#"{"type":"driver","number":"1"}"#).is_err());
    }
}
