//! Files stay small enough to be read in one go.
use crate::source::files;

/// Lines that no file may pass; 300 is the rule.
const HARD_LIMIT: usize = 500;

#[test]
fn files_are_short() {
    let long: Vec<String> = ["src", "tests", "benches"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .map(|file| (file.text.lines().count(), file.path))
        .filter(|(lines, _)| *lines > HARD_LIMIT)
        .map(|(lines, path)| format!("{path}: {lines} lines, split it by noun (at most {HARD_LIMIT})"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn files_end_well() {
    let mut wrong = Vec::new();
    for (folder, extension) in
        [("src", "rs"), ("tests", "rs"), ("benches", "rs"), ("migrations", "sql"), ("docs", "md")]
    {
        for file in files(folder, extension) {
            if !file.text.ends_with('\n') || file.text.ends_with("\n\n") {
                wrong.push(format!("{}: must end with one line break", file.path));
            }
            if file.text.contains('\r') || file.text.contains('\t') {
                wrong.push(format!("{}: holds a tab or a carriage return", file.path));
            }
            if file.text.lines().any(|line| line.ends_with(' ')) {
                wrong.push(format!("{}: spaces at a line's end", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
