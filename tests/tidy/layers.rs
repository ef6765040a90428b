//! The layers' arrows point down only.
use crate::source::{files, is_word, line_of, split};

/// What each layer may name of the crate besides itself. `lib.rs` names all, `main.rs` only `cli`.
///
/// Who adds a layer says here what stands below it; nothing may be added upwards.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    // Clock and IdSource: the machine's time and chance, handed down as arguments.
    ("ports", &["domain"]),
    ("crypto", &["ports"]),
    ("proof", &["crypto"]),
    ("credential", &["domain", "crypto"]),
    ("ledger", &["domain", "crypto"]),
    ("conversion", &["domain"]),
    ("store", &["ledger", "conversion", "domain", "crypto", "ports"]),
    ("services", &["store", "ledger", "conversion", "domain", "crypto", "credential", "proof", "ports"]),
    ("http", &["services", "ledger", "conversion", "domain", "crypto", "ports"]),
    ("api", &["http", "services", "ledger", "conversion", "domain", "ports"]),
    ("web", &["http", "services", "ledger", "conversion", "domain", "ports"]),
    ("config", &["store", "domain", "crypto", "ports"]),
    ("startup", &["config", "api", "web", "http", "services", "store", "domain", "crypto", "ports"]),
    ("demo", &["services", "store", "ledger", "conversion", "domain", "crypto", "ports"]),
    (
        "cli",
        &[
            "config",
            "startup",
            "demo",
            "api",
            "web",
            "http",
            "services",
            "store",
            "ledger",
            "conversion",
            "domain",
            "crypto",
            "credential",
            "proof",
            "ports",
        ],
    ),
];

/// Single files that may reach further, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    // The one match from every refusal to its problem sees the store's outages, which services pass on as they are.
    ("src/http/problem.rs", "store"),
];

/// Crates and modules that the pure layers do without: they would bring a clock, chance, the environment or a database.
const IMPURE: &[&str] = &[
    "diesel",
    "actix_web",
    "actix_http",
    "tokio",
    "tracing",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::thread",
    "Utc::now",
    "Local::now",
    "now_v7",
    "new_v4",
];

fn layer_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").expect("a source file");
    inside.split(['/', '.']).next().expect("split gives one part at least")
}

/// The first path segments after each `crate::` in `code`, with their byte positions.
fn crate_paths(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, marker) in code.match_indices("crate::") {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let rest = &code[at + marker.len()..];
        match rest.trim_start().strip_prefix('{') {
            Some(group) => {
                let (mut depth, mut start) = (0, true);
                for (n, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ if start && depth == 0 && is_word(c) => {
                            found.push((at, first_word(&group[n..])));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
            None => found.push((at, first_word(rest.trim_start()))),
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|&c| is_word(c)).collect()
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for file in files("src", "rs") {
        let layer = layer_of(&file.path);
        if layer == "lib" {
            continue;
        }
        let code = split(&file.text).code;
        if layer == "main" {
            for (at, _) in code.match_indices("xuefen::") {
                if !code[at..].starts_with("xuefen::cli") {
                    wrong.push(format!("{}:{}: main only calls xuefen::cli", file.path, line_of(&code, at)));
                }
            }
            continue;
        }
        let Some((_, below)) = ARROWS.iter().find(|(name, _)| *name == layer) else {
            wrong.push(format!("{}: the layer {layer} has no place in the table of this test", file.path));
            continue;
        };
        for (at, target) in crate_paths(&code) {
            if target != layer
                && !below.contains(&target.as_str())
                && !EXCEPTIONS.contains(&(file.path.as_str(), target.as_str()))
                && layer_exists(&target)
            {
                wrong.push(format!("{}:{}: {layer} must not use {target}", file.path, line_of(&code, at)));
            }
        }
        // `super::super::…` could climb past the layer unseen.
        let depth = file.path.matches('/').count() + usize::from(code.contains("mod tests"));
        if code.contains(&"super::".repeat(depth + 1)) {
            wrong.push(format!("{}: climbs to the crate by super::, write crate::", file.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Macros exported by the crate stand at its root as well; only names of layers count.
fn layer_exists(name: &str) -> bool {
    ARROWS.iter().any(|(layer, _)| *layer == name) || name == "main"
}

#[test]
fn pure_layers_are_pure() {
    let mut wrong = Vec::new();
    for file in files("src", "rs") {
        if !["domain", "ledger", "conversion"].contains(&layer_of(&file.path)) {
            continue;
        }
        let code = split(&file.text).code;
        for name in IMPURE {
            for (at, _) in code.match_indices(name) {
                let whole = !code[..at].ends_with(is_word) && !code[at + name.len()..].starts_with(is_word);
                if whole {
                    wrong.push(format!("{}:{}: {name} in a pure layer", file.path, line_of(&code, at)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_cycle() {
    for (place, (layer, below)) in ARROWS.iter().enumerate() {
        for target in *below {
            let stands = ARROWS.iter().position(|(name, _)| name == target);
            assert!(stands.is_some_and(|at| at < place), "{layer} → {target} does not point down");
        }
    }
}

#[test]
fn groups_and_single_paths_are_found() {
    let code = "use crate::{a::{b, c}, d};\nuse crate::e::f; $crate::g!(); mycrate::h; pub(crate) fn i() {}";
    let names: Vec<String> = crate_paths(code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["a", "d", "e", "g"]);
}
