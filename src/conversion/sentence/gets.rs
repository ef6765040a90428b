//! What one gets: credits, courses, a score.

use super::super::policy::ScorePolicy;
use super::super::rule::ConversionRule;
use super::super::target::{Place, Target};
use super::super::value::{Adjustment, NamedCourse, TableRow, Value};
use super::needs::about;
use super::words::{self, and, codes, or, quoted};
use super::{Text, join};

/// Most rows that the sentence says one by one.
const ROWS_SAID: usize = 16;

/// The middle of the sentence.
pub fn gets(rule: &ConversionRule) -> Text {
    let who = programmes(&rule.target);
    let zh = if who.is_empty() { String::new() } else { format!("在{}", who.zh) };
    let en = if who.is_empty() { "one".to_owned() } else { format!("one, in {},", who.en) };
    let gain = gain(rule);
    let score = score(rule);
    let main = Text::new(format!("{zh}{}", gain.zh), format!("{en} {}", gain.en));
    join([main, score], ["，", ", "])
}

/// Programmes that the rule is for, where it says so.
fn programmes(target: &Target) -> Text {
    let mut parts = Vec::new();
    if !target.levels.is_empty() {
        let levels = or(target.levels.iter().map(|level| words::programme_level(*level)));
        parts.push(Text::new(format!("{}专业", levels.zh), format!("{} programmes", levels.en)));
    }
    if !target.majors.is_empty() {
        let [zh, en] = majors(&target.majors);
        parts.push(Text::new(format!("代码以 {zh} 开头的专业"), format!("majors starting with {en}")));
    }
    if !target.programmes.is_empty() {
        parts.push(Text::new("指定的专业", "the named programmes"));
    }
    if !target.institutions.is_empty() {
        parts.push(Text::new("指定的院校", "the named institutions"));
    }
    if !target.majors_excluded.is_empty() {
        let [zh, en] = majors(&target.majors_excluded);
        parts.push(Text::new(format!("代码不以 {zh} 开头的专业"), format!("majors that do not start with {en}")));
    }
    join(parts, ["、", " and "])
}

fn majors(prefixes: &[String]) -> [String; 2] {
    [prefixes.join("、"), prefixes.join(", ")]
}

fn gain(rule: &ConversionRule) -> Text {
    let place = &rule.target.place;
    if let Value::NamedCourses { courses, total, all_or_nothing } = &rule.value {
        return named(rule, courses, total.map(|total| total.to_string()), *all_or_nothing);
    }
    match place {
        Place::Courses { .. } => exempted(rule),
        Place::Module { codes: module_codes, classes } => {
            let module = if module_codes.is_empty() {
                let classes = quoted(classes);
                Text::new(format!("{}类模块", classes.zh), format!("the module of class {}", classes.en))
            } else {
                let codes = codes(module_codes);
                Text::new(format!("模块 {}", codes.zh), format!("module {}", codes.en))
            };
            let credits = credits(&rule.value);
            Text::new(
                format!("可{}，计入{}", credits.zh, module.zh),
                format!("gets {}, counted in {}", credits.en, module.en),
            )
        }
        Place::Programme => {
            let credits = credits(&rule.value);
            Text::new(format!("可{}，计入本专业", credits.zh), format!("gets {}, counted in the programme", credits.en))
        }
    }
}

/// The amount, as an object of "get".
fn credits(value: &Value) -> Text {
    match value {
        Value::Fixed { credits } | Value::Block { credits } => {
            Text::new(format!("得 {credits} 学分"), format!("{credits} credits"))
        }
        Value::Table { rows, adjustments } => table(rows, adjustments),
        Value::HoursPer { hours } => {
            Text::new(format!("按每 {hours} 学时 1 学分折算学分"), format!("one credit for every {hours} hours"))
        }
        Value::Ratio { numerator, denominator } if numerator == denominator => {
            Text::new("得到与原来相同的学分", "as many credits as it carries")
        }
        Value::Ratio { numerator, denominator } => Text::new(
            format!("得到原学分的 {numerator}/{denominator}"),
            format!("{numerator}/{denominator} of the credits it carries"),
        ),
        Value::TargetCourse | Value::NamedCourses { .. } => {
            Text::new("得到所免课程的学分", "the credits of the exempted courses")
        }
    }
}

fn table(rows: &[TableRow], adjustments: &[Adjustment]) -> Text {
    let minus = join(
        adjustments.iter().map(|change| {
            let when = about(&change.when);
            Text::new(format!("{}减 {}", when.zh, change.minus), format!("{} less {}", when.en, change.minus))
        }),
        ["，", ", "],
    );
    let minus = if minus.is_empty() { minus } else { Text::new(format!("；{}", minus.zh), format!("; {}", minus.en)) };
    if rows.len() > ROWS_SAID {
        let amounts = rows.iter().map(|row| row.credits);
        let (least, most) = (amounts.clone().min().unwrap_or_default(), amounts.max().unwrap_or_default());
        let count = rows.len();
        return Text::new(
            format!("按表（共 {count} 行，{least} 至 {most} 学分{}）得学分", minus.zh),
            format!("credits by a table ({count} rows, {least} to {most} credits{})", minus.en),
        );
    }
    let said = join(rows.iter().map(row), ["，", ", "]);
    Text::new(format!("得学分（{}{}）", said.zh, minus.zh), format!("credits ({}{})", said.en, minus.en))
}

fn row(row: &TableRow) -> Text {
    let when = about(&row.when);
    let when = if when.is_empty() { Text::new("其他", "otherwise") } else { when };
    let majors = if row.majors.is_empty() {
        Text::default()
    } else {
        let [zh, en] = majors(&row.majors);
        Text::new(format!("（代码以 {zh} 开头的专业）"), format!(" (majors starting with {en})"))
    };
    let score = match &row.score {
        Some(score) => Text::new(format!("、成绩记 {score}"), format!(" and score {score}")),
        None => Text::default(),
    };
    Text::new(
        format!("{}{} {} 学分{}", when.zh, majors.zh, row.credits, score.zh),
        format!("{}{}: {}{}", when.en, majors.en, row.credits, score.en),
    )
}

fn named(rule: &ConversionRule, courses: &[NamedCourse], total: Option<String>, all: bool) -> Text {
    let names = courses.iter().map(|course| {
        let name = course.name.clone().or_else(|| course.code.clone()).unwrap_or_default();
        let credits = match course.credits {
            Some(credits) => Text::new(format!("（{credits} 学分）"), format!(" ({credits} credits)")),
            None => Text::default(),
        };
        Text::new(format!("《{name}》{}", credits.zh), format!("\"{name}\"{}", credits.en))
    });
    let list = if all { and(names) } else { join(names, ["、", ", "]) };
    let one = courses.len() == 1;
    let whole = match (one, all) {
        (true, _) => Text::default(),
        (false, true) => Text::new("（须全部）", " (all of them)"),
        (false, false) => Text::new("（可只免其中几门）", " (or some of them)"),
    };
    let total = match total {
        Some(total) => Text::new(format!("，共 {total} 学分"), format!(", {total} credits in all")),
        None => Text::default(),
    };
    let part = part(&rule.target.place);
    Text::new(
        format!("可免修{}{}{}{}", list.zh, part.zh, whole.zh, total.zh),
        format!("is exempted from{} {}{}{}", part.en, list.en, whole.en, total.en),
    )
}

fn part(place: &Place) -> Text {
    match place {
        Place::Courses { part: Some(part), .. } => {
            Text::new(format!("的“{part}”部分（不另给学分）"), format!(" the \"{part}\" part (without credits) of"))
        }
        _ => Text::default(),
    }
}

fn exempted(rule: &ConversionRule) -> Text {
    let Place::Courses { classes, codes: wanted, modules, same_course, most, .. } = &rule.target.place else {
        return Text::default();
    };
    let mut which = Vec::new();
    if *same_course {
        which.push(Text::new("同名", "of the same name"));
    }
    if !classes.is_empty() {
        let classes = quoted(classes);
        which.push(Text::new(format!("{}类", classes.zh), format!("of class {}", classes.en)));
    }
    if !wanted.is_empty() {
        let codes = codes(wanted);
        which.push(Text::new(format!("代码 {}", codes.zh), format!("with code {}", codes.en)));
    }
    if !modules.is_empty() {
        let modules = modules.join("、");
        which.push(Text::new(format!("模块 {modules} 中"), format!("of module {modules}")));
    }
    let which = join(which, ["、", " and "]);
    let which = if which.is_empty() {
        Text::new("课程", "courses")
    } else {
        Text::new(format!("{}的课程", which.zh), format!("courses {}", which.en))
    };
    let part = part(&rule.target.place);
    let most = match most {
        Some(1) => Text::new("一门", "one of the "),
        Some(most) => Text::new(format!("最多 {most} 门"), format!("at most {most} of the ")),
        None => Text::default(),
    };
    let worth = match &rule.value {
        Value::TargetCourse => Text::new("学分按所免课程计", "for the credits of each course"),
        other => {
            let credits = credits(other);
            Text::new(format!("最多{}", credits.zh), format!("for at most {}", credits.en))
        }
    };
    let worth = match part.is_empty() {
        true => Text::new(format!("，{}", worth.zh), format!(", {}", worth.en)),
        false => Text::default(),
    };
    Text::new(
        format!("可免修{}{}{}{}", most.zh, which.zh, part.zh, worth.zh),
        format!("is exempted from{} {}{}{}", part.en, most.en, which.en, worth.en),
    )
}

fn score(rule: &ConversionRule) -> Text {
    let courses = matches!(rule.target.place, Place::Courses { .. });
    match &rule.score {
        ScorePolicy::Exempt if courses => Text::new("成绩记“免考”", "recorded as exempt (免考)"),
        ScorePolicy::Exempt | ScorePolicy::ByRow => Text::default(),
        ScorePolicy::Keep => Text::new("保留原来的成绩", "keeping the score"),
        ScorePolicy::Fixed { score, or_examined: false } => {
            Text::new(format!("成绩记 {score}"), format!("with {score} as the score"))
        }
        ScorePolicy::Fixed { score, or_examined: true } => Text::new(
            format!("成绩记 {score}，也可以申请考核、记实际成绩"),
            format!("with {score} as the score, or the mark of an examination that one asks for"),
        ),
        ScorePolicy::Capped { most } => {
            Text::new(format!("成绩按原成绩记，最高记 {most}"), format!("keeping the score, but at most {most}"))
        }
        ScorePolicy::Bands { bands } => {
            let bands = join(
                bands.iter().map(|band| {
                    let (from, to) = (words::score(&band.from), words::score(&band.to));
                    let range = if band.from == band.to {
                        from
                    } else {
                        Text::new(format!("{}–{}", from.zh, to.zh), format!("{}–{}", from.en, to.en))
                    };
                    Text::new(format!("{} 记 {}", range.zh, band.record), format!("{} gives {}", range.en, band.record))
                }),
                ["，", ", "],
            );
            Text::new(format!("成绩按分数段记（{}）", bands.zh), format!("with a score by bands ({})", bands.en))
        }
    }
}
