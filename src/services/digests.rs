//! Keyed digests of what is looked up or compared but not stored in the clear.

use uuid::Uuid;

use super::App;
use crate::crypto::digest::Hash;
use crate::crypto::keys::{KeyRing, Purpose};
use crate::domain::identity::ValidDocument;
use crate::domain::ids::InstitutionId;
use crate::domain::name::PersonName;

/// The claim of an identity document.
pub fn identity(keys: &KeyRing, document: &ValidDocument) -> Hash {
    keys.digest(Purpose::Claim, &[b"identity", document.type_.as_str().as_bytes(), document.normalised.as_bytes()])
}

/// The claim of a student number, as [`crate::domain::text::student_no`] spells it, at its institution.
pub fn student_no(keys: &KeyRing, institution: Uuid, student_no: &str) -> Hash {
    keys.digest(Purpose::Claim, &[b"student_no", institution.as_bytes(), student_no.as_bytes()])
}

/// The claim of an external reference at its institution.
pub fn external_ref(keys: &KeyRing, institution: Uuid, reference: &str) -> Hash {
    keys.digest(Purpose::Claim, &[b"external_ref", institution.as_bytes(), reference.as_bytes()])
}

/// A whole name, folded: two spellings of one name are equal.
pub fn name(keys: &KeyRing, name: &PersonName) -> Hash {
    keys.digest(Purpose::Name, &[name.folded().as_bytes()])
}

/// A learner's activation code, as [`crate::domain::activation_code::normalise`] spells it.
pub fn activation(keys: &KeyRing, learner: Uuid, code: &str) -> Hash {
    keys.digest(Purpose::Secret, &[b"activation", learner.as_bytes(), code.as_bytes()])
}

impl App {
    /// [`identity`].
    pub fn identity_digest(&self, document: &ValidDocument) -> Hash {
        identity(&self.keys, document)
    }

    /// [`student_no`].
    pub fn student_no_digest(&self, institution: InstitutionId, number: &str) -> Hash {
        student_no(&self.keys, institution.uuid(), number)
    }

    /// [`external_ref`].
    pub fn external_ref_digest(&self, institution: InstitutionId, reference: &str) -> Hash {
        external_ref(&self.keys, institution.uuid(), reference)
    }

    /// [`name`].
    pub fn name_digest(&self, person: &PersonName) -> Hash {
        name(&self.keys, person)
    }

    /// [`activation`].
    pub fn activation_digest(&self, learner: Uuid, code: &str) -> Hash {
        activation(&self.keys, learner, code)
    }
}
