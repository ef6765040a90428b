//! Revoking and correcting what conversions and awards rest on, on a chain in memory.

use super::*;
use crate::domain::credit_type::CreditType;
use crate::ledger::conversion::Terms;
use crate::ledger::details::SealedDetails;
use crate::ledger::history::Correction;
use crate::ledger::test_chain::{Chain, HIGHER, ISSUER, SET, TODAY, credits};

const FIRST: Uuid = Uuid::from_u128(0x11);
const SECOND: Uuid = Uuid::from_u128(0x12);
const AWARD: Uuid = Uuid::from_u128(0xaa);

fn apply(chain: &mut Chain, conversion: Uuid, lot: Uuid, amount: i64) {
    let draws = [Draw { lot, amount: credits(amount) }];
    chain.decide(|history, mut ids| history.hold(conversion, &draws, TODAY, &mut ids)).expect("held");
}

fn convert(chain: &mut Chain, conversion: Uuid, granted: i64, draws: &[Draw]) {
    let terms = Terms {
        conversion,
        rule_set: SET,
        enrolment: HIGHER,
        credit_type: CreditType::Higher,
        credits: credits(granted),
        draws,
        exempts: granted == 0,
    };
    chain.decide(|history, mut ids| history.convert(&terms, TODAY, &mut ids)).expect("converted");
}

fn draw_and_convert(chain: &mut Chain, conversion: Uuid, lot: Uuid, amount: i64, granted: i64) {
    apply(chain, conversion, lot, amount);
    convert(chain, conversion, granted, &[Draw { lot, amount: credits(amount) }]);
}

fn rests(conversion: Uuid, evidence: Uuid) -> Dependent {
    Dependent { conversion, evidence: vec![evidence], enrolment: Some(HIGHER) }
}

fn revoke(chain: &mut Chain, id: Uuid, dependents: &[Dependent]) -> Cascade {
    chain.cascade(|history, mut ids| history.revoke(id, "证书作废", TODAY, dependents, &mut ids)).expect("revoked")
}

fn redeem(chain: &mut Chain) {
    chain.decide(|history, mut ids| history.redeem(AWARD, HIGHER, TODAY, &mut ids)).expect("redeemed");
}

fn correct(chain: &mut Chain, old: Uuid, amount: i64, dependents: &[Dependent]) -> Cascade {
    let revision = chain.history.achievements.len() as u128;
    let series = chain.history.achievements.iter().find(|a| a.id == old).expect("it is there").series;
    let new = Achievement { series, revision: revision as i64, ..chain.achievement(0x100 + revision, amount) };
    let correction =
        Correction { old, new, place: Account::AVAILABLE, details: SealedDetails::default(), dependents, today: TODAY };
    chain.cascade(|history, mut ids| history.correct(correction, &mut ids)).expect("corrected")
}

#[test]
fn a_revocation_undoes_what_rests_on_it_newest_first() {
    let mut chain = Chain::new();
    let (a, b) = (chain.deposit(1, 4), chain.deposit(2, 2));
    draw_and_convert(&mut chain, FIRST, a, 2, 1);
    convert(&mut chain, SECOND, 5, &[]); // rests on `a` as evidence
    let third = Uuid::from_u128(0x13);
    apply(&mut chain, third, a, 1); // still being decided
    let fourth = Uuid::from_u128(0x14);
    convert(&mut chain, fourth, 1, &[]); // rests on `b` and has nothing to do with it
    let posted = chain.kinds().len();
    let cascade = revoke(&mut chain, a, &[rests(SECOND, a), rests(fourth, b), rests(third, a)]);
    let ended: Vec<_> = cascade.ended.iter().map(|ended| (ended.conversion, ended.converted)).collect();
    assert_eq!(ended, [(third, false), (SECOND, true), (FIRST, true)]);
    assert!(cascade.findings.is_empty() && cascade.resting.is_empty());
    use TransactionKind::{Release, Reversal};
    assert_eq!(chain.kinds()[posted..], [Release, Reversal, Reversal, Release, Reversal]);
    let left = [(Account::AVAILABLE, CreditType::Skill, 2), (Account::programme(HIGHER), CreditType::Higher, 1)];
    assert_eq!(chain.balances(), left, "only what rests on `b` is left");
    let reasons = chain.history.transactions[posted..].iter().map(|t| t.sealed.clone());
    assert!(reasons.into_iter().all(|sealed| String::from_utf8_lossy(&sealed).contains("证书作废")));
}

#[test]
fn a_revision_of_the_evidence_is_the_evidence() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    convert(&mut chain, FIRST, 5, &[]);
    let cascade = correct(&mut chain, a, 3, &[rests(FIRST, a)]);
    assert_eq!(cascade.resting, [FIRST], "it may come out differently now");
    let latest = chain.history.achievements[1].id;
    let cascade = revoke(&mut chain, latest, &[rests(FIRST, a)]);
    assert_eq!(cascade.ended.len(), 1);
    assert!(chain.balances().is_empty());
}

#[test]
fn what_an_award_redeemed_stays_and_is_reported() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    draw_and_convert(&mut chain, FIRST, a, 3, 2);
    redeem(&mut chain);
    let cascade = revoke(&mut chain, a, &[]);
    assert_eq!(cascade.findings, [Finding::Award { award: AWARD, conversion: Some(FIRST) }]);
    assert_eq!(cascade.resting, [FIRST]);
    assert!(cascade.ended.is_empty());
    assert_eq!(chain.kinds().last(), Some(&TransactionKind::Forfeiture));
    assert_eq!(chain.lies(a, Account::revoked(ISSUER)), 1, "the rest of the lot is forfeited");
    assert_eq!(chain.balances(), [(Account::redeemed(AWARD), CreditType::Higher, 2)]);
    assert_eq!(chain.history.standings()[&a].status, AchievementStatus::Revoked);
    // Once the award is undone the conversion can be, and what it gives back of the revoked lot is forfeited too.
    chain.decide(|history, mut ids| history.reverse_award(AWARD, "误发", TODAY, &mut ids)).expect("award undone");
    chain.decide(|history, mut ids| history.reverse_conversion(FIRST, None, "", TODAY, &mut ids)).expect("undone");
    assert!(chain.balances().is_empty());
    assert_eq!(chain.lies(a, Account::revoked(ISSUER)), 4);
}

#[test]
fn an_exemption_under_an_award_is_reported_too() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 0);
    convert(&mut chain, FIRST, 0, &[]);
    convert(&mut chain, SECOND, 1, &[]);
    redeem(&mut chain);
    let cascade = revoke(&mut chain, a, &[rests(FIRST, a)]);
    assert_eq!(cascade.findings, [Finding::Award { award: AWARD, conversion: Some(FIRST) }]);
    assert_eq!(chain.kinds().last(), Some(&TransactionKind::Record));
    assert_eq!(
        chain.history.revoke(a, "again", TODAY, &[], &mut Uuid::nil).err(),
        Some(HistoryRefusal::AlreadyRevoked)
    );
}

#[test]
fn a_lot_that_was_redeemed_itself_leaves_a_record() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    let movement = Movement {
        credit_type: CreditType::Skill,
        amount: credits(4),
        lot: a,
        from: Account::AVAILABLE,
        to: Account::programme(HIGHER),
    };
    let moving = (Cause::EnrolmentTransfer, a);
    chain.append(draft(SECOND, TransactionKind::Transfer, moving, TODAY, vec![movement])).expect("moved");
    redeem(&mut chain);
    let before = chain.balances();
    let cascade = revoke(&mut chain, a, &[]);
    assert_eq!(cascade.findings, [Finding::Award { award: AWARD, conversion: None }]);
    assert_eq!(chain.balances(), before);
    assert_eq!(chain.kinds().last(), Some(&TransactionKind::Record));
}

#[test]
fn a_correction_keeps_the_conversions_that_it_still_covers() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 6);
    draw_and_convert(&mut chain, FIRST, a, 3, 2);
    draw_and_convert(&mut chain, SECOND, a, 2, 1);
    let third = Uuid::from_u128(0x13);
    apply(&mut chain, third, a, 1);
    let cascade = correct(&mut chain, a, 4, &[]);
    let new = chain.history.achievements[1].id;
    // 3 of the 4 credits cover the oldest, one the application that is being decided; the second is not covered any more.
    assert_eq!(chain.lies(new, Account::conversion(SET)), 3);
    assert_eq!(chain.lies(new, Account::held(third)), 1);
    assert_eq!(chain.lies(FIRST, Account::programme(HIGHER)), 2);
    assert_eq!(chain.lies(SECOND, Account::programme(HIGHER)), 0);
    assert_eq!(cascade.findings, [Finding::Conversion { conversion: SECOND }]);
    let ended: Vec<_> = cascade.ended.iter().map(|ended| ended.conversion).collect();
    assert_eq!(ended, [SECOND]);
    // Back to what it was: nothing is lost of what stood, and undoing gives all of it back.
    let cascade = correct(&mut chain, new, 6, &[]);
    assert!(cascade.findings.is_empty() && cascade.ended.is_empty());
    chain
        .decide(|history, mut ids| history.reverse_conversion(FIRST, None, "", TODAY, &mut ids))
        .expect("undone on the new lot");
    let newest = chain.history.achievements[2].id;
    assert_eq!(chain.lies(newest, Account::AVAILABLE), 5);
}

#[test]
fn a_correction_of_redeemed_credits_is_recorded_and_reported() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    draw_and_convert(&mut chain, FIRST, a, 4, 2);
    redeem(&mut chain);
    let before = chain.balances();
    let cascade = correct(&mut chain, a, 1, &[]);
    assert_eq!(cascade.findings, [Finding::Award { award: AWARD, conversion: None }]);
    assert_eq!(chain.balances(), before);
    assert_eq!(chain.history.achievements[1].lot, a, "the lot stays where it is");
}

#[test]
fn an_upgrade_adds_only_the_difference() {
    let mut chain = Chain::new();
    let (middle, high) = (chain.deposit(1, 3), chain.deposit(2, 5));
    convert(&mut chain, FIRST, 3, &[]);
    convert(&mut chain, SECOND, 2, &[]); // what the plan gives beyond the 3 already granted
    let cascade = revoke(&mut chain, high, &[rests(FIRST, middle), rests(SECOND, high)]);
    assert_eq!(cascade.ended.len(), 1);
    assert_eq!(chain.lies(FIRST, Account::programme(HIGHER)), 3, "the lower one's grant stands");
}

/// Where a lot lies.
fn places(history: &History, lot: Uuid) -> Vec<Account> {
    Lots::of(&history.transactions).purses(lot).into_iter().map(|(account, _)| account).collect()
}

#[test]
fn what_is_held_does_not_expire() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    apply(&mut chain, FIRST, a, 3);
    chain.decide(|history, mut ids| Ok(history.expire(a, &places(history, a), TODAY, &mut ids))).expect("expired");
    assert_eq!((chain.lies(a, Account::EXPIRED), chain.lies(a, Account::held(FIRST))), (1, 3));
}

#[test]
fn expired_credits_end_once_and_a_revocation_after_that_is_a_record() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    chain.decide(|history, mut ids| Ok(history.expire(a, &places(history, a), TODAY, &mut ids))).expect("expired");
    assert!(
        chain.history.expire(a, &places(&chain.history, a), TODAY, &mut Uuid::nil).is_none(),
        "running again changes nothing"
    );
    assert_eq!(chain.lies(a, Account::EXPIRED), 4);
    let cascade = revoke(&mut chain, a, &[]);
    assert!(cascade.findings.is_empty());
    assert_eq!(chain.kinds().last(), Some(&TransactionKind::Record));
}
