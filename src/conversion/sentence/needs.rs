//! What one needs: the sources, the person, the time.

use super::super::policy::Window;
use super::super::rule::ConversionRule;
use super::super::selector::Selector;
use super::words::{self, and, codes, or, quoted};
use super::{Text, join};

/// The beginning of the sentence.
pub fn needs(rule: &ConversionRule) -> Text {
    let person = rule.person.facts.iter().map(|fact| words::fact(&fact.fact, fact.at_least));
    let sources = rule.sources.iter().map(source);
    let time = time(rule);
    let all = and(person.chain(sources));
    let zh = if time.zh.is_empty() { all.zh } else { format!("{}，{}", all.zh, time.zh) };
    let en = if time.en.is_empty() { all.en } else { format!("{}, {}", all.en, time.en) };
    Text::new(zh, en)
}

fn source(selector: &Selector) -> Text {
    if let Some(condition) = &selector.fact {
        return words::fact(&condition.fact, condition.at_least);
    }
    let verb = words::verb(&selector.kinds);
    let kinds = or(selector.kinds.iter().map(|kind| words::kind(*kind)));
    let about = about(selector);
    let which = if about.is_empty() {
        Text::default()
    } else {
        Text::new(format!("（{}）", about.zh), format!(" ({})", about.en))
    };
    Text::new(format!("{}{}{}", verb.zh, kinds.zh, which.zh), format!("{} {}{}", verb.en, kinds.en, which.en))
}

/// Everything that a selector asks beyond the kind, also of the rows of a table.
pub fn about(selector: &Selector) -> Text {
    let mut parts = Vec::new();
    if !selector.tags_any.is_empty() {
        parts.push(or(selector.tags_any.iter().map(|tag| words::tag(tag))));
    }
    if !selector.codes.is_empty() {
        let codes = codes(&selector.codes);
        parts.push(Text::new(format!("代码 {}", codes.zh), format!("code {}", codes.en)));
    }
    if !selector.names.is_empty() {
        let names = quoted(&selector.names);
        parts.push(Text::new(format!("名称为{}", names.zh), format!("called {}", names.en)));
    }
    if !selector.issuers.is_empty() {
        parts.push(Text::new("由指定机构颁发", "issued by the named institutions"));
    }
    if !selector.issuer_kinds.is_empty() {
        let kinds = or(selector.issuer_kinds.iter().map(|kind| words::issuer_kind(*kind)));
        parts.push(Text::new(format!("由{}颁发", kinds.zh), format!("issued by: {}", kinds.en)));
    }
    parts.push(or(selector.levels.iter().map(|level| words::level(level))));
    // 国家级一等奖: a tier and a prize are one word.
    let tiers = or(selector.tiers.iter().map(|tier| words::tier(*tier)));
    parts.push(join([tiers, or(selector.prizes.iter().map(|prize| words::prize(*prize)))], ["", " "]));
    parts.push(or(selector.roles.iter().map(|role| words::role(*role))));
    if let Some(rank) = selector.team_rank_max {
        parts.push(Text::new(format!("排名前 {rank}"), format!("among the first {rank} of the team")));
    }
    parts.push(score(selector));
    if let Some(hours) = selector.hours_min {
        parts.push(Text::new(format!("不少于 {hours} 学时"), format!("of at least {hours} hours")));
    }
    if let Some(share) = selector.practice_share_min {
        let share = words::percent(share);
        parts.push(Text::new(format!("实操不少于 {share}"), format!("with at least {share} practice")));
    }
    if !selector.deliveries.is_empty() {
        let ways = or(selector.deliveries.iter().map(|way| words::delivery(*way)));
        parts.push(Text::new(format!("授课方式为{}", ways.zh), format!("taught {}", ways.en)));
    }
    match selector.required {
        Some(true) => parts.push(Text::new("原为必修课", "required where it was passed")),
        Some(false) => parts.push(Text::new("原为选修课", "elective where it was passed")),
        None => {}
    }
    if !selector.classes.is_empty() {
        let classes = quoted(&selector.classes);
        parts.push(Text::new(format!("原属{}类", classes.zh), format!("of class {}", classes.en)));
    }
    if !selector.tags_none.is_empty() {
        let tags = or(selector.tags_none.iter().map(|tag| words::tag(tag)));
        parts.push(Text::new(format!("不含{}的", tags.zh), format!("but not {}", tags.en)));
    }
    join(parts, ["，", ", "])
}

fn score(selector: &Selector) -> Text {
    let word = |text: &Option<String>| text.as_deref().map(words::score);
    match (word(&selector.score_min), word(&selector.score_max)) {
        (Some(min), Some(max)) if min == max => {
            Text::new(format!("成绩为 {}", min.zh), format!("with a score of {}", min.en))
        }
        (Some(min), Some(max)) => {
            Text::new(format!("成绩 {} 至 {}", min.zh, max.zh), format!("with a score from {} to {}", min.en, max.en))
        }
        (Some(min), None) => {
            Text::new(format!("成绩不低于 {}", min.zh), format!("with a score of at least {}", min.en))
        }
        (None, Some(max)) => Text::new(format!("成绩不高于 {}", max.zh), format!("with a score of at most {}", max.en)),
        (None, None) => Text::default(),
    }
}

fn time(rule: &ConversionRule) -> Text {
    let time = &rule.time;
    let mut parts = Vec::new();
    let certificate = rule.sources.iter().flat_map(|source| &source.kinds).any(|kind| kind.is_certificate());
    if time.within_own_validity && certificate {
        parts.push(Text::new("证书在有效期内", "while the certificate is valid"));
    }
    if let Some(years) = time.valid_years {
        parts.push(Text::new(format!("取得后 {years} 年内"), format!("within {years} years")));
    }
    match (time.completed_from, time.completed_to) {
        (Some(from), Some(to)) => {
            parts.push(Text::new(format!("在 {from} 至 {to} 取得"), format!("gained from {from} to {to}")));
        }
        (Some(from), None) => {
            parts.push(Text::new(format!("在 {from} 及以后取得"), format!("gained on or after {from}")));
        }
        (None, Some(to)) => parts.push(Text::new(format!("在 {to} 及以前取得"), format!("gained on or before {to}"))),
        (None, None) => {}
    }
    parts.push(match &time.window {
        Some(Window::Dates { from, to }) => {
            Text::new(format!("在 {from} 至 {to} 申请"), format!("applying from {from} to {to}"))
        }
        Some(Window::Yearly { from, to }) => {
            Text::new(format!("每年 {from} 至 {to} 申请"), format!("applying between {from} and {to} of any year"))
        }
        Some(Window::TermWeeks { first, last }) if first == last => {
            Text::new(format!("在学期第 {first} 周申请"), format!("applying in week {first} of the term"))
        }
        Some(Window::TermWeeks { first, last }) => Text::new(
            format!("在学期第 {first} 至 {last} 周申请"),
            format!("applying in weeks {first} to {last} of the term"),
        ),
        Some(Window::BeforeRegistration) => Text::new("在注册入学前申请", "applying before registration"),
        None => Text::default(),
    });
    join(parts, ["，", ", "])
}
