//! The figures as a table, as JSON, and held against what is required.
use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use crate::Result;
use crate::cost::Cost;
use crate::flush::Flush;

/// One run.
#[derive(Debug, Serialize)]
pub struct Row {
    pub round: usize,
    pub workload: &'static str,
    pub database: &'static str,
    pub learners: usize,
    pub connections: usize,
    pub seconds: f64,
    pub requests: u64,
    /// Durable posts, reads or transactions per second.
    pub per_second: f64,
    /// Latencies of requests; pgbench reports only the average, which stands at p50.
    pub p50_us: u64,
    pub p99_us: Option<u64>,
    pub max_us: Option<u64>,
    pub failures: u64,
    pub flush: Flush,
    pub cost: Option<Cost>,
}

/// Everything that one call of the benchmark measured.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub machine: String,
    pub rows: Vec<Row>,
    pub verdicts: Vec<Verdict>,
}

/// A figure held against what is required of it.
#[derive(Debug, Serialize)]
pub struct Verdict {
    pub text: String,
    pub met: bool,
}

fn milliseconds(us: u64) -> String {
    format!("{:.2}", us as f64 / 1000.0)
}

fn optional(value: Option<f64>, places: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.places$}"))
}

impl Row {
    /// The column heads.
    pub fn heads() -> String {
        format!(
            "{:<3} {:<10} {:<9} {:>8} {:>5} {:>10} {:>8} {:>8} {:>8} {:>5} {:>13} {:>6} {:>7} {:>7} {:>7} {:>7} {:>7} {:>14}",
            "rnd",
            "workload",
            "database",
            "learners",
            "conns",
            "per second",
            "p50 ms",
            "p99 ms",
            "max ms",
            "fail",
            "flush p50/p99",
            "rows",
            "grown",
            "log",
            "written",
            "syncs",
            "flushes",
            "cpu µs c/s/d"
        )
    }

    /// The run as a line under the heads.
    pub fn line(&self) -> String {
        let mut line = format!(
            "{:<3} {:<10} {:<9} {:>8} {:>5} {:>10.0} {:>8} {:>8} {:>8} {:>5} {:>13}",
            self.round,
            self.workload,
            self.database,
            self.learners,
            self.connections,
            self.per_second,
            milliseconds(self.p50_us),
            self.p99_us.map_or_else(|| "-".to_owned(), milliseconds),
            self.max_us.map_or_else(|| "-".to_owned(), milliseconds),
            self.failures,
            format!("{}/{}", milliseconds(self.flush.median_us), milliseconds(self.flush.p99_us)),
        );
        if let Some(cost) = self.cost {
            // Writing to a string cannot fail.
            let _ = write!(
                line,
                " {:>6} {:>7.0} {:>7} {:>7.0} {:>7} {:>7} {:>14}",
                optional(cost.rows, 1),
                cost.grown,
                optional(cost.log_bytes, 0),
                cost.written,
                optional(cost.log_syncs, 3),
                optional(cost.device_flushes, 3),
                format!("{:.0}/{:.0}/{:.0}", cost.client_cpu_us, cost.server_cpu_us, cost.database_cpu_us),
            );
        }
        line
    }
}

impl Report {
    /// Holds the figures against the requirements, as far as they were measured.
    pub fn judge(&mut self) {
        self.verdicts.clear();
        let rates = |workload: &str, database: &str, learners: Option<usize>| -> Vec<f64> {
            let rows = self.rows.iter().filter(|row| row.workload == workload && row.database == database);
            rows.filter(|row| learners.is_none_or(|n| row.learners == n)).map(|row| row.per_second).collect()
        };
        // Ours by the mean of its rounds, pgbench by its best: doubt goes against us.
        let mean = |database: &str, learners: usize| {
            let rates = rates("single", database, Some(learners));
            (!rates.is_empty()).then(|| rates.iter().sum::<f64>() / rates.len() as f64)
        };
        let pgbench = rates("pgbench", "postgres", None).into_iter().reduce(f64::max);
        let mut sizes: Vec<usize> = self.rows.iter().map(|row| row.learners).filter(|&learners| learners > 0).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let mut verdicts = Vec::new();
        for database in ["sqlite", "postgres"] {
            for &learners in &sizes {
                if let (Some(single), Some(pgbench)) = (mean(database, learners), pgbench) {
                    let times = single / pgbench;
                    let text = format!(
                        "{database}, {learners} learners: single posts are {times:.2} times the best pgbench (2.5 required)"
                    );
                    verdicts.push(Verdict { text, met: times >= 2.5 });
                }
                for row in self
                    .rows
                    .iter()
                    .filter(|row| row.workload == "balance" && row.database == database && row.learners == learners)
                {
                    let p99 = row.p99_us.unwrap_or(0);
                    let text =
                        format!("{database}, {learners} learners: balance p99 {} ms (5 at most)", milliseconds(p99));
                    verdicts.push(Verdict { text, met: p99 <= 5_000 });
                }
            }
            if let (Some(&few), Some(&many)) = (sizes.first(), sizes.last())
                && few < many
                && let (Some(of_few), Some(of_many)) = (mean(database, few), mean(database, many))
            {
                let times = of_few / of_many;
                let text =
                    format!("{database}: a post at {many} learners costs {times:.2} times one at {few} (1.3 at most)");
                verdicts.push(Verdict { text, met: times <= 1.3 });
            }
        }
        self.verdicts = verdicts;
    }

    /// Prints the whole table and the verdicts.
    pub fn print(&self) {
        println!("\n{}\n{}", self.machine, Row::heads());
        for row in &self.rows {
            println!("{}", row.line());
        }
        println!();
        for verdict in &self.verdicts {
            println!("{} {}", if verdict.met { "met    " } else { "NOT MET" }, verdict.text);
        }
    }

    /// Writes the figures as JSON.
    pub fn save(&self, file: &Path) -> Result<()> {
        std::fs::write(file, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }

    /// Did every request get the answer it should?
    pub fn clean(&self) -> bool {
        self.rows.iter().all(|row| row.failures == 0)
    }
}

/// One line on the machine: cores, memory, kernel.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib: u64 = memory.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores, {} GiB, Linux {}", kib >> 20, kernel.trim())
}
