//! A demo city: a running server, its clients and what they may do.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use super::fresh;
use super::http::Call;
use super::operations::{create_accreditation, create_institution, list_accreditations};
use super::process::{Server, free_port, run};
use super::store::{Backend, Store};

/// A running city.
pub struct City {
    /// Where it answers.
    pub base: String,
    /// The line that `demo --json` printed.
    pub demo: Value,
    // The server goes before the store that it writes to.
    /// Its process.
    pub server: Server,
    /// Its data.
    pub store: Store,
    clients: Vec<Client>,
    accredited: Mutex<HashMap<String, usize>>,
}

impl City {
    /// The city that most tests share. Nothing may be asked of it that another test could change.
    pub fn shared(backend: Backend) -> &'static Self {
        static SQLITE: OnceLock<City> = OnceLock::new();
        static POSTGRES: OnceLock<City> = OnceLock::new();
        match backend {
            Backend::Sqlite => &SQLITE,
            Backend::Postgres => &POSTGRES,
        }
        .get_or_init(|| Self::lasting(backend))
    }

    /// A city that one test at a time has for itself: for what concerns the book as a whole.
    pub fn quiet(backend: Backend) -> MutexGuard<'static, Self> {
        static SQLITE: OnceLock<Mutex<City>> = OnceLock::new();
        static POSTGRES: OnceLock<Mutex<City>> = OnceLock::new();
        let city = match backend {
            Backend::Sqlite => &SQLITE,
            Backend::Postgres => &POSTGRES,
        };
        let city = city.get_or_init(|| Mutex::new(Self::lasting(backend)));
        city.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A city of the test's own, which it may stop and start again.
    pub fn own(backend: Backend) -> Self {
        Self::of_store(Store::fresh(backend))
    }

    /// A city of the test's own with so many learners.
    pub fn with_learners(backend: Backend, learners: u32) -> Self {
        Self::of_size(Store::fresh(backend), learners)
    }

    /// A new city in `store`, on a port that stays the same when it is started again.
    pub fn of_store(store: Store) -> Self {
        Self::of_size(store, 12)
    }

    fn of_size(store: Store, learners: u32) -> Self {
        let learners = learners.to_string();
        let port = free_port().to_string();
        let arguments = store.arguments(&["demo", "--learners", &learners, "--port", &port, "--json"]);
        let server = Server::start(&store.folder, &arguments, None);
        Self::new(server, store)
    }

    fn lasting(backend: Backend) -> Self {
        let mut store = Store::fresh(backend);
        let arguments = store.arguments(&["demo", "--learners", "12", "--port", "0", "--json"]);
        let scratch = store.disown();
        let server = Server::start(&store.folder, &arguments, Some(&scratch));
        Self::new(server, store)
    }

    fn new(server: Server, store: Store) -> Self {
        let line = server.line();
        let demo: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let base = demo["base_url"].as_str().expect("the line names the base URL").trim_end_matches('/').to_owned();
        let clients = demo["clients"].as_array().expect("the line has clients");
        let clients = clients.iter().map(|client| Client::new(&base, client)).collect();
        Self { base, demo, server, store, clients, accredited: Mutex::default() }
    }

    /// Starts a server again on the same store and port, after the last one was stopped or killed.
    pub fn serve_again(&mut self) {
        let address = self.base.trim_start_matches("http://").to_owned();
        self.server = self.another_server(&address);
        wait_ready(&self.base);
    }

    /// One more server on the same store.
    pub fn another_server(&self, address: &str) -> Server {
        Server::start(&self.store.folder, &self.store.arguments(&["serve", "--listen", address]), None)
    }

    /// One more client of an institution that has one: whoever must not decide alone needs a second.
    #[track_caller]
    pub fn second_client(&self, first: &Client) -> Client {
        self.client_made(first, &[])
    }

    /// One more client of an institution that has one, with these scopes.
    #[track_caller]
    pub fn client_with(&self, first: &Client, scopes: &str) -> Client {
        self.client_made(first, &["--scopes", scopes])
    }

    fn client_made(&self, first: &Client, more: &[&str]) -> Client {
        let words = ["admin", "client", "--institution", &first.institution_id, "--name", "another"];
        let made = run(&self.store.arguments(&[&words, more].concat()));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let said = String::from_utf8_lossy(&made.stdout).into_owned();
        let word = |line: &str| {
            let found = said.lines().find_map(|own| own.strip_prefix(line));
            found.unwrap_or_else(|| panic!("no {line} in {said}")).trim().to_owned()
        };
        let client = json!({
            "institution_id": first.institution_id, "institution_kind": first.kind,
            "client_id": word("client_id"), "client_secret": word("client_secret"),
        });
        Client::new(&self.base, &client)
    }

    /// A client of a new institution that answers to `authority`.
    #[track_caller]
    pub fn institution(&self, kind: &str, authority: Option<&Client>) -> Client {
        let body = json!({
            "name": "演示另一机构", "kind": kind, "uscc": fresh::unified_code(), "region": "410212",
            "authority_id": authority.map(|client| client.institution_id.clone()),
        });
        let id = self.bureau().send(create_institution(&body)).is(201).id();
        let like = json!({"institution_id": id, "institution_kind": kind, "client_id": "", "client_secret": ""});
        self.second_client(&Client::new(&self.base, &like))
    }

    /// All clients.
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// The `n`th client of an institution kind.
    pub fn client(&self, kind: &str, n: usize) -> &Client {
        let found = self.clients.iter().filter(|client| client.kind == kind).nth(n);
        found.unwrap_or_else(|| panic!("the demo has no client {n} of kind {kind}"))
    }

    /// The bureau.
    pub fn bureau(&self) -> &Client {
        self.client("bureau", 0)
    }

    /// A secondary school.
    pub fn school(&self) -> &Client {
        self.client("secondary_school", 0)
    }

    /// Another secondary school.
    pub fn other_school(&self) -> &Client {
        self.client("secondary_school", 1)
    }

    /// A college.
    pub fn college(&self) -> &Client {
        self.client("higher_vocational_college", 0)
    }

    /// The first programme of the demo that an institution offers at `level`.
    pub fn programme(&self, client: &Client, level: &str) -> String {
        let programmes = self.demo["programmes"].as_array().expect("the line has programmes");
        let found = programmes.iter().find(|programme| {
            programme["institution_id"] == client.institution_id.as_str() && programme["level"] == level
        });
        let found = found.unwrap_or_else(|| panic!("no {level} programme of {}", client.institution_id));
        found["id"].as_str().expect("a programme has an id").to_owned()
    }

    /// A client whose institution may post results of this kind; the bureau grants it where nobody may.
    pub fn accredited(&self, kind: &str) -> &Client {
        let mut known = self.accredited.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known.get(kind) {
            return &self.clients[*place];
        }
        let institution_kind = match kind {
            "course" | "competition" | "experience" | "diploma" => "secondary_school",
            "training" => "training_provider",
            _ => "awarding_body",
        };
        let place = self.clients.iter().position(|client| client.kind == institution_kind);
        let place = place.unwrap_or_else(|| panic!("the demo has no client of kind {institution_kind}"));
        self.accredit(&self.clients[place], kind);
        known.insert(kind.to_owned(), place);
        &self.clients[place]
    }

    /// Sees to it that the client's institution may post all results of `kind`.
    pub fn accredit(&self, client: &Client, kind: &str) {
        let unlimited = self.accreditations(client).into_iter().any(|granted| {
            granted["kind"] == kind
                && granted["codes"].is_null()
                && granted["levels"].is_null()
                && granted["valid_to"].is_null()
        });
        if !unlimited {
            let body = json!({"kind": kind, "valid_from": "2015-01-01"});
            self.bureau().send(create_accreditation(&client.institution_id, &body)).is(201);
        }
    }

    /// A client, no school of the fixtures, whose institution has no accreditation for `kind` at all.
    pub fn unaccredited(&self, kind: &str) -> &Client {
        let found = self.clients.iter().find(|client| {
            client.kind != "bureau" && self.accreditations(client).iter().all(|granted| granted["kind"] != kind)
        });
        found.unwrap_or_else(|| panic!("every client may post {kind}"))
    }

    /// All accreditations of a client's institution.
    pub fn accreditations(&self, client: &Client) -> Vec<Value> {
        let answer = self.bureau().send(list_accreditations(&client.institution_id).query("limit", "200")).is(200);
        answer.items().to_vec()
    }
}

/// Waits until a server answers that it is ready.
pub fn wait_ready(base: &str) {
    let since = Instant::now();
    loop {
        match Call::plain("GET", "/readyz").send(base) {
            Ok(answer) if answer.status == 200 => return,
            other if since.elapsed() > Duration::from_secs(60) => panic!("not ready after a minute: {other:?}"),
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}
