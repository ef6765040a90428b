//! Holding, giving back, converting and undoing, on a chain in memory.

use super::*;
use crate::ledger::book::LedgerError;
use crate::ledger::test_chain::{Chain, HIGHER, OTHER, SET, TODAY, credits};

const LINE: Uuid = Uuid::from_u128(0x11);
const SECOND: Uuid = Uuid::from_u128(0x12);

fn draw(lot: Uuid, amount: i64) -> Draw {
    Draw { lot, amount: credits(amount) }
}

fn terms(conversion: Uuid, granted: i64, draws: &[Draw]) -> Terms<'_> {
    let credits = credits(granted);
    Terms {
        conversion,
        rule_set: SET,
        enrolment: HIGHER,
        credit_type: CreditType::Higher,
        credits,
        draws,
        exempts: false,
    }
}

fn hold(chain: &mut Chain, conversion: Uuid, draws: &[Draw]) -> Result<(), HistoryRefusal> {
    chain.decide(|history, mut ids| history.hold(conversion, draws, TODAY, &mut ids))
}

fn convert(chain: &mut Chain, terms: &Terms<'_>) -> Result<(), HistoryRefusal> {
    chain.decide(|history, mut ids| history.convert(terms, TODAY, &mut ids))
}

fn reverse(chain: &mut Chain, conversion: Uuid) -> Result<(), HistoryRefusal> {
    chain.decide(|history, mut ids| history.reverse_conversion(conversion, Some(HIGHER), "材料有误", TODAY, &mut ids))
}

#[test]
fn converting_and_undoing_leaves_every_balance_as_it_was() {
    let mut chain = Chain::new();
    let (a, b) = (chain.deposit(1, 4), chain.deposit(2, 3));
    let before = chain.balances();
    hold(&mut chain, LINE, &[draw(a, 4), draw(b, 1)]).expect("held");
    assert_eq!(chain.lies(a, Account::held(LINE)), 4);
    assert_eq!(chain.lies(b, Account::AVAILABLE), 2);
    convert(&mut chain, &terms(LINE, 2, &[draw(a, 4), draw(b, 1)])).expect("converted");
    assert_eq!(
        chain.balances(),
        [(Account::AVAILABLE, CreditType::Skill, 2), (Account::programme(HIGHER), CreditType::Higher, 2)]
    );
    reverse(&mut chain, LINE).expect("undone");
    assert_eq!(chain.balances(), before);
    assert_eq!(chain.lies(a, Account::AVAILABLE), 4);
    assert_eq!(reverse(&mut chain, LINE), Err(HistoryRefusal::NotConverted));
}

#[test]
fn giving_back_goes_where_it_came_from() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    // One credit of the lot moves to a programme, so that a hold takes from two purses.
    let move_one = Movement {
        credit_type: CreditType::Skill,
        amount: credits(1),
        lot: a,
        from: Account::AVAILABLE,
        to: Account::programme(OTHER),
    };
    let moving = (Cause::EnrolmentTransfer, a);
    chain.append(draft(OTHER, TransactionKind::Transfer, moving, TODAY, vec![move_one])).expect("moved");
    let before = chain.balances();
    hold(&mut chain, LINE, &[draw(a, 4)]).expect("held");
    chain.decide(|history, mut ids| Ok(history.release(LINE, TODAY, &mut ids))).expect("released");
    assert_eq!(chain.balances(), before);
    assert!(chain.history.release(LINE, TODAY, &mut Uuid::nil).is_none(), "nothing is left to give back");
}

#[test]
fn what_is_not_drawn_is_given_back_at_once() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    hold(&mut chain, LINE, &[draw(a, 4)]).expect("held");
    convert(&mut chain, &terms(LINE, 1, &[draw(a, 2)])).expect("partly approved");
    assert_eq!(chain.lies(a, Account::AVAILABLE), 2);
    assert_eq!(chain.lies(a, Account::conversion(SET)), 2);
    reverse(&mut chain, LINE).expect("undone");
    assert_eq!(chain.lies(a, Account::AVAILABLE), 4);
}

#[test]
fn granted_credits_are_never_a_source() {
    let mut chain = Chain::new();
    convert(&mut chain, &terms(LINE, 3, &[])).expect("evidence is enough");
    assert_eq!(hold(&mut chain, SECOND, &[draw(LINE, 1)]), Err(HistoryRefusal::GrantedLot { lot: LINE }));
    // Nor by a draft that somebody wrote by hand: the verification finds it.
    let by_hand = Movement {
        credit_type: CreditType::Higher,
        amount: credits(1),
        lot: LINE,
        from: Account::programme(HIGHER),
        to: Account::held(SECOND),
    };
    let held = Lots::of(&chain.history.transactions).check(TransactionKind::Hold, &by_hand);
    assert_eq!(held, Err(crate::ledger::lots::LotFault::Granted));
}

#[test]
fn no_more_is_drawn_than_is_free() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    hold(&mut chain, LINE, &[draw(a, 3)]).expect("held");
    let short = |wanted, available| {
        Err(HistoryRefusal::InsufficientLot { lot: a, wanted: credits(wanted), available: credits(available) })
    };
    assert_eq!(hold(&mut chain, SECOND, &[draw(a, 2)]), short(2, 1));
    assert_eq!(hold(&mut chain, SECOND, &[draw(a, 1), draw(a, 1)]), short(1, 0), "one lot named twice");
    assert_eq!(hold(&mut chain, SECOND, &[draw(a, 0)]), short(0, 1));
    assert_eq!(hold(&mut chain, SECOND, &[draw(a, -1)]), short(-1, 1));
    assert_eq!(convert(&mut chain, &terms(LINE, 2, &[draw(a, 4)])), short(4, 3));
    convert(&mut chain, &terms(LINE, 2, &[draw(a, 3)])).expect("converted");
    assert_eq!(convert(&mut chain, &terms(LINE, 2, &[])), Err(HistoryRefusal::AlreadyConverted));
}

#[test]
fn an_exemption_without_credits_stands_in_the_chain() {
    let mut chain = Chain::new();
    assert_eq!(convert(&mut chain, &terms(LINE, 0, &[])), Err(HistoryRefusal::NothingToConvert));
    convert(&mut chain, &Terms { exempts: true, ..terms(LINE, 0, &[]) }).expect("exempted");
    assert!(matches!(chain.history.stage(LINE), Some(Stage::Converted { .. })));
    reverse(&mut chain, LINE).expect("undone");
    assert_eq!(chain.history.stage(LINE), None);
    assert_eq!(chain.kinds(), [TransactionKind::Conversion, TransactionKind::Reversal]);
}

#[test]
fn a_grant_that_moved_is_moved_back_and_undone() {
    let mut chain = Chain::new();
    convert(&mut chain, &terms(LINE, 3, &[])).expect("converted");
    let wanted = crate::ledger::history::Wanted {
        from: Account::programme(HIGHER),
        to: Account::programme(OTHER),
        credit_type: CreditType::Higher,
        lots: None,
    };
    chain.decide(|history, mut ids| Ok([history.transfer(wanted, TODAY, None, &mut ids)?])).expect("moved");
    reverse(&mut chain, LINE).expect("undone");
    assert!(chain.balances().is_empty());
    let kinds = chain.kinds();
    assert_eq!(kinds[2..], [TransactionKind::Transfer, TransactionKind::Reversal]);
}

#[test]
fn what_an_award_redeemed_is_not_undone() {
    let mut chain = Chain::new();
    convert(&mut chain, &terms(LINE, 3, &[])).expect("converted");
    let award = Uuid::from_u128(0xaa);
    chain.decide(|history, mut ids| history.redeem(award, HIGHER, TODAY, &mut ids)).expect("redeemed");
    assert_eq!(chain.lies(LINE, Account::redeemed(award)), 3);
    assert_eq!(reverse(&mut chain, LINE), Err(HistoryRefusal::Redeemed { award }));
    chain.decide(|history, mut ids| history.reverse_award(award, "误发", TODAY, &mut ids)).expect("award undone");
    reverse(&mut chain, LINE).expect("now it can be");
    assert!(chain.balances().is_empty());
}

#[test]
fn each_kind_moves_credits_along_its_own_way_only() {
    let mut chain = Chain::new();
    let a = chain.deposit(1, 4);
    let movement = |from, to| Movement { credit_type: CreditType::Skill, amount: credits(1), lot: a, from, to };
    let wrong = [
        (TransactionKind::Transfer, Account::AVAILABLE, Account::held(LINE)),
        (TransactionKind::Hold, Account::AVAILABLE, Account::programme(HIGHER)),
        (TransactionKind::Conversion, Account::AVAILABLE, Account::conversion(SET)),
        (TransactionKind::Conversion, Account::conversion(SET), Account::AVAILABLE),
        (TransactionKind::Redemption, Account::AVAILABLE, Account::redeemed(LINE)),
        (TransactionKind::Deposit, Account::conversion(SET), Account::AVAILABLE),
        (TransactionKind::Record, Account::AVAILABLE, Account::EXPIRED),
    ];
    for (kind, from, to) in wrong {
        let refused = chain.append(draft(LINE, kind, (Cause::Posted, a), TODAY, vec![movement(from, to)]));
        assert_eq!(refused, Err(LedgerError::WrongFlow { kind, from: from.kind, to: to.kind }));
    }
    assert_eq!(chain.history.transactions.len(), 1);
}
