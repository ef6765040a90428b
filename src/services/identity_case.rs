//! Cases of identity: an administrator finds out whether a document under another name is the same person.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::App;
use super::audit::By;
use super::error::{Error, Result};
use super::sealing;
use crate::domain::identity::{IdentityType, ValidDocument};
use crate::domain::ids::{IdentityCaseId, LearnerId};
use crate::domain::time::Instant;
use crate::store::audit::{self, Event};
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::identity_case::{self, CaseRow, CaseState};
use crate::store::learner;
use crate::store::learner_identity::{self, NameRow};

/// Most cases listed at once.
const LIST_MAX: i64 = 1_000;

/// An open case as the administrator sees it. Not `Debug`: it holds names.
pub struct CaseView {
    /// Its id.
    pub id: IdentityCaseId,
    /// The learner whose document it is.
    pub learner: LearnerId,
    /// The learner's account number.
    pub account_no: String,
    /// The institution that presented the document.
    pub institution: Uuid,
    /// Kind of document.
    pub document: IdentityType,
    /// The number, its middle starred out.
    pub masked: Option<String>,
    /// The learner's present name.
    pub present_name: Option<Zeroizing<String>>,
    /// The name that was presented.
    pub presented_name: Option<Zeroizing<String>>,
    /// When the case was opened.
    pub opened_at: Instant,
}

impl App {
    /// The open cases, the oldest first.
    pub fn open_identity_cases(&self) -> Result<Vec<CaseView>> {
        self.db.read(|conn| {
            let cases = identity_case::open_ones(conn, LIST_MAX)?;
            cases.iter().map(|case| self.case_view(conn, case)).collect()
        })
    }

    fn case_view(&self, conn: &mut Conn, case: &CaseRow) -> Result<CaseView> {
        let id = case.learner;
        let account = learner::of_ids(conn, &[id])?.remove(&id).ok_or(Error::NotFound)?;
        let key = self.learner_key(conn, id)?;
        let names = learner_identity::names(conn, &[id])?;
        let identities = learner_identity::identities(conn, &[id])?;
        let open = |row: Uuid, sealed: &[u8]| {
            key.as_ref().map(|key| sealing::open(key, id, row, sealed).map(Zeroizing::new)).transpose()
        };
        let present = names.iter().find(|name| name.ended_at.is_none());
        let identity = identities.iter().find(|identity| identity.type_ == case.type_);
        let number = identity.and_then(|row| open(row.id, &row.sealed).transpose()).transpose()?;
        let masked =
            |number: Zeroizing<String>| ValidDocument { type_: case.type_, normalised: number.to_string() }.masked();
        Ok(CaseView {
            id: IdentityCaseId::from_uuid(case.id),
            learner: LearnerId::from_uuid(id),
            account_no: account.account_no,
            institution: case.opened_by,
            document: case.type_,
            masked: number.map(masked),
            present_name: present.and_then(|name| open(name.id, &name.sealed).transpose()).transpose()?,
            presented_name: open(case.id, &case.sealed)?,
            opened_at: Instant::from_micros(case.created_at),
        })
    }

    /// Decides a case: accepted, the presented name becomes the present one and the present one a former name, so that
    /// the school's next attempt succeeds. False when it had been decided before. `note` must not name the person.
    pub fn decide_identity_case(
        &self,
        case: IdentityCaseId,
        accept: bool,
        note: Option<&str>,
        decided_by: &str,
    ) -> Result<bool> {
        let now = self.clock.now().micros();
        self.db.write(|conn| {
            let row = identity_case::find(conn, case.uuid())?.ok_or(Error::NotFound)?;
            let state = if accept { CaseState::Accepted } else { CaseState::Refused };
            if !identity_case::decide(conn, row.id, state, decided_by, note, now)? {
                return Ok(false);
            }
            if accept {
                self.rename(conn, &row, now)?;
            }
            let event = Event {
                learner: Some(row.learner),
                object: Some(&format!("identity_case {case}")),
                detail: Some(state.as_str()),
                ..self.event(By::SYSTEM, "decide_identity_case")
            };
            audit::append(conn, &event)?;
            Ok::<_, Error>(true)
        })
    }

    fn rename(&self, conn: &mut Conn, case: &CaseRow, now: i64) -> Result<()> {
        let digest = case.digest.as_slice().try_into().map_err(|_| StoreError::broken("a digest is not 32 bytes"))?;
        let known = learner_identity::names(conn, &[case.learner])?;
        if known.iter().any(|name| name.ended_at.is_none() && name.digest == digest) {
            return Ok(());
        }
        let key = self.learner_key(conn, case.learner)?.ok_or(Error::NotFound)?;
        let name = Zeroizing::new(sealing::open(&key, case.learner, case.id, &case.sealed)?);
        let id = self.ids.id();
        let sealed = sealing::seal(self.ids.as_ref(), &key, case.learner, id, &name);
        learner_identity::end_name(conn, case.learner, now)?;
        let row = NameRow { learner: case.learner, id, digest, sealed, since: now, ended_at: None };
        Ok(learner_identity::insert_names(conn, &[row])?)
    }
}
