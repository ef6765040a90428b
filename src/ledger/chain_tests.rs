//! The test vectors of `docs/ledger.md`: two transactions with fixed ids, salts and times.
//!
//! The expected texts and digests were computed apart from this code, by the Python script that stands in the same
//! document; the last test holds document and code together.

use chrono::NaiveDate;

use super::*;
use crate::domain::credit_type::CreditType;
use crate::domain::kind::AchievementKind;
use crate::domain::score::ScoreScale;
use crate::domain::term::Attempt;
use crate::ledger::book::{Appended, Draft, LearnerBook, Sealer, issue};
use crate::ledger::details::{Achievement, SALT_LEN, SealedDetails, SealedScore, canonical_plain, split_salt};
use crate::ledger::posting::Movement;
use crate::ledger::transaction::{ActorKind, Author, Cause, TransactionKind};

/// What one transaction must come to.
struct Vector {
    plain: &'static str,
    plain_digest: &'static str,
    details: &'static str,
    salt: &'static str,
    commitment: &'static str,
    hash: &'static str,
}

const DEPOSIT: Vector = Vector {
    plain: r#"{"achievement":{"attached_to":null,"attempt":"first","code":"NET101","completed_on":"2026-01-12","credit_type":"secondary","credits":4000,"delivery":null,"enrolment":"019b0000-0000-7000-8000-0000000000e1","facts":"{\"hours\":64,\"practice_hours\":32}","id":"019b0000-0000-7000-8000-0000000000f1","institution":"019b0000-0000-7000-8000-0000000000c1","issued_on":null,"kind":"course","level":null,"lot":"019b0000-0000-7000-8000-0000000000f1","programme":"019b0000-0000-7000-8000-0000000000d1","revision":1,"series":"019b0000-0000-7000-8000-0000000000f2","supersedes":null,"term":"2025-2026-1","valid_until":null},"achievement_id":"019b0000-0000-7000-8000-0000000000f1","actor_id":"019b0000-0000-7000-8000-0000000000c2","actor_kind":"client","cause":"posted","institution":"019b0000-0000-7000-8000-0000000000c1","request":"019b0000-0000-7000-8000-000000000091","reverses":null}"#,
    plain_digest: "3ebd69deab23be90db9a234a5f8d6cacac3bed7a4755e9bc98962b33ff30e195",
    details: r#"{"external_ref":"2025-2026-1/NET101/2024030117","number":null,"reason":null,"score":{"scale":"percentage","value":"86"},"title":"计算机网络基础"}"#,
    salt: "000102030405060708090a0b0c0d0e0f",
    commitment: "bfba0743dd39fcfc115b7f4d92d701901d33039d0b30ea0c3b1043ce1f041d29",
    hash: "8046ca930490f75500e8728577472ec5d99e65c6f76586377476307d423a4d99",
};

const TRANSFER: Vector = Vector {
    plain: r#"{"achievement":null,"achievement_id":null,"actor_id":"019b0000-0000-7000-8000-0000000000c2","actor_kind":"client","cause":"enrolment_transfer","institution":"019b0000-0000-7000-8000-0000000000c1","request":"019b0000-0000-7000-8000-000000000092","reverses":null}"#,
    plain_digest: "bba3faffe268fa30e22b828091b03d65e14877a99fb3bce8f18ecab8ed33ba5d",
    details: r#"{"external_ref":null,"number":null,"reason":"转专业","score":null,"title":null}"#,
    salt: "101112131415161718191a1b1c1d1e1f",
    commitment: "f6f6c50ca72ab55ed4b2ebbeb20975cb2e0497e46377a5ac509dc449ff929fd1",
    hash: "39e95d4d3e581452ac71ea1b6ba7f2688a606dfbc5685b073cff75562026bdb3",
};

/// The fields of the deposit's preimage behind the domain tag, in order.
const DEPOSIT_FIELDS: [&str; 21] = [
    "01",
    "019b00000000700080000000000000b0",
    "019b00000000700080000000000000a1",
    "0000000000000001",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "019b0000000070008000000000000001",
    "6465706f736974",
    "0006482cae4a3440",
    "323032362d30312d3132",
    "3ebd69deab23be90db9a234a5f8d6cacac3bed7a4755e9bc98962b33ff30e195",
    "bfba0743dd39fcfc115b7f4d92d701901d33039d0b30ea0c3b1043ce1f041d29",
    "00000001",
    "7365636f6e64617279",
    "0000000000000fa0",
    "019b00000000700080000000000000f1",
    "69737375616e6365",
    "019b00000000700080000000000000c1",
    "",
    "70726f6772616d6d65",
    "019b00000000700080000000000000e1",
    "0000000000000fa0",
];

/// The id of the vectors that ends in `last`.
fn id(last: u8) -> Uuid {
    Uuid::from_u128(0x019b_0000_0000_7000_8000_0000_0000_0000 | u128::from(last))
}

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn on(text: &str) -> NaiveDate {
    crate::domain::time::parse_date(text).expect("a date")
}

/// Salts are counted up and nothing is hidden, so that what would be sealed can be looked at.
struct Open(std::cell::Cell<u8>);

impl Sealer for Open {
    fn salt(&self) -> [u8; SALT_LEN] {
        let first = self.0.replace(self.0.get() + 16);
        std::array::from_fn(|index| first + u8::try_from(index).expect("a salt is short"))
    }

    fn seal(&self, _: &[u8], plain: &[u8]) -> Vec<u8> {
        plain.to_vec()
    }
}

fn author(request: u8) -> Author {
    Author { kind: ActorKind::Client, id: id(0xc2), institution: id(0xc1), request: id(request) }
}

fn achievement() -> Achievement {
    Achievement {
        id: id(0xf1),
        learner: id(0xa1),
        seq: 1,
        series: id(0xf2),
        revision: 1,
        lot: id(0xf1),
        kind: AchievementKind::Course,
        institution: id(0xc1),
        code: Some("NET101".into()),
        level: None,
        credit_type: CreditType::Secondary,
        credits: CreditAmount::from_thousandths(4_000),
        programme: Some(id(0xd1)),
        enrolment: Some(id(0xe1)),
        term: Some("2025-2026-1".into()),
        attempt: Some(Attempt::First),
        delivery: None,
        facts: Some(r#"{"hours":64,"practice_hours":32}"#.into()),
        completed_on: on("2026-01-12"),
        issued_on: None,
        valid_until: None,
        attached_to: None,
        supersedes: None,
    }
}

/// A course result of four credits, and its move to another enrolment.
fn chain() -> [Appended; 2] {
    let (cooking, tourism) = (Account::programme(id(0xe1)), Account::programme(id(0xe2)));
    let four = CreditAmount::from_thousandths(4_000);
    let deposit = Draft {
        id: id(0x01),
        kind: TransactionKind::Deposit,
        cause: Cause::Posted,
        about: Some(id(0xf1)),
        reverses: None,
        effective_on: on("2026-01-12"),
        movements: vec![issue(id(0xc1), id(0xf1), CreditType::Secondary, four, cooking)],
        achievement: Some(achievement()),
        details: SealedDetails {
            external_ref: Some("2025-2026-1/NET101/2024030117".into()),
            score: Some(SealedScore { scale: ScoreScale::Percentage, value: "86".into() }),
            title: Some("计算机网络基础".into()),
            ..SealedDetails::default()
        },
    };
    let transfer = Draft {
        id: id(0x02),
        kind: TransactionKind::Transfer,
        cause: Cause::EnrolmentTransfer,
        about: None,
        reverses: None,
        effective_on: on("2026-03-02"),
        movements: vec![Movement {
            credit_type: CreditType::Secondary,
            amount: four,
            lot: id(0xf1),
            from: cooking,
            to: tourism,
        }],
        achievement: None,
        details: SealedDetails { reason: Some("转专业".into()), ..SealedDetails::default() },
    };
    let mut book = LearnerBook::empty(id(0xb0), id(0xa1));
    let sealer = Open(std::cell::Cell::new(0));
    let posted = [("2026-01-12T08:30:00.123456Z", 0x91, deposit), ("2026-03-02T01:00:00Z", 0x92, transfer)];
    posted.map(|(now, request, draft)| book.append(draft, author(request), at(now), &sealer).expect("it can be posted"))
}

fn check(appended: &Appended, vector: &Vector) {
    let t = &appended.transaction;
    let plain = canonical_plain(&t.author, t.cause, t.reverses, t.about, appended.achievement.as_ref());
    assert_eq!(plain, vector.plain);
    assert_eq!(hex::encode(plain_digest(&plain)), vector.plain_digest);
    let (salt, details) = split_salt(&t.sealed).expect("salt and details");
    assert_eq!(details, vector.details);
    assert_eq!(hex::encode(salt), vector.salt);
    assert_eq!(hex::encode(t.commitment), vector.commitment);
    assert_eq!(hex::encode(commitment(&salt, details)), vector.commitment);
    assert_eq!(hex::encode(t.hash), vector.hash);
}

#[test]
fn a_deposit_with_its_achievement_hashes_as_documented() {
    check(&chain()[0], &DEPOSIT);
}

#[test]
fn a_transfer_behind_it_hashes_as_documented() {
    check(&chain()[1], &TRANSFER);
}

#[test]
fn the_preimage_is_the_documented_list_of_fields() {
    let mut fields = Fields::new(TRANSACTION_DOMAIN);
    for field in DEPOSIT_FIELDS {
        fields.push(&hex::decode(field).expect("hexadecimal"));
    }
    assert_eq!(hex::encode(fields.finish()), DEPOSIT.hash);
}

#[test]
fn whatever_a_hash_covers_changes_it() {
    let [deposit, transfer] = chain();
    let plain = plain_digest(TRANSFER.plain);
    let previous = deposit.transaction.hash;
    let of = |t: &Transaction, plain: &Hash| transaction_hash(id(0xb0), &previous, t, plain);
    let t = transfer.transaction;
    assert_eq!(of(&t, &plain), t.hash);
    let changed = |change: &dyn Fn(&mut Transaction)| {
        let mut other = t.clone();
        change(&mut other);
        of(&other, &plain)
    };
    type Change<'a> = (&'a str, &'a dyn Fn(&mut Transaction));
    let changes: [Change<'_>; 15] = [
        ("suite", &|t| t.suite = 2),
        ("learner", &|t| t.learner = id(0xa2)),
        ("seq", &|t| t.seq += 1),
        ("id", &|t| t.id = id(0x03)),
        ("kind", &|t| t.kind = TransactionKind::Release),
        ("posted_at", &|t| t.posted_at = Instant::from_micros(t.posted_at.micros() + 1)),
        ("effective_on", &|t| t.effective_on = on("2026-03-03")),
        ("commitment", &|t| t.commitment[31] ^= 1),
        ("postings", &|t| t.postings.clear()),
        ("credit type", &|t| t.postings[0].credit_type = CreditType::Higher),
        ("amount", &|t| t.postings[0].amount = CreditAmount::from_thousandths(4_001)),
        ("lot", &|t| t.postings[0].lot = id(0xf3)),
        ("from", &|t| t.postings[0].from.reference = id(0xe3)),
        ("balance", &|t| t.postings[0].from_balance = None),
        ("to", &|t| t.postings[0].to = Account::AVAILABLE),
    ];
    for (what, change) in changes {
        assert_ne!(changed(change), t.hash, "{what} is not covered");
    }
    assert_ne!(of(&t, &plain_digest("{}")), t.hash, "the plain fields are not covered");
    assert_ne!(transaction_hash(id(0xb1), &previous, &t, &plain), t.hash, "the book is not covered");
    assert_ne!(transaction_hash(id(0xb0), &[0; 32], &t, &plain), t.hash, "the hash before is not covered");
}

#[test]
fn the_document_holds_the_same_vectors() {
    let document = include_str!("../../docs/ledger.md");
    for vector in [&DEPOSIT, &TRANSFER] {
        let Vector { plain, plain_digest, details, salt, commitment, hash } = vector;
        for text in [plain, plain_digest, details, salt, commitment, hash] {
            assert!(document.contains(text), "docs/ledger.md does not hold {text}");
        }
    }
    for field in DEPOSIT_FIELDS.into_iter().filter(|field| !field.is_empty()) {
        assert!(document.contains(field), "docs/ledger.md does not hold the field {field}");
    }
    for domain in [TRANSACTION_DOMAIN, PLAIN_DOMAIN, COMMITMENT_DOMAIN] {
        assert!(document.contains(domain), "docs/ledger.md does not name {domain}");
    }
}
