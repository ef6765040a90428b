//! The server as a child process that never outlives the tests.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::fresh;

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_xuefen");

/// How long a server may take until it says that it listens.
const START: Duration = Duration::from_secs(180);

/// The shell stays between the test and the server: when the test process ends, however it ends, its side of the pipe
/// closes, `cat` returns and the server is told to stop.
const KEEPER: &str = r#"
pidfile=$1; scratch=$2; shift 2
"$@" & server=$!
exec >/dev/null
echo "$server" >"$pidfile"
cat >/dev/null
kill "$server" 2>/dev/null
wait "$server" 2>/dev/null
code=$?
[ -z "$scratch" ] || rm -rf "$scratch"
exit "$code"
"#;

/// A running server.
pub struct Server {
    keeper: Child,
    leash: Option<ChildStdin>,
    lines: Mutex<Receiver<String>>,
    pid: String,
    log: PathBuf,
}

impl Server {
    /// Starts the binary with `arguments`, its standard error in a new file of `folder`. When `scratch` is given, that
    /// folder is removed once the server has ended.
    pub fn start(folder: &Path, arguments: &[String], scratch: Option<&Path>) -> Self {
        let n = fresh::number();
        let log = folder.join(format!("server-{n}.log"));
        let pidfile = folder.join(format!("server-{n}.pid"));
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&pidfile)
            .arg(scratch.map_or_else(String::new, |path| path.display().to_string()))
            .arg(BINARY)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("the log can be made"))
            .spawn()
            .expect("sh can be started");
        let leash = keeper.stdin.take();
        let output = keeper.stdout.take().expect("standard output is piped");
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut server = Self { keeper, leash, lines: Mutex::new(receiver), pid: String::new(), log };
        for _ in 0..500 {
            server.pid = fs::read_to_string(&pidfile).unwrap_or_default().trim().to_owned();
            if !server.pid.is_empty() {
                return server;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no server was started: {}", server.log_text());
    }

    /// The next line on standard output.
    pub fn line(&self) -> String {
        self.lines
            .lock()
            .expect("no panic")
            .recv_timeout(START)
            .unwrap_or_else(|_| panic!("the server said nothing: {}", self.log_text()))
    }

    /// Lines on standard output that nobody has read.
    pub fn unread(&self) -> Vec<String> {
        self.lines.lock().expect("no panic").try_iter().collect()
    }

    /// The file that takes its standard error.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn log_text(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it as a power cut would, and waits until it is gone.
    pub fn kill(&mut self) {
        self.signal("-KILL");
        self.stop();
    }

    /// Asks it to stop, waits for it, and gives its exit status.
    pub fn stop(&mut self) -> ExitStatus {
        self.leash = None;
        self.keeper.wait().expect("the keeper is our child")
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.pid]).status().expect("kill can be started");
        assert!(sent.success(), "no signal could be sent to {}", self.pid);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs the binary to its end.
pub fn run(arguments: &[String]) -> Output {
    Command::new(BINARY).args(arguments).stdin(Stdio::null()).output().expect("the binary can be started")
}

/// A loopback port that nothing listens on just now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port can be had");
    listener.local_addr().expect("the listener has an address").port()
}
