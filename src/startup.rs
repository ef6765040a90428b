//! Putting the service together and serving it.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App as Actix, HttpServer};
use uuid::Uuid;

use crate::crypto::keys::KeyRing;
use crate::domain::time::Instant;
use crate::http::middleware::envelope;
use crate::ports::{Clock, IdSource, SystemClock, SystemIds};
use crate::services::audit::Trail;
use crate::services::care::carefully;
use crate::services::guesses::Guesses;
use crate::services::in_flight::InFlight;
use crate::services::opening::Openings;
use crate::services::posting::Posting;
use crate::services::rate_limit::RateLimits;
use crate::services::tokens::Tokens;
use crate::services::{App, Settings};
use crate::store::committer::Committer;
use crate::store::conn::DatabaseUrl;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::{book, migrations, reading, signing_key};
use crate::{api, web as pages};

/// Connections the service takes at once: beyond it new ones wait in the listener's queue.
const MAX_CONNECTIONS: usize = 4096;
/// How long a head may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Seconds that requests in flight have to finish on shutdown.
const SHUTDOWN_SECONDS: u64 = 10;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The schema is behind this build.
    #[error("the database schema is behind this build: run `xuefen migrate` as its owner first")]
    SchemaBehind,
    /// The keys do not fit the database.
    #[error("the master key does not open the signing keys of this database")]
    WrongMasterKey,
    /// The network.
    #[error("{0}")]
    Network(#[from] std::io::Error),
}

/// Builds the application on a database whose schema is up to date.
pub fn application(url: &DatabaseUrl, keys: KeyRing, settings: Settings) -> Result<App, StartupError> {
    application_with(url, keys, settings, Arc::new(SystemClock))
}

/// [`application`] with a clock of the caller's.
pub fn application_with(
    url: &DatabaseUrl,
    keys: KeyRing,
    settings: Settings,
    clock: Arc<dyn Clock>,
) -> Result<App, StartupError> {
    if migrations::pending(url)? {
        return Err(StartupError::SchemaBehind);
    }
    let keys = Arc::new(keys);
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let db = Db::new(url.clone());
    let now = clock.now();
    let book = found_book(&db, ids.as_ref(), now)?;
    let stored = db.write(|conn| signing_key::ensure(conn, &keys, ids.as_ref(), now))?;
    if stored.iter().any(|key| key.open(&keys).is_err()) {
        return Err(StartupError::WrongMasterKey);
    }
    let openings = Openings { keys: Arc::clone(&keys), ids: Arc::clone(&ids) };
    let posting = Posting { book, keys: Arc::clone(&keys), clock: Arc::clone(&clock), ids: Arc::clone(&ids), openings };
    let committer = Committer::start(db.clone(), posting);
    let trail = Trail::new(ids.id());
    Ok(App {
        db,
        keys,
        clock,
        ids,
        book,
        tokens: Tokens::default(),
        committer,
        in_flight: InFlight::default(),
        limits: RateLimits::default(),
        guesses: Guesses::default(),
        trail,
        settings,
    })
}

/// The identity of the book, given now where there is none. On PostgreSQL the owner does it after migrating: the serving
/// role cannot.
pub fn found_book(db: &Db, ids: &dyn IdSource, now: Instant) -> Result<Uuid, StartupError> {
    Ok(match db.read(reading::book_id)? {
        Some(book) => book,
        None => db.write(|conn| book::found(conn, ids.id(), now))?,
    })
}

/// How often what has run out is forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(3600);

/// How long the posting of expired credits rests between two learners: results that schools post come first.
const EXPIRY_REST: Duration = Duration::from_millis(5);

/// Forgets what has run out, posts credits that have expired and brings on what only waits for time, now and every hour, for as
/// long as the process lives.
fn keep_house(app: Data<App>) -> std::io::Result<()> {
    let tidy = move || {
        loop {
            carefully("housekeeping", || app.forget_what_ran_out());
            carefully("letting evidence files go", || app.forget_waiting_files());
            carefully("ending public notices", || app.end_notices());
            carefully("posting expired credits", || app.post_expiry(&|| std::thread::sleep(EXPIRY_REST)));
            std::thread::sleep(HOUSEKEEPING);
        }
    };
    std::thread::Builder::new().name("housekeeping".into()).spawn(tidy).map(drop)
}

/// How long the jobs wait when there is nothing to do.
const JOBS_REST: Duration = Duration::from_secs(1);

/// Takes the steps of jobs, one after another, for as long as the process lives. Jobs of a process that died go on here.
fn work_off_jobs(app: Data<App>) -> std::io::Result<()> {
    let work = move || {
        loop {
            if carefully("a step of an audit", || app.advance_audits()) != Some(true) {
                std::thread::sleep(JOBS_REST);
            }
        }
    };
    std::thread::Builder::new().name("audits".into()).spawn(work).map(drop)
}

/// How long the worker waits before it looks for a job again.
const JOBS_EVERY: Duration = Duration::from_millis(500);
/// How long it waits after something went wrong.
const JOBS_AFTER_FAULT: Duration = Duration::from_secs(3);

/// Works jobs, one after the other, until the service is `ending`: another process then takes the job up at once. Several
/// processes share what is queued.
fn work_jobs(app: Data<App>, ending: Arc<AtomicBool>) -> std::io::Result<JoinHandle<()>> {
    let work = move || {
        let stop = || ending.load(Ordering::Relaxed);
        while !stop() {
            match carefully("a job", || app.work(&stop)) {
                Some(true) => {}
                // Parked, not asleep: the end of the service wakes it.
                Some(false) => std::thread::park_timeout(JOBS_EVERY),
                None => std::thread::park_timeout(JOBS_AFTER_FAULT),
            }
        }
    };
    std::thread::Builder::new().name("jobs".into()).spawn(work)
}

/// How often what was committed is linked into the audit trail, and noted refusals are written.
const SEAL: Duration = Duration::from_secs(1);
/// Turns of [`SEAL`] between two checkpoints: one minute.
const CHECKPOINT_TURNS: u64 = 60;
/// Turns of [`SEAL`] between two looks for what other processes left unlinked: five minutes. And once soon after the start,
/// when what the process before this one left has come of age.
const ADOPT_TURNS: u64 = 300;
const ADOPT_FIRST: u64 = 15;

/// Links the audit trail for as long as the process lives.
fn seal_audit(app: Data<App>) -> std::io::Result<()> {
    let work = move || {
        for turn in 0_u64.. {
            if carefully("linking the audit trail", || app.seal_audit()).is_none() {
                std::thread::sleep(JOBS_AFTER_FAULT);
            }
            if turn % ADOPT_TURNS == 0 || turn == ADOPT_FIRST {
                carefully("linking what was left of the audit trail", || app.adopt_audit());
            }
            if turn % CHECKPOINT_TURNS == 0 {
                carefully("a checkpoint of the audit trail", || app.checkpoint_audit());
            }
            std::thread::sleep(SEAL);
        }
    };
    std::thread::Builder::new().name("audit".into()).spawn(work).map(drop)
}

/// Serves until a signal ends it. `ready` is called once, when the listener accepts.
pub fn serve(app: App, listener: TcpListener, ready: impl FnOnce()) -> Result<(), StartupError> {
    let app = Data::new(app);
    keep_house(Data::clone(&app))?;
    let ending = Arc::new(AtomicBool::new(false));
    let jobs = work_jobs(Data::clone(&app), Arc::clone(&ending))?;
    work_off_jobs(Data::clone(&app))?;
    seal_audit(Data::clone(&app))?;
    let operations = Data::new(api::operations());
    let trail = Data::clone(&app);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            Actix::new()
                .app_data(Data::clone(&app))
                .app_data(Data::clone(&operations))
                .wrap(from_fn(envelope))
                .configure(api::routes)
                .configure(pages::routes)
        })
        .max_connections(MAX_CONNECTIONS)
        .client_request_timeout(HEAD_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .listen(listener)?
        .run();
        ready();
        server.await
    })?;
    ending.store(true, Ordering::Relaxed);
    // One step of a job at most, which is short.
    jobs.thread().unpark();
    let _ = jobs.join();
    carefully("ending the audit trail", || trail.close_audit());
    Ok(())
}
