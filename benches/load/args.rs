//! The benchmark's settings.
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// The database under the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// Its name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Database::Sqlite => "sqlite",
            Database::Postgres => "postgres",
        }
    }
}

/// What is asked of the server in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// One achievement per request, 64 connections.
    Single,
    /// 1,000 achievements per request, 4 connections.
    Batch,
    /// A learner's balances, 32 connections.
    Balance,
    /// A learner's newest statement page, 32 connections.
    Statement,
    /// TPC-B-like transactions by `pgbench`, 8 and 32 clients.
    Pgbench,
}

impl Workload {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Workload::Single => "single",
            Workload::Batch => "batch",
            Workload::Balance => "balance",
            Workload::Statement => "statement",
            Workload::Pgbench => "pgbench",
        }
    }

    /// Connections kept busy at once.
    pub fn connections(self) -> usize {
        match self {
            Workload::Single => 64,
            Workload::Batch => 4,
            Workload::Balance | Workload::Statement | Workload::Pgbench => 32,
        }
    }

    /// Does it post?
    pub fn writes(self) -> bool {
        matches!(self, Workload::Single | Workload::Batch)
    }
}

/// Load benchmark of the Xuefen server: durable posts and reads per second, with latencies.
#[derive(Debug, Parser)]
#[command(name = "load")]
pub struct Args {
    /// Learners of the demo cities, one server for each number and database.
    #[arg(long, value_delimiter = ',', default_value = "10000,300000")]
    pub learners: Vec<usize>,

    /// Seconds of each run; 20 or more for figures to compare.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,

    /// Databases under the server.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub databases: Vec<Database>,

    /// Only these workloads.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<Workload>,

    /// How often the whole sequence is repeated.
    #[arg(long, default_value_t = 1)]
    pub rounds: usize,

    /// Scale of pgbench's tables (100,000 rows each).
    #[arg(long, default_value_t = 50)]
    pub scale: u32,

    /// Folder for everything that is made; it decides which disk is measured [default: the system's temporary folder].
    #[arg(long)]
    pub dir: Option<PathBuf>,

    /// Run `xuefen verify` on every city at the end.
    #[arg(long)]
    pub verify: bool,

    /// Write the figures to this file as well.
    #[arg(long)]
    pub json: Option<PathBuf>,

    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    pub bench: bool,
}

impl Args {
    /// Is this workload wanted?
    pub fn wants(&self, workload: Workload) -> bool {
        self.only.is_empty() || self.only.contains(&workload)
    }
}
