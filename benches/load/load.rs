//! Keeps a number of connections busy for a while and notes how long each request took.
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::task::spawn_local;

use crate::Result;
use crate::args::Workload;
use crate::city::City;
use crate::wire::{Connection, Request, Response};

/// Achievements in one batch.
pub const BATCH: usize = 1000;

/// Failures after which a run is given up: more only repeat the first.
const FAILURE_LIMIT: u64 = 200;

/// Failures that are printed.
const SHOWN: usize = 3;

/// What one run gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Requests answered as they should be.
    pub requests: u64,
    /// Achievements posted, or reads answered.
    pub units: u64,
    /// Requests or batch items answered otherwise.
    pub failures: u64,
    /// The first of them.
    pub shown: Vec<String>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Time of each request, microseconds, sorted.
    pub times: Vec<u32>,
    /// The courses did not last: the run ended early.
    pub exhausted: bool,
}

impl Outcome {
    /// Units per second.
    pub fn per_second(&self) -> f64 {
        self.units as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The time that this share (of a thousand) of the requests did not pass, microseconds.
    pub fn time_at(&self, thousandth: usize) -> u64 {
        let place = (self.times.len() * thousandth / 1000).min(self.times.len().saturating_sub(1));
        self.times.get(place).copied().map_or(0, u64::from)
    }

    fn fail(&mut self, count: u64, what: impl FnOnce() -> String) {
        self.failures += count;
        if self.shown.len() < SHOWN {
            self.shown.push(what());
        }
    }
}

/// A batch's answer, as far as it is counted.
#[derive(Deserialize)]
struct Counted {
    accepted: u64,
    rejected: u64,
}

type Shared<T> = Rc<RefCell<T>>;

/// Runs `workload` against the city for `lasts`.
pub async fn run(city: &Shared<City>, workload: Workload, lasts: Duration) -> Result<Outcome> {
    let address = city.borrow().address;
    let outcome: Shared<Outcome> = Rc::default();
    let mut connections = Vec::new();
    for _ in 0..workload.connections() {
        connections.push(Connection::open(address).await?);
    }
    let began = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|connection| spawn_local(keep_busy(connection, city.clone(), outcome.clone(), workload, began + lasts)))
        .collect();
    for task in tasks {
        task.await?;
    }
    let mut outcome = outcome.take();
    outcome.elapsed = began.elapsed();
    outcome.times.sort_unstable();
    Ok(outcome)
}

async fn keep_busy(
    mut connection: Connection,
    city: Shared<City>,
    outcome: Shared<Outcome>,
    workload: Workload,
    until: Instant,
) {
    let (mut request, mut body, mut key) = (Request::default(), String::new(), String::new());
    while Instant::now() < until && outcome.borrow().failures < FAILURE_LIMIT {
        let bytes = {
            let mut city = city.borrow_mut();
            let (school, learner) = city.anyone();
            body.clear();
            let written = match workload {
                Workload::Single => city.write_post(school, &mut body),
                Workload::Batch => write_batch(&mut city, school, &mut body),
                Workload::Balance | Workload::Statement | Workload::Pgbench => true,
            };
            if !written {
                outcome.borrow_mut().exhausted = true;
                return;
            }
            city.key(&mut key);
            let token = &city.schools[school].token;
            match workload {
                Workload::Single => request.post("/api/v1/achievements", token, &key, &body),
                Workload::Batch => request.post("/api/v1/achievements/batch", token, &key, &body),
                Workload::Statement => request.get(&format!("/api/v1/learners/{learner}/statement?limit=50"), token),
                Workload::Balance | Workload::Pgbench => {
                    request.get(&format!("/api/v1/learners/{learner}/balances"), token)
                }
            }
        };
        let began = Instant::now();
        match connection.exchange(bytes).await {
            Ok(response) => {
                let took = u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX);
                note(&mut outcome.borrow_mut(), workload, response, connection.body(response), took);
            }
            Err(error) => {
                outcome.borrow_mut().fail(1, || format!("connection: {error}"));
                tokio::time::sleep(Duration::from_millis(100)).await;
                let address = city.borrow().address;
                match Connection::open(address).await {
                    Ok(opened) => connection = opened,
                    Err(_) => return,
                }
            }
        }
    }
}

fn write_batch(city: &mut City, school: usize, body: &mut String) -> bool {
    body.push_str("{\"atomic\":false,\"on_change\":\"refuse\",\"items\":[");
    for item in 0..BATCH {
        if item > 0 {
            body.push(',');
        }
        if !city.write_post(school, body) {
            return false;
        }
    }
    body.push_str("]}");
    true
}

fn note(outcome: &mut Outcome, workload: Workload, response: Response, body: &[u8], took: u32) {
    let told = || format!("{} {}", response.status, String::from_utf8_lossy(&body[..body.len().min(400)]));
    let (units, refused) = match (workload, response.status) {
        (Workload::Single, 201) | (Workload::Balance | Workload::Statement | Workload::Pgbench, 200) => (1, 0),
        (Workload::Batch, 200) => match serde_json::from_slice::<Counted>(body) {
            Ok(counted) => (counted.accepted, counted.rejected),
            Err(_) => (0, 1),
        },
        _ => (0, 1),
    };
    if refused > 0 {
        outcome.fail(refused, || match first_problem(body) {
            Some(problem) => problem,
            None => told(),
        });
    }
    if units > 0 {
        outcome.requests += 1;
        outcome.units += units;
        outcome.times.push(took);
    }
}

/// The first refused item of a batch's answer.
fn first_problem(body: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let item = answer["results"].as_array()?.iter().find(|item| item["problem"].is_object())?;
    Some(item.to_string())
}
