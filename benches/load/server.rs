//! Starts the real server on a fresh demo city and stops it again, whatever happens to the benchmark.
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::Result;

/// Starts the program beside a `cat` that ends with this process, so that no server outlives a benchmark that is killed.
const GUARD: &str = r#"pid_file=$1; shift; "$@" & echo $! > "$pid_file"; cat > /dev/null; kill $!; wait $!"#;

/// A running server.
pub struct Server {
    pub ready: Ready,
    pub address: SocketAddr,
    pub pid: u32,
    pub data: PathBuf,
    /// Seconds that filling the city took.
    pub filled_in: f64,
    guard: Child,
    stdin: Option<ChildStdin>,
}

/// The line that the demo prints once it listens, as far as it is needed here.
#[derive(Debug, Deserialize)]
pub struct Ready {
    pub base_url: String,
    pub clients: Vec<Client>,
}

/// An API client of the demo city.
#[derive(Debug, Deserialize)]
pub struct Client {
    pub institution_kind: String,
    pub name: String,
    pub client_id: String,
    pub client_secret: String,
}

/// The server's program, built by cargo for this benchmark.
pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_xuefen")
}

impl Server {
    /// Starts the demo with `learners` learners in `data`, on SQLite unless a database is given, and waits for it.
    pub fn start(data: &Path, learners: usize, database_url: Option<&str>) -> Result<Self> {
        let began = Instant::now();
        fs::create_dir_all(data)?;
        let pid_file = data.with_extension("pid");
        let log = data.with_extension("log");
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "sh"]).arg(&pid_file);
        command.args([program(), "demo", "--port", "0", "--json", "--learners", &learners.to_string(), "--data-dir"]);
        command.arg(data);
        if let Some(url) = database_url {
            command.args(["--database-url", url]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        let mut guard = command.spawn()?;
        let stdin = guard.stdin.take();
        let stdout = guard.stdout.take().ok_or("the server's output is not piped")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let started = serde_json::from_str::<Ready>(&line).map_err(|error| {
            let told = fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = told.lines().rev().take(15).collect();
            format!("the server did not start ({error}):\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"))
        });
        let ready = match started {
            Ok(ready) => ready,
            Err(told) => {
                drop(stdin);
                guard.wait()?;
                return Err(told.into());
            }
        };
        let host = ready.base_url.strip_prefix("http://").ok_or("base_url is not http://")?;
        let address = host.to_socket_addrs()?.next().ok_or("base_url names no address")?;
        let pid = fs::read_to_string(&pid_file)?.trim().parse()?;
        let filled_in = began.elapsed().as_secs_f64();
        Ok(Server { ready, address, pid, data: data.to_owned(), filled_in, guard, stdin })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The guard's `cat` ends, it sends TERM, and a server that does not listen to it is killed.
        drop(self.stdin.take());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(15) {
            if matches!(self.guard.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        eprintln!("load: server {} did not stop when asked, killing it", self.pid);
        let _ = Command::new("kill").args(["-9", &self.pid.to_string()]).status();
        let _ = self.guard.wait();
    }
}
