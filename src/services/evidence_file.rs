//! Evidence files: sent before the case that they belong to, sealed under the learner's key, opened for those who may
//! see the case.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::Actor;
use super::care::carefully;
use super::error::{Error, Result};
use super::refusal::Refusal;
use super::scope::Scope;
use super::sealing;
use crate::crypto::seal::DataKey;
use crate::domain::evidence_file::{FILES_MAX, FileFault, MediaType, examine};
use crate::domain::ids::{EvidenceFileId, InstitutionId, LearnerId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{TITLE_MAX, clean_line};
use crate::domain::time::Instant;
use crate::ledger::transaction::ActorKind;
use crate::store::conn::Conn;
use crate::store::evidence_file::{self, FileRow};
use crate::store::{book, conversion, enrolment, learner, recognition_case, vault};

/// Most files of a learner that belong to no case yet.
pub const WAITING_MAX: usize = 20;
/// Days after which a file that no case has needed is let go.
pub const WAITING_DAYS: i64 = 30;
/// Room that the files of one learner may take, bytes: some hundred scanned pages, over a whole life of learning.
pub const LEARNER_MAX: i64 = 200 << 20;
/// Files let go in one round of housekeeping.
const LET_GO_AT_ONCE: i64 = 500;

/// An evidence file.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = EvidenceFile)]
pub struct FileView {
    /// Its id.
    pub id: EvidenceFileId,
    /// Whose.
    pub learner_id: LearnerId,
    /// What it is, by its content.
    pub media_type: MediaType,
    /// Its size, bytes.
    pub size: i64,
    /// What its sender called it.
    pub name: Option<String>,
    /// When it was sent.
    pub sent_at: Instant,
}

/// A file as it comes.
pub struct SentFile<'a> {
    /// Whose; a learner sends its own.
    pub learner: Option<LearnerId>,
    /// What its sender says it is.
    pub declared: Option<MediaType>,
    /// What its sender calls it.
    pub name: Option<&'a str>,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl App {
    /// Stores a file. First the file, then its row: what a crash leaves between is a file that nothing names.
    pub fn send_evidence_file(&self, actor: &Actor, sent: &SentFile<'_>) -> Result<FileView> {
        actor.require(Scope::CasesWrite)?;
        let learner = whose(actor, sent.learner, "/query/learner_id")?;
        let refuse = |fault| Error::from(Refusal::EvidenceFileRefused { fault });
        let media = examine(sent.bytes).map_err(refuse)?;
        if sent.declared != Some(media) {
            return Err(refuse(FileFault::TypeDiffers));
        }
        let cleaned = sent.name.map(|name| clean_line(name, TITLE_MAX)).transpose();
        let name = cleaned.map_err(|reason| Invalid::one("/query/name", reason))?;
        let size = i64::try_from(sent.bytes.len()).unwrap_or(i64::MAX);
        let key = self.db.read(|conn| {
            self.require_presenter(conn, actor, learner)?;
            self.check_room(conn, learner.uuid(), size)?;
            self.learner_key(conn, learner.uuid())?.ok_or(Error::NotFound)
        })?;
        let (id, ids) = (self.ids.id(), self.ids.as_ref());
        let digest =
            vault::put(&self.settings.evidence, &sealing::seal_bytes(ids, &key, learner.uuid(), id, sent.bytes))?;
        let row = FileRow {
            learner: learner.uuid(),
            id,
            digest,
            media,
            size,
            // Sealed for another row than the content, which stands in the place of the file's own id.
            name: name.as_deref().map(|name| sealing::seal(ids, &key, learner.uuid(), name_row(id), name)),
            actor_kind: actor.kind(),
            actor: actor.id(),
            institution: actor.institution().map(InstitutionId::uuid),
            at: self.clock.now().micros(),
        };
        let stored = self.db.write(|conn| {
            // Two files at once must see each other.
            book::lock_books(conn, self.book, &[learner.uuid()])?;
            self.check_room(conn, learner.uuid(), size)?;
            evidence_file::insert(conn, &row)?;
            self.audit_object(conn, actor, "send_evidence_file", learner, &format!("evidence_file {id}"), None)
        });
        if let Err(error) = stored {
            // Not when nobody knows what became of the row: the file may be needed.
            if matches!(error, Error::Refused(_)) {
                vault::discard(&self.settings.evidence, &digest);
            }
            return Err(error);
        }
        Ok(file_view(&row, &key)?)
    }

    /// A file with its content, for those who may see a case or conversion that it belongs to, and for who sent it.
    pub fn evidence_file(&self, actor: &Actor, id: EvidenceFileId) -> Result<(FileView, Vec<u8>)> {
        actor.require(Scope::CasesRead)?;
        let (row, key) = self.db.read(|conn| {
            let row = evidence_file::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            self.require_file(conn, actor, &row)?;
            let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
            Ok::<_, Error>((row, key))
        })?;
        let sealed = vault::get(&self.settings.evidence, &row.digest)?;
        let bytes = sealing::open_bytes(&key, row.learner, row.id, &sealed)?;
        self.audit_look(actor, "view_evidence_file", row.learner, &format!("evidence_file {id}"))?;
        Ok((file_view(&row, &key)?, bytes))
    }

    fn require_file(&self, conn: &mut Conn, actor: &Actor, row: &FileRow) -> Result<()> {
        let client = match actor {
            Actor::Learner(own) if own.learner.uuid() == row.learner => return Ok(()),
            Actor::Learner(_) => return Err(Error::NotFound),
            Actor::Client(client) => client,
        };
        if row.institution == Some(client.institution.uuid()) {
            return Ok(());
        }
        for (case, file) in evidence_file::of_cases(conn, row.learner)? {
            if file == row.id
                && let Some(case) = recognition_case::find(conn, case)?
                && self.may_see_case(conn, actor, &case)?
            {
                return Ok(());
            }
            if file == row.id
                && let Some(conversion) = conversion::find(conn, case)?
                && self.may_see(conn, actor, &conversion)?
            {
                return Ok(());
            }
        }
        Err(Error::NotFound)
    }

    /// Refuses unless the actor may present something of the learner's: itself, or a school with a live enrolment.
    pub(super) fn require_presenter(&self, conn: &mut Conn, actor: &Actor, learner: LearnerId) -> Result<()> {
        actor.require_self(learner)?;
        match actor {
            Actor::Client(client) => {
                let own = enrolment::is_own(conn, learner.uuid(), client.institution.uuid())?;
                if own { Ok(()) } else { Err(Error::NotFound) }
            }
            Actor::Learner(_) if learner::of_ids(conn, &[learner.uuid()])?.is_empty() => Err(Error::NotFound),
            Actor::Learner(_) => Ok(()),
        }
    }

    /// Lets a file go that belongs to no case, by who sent it: a scan that went wrong takes no place.
    pub fn delete_evidence_file(&self, actor: &Actor, id: EvidenceFileId) -> Result<()> {
        actor.require(Scope::CasesWrite)?;
        let digest = self.db.write(|conn| {
            let row = evidence_file::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            self.require_file(conn, actor, &row)?;
            // A case that is being presented with it is seen, or sees that it is gone.
            book::lock_books(conn, self.book, &[row.learner])?;
            let row = evidence_file::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            if row.institution != actor.institution().map(InstitutionId::uuid) {
                return Err(Error::Forbidden);
            }
            if evidence_file::of_cases(conn, row.learner)?.iter().any(|(_, file)| *file == row.id) {
                return Err(Refusal::WrongState.into());
            }
            evidence_file::end(conn, &row, (actor.kind(), actor.id()), self.clock.now().micros())?;
            let (learner, object) = (LearnerId::from_uuid(row.learner), format!("evidence_file {id}"));
            self.audit_object(conn, actor, "delete_evidence_file", learner, &object, None)?;
            Ok(row.digest)
        })?;
        vault::discard(&self.settings.evidence, &digest);
        Ok(())
    }

    /// Lets files go that have waited for a case for [`WAITING_DAYS`]; answers how many.
    pub fn forget_waiting_files(&self) -> Result<usize> {
        let before = self.clock.now().micros() - WAITING_DAYS * 24 * 3_600 * 1_000_000;
        let (mut gone, mut after) = (0, Uuid::nil());
        loop {
            let page = self.db.read(|conn| evidence_file::waiting_since(conn, before, after, LET_GO_AT_ONCE))?;
            for file in &page {
                gone += usize::from(carefully("letting an evidence file go", || self.forget_file(file)) == Some(true));
            }
            match page.last() {
                Some(last) => after = last.id,
                None => return Ok(gone),
            }
        }
    }

    fn forget_file(&self, file: &FileRow) -> Result<bool> {
        let ended = self.db.write(|conn| {
            book::lock_books(conn, self.book, &[file.learner])?;
            let needed = evidence_file::of_cases(conn, file.learner)?.iter().any(|(_, used)| *used == file.id);
            if needed || evidence_file::find(conn, file.id)?.is_none() {
                return Ok(false);
            }
            evidence_file::end(conn, file, (ActorKind::System, self.book), self.clock.now().micros())?;
            Ok::<_, Error>(true)
        })?;
        if ended {
            vault::discard(&self.settings.evidence, &file.digest);
        }
        Ok(ended)
    }

    /// Refuses a file of `size` bytes where too many of the learner's wait, or all of them take too much room.
    fn check_room(&self, conn: &mut Conn, learner: Uuid, size: i64) -> Result<()> {
        let used = evidence_file::of_cases(conn, learner)?;
        let waiting = evidence_file::of_learner(conn, learner)?;
        if waiting.iter().map(|file| file.size).sum::<i64>() + size > LEARNER_MAX {
            return Err(Refusal::QuotaUsed { limit: LEARNER_MAX }.into());
        }
        let waiting = waiting.iter().filter(|file| used.iter().all(|(_, used)| *used != file.id)).count();
        if waiting < WAITING_MAX { Ok(()) } else { Err(Refusal::TooManyOpen { limit: WAITING_MAX }.into()) }
    }

    /// The files of a case, in order.
    pub(super) fn files_of_case(
        &self,
        conn: &mut Conn,
        key: &DataKey,
        learner: Uuid,
        case: Uuid,
    ) -> Result<Vec<FileView>> {
        let used = evidence_file::of_cases(conn, learner)?;
        let of_case = |file: &&FileRow| used.contains(&(case, file.id));
        let files = evidence_file::of_learner(conn, learner)?;
        Ok(files.iter().filter(of_case).map(|file| file_view(file, key)).collect::<std::result::Result<_, _>>()?)
    }

    /// Adds the files named in a request to those of a case, which must not become too many.
    pub(super) fn attach_further(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        (learner, case): (Uuid, Uuid),
        named: &[EvidenceFileId],
    ) -> Result<()> {
        let mut files = self.named_files(conn, actor, learner, named)?;
        let attached: Vec<Uuid> = evidence_file::of_cases(conn, learner)?
            .into_iter()
            .filter_map(|(own, file)| (own == case).then_some(file))
            .collect();
        files.retain(|file| !attached.contains(file));
        if attached.len() + files.len() > FILES_MAX {
            return Err(Invalid::one("/evidence_file_ids", Reason::TooMany { max: FILES_MAX }).into());
        }
        Ok(evidence_file::attach(conn, learner, case, &files, self.clock.now().micros())?)
    }

    /// The files named in a request: the learner's own, and a client's only those its institution sent.
    pub(super) fn named_files(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        learner: Uuid,
        named: &[EvidenceFileId],
    ) -> Result<Vec<Uuid>> {
        let files = evidence_file::of_learner(conn, learner)?;
        let mut found = Vec::with_capacity(named.len());
        for (n, id) in named.iter().enumerate() {
            let pointer = format!("/evidence_file_ids/{n}");
            let mine = |file: &&FileRow| {
                let sender = actor.institution().is_none_or(|own| file.institution == Some(own.uuid()));
                file.id == id.uuid() && sender
            };
            let file = files.iter().find(mine).ok_or_else(|| Invalid::one(&pointer, Reason::Unknown))?;
            if found.contains(&file.id) {
                return Err(Invalid::one(&pointer, Reason::Duplicate).into());
            }
            found.push(file.id);
        }
        Ok(found)
    }
}

/// The learner that a request concerns: the learner who calls, or the one that a client names.
pub(super) fn whose(actor: &Actor, named: Option<LearnerId>, pointer: &str) -> Result<LearnerId> {
    match (actor, named) {
        (Actor::Learner(own), None) => Ok(own.learner),
        (Actor::Learner(own), Some(named)) if own.learner == named => Ok(named),
        (Actor::Learner(_), Some(_)) => Err(Error::NotFound),
        (Actor::Client(_), named) => Ok(named.ok_or_else(|| Invalid::one(pointer, Reason::Required))?),
    }
}

/// The row that a file's name is sealed for: one that no other text has.
fn name_row(id: Uuid) -> Uuid {
    Uuid::from_u128(!id.as_u128())
}

pub(super) fn file_view(row: &FileRow, key: &DataKey) -> crate::store::error::Result<FileView> {
    let name = |sealed: &Vec<u8>| sealing::open(key, row.learner, name_row(row.id), sealed);
    Ok(FileView {
        id: EvidenceFileId::from_uuid(row.id),
        learner_id: LearnerId::from_uuid(row.learner),
        media_type: row.media,
        size: row.size,
        name: row.name.as_ref().map(name).transpose()?,
        sent_at: Instant::from_micros(row.at),
    })
}
