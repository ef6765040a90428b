//! Activation, log-in and sessions on a SQLite file of their own.

use std::sync::Arc;

use uuid::Uuid;

use super::account_opening::OpenLearner;
use super::activation_form::{ActivationFault, ActivationForm};
use super::actor::ClientActor;
use super::login::{Activated, LoggedIn};
use super::opening_tests::Bank;
use super::passwords::PasswordFault;
use super::scope::Scope;
use super::sessions::{IDLE, LIFE, Origin};
use crate::domain::credit::CreditAmount;
use crate::domain::identity::{IdDocument, IdentityType};
use crate::domain::ids::{ClientId, InstitutionId, LearnerId};
use crate::domain::institution::InstitutionKind;
use crate::domain::time::Instant;
use crate::ports::FixedClock;
use crate::store::learner;

const NAME: &str = "阿依古丽·买买提";
const NUMBER: &str = "41029920060315008X";
const PASSWORD: &str = "纸船 paper boat 42";

/// An account opened by a school, with the slip's code.
struct Slip {
    learner: LearnerId,
    account_no: String,
    code: String,
}

fn slip(bank: &Bank) -> Slip {
    let school = Uuid::from_u128(0x11);
    let actor = ClientActor {
        client: ClientId::from_uuid(school),
        institution: InstitutionId::from_uuid(school),
        kind: InstitutionKind::SecondarySchool,
        scopes: Scope::ALL.iter().copied().collect(),
        request: Uuid::nil(),
        address: None,
    };
    let id_document = IdDocument { type_: IdentityType::ResidentId, number: NUMBER.into() };
    let request = OpenLearner { name: NAME.into(), id_document, enrolment: None };
    let once = bank.app.once(actor, "open_learner", "key", "", b"");
    let (opening, _) = bank.app.open_learner(&actor, &request, &once).expect("opens").parts();
    let id = opening.kept.learner;
    let numbers = bank.app.db.read(|conn| learner::account_nos(conn, &[id])).expect("reads");
    Slip {
        learner: LearnerId::from_uuid(id),
        account_no: numbers[&id].clone(),
        code: opening.code.as_ref().expect("a code").to_string(),
    }
}

fn activate(bank: &Bank, name: &str, id_number: &str, code: &str, password: &str) -> Activated {
    let form = ActivationForm { name, id_number, code, password };
    bank.app.activate(&form, &Origin::default()).expect("answers")
}

fn log_in(bank: &Bank, login: &str, password: &str) -> Option<String> {
    match bank.app.log_in(login, password, &Origin::default()).expect("answers") {
        LoggedIn::Done(id) => Some(id.to_string()),
        LoggedIn::Refused => None,
        LoggedIn::Wait => panic!("nobody has to wait yet"),
    }
}

fn move_clock(bank: &mut Bank, micros: i64) {
    let at = Instant::from_micros(bank.app.clock.now().micros() + micros);
    bank.app.clock = Arc::new(FixedClock::new(at));
}

fn lives(bank: &Bank, session: &str) -> bool {
    bank.app.session(session, &Origin::default()).expect("answers").is_some()
}

#[test]
fn the_slip_sets_a_password_once_and_the_password_opens_the_account() {
    let bank = Bank::new();
    let slip = slip(&bank);
    let Activated::Done(session) = activate(&bank, " 阿依古丽 . 买买提 ", NUMBER, &slip.code, PASSWORD) else {
        panic!("a spelling of the name is refused")
    };
    let actor = bank.app.session(&session, &Origin::default()).expect("answers").expect("lives");
    assert_eq!(actor.learner, slip.learner);
    let home = bank.app.learner_home(&actor, None).expect("shows");
    assert_eq!((home.name.as_deref(), home.earned, home.rows.len()), (Some(NAME), CreditAmount::ZERO, 0));
    assert_eq!(home.account_no, slip.account_no);
    assert!(matches!(activate(&bank, NAME, NUMBER, &slip.code, "another password"), Activated::Refused));
    for login in [slip.account_no.as_str(), NUMBER, "41029920060315008x"] {
        assert!(log_in(&bank, login, PASSWORD).is_some(), "{login}");
    }
    assert!(log_in(&bank, &slip.account_no, "another password").is_none());
    assert!(log_in(&bank, "410299200603150012", PASSWORD).is_none(), "an unknown number");
    assert!(log_in(&bank, "no such login", PASSWORD).is_none());
    bank.app.log_out(&actor, &session, &Origin::default()).expect("ends");
    assert!(!lives(&bank, &session));
    assert!(!lives(&bank, "made up, and long enough to be looked up"));
}

#[test]
fn five_wrong_tries_void_the_code_whatever_was_wrong() {
    let bank = Bank::new();
    let slip = slip(&bank);
    let wrong = "AAAAA-AAAAA-AAAAA-AAAAA";
    for n in 0..5 {
        let (name, code) = if n % 2 == 0 { (NAME, wrong) } else { ("林小满", slip.code.as_str()) };
        assert!(matches!(activate(&bank, name, NUMBER, code, PASSWORD), Activated::Refused));
    }
    assert!(matches!(activate(&bank, NAME, NUMBER, &slip.code, PASSWORD), Activated::Refused));
    assert!(log_in(&bank, &slip.account_no, PASSWORD).is_none());
}

#[test]
fn what_is_wrong_with_the_form_takes_no_try() {
    let bank = Bank::new();
    let slip = slip(&bank);
    for _ in 0..5 {
        let answer = activate(&bank, NAME, NUMBER, &slip.code, "short");
        assert!(matches!(answer, Activated::Faulty(faults) if faults.len() == 1));
    }
    // That it is the account number is known only once the code fits.
    let Activated::Faulty(faults) = activate(&bank, NAME, NUMBER, &slip.code, &slip.account_no) else {
        panic!("the account number is taken for a password")
    };
    assert_eq!(faults, [ActivationFault::Password(PasswordFault::Personal)]);
    assert!(matches!(activate(&bank, NAME, NUMBER, &slip.code, PASSWORD), Activated::Done(_)));
}

#[test]
fn a_code_ends_with_its_time() {
    let mut bank = Bank::new();
    let slip = slip(&bank);
    move_clock(&mut bank, 31 * 24 * 3600 * 1_000_000);
    assert!(matches!(activate(&bank, NAME, NUMBER, &slip.code, PASSWORD), Activated::Refused));
}

#[test]
fn sessions_end_idle_in_the_end_and_with_the_password() {
    let mut bank = Bank::new();
    let slip = slip(&bank);
    bank.app.set_password(slip.learner, PASSWORD).expect("answers").expect("good");
    let session = log_in(&bank, NUMBER, PASSWORD).expect("logs in");
    for _ in 0..LIFE / (IDLE - 1) {
        move_clock(&mut bank, IDLE - 1);
        assert!(lives(&bank, &session), "use keeps it alive");
    }
    move_clock(&mut bank, IDLE - 1);
    assert!(!lives(&bank, &session), "half a day is the end");
    let idle = log_in(&bank, NUMBER, PASSWORD).expect("logs in");
    move_clock(&mut bank, IDLE);
    assert!(!lives(&bank, &idle));
    let other = log_in(&bank, NUMBER, PASSWORD).expect("logs in");
    bank.app.set_password(slip.learner, "quite another one").expect("answers").expect("good");
    assert!(!lives(&bank, &other), "who knew the old password is out");
}

#[test]
fn a_name_that_is_tried_too_often_waits() {
    let bank = Bank::new();
    let mut waits = 0;
    for _ in 0..12 {
        let answer = bank.app.log_in("123 nobody", "wrong password", &Origin::default()).expect("answers");
        waits += usize::from(matches!(answer, LoggedIn::Wait));
    }
    assert_eq!(waits, 2);
}

#[test]
fn form_tokens_fit_their_binding_only() {
    let bank = Bank::new();
    let (one, two) = (bank.app.new_form_binding(), bank.app.new_form_binding());
    let token = bank.app.form_token(&one);
    assert!(bank.app.form_token_fits(&one, &token));
    assert!(!bank.app.form_token_fits(&two, &token));
    assert!(!bank.app.form_token_fits(&one, "") && !bank.app.form_token_fits("", &bank.app.form_token("")));
    assert!(!Bank::new().app.form_token_fits(&one, &token), "another bank has other keys");
}
