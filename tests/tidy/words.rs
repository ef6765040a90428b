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

/// Files of which the literals are put together to sentences in both languages.
const SAID: &[&str] = &["src/conversion/explain", "src/conversion/limit_words.rs", "src/conversion/sentence/"];

/// Whether a Chinese text has an ASCII mark: after an ideograph or a quotation, after what is filled in, at the start or at
/// the end. With a space behind it, it is a mark of an English sentence that names something in Chinese.
fn ascii_mark(literal: &str, said: bool) -> bool {
    let is_han = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    let is_mark = |c: char| ",;:?!".contains(c);
    let chars: Vec<char> = literal.chars().collect();
    let chinese = chars.iter().copied().any(is_han);
    if !chinese && !said {
        return false;
    }
    let json = literal.contains("\":");
    let filled = chars.contains(&'}') || chars.iter().copied().all(is_mark);
    chars.iter().enumerate().filter(|(_, c)| is_mark(**c)).any(|(at, _)| {
        let before = at.checked_sub(1).map(|at| chars[at]);
        match (before, chars.get(at + 1)) {
            // The marks of JSON and of lines that go on.
            (_, Some(' ' | '"' | '\\' | '\n')) => false,
            (None, _) => chinese || filled,
            (Some(c), _) if is_han(c) || "”》）".contains(c) => true,
            (Some('}'), next) => !json && (chinese || next == Some(&'{')),
            _ => false,
        }
    })
}

#[test]
fn ascii_marks_are_found_wherever_they_stand() {
    for bad in ["成绩,合格", ",其中 {n} 学分", "{n},其中", "共 {n} 学分:", "“{n}”,最多", "{n} 学分;{m}"]
    {
        assert!(ascii_mark(bad, false), "{bad}");
    }
    for good in ["成绩，合格", "：", "规则 {n}：{m}", "Xuefen 学分银行, version {n}", r#"{\"name\":\"网络\",\"n\":1}"#]
    {
        assert!(!ascii_mark(good, true), "{good}");
    }
    for bad in [":", "{}:{}", "{cap},{clause}", ",{n}"] {
        assert!(ascii_mark(bad, true) && !ascii_mark(bad, false), "{bad}");
    }
    for good in ["; ", "{}: {n}", "in {n},", "2: 3"] {
        assert!(!ascii_mark(good, true), "{good}");
    }
}

#[test]
fn chinese_has_its_own_punctuation() {
    // Cells of sheets are read by programs, where the separators are those of ASCII.
    const SHEETS: &[&str] = &["src/conversion/sheet/", "src/conversion/diff.rs", "src/http/sheet.rs"];
    let mut wrong = Vec::new();
    for file in files("src", "rs").into_iter().filter(|file| !SHEETS.iter().any(|sheet| file.path.starts_with(sheet))) {
        // Whatever is said there is said in both languages, so that a mark without a space is of a Chinese sentence.
        let said = SAID.iter().any(|said| file.path.starts_with(said));
        for literal in split(&file.text).strings {
            if ascii_mark(&literal, said) {
                wrong.push(format!("{}: {literal}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "GB/T 15834 has full-width marks:\n{}", wrong.join("\n"));
}
