//! The sentences of every template, against the file that people have read.

use std::fmt::Write;

use super::super::templates;
use super::{cap_sentence, sentence};

#[test]
fn sentences_of_all_templates() {
    let mut said = String::new();
    for template in templates::all() {
        writeln!(said, "# {} {}", template.id, template.title).expect("a string");
        for cap in &template.document.caps {
            let both = cap_sentence(cap);
            writeln!(said, "{}\n  {}\n  {}", cap.code, both.zh, both.en).expect("a string");
        }
        for rule in &template.document.rules {
            let both = sentence(rule);
            assert!(both.zh.ends_with('。') && both.en.ends_with('.'), "{both:?}");
            assert_eq!(both.zh.matches('。').count(), 1, "one sentence: {}", both.zh);
            writeln!(said, "{}\n  {}\n  {}", rule.code, both.zh, both.en).expect("a string");
        }
    }
    let golden = include_str!("../../../tests/golden/sentences.txt");
    assert_eq!(said, golden, "the sentences have changed; read them, then put them in tests/golden:\n{said}");
}
