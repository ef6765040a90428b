//! Words that are not of this code.
use crate::source::{files, identifiers, is_word, line_of, split};

/// Macros that belong to a work in progress, not to a commit.
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!"];

/// The words of an identifier in snake, camel or screaming case, in lower case.
fn words(identifier: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for c in identifier.chars() {
        if c == '_' || (c.is_uppercase() && previous_lower) {
            words.push(String::new());
        }
        previous_lower = c.is_lowercase() || c.is_ascii_digit();
        if c != '_' {
            words.last_mut().expect("starts with one").extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn nobody_is_a_user() {
    let mut wrong = Vec::new();
    for file in ["src", "tests", "benches"].iter().flat_map(|folder| files(folder, "rs")) {
        // The only file that has to name the word.
        if file.path == "tests/tidy/words.rs" {
            continue;
        }
        for (line, identifier) in identifiers(&split(&file.text).code) {
            let words = words(identifier);
            let named = words.iter().enumerate().any(|(n, word)| {
                // The HTTP header has its name from elsewhere.
                matches!(word.as_str(), "user" | "users") && words.get(n + 1).is_none_or(|next| next != "agent")
            });
            if named {
                wrong.push(format!("{}:{line}: {identifier}: say learner, staff, client or actor", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let mut wrong = Vec::new();
    for file in ["src", "tests", "benches"].iter().flat_map(|folder| files(folder, "rs")) {
        let code = split(&file.text).code;
        for name in UNFINISHED {
            for (at, _) in code.match_indices(name) {
                if !code[..at].ends_with(is_word) {
                    wrong.push(format!("{}:{}: {name}", file.path, line_of(&code, at)));
                }
            }
        }
        for (line, text) in file.text.lines().enumerate() {
            // Written in two parts so that this file does not find itself.
            if ["TO", "FIX"].iter().zip(["DO", "ME"]).any(|(a, b)| text.contains(&format!("{a}{b}"))) {
                wrong.push(format!("{}:{}: an open note; do it or say what stands", file.path, line + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn spelling_is_british() {
    const AMERICAN: &[&str] =
        &["recognize", "recognized", "authorize", "normalize", "program", "programs", "enrollment"];
    let mut wrong = Vec::new();
    for file in files("src", "rs") {
        for (line, identifier) in identifiers(&split(&file.text).code) {
            if words(identifier).iter().any(|word| AMERICAN.contains(&word.as_str())) {
                wrong.push(format!("{}:{line}: {identifier}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn identifiers_split_into_words() {
    assert_eq!(words("UserAgent_of2Learners"), ["user", "agent", "of2", "learners"]);
    assert_eq!(words("HTTP_CODE"), ["http", "code"]);
}

#[test]
fn chinese_has_its_own_punctuation() {
    // Cells of sheets are read by programs, where the separators are those of ASCII.
    const SHEETS: &[&str] = &["src/conversion/sheet/", "src/conversion/diff.rs", "src/http/sheet.rs"];
    let is_han = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    let mut wrong = Vec::new();
    for file in files("src", "rs").into_iter().filter(|file| !SHEETS.iter().any(|sheet| file.path.starts_with(sheet))) {
        for literal in split(&file.text).strings {
            let marks: Vec<char> = literal.chars().collect();
            // With a space behind it, it is a mark of an English sentence that names something in Chinese.
            let after_han = marks.windows(3).any(|it| is_han(it[0]) && ",;:?!".contains(it[1]) && it[2] != ' ');
            if after_han {
                wrong.push(format!("{}: {literal}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "GB/T 15834 has full-width marks:\n{}", wrong.join("\n"));
}
