//! The binary from a terminal: help, exit codes, and what it prints where.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::support::city::City;
use crate::support::http::Call;
use crate::support::process::{Server, run};
use crate::support::store::Backend;

crate::support::on_both_alone! {
    demo_on_the_same_folder_is_the_same_city,
    migration_can_be_repeated,
}

fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

fn said(command: &str) -> (Option<i32>, String, String) {
    let output = run(&words(command));
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn help_names_every_command() {
    let (code, help, _) = said("--help");
    assert_eq!(code, Some(0));
    for command in ["demo", "serve", "migrate", "verify", "openapi", "admin"] {
        assert!(help.contains(command), "{command} is missing of {help}");
        let (code, own, _) = said(&format!("{command} --help"));
        assert!(code == Some(0) && own.contains("Usage"), "{own}");
    }
    let (_, admin, _) = said("admin --help");
    for command in ["institution", "client", "staff"] {
        assert!(admin.contains(command), "{admin}");
    }
}

#[test]
fn document_is_printed_as_committed() {
    let (code, printed, _) = said("openapi");
    assert_eq!(code, Some(0));
    let committed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/xuefen-v1.json"));
    let same = printed.trim() == committed.expect("the document is committed").trim();
    assert!(same, "the committed document is not what the code says: xuefen openapi >openapi/xuefen-v1.json");
}

#[test]
fn impossible_calls_are_explained() {
    let calls = ["fly", "serve --colour red", "demo --learners many", "demo --port 70000"];
    for call in calls {
        let (code, out, err) = said(call);
        assert!(code.is_some_and(|code| code != 0) && out.is_empty() && !err.is_empty(), "{call}: {code:?} {err}");
        assert!(!err.contains("panicked"), "{err}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("data").display().to_string();
    // SQLite takes any text for a file name, so a slip in the URL must be caught before it.
    for url in ["mysql://localhost/x", "postgre://localhost/x", "xuefen", ""] {
        for command in ["migrate", "verify", "demo", "serve"] {
            let arguments = [command, "--data-dir", &place, "--database-url", url].map(str::to_owned);
            let output = run(&arguments);
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && !err.contains("panicked"), "{command} {url:?}: {err}");
        }
    }
    let (code, _, err) = said(&format!("verify --data-dir {place}"));
    assert!(code.is_some_and(|code| code != 0), "nothing to verify is no clean book: {err}");
    assert!(!Path::new(&place).join("xuefen.db").exists(), "verify makes no database");
}

fn demo_on_the_same_folder_is_the_same_city(backend: Backend) {
    let mut city = City::own(backend);
    let first = city.demo.clone();
    assert!(city.server.unread().is_empty(), "one line on standard output, no more");
    for secret in crate::support::store::files(&city.store.data_dir) {
        let name = secret.file_name().expect("a name").to_string_lossy().into_owned();
        if name.contains("key") || name.ends_with(".json") {
            let mode = fs::metadata(&secret).expect("a file").permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name} can be read by others");
        }
    }
    city.server.stop();
    let arguments = city.store.arguments(&["demo", "--learners", "12", "--port", "0", "--json"]);
    let again = Server::start(&city.store.folder, &arguments, None);
    let second: Value = serde_json::from_str(&again.line()).expect("a line of JSON");
    for member in ["clients", "learners", "staff", "programmes"] {
        assert_eq!(first[member], second[member], "{member}");
    }
    let base = second["base_url"].as_str().expect("a base URL");
    Call::plain("GET", "/readyz").send(base).expect("the server answers").is(200);
    drop(again);
    let verified = run(&city.store.arguments(&["verify"]));
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stderr));
}

fn migration_can_be_repeated(backend: Backend) {
    let store = crate::support::store::Store::fresh(backend);
    for _ in 0..2 {
        let output = run(&store.arguments(&["migrate"]));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
