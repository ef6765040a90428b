//! Writing to one learner's book outside the committer: lock, history, drafts, append.

use uuid::Uuid;

use super::App;
use super::error::{Error, Result};
use super::posting::decide::{LearnerSealer, history_refusal};
use super::refusal::Refusal;
use crate::crypto::seal::DataKey;
use crate::ledger::book::{Appended, Draft, LearnerBook, LedgerError};
use crate::ledger::history::{History, HistoryRefusal};
use crate::ledger::transaction::Author;
use crate::store::book;
use crate::store::conn::Conn;
use crate::store::error::StoreError;

/// A learner's book, locked until the database transaction ends, with what has been appended in it.
pub struct Writing {
    /// The learner.
    pub learner: Uuid,
    /// The chain with what was appended.
    pub history: History,
    /// The learner's key.
    pub key: DataKey,
    book: LearnerBook,
    appended: Vec<Appended>,
}

impl App {
    /// Locks the book of a learner and reads it.
    pub fn writing(&self, conn: &mut Conn, learner: Uuid) -> Result<Writing> {
        let mut books = book::lock_books(conn, self.book, &[learner])?;
        let book = books.remove(&learner).ok_or(Error::NotFound)?;
        let history = self.history(conn, learner)?;
        let key = self.learner_key(conn, learner)?.ok_or(Error::NotFound)?;
        Ok(Writing { learner, history, key, book, appended: Vec::new() })
    }

    /// Appends what `decide` answers on the history so far.
    pub fn post<D: IntoIterator<Item = Draft>>(
        &self,
        writing: &mut Writing,
        author: Author,
        decide: impl FnOnce(&History, &mut dyn FnMut() -> Uuid) -> std::result::Result<D, HistoryRefusal>,
    ) -> Result<()> {
        let drafts = decide(&writing.history, &mut || self.ids.id()).map_err(history_refusal)?;
        for draft in drafts {
            self.append(writing, author, draft)?;
        }
        Ok(())
    }

    /// Appends one draft.
    pub fn append(&self, writing: &mut Writing, author: Author, draft: Draft) -> Result<()> {
        let sealer = LearnerSealer { ids: self.ids.as_ref(), key: &writing.key };
        let one = writing.book.append(draft, author, self.clock.now(), &sealer).map_err(|error| match error {
            LedgerError::InsufficientCredit { wanted, available, .. } => {
                Error::from(Refusal::InsufficientCredit { wanted, available })
            }
            other => StoreError::broken(other).into(),
        })?;
        writing.history.transactions.push(one.transaction.clone());
        writing.history.achievements.extend(one.achievement.clone());
        writing.appended.push(one);
        Ok(())
    }

    /// Writes what was appended; answers the places in the chain.
    pub fn finish(&self, conn: &mut Conn, writing: &Writing) -> Result<Vec<i64>> {
        if !writing.appended.is_empty() {
            book::append(conn, &writing.appended, &[&writing.book])?;
        }
        Ok(writing.appended.iter().map(|one| one.transaction.seq).collect())
    }
}
