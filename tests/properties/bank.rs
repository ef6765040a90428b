//! The real services on a real database, driven without HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;
use xuefen::crypto::keys::KeyRing;
use xuefen::domain::achievement::AchievementPost;
use xuefen::domain::institution::InstitutionKind;
use xuefen::domain::proxies::Proxies;
use xuefen::domain::*;
use xuefen::ledger::book::Draft;
use xuefen::ledger::history::{History, HistoryRefusal};
use xuefen::ports::{Clock, FixedClock, IdSource, SystemIds};
use xuefen::services::actor::ClientActor;
use xuefen::services::clients::usual_scopes;
use xuefen::services::error::Error;
use xuefen::services::opening::{OpenItem, Opener};
use xuefen::services::posting::decide::LearnerSealer;
use xuefen::services::posting::job::{Job, Outcome};
use xuefen::services::refusal::Refusal;
use xuefen::services::{App, Settings};
use xuefen::startup;
use xuefen::store::book;
use xuefen::store::conn::{Conn, DatabaseUrl};
use xuefen::store::error::StoreError;
use xuefen::store::migrations;

pub struct Bank {
    pub app: App,
    pub school: ClientActor,
    pub body: ClientActor,
    pub programmes: [ProgrammeId; 2],
    clock: Arc<FixedClock>,
    serial: AtomicU64,
    _folder: tempfile::TempDir,
}

/// What a learner of the bank is known by.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    pub id: LearnerId,
    /// Where new courses go, and the other one.
    pub enrolments: [EnrolmentId; 2],
}

pub fn sqlite() -> Bank {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("book.db").display().to_string());
    Bank::new(url, folder)
}

pub fn postgres() -> Bank {
    let admin = std::env::var("XUEFEN_TEST_POSTGRES_URL").expect("needs PostgreSQL: run tests/run");
    let name = format!("properties_{}", Uuid::from_u128(SystemIds.id().as_u128()).simple());
    let mut conn = xuefen::store::conn::Conn::open(&admin.parse().unwrap(), xuefen::store::conn::Role::Writer).unwrap();
    conn.run(&format!("CREATE DATABASE {name}")).unwrap();
    let (server, _) = admin.rsplit_once('/').unwrap();
    Bank::new(format!("{server}/{name}").parse().unwrap(), tempfile::tempdir().unwrap())
}

impl Bank {
    fn new(url: DatabaseUrl, folder: tempfile::TempDir) -> Self {
        migrations::run(&url).unwrap();
        let keys = KeyRing::from_hex(&KeyRing::generate_hex(&SystemIds)).unwrap();
        let clock = Arc::new(FixedClock::new("2026-03-02T01:00:00Z".parse().unwrap()));
        let settings = Settings {
            regions: RegionPolicy { allow_test: true },
            base_url: "http://test".into(),
            plain_http: true,
            demo: true,
            evidence: folder.path().join("evidence"),
            quotas: Default::default(),
            proxies: Proxies::default(),
        };
        let app = startup::application_with(&url, keys, settings, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let actor = |name: &str, kind: &str, uscc: &str, grants: &[&str]| {
            let new = json!({"name": name, "kind": kind, "uscc": uscc, "region": "410200"});
            let institution = app.add_institution(&serde_json::from_value(new).unwrap()).unwrap();
            for kind in grants {
                let new = json!({"kind": kind, "valid_from": "2020-01-01"});
                app.accredit(institution, &serde_json::from_value(new).unwrap()).unwrap();
            }
            let kind: InstitutionKind = kind.parse().unwrap();
            let client = app.make_client(institution, name, None).unwrap().id;
            ClientActor {
                client,
                institution,
                kind,
                scopes: usual_scopes(kind),
                request: SystemIds.id(),
                address: None,
            }
        };
        let school = actor("演示中等职业学校", "secondary_school", "12410200MB1A0001X2", &["course"]);
        let body = actor("演示评价组织", "awarding_body", "91410200MA9X00011N", &["skill_certificate"]);
        let programmes = [("740201", "中餐烹饪"), ("740202", "西餐烹饪")].map(|(code, name)| {
            let new = json!({"level": "secondary", "major_code": code, "name": name});
            app.add_programme(school.institution, &serde_json::from_value(new).unwrap()).unwrap()
        });
        let entry = json!({"kind": "skill_certificate", "code": "X-1", "level": "intermediate", "name": "演示证书",
                           "credits": "3", "valid_from": "2020-01-01"});
        app.add_certificate(&serde_json::from_value(entry).unwrap()).unwrap();
        Self { app, school, body, programmes, clock, serial: AtomicU64::new(0), _folder: folder }
    }

    /// Time passes: a second between commands, so that instants differ.
    pub fn tick(&self) {
        self.clock.set(time::Instant::from_micros(self.clock.now().micros() + 1_000_000));
    }

    /// Nine in the morning of a day in Beijing.
    pub fn go_to(&self, day: &str) {
        self.clock.set(format!("{day}T01:00:00Z").parse().unwrap());
    }

    /// Another client of the school: whoever wrote rules does not publish them.
    pub fn colleague(&self) -> ClientActor {
        let client = self.app.make_client(self.school.institution, "another", None).unwrap().id;
        ClientActor { client, ..self.school }
    }

    /// So many seconds pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.set(time::Instant::from_micros(self.clock.now().micros() + seconds * 1_000_000));
    }

    fn next(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::SeqCst)
    }

    /// A new learner with an enrolment in the first programme, and one in the second that began later.
    pub fn person(&self) -> Person {
        let serial = self.next();
        let body = format!("410299200603{:02}{:03}", serial / 999 % 28 + 1, serial % 999 + 1);
        let number = with_check_digit(&body);
        let enrol = |programme: ProgrammeId, from: &str, no: &str| {
            let new = json!({"programme_id": programme, "cohort": 2023, "student_no": format!("{no}{serial:06}"),
                             "from": from});
            serde_json::from_value::<enrolment::NewEnrolment>(new).unwrap().validate().unwrap()
        };
        let open = |enrolment| {
            let document = IdDocument { type_: IdentityType::ResidentId, number: number.clone() };
            let document = document.validate(self.app.clock.today(), self.app.settings.regions).unwrap();
            let item =
                OpenItem { name: PersonName::parse("演示学生").unwrap(), document, enrolment: Some(enrolment) };
            let opener = Opener { institution: self.school.institution.uuid(), by: self.school.client.uuid() };
            let openings = xuefen::services::opening::Openings {
                keys: Arc::clone(&self.app.keys),
                ids: Arc::clone(&self.app.ids),
            };
            let mut opened = self
                .app
                .db
                .write(|conn| openings.open_in(conn, opener, &[&item], self.app.clock.now()).map_err(Error::from))
                .unwrap();
            opened.remove(0).unwrap()
        };
        let first = open(enrol(self.programmes[0], "2023-09-01", "1"));
        let second = open(enrol(self.programmes[1], "2026-03-01", "2"));
        Person {
            id: LearnerId::from_uuid(first.learner),
            enrolments: [first, second].map(|opened| EnrolmentId::from_uuid(opened.enrolment.unwrap())),
        }
    }

    /// Posts one result through the committer, as the API does.
    pub fn post(&self, actor: &ClientActor, post: &Value) -> Result<Outcome, Refusal> {
        let post: AchievementPost = serde_json::from_value(post.clone()).unwrap();
        let job = self.app.post_job(actor, &post, None)?;
        let mut receivers = self.app.committer.submit(vec![Job::Post(Box::new(job))]).unwrap();
        match receivers.remove(0).blocking_recv().unwrap().unwrap() {
            Outcome::Refused(Refusal::AtField { refusal, .. }) => Err(*refusal),
            Outcome::Refused(refusal) => Err(refusal),
            outcome => Ok(outcome),
        }
    }

    pub fn course(&self, person: Person, course: usize, score: u32, reference: &str, correct: bool) -> Value {
        json!({
            "learner": {"id": person.id}, "external_ref": reference, "kind": "course",
            "course": {"code": format!("C{course}"), "name": format!("课程{course}")},
            "programme_id": self.programmes[0], "credits": format!("{}", course + 1),
            "score": {"scale": "percentage", "value": score.to_string()}, "completed_on": "2026-01-12",
            "on_change": if correct { "correct" } else { "refuse" },
            "reason": if correct { json!("成绩复核") } else { Value::Null },
        })
    }

    pub fn certificate(&self, person: Person, number: &str, credits: u32, reference: &str, correct: bool) -> Value {
        json!({
            "learner": {"id": person.id}, "external_ref": reference, "kind": "skill_certificate",
            "skill_certificate": {"code": "X-1", "level": "intermediate", "number": number},
            "credits": credits.to_string(), "completed_on": "2025-12-01",
            "on_change": if correct { "correct" } else { "refuse" },
            "reason": if correct { json!("录入有误") } else { Value::Null },
        })
    }

    pub fn revoke(&self, actor: &ClientActor, id: Uuid) -> Result<(), Refusal> {
        let key = format!("revoke-{}", self.next());
        let once = self.app.once(*actor, "revoke_achievement", &key, "", b"");
        match self.app.revoke_achievement(actor, AchievementId::from_uuid(id), "作废", &once) {
            Ok(_) => Ok(()),
            Err(Error::Refused(refusal)) => Err(*refusal),
            Err(other) => panic!("{other:?}"),
        }
    }

    pub fn transfer(&self, person: Person, from: usize) -> Result<(), Refusal> {
        let key = format!("transfer-{}", self.next());
        let once = self.app.once(self.school, "transfer_enrolment", &key, "", b"");
        let (from, to) = (person.enrolments[from], person.enrolments[1 - from]);
        match self.app.transfer_enrolment(&self.school, from, to, None, None, &once) {
            Ok(_) => Ok(()),
            Err(Error::Refused(refusal)) => Err(*refusal),
            Err(other) => panic!("{other:?}"),
        }
    }
}

impl Bank {
    /// Appends what `decide` answers on the learner's history, as the services do: under the lock, in one transaction.
    pub fn decide(
        &self,
        person: Person,
        decide: impl Fn(&History, &mut dyn FnMut() -> Uuid) -> Result<Vec<Draft>, HistoryRefusal>,
        beside: impl Fn(&mut Conn) -> Result<(), StoreError>,
    ) -> Result<(), HistoryRefusal> {
        let learner = person.id.uuid();
        let done = self.app.db.write(|conn| {
            let mut books = book::lock_books(conn, self.app.book, &[learner])?;
            let history = self.app.history(conn, learner)?;
            let drafts = match decide(&history, &mut || self.app.ids.id()) {
                Ok(drafts) => drafts,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let book = books.get_mut(&learner).unwrap();
            let key = self.app.learner_key(conn, learner)?.unwrap();
            let sealer = LearnerSealer { ids: self.app.ids.as_ref(), key: &key };
            let now = self.app.clock.now();
            let appended: Vec<_> = drafts
                .into_iter()
                .map(|draft| book.append(draft, self.school.author(), now, &sealer).unwrap())
                .collect();
            book::append(conn, &appended, &[book])?;
            beside(conn)?;
            Ok::<_, Error>(Ok(()))
        });
        done.unwrap()
    }

    pub fn today(&self) -> chrono::NaiveDate {
        self.app.clock.today()
    }
}

/// GB 11643: the check digit of seventeen digits.
fn with_check_digit(body: &str) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}
