//! Reading the project's files, and Rust source without its comments and strings.
use std::fs;
use std::path::{Path, PathBuf};

/// One file of the project.
pub struct File {
    /// Path from the project's folder, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of one file that must exist.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below `folder` that end in `.<extension>`, sorted by path. At least one must exist.
pub fn files(folder: &str, extension: &str) -> Vec<File> {
    let mut paths = Vec::new();
    collect(&root().join(folder), extension, &mut paths);
    assert!(!paths.is_empty(), "no .{extension} file below {folder}");
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let path = path.strip_prefix(root()).expect("found below the project's folder");
            File { path: path.to_string_lossy().replace('\\', "/"), text }
        })
        .collect()
}

fn collect(folder: &Path, extension: &str, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, extension, paths);
        } else if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
}

/// A Rust file split in code, where comments and the contents of literals are blanked, and its string literals.
/// Line breaks stay, so that positions in `code` tell the line.
pub struct Split {
    /// The code.
    pub code: String,
    /// Contents of the string literals, in order, escapes left as written.
    pub strings: Vec<String>,
}

/// Splits Rust source.
pub fn split(text: &str) -> Split {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut strings) = (String::with_capacity(text.len()), Vec::new());
    let mut at = 0;
    while at < chars.len() {
        let end = if chars[at..].starts_with(&['/', '/']) {
            line_end(&chars, at)
        } else if chars[at..].starts_with(&['/', '*']) {
            block_comment_end(&chars, at)
        } else if let Some((open, close, end)) = string_at(&chars, at) {
            strings.push(chars[open..close].iter().collect());
            end
        } else if let Some(end) = char_literal_end(&chars, at) {
            end
        } else {
            code.push(chars[at]);
            at += 1;
            continue;
        };
        code.push(' ');
        code.extend(chars[at..end].iter().filter(|&&c| c == '\n'));
        at = end;
    }
    Split { code, strings }
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|&c| c == '\n').map_or(chars.len(), |n| at + n)
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at < chars.len() {
        if chars[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if chars[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// A string literal that starts at `at`: where its content opens and closes, and where the literal ends.
fn string_at(chars: &[char], at: usize) -> Option<(usize, usize, usize)> {
    if at > 0 && is_word(chars[at - 1]) {
        return None;
    }
    let mut open = at;
    while open < chars.len() && matches!(chars[open], 'b' | 'c') {
        open += 1;
    }
    let raw = chars.get(open) == Some(&'r');
    open += usize::from(raw);
    let hashes = if raw { chars[open..].iter().take_while(|&&c| c == '#').count() } else { 0 };
    open += hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    open += 1;
    let mut close = open;
    while close < chars.len() {
        match chars[close] {
            '\\' if !raw => close += 1,
            '"' if chars[close + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes => {
                return Some((open, close, close + 1 + hashes));
            }
            _ => {}
        }
        close += 1;
    }
    Some((open, chars.len(), chars.len()))
}

/// The end of a character literal that starts at `at`; a lifetime is none.
fn char_literal_end(chars: &[char], at: usize) -> Option<usize> {
    if chars[at] != '\'' {
        return None;
    }
    match chars.get(at + 1)? {
        '\\' => chars[at + 3..].iter().position(|&c| c == '\'').map(|n| at + 3 + n + 1),
        _ if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

/// Part of an identifier?
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The identifiers of `code` with the line each stands on.
pub fn identifiers(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().enumerate().flat_map(|(line, text)| {
        text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(move |word| (line + 1, word))
    })
}

/// The line on which byte `position` of `code` stands.
pub fn line_of(code: &str, position: usize) -> usize {
    code[..position].matches('\n').count() + 1
}

#[test]
fn comments_and_literals_are_taken_out() {
    let text = "let a = \"x // \\\" y\"; // note\nlet b = r#\"q \" q\"#; /* a /* b */ c */ let c: &'static str = b\"\"; '\"' '\\''";
    let split = split(text);
    assert_eq!(split.strings, ["x // \\\" y", "q \" q", ""]);
    assert_eq!(split.code.split_whitespace().collect::<String>(), "leta=;letb=;letc:&'staticstr=;");
    assert_eq!(line_of(&split.code, split.code.find("let b").unwrap()), 2);
}
