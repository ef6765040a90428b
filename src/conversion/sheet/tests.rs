//! Round trips of every template and of random rules; faults at their rows; hostile files.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::rule_set::RuleSetDocument;
use super::super::templates;
use super::super::validate::{Context, validate};
use super::column::Sheet;
use super::*;

fn template(id: &str) -> RuleSetDocument {
    templates::find(id).expect("a template").document.clone()
}

fn shown(errors: &[RowError]) -> Vec<String> {
    let name = |error: &RowError| error.sheet.map_or("file", Sheet::key);
    let column = |error: &RowError| error.column.map_or("", |column| column.key);
    errors
        .iter()
        .map(|error| format!("{} {} {} {}", name(error), error.row, column(error), error.what.code()))
        .collect()
}

#[track_caller]
fn round_trip(document: &RuleSetDocument) {
    let csv = write_csv(document).expect("a file");
    assert_eq!(&read_csv(&csv).expect("readable").document, document);
    let xlsx = write_xlsx(document).expect("a workbook");
    assert_eq!(&read_xlsx(&xlsx).map_err(|errors| shown(&errors)).expect("readable").document, document);
}

#[test]
fn every_template_comes_back_as_it_went() {
    for template in templates::all() {
        round_trip(&template.document);
        let json = super::super::json::export(&template.document);
        assert_eq!(super::super::json::import(&json).as_ref(), Ok(&template.document));
    }
}

#[test]
fn equal_sets_give_equal_files() {
    let document = template("R16");
    assert_eq!(write_xlsx(&document), write_xlsx(&document.clone()));
    assert_eq!(write_csv(&document), write_csv(&document.clone()));
}

/// Changes one cell of a CSV file: that of the given column in the row of a section that begins with `first`.
fn edited(document: &RuleSetDocument, sheet: Sheet, row: usize, key: &str, text: &str) -> Vec<u8> {
    let written = write_csv(document).expect("a file");
    let mut records: Vec<Vec<String>> = csv_records(&written);
    let start =
        records.iter().position(|record| record[0].ends_with(&format!("[{}]", sheet.key()))).expect("a section");
    let column = sheet.columns().iter().position(|column| column.key == key).expect("a column");
    let record = &mut records[start + 2 + row];
    record.resize(record.len().max(column + 1), String::new());
    record[column] = text.to_owned();
    written_again(&records)
}

fn csv_records(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    reader.records().map(|record| record.expect("a record").iter().map(str::to_owned).collect()).collect()
}

fn written_again(records: &[Vec<String>]) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("written");
    }
    writer.into_inner().expect("a buffer")
}

#[test]
fn faults_stand_at_their_cell() {
    let document = template("R16");
    let errors = |sheet, row, key, text| {
        let read = read_csv(&edited(&document, sheet, row, key, text));
        shown(&read.err().unwrap_or_default())
    };
    assert_eq!(errors(Sheet::Rules, 1, "value.is", "随便"), ["rules 8 value.is unknown"]);
    assert_eq!(errors(Sheet::Rules, 2, "time.valid_years", "八"), ["rules 9 time.valid_years not-a-number"]);
    assert_eq!(errors(Sheet::Rules, 1, "rounding.step", "0.0005"), ["rules 8 rounding.step decimal-places"]);
    assert_eq!(errors(Sheet::Rules, 1, "code", "CERTIFICATE")[0], "rules 9 code duplicate");
    assert_eq!(errors(Sheet::Set, 1, "effective_from", "2024/1/1"), ["set 4 effective_from not-a-date"]);
    assert_eq!(errors(Sheet::Set, 1, "effective_from", ""), ["set 4 effective_from required"]);
    assert_eq!(
        errors(Sheet::Rows, 1, "credits", "many")[0].split(' ').skip(2).collect::<Vec<_>>(),
        ["credits", "not-a-number"]
    );
    assert_eq!(
        errors(Sheet::Rows, 1, "rule", "NO-RULE")[0].split(' ').skip(2).collect::<Vec<_>>(),
        ["rule", "unknown-code"]
    );
    // What only the whole tells stands at its row too.
    let read = read_csv(&edited(&document, Sheet::Rows, 3, "when.prizes", "一等奖")).expect("readable");
    let faults = validate(&read.document, &Context::default()).expect_err("two rows of one prize");
    let errors = shown(&read.row_errors(&faults));
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("rows ") && errors[0].ends_with(" never-reached"), "{errors:?}");
}

#[test]
fn files_without_what_is_needed_are_refused() {
    let errors = |text: &str| shown(&read_csv(text.as_bytes()).err().unwrap_or_default());
    assert_eq!(errors(""), ["set 0  required"]);
    assert_eq!(errors("\u{FEFF}[set]\r\nname,foo\r\nx,y\r\n"), ["set 2  required", "set 0  required"]);
    let set = "[set]\nname,authority,basis,effective_from\n甲,院校,办法,2024-01-01\n";
    assert_eq!(errors(set), [""; 0]);
    assert_eq!(errors(&format!("{set}[rules]\ncode,title,colour\nA,甲,red\n"))[0], "rules 5  unknown-code");
    assert_eq!(errors(&format!("{set}{set}")), ["set 0  duplicate"]);
    assert_eq!(errors("\0\0\0"), ["set 0  required"]);
}

#[test]
fn other_encodings_are_read() {
    let document = template("R15");
    let csv = write_csv(&document).expect("a file");
    let text = std::str::from_utf8(&csv).expect("UTF-8").trim_start_matches('\u{FEFF}');
    let (bytes, _, lost) = encoding_rs::GB18030.encode(text);
    assert!(!lost && bytes != text.as_bytes());
    assert_eq!(read_csv(&bytes).expect("readable").document, document);
    assert_eq!(shown(&read_csv(&[0xFF, 0xFF, 0x2C]).expect_err("no text")), ["file 0  format"]);
}

#[test]
fn nothing_is_taken_for_a_formula() {
    let mut document = template("R15");
    for title in ["=1+1", "+86", "-1", "@SUM(A1)", "'=x", "'", "=HYPERLINK(\"http://x\")"] {
        document.rules[0].title = title.to_owned();
        let csv = String::from_utf8(write_csv(&document).expect("a file")).expect("UTF-8");
        let harmless = csv
            .lines()
            .flat_map(|line| line.split(','))
            .all(|cell| !cell.trim_start_matches('"').starts_with(['=', '+', '-', '@']));
        assert!(harmless, "{title}");
        round_trip(&document);
    }
}

#[test]
fn bombs_are_not_unpacked() {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).expect("a part");
    let block = vec![b' '; 1 << 20];
    for _ in 0..80 {
        archive.write_all(&block).expect("written");
    }
    let bytes = archive.finish().expect("a file").into_inner();
    assert!(bytes.len() < FILE_MAX / 10, "{} bytes", bytes.len());
    assert_eq!(shown(&read_xlsx(&bytes).expect_err("a bomb")), ["file 0  too-long"]);
    assert_eq!(shown(&read_xlsx(&vec![0; FILE_MAX + 1]).expect_err("too large")), ["file 0  too-long"]);
    assert_eq!(shown(&read_xlsx(b"PK").expect_err("no workbook")), ["file 0  malformed"]);
}

#[test]
fn typed_numbers_and_dates_are_read() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let set = workbook.add_worksheet();
    set.set_name("规则集").expect("a name");
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d");
    for (column, key) in (0_u16..).zip(["名称", "层级", "依据文件", "生效日", "内容相关度不低于"]) {
        set.write_string(0, column, key).expect("written");
    }
    set.write_string(1, 0, "试验").expect("written");
    set.write_string(1, 1, "院校").expect("written");
    set.write_string(1, 2, "办法").expect("written");
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 9, 1).expect("a day");
    set.write_datetime_with_format(1, 3, day, &date).expect("written");
    set.write_number(1, 4, 0.8).expect("written");
    let read = read_xlsx(&workbook.save_to_buffer().expect("a file")).map_err(|errors| shown(&errors));
    let document = read.expect("readable").document;
    assert_eq!(document.effective_from.to_string(), "2026-09-01");
    assert_eq!(document.min_similarity.map(|share| share.to_string()), Some("0.8".into()));
}

fn words(of: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(of, 0..=most)
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9=+@'\\-;\\\\,\"甲乙丙,。《》][a-zA-Z0-9 ;\\\\,\"甲乙丙,。;]{0,12}[a-z甲乙\"]"
}

fn selector() -> impl Strategy<Value = Value> {
    let kinds = &["course", "examination", "skill_certificate", "competition", "training", "diploma"];
    let kinds = proptest::sample::subsequence(kinds, 1..=3);
    let levels = words(&["elementary", "3", "secondary", "first"], 3);
    let bounds =
        (proptest::option::of(0_u32..99), proptest::option::of(proptest::sample::select(vec!["0.6", "1", "0.333"])));
    let lists = (proptest::collection::vec(text(), 0..3), proptest::collection::vec(text(), 0..3));
    (kinds, levels, words(&["national", "city"], 2), bounds, lists, proptest::option::of(any::<bool>())).prop_map(
        |(kinds, levels, tiers, (hours, share), (names, tags), required)| {
            let mut value = json!({"kinds": kinds, "levels": levels, "tiers": tiers, "names": names, "tags_any": tags});
            for (key, bound) in
                [("hours_min", json!(hours)), ("practice_share_min", json!(share)), ("required", json!(required))]
            {
                if !bound.is_null() {
                    value[key] = bound;
                }
            }
            value
        },
    )
}

fn value() -> impl Strategy<Value = Value> {
    let credits = (1_i64..400_000).prop_map(|n| crate::domain::credit::CreditAmount::from_thousandths(n).to_string());
    let row =
        (selector(), credits.clone(), proptest::option::of(text())).prop_map(|(when, credits, score)| match score {
            Some(score) => json!({"when": when, "credits": credits, "score": score}),
            None => json!({"when": when, "credits": credits}),
        });
    let adjustment = (selector(), credits.clone()).prop_map(|(when, minus)| json!({"when": when, "minus": minus}));
    let course = (text(), proptest::option::of(credits.clone()))
        .prop_map(|(name, credits)| json!({"name": name, "credits": credits}));
    prop_oneof![
        credits.clone().prop_map(|credits| json!({"is": "fixed", "credits": credits})),
        (proptest::collection::vec(row, 1..4), proptest::collection::vec(adjustment, 0..2))
            .prop_map(|(rows, adjustments)| json!({"is": "table", "rows": rows, "adjustments": adjustments})),
        (1_u32..1000).prop_map(|hours| json!({"is": "hours_per", "hours": hours})),
        (1_u32..9, 1_u32..9).prop_map(|(a, b)| json!({"is": "ratio", "numerator": a, "denominator": b})),
        Just(json!({"is": "target_course"})),
        (proptest::collection::vec(course, 1..4), any::<bool>())
            .prop_map(|(courses, all)| json!({"is": "named_courses", "courses": courses, "all_or_nothing": all})),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    let place = prop_oneof![
        (proptest::collection::vec(text(), 0..3), any::<bool>())
            .prop_map(|(classes, same)| json!({"in": "courses", "classes": classes, "same_course": same})),
        proptest::collection::vec(text(), 1..3).prop_map(|classes| json!({"in": "module", "classes": classes})),
        Just(json!({"in": "programme"})),
    ];
    let score = prop_oneof![
        Just(json!({"is": "exempt"})),
        text().prop_map(|score| json!({"is": "fixed", "score": score, "or_examined": true})),
        text().prop_map(|record| json!({"is": "bands", "bands": [{"from": "1", "to": "2", "record": record}]})),
    ];
    let window = prop_oneof![
        Just(Value::Null),
        Just(json!({"is": "yearly", "from": "02-29", "to": "01-01"})),
        Just(json!({"is": "term_weeks", "first": 1, "last": 2})),
        Just(json!({"is": "before_registration"})),
    ];
    let cap = (text(), words(&["online", "taught"], 2))
        .prop_map(|(class, ways)| json!({"code": "c", "over": {"classes": [class], "deliveries": ways}, "per": "term", "most": {"is": "share", "share": "0.5", "base": {"without": ["x"]}}}));
    let case = text().prop_map(|name| json!({"name": name, "given": {"on": "2024-01-01", "evidence": [{"kind": "course"}]}, "expect": {"credits": "2"}}));
    let steps = prop_oneof![
        Just(json!({"is": "automatic"})),
        text().prop_map(|name| json!({"is": "steps", "steps": [{"name": name, "by": "bureau", "working_days": 3}]})),
    ];
    let several = (
        proptest::collection::vec(selector(), 1..4),
        proptest::collection::vec(cap, 0..3),
        proptest::collection::vec(case, 0..2),
    );
    ((text(), several, value()), (place, score, window, steps, any::<bool>())).prop_map(
        |((title, (sources, caps, cases), value), (place, score, window, procedure, flag))| {
            let mut rule = json!({
                "code": "R", "title": title, "sources": sources, "value": value,
                "target": {"place": place, "never": ["a;b"], "direction": {"required_by_required": flag}},
                "score": score, "exclusivity": {"scope": "life", "family": "f", "highest_only": flag}, "caps": caps,
                "time": {"within_own_validity": flag}, "procedure": procedure, "cases": cases,
                "person": {"facts": [{"fact": "age_reached", "at_least": 40}]}
            });
            if !window.is_null() {
                rule["time"]["window"] = window;
            }
            rule
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_rules_come_back_as_they_went(rules in proptest::collection::vec(rule(), 1..4)) {
        let rules: Vec<Value> = rules.into_iter().enumerate().map(|(i, mut rule)| {
            rule["code"] = json!(format!("R{i}"));
            rule
        }).collect();
        let json = json!({"name": "试验", "authority": "city", "basis": "办法", "effective_from": "2026-01-01", "rules": rules});
        let document: RuleSetDocument = serde_json::from_value(json).expect("a rule set");
        round_trip(&super::super::tidy::tidy(&document));
    }

    #[test]
    fn damaged_workbooks_never_panic(place in 0_usize..20_000, byte in any::<u8>(), cut in 0_usize..20_000) {
        static FILE: std::sync::LazyLock<Vec<u8>> =
            std::sync::LazyLock::new(|| write_xlsx(&template("R16")).expect("a workbook"));
        let mut bytes = FILE.clone();
        let len = bytes.len();
        bytes[place % len] ^= byte;
        let _ = read_xlsx(&bytes);
        bytes.truncate(cut % len);
        let _ = read_xlsx(&bytes);
        let _ = read_csv(&bytes);
    }
}
