//! Activation codes: shown once, on a printed slip or face to face.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::App;
use super::actor::ClientActor;
use super::digests;
use super::error::{Error, Result};
use super::opening::Openings;
use super::scope::Scope;
use crate::domain::activation_code::{self, CODE_SYMBOLS};
use crate::domain::ids::LearnerId;
use crate::domain::text_enum::text_enum;
use crate::domain::time::Instant;
use crate::store::activation::{self, NewCode};
use crate::store::{enrolment, learner};

/// Life of a code on a slip: 30 days, in microseconds.
pub const SLIP_MICROS: i64 = 30 * 24 * 3600 * 1_000_000;
/// Life of a code given face to face: 15 minutes, in microseconds.
pub const FACE_TO_FACE_MICROS: i64 = 15 * 60 * 1_000_000;
/// Wrong tries that a code stands.
pub const TRIES: i64 = 5;

text_enum! {
    /// How a code reaches its learner.
    pub enum CodeDelivery {
        Slip = "slip" / "打印的开户单",
        FaceToFace = "face_to_face" / "当面",
    }
}

/// A code just issued. `Debug` does not print it.
pub struct IssuedCode {
    /// Its id.
    pub id: Uuid,
    /// The code, grouped for reading.
    pub code: Zeroizing<String>,
    /// Until when it holds.
    pub expires_at: Instant,
}

impl std::fmt::Debug for IssuedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedCode").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A code as it is remembered: not the code itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedRef {
    /// Its id.
    pub id: Uuid,
    /// Until when it holds, UTC microseconds.
    pub expires_at: i64,
}

impl IssuedCode {
    /// What may be remembered of it.
    pub fn reference(&self) -> IssuedRef {
        IssuedRef { id: self.id, expires_at: self.expires_at.micros() }
    }
}

impl Openings {
    /// A fresh code of `learner` that holds for `life` microseconds, and its row.
    pub(super) fn code(&self, learner: Uuid, issued_by: Uuid, life: i64, now: Instant) -> (NewCode, IssuedCode) {
        let mut bytes = Zeroizing::new([0; CODE_SYMBOLS]);
        self.ids.fill(bytes.as_mut());
        let code = Zeroizing::new(activation_code::from_random(&bytes));
        let plain = Zeroizing::new(code.replace('-', ""));
        let (id, expires_at) = (self.ids.id(), Instant::from_micros(now.micros() + life));
        let row = NewCode {
            learner,
            id,
            code_digest: digests::activation(&self.keys, learner, &plain),
            expires_at: expires_at.micros(),
            tries: TRIES,
            issued_by,
            at: now.micros(),
        };
        (row, IssuedCode { id, code, expires_at })
    }
}

impl App {
    /// Issues a code and voids the earlier ones: for a school with a live enrolment of the learner, the opener of an
    /// account that was never activated, or the bureau.
    pub fn reissue_activation(
        &self,
        actor: &ClientActor,
        learner: LearnerId,
        delivery: CodeDelivery,
    ) -> Result<IssuedCode> {
        actor.require(Scope::LearnersWrite)?;
        let (id, institution) = (learner.uuid(), actor.institution.uuid());
        let life = match delivery {
            CodeDelivery::Slip => SLIP_MICROS,
            CodeDelivery::FaceToFace => FACE_TO_FACE_MICROS,
        };
        self.db.write(|conn| {
            let account = learner::of_ids(conn, &[id])?.remove(&id).ok_or(Error::NotFound)?;
            let opener = account.opened_by == institution && account.activated_at.is_none();
            if !(actor.is_bureau() || opener || enrolment::is_own(conn, id, institution)?) {
                return Err(Error::NotFound);
            }
            let (row, issued) = self.openings().code(id, institution, life, self.clock.now());
            activation::void_open(conn, id)?;
            activation::insert_all(conn, &[row])?;
            self.audit_client(conn, actor, "reissue_activation", Some(learner), true, Some(delivery.as_str()))?;
            Ok(issued)
        })
    }
}
