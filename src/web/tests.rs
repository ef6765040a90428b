//! Every page rendered with what is hardest to show: long names, rare characters, markup, nothing at all.

use askama::Template;
use chrono::NaiveDate;

use super::activate::{ActivateForm, ActivatePage, Faults};
use super::assets;
use super::error::ErrorPage;
use super::home::HomePage;
use super::index::IndexPage;
use super::login::{LoginPage, Notice};
use super::page::{Frame, POLICY};
use super::problems::ProblemsPage;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::kind::AchievementKind;
use crate::domain::time::Instant;
use crate::http::registry::Code;
use crate::ledger::status::AchievementStatus;
use crate::ledger::transaction::TransactionKind;
use crate::services::home::{Change, Home, StatementRow, TypeBalance};
use crate::services::passwords::PasswordFault;

const MARKUP: &str = "<script>alert(1)</script>&\"'";

fn frame(learner: bool) -> Frame {
    Frame {
        style: assets::style_path(),
        icon: assets::icon_path(),
        demo: true,
        plain: true,
        learner,
        token: "TOKEN".into(),
    }
}

fn amount(thousandths: i64) -> CreditAmount {
    CreditAmount::from_thousandths(thousandths)
}

fn row(seq: i64, kind: TransactionKind, title: Option<&str>, thousandths: i64) -> StatementRow {
    StatementRow {
        seq,
        kind,
        posted_at: "2026-01-12T16:30:00Z".parse::<Instant>().expect("an instant"),
        effective_on: NaiveDate::from_ymd_opt(2025, 12, 20).expect("a date"),
        institution: Some("开封市虚构现代农业与食品加工职业技术中等专业学校（东校区）".into()),
        achievement: Some(AchievementKind::SkillCertificate),
        status: Some(AchievementStatus::Revoked),
        title: title.map(str::to_owned),
        code: Some("NET101".into()),
        level: Some("中级"),
        score: Some("优秀".into()),
        reason: Some(MARKUP.into()),
        changes: vec![Change { credit_type: CreditType::Skill, amount: amount(thousandths), balance: amount(96_500) }],
    }
}

fn home() -> Home {
    Home {
        account_no: "123456789012".into(),
        name: Some("阿卜杜热依木江·吐尔逊尼亚孜𠮷𪚥".into()),
        earned: amount(108_500),
        balances: vec![
            TypeBalance {
                credit_type: CreditType::Secondary,
                available: amount(12_000),
                programme: amount(96_500),
                held: amount(0),
                redeemed: amount(0),
                total: amount(108_500),
            },
            TypeBalance {
                credit_type: CreditType::Training,
                available: amount(500),
                programme: amount(0),
                held: amount(0),
                redeemed: amount(0),
                total: amount(500),
            },
        ],
        rows: vec![
            row(37, TransactionKind::Reversal, Some(MARKUP), -4_000),
            row(36, TransactionKind::Deposit, None, 4_000),
        ],
        newer: true,
        older: Some(36),
    }
}

fn empty() -> Home {
    Home {
        account_no: "123456789012".into(),
        name: None,
        earned: amount(0),
        balances: Vec::new(),
        rows: Vec::new(),
        newer: false,
        older: None,
    }
}

/// Every page in the states that it has.
fn pages() -> Vec<(&'static str, String)> {
    let mut form = ActivateForm::default();
    (form.name, form.id_number) = (MARKUP.into(), "𠮷".into());
    let faults = Faults {
        name: Some("不能为空".into()),
        id_number: Some("校验码不正确".into()),
        code: true,
        password: Some(PasswordFault::Personal),
        again: true,
        refused: false,
    };
    let error = |status, code: Code| {
        let page =
            ErrorPage { frame: frame(false), status, code: code.as_str(), explanation: code.zh(), request: "0197a6f0" };
        page.render()
    };
    let login = |login, notice| LoginPage { frame: frame(false), login, notice }.render();
    let activate = |faults| ActivatePage::new(frame(false), &form, faults).render();
    let home_page = |home, activated| HomePage { frame: frame(true), home, activated }.render();
    let pages = [
        ("index", IndexPage { frame: frame(false) }.render()),
        ("index-learner", IndexPage { frame: frame(true) }.render()),
        ("login", login("", Notice::None)),
        ("login-refused", login(MARKUP, Notice::Refused)),
        ("login-wait", login("123456789012", Notice::Wait)),
        ("activate", activate(Faults::default())),
        ("activate-faulty", activate(faults)),
        ("activate-refused", activate(Faults { refused: true, ..Faults::default() })),
        ("home", home_page(home(), true)),
        ("home-empty", home_page(empty(), false)),
        ("problems", ProblemsPage { frame: frame(false), codes: Code::ALL }.render()),
        ("error-403", error(403, Code::Forbidden)),
        ("error-404", error(404, Code::NotFound)),
        ("error-500", error(500, Code::InternalError)),
        ("error-503", error(503, Code::ServiceUnavailable)),
        ("error-413", error(413, Code::PayloadTooLarge)),
    ];
    pages.into_iter().map(|(name, page)| (name, page.expect("renders"))).collect()
}

fn page(name: &str) -> String {
    pages().into_iter().find(|(own, _)| *own == name).expect("is in the list").1
}

#[test]
fn every_page_is_whole_and_needs_no_script_and_nothing_from_elsewhere() {
    for (name, text) in pages() {
        assert!(text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>"), "{name}");
        assert!(text.contains("lang=\"zh-CN\"") && text.contains("name=\"viewport\""), "{name}");
        assert_eq!(text.matches("<h1").count(), 1, "{name}");
        assert_eq!(text.matches("<main").count(), 1, "{name}");
        for forbidden in ["<script", " style=", "<style", " onclick", "javascript:", "http://", "https://"] {
            assert!(!text.contains(forbidden), "{name} holds {forbidden}");
        }
        for form in text.split("<form").skip(1) {
            assert!(form.contains("name=\"token\" value=\"TOKEN\""), "{name}: a form without token");
        }
    }
}

#[test]
fn what_was_typed_or_posted_is_text() {
    for (name, text) in pages() {
        assert!(!text.contains("alert(1)</"), "{name}");
    }
    for name in ["login-refused", "activate-faulty", "home"] {
        assert!(page(name).contains("alert(1)"), "{name} does not show it at all");
    }
}

#[test]
fn pages_are_light() {
    for (name, text) in pages() {
        let weight = text.len() + assets::STYLE.len() + assets::ICON.len();
        assert!(weight < 30_000, "{name} weighs {weight} bytes");
    }
}

#[test]
fn a_faulty_form_says_what_is_wrong_twice_and_keeps_no_password() {
    let text = page("activate-faulty");
    for said in ["校验码不正确", "不能用姓名、证件号码或账号作密码", "两次输入的密码不一样", "20 位数字和字母"]
    {
        assert_eq!(text.matches(said).count(), 2, "{said}");
    }
    assert_eq!(text.matches("aria-invalid=\"true\"").count(), 5);
    for id in ["name", "id_number", "code", "password", "password_again"] {
        assert!(text.contains(&format!("href=\"#{id}\"")) && text.contains(&format!("id=\"{id}\"")), "{id}");
        assert!(text.contains(&format!("aria-describedby=\"{id}-hint {id}-fault\"")), "{id}");
    }
    assert_eq!(text.matches("type=\"password\" value=\"\"").count(), 2);
    assert!(text.contains("value=\"𠮷\""), "the rest is kept");
    assert!(!page("activate").contains("aria-invalid"));
}

#[test]
fn the_refusal_is_one_sentence_for_everything() {
    assert!(page("activate-refused").contains("姓名、证件号或激活码不正确，或激活码已失效"));
}

#[test]
fn the_home_page_shows_what_was_earned_first() {
    let text = page("home");
    let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word} is missing"));
    assert!(at("累计获得") < at("学分余额") && at("学分余额") < at("明细"));
    for word in [
        "108.5",
        "1234 5678 9012",
        "阿卜杜热依木江·吐尔逊尼亚孜𠮷𪚥",
        "中职学分",
        "培训学分",
        "更正（冲正）",
        "+4",
        "-4",
    ] {
        at(word);
    }
    assert!(text.contains("2026-01-13"), "half past midnight in Beijing is the next day");
    assert!(text.contains("生效 <time datetime=\"2025-12-20\">"));
    assert!(text.contains("href=\"/me?before=36#statement\"") && text.contains("href=\"/me#statement\""));
    // The deposit says what became of it, its reversal is what became of it.
    assert_eq!(text.matches("已撤销").count(), 1);
    assert!(text.contains("1+X 职业技能等级证书 NET101"), "a row without a title has a name");
    let widths: Vec<&str> = text.split("<rect class=\"programme\"").skip(1).collect();
    assert!(widths.len() == 1 && widths[0].contains("width=\"889\""), "96.5 of 108.5");
}

#[test]
fn an_empty_account_explains_itself() {
    let text = page("home-empty");
    assert!(text.contains("账户里还没有学分") && text.contains("学习者"));
    assert!(!text.contains("明细"));
}

#[test]
fn the_list_of_problems_has_an_anchor_for_each() {
    let text = page("problems");
    for code in Code::ALL {
        assert!(text.contains(&format!("id=\"{}\"", code.as_str())), "{}", code.as_str());
    }
}

#[test]
fn the_policy_allows_our_style_and_pictures_only() {
    assert!(POLICY.starts_with("default-src 'none'") && POLICY.contains("frame-ancestors 'none'"));
    assert!(!POLICY.contains("unsafe") && !POLICY.contains("script-src"));
    assert!(assets::style_path().starts_with("/assets/xuefen-") && assets::style_path().ends_with(".css"));
}
