//! Everything that deciding a group needs, read in a few set-based queries once the learners are locked.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::Posting;
use super::group::{Earlier, Slot};
use crate::crypto::digest::Hash;
use crate::crypto::seal::DataKey;
use crate::domain::accreditation::Accreditation;
use crate::domain::catalogue::CatalogueKind;
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::ProgrammeId;
use crate::domain::kind::AchievementKind;
use crate::ledger::book::{Appended, LearnerBook};
use crate::ledger::cascade::{Cascade, Dependent};
use crate::ledger::details::{SealedDetails, subject};
use crate::ledger::history::History;
use crate::services::unwinding::dependents;
use crate::store::catalogue::{self, CatalogueEntry};
use crate::store::conn::Conn;
use crate::store::course::{self, CourseVersion};
use crate::store::error::{Result, StoreError};
use crate::store::programme::{self, ProgrammeRow};
use crate::store::{accreditation, book, book_rows, enrolment, learner, learner_identity, training_rate};

/// What was read.
pub(super) struct Loaded {
    pub(super) books: HashMap<Uuid, LearnerBook>,
    pub(super) keys: HashMap<Uuid, DataKey>,
    pub(super) names: HashMap<Uuid, Vec<Hash>>,
    pub(super) accreditations: HashMap<Uuid, Vec<Accreditation>>,
    pub(super) enrolments: HashMap<Uuid, Vec<Enrolment>>,
    pub(super) programmes: HashMap<Uuid, ProgrammeRow>,
    pub(super) courses: HashMap<(Uuid, String), Vec<CourseVersion>>,
    pub(super) entries: HashMap<(CatalogueKind, String), Vec<CatalogueEntry>>,
    /// The bureau's rate on each day that a training of the group counts from.
    pub(super) hours_per_credit: HashMap<NaiveDate, u32>,
    /// Learner, subject, institution of results that stand already.
    pub(super) prior: HashSet<(Uuid, String, Uuid)>,
    /// Histories of the learners of posts that need them.
    pub(super) histories: BTreeMap<Uuid, History>,
    /// Live conversions of the learners of corrections.
    pub(super) dependents: HashMap<Uuid, Vec<Dependent>>,
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Loaded {
    /// Locks the learners of the open slots and reads what concerns them.
    pub(super) fn load(work: &Posting, conn: &mut Conn, slots: &[Slot<'_>]) -> Result<Self> {
        let open = || slots.iter().filter(|slot| slot.open());
        let learners = distinct(open().filter_map(|slot| slot.learner));
        let institutions = distinct(open().map(|slot| slot.job.author.institution));
        let books = book::lock_books(conn, work.book, &learners)?;
        let keys = keys(work, conn, &learners)?;
        let named = distinct(open().filter(|slot| slot.job.name.is_some()).filter_map(|slot| slot.learner));
        let names = if named.is_empty() { HashMap::new() } else { learner_identity::current_names(conn, &named)? };
        let accreditations = accreditation::of_institutions(conn, &institutions)?;
        let courses_of: Vec<(Uuid, &str)> = distinct(open().filter_map(|slot| {
            let code = slot.job.post.content.code()?;
            (slot.job.post.kind() == AchievementKind::Course).then_some((slot.job.author.institution, code))
        }));
        let taking = distinct(
            open().filter(|slot| slot.job.post.kind() == AchievementKind::Course).filter_map(|slot| slot.learner),
        );
        let mut enrolments: HashMap<Uuid, Vec<Enrolment>> = HashMap::new();
        if !taking.is_empty() {
            for enrolment in enrolment::of_learners(conn, &taking, &institutions)? {
                enrolments.entry(enrolment.learner_id.uuid()).or_default().push(enrolment);
            }
        }
        let programmes = distinct(
            enrolments
                .values()
                .flatten()
                .map(|e| e.programme_id.uuid())
                .chain(open().filter_map(|slot| slot.job.post.programme_id.map(ProgrammeId::uuid))),
        );
        let programmes = programme::of_ids(conn, &programmes)?;
        let courses = course::versions(conn, &courses_of)?;
        let entries_of: Vec<(CatalogueKind, &str)> = distinct(
            open().filter_map(|slot| Some((CatalogueKind::of(slot.job.post.kind())?, slot.job.post.content.code()?))),
        );
        let entries = catalogue::entries(conn, &entries_of)?;
        let trainings = open().filter(|slot| slot.job.post.kind() == AchievementKind::Training);
        let days = distinct(trainings.map(|slot| slot.job.post.effective_on()));
        let mut hours_per_credit = HashMap::new();
        for day in days {
            let hours = training_rate::hours_per_credit(conn, day)?;
            let hours = u32::try_from(hours).map_err(|_| StoreError::broken("hours per credit out of range"))?;
            hours_per_credit.insert(day, hours);
        }
        let subjects: Vec<(Uuid, String)> = open()
            .filter(|slot| slot.job.post.kind() == AchievementKind::Course)
            .filter_map(|slot| Some((slot.learner?, subject(AchievementKind::Course, slot.job.post.content.code()))))
            .collect();
        let prior = book_rows::prior_results(conn, &subjects)?;
        let mut loaded = Self {
            books,
            keys,
            names,
            accreditations,
            enrolments,
            programmes,
            courses,
            entries,
            hours_per_credit,
            prior,
            histories: BTreeMap::new(),
            dependents: HashMap::new(),
        };
        let need = distinct(open().filter(|slot| loaded.needs_history(slot)).filter_map(|slot| slot.learner));
        loaded.histories = book::histories(conn, &need)?;
        for learner in need {
            loaded.open_details(learner);
        }
        let corrected = |slot: &&Slot<'_>| matches!(slot.earlier, Earlier::Live(_));
        for learner in distinct(open().filter(corrected).filter_map(|slot| slot.learner)) {
            loaded.dependents.insert(learner, dependents(conn, learner)?);
        }
        Ok(loaded)
    }

    /// Whether deciding `slot` depends on what the learner's chain holds.
    pub(super) fn needs_history(&self, slot: &Slot<'_>) -> bool {
        matches!(slot.earlier, Earlier::Live(_)) || self.has_prior(slot)
    }

    pub(super) fn has_prior(&self, slot: &Slot<'_>) -> bool {
        let kind = slot.job.post.kind();
        let Some(learner) = slot.learner else { return false };
        kind == AchievementKind::Course
            && self.prior.contains(&(learner, subject(kind, slot.job.post.content.code()), slot.job.author.institution))
    }

    /// Keeps a loaded history up to date with what was just decided: posts of the same learner that follow rest on it.
    pub(super) fn remember(&mut self, filed: &(Uuid, String, Uuid), appended: &[Appended], details: SealedDetails) {
        let Some(history) = self.histories.get_mut(&filed.0) else { return };
        for one in appended {
            history.transactions.push(one.transaction.clone());
            if let Some(achievement) = &one.achievement {
                history.details.insert(achievement.seq, details.clone());
                history.achievements.push(achievement.clone());
            }
        }
        self.prior.insert(filed.clone());
    }

    /// Conversions that ended with a correction rest on nothing any more.
    pub(super) fn forget_ended(&mut self, learner: Uuid, cascade: &Cascade) {
        if let Some(dependents) = self.dependents.get_mut(&learner) {
            dependents.retain(|d| !cascade.ended.iter().any(|ended| ended.conversion == d.conversion));
        }
    }

    /// Opens the sealed details of a learner's achievements, as far as the key allows.
    fn open_details(&mut self, learner: Uuid) {
        if let (Some(history), Some(key)) = (self.histories.get_mut(&learner), self.keys.get(&learner)) {
            crate::services::details::open(history, key);
        }
    }
}

fn keys(work: &Posting, conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, DataKey>> {
    if learners.is_empty() {
        return Ok(HashMap::new());
    }
    learner::keys(conn, learners)?
        .into_iter()
        .filter(|(_, key)| !key.erased)
        .map(|(learner, key)| {
            let key = work.keys.unwrap(learner, &key.wrapped);
            Ok((learner, key.map_err(|_| StoreError::broken("a learner's key does not unwrap"))?))
        })
        .collect()
}
