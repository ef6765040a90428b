//! How long a rule set takes to be simulated on everybody: `cargo bench --bench simulation -- --learners 100000`.
//!
//! Makes a demo city in this process (SQLite in a temporary folder, or an empty database given by `--database-url`) and
//! simulates the next version of the bureau's rules, which is in review there.
#![allow(clippy::print_stdout)] // a benchmark says what it measured

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;
use xuefen::conversion::rule_set::Authority;
use xuefen::crypto::keys::KeyRing;
use xuefen::demo::{self, Wish};
use xuefen::domain::ids::RuleSetId;
use xuefen::domain::institution::InstitutionKind;
use xuefen::domain::proxies::Proxies;
use xuefen::domain::region::RegionPolicy;
use xuefen::ports::SystemIds;
use xuefen::services::actor::ClientActor;
use xuefen::services::rule_set::RuleSetFilter;
use xuefen::services::scope::Scope;
use xuefen::services::{App, Settings};
use xuefen::startup;
use xuefen::store::conn::DatabaseUrl;
use xuefen::store::migrations;

/// The demo's own seed: the same city as `xuefen demo`.
const SEED: u64 = 410_299;

struct Arguments {
    learners: u64,
    database_url: Option<String>,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments { learners: 10_000, database_url: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--learners" => arguments.learners = words.next().ok_or("--learners N")?.parse()?,
            "--database-url" => arguments.database_url = Some(words.next().ok_or("--database-url URL")?),
            "--bench" => {} // what cargo says to every benchmark
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    Ok(arguments)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let folder = tempfile::tempdir()?;
    let url: DatabaseUrl = match &arguments.database_url {
        Some(url) => url.parse()?,
        None => format!("sqlite:{}", folder.path().join("xuefen.db").display()).parse()?,
    };
    migrations::run(&url)?;
    let settings = Settings {
        regions: RegionPolicy { allow_test: true },
        base_url: "http://localhost".into(),
        plain_http: true,
        demo: true,
        evidence: folder.path().join("evidence"),
        quotas: Default::default(),
        proxies: Proxies::default(),
    };
    let keys = KeyRing::from_hex(&KeyRing::generate_hex(&SystemIds))?;
    let app = Arc::new(startup::application(&url, keys, settings)?);
    let began = Instant::now();
    let city = demo::fill(&app, &Wish { learners: arguments.learners, seed: SEED }, &|_, _, _| {})?;
    println!(
        "city: {} learners, {} achievements, {:?}",
        city.counts.learners,
        city.counts.achievements,
        began.elapsed()
    );

    let bureau = city.clients.iter().find(|client| client.institution_kind == InstitutionKind::Bureau);
    let bureau = bureau.ok_or("the demo has a bureau")?;
    let actor = ClientActor {
        client: bureau.client_id,
        institution: bureau.institution_id,
        kind: bureau.institution_kind,
        scopes: Scope::ALL.iter().copied().collect(),
        request: Uuid::nil(),
        address: None,
    };
    let (id, version) = in_review(&app, &actor)?;
    // A watermark lies ten seconds back.
    std::thread::sleep(Duration::from_secs(11));
    let job = app.create_simulation(&actor, id, version)?;
    let began = Instant::now();
    while !app.work(&|| false)? {
        std::thread::sleep(Duration::from_millis(10));
    }
    let took = began.elapsed();
    let done = app.get_job(&actor, job.id)?;
    let result: serde_json::Value = serde_json::from_str(done.result.as_deref().ok_or("no result")?)?;
    let per_second = done.done as f64 / took.as_secs_f64();
    println!("simulation: {} enrolments in {took:?} ({per_second:.0} per second), {}", done.done, done.state);
    for member in ["profiles", "not_proven_best", "gaining", "credits_gained", "losing", "credits_lost"] {
        println!("  {member}: {}", result[member]);
    }
    Ok(())
}

/// The next version of the city's rules, which the demo has in review.
fn in_review(app: &App, actor: &ClientActor) -> Result<(RuleSetId, i64), Box<dyn Error>> {
    let filter = RuleSetFilter { authority: Some(Authority::City), ..RuleSetFilter::default() };
    let sets = app.list_rule_sets(&(*actor).into(), filter, None, 1)?;
    let id = sets.first().ok_or("the demo has no rule set of the city")?.set.id;
    Ok((id, app.get_rule_set(&(*actor).into(), id, Some(2))?.version.version))
}
