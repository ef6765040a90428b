//! Evidence, claims and decisions that tests of cases begin with.

use serde_json::{Value, json};

use super::city::City;
use super::client::Client;
use super::clock::completed;
use super::fixture::Student;
use super::fresh;
use super::http::{Answer, Call};
use super::operations::{create_evidence_file, create_recognition_case, post_recognition_decision};
use super::process::run;
use super::rows::Rows;
use super::session::Session;
use super::store::Backend;

/// A small PDF; `words` stand in it in the clear.
pub fn pdf(words: &str) -> Vec<u8> {
    let head = format!("%PDF-1.4\n% {words}\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 1\ntrailer\n");
    format!("{head}<< /Root 1 0 R >>\nstartxref\n45\n%%EOF\n").into_bytes()
}

/// A PNG of one pixel, as every library writes it.
pub fn png() -> Vec<u8> {
    let text = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000f49444154789c6360f8cf\
                c0f01f0005000201ff5e4d5c3d0000000049454e44ae426082";
    let mut bytes = hex::decode(text).expect("hexadecimal");
    // The checksums are computed, so that the picture is whole whatever the pixel is.
    for (from, to) in [(12, 29), (37, bytes.len() - 16)] {
        let sum = crc32(&bytes[from..to]).to_be_bytes();
        bytes[to..to + 4].copy_from_slice(&sum);
    }
    bytes
}

/// A grey JPEG of eight by eight pixels: one block of which nothing but its (zero) brightness is coded.
pub fn jpeg() -> Vec<u8> {
    let table = |class: &str| format!("ffc40014{class}01{}00", "00".repeat(15));
    let jfif = "ffe000104a46494600010100000100010000";
    let frame = "ffc0000b080008000801011100";
    let text = format!(
        "ffd8{jfif}ffdb004300{}{frame}{}{}ffda0008010100003f003fffd9",
        "01".repeat(64),
        table("00"),
        table("10")
    );
    hex::decode(text).expect("hexadecimal")
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// A learner of the city's first school, logged in.
pub struct Presenter {
    /// The learner.
    pub student: Student,
    /// Its session.
    pub session: Session,
}

impl Presenter {
    /// A new one.
    #[track_caller]
    pub fn new(city: &City) -> Self {
        let student = city.student();
        let session = Session::of(city, &student);
        Self { student, session }
    }

    /// Sends an evidence file; its id.
    #[track_caller]
    pub fn file(&self) -> String {
        self.session.send(create_evidence_file("application/pdf", pdf(&fresh::code("EV")))).is(201).id()
    }

    /// Presents a claim to an institution.
    #[track_caller]
    pub fn present(&self, to: &Client, claim: &Value) -> Answer {
        self.session.send(create_recognition_case(&self.presentation(to, claim)))
    }

    /// The body that presents a claim.
    #[track_caller]
    pub fn presentation(&self, to: &Client, claim: &Value) -> Value {
        json!({"institution_id": to.institution_id, "claim": claim, "statement": "请认定\n谢谢",
               "evidence_file_ids": [self.file()]})
    }
}

/// A claim of an intermediate 1+X certificate.
pub fn certificate_claim(code: &str, number: &str) -> Value {
    json!({"kind": "skill_certificate", "completed_on": completed().to_string(),
           "skill_certificate": {"code": code, "level": "intermediate", "number": number}})
}

/// What goes into the register of precedents.
pub fn precedent() -> Value {
    json!({"basis": "《学分认定办法（演示）》第十二条", "summary": "证书在目录内，按目录认定。"})
}

/// A decision with all that it needs.
pub fn decision(outcome: &str) -> Value {
    match outcome {
        "returned" => json!({"outcome": outcome, "reason": "请补充成绩单"}),
        "partly" => json!({"outcome": outcome, "reason": "部分内容相符", "credits": "2", "precedent": precedent()}),
        _ => json!({"outcome": outcome, "reason": "材料属实", "precedent": precedent()}),
    }
}

/// Decides a case.
#[track_caller]
pub fn decide(client: &Client, case: &str, outcome: &str) -> Answer {
    client.send(post_recognition_decision(case, &decision(outcome)))
}

impl City {
    /// One more client of the same institution, made by the operator beside the running server.
    #[track_caller]
    pub fn colleague(&self, client: &Client) -> Client {
        let command = ["admin", "client", "--institution", &client.institution_id, "--name", "演示同事"];
        let output = run(&self.store.arguments(&command));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let of = |name: &str| {
            let line =
                text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}: {text}"));
            line.trim().to_owned()
        };
        let demo = json!({"institution_id": client.institution_id, "institution_kind": client.kind,
                          "client_id": of("client_id"), "client_secret": of("client_secret")});
        Client::new(&self.base, &demo)
    }

    /// Lets the deadline of a case or objection have passed long ago.
    pub fn let_pass(&self, table: &str, id: &str) {
        // What nothing is due of for an institution stands at the end of its queue, and stays there.
        let queued = "CASE WHEN queue_on < '9999-12-31' THEN '2020-01-02' ELSE queue_on END";
        let set = format!("UPDATE {table} SET due_on = '2020-01-02', queue_on = {queued} WHERE id = ");
        Rows::open(&self.store).must(&(set + &self.literal(id)));
    }

    /// An id as the database writes it.
    pub fn literal(&self, id: &str) -> String {
        match self.store.backend {
            Backend::Sqlite => format!("X'{}'", id.replace('-', "")),
            Backend::Postgres => format!("'{id}'::uuid"),
        }
    }

    /// How many audit rows say that somebody did `action` on this learner.
    pub fn looks(&self, action: &str, learner: &str) -> u64 {
        let learner = self.literal(learner);
        Rows::open(&self.store).count(&format!("audit_event WHERE action = '{action}' AND learner_id = {learner}"))
    }

    /// How many audit rows say that `action` was done on `object`.
    pub fn audited(&self, action: &str, object: &str) -> u64 {
        Rows::open(&self.store).count(&format!("audit_event WHERE action = '{action}' AND object = '{object}'"))
    }
}

/// The items of a queue that concern `id`.
#[track_caller]
pub fn in_queue(client: &Client, list: Call, id: &str) -> Option<Value> {
    super::book::pages(client, list.query("limit", "200")).into_iter().find(|item| item["id"] == id)
}
