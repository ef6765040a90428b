//! The order of things: start everything, then the runs interleaved, so that a slow minute of the disk hits all alike.
use std::path::Path;
use std::time::Duration;

use crate::Result;
use crate::args::{Args, Database, Workload};
use crate::cluster::Cluster;
use crate::cost::{Meter, per_post};
use crate::flush;
use crate::load;
use crate::pgbench;
use crate::place::Place;
use crate::report::{Report, Row, machine};

/// Posts per second for which courses are made ready before a run; above it the run would end early.
fn most_per_second(workload: Workload) -> usize {
    match workload {
        Workload::Single => 40_000,
        Workload::Batch => 80_000,
        Workload::Balance | Workload::Statement | Workload::Pgbench => 0,
    }
}

/// Runs everything; true when no request failed.
pub async fn execute(args: &Args) -> Result<bool> {
    let parent = args.dir.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("xuefen-load.").tempdir_in(parent)?;
    open_for_all(folder.path())?;
    println!("{}; everything is in {}", machine(), folder.path().display());

    let with_postgres = args.databases.contains(&Database::Postgres) || args.wants(Workload::Pgbench);
    let cluster = if with_postgres { Some(Cluster::start(&folder.path().join("postgres"))?) } else { None };
    if let Some(cluster) = &cluster
        && args.wants(Workload::Pgbench)
    {
        println!("filling pgbench, scale {}", args.scale);
        pgbench::prepare(cluster, args.scale)?;
    }
    let mut places = Vec::new();
    if args.only != [Workload::Pgbench] {
        for &learners in &args.learners {
            for &database in &args.databases {
                places.push(Place::found(folder.path(), cluster.as_ref(), database, learners).await?);
            }
        }
    }

    let mut report = Report { machine: machine(), ..Report::default() };
    let mut bench = Bench { args, folder: folder.path(), cluster: cluster.as_ref(), report: &mut report };
    bench.settle().await;
    println!("{}", Row::heads());
    for round in 1..=args.rounds {
        bench.round(round, &places).await?;
    }
    report.judge();
    report.print();
    if let Some(file) = &args.json {
        report.save(file)?;
    }
    let mut clean = report.clean();
    if args.verify {
        for place in &places {
            clean &= place.verify(cluster.as_ref())?;
        }
    }
    Ok(clean)
}

/// The database's account must be able to pass through the folder.
fn open_for_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?;
    Ok(())
}

struct Bench<'a> {
    args: &'a Args,
    folder: &'a Path,
    cluster: Option<&'a Cluster>,
    report: &'a mut Report,
}

impl Bench<'_> {
    async fn round(&mut self, round: usize, places: &[Place]) -> Result<()> {
        let mut pgbench = pgbench::CLIENTS.iter().copied().cycle();
        for workload in [Workload::Single, Workload::Batch, Workload::Balance, Workload::Statement] {
            if workload == Workload::Single && places.is_empty() {
                break;
            }
            if !self.args.wants(workload) {
                continue;
            }
            // pgbench stands among the single posts it is compared with: one run after each pair.
            let mut since = 0;
            for place in places {
                self.place(round, workload, place).await?;
                since += 1;
                if workload == Workload::Single && since == self.args.databases.len() {
                    since = 0;
                    if let Some(clients) = pgbench.next() {
                        self.pgbench(round, clients).await?;
                    }
                }
            }
        }
        let done = if self.args.wants(Workload::Single) && !places.is_empty() { self.args.learners.len() } else { 0 };
        for &clients in pgbench::CLIENTS.iter().skip(done) {
            self.pgbench(round, clients).await?;
        }
        Ok(())
    }

    /// One run against one server.
    // One thread, and nobody else touches the city while it is prepared.
    #[allow(clippy::await_holding_refcell_ref)]
    async fn place(&mut self, round: usize, workload: Workload, place: &Place) -> Result<()> {
        let seconds = self.args.seconds;
        let posts = most_per_second(workload) * usize::try_from(seconds)?;
        place.city.borrow_mut().prepare(posts).await?;
        let flush = flush::probe(self.folder)?;
        let postgres = self.cluster.zip(place.in_cluster.as_deref());
        let sqlite = (place.database == Database::Sqlite).then_some(place.server.data.as_path());
        let meter = Meter { folder: self.folder, server: Some(place.server.pid), sqlite, postgres };
        let totals = if workload.writes() { meter.totals()? } else { Default::default() };
        let counters = meter.counters();
        let outcome = load::run(&place.city, workload, Duration::from_secs(seconds)).await?;
        let counters = (counters, meter.counters());
        let cost = if workload.writes() {
            if postgres.is_some() {
                self.settle().await;
            }
            Some(per_post(outcome.units, counters, (totals, meter.totals()?)))
        } else {
            None
        };
        for shown in &outcome.shown {
            println!("  failed: {shown}");
        }
        if outcome.exhausted {
            println!("  the courses were used up: this run ended early");
        }
        self.add(Row {
            round,
            workload: workload.name(),
            database: place.database.name(),
            learners: place.learners,
            connections: workload.connections(),
            seconds: outcome.elapsed.as_secs_f64(),
            requests: outcome.requests,
            per_second: outcome.per_second(),
            p50_us: outcome.time_at(500),
            p99_us: Some(outcome.time_at(990)),
            max_us: Some(outcome.time_at(1000)),
            failures: outcome.failures + u64::from(outcome.exhausted),
            flush,
            cost,
        });
        Ok(())
    }

    async fn pgbench(&mut self, round: usize, clients: usize) -> Result<()> {
        let Some(cluster) = self.cluster.filter(|_| self.args.wants(Workload::Pgbench)) else {
            return Ok(());
        };
        let flush = flush::probe(self.folder)?;
        let meter =
            Meter { folder: self.folder, server: None, sqlite: None, postgres: Some((cluster, pgbench::database())) };
        let (totals, counters) = (meter.totals()?, meter.counters());
        let figures = pgbench::run(cluster, clients, self.args.seconds)?;
        let counters = (counters, meter.counters());
        self.settle().await;
        let cost = per_post(figures.transactions, counters, (totals, meter.totals()?));
        self.add(Row {
            round,
            workload: Workload::Pgbench.name(),
            database: Database::Postgres.name(),
            learners: 0,
            connections: clients,
            seconds: self.args.seconds as f64,
            requests: figures.transactions,
            per_second: figures.per_second,
            p50_us: figures.average_us,
            p99_us: None,
            max_us: None,
            failures: figures.failed,
            flush,
            cost: Some(cost),
        });
        Ok(())
    }

    /// Idle backends of PostgreSQL report their statistics after ten seconds; a short run does without the last second.
    async fn settle(&self) {
        if self.cluster.is_some() {
            let seconds = if self.args.seconds >= 10 { 11 } else { 2 };
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }

    fn add(&mut self, row: Row) {
        println!("{}", row.line());
        self.report.rows.push(row);
    }
}
