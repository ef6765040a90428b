//! Opening, enrolling and renaming on a SQLite file of its own.

use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use super::account_opening::{OpenLearner, Opening};
use super::activation::CodeDelivery;
use super::actor::ClientActor;
use super::enrolment::ChangeStatus;
use super::error::{Error, Result};
use super::idempotency::Once;
use super::opening::{OpenItem, Openings};
use super::posting::Posting;
use super::refusal::Refusal;
use super::scope::Scope;
use super::tokens::Tokens;
use super::{App, Settings};
use crate::crypto::keys::KeyRing;
use crate::domain::enrolment::{EnrolmentStatus, NewEnrolment};
use crate::domain::identity::{IdDocument, IdentityType, ValidDocument};
use crate::domain::ids::{ClientId, EnrolmentId, IdentityCaseId, InstitutionId, LearnerId, ProgrammeId};
use crate::domain::institution::InstitutionKind;
use crate::domain::name::PersonName;
use crate::domain::proxies::Proxies;
use crate::domain::region::RegionPolicy;
use crate::domain::time::{Instant, parse_date};
use crate::ports::{Clock, FixedClock, IdSource, SystemIds};
use crate::store::committer::Committer;
use crate::store::conn::{Conn, DatabaseUrl};
use crate::store::db::Db;
use crate::store::{activation, learner, migrations};

pub(super) const INSTITUTION: Uuid = Uuid::from_u128(0x11);
const OTHER: Uuid = Uuid::from_u128(0x12);
pub(super) const PROGRAMME: Uuid = Uuid::from_u128(0x21);
const SECOND: Uuid = Uuid::from_u128(0x22);
pub(super) const NUMBERS: [&str; 3] = ["410299200603150012", "410299200603150020", "41029920060315008X"];

pub(super) struct Bank {
    pub(super) app: App,
    pub(super) clock: Arc<FixedClock>,
    _folder: TempDir,
}

impl Bank {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url: DatabaseUrl = format!("sqlite:{}/bank.db", folder.path().display()).parse().expect("a URL");
        migrations::run(&url).expect("migrates");
        let db = Db::new(url);
        let keys = Arc::new(KeyRing::from_hex(&KeyRing::generate_hex(&SystemIds)).expect("good"));
        let fixed = Arc::new(FixedClock::new(instant("2026-01-12T02:00:00Z")));
        let clock: Arc<dyn Clock> = fixed.clone();
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
        let openings = Openings { keys: keys.clone(), ids: ids.clone() };
        let book = ids.id();
        let posting = Posting { book, keys: keys.clone(), clock: clock.clone(), ids: ids.clone(), openings };
        let committer = Committer::start(db.clone(), posting);
        let regions = RegionPolicy { allow_test: true };
        let evidence = folder.path().join("evidence");
        let settings = Settings {
            regions,
            base_url: "http://localhost".into(),
            plain_http: true,
            demo: true,
            evidence,
            quotas: Default::default(),
            proxies: Proxies::default(),
        };
        let app = App {
            db,
            keys,
            clock,
            ids,
            book,
            tokens: Tokens::default(),
            committer,
            in_flight: Default::default(),
            limits: Default::default(),
            guesses: Default::default(),
            trail: crate::services::audit::Trail::new(SystemIds.id()),
            settings,
        };
        let bank = Self { app, clock: fixed, _folder: folder };
        bank.run(&[institution(INSTITUTION, "A"), institution(OTHER, "B"), programme(PROGRAMME), programme(SECOND)]);
        bank
    }

    fn run(&self, statements: &[String]) {
        let all = |conn: &mut Conn| statements.iter().try_for_each(|statement| conn.run(statement));
        self.app.db.write(all).expect("runs");
    }

    fn count(&self, table: &str) -> i64 {
        use diesel::RunQueryDsl;
        let text: &'static str = format!("SELECT count(*) FROM {table}").leak();
        let query = crate::store::hot::Hot::<diesel::sql_types::BigInt>::new(text);
        let load = |conn: &mut Conn| {
            let rows: Vec<i64> = crate::store::conn::on_backend!(conn, c => query.load(c))?;
            Ok::<_, crate::store::error::StoreError>(rows[0])
        };
        self.app.db.read(load).expect("counts")
    }

    fn once(&self, key: &str) -> Once {
        self.app.once(school(INSTITUTION), "open_learner", key, "", key.as_bytes())
    }

    pub(super) fn open(&self, at: Uuid, request: &OpenLearner) -> Result<Opening> {
        let once = self.once(&SystemIds.id().to_string());
        self.app.open_learner(&school(at), request, &once).map(|answer| answer.parts().0)
    }
}

pub(super) fn instant(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn hex(id: Uuid) -> String {
    format!("x'{}'", id.simple())
}

fn institution(id: Uuid, uscc: &str) -> String {
    let id = hex(id);
    format!(
        "INSERT INTO institution (id, uscc, name, kind, region, status, version, created_at, updated_at) \
         VALUES ({id}, '{uscc}', '{uscc}', 'secondary_school', '410202', 'active', 1, 0, 0)"
    )
}

fn programme(id: Uuid) -> String {
    let (institution, name) = (hex(INSTITUTION), id.simple());
    format!(
        "INSERT INTO programme (id, institution_id, level, major_code, name, version, created_at, updated_at) \
         VALUES ({}, {institution}, 'secondary', '710202', '{name}', 1, 0, 0)",
        hex(id)
    )
}

pub(super) fn school(institution: Uuid) -> ClientActor {
    ClientActor {
        client: ClientId::from_uuid(institution),
        institution: InstitutionId::from_uuid(institution),
        kind: InstitutionKind::SecondarySchool,
        scopes: Scope::ALL.iter().copied().collect(),
        request: Uuid::nil(),
        address: None,
    }
}

pub(super) fn enrolment(programme: Uuid, student_no: &str) -> NewEnrolment {
    let programme_id = ProgrammeId::from_uuid(programme);
    NewEnrolment {
        programme_id,
        cohort: 2024,
        student_no: student_no.into(),
        class: Some("网络2401".into()),
        from: None,
    }
}

pub(super) fn request(name: &str, number: &str, enrolment: Option<NewEnrolment>) -> OpenLearner {
    let id_document = IdDocument { type_: IdentityType::ResidentId, number: number.into() };
    OpenLearner { name: name.into(), id_document, enrolment }
}

fn refusal<T>(result: Result<T>) -> Refusal {
    match result.err().expect("refused") {
        Error::Refused(refusal) => match *refusal {
            Refusal::AtField { refusal, .. } => *refusal,
            refusal => refusal,
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_account_is_opened_once() {
    let bank = Bank::new();
    let request = request("林小满", NUMBERS[0], Some(enrolment(PROGRAMME, "2024030117")));
    let once = bank.once("key");
    let (first, replayed) = bank.app.open_learner(&school(INSTITUTION), &request, &once).expect("opens").parts();
    assert!(!replayed && first.code.is_some() && !first.kept.existing);
    let (again, replayed) = bank.app.open_learner(&school(INSTITUTION), &request, &once).expect("answers").parts();
    assert!(replayed && again.code.is_none());
    assert_eq!(again.kept, first.kept);
    let view = bank.app.opening_views(&school(INSTITUTION), &[&first]).expect("renders").remove(0);
    assert_eq!(view.name.as_deref(), Some("林小满"));
    assert_eq!(view.id_document.expect("a document").masked, "41**************12");
    assert_eq!(view.enrolment.expect("enrolled").student_no.as_deref(), Some("2024030117"));
    let found = bank.app.find_learner(&school(INSTITUTION), "2024030117").expect("looks").expect("is there");
    assert_eq!(found.id.uuid(), first.kept.learner);
    assert!(matches!(bank.app.get_learner(&school(OTHER), found.id), Err(Error::NotFound)));
    let (page, next) = bank.app.list_learners(&school(INSTITUTION), None, 1).expect("lists");
    assert_eq!((page.len(), next), (1, None));
    assert_eq!(bank.count("learner"), 1);
}

#[test]
fn a_known_document_with_its_name_gains_an_enrolment_and_no_code() {
    let bank = Bank::new();
    let first = bank.open(OTHER, &request("买买提·艾力", NUMBERS[0], None)).expect("opens").kept;
    let same = request("买买提．艾力", NUMBERS[0], Some(enrolment(PROGRAMME, "1")));
    let second = bank.open(INSTITUTION, &same).expect("finds");
    assert!(second.kept.existing && second.code.is_none());
    assert_eq!(second.kept.learner, first.learner);
    let again = bank.open(INSTITUTION, &same).expect("finds").kept;
    assert_eq!(again.enrolment, second.kept.enrolment, "the same enrolment again is that one");
    let beside = request("买买提·艾力", NUMBERS[0], Some(enrolment(PROGRAMME, "2")));
    assert_eq!(refusal(bank.open(INSTITUTION, &beside)), Refusal::AlreadyExists);
    assert_eq!((bank.count("enrolment"), bank.count("claim")), (1, 2));
}

#[test]
fn another_name_is_a_case_until_it_is_accepted() {
    let bank = Bank::new();
    let learner = bank.open(OTHER, &request("林小满", NUMBERS[0], None)).expect("opens").kept.learner;
    let renamed = request("林大满", NUMBERS[0], Some(enrolment(PROGRAMME, "1")));
    let Refusal::IdentityUnderReview { case_id } = refusal(bank.open(INSTITUTION, &renamed)) else { panic!("a case") };
    let again = refusal(bank.open(INSTITUTION, &renamed));
    assert_eq!(again, Refusal::IdentityUnderReview { case_id }, "one attempt, one case");
    assert_eq!((bank.count("identity_case"), bank.count("enrolment"), bank.count("claim")), (1, 0, 1));
    let cases = bank.app.open_identity_cases().expect("lists");
    assert_eq!(cases[0].presented_name.as_ref().map(|name| name.as_str()), Some("林大满"));
    assert_eq!(cases[0].present_name.as_ref().map(|name| name.as_str()), Some("林小满"));
    let case = IdentityCaseId::from_uuid(case_id);
    assert!(bank.app.decide_identity_case(case, true, Some("户口簿已核"), "admin").expect("decides"));
    assert!(!bank.app.decide_identity_case(case, false, None, "admin").expect("knows"), "decided before");
    let opened = bank.open(INSTITUTION, &renamed).expect("opens").kept;
    assert_eq!((opened.learner, opened.existing), (learner, true));
    let view = bank.app.get_learner(&school(INSTITUTION), LearnerId::from_uuid(learner)).expect("own");
    assert_eq!(view.name.as_deref(), Some("林大满"));
    assert!(bank.open(OTHER, &request("林小满", NUMBERS[0], None)).is_ok(), "a former name still names its bearer");
}

#[test]
fn a_refused_item_leaves_nothing_and_its_neighbours_stand() {
    let bank = Bank::new();
    bank.open(INSTITUTION, &request("林小满", NUMBERS[0], Some(enrolment(PROGRAMME, "1")))).expect("opens");
    let taken = request("王一", NUMBERS[1], Some(enrolment(PROGRAMME, "1")));
    let foreign = request("林小满", NUMBERS[0], Some(enrolment(Uuid::from_u128(0x99), "7")));
    let good = request("李二", NUMBERS[2], Some(enrolment(PROGRAMME, "2")));
    let items = vec![Ok(taken.clone()), Ok(foreign), Ok(good.clone()), Ok(good), Err(Refusal::NotPassed)];
    let once = bank.once("batch");
    let run = || bank.app.open_learner_batch(&school(INSTITUTION), items.clone(), &once).expect("answers").parts();
    let (first, replayed) = run();
    assert!(!replayed);
    let told: Vec<_> =
        first.iter().map(|one| one.as_ref().map(|one| one.kept.existing).map_err(Clone::clone)).collect();
    assert_eq!(told[0], Err(Refusal::AlreadyExists.at("/enrolment/student_no")));
    assert_eq!(told[1], Err(Refusal::UnknownProgramme.at("/enrolment/programme_id")));
    assert_eq!((&told[2], &told[3]), (&Ok(false), &Ok(true)), "the same person twice in one batch");
    assert_eq!(told[4], Err(Refusal::NotPassed));
    let (again, replayed) = run();
    assert!(replayed && again.iter().flatten().all(|one| one.code.is_none()));
    assert_eq!((bank.count("learner"), bank.count("claim")), (2, 4));
    let late = OpenLearner { enrolment: None, ..taken };
    assert!(!bank.open(INSTITUTION, &late).expect("opens").kept.existing, "the refused document is free");
    assert!(bank.open(OTHER, &request("林小满", NUMBERS[0], None)).expect("finds").kept.existing, "the claim stands");
}

#[test]
fn bare_accounts_go_again_when_unused() {
    let bank = Bank::new();
    let document = ValidDocument { type_: IdentityType::ResidentId, normalised: NUMBERS[0].into() };
    let name = PersonName::parse("林小满").expect("a name");
    let (openings, now) = (bank.app.openings(), bank.app.clock.now());
    let opened = |conn: &mut Conn| {
        let learner = openings.open_bare(conn, OTHER, &document, &name, now)?;
        assert_eq!(openings.open_bare(conn, OTHER, &document, &name, now)?, learner);
        learner::remove_unused(conn, learner)
    };
    bank.app.db.write(opened).expect("opens and removes");
    assert_eq!((bank.count("learner"), bank.count("claim"), bank.count("learner_name")), (0, 0, 0));
    let kept = bank.open(INSTITUTION, &request("林小满", NUMBERS[0], None)).expect("opens").kept;
    bank.app.db.write(|conn| learner::remove_unused(conn, kept.learner)).expect("leaves it");
    assert_eq!((bank.count("learner"), bank.count("activation")), (1, 1), "an account with a code is no leftover");
}

#[test]
fn an_enrolment_has_a_history() {
    let bank = Bank::new();
    let actor = school(INSTITUTION);
    let kept =
        bank.open(INSTITUTION, &request("林小满", NUMBERS[0], Some(enrolment(PROGRAMME, "1")))).expect("opens").kept;
    let id = EnrolmentId::from_uuid(kept.enrolment.expect("enrolled"));
    let change = |status, on: &str| {
        let from = parse_date(on).expect("a date");
        bank.app.change_enrolment_status(&actor, id, &ChangeStatus { status, from, reason: Some("家庭原因".into()) })
    };
    assert!(matches!(change(EnrolmentStatus::Suspended, "2026-01-13"), Err(Error::Invalid(_))), "not in the future");
    assert!(matches!(change(EnrolmentStatus::Suspended, "2024-08-31"), Err(Error::Invalid(_))), "not before it began");
    let suspended = change(EnrolmentStatus::Suspended, "2025-03-01").expect("changes");
    assert_eq!((suspended.version, suspended.enrolment.to), (2, None));
    let ended = change(EnrolmentStatus::Withdrawn, "2025-09-01").expect("changes");
    assert_eq!(ended.enrolment.to, parse_date("2025-09-01").ok());
    assert_eq!(ended.status_history.len(), 3);
    assert_eq!(ended.status_history[2].reason.as_deref(), Some("家庭原因"));
    assert!(matches!(refusal(change(EnrolmentStatus::Enrolled, "2025-10-01")), Refusal::StatusChangeNotAllowed { .. }));
    assert!(matches!(bank.app.get_enrolment(&school(OTHER), id), Err(Error::NotFound)));
    let learner = LearnerId::from_uuid(kept.learner);
    let once = bank.app.once(actor, "open_enrolment", "k", "", b"");
    let second = enrolment(SECOND, "1");
    let details =
        bank.app.open_enrolment(&actor, learner, &second, &once).expect("the number stays the learner's").parts();
    assert_eq!(details.0.enrolment.student_no.as_deref(), Some("1"));
    assert!(bank.app.open_enrolment(&actor, learner, &second, &once).expect("answers").parts().1, "a replay");
    assert_eq!(bank.app.list_enrolments(&actor, learner).expect("own").len(), 2);
}

#[test]
fn a_new_code_voids_the_old_one() {
    let bank = Bank::new();
    let kept = bank.open(INSTITUTION, &request("林小满", NUMBERS[0], Some(enrolment(PROGRAMME, "1")))).expect("opens");
    let learner = LearnerId::from_uuid(kept.kept.learner);
    let issued = bank.app.reissue_activation(&school(INSTITUTION), learner, CodeDelivery::FaceToFace).expect("issues");
    assert_eq!(issued.expires_at, instant("2026-01-12T02:15:00Z"));
    let open = bank.app.db.read(|conn| activation::open_codes(conn, learner.uuid())).expect("reads");
    assert_eq!(open.iter().map(|code| code.id).collect::<Vec<_>>(), [issued.id]);
    let plain = crate::domain::activation_code::normalise(&issued.code).expect("a code");
    assert_eq!(open[0].code_digest, bank.app.activation_digest(learner.uuid(), &plain));
    assert_ne!(kept.code.expect("the first").as_str(), issued.code.as_str());
    let foreign = bank.app.reissue_activation(&school(OTHER), learner, CodeDelivery::Slip);
    assert!(matches!(foreign, Err(Error::NotFound)));
}

#[test]
fn many_are_opened_at_once() {
    let bank = Bank::new();
    let item = |n: u32| OpenItem {
        name: PersonName::parse(&format!("学生{n}")).expect("a name"),
        document: ValidDocument { type_: IdentityType::Passport, normalised: format!("E{n:08}") },
        enrolment: Some(enrolment(PROGRAMME, &format!("S{n}")).validate().expect("valid")),
    };
    let items: Vec<OpenItem> = (0..450).map(item).collect();
    let opened = bank.app.open_many(InstitutionId::from_uuid(INSTITUTION), &items).expect("opens");
    assert_eq!(opened.iter().filter(|one| one.as_ref().is_ok_and(|one| !one.existing)).count(), 450);
    assert_eq!((bank.count("learner"), bank.count("enrolment_status"), bank.count("claim")), (450, 450, 900));
}
