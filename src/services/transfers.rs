//! Credits that follow a learner from one enrolment to another (归属调整: 转专业, 转学, 留级).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::App;
use super::achievements::TransactionRef;
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::idempotency::{Answer, Once};
use super::posting::decide::{LearnerSealer, history_refusal};
use super::refusal::Refusal;
use super::scope::Scope;
use super::whereabouts::Whereabouts;
use crate::domain::ids::EnrolmentId;
use crate::ledger::book::LedgerError;
use crate::ledger::history::History;
use crate::ledger::lots::Lots;
use crate::ledger::purse::Account;
use crate::store::book_rows::transactions;
use crate::store::conn::Conn;
use crate::store::conversion::ConversionRow;
use crate::store::error::StoreError;
use crate::store::{achievement_use, book, conversion, enrolment, programme};

#[derive(Debug, Serialize, Deserialize)]
struct Moved {
    learner: Uuid,
    seq: i64,
}

impl App {
    /// Moves lots from one enrolment's purse to another of the same learner and level, by the receiving institution.
    pub fn transfer_enrolment(
        &self,
        actor: &ClientActor,
        from: EnrolmentId,
        to: EnrolmentId,
        lots: Option<&[Uuid]>,
        reason: Option<&str>,
        once: &Once,
    ) -> Result<Answer<Vec<TransactionRef>>> {
        actor.require(Scope::LearnersWrite)?;
        let answer = self.idempotently(once, |conn| {
            let source = enrolment::find(conn, from.uuid())?.ok_or(Error::NotFound)?;
            let target = enrolment::find(conn, to.uuid())?.ok_or(Error::NotFound)?;
            // The receiver must own the target and already have this learner: otherwise the source stays unknown to it.
            if target.institution_id != actor.institution || target.learner_id != source.learner_id || from == to {
                return Err(Error::NotFound);
            }
            if !target.status.is_live() {
                return Err(Refusal::EnrolmentNotLive.into());
            }
            let programmes = programme::of_ids(conn, &[source.programme_id.uuid(), target.programme_id.uuid()])?;
            let level = |id: Uuid| programmes.get(&id).map(|row| row.level.credit_type());
            let credit_type = level(target.programme_id.uuid()).ok_or(Error::NotFound)?;
            if level(source.programme_id.uuid()) != Some(credit_type) {
                return Err(Refusal::CreditTypesDiffer.into());
            }
            let learner = source.learner_id.uuid();
            let mut books = book::lock_books(conn, self.book, &[learner])?;
            let history = self.history(conn, learner)?;
            let kept;
            let twice = counting_already(conn, &history, learner, (from.uuid(), to.uuid()))?;
            let lots = match lots {
                Some(named) if named.iter().any(|lot| twice.contains(lot)) => return Err(Refusal::LotInUse.into()),
                None if !twice.is_empty() => {
                    let lying = Lots::of(&history.transactions).lying_in(Account::programme(from.uuid()));
                    kept = lying.into_iter().map(|(lot, _)| lot).filter(|lot| !twice.contains(lot)).collect::<Vec<_>>();
                    Some(kept.as_slice())
                }
                lots => lots,
            };
            let draft = history
                .transfer(
                    crate::ledger::history::Wanted {
                        from: Account::programme(from.uuid()),
                        to: Account::programme(to.uuid()),
                        credit_type,
                        lots,
                    },
                    self.clock.today(),
                    reason.map(str::to_owned),
                    &mut || self.ids.id(),
                )
                .map_err(|refusal| Error::from(history_refusal(refusal)))?;
            let book = books.get_mut(&learner).ok_or(Error::NotFound)?;
            let key = self.learner_key(conn, learner)?.ok_or(Error::NotFound)?;
            let sealer = LearnerSealer { ids: self.ids.as_ref(), key: &key };
            let one = book.append(draft, actor.author(), self.clock.now(), &sealer).map_err(|error| match error {
                LedgerError::InsufficientCredit { wanted, available, .. } => {
                    Error::from(Refusal::InsufficientCredit { wanted, available })
                }
                other => StoreError::broken(other).into(),
            })?;
            let seq = one.transaction.seq;
            book::append(conn, &[one], &[book])?;
            Ok(Moved { learner, seq })
        })?;
        let (moved, replayed) = answer.parts();
        let written = self.db.read(|conn| {
            let chain = transactions(conn, &[moved.learner])?;
            Ok::<_, Error>(chain.iter().filter(|t| t.seq == moved.seq).map(TransactionRef::from).collect())
        })?;
        Ok(if replayed { Answer::Replayed(written) } else { Answer::Fresh(written) })
    }
}

/// The lots in one enrolment's purse that may not go to another's: those that count there already. Within one programme a
/// lot counts once, directly or by a conversion that rests on it (I9).
fn counting_already(
    conn: &mut Conn,
    history: &History,
    learner: Uuid,
    (from, to): (Uuid, Uuid),
) -> Result<BTreeSet<Uuid>> {
    let uses = achievement_use::of_learners(conn, &[learner])?;
    if uses.is_empty() {
        return Ok(BTreeSet::new());
    }
    let lot_of: BTreeMap<Uuid, Uuid> = history.achievements.iter().map(|a| (a.id, a.lot)).collect();
    let evidence = achievement_use::by_conversion(&uses);
    let rests_on = |conversion: &Uuid| {
        evidence.get(conversion).into_iter().flatten().filter_map(|id| lot_of.get(id).copied()).collect::<Vec<_>>()
    };
    let lots = Lots::of(&history.transactions);
    let rows = conversion::of_learners(conn, &[learner])?;
    // What other transfers brought counts there as much as what was converted there, and what they took away does not.
    let whereabouts = Whereabouts::of(&history.transactions);
    let counts_there = |row: &&ConversionRow| match whereabouts.enrolments(row.id).next() {
        Some(_) => whereabouts.within(row.id, to).is_some(),
        None => row.enrolment == to,
    };
    let there = rows.iter().filter(|row| row.status.is_live()).filter(counts_there);
    let converted: BTreeSet<Uuid> = there.flat_map(|row| rests_on(&row.id)).collect();
    let counts = |lot: &Uuid| converted.contains(lot) || whereabouts.within(*lot, to).is_some();
    let twice = |lot: &Uuid| {
        if lots.is_granted(*lot) { rests_on(lot).iter().any(counts) } else { converted.contains(lot) }
    };
    let lying = lots.lying_in(Account::programme(from)).into_iter().map(|(lot, _)| lot);
    Ok(lying.filter(twice).collect())
}
