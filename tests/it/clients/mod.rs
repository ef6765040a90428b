//! API clients: how they prove themselves, how their keys and secrets change over, how their tokens end, and how much they may
//! ask for.

use serde_json::{Value, json};

use crate::support::city::{City, wait_ready};
use crate::support::contract;
use crate::support::fresh;
use crate::support::http::{Answer, Call};
use crate::support::keys::Pair;
use crate::support::operations::get_me;
use crate::support::process::{Server, free_port, run};

mod assertions;
mod forgeries;
mod guesses;
mod metadata;
mod quotas;
mod revocation;
mod secrets;
mod signing_keys;

/// The member of a form that every token request has.
pub const GRANT: (&str, &str) = ("grant_type", "client_credentials");
/// The only type of assertion.
pub const JWT_BEARER: (&str, &str) =
    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

/// What an operator's command says on standard output.
#[track_caller]
pub fn admin(city: &City, words: &[&str]) -> String {
    let (code, said, fault) = try_admin(city, words);
    assert_eq!(code, Some(0), "{words:?}: {fault}");
    said
}

/// The exit code of an operator's command, and what it says.
pub fn try_admin(city: &City, words: &[&str]) -> (Option<i32>, String, String) {
    let command: Vec<&str> = ["admin"].iter().chain(words).copied().collect();
    let output = run(&city.store.arguments(&command));
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// What stands behind `word` in what a command said.
#[track_caller]
pub fn said(text: &str, word: &str) -> String {
    let found = text.lines().find_map(|line| line.strip_prefix(word));
    found.unwrap_or_else(|| panic!("no {word} in {text}")).trim().to_owned()
}

/// A file with a JWK Set; it lasts as long as it is held.
pub fn key_file(keys: &[Value]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), json!({"keys": keys}).to_string()).expect("written");
    file
}

/// The id of a new client of the first school that has these keys and no secret.
#[track_caller]
pub fn client_with(city: &City, keys: &[Value]) -> String {
    let file = key_file(keys);
    let path = file.path().display().to_string();
    let words = ["client", "--institution", &city.school().institution_id, "--name", "keys", "--jwks", &path];
    let text = admin(city, &words);
    assert!(!text.contains("client_secret"), "{text}");
    said(&text, "client_id")
}

/// Id and secret of a new client of the first school.
#[track_caller]
pub fn client_with_secret(city: &City) -> (String, String) {
    let client = city.second_client(city.school());
    (client.id.clone(), client.secret.clone())
}

/// What a form to an endpoint of the token service answers.
#[track_caller]
pub fn ask(base: &str, operation: &'static str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let call = Call::new(operation, "POST", path).form(fields);
    let answer = call.send(base).expect("the server answers");
    contract::check(&call, &answer);
    answer
}

/// What an assertion gets.
#[track_caller]
pub fn asserted(base: &str, jwt: &str) -> Answer {
    ask(base, "issue_token", "/oauth/token", &[GRANT, JWT_BEARER, ("client_assertion", jwt)])
}

/// What a secret gets.
#[track_caller]
pub fn secretly(base: &str, id: &str, secret: &str) -> Answer {
    ask(base, "issue_token", "/oauth/token", &[GRANT, ("client_id", id), ("client_secret", secret)])
}

/// The token of a good answer.
#[track_caller]
pub fn token(answer: Answer) -> String {
    answer.is(200).str("access_token").to_owned()
}

/// Nothing, and no word of why.
#[track_caller]
pub fn nobody(answer: Answer) {
    let answer = answer.is(401);
    assert_eq!(answer.json, json!({"error": "invalid_client"}), "{answer:?}");
}

/// Whether a token is taken.
#[track_caller]
pub fn taken(base: &str, token: &str) -> bool {
    let answer = get_me().token(token).send(base).expect("the server answers");
    assert!(matches!(answer.status, 200 | 401), "{answer:?}");
    answer.status == 200
}

/// Longer than anything is remembered of a client, its tokens and the signing keys.
pub fn let_memory_fade() {
    std::thread::sleep(std::time::Duration::from_millis(2_200));
}

/// One more server on the same database that stands for the same public address.
pub fn second_server(city: &City) -> (Server, String) {
    let config = city.store.folder.join(format!("second-{}.toml", fresh::number()));
    std::fs::write(&config, format!("base_url = \"{}\"\n", city.base)).expect("written");
    let address = format!("127.0.0.1:{}", free_port());
    let words = ["serve", "--listen", &address, "--config", &config.display().to_string()];
    let server = Server::start(&city.store.folder, &city.store.arguments(&words), None);
    let base = format!("http://{address}");
    wait_ready(&base);
    (server, base)
}

/// A pair of each kind.
pub fn pairs() -> [Pair; 3] {
    [Pair::ed(), Pair::ec(), Pair::rsa()]
}
