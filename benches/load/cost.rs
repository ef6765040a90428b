//! What a post costs beside time: rows, bytes, flushes and processor time, from the counters of the system and of PostgreSQL.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use serde::Serialize;

use crate::Result;
use crate::cluster::Cluster;

/// Linux counts processor time in hundredths of a second, whatever the kernel's own tick.
const TICK_US: u64 = 10_000;

/// Counting the rows of a larger SQLite file takes longer than the run itself.
const COUNT_LIMIT: u64 = 1 << 30;

/// Where the counters of one run are read.
pub struct Meter<'a> {
    /// The folder whose disk is watched.
    pub folder: &'a Path,
    /// Process of the server, if one is measured.
    pub server: Option<u32>,
    /// Data folder of a server on SQLite.
    pub sqlite: Option<&'a Path>,
    /// Cluster and database that are written to.
    pub postgres: Option<(&'a Cluster, &'a str)>,
}

/// Counters that are exact at once.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counters {
    device: Device,
    client_cpu: u64,
    server_cpu: u64,
    database_cpu: u64,
}

/// What a disk has done since the machine started.
#[derive(Debug, Default, Clone, Copy)]
struct Device {
    bytes: u64,
    flushes: u64,
}

/// Sizes and PostgreSQL's statistics, which backends report late.
#[derive(Debug, Default, Clone, Copy)]
pub struct Totals {
    rows: Option<u64>,
    size: u64,
    log_bytes: Option<u64>,
    log_syncs: Option<u64>,
}

/// The cost of one post, or of one transaction of pgbench.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct Cost {
    /// Rows inserted and updated.
    pub rows: Option<f64>,
    /// Bytes by which database and log files grew.
    pub grown: f64,
    /// Bytes of PostgreSQL's log.
    pub log_bytes: Option<f64>,
    /// Bytes that the disk was given to write, whoever wrote them.
    pub written: f64,
    /// PostgreSQL's flushes of its log.
    pub log_syncs: Option<f64>,
    /// Flush requests that the disk completed, whoever asked; none when the disk does not count them.
    pub device_flushes: Option<f64>,
    /// Processor time, microseconds.
    pub client_cpu_us: f64,
    pub server_cpu_us: f64,
    pub database_cpu_us: f64,
}

impl Meter<'_> {
    /// Reads the counters that are exact at once.
    pub fn counters(&self) -> Counters {
        let mut counters = Counters {
            device: device(self.folder).unwrap_or_default(),
            client_cpu: cpu(std::process::id()).unwrap_or(0),
            ..Counters::default()
        };
        if let Some(pid) = self.server {
            counters.server_cpu = cpu(pid).unwrap_or(0);
        }
        if let Some((cluster, _)) = self.postgres {
            for pid in family(cluster.pid) {
                counters.database_cpu += cpu(pid).unwrap_or(0);
            }
        }
        counters
    }

    /// Reads sizes and PostgreSQL's statistics.
    pub fn totals(&self) -> Result<Totals> {
        let mut totals = Totals::default();
        if let Some(folder) = self.sqlite {
            totals.size = size(folder);
            totals.rows = sqlite_rows(folder)?;
        }
        if let Some((cluster, database)) = self.postgres {
            let statement = "SELECT pg_database_size(current_database()), tup_inserted + tup_updated, \
                             (pg_current_wal_lsn() - '0/0')::bigint FROM pg_stat_database WHERE datname = current_database()";
            let line = cluster.query(database, statement)?;
            let mut numbers = line.split('|').map(str::parse::<u64>);
            let mut next = || numbers.next().ok_or("a column is missing")?.map_err(|error| error.to_string());
            totals.size = next()?;
            totals.rows = Some(next()?);
            totals.log_bytes = Some(next()?);
            // Newer servers count these flushes elsewhere.
            totals.log_syncs =
                cluster.query(database, "SELECT wal_sync FROM pg_stat_wal").ok().and_then(|n| n.parse().ok());
        }
        Ok(totals)
    }
}

/// The difference of two readings, shared out among `posts`.
pub fn per_post(posts: u64, counters: (Counters, Counters), totals: (Totals, Totals)) -> Cost {
    let share = |before: u64, after: u64| after.saturating_sub(before) as f64 / posts.max(1) as f64;
    let known = |before: Option<u64>, after: Option<u64>| Some(share(before?, after?));
    let flushes = share(counters.0.device.flushes, counters.1.device.flushes);
    Cost {
        rows: known(totals.0.rows, totals.1.rows),
        grown: share(totals.0.size, totals.1.size),
        log_bytes: known(totals.0.log_bytes, totals.1.log_bytes),
        written: share(counters.0.device.bytes, counters.1.device.bytes),
        log_syncs: known(totals.0.log_syncs, totals.1.log_syncs),
        device_flushes: (flushes > 0.0).then_some(flushes),
        client_cpu_us: share(counters.0.client_cpu, counters.1.client_cpu),
        server_cpu_us: share(counters.0.server_cpu, counters.1.server_cpu),
        database_cpu_us: share(counters.0.database_cpu, counters.1.database_cpu),
    }
}

/// Processor time of a process and of its ended children, microseconds.
fn cpu(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces and parentheses; what follows the last one is regular.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(ticks * TICK_US)
}

/// A process and its children.
fn family(parent: u32) -> Vec<u32> {
    let mut pids = vec![parent];
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(text) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let of = text.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        if of == Some(parent) {
            pids.push(pid);
        }
    }
    pids
}

/// Counters of the disk that holds `folder`. What a process is charged for says less: rewriting a few bytes of a large
/// page-cache entry counts as all of it.
fn device(folder: &Path) -> Option<Device> {
    const SECTOR: u64 = 512;
    let number = fs::metadata(folder).ok()?.dev();
    let (major, minor) = ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xffff_ff00));
    let table = fs::read_to_string("/proc/diskstats").ok()?;
    let fields = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).find(|fields| {
        let is = |place: usize, wanted: u64| fields.get(place).and_then(|field| field.parse().ok()) == Some(wanted);
        is(0, major) && is(1, minor)
    })?;
    let field = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok());
    // The eighth counter is sectors written, the sixteenth completed flushes (older kernels do not have it).
    Some(Device { bytes: field(9)? * SECTOR, flushes: field(18).unwrap_or(0) })
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|data| data.len()).sum()
}

/// The SQLite file in a data folder.
fn sqlite_file(folder: &Path) -> Option<PathBuf> {
    use std::io::Read;
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries.map(|entry| entry.path()).find(|path| {
        let mut head = [0; 16];
        let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
        read.is_ok() && &head == b"SQLite format 3\0"
    })
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

/// Rows in all tables of the SQLite file, unless it is too large to count them. Updated rows do not show.
fn sqlite_rows(folder: &Path) -> Result<Option<u64>> {
    let Some(file) = sqlite_file(folder) else {
        return Ok(None);
    };
    if fs::metadata(&file)?.len() > COUNT_LIMIT {
        return Ok(None);
    }
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    let tables: Vec<Name> =
        diesel::sql_query("SELECT name FROM sqlite_master WHERE type = 'table'").load(&mut connection)?;
    let mut rows = 0;
    for Name { name } in tables {
        let statement = format!("SELECT count(*) AS rows FROM \"{name}\"");
        let counted: Count = diesel::sql_query(statement).get_result(&mut connection)?;
        rows += u64::try_from(counted.rows)?;
    }
    Ok(Some(rows))
}
