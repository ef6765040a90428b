//! What may stand at the top of the project.
use std::fs;

use crate::source::{read, root};

const ENTRIES: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "askama.toml",
    "benches",
    "clippy.toml",
    "deny.toml",
    "deploy",
    "docs",
    "migrations",
    "openapi",
    "rustfmt.toml",
    "src",
    "tests",
];

/// Not part of the project: made by builds and by running it.
const IGNORED: &[&str] = &[".git", "target", "data"];

#[test]
fn only_known_entries_stand_at_the_top() {
    let strange: Vec<String> = fs::read_dir(root())
        .expect("the project's folder")
        .map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !ENTRIES.contains(&name.as_str()) && !IGNORED.contains(&name.as_str()))
        .collect();
    assert!(strange.is_empty(), "not known at the top of the project: {strange:?}");
}

#[test]
fn what_every_project_needs_is_there() {
    for name in ["README.md", "LICENSE", "CHANGELOG.md", "Cargo.lock", ".ci/run", "tests/run", "openapi/xuefen-v1.json"]
    {
        assert!(!read(name).trim().is_empty(), "{name} is empty");
    }
}

#[test]
fn the_readme_names_the_test_command() {
    assert!(read("README.md").contains("tests/run"), "README.md must say how to test: tests/run");
}

#[cfg(unix)]
#[test]
fn scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    for name in ["tests/run", "tests/postgres", ".ci/run"] {
        let mode =
            fs::metadata(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}")).permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{name} has no run bit");
    }
}
