//! The load benchmark: the real server on SQLite and on a private PostgreSQL, fsync on, measured from outside over HTTP,
//! beside `pgbench` on the same PostgreSQL and a flush probe in the same folder.
//!
//! `cargo bench --bench load -- --help` lists the settings; `docs/benchmarks.md` says how to read the figures. Everything
//! it starts listens on loopback, stops by itself, and lives in one temporary folder that is removed at the end.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a benchmark talks to the person who started it

mod args;
mod city;
mod cluster;
mod cost;
mod flush;
mod load;
mod pgbench;
mod place;
mod plan;
mod report;
mod server;
mod wire;

use std::process::ExitCode;

use clap::Parser;

/// What can go wrong ends the benchmark with a sentence; nothing here is worth a type of its own.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => tokio::task::LocalSet::new().block_on(&runtime, plan::execute(&args)),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("load: there were failures, see above");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
