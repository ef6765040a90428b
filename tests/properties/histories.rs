//! Random histories keep I1–I9: after every command the balances are the model's; after every history the whole book verifies
//! and sums to zero, and once everything is undone nothing is converted any more.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;
use xuefen::domain::{AchievementKind, CreditAmount, CreditType, LearnerId};
use xuefen::ledger::balance::{earned, fold, seq_at};
use xuefen::ledger::history::HistoryRefusal;
use xuefen::ledger::status::AchievementStatus;
use xuefen::ledger::transaction::Transaction;
use xuefen::services::ledger::{trial_balance, verify};
use xuefen::services::posting::job::Outcome;
use xuefen::services::refusal::Refusal;
use xuefen::store::book_rows::transactions;

use crate::bank::{self, Bank, Person};
use crate::conversions::{self, Given};
use crate::model::{Conversion, Kind, Model, Purse};

const PEOPLE: usize = 3;

#[derive(Debug, Clone)]
enum Command {
    Course { person: usize, course: usize, score: u32 },
    Certificate { person: usize, number: usize, credits: u32 },
    Again { which: prop::sample::Index },
    Correct { which: prop::sample::Index, value: u32 },
    Revoke { which: prop::sample::Index },
    Transfer { person: usize, from: usize },
    Apply { which: prop::sample::Index, amount: u32 },
    Convert { which: prop::sample::Index, grant: u32, enrolment: usize, less: u32 },
    Undo { which: prop::sample::Index },
    Redeem { person: usize, enrolment: usize },
    UndoAward { which: prop::sample::Index },
    Expire { which: prop::sample::Index },
}

fn command() -> impl Strategy<Value = Command> {
    let person = 0..PEOPLE;
    let index = any::<prop::sample::Index>();
    prop_oneof![
        5 => (person.clone(), 0..3_usize, 60..=100_u32).prop_map(|(person, course, score)| Command::Course { person, course, score }),
        3 => (person.clone(), 0..4_usize, 0..=3_u32).prop_map(|(person, number, credits)| Command::Certificate { person, number, credits }),
        1 => any::<prop::sample::Index>().prop_map(|which| Command::Again { which }),
        2 => (any::<prop::sample::Index>(), 0..40_u32).prop_map(|(which, value)| Command::Correct { which, value }),
        3 => any::<prop::sample::Index>().prop_map(|which| Command::Revoke { which }),
        2 => (person.clone(), 0..2_usize).prop_map(|(person, from)| Command::Transfer { person, from }),
        4 => (index.clone(), 0..=3_u32).prop_map(|(which, amount)| Command::Apply { which, amount }),
        4 => (index.clone(), 1..=4_u32, 0..2_usize, 0..=1_u32)
            .prop_map(|(which, grant, enrolment, less)| Command::Convert { which, grant, enrolment, less }),
        2 => index.clone().prop_map(|which| Command::Undo { which }),
        1 => (person, 0..2_usize).prop_map(|(person, enrolment)| Command::Redeem { person, enrolment }),
        1 => index.clone().prop_map(|which| Command::UndoAward { which }),
        2 => index.prop_map(|which| Command::Expire { which }),
    ]
}

/// One bank's side of a history: who the people are there, and which ids it gave.
struct Side<'b> {
    bank: &'b Bank,
    people: Vec<Person>,
    /// The latest posts under each reference, so that they can be sent again.
    posts: BTreeMap<String, (serde_json::Value, Uuid)>,
    run: Uuid,
    given: Given,
}

impl<'b> Side<'b> {
    fn new(bank: &'b Bank) -> Self {
        let people = (0..PEOPLE).map(|_| bank.person()).collect::<Vec<_>>();
        let run = people[0].id.uuid();
        Self { bank, people, posts: BTreeMap::new(), run, given: Given::default() }
    }

    fn number(&self, number: usize) -> String {
        format!("NO-{}-{number}", self.run.simple())
    }

    fn reference(&self, reference: &str) -> String {
        format!("{}/{reference}", self.run)
    }

    fn send(&mut self, school: bool, reference: &str, post: serde_json::Value) -> Result<bool, Refusal> {
        let actor = if school { self.bank.school } else { self.bank.body };
        match self.bank.post(&actor, &post)? {
            Outcome::Posted(posted) => {
                self.posts.insert(reference.to_owned(), (post, posted.achievement.id));
                Ok(true)
            }
            Outcome::Unchanged(kept) => {
                assert_eq!(kept.achievement, self.posts[reference].1, "the same post answers with what stands");
                Ok(false)
            }
            other => panic!("{other:?}"),
        }
    }

    fn balances(&self, person: usize) -> BTreeMap<Purse, u32> {
        let Person { id, enrolments } = self.people[person];
        let view = self.bank.app.balances(&self.bank.school, id, None, None).unwrap();
        let whole = |amount: CreditAmount| u32::try_from(amount.thousandths() / 1000).unwrap();
        let mut sums = BTreeMap::new();
        for balance in view.balances {
            for (purse, amount) in [(Purse::Held(0), balance.held), (Purse::Redeemed(0), balance.redeemed)] {
                *sums.entry(purse).or_insert(0) += whole(amount.unwrap());
            }
            let available = whole(balance.available.unwrap());
            if available > 0 {
                assert_eq!(balance.credit_type, CreditType::Skill);
                sums.insert(Purse::Available, available);
            }
            for programme in balance.programmes.unwrap() {
                let place = enrolments.iter().position(|e| e.uuid() == programme.enrolment_id).unwrap();
                sums.insert(Purse::Enrolment(place), whole(programme.credits));
            }
        }
        sums.retain(|_, amount| *amount > 0);
        sums
    }

    fn conversions(&mut self, person: usize) -> conversions::Side<'_> {
        conversions::Side { bank: self.bank, person: self.people[person], given: &mut self.given }
    }

    /// Of the attempts of one course exactly one counts.
    fn check_attempts(&self) {
        for person in &self.people {
            let views = self.bank.app.achievements_of(&self.bank.school, person.id).unwrap();
            let mut counted: BTreeMap<String, usize> = BTreeMap::new();
            for view in views.iter().filter(|view| view.kind == AchievementKind::Course && view.status.is_live()) {
                let counts = usize::from(view.status == AchievementStatus::Recognised);
                *counted.entry(view.code.clone().unwrap()).or_default() += counts;
            }
            assert!(counted.values().all(|count| *count == 1), "{counted:?} {views:#?}");
        }
    }

    /// Every stored balance is the fold of its entries at every place, and `as_of` finds that place.
    fn check_time_travel(&self) {
        for person in &self.people {
            let chain = self.bank.app.db.read(|conn| transactions(conn, &[person.id.uuid()])).unwrap();
            // Transactions of one command share an instant: `as_of` finds the last of them.
            let last =
                |t: &&Transaction| !chain.iter().any(|later| later.seq > t.seq && later.posted_at == t.posted_at);
            for t in chain.iter().filter(last) {
                assert_eq!(seq_at(&chain, t.posted_at), t.seq);
                let balances = fold(&chain, t.seq).unwrap();
                let folded: i64 = balances.values().map(|amount| amount.thousandths()).sum();
                let learner = LearnerId::from_uuid(t.learner);
                let view = self.bank.app.balances(&self.bank.school, learner, Some(t.posted_at), None).unwrap();
                let total: i64 = view.balances.iter().map(|balance| balance.total.thousandths()).sum();
                assert_eq!((view.learner_seq, total), (t.seq, folded));
                assert_eq!(view.earned_total, earned(&chain, t.seq, None));
            }
        }
    }
}

fn run(sides: &mut [Side<'_>], commands: &[Command]) {
    let mut model = Model::default();
    for (step, command) in commands.iter().enumerate() {
        let reference = format!("{step}");
        match command {
            Command::Course { person, course, score } => {
                model.course(*person, *course, *score, &reference);
                for side in sides.iter_mut() {
                    let post =
                        side.bank.course(side.people[*person], *course, *score, &side.reference(&reference), false);
                    assert_eq!(side.send(true, &reference, post), Ok(true));
                }
            }
            Command::Certificate { person, number, credits } => {
                let expected = model.certificate(*person, *number, *credits, &reference);
                for side in sides.iter_mut() {
                    let number = side.number(*number);
                    let post = side.bank.certificate(
                        side.people[*person],
                        &number,
                        *credits,
                        &side.reference(&reference),
                        false,
                    );
                    let got = side.send(false, &reference, post);
                    match expected {
                        Ok(()) => assert_eq!(got, Ok(true)),
                        Err(_) => assert_eq!(got, Err(Refusal::EvidenceAlreadyCredited)),
                    }
                }
            }
            Command::Again { which } if !model.live.is_empty() => {
                let live = &model.live[which.index(model.live.len())];
                for side in sides.iter_mut() {
                    let (post, _) = side.posts[&live.reference].clone();
                    let school = matches!(live.kind, Kind::Course { .. });
                    assert_eq!(side.send(school, &live.reference, post), Ok(false));
                }
            }
            Command::Correct { which, value } if !model.live.is_empty() => correct(sides, &mut model, which, *value),
            Command::Revoke { which } if !model.live.is_empty() => {
                let index = which.index(model.live.len());
                let live = model.live[index].clone();
                model.revoke(index);
                for side in sides.iter_mut() {
                    let actor =
                        if matches!(live.kind, Kind::Course { .. }) { side.bank.school } else { side.bank.body };
                    let (_, id) = side.posts[&live.reference];
                    assert_eq!(side.bank.revoke(&actor, id), Ok(()));
                    assert_eq!(side.bank.revoke(&actor, id), Err(Refusal::AlreadyRevoked));
                }
            }
            Command::Transfer { person, from } => {
                let expected = model.transfer(*person, *from);
                for side in sides.iter_mut() {
                    let got = side.bank.transfer(side.people[*person], *from);
                    match expected {
                        Ok(()) => assert_eq!(got, Ok(())),
                        Err(_) => assert_eq!(got, Err(Refusal::NothingToTransfer)),
                    }
                }
            }
            Command::Apply { which, amount } if !model.live.is_empty() => {
                let index = which.index(model.live.len());
                let live = model.live[index].clone();
                let expected = model.apply(step, index, *amount);
                for side in sides.iter_mut() {
                    let (_, evidence) = side.posts[&live.reference];
                    let got = side.conversions(live.person).apply(step, evidence, *amount);
                    assert_eq!(got.is_ok(), expected.is_ok(), "{got:?}");
                }
            }
            Command::Convert { which, grant, enrolment, less } => {
                let pending: Vec<Conversion> =
                    model.conversions.iter().filter(|conversion| conversion.granted.is_none()).cloned().collect();
                if pending.is_empty() {
                    continue;
                }
                let conversion = &pending[which.index(pending.len())];
                let less = if conversion.taken() > *less { *less } else { 0 };
                model.convert(conversion.id, *grant, *enrolment, less);
                for side in sides.iter_mut() {
                    let got = side.conversions(conversion.person).convert(conversion.id, *grant, *enrolment, less);
                    assert_eq!(got, Ok(()));
                }
            }
            Command::Undo { which } if !model.conversions.is_empty() => {
                let conversion = model.conversions[which.index(model.conversions.len())].clone();
                undo(sides, &mut model, &conversion);
            }
            Command::Redeem { person, enrolment } => {
                let expected = model.redeem(step, *person, *enrolment);
                for side in sides.iter_mut() {
                    let got = side.conversions(*person).redeem(step, *enrolment);
                    assert_eq!(got, Ok(expected.is_ok()));
                }
            }
            Command::UndoAward { which } if !model.awards.is_empty() => {
                let index = which.index(model.awards.len());
                undo_award(sides, &mut model, index);
            }
            Command::Expire { which } if !model.live.is_empty() => {
                let index = which.index(model.live.len());
                let live = model.live[index].clone();
                let expected = model.expire(index);
                for side in sides.iter_mut() {
                    let (_, id) = side.posts[&live.reference];
                    let conversions = side.conversions(live.person);
                    assert_eq!(conversions.expire(id), expected);
                    assert!(!conversions.expire(id), "running again changes nothing");
                }
            }
            _ => {} // nothing to act on yet
        }
        for side in sides.iter() {
            side.bank.tick();
            for person in 0..PEOPLE {
                assert_eq!(side.balances(person), model.balances(person), "after step {step}, {command:?}");
            }
        }
    }
    undo_everything(sides, &mut model);
    for side in sides.iter_mut() {
        for person in 0..PEOPLE {
            assert_eq!(side.balances(person), model.balances(person), "when everything is undone");
            side.conversions(person).check_lots();
        }
        side.check_time_travel();
        side.check_attempts();
        let verified = verify(&side.bank.app.db, Some(&side.bank.app.keys), |_| ()).unwrap();
        assert_eq!(verified.fault, None);
        assert_eq!(verified.checked.opened, verified.checked.transactions);
        let now = side.bank.app.clock.now();
        let trial = side.bank.app.db.read(|conn| trial_balance(conn, now)).unwrap();
        assert!(trial.balanced);
        assert!(trial.credit_types.iter().all(|line| line.converted.0.is_zero()), "{trial:?}");
    }
}

fn undo(sides: &mut [Side<'_>], model: &mut Model, conversion: &Conversion) {
    let expected = model.undo(conversion.id);
    if expected.is_ok() {
        model.forfeit();
    }
    for side in sides.iter_mut() {
        let got = side.conversions(conversion.person).undo(conversion.id);
        match expected {
            Ok(()) => assert_eq!(got, Ok(())),
            Err(_) => assert!(matches!(got, Err(HistoryRefusal::Redeemed { .. })), "{got:?}"),
        }
    }
}

fn undo_award(sides: &mut [Side<'_>], model: &mut Model, index: usize) {
    let award = model.awards[index].clone();
    model.undo_award(index);
    for side in sides.iter_mut() {
        assert_eq!(side.conversions(award.person).undo_award(award.id), Ok(()));
    }
}

/// Awards and conversions backwards: what is left is what was earned and is still there.
fn undo_everything(sides: &mut [Side<'_>], model: &mut Model) {
    while !model.awards.is_empty() {
        undo_award(sides, model, model.awards.len() - 1);
    }
    for conversion in model.newest_first(|_| true) {
        undo(sides, model, &conversion);
    }
    assert!(model.conversions.is_empty());
}

fn correct(sides: &mut [Side<'_>], model: &mut Model, which: &prop::sample::Index, value: u32) {
    let index = which.index(model.live.len());
    let live = model.live[index].clone();
    match live.kind {
        Kind::Course { course, score } => {
            let new = 60 + value;
            if new == score {
                return;
            }
            model.correct_score(index, new);
            for side in sides.iter_mut() {
                let reference = side.reference(&live.reference);
                let post = side.bank.course(side.people[live.person], course, new, &reference, true);
                assert_eq!(side.send(true, &live.reference, post), Ok(true));
            }
        }
        Kind::Certificate { number } => {
            let new = value % 4;
            if live.said == new {
                return;
            }
            model.correct_credits(index, new);
            for side in sides.iter_mut() {
                let (number, reference) = (side.number(number), side.reference(&live.reference));
                let post = side.bank.certificate(side.people[live.person], &number, new, &reference, true);
                assert_eq!(side.send(false, &live.reference, post), Ok(true));
            }
        }
    }
}

fn explore(banks: &[Bank], cases: u32) {
    let mut runner =
        TestRunner::new(Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() });
    runner
        .run(&prop::collection::vec(command(), 1..50), |commands| {
            let mut sides: Vec<Side<'_>> = banks.iter().map(Side::new).collect();
            run(&mut sides, &commands);
            Ok(())
        })
        .unwrap();
}

#[test]
fn random_histories_agree_with_the_model_on_sqlite() {
    explore(&[bank::sqlite()], 100);
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn random_histories_agree_with_the_model_on_both_databases() {
    explore(&[bank::sqlite(), bank::postgres()], 40);
}
