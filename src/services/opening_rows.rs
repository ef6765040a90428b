//! The rows of new accounts.

use uuid::Uuid;

use super::opening::{Draft, Openings};
use super::sealing;
use crate::crypto::seal::DataKey;
use crate::domain::account_no::{AccountNo, BODY_MAX, BODY_MIN};
use crate::domain::time::Instant;
use crate::store::conn::Conn;
use crate::store::error::Result;
use crate::store::learner::{self, NewLearner};
use crate::store::learner_identity::{self, IdentityRow, NameRow};

impl Openings {
    /// Writes the new accounts with document and name.
    pub(super) fn write_accounts(
        &self,
        conn: &mut Conn,
        institution: Uuid,
        drafts: &mut [Draft<'_>],
        now: Instant,
    ) -> Result<()> {
        let (ids, at) = (self.ids.as_ref(), now.micros());
        let (mut learners, mut identities, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for draft in drafts.iter_mut().filter(|draft| draft.refusal.is_none() && !draft.existing) {
            let key = draft.key.get_or_insert_with(|| DataKey::generate(ids));
            let learner = draft.learner;
            let wrapped = self.keys.wrap(ids, learner, key);
            learners.push(NewLearner {
                id: learner,
                account_no: self.account_no(),
                wrapped,
                opened_by: institution,
                at,
            });
            identities.push(IdentityRow {
                learner,
                id: draft.identity,
                type_: draft.document.type_,
                digest: draft.identity_digest,
                sealed: sealing::seal(ids, key, learner, draft.identity, &draft.document.normalised),
                since: at,
            });
            names.push(NameRow {
                learner,
                id: draft.name_id,
                digest: draft.name_digest,
                sealed: sealing::seal(ids, key, learner, draft.name_id, draft.name.as_str()),
                since: at,
                ended_at: None,
            });
        }
        learner::insert_all(conn, &learners)?;
        learner_identity::insert_identities(conn, &identities)?;
        learner_identity::insert_names(conn, &names)
    }

    /// A random account number: one that stands already fails the transaction, which is run again with others.
    fn account_no(&self) -> String {
        let mut bytes = [0; 8];
        self.ids.fill(&mut bytes);
        AccountNo::from_body(BODY_MIN + u64::from_be_bytes(bytes) % (BODY_MAX - BODY_MIN + 1)).as_str().to_owned()
    }
}
