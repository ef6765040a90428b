//! What a demo shows on the screen: how far it is, and then where to look. Standard error, so that `--json` has standard
//! output for itself.

use std::cell::Cell;
use std::path::Path;
use std::time::Instant;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::demo::{City, CityClient, CityLearner, Stage};

/// The progress bar; where standard error is no terminal, a line for each stage.
pub(super) struct Bar {
    bar: ProgressBar,
    stage: Cell<Option<Stage>>,
    began: Instant,
}

impl Bar {
    /// Nothing done yet.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(1);
        let style = ProgressStyle::with_template("{msg:22} {bar:36} {human_pos}/{human_len}  {elapsed}  eta {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, stage: Cell::new(None), began: Instant::now() }
    }

    /// How far a stage is.
    pub(super) fn tell(&self, stage: Stage, done: u64, total: u64) {
        if self.stage.replace(Some(stage)) != Some(stage) {
            self.bar.reset();
            self.bar.set_length(total);
            self.bar.set_message(stage.label());
        }
        self.bar.set_position(done);
        if done == total && self.bar.is_hidden() {
            eprintln!("demo: {} {total} ({:.1} s)", stage.label(), self.began.elapsed().as_secs_f64());
        }
    }

    /// Everything is done.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
        eprintln!("demo: the city is made in {}", HumanDuration(self.began.elapsed()));
    }
}

/// Where to look, the log-ins, and commands to paste. `kept` is the file that holds all of it.
pub(super) fn show(city: &City, kept: &Path) {
    let (base, counts) = (&city.base_url, city.counts);
    eprintln!(
        "\n演示市学分银行 · the credit bank of a fictional city: {} learners, {} results\n",
        counts.learners, counts.achievements
    );
    eprintln!(
        "Where to look 看哪里\n  {base}/        pages 网页\n  {base}/login   log-in 登录\n  {base}/docs    API reference 接口文档\n"
    );
    eprintln!("Learners 学习者: account number 账号, password 密码");
    for learner in &city.learners {
        eprintln!("  {}   {}   {}", learner.login, learner.password, learner.name);
    }
    eprintln!("\nAPI clients 接口客户端: client id, secret");
    for client in city.clients.iter().chain(&city.auditor) {
        eprintln!("  {}   {}   {}", client.client_id, client.client_secret, client.name);
    }
    eprintln!("\nStaff and all of the above 工作人员及以上全部: {}", kept.display());
    if let Some((learner, school)) = city.example() {
        eprintln!("\nTry it 试一试 (as 以 {})", school.name);
        for command in commands(base, learner, school) {
            eprintln!("{command}");
        }
    }
    eprintln!(
        "\nCtrl-C ends it; the same command serves the same city again. 按 Ctrl-C 结束，再次运行同一命令即继续。"
    );
}

/// A token, a list, a balance, a conversion plan: they work when pasted into a shell, one after the other.
fn commands(base: &str, learner: &CityLearner, school: &CityClient) -> Vec<String> {
    let authorised = "curl -s -H \"Authorization: Bearer $TOKEN\"";
    let get = |path: &str| format!("{authorised} '{base}{path}'");
    let mut commands = vec![
        format!(
            "TOKEN=$(curl -s -u {}:{} -d grant_type=client_credentials {base}/oauth/token | \
             sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')",
            school.client_id, school.client_secret
        ),
        get("/api/v1/learners?limit=3"),
        get(&format!("/api/v1/learners/{}/balances", learner.id)),
    ];
    commands.extend(learner.programme_id.map(|programme| {
        let body = format!("{{\"learner_id\":\"{}\",\"programme_id\":\"{programme}\"}}", learner.id);
        format!("{authorised} -H 'Content-Type: application/json' -d '{body}' '{base}/api/v1/conversion-plans'")
    }));
    commands
}
