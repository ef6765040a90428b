//! A fictional city with everything in it: institutions, programmes, catalogues, learners, results. All of it goes
//! through the services that the API uses.
//!
//! A seed gives the same city every time, but for ids, secrets and the day it is made on: it ends with that day.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::ids::{ClientId, InstitutionId, LearnerId, ProgrammeId};
use crate::domain::institution::InstitutionKind;
use crate::domain::level::ProgrammeLevel;
use crate::domain::staff::StaffRole;
use crate::services::App;
use crate::services::error::{Error, Result};
use crate::services::scope::{Scope, Scopes};
use crate::store::error::StoreError;
use crate::store::{institution, learner};

mod awards;
mod calendar;
mod cases;
mod catalogue;
mod conversions;
mod courses;
mod facts;
mod holidays;
mod learners;
mod logins;
mod majors;
mod pathway;
mod people;
mod places;
#[cfg(test)]
mod plan_tests;
mod plans;
mod posting;
mod practice;
mod programmes;
mod random;
mod regulation;
mod results;
mod rules;
#[cfg(test)]
mod rules_tests;

use calendar::Calendar;
use pathway::{Accounts, Told};
use places::{AWARDING_BODY, Place};
use programmes::Offer;

/// Learners that get a log-in.
const LOGINS: u64 = 6;
/// First day of the bureau's rate of training hours, which is the bank's own default.
const TRAINING_HOURS: i64 = crate::services::training_rate::DEFAULT_HOURS_PER_CREDIT;
/// Most learners of a city: beyond it people would repeat.
pub const LEARNERS_MAX: u64 = people::PEOPLE_MAX;

/// What city is wished for.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Learners, up to [`LEARNERS_MAX`].
    pub learners: u64,
    /// The seed.
    pub seed: u64,
}

/// What is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Institutions with accreditations and clients.
    Institutions,
    /// Programmes with plans and courses.
    Programmes,
    /// The bureau's catalogues.
    Catalogue,
    /// Rule sets.
    Rules,
    /// Accounts; the unit is a learner.
    Accounts,
    /// Results; the unit is a learner.
    Results,
    /// Applications for conversion and the decisions on them.
    Conversions,
    /// Recognition cases and objections.
    Cases,
}

impl Stage {
    /// What it is, for the screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Institutions => "institutions 机构",
            Self::Programmes => "programmes 专业",
            Self::Catalogue => "catalogue 目录",
            Self::Rules => "rules 规则",
            Self::Accounts => "accounts 开户",
            Self::Results => "results 成果",
            Self::Conversions => "conversions 转换",
            Self::Cases => "cases 认定与异议",
        }
    }
}

/// The city as its runner is told of it: the line of `demo --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct City {
    /// Where it answers.
    pub base_url: String,
    /// The book that it is in.
    pub book_id: Uuid,
    /// One for each institution, then the second ones of those that publish rules.
    pub clients: Vec<CityClient>,
    /// The bureau's auditor: a client that sees the audit trail and nothing else.
    #[serde(default)]
    pub auditor: Option<CityClient>,
    /// Those with a log-in.
    pub learners: Vec<CityLearner>,
    /// Members of staff.
    pub staff: Vec<CityStaff>,
    /// All programmes.
    pub programmes: Vec<CityProgramme>,
    /// How much there is.
    pub counts: Counts,
}

/// How much a city holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Accounts.
    pub learners: u64,
    /// Results posted, further attempts and corrections included.
    pub achievements: u64,
}

/// A client and its institution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CityClient {
    /// The institution.
    pub institution_id: InstitutionId,
    /// What it is.
    pub institution_kind: InstitutionKind,
    /// Its name.
    pub name: String,
    /// The client.
    pub client_id: ClientId,
    /// Its secret.
    pub client_secret: String,
}

/// A learner with a log-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CityLearner {
    /// The account.
    pub id: LearnerId,
    /// Its number.
    pub account_no: String,
    /// The name.
    pub name: String,
    /// What to log in with: the account number.
    pub login: String,
    /// The password.
    pub password: String,
    /// A programme of the next level that the learner could enter or has entered.
    pub programme_id: Option<ProgrammeId>,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CityStaff {
    /// Log-in name.
    pub login: String,
    /// Password.
    pub password: String,
    /// What it may do.
    pub role: StaffRole,
    /// Where.
    pub institution_id: InstitutionId,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CityProgramme {
    /// Its id.
    pub id: ProgrammeId,
    /// Its school.
    pub institution_id: InstitutionId,
    /// Its level.
    pub level: ProgrammeLevel,
    /// Its major code.
    pub major_code: String,
    /// Its name.
    pub name: String,
}

/// What decides who the learners are and what they have achieved.
#[derive(Clone, Copy)]
struct Roll<'c> {
    offers: &'c [Offer],
    calendar: Calendar,
    seed: u64,
}

/// What stands before the first learner does.
struct Made<'c> {
    app: &'c App,
    places: &'c [Place],
    roll: Roll<'c>,
}

/// Whether a book has no institutions, so that a city can be made in it.
pub fn is_vacant(app: &App) -> Result<bool> {
    Ok(app.db.read(|conn| institution::list(conn, None, None, 1))?.is_empty())
}

/// Makes the city in a vacant book. `progress` is told stage, done and total as it goes on.
pub fn fill(app: &App, wish: &Wish, progress: &dyn Fn(Stage, u64, u64)) -> Result<City> {
    if wish.learners > LEARNERS_MAX {
        return Err(StoreError::broken(format!("a demo city has at most {LEARNERS_MAX} learners")).into());
    }
    let founded = |done: usize| progress(Stage::Institutions, done as u64, places::PLANS.len() as u64);
    let places = places::found(app, &founded)?;
    app.set_training_rate(places::since(), TRAINING_HOURS)?;
    holidays::enter(app, places[places::BUREAU].client_id)?;
    std::thread::scope(|scope| {
        // Hashing passwords takes a processor and hardly any of the database: it runs beside the rest.
        let staff = scope.spawn(|| logins::staff(app, &places));
        let city = fill_with(app, wish, &places, progress)?;
        let bureau = &places[places::BUREAU];
        let made = app.make_client(bureau.id, "审计", Some(Scopes::default().with(Scope::AuditRead)))?;
        let (client_id, client_secret) = (made.id, made.secret.to_string());
        let auditor =
            CityClient { name: format!("{}（审计）", bureau.name), client_id, client_secret, ..client(bureau) };
        Ok(City { staff: joined(staff)?, auditor: Some(auditor), ..city })
    })
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|_| Err(StoreError::broken("a thread of the demo panicked").into()))
}

/// Everything of the city but institutions and staff.
fn fill_with(app: &App, wish: &Wish, places: &[Place], progress: &dyn Fn(Stage, u64, u64)) -> Result<City> {
    let &Wish { learners: count, seed } = wish;
    let calendar = Calendar::new(app.clock.today());
    let told = |stage| move |done: usize, total: usize| progress(stage, done as u64, total as u64);
    let offers = programmes::offer(app, places, calendar, &told(Stage::Programmes))?;
    catalogue::publish(app, places[AWARDING_BODY].id, &told(Stage::Catalogue))?;
    let made = Made { app, places, roll: Roll { offers: &offers, calendar, seed } };
    made.regulate(progress)?;
    let ids = made.open(count, &|done| progress(Stage::Accounts, done, count))?;
    let told = made.roll.told()?;
    let accounts = made.open_told(&told)?;
    made.graduate(&told, accounts)?;
    let (learners, achievements) = std::thread::scope(|scope| {
        let learners = scope.spawn(|| with_login(&made, &ids, &told, accounts));
        let achievements = made.post(&ids, &|done| progress(Stage::Results, done, count))?;
        Ok::<_, Error>((joined(learners)?, achievements))
    })?;
    made.attest(&ids, &told, accounts)?;
    made.convert(&ids, &told, accounts, progress)?;
    made.bring_cases(&ids, progress)?;
    Ok(City {
        base_url: app.settings.base_url.clone(),
        book_id: app.book,
        clients: places.iter().map(client).chain(places.iter().filter_map(second_client)).collect(),
        auditor: None,
        learners,
        staff: Vec::new(),
        programmes: offers.iter().map(|offer| programme(places, offer)).collect(),
        counts: Counts { learners: count, achievements },
    })
}

/// Gives those who are told of one by one and the first of the others a log-in.
fn with_login(made: &Made<'_>, ids: &[Uuid], told: &Told<'_>, accounts: Accounts) -> Result<Vec<CityLearner>> {
    let walker = told.stages.last().map(|last| (accounts.walker.uuid(), last.number, Some(last.offer)));
    let open = (accounts.open.uuid(), told.open.number, Some(told.open.offer));
    let others = (0..LOGINS)
        .zip(ids)
        .map(|(number, id)| (*id, number, programmes::onward(made.roll.offers, made.roll.learner(number).offer)));
    let shown: Vec<_> = walker.into_iter().chain([open]).chain(others).collect();
    let all: Vec<Uuid> = shown.iter().map(|(id, ..)| *id).collect();
    let mut numbers = made.app.db.read(|conn| learner::account_nos(conn, &all))?;
    let one = |(id, number, offer): (Uuid, u64, Option<&Offer>)| {
        let account_no = numbers.remove(&id).ok_or_else(|| StoreError::broken("an account without a number"))?;
        Ok(CityLearner {
            id: LearnerId::from_uuid(id),
            login: account_no.clone(),
            account_no,
            name: people::name(made.roll.seed, number),
            password: logins::activate(made.app, LearnerId::from_uuid(id))?,
            programme_id: offer.map(|offer| offer.id),
        })
    };
    shown.into_iter().map(one).collect()
}

fn client(place: &Place) -> CityClient {
    CityClient {
        institution_id: place.id,
        institution_kind: place.kind,
        name: place.name.to_owned(),
        client_id: place.client_id,
        client_secret: place.client_secret.to_string(),
    }
}

/// The second client of an institution, if it has one; after all first ones in the list.
fn second_client(place: &Place) -> Option<CityClient> {
    let second = place.second.as_ref()?;
    Some(CityClient {
        name: format!("{}（审核）", place.name),
        client_id: second.actor.client,
        client_secret: second.secret.to_string(),
        ..client(place)
    })
}

fn programme(places: &[Place], offer: &Offer) -> CityProgramme {
    let (major_code, name) = offer.field().at(offer.level);
    CityProgramme {
        id: offer.id,
        institution_id: places[offer.place].id,
        level: offer.level,
        major_code: major_code.to_owned(),
        name: name.to_owned(),
    }
}

impl City {
    /// The first learner, and the client of the school where that one's programme is: what the examples on the screen use.
    pub fn example(&self) -> Option<(&CityLearner, &CityClient)> {
        let learner = self.learners.first()?;
        let programme = self.programmes.iter().find(|programme| Some(programme.id) == learner.programme_id)?;
        let client = self.clients.iter().find(|client| client.institution_id == programme.institution_id)?;
        Some((learner, client))
    }
}
