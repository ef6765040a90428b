//! What the benchmark knows of a demo city: its schools, their learners and courses, and which pairs are still to be posted.
use std::collections::HashMap;
use std::fmt::Write;
use std::net::SocketAddr;

use base64::Engine;
use chrono::{Datelike, FixedOffset, NaiveDate};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Result;
use crate::server::{Client, Ready};
use crate::wire::{Connection, Request};

/// Kinds of institution that post course results.
const SCHOOLS: &[&str] =
    &["secondary_school", "technician_college", "higher_vocational_college", "university", "open_university"];

/// Credits of every course made here.
const CREDITS: &str = "2";

/// Chance without a crate: xorshift64*, seeded the same for every run so that runs can be repeated.
pub struct Random(u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`, which is small: the slight unevenness does not matter here.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit
    }
}

/// A school with its token, its learners and its courses.
pub struct School {
    basic: String,
    pub token: String,
    name: String,
    learners: Vec<Uuid>,
    courses: Vec<String>,
    /// Order in which the learners get the present course.
    order: Vec<u32>,
    next: usize,
    course: usize,
}

/// A demo city, seen through its API.
pub struct City {
    pub address: SocketAddr,
    pub schools: Vec<School>,
    random: Random,
    completed_on: NaiveDate,
    term: String,
}

/// Names the present term, e.g. 2025-2026-1: autumn runs from August to January.
fn term(date: NaiveDate) -> String {
    let (year, month) = (date.year(), date.month());
    let (from, half) = match month {
        8..=12 => (year, 1),
        1 => (year - 1, 1),
        _ => (year - 1, 2),
    };
    format!("{from}-{}-{half}", from + 1)
}

impl City {
    /// Gets to know the city: tokens and learners of all its schools.
    #[allow(clippy::disallowed_methods)] // results are posted as of yesterday, whatever day it is
    pub async fn meet(address: SocketAddr, ready: &Ready) -> Result<Self> {
        let beijing = FixedOffset::east_opt(8 * 3600).ok_or("no such offset")?;
        let today = chrono::Utc::now().with_timezone(&beijing).date_naive();
        let completed_on = today.pred_opt().ok_or("no yesterday")?;
        let term = term(completed_on);
        let mut city = City { address, schools: Vec::new(), random: Random(0x9e37_79b9_7f4a_7c15), completed_on, term };
        for client in ready.clients.iter().filter(|client| SCHOOLS.contains(&client.institution_kind.as_str())) {
            let mut school = School::of(client);
            school.renew(address).await?;
            school.learners = learners(address, &school.token).await?;
            if !school.learners.is_empty() {
                city.schools.push(school);
            }
        }
        if city.schools.is_empty() {
            return Err("no school of the demo city has learners".into());
        }
        Ok(city)
    }

    /// Learners of all schools; one who attends two counts twice.
    pub fn size(&self) -> usize {
        self.schools.iter().map(|school| school.learners.len()).sum()
    }

    /// Fresh tokens, and courses enough for `posts` more posts. A token outlives the longest run.
    pub async fn prepare(&mut self, posts: usize) -> Result<()> {
        let rounds = posts.div_ceil(self.size()) + 1;
        let address = self.address;
        for school in &mut self.schools {
            school.renew(address).await?;
            school.provide(address, school.course + 1 + rounds).await?;
        }
        Ok(())
    }

    /// Draws a school, each as often as its number of learners demands, and one of its learners.
    pub fn anyone(&mut self) -> (usize, Uuid) {
        let mut place = self.random.below(self.size());
        let mut school = 0;
        while place >= self.schools[school].learners.len() {
            place -= self.schools[school].learners.len();
            school += 1;
        }
        (school, self.schools[school].learners[place])
    }

    /// Writes the next post of `school` to `body`; false when its courses are used up.
    pub fn write_post(&mut self, school: usize, body: &mut String) -> bool {
        let City { schools, random, completed_on, term, .. } = self;
        let Some((number, learner, course)) = schools[school].pair(random) else {
            return false;
        };
        let score = 60 + random.below(41);
        // Writing to a string cannot fail.
        let _ = write!(
            body,
            "{{\"learner\":{{\"id\":\"{learner}\"}},\"external_ref\":\"{term}/{course}/{number:07}\",\"kind\":\"course\",\
             \"course\":{{\"code\":\"{course}\",\"name\":\"压测课程\"}},\"term\":\"{term}\",\"attempt\":\"first\",\"credits\":\"{CREDITS}\",\
             \"score\":{{\"scale\":\"percentage\",\"value\":\"{score}\"}},\"completed_on\":\"{completed_on}\"}}"
        );
        true
    }

    /// A fresh idempotency key.
    pub fn key(&mut self, into: &mut String) {
        into.clear();
        let _ = write!(into, "{}", Uuid::from_u64_pair(self.random.next(), self.random.next()));
    }
}

impl School {
    fn of(client: &Client) -> Self {
        let pair = format!("{}:{}", client.client_id, client.client_secret);
        School {
            basic: base64::engine::general_purpose::STANDARD.encode(pair),
            token: String::new(),
            name: client.name.clone(),
            learners: Vec::new(),
            courses: Vec::new(),
            order: Vec::new(),
            next: 0,
            course: 0,
        }
    }

    async fn renew(&mut self, address: SocketAddr) -> Result<()> {
        let mut request = Request::default();
        let bytes = request.form("/oauth/token", &self.basic, "grant_type=client_credentials");
        let answer = call(&mut Connection::open(address).await?, bytes, &[200]).await?;
        self.token = answer["access_token"].as_str().ok_or("no access_token")?.to_owned();
        Ok(())
    }

    /// Makes courses until the school has `wanted`.
    async fn provide(&mut self, address: SocketAddr, wanted: usize) -> Result<()> {
        let mut connection = Connection::open(address).await?;
        let mut request = Request::default();
        while self.courses.len() < wanted {
            let number = self.courses.len() + 1;
            let code = format!("LOAD{number:04}");
            let body = json!({
                "code": code, "name": format!("压测课程{number}"), "credits": CREDITS, "hours": 32, "from_cohort": 2010,
            });
            let bytes = request.post("/api/v1/courses", &self.token, &format!("load-course-{code}"), &body.to_string());
            call(&mut connection, bytes, &[201]).await.map_err(|error| format!("{}: {error}", self.name))?;
            self.courses.push(code);
        }
        Ok(())
    }

    /// The next learner, in random order, with a course that this learner has not had.
    fn pair(&mut self, random: &mut Random) -> Option<(u32, Uuid, &str)> {
        if self.next == self.order.len() {
            if self.order.is_empty() {
                self.order = (0..self.learners.len()).filter_map(|n| u32::try_from(n).ok()).collect();
            } else {
                self.course += 1;
            }
            for place in (1..self.order.len()).rev() {
                self.order.swap(place, random.below(place + 1));
            }
            self.next = 0;
        }
        let course = self.courses.get(self.course)?;
        let number = self.order[self.next];
        self.next += 1;
        Some((number, self.learners[number as usize], course))
    }
}

/// All learners of the token's school, page by page.
async fn learners(address: SocketAddr, token: &str) -> Result<Vec<Uuid>> {
    let mut connection = Connection::open(address).await?;
    let mut request = Request::default();
    let mut seen: HashMap<Uuid, ()> = HashMap::new();
    let mut learners = Vec::new();
    let mut page = "/api/v1/learners?limit=200".to_owned();
    loop {
        let answer = call(&mut connection, request.get(&page, token), &[200]).await?;
        for item in answer["items"].as_array().ok_or("a page without items")? {
            let id: Uuid = item["id"].as_str().ok_or("a learner without id")?.parse()?;
            if seen.insert(id, ()).is_none() {
                learners.push(id);
            }
        }
        match answer["next"].as_str() {
            Some(next) => next.clone_into(&mut page),
            None => return Ok(learners),
        }
    }
}

/// One call whose answer is JSON and must have one of the given statuses.
async fn call(connection: &mut Connection, request: &[u8], statuses: &[u16]) -> Result<Value> {
    let response = connection.exchange(request).await?;
    let body = connection.body(response);
    if !statuses.contains(&response.status) {
        let line = request.split(|&byte| byte == b'\r').next().unwrap_or_default();
        let (line, body) = (String::from_utf8_lossy(line), String::from_utf8_lossy(body));
        return Err(format!("{line}: {} {body}", response.status).into());
    }
    Ok(serde_json::from_slice(body)?)
}
