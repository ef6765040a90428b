//! What changed between two versions of a rule set, in words: rules added, removed and changed, column by column as the
//! spreadsheet has them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::explain::Text;
use super::rule::ConversionRule;
use super::rule_set::RuleSetDocument;
use super::sentence::sentence;
use super::sheet::column::{RULE, Sheet};
use super::sheet::table::{Table, tables};

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Diff {
    /// Changes of the set's own members: name, dates, cohorts.
    pub head: Vec<Change>,
    /// Changes of the set's caps.
    pub caps: Vec<Change>,
    /// Rules that are new, in the order of the new version.
    pub added: Vec<RuleText>,
    /// Rules that are gone, in the order of the old version.
    pub removed: Vec<RuleText>,
    /// Rules that changed, in the order of the new version.
    pub changed: Vec<RuleChange>,
}

/// A rule as its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleText {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Its sentence.
    pub sentence: Text,
}

/// A rule that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleChange {
    /// Its code.
    pub code: String,
    /// Its title now.
    pub title: String,
    /// What changed, field by field.
    pub changes: Vec<Change>,
    /// Its sentence before.
    pub before: Text,
    /// Its sentence now.
    pub after: Text,
}

/// A changed field, or an entry of a list that came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// The field or list, in words.
    pub field: Text,
    /// Its stable key: `rules.value.credits`.
    pub key: String,
    /// What it was, as a spreadsheet shows it; none when it was not there.
    pub before: Option<String>,
    /// What it is; none when it is gone.
    pub after: Option<String>,
}

/// What differs between `old` and `new`.
pub fn diff(old: &RuleSetDocument, new: &RuleSetDocument) -> Diff {
    let (old_rows, new_rows) = (by_rule(old), by_rule(new));
    let mut diff = Diff::default();
    for change in changes(old_rows.get(""), new_rows.get("")) {
        if change.key.starts_with(Sheet::Caps.key()) { &mut diff.caps } else { &mut diff.head }.push(change);
    }
    let old_codes: HashMap<&str, &ConversionRule> = old.rules.iter().map(|rule| (rule.code.as_str(), rule)).collect();
    for rule in &new.rules {
        let Some(before) = old_codes.get(rule.code.as_str()) else {
            diff.added.push(text(rule));
            continue;
        };
        if *before == rule {
            continue;
        }
        diff.changed.push(RuleChange {
            code: rule.code.clone(),
            title: rule.title.clone(),
            changes: changes(old_rows.get(&rule.code), new_rows.get(&rule.code)),
            before: sentence(before),
            after: sentence(rule),
        });
    }
    let kept: std::collections::HashSet<&str> = new.rules.iter().map(|rule| rule.code.as_str()).collect();
    diff.removed = old.rules.iter().filter(|rule| !kept.contains(rule.code.as_str())).map(text).collect();
    diff
}

fn text(rule: &ConversionRule) -> RuleText {
    RuleText { code: rule.code.clone(), title: rule.title.clone(), sentence: sentence(rule) }
}

/// The rows of each rule, sheet by sheet; those of the set itself under the empty code.
type Rows = Vec<(Sheet, Vec<String>)>;

fn by_rule(document: &RuleSetDocument) -> HashMap<String, Rows> {
    let mut rows: HashMap<String, Rows> = HashMap::new();
    for Table { sheet, rows: texts } in tables(document) {
        for row in texts {
            let code = match sheet {
                Sheet::Set => String::new(),
                _ => row.first().cloned().unwrap_or_default(),
            };
            rows.entry(code).or_default().push((sheet, row));
        }
    }
    rows
}

fn changes(old: Option<&Rows>, new: Option<&Rows>) -> Vec<Change> {
    let of = |rows: Option<&Rows>, sheet: Sheet| -> Vec<Vec<String>> {
        rows.into_iter().flatten().filter(|(other, _)| *other == sheet).map(|(_, row)| row.clone()).collect()
    };
    let mut changes = Vec::new();
    for sheet in Sheet::ALL {
        let (before, after) = (of(old, sheet), of(new, sheet));
        match sheet {
            Sheet::Set | Sheet::Rules => {
                if let ([before], [after]) = (&before[..], &after[..]) {
                    fields(sheet, before, after, &mut changes);
                }
            }
            _ => entries(sheet, &before, &after, &mut changes),
        }
    }
    changes
}

fn fields(sheet: Sheet, before: &[String], after: &[String], changes: &mut Vec<Change>) {
    let written = |text: &String| (!text.is_empty()).then(|| text.clone());
    for (place, column) in sheet.columns().iter().enumerate() {
        if before[place] != after[place] {
            changes.push(Change {
                field: Text::new(column.zh, column.en),
                key: format!("{}.{}", sheet.key(), column.key),
                before: written(&before[place]),
                after: written(&after[place]),
            });
        }
    }
}

/// Entries of a list: those at the same place that differ, and those that came or went at its end. What both have in common
/// at either end is left out, so that one new row is one change.
fn entries(sheet: Sheet, before: &[Vec<String>], after: &[Vec<String>], changes: &mut Vec<Change>) {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[start..], &after[start..]);
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[..before.len() - end], &after[..after.len() - end]);
    for place in 0..before.len().max(after.len()) {
        changes.push(Change {
            field: Text::new(
                format!("{}第 {} 行", sheet.zh(), start + place + 1),
                format!("{} {}", sheet.en(), start + place + 1),
            ),
            key: format!("{}.{}", sheet.key(), start + place),
            before: before.get(place).map(|row| said(sheet, row)),
            after: after.get(place).map(|row| said(sheet, row)),
        });
    }
}

/// A row in words: each title with its text, without the rule's code.
fn said(sheet: Sheet, row: &[String]) -> String {
    let columns = sheet.columns();
    let parts = columns.iter().zip(row).filter(|(column, text)| column.key != RULE && !text.is_empty());
    parts.map(|(column, text)| format!("{}: {text}", column.zh)).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::templates;
    use super::*;

    fn shown(changes: &[Change]) -> Vec<String> {
        let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".into());
        changes.iter().map(|c| format!("{} [{}] {} → {}", c.field.zh, c.key, text(&c.before), text(&c.after))).collect()
    }

    #[test]
    fn a_set_does_not_differ_from_itself() {
        for template in templates::all() {
            assert_eq!(diff(&template.document, &template.document), Diff::default());
        }
    }

    #[test]
    fn changes_are_told_field_by_field() {
        let old = templates::find("R01").expect("a template").document.clone();
        let mut json = serde_json::to_value(&old).expect("JSON");
        json["effective_from"] = "2027-09-01".into();
        json["rules"][1]["caps"][0]["most"]["credits"] = "6".into();
        json["rules"][1]["title"] = "中级证书免修".into();
        json["rules"][1]["value"] = serde_json::json!({"is": "fixed", "credits": "3"});
        json["rules"].as_array_mut().expect("rules").remove(0);
        let mut added = json["rules"][1].clone();
        added["code"] = "X-NEW".into();
        json["rules"].as_array_mut().expect("rules").push(added);
        let new: RuleSetDocument = serde_json::from_value(json).expect("a rule set");
        let diff = diff(&old, &new);
        assert_eq!(shown(&diff.head), ["生效日 [set.effective_from] 2015-09-01 → 2027-09-01"]);
        assert_eq!(diff.removed.iter().map(|rule| rule.code.as_str()).collect::<Vec<_>>(), ["X-ELEMENTARY"]);
        assert_eq!(diff.added.iter().map(|rule| rule.code.as_str()).collect::<Vec<_>>(), ["X-NEW"]);
        let [changed] = &diff.changed[..] else { panic!("one rule changed: {:?}", diff.changed) };
        assert_eq!(
            shown(&changed.changes),
            [
                "标题 [rules.title] X证书（中级）免修专业核心必修课 → 中级证书免修",
                "学分方式 [rules.value.is] 按所免课程 → 固定学分",
                "学分 [rules.value.credits] - → 3",
                "上限第 1 行 [caps.0] 上限编号: per-certificate-cap; 条款: 每证上限8学分; 范围: 每项成果; 上限方式: 学分; \
                 学分: 8 → 上限编号: per-certificate-cap; 条款: 每证上限8学分; 范围: 每项成果; 上限方式: 学分; 学分: 6",
            ]
        );
        assert_ne!(changed.before, changed.after);
    }

    #[test]
    fn one_new_row_is_one_change() {
        let old = templates::find("R16").expect("a template").document.clone();
        let mut json = serde_json::to_value(&old).expect("JSON");
        let rows = json["rules"][0]["value"]["rows"].as_array_mut().expect("rows");
        rows.insert(2, serde_json::json!({"when": {"tiers": ["city"], "prizes": ["first"]}, "credits": "1"}));
        let new: RuleSetDocument = serde_json::from_value(json).expect("a rule set");
        let diff = diff(&old, &new);
        assert_eq!(
            shown(&diff.changed[0].changes),
            ["分值表第 3 行 [rows.2] - → 行类型: 分值; 学分(调整为减去): 1; 竞赛级别: 市级; 奖项: 一等奖"]
        );
    }
}
