//! PostgreSQL's own benchmark on the same cluster: what one transaction per request costs on this machine.
use crate::Result;
use crate::cluster::Cluster;

const DATABASE: &str = "pgbench";

/// Clients at which it is run; the better figure is the one to beat.
pub const CLIENTS: [usize; 2] = [8, 32];

/// What pgbench reports.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub transactions: u64,
    pub per_second: f64,
    pub average_us: u64,
    pub failed: u64,
}

/// Creates and fills its tables.
pub fn prepare(cluster: &Cluster, scale: u32) -> Result<()> {
    let url = cluster.create(DATABASE)?;
    let output = cluster.command("pgbench").args(["-i", "-q", "-s", &scale.to_string(), &url]).output()?;
    if !output.status.success() {
        return Err(format!("pgbench -i: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}

/// One TPC-B-like run with prepared statements, its fastest protocol.
pub fn run(cluster: &Cluster, clients: usize, seconds: u64) -> Result<Figures> {
    let url = cluster.url_of(DATABASE);
    let (clients, seconds) = (clients.to_string(), seconds.to_string());
    let output = cluster
        .command("pgbench")
        .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients, "-T", &seconds, &url])
        .output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let number = |label: &str| -> Option<f64> {
        let line = told.lines().find_map(|line| line.strip_prefix(label))?;
        line.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| word.parse().ok())
    };
    let missing = || format!("pgbench printed something else:\n{told}");
    Ok(Figures {
        transactions: number("number of transactions actually processed:").ok_or_else(missing)? as u64,
        per_second: number("tps =").ok_or_else(missing)?,
        average_us: (number("latency average =").ok_or_else(missing)? * 1000.0) as u64,
        failed: number("number of failed transactions:").unwrap_or(0.0) as u64,
    })
}

/// The database it runs on.
pub fn database() -> &'static str {
    DATABASE
}
