//! How long a plan takes: p50 and p99 over random learners, 60 achievements against 300 rules and 500 against 5,000.
//!
//! `cargo bench --bench plan [-- SEED [RUNS]]`. Every plan is made without limits and must be proven best. The amounts are in the
//! manner of the published rules: certificates by level to classes of courses, contests by tier and prize, examinations
//! with scores, courses to the same course, caps per certificate, class, source and programme.
#![allow(clippy::print_stdout)] // a benchmark says what it measured

mod city;

use std::time::{Duration, Instant};

use xuefen::conversion::check::check;
use xuefen::conversion::evaluate::evaluate_within;
use xuefen::conversion::plan::RequestedLine;
use xuefen::conversion::solve::Effort;

use city::{Random, Size, input};

/// One size with the time it must keep.
struct Case {
    name: &'static str,
    size: Size,
    runs: usize,
    limit: Duration,
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let runs: Option<usize> = arguments.next().and_then(|text| text.parse().ok());
    let small = Size { achievements: 60, rules: 300, courses: 60 };
    let large = Size { achievements: 500, rules: 5_000, courses: 60 };
    let cases = [
        Case {
            name: "60 achievements, 300 rules, 60 courses",
            size: small,
            runs: 300,
            limit: Duration::from_millis(30),
        },
        Case {
            name: "500 achievements, 5,000 rules, 60 courses",
            size: large,
            runs: 20,
            limit: Duration::from_secs(1),
        },
    ];
    for case in cases {
        run(&case, seed, runs.unwrap_or(case.runs));
    }
}

fn run(case: &Case, seed: u64, runs: usize) {
    let mut random = Random::new(seed);
    let mut times = Vec::with_capacity(runs);
    let (mut unproven, mut lines, mut credits) = (0, 0, 0);
    for _ in 0..runs {
        let input = input(case.size, &mut random);
        let start = Instant::now();
        let plan = evaluate_within(&input, Effort { time: Some(Duration::from_secs(20)), nodes: None });
        times.push(start.elapsed());
        unproven += usize::from(!plan.optimal);
        lines += plan.lines.len();
        credits += plan.credits.thousandths();
        let requested: Vec<RequestedLine> = plan.lines.iter().map(RequestedLine::from).collect();
        assert!(check(&input, &requested).is_ok(), "a plan must pass its own check");
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share).div_ceil(100).clamp(1, times.len()) - 1];
    println!("{}: {runs} plans", case.name);
    println!(
        "  p50 {:?}  p90 {:?}  p99 {:?}  most {:?}  (limit for p99: {:?})",
        at(50),
        at(90),
        at(99),
        at(100),
        case.limit
    );
    let each = i64::try_from(runs).unwrap_or(1).max(1);
    println!(
        "  {} lines and {} thousandths of a credit on average; not proven best: {unproven}",
        lines / runs,
        credits / each
    );
}
