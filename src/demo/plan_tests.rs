//! The city's rules stand up to the checks, and give its learners plans; without a database.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::calendar::Calendar;
use super::catalogue;
use super::learners::Learner;
use super::places::{AWARDING_BODY, BUREAU, PLANS};
use super::results::{self, Draft};
use super::rules::{self, Planned};
use super::{Roll, programmes};
use crate::conversion::evaluate::evaluate;
use crate::conversion::input::{Evidence, Fact, LotView, PlanInput, TargetProgramme};
use crate::conversion::known::{Known, OpenProgramme};
use crate::conversion::plan::{ConversionPlan, UnusedReason};
use crate::conversion::policy::Procedure;
use crate::conversion::rule_set::RuleSetVersion;
use crate::conversion::validate::{Context, validate};
use crate::domain::catalogue::NewCatalogueEntry;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::ids::{InstitutionId, LearnerId};
use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;
use crate::domain::score::{Score, ScoreScale};
use crate::domain::time::parse_date;
use crate::domain::training::training_credits;

const DAY: &str = "2026-11-23";

fn today() -> NaiveDate {
    parse_date(DAY).expect("a date")
}

/// As [`rules::unregistered`] numbers them.
fn institution(place: usize) -> Uuid {
    Uuid::from_u128(1_000 + place as u128)
}

fn versions(planned: &[Planned]) -> Vec<RuleSetVersion> {
    let one = |(number, planned): (u128, &Planned)| RuleSetVersion {
        rule_set: Uuid::from_u128(10_000 + number),
        version: 1,
        institution: institution(planned.place),
        document: planned.document.clone(),
    };
    (1..).zip(planned).map(one).collect()
}

#[test]
fn every_rule_set_stands_up_to_the_checks() {
    let mut known = Known::default();
    for entry in catalogue::entries(InstitutionId::from_uuid(institution(AWARDING_BODY))) {
        known.add_entry(entry.kind.achievement_kind(), &entry.code, entry.level.as_deref());
    }
    known.institutions = (0..PLANS.len()).map(institution).collect();
    let offers = programmes::unregistered();
    let mut open = Vec::new();
    for offer in &offers {
        let major_code = offer.field().at(offer.level).0.to_owned();
        for course in &offer.courses {
            known.add_course(institution(offer.place), &course.code);
        }
        known.programmes.insert(offer.id.uuid());
        known.majors.insert(major_code.clone());
        let (programme, plan) = (offer.id.uuid(), offer.field().plan(offer.level, 2025));
        let institution = institution(offer.place);
        open.push(OpenProgramme { programme, institution, level: offer.level, major_code, plan });
    }
    let planned = rules::unregistered();
    let city = &versions(&planned)[..1];
    for one in &planned {
        let own = |programme: &&OpenProgramme| one.place == BUREAU || programme.institution == institution(one.place);
        let programmes: Vec<OpenProgramme> = open.iter().filter(own).cloned().collect();
        let outer = if one.place == BUREAU { &[][..] } else { city };
        let context = Context { known: Some(&known), outer, programmes: &programmes };
        let faults = validate(&one.document, &context).err().unwrap_or_default();
        let told: Vec<String> =
            faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.what.message_en())).collect();
        assert!(told.is_empty(), "{}: {told:#?}", one.document.name);
    }
}

/// What the book would say of a result.
fn evidence(number: u128, draft: &Draft, learner: &Learner<'_>, entries: &[NewCatalogueEntry]) -> Evidence {
    let post = &draft.post;
    let (code, level, name) = match post.kind {
        AchievementKind::Course => {
            let course = post.course.as_ref().expect("a course");
            (Some(course.code.clone()), None, Some(course.name.clone()))
        }
        AchievementKind::SkillCertificate => {
            let own = post.skill_certificate.as_ref().expect("a certificate");
            (Some(own.code.clone()), Some(own.level.to_string()), None)
        }
        AchievementKind::SkillLevel => {
            let own = post.skill_level.as_ref().expect("a certificate");
            (Some(own.occupation_code.clone()), Some(own.level.to_string()), None)
        }
        AchievementKind::Examination => (post.examination.as_ref().map(|own| own.code.clone()), None, None),
        AchievementKind::Qualification => (post.qualification.as_ref().map(|own| own.code.clone()), None, None),
        AchievementKind::Competition => {
            let own = post.competition.as_ref().expect("a prize");
            (Some(own.catalogue_code.clone()), Some(own.prize.to_string()), None)
        }
        AchievementKind::Experience => (post.experience.as_ref().map(|own| own.type_.to_string()), None, None),
        AchievementKind::Training => (None, None, post.training.as_ref().map(|own| own.title.clone())),
        AchievementKind::Diploma => (None, None, None),
    };
    let entry = entries.iter().find(|entry| {
        entry.kind.achievement_kind() == post.kind && Some(&entry.code) == code.as_ref() && entry.level == level
    });
    let planned = learner.offer.courses.iter().find(|course| Some(&course.code) == code.as_ref());
    let hours = post.training.as_ref().map(|own| own.hours).or(post.experience.as_ref().and_then(|own| own.hours));
    let credits = match (entry, planned, post.training.as_ref()) {
        (Some(entry), ..) => entry.credits,
        (_, Some(course), _) => course.credits,
        (_, _, Some(training)) => training_credits(training.hours, 45, 16),
        _ => CreditAmount::ZERO,
    };
    let points = post.examination.as_ref().and_then(|own| own.score.clone());
    let points = points.map(|value| Score { scale: ScoreScale::ExamPoints, value, passed: None });
    Evidence {
        id: Uuid::from_u128(number),
        kind: post.kind,
        code,
        name,
        level,
        tier: entry.and_then(|entry| entry.tier),
        team_rank: post.competition.as_ref().and_then(|own| own.team_rank),
        team_size: post.competition.as_ref().and_then(|own| own.team_size),
        family: entry.and_then(|entry| entry.family.clone()),
        tags: entry.map(|entry| entry.tags.iter().cloned().collect()).unwrap_or_default(),
        issuer: institution(draft.place),
        issuer_kind: places_kind(draft.place),
        credits,
        credit_type: post.kind.credit_type().unwrap_or(CreditType::Higher),
        score: post.score.clone().or(points),
        hours,
        practice_hours: None,
        delivery: post.delivery,
        completed_on: post.completed_on,
        issued_on: post.issued_on,
        valid_until: post.valid_until,
        enrolment: None,
        required: None,
        classes: Default::default(),
        redeemed_for: None,
        hypothetical: false,
    }
}

fn places_kind(place: usize) -> crate::domain::institution::InstitutionKind {
    PLANS[place].kind()
}

/// The plan of a learner with these results for a programme; `own` is whether the learner is enrolled in it.
fn plan(
    learner: &Learner<'_>,
    drafts: &[Draft],
    offer: &programmes::Offer,
    facts: &[&str],
    own: bool,
) -> ConversionPlan {
    let entries = catalogue::entries(InstitutionId::from_uuid(institution(AWARDING_BODY)));
    let evidence: Vec<Evidence> =
        (1..).zip(drafts).map(|(number, draft)| evidence(number, draft, learner, &entries)).collect();
    let lot = |entry: &Evidence| LotView {
        lot: entry.id,
        achievement: entry.id,
        available: entry.credits,
        credit_type: entry.credit_type,
        redeemed: CreditAmount::ZERO,
        counts_in: std::collections::BTreeSet::new(),
    };
    let fact = |(number, fact): (u128, &&str)| Fact {
        id: Uuid::from_u128(100_000 + number),
        fact: (*fact).to_owned(),
        number: (*fact == "age_reached").then_some(43),
        from: parse_date("2020-01-01").expect("a date"),
        to: None,
    };
    let planned = rules::unregistered();
    let holds = |version: &RuleSetVersion| version.document.programmes.contains(&offer.id.uuid());
    let (plan, term) = (offer.field().plan(offer.level, 2025), "2026-2027-1".parse().expect("a term"));
    let done = drafts.iter().filter(|_| own).filter_map(|draft| draft.post.course.as_ref());
    evaluate(&PlanInput {
        on: today(),
        programme: TargetProgramme {
            enrolment: own.then(|| Uuid::from_u128(5_000)),
            programme: offer.id.uuid(),
            institution: institution(offer.place),
            level: offer.level,
            major_code: offer.field().at(offer.level).0.to_owned(),
            cohort: 2025,
            term_courses: plan.courses_of_term(term),
            plan,
            registered_on: own.then(|| parse_date("2025-09-01").expect("a date")),
            term_start: parse_date("2026-09-07").ok(),
            term: Some(term),
            done: done.map(|course| course.code.clone()).collect(),
            counted: BTreeMap::new(),
        },
        lots: evidence.iter().filter(|entry| entry.credits > CreditAmount::ZERO).map(lot).collect(),
        evidence,
        facts: (1..).zip(facts).map(fact).collect(),
        uses: Vec::new(),
        examined: BTreeMap::new(),
        rule_sets: versions(&planned).into_iter().filter(holds).collect(),
    })
}

fn told(plan: &ConversionPlan) -> Vec<(&str, String)> {
    plan.lines.iter().map(|line| (line.rule.code.as_str(), line.grants.credits.to_string())).collect()
}

fn both_ways(plan: &ConversionPlan) {
    let automatic = plan.lines.iter().filter(|line| line.procedure == Procedure::Automatic).count();
    assert!(automatic > 0 && automatic < plan.lines.len(), "{:?}; {:?}", told(plan), plan.unused);
    assert!(plan.optimal);
}

#[test]
fn learners_with_a_log_in_have_plans() {
    let offers = programmes::unregistered();
    let roll = Roll { offers: &offers, calendar: Calendar::new(today()), seed: 410_299 };
    for number in 0..super::LOGINS {
        let learner = roll.learner(number);
        let next = programmes::onward(&offers, learner.offer).unwrap_or(learner.offer);
        let results = results::of(roll, number, LearnerId::from_uuid(Uuid::from_u128(1))).first;
        let plan = plan(&learner, &results, next, &[], false);
        assert!(!plan.lines.is_empty(), "{number}: {:?}", plan.unused);
    }
}

#[test]
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path is not general enough over the story's lifetime"
)]
fn the_walker_and_the_open_learner_see_most_of_the_rules() {
    let offers = programmes::unregistered();
    let roll = Roll { offers: &offers, calendar: Calendar::new(today()), seed: 410_299 };
    let people = roll.told().expect("the pathway");
    let id = LearnerId::from_uuid(Uuid::from_u128(1));
    let last = people.stages.last().expect("stages");
    let results = roll.tell(last, id, |story| story.at_the_university()).first;
    let walkers = plan(last, &results, last.offer, &[], true);
    both_ways(&walkers);
    let codes: Vec<&str> = told(&walkers).into_iter().map(|(code, _)| code).collect();
    for code in ["KF-X-003", "KF-E-001", "KF-T-001", "KF-C-001"] {
        assert!(codes.contains(&code), "{codes:?}; {:?}", walkers.unused);
    }
    let results = roll.tell(&people.open, id, |story| story.in_the_middle_of_life()).first;
    let open = plan(&people.open, &results, people.open.offer, &["age_reached"], true);
    both_ways(&open);
    let codes: Vec<&str> = told(&open).into_iter().map(|(code, _)| code).collect();
    for code in ["KD-A-001", "KD-T-001", "KD-H-001"] {
        assert!(codes.contains(&code), "{codes:?}; {:?}", open.unused);
    }
    let drawn = open.lines.iter().find(|line| line.rule.code == "KD-T-001").expect("asserted");
    assert!(!drawn.draws.is_empty());
    let reasons: Vec<UnusedReason> = open.unused.iter().map(|unused| unused.reason).collect();
    assert!(reasons.contains(&UnusedReason::Window), "{reasons:?}");
    assert_eq!(last.offer.level, ProgrammeLevel::Undergraduate);
}
