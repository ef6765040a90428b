//! Random small cases: one programme, a few achievements, a few rules, every kind of limit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;
use xuefen::conversion::input::{Evidence, Fact, LotView, PastUse, PlanInput, TargetProgramme};
use xuefen::conversion::rule_set::RuleSetVersion;
use xuefen::domain::{
    AchievementKind, CreditAmount, CreditType, InstitutionKind, Module, ModuleCourse, NewProgrammeVersion,
    ProgrammeLevel,
};

pub const LEVELS: [&str; 3] = ["elementary", "intermediate", "advanced"];
const CLASSES: [&str; 3] = ["core", "basic", "politics"];

pub fn id(kind: u32, number: usize) -> Uuid {
    Uuid::from_u128((u128::from(kind) << 64) | u128::try_from(number).unwrap())
}

pub fn halves(count: i64) -> CreditAmount {
    CreditAmount::from_thousandths(count * 500)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What a case is drawn from: plain numbers, so that a failing one shrinks well.
#[derive(Debug, Clone)]
pub struct Seed {
    pub courses: Vec<(i64, usize, bool, bool)>,
    pub evidence: Vec<EvidenceSeed>,
    pub rules: Vec<RuleSeed>,
    pub caps: Vec<(usize, usize, i64)>,
    pub programme_share: Option<i64>,
    pub past: Option<(usize, i64)>,
    pub veteran: bool,
}

#[derive(Debug, Clone)]
pub struct EvidenceSeed {
    pub kind: usize,
    pub code: usize,
    pub level: usize,
    pub family: Option<usize>,
    pub credits: i64,
    pub online: bool,
    pub expires: Option<u32>,
    pub available: bool,
}

#[derive(Debug, Clone)]
pub struct RuleSeed {
    pub code: Option<usize>,
    pub second: Option<usize>,
    pub fact: bool,
    pub level: Option<usize>,
    pub value: usize,
    pub amount: i64,
    pub place: usize,
    pub class: Option<usize>,
    pub caps: Vec<(usize, i64)>,
    pub highest_only: bool,
    pub draws: usize,
    pub at_most_source: bool,
}

pub fn seeds() -> impl Strategy<Value = Seed> {
    let course = (0_i64..=6, 0_usize..3, any::<bool>(), prop::bool::weighted(0.1));
    let cap = (0_usize..5, 0_usize..4, 0_i64..=12);
    (
        prop::collection::vec(course, 1..=4),
        prop::collection::vec(evidence(), 1..=4),
        prop::collection::vec(rule(), 1..=4),
        prop::collection::vec(cap, 0..=2),
        prop::option::weighted(0.4, 0_i64..=10),
        prop::option::weighted(0.3, (0_usize..4, 1_i64..=4)),
        any::<bool>(),
    )
        .prop_map(|(courses, evidence, rules, caps, programme_share, past, veteran)| Seed {
            courses,
            evidence,
            rules,
            caps,
            programme_share,
            past,
            veteran,
        })
}

fn evidence() -> impl Strategy<Value = EvidenceSeed> {
    (
        0_usize..2,
        0_usize..3,
        0_usize..3,
        prop::option::weighted(0.4, 0_usize..2),
        0_i64..=10,
        any::<bool>(),
        prop::option::weighted(0.4, 0_u32..3),
        prop::bool::weighted(0.8),
    )
        .prop_map(|(kind, code, level, family, credits, online, expires, available)| EvidenceSeed {
            kind,
            code,
            level,
            family,
            credits,
            online,
            expires,
            available,
        })
}

fn rule() -> impl Strategy<Value = RuleSeed> {
    (
        (prop::option::weighted(0.6, 0_usize..3), prop::option::weighted(0.2, 0_usize..3), prop::bool::weighted(0.1)),
        (prop::option::weighted(0.2, 0_usize..3), 0_usize..5, 1_i64..=10, 0_usize..4),
        (prop::option::weighted(0.3, 0_usize..3), prop::collection::vec((0_usize..5, 1_i64..=8), 0..=2)),
        (prop::bool::weighted(0.2), 0_usize..5, prop::bool::weighted(0.2)),
    )
        .prop_map(
            |((code, second, fact), (level, value, amount, place), (class, caps), (highest_only, draws, source))| {
                RuleSeed {
                    code,
                    second,
                    fact,
                    level,
                    value,
                    amount,
                    place,
                    class,
                    caps,
                    highest_only,
                    draws,
                    at_most_source: source,
                }
            },
        )
}

impl Seed {
    /// The case as evaluation takes it.
    pub fn input(&self) -> PlanInput {
        let courses = self.courses.iter().enumerate().map(|(at, (credits, class, required, _))| ModuleCourse {
            code: format!("C{at}"),
            name: format!("课程{at}"),
            credits: halves(*credits),
            required: *required,
            classes: vec![CLASSES[*class].to_owned()],
            ..ModuleCourse::default()
        });
        let modules = vec![
            Module { code: "M".into(), name: "专业".into(), courses: courses.collect(), ..Module::default() },
            Module { code: "OPEN".into(), name: "创新".into(), classes: vec!["open".into()], ..Module::default() },
        ];
        let done = self.courses.iter().enumerate().filter(|(_, course)| course.3);
        let done: BTreeSet<String> = done.map(|(at, _)| format!("C{at}")).collect();
        let programme = TargetProgramme {
            enrolment: Some(id(1, 1)),
            programme: id(2, 1),
            institution: id(3, 1),
            level: ProgrammeLevel::Higher,
            major_code: "510201".into(),
            cohort: 2025,
            plan: NewProgrammeVersion {
                cohort: 2025,
                total_credits: halves(40),
                modules,
                conversion_cap_share: self
                    .programme_share
                    .map(|tenths| CreditAmount::from_thousandths(tenths * 100).to_string()),
                ..NewProgrammeVersion::default()
            },
            registered_on: None,
            term_start: None,
            term: None,
            term_courses: None,
            done,
            counted: BTreeMap::new(),
        };
        let evidence: Vec<Evidence> = self.evidence.iter().enumerate().map(|(at, seed)| seed.evidence(at)).collect();
        let lots = self.evidence.iter().zip(&evidence).filter(|(seed, _)| seed.available).map(|(_, entry)| LotView {
            lot: entry.id,
            achievement: entry.id,
            available: entry.credits,
            credit_type: entry.credit_type,
            redeemed: CreditAmount::ZERO,
            counts_in: BTreeSet::new(),
        });
        let mut facts = Vec::new();
        if self.veteran {
            let from = day("2020-01-01");
            facts.push(Fact { id: id(6, 1), fact: "veteran".into(), number: None, from, to: None });
        }
        let uses = self.past.iter().filter(|(at, _)| *at < self.rules.len()).map(|(at, credits)| PastUse {
            conversion: id(7, 1),
            evidence: id(4, 99),
            family: format!("{}/R{at}", id(5, 1)),
            scope: format!("programme:{}", id(2, 1)),
            programme: id(2, 1),
            rule_set: id(5, 1),
            rule: format!("R{at}"),
            credits: halves(*credits),
            courses: BTreeMap::new(),
            module: Some("OPEN".into()),
            term: None,
            on: day("2026-03-01"),
            kind: Some(AchievementKind::SkillCertificate),
            delivery: None,
            tags: BTreeSet::new(),
            evidence_family: None,
        });
        PlanInput {
            on: day("2026-05-01"),
            lots: lots.collect(),
            uses: uses.collect(),
            rule_sets: vec![self.rule_set()],
            examined: BTreeMap::new(),
            programme,
            evidence,
            facts,
        }
    }

    fn rule_set(&self) -> RuleSetVersion {
        let rules: Vec<_> = self.rules.iter().enumerate().map(|(at, rule)| rule.json(at)).collect();
        let caps: Vec<_> = self.caps.iter().enumerate().map(|(at, cap)| wide_cap(&format!("S{at}"), *cap)).collect();
        let document = json!({
            "name": "规则", "authority": "city", "basis": "办法", "effective_from": "2020-01-01",
            "caps": caps, "rules": rules,
        });
        RuleSetVersion {
            rule_set: id(5, 1),
            version: 1,
            institution: id(3, 9),
            document: serde_json::from_value(document).unwrap(),
        }
    }
}

impl EvidenceSeed {
    fn evidence(&self, at: usize) -> Evidence {
        let kinds = [AchievementKind::SkillCertificate, AchievementKind::Course];
        Evidence {
            id: id(4, at),
            kind: kinds[self.kind],
            code: Some(format!("E{}", self.code)),
            name: None,
            level: Some(LEVELS[self.level].to_owned()),
            tier: None,
            team_rank: None,
            team_size: None,
            family: self.family.map(|family| format!("F{family}")),
            tags: BTreeSet::new(),
            issuer: id(3, 2),
            issuer_kind: InstitutionKind::AwardingBody,
            credits: halves(self.credits),
            credit_type: CreditType::Skill,
            score: None,
            hours: Some(64),
            practice_hours: None,
            delivery: Some(if self.online {
                xuefen::domain::Delivery::Online
            } else {
                xuefen::domain::Delivery::Taught
            }),
            completed_on: day("2025-06-01"),
            issued_on: None,
            valid_until: self.expires.map(|months| day(&format!("2026-{:02}-01", 6 + months))),
            enrolment: None,
            required: None,
            classes: BTreeSet::new(),
            redeemed_for: None,
            hypothetical: false,
        }
    }
}

impl RuleSeed {
    fn json(&self, at: usize) -> serde_json::Value {
        let kinds = json!(["skill_certificate", "course"]);
        let codes = |code: Option<usize>| code.map_or_else(Vec::new, |code| vec![format!("E{code}")]);
        let levels = self.level.map_or_else(Vec::new, |level| vec![LEVELS[level]]);
        let mut sources = vec![if self.fact {
            json!({"fact": {"fact": "veteran"}})
        } else {
            json!({"kinds": kinds, "codes": codes(self.code), "levels": levels})
        }];
        if let Some(second) = self.second {
            sources.push(json!({"kinds": kinds, "codes": codes(Some(second))}));
        }
        let value = match self.value {
            0 => json!({"is": "fixed", "credits": halves(self.amount)}),
            1 => json!({"is": "ratio", "numerator": self.amount, "denominator": 4}),
            2 => json!({"is": "named_courses", "courses": [{"code": "C0"}, {"code": "C1"}],
                "all_or_nothing": self.amount % 2 == 0}),
            3 => json!({"is": "hours_per", "hours": 10 * self.amount}),
            _ => json!({"is": "target_course"}),
        };
        let place = match (self.place, self.value) {
            (0, 0 | 1 | 3) => json!({"in": "programme"}),
            (1, 0 | 1 | 3) => json!({"in": "module", "classes": ["open"]}),
            (_, value) => {
                let classes = self.class.filter(|_| value != 2).map_or_else(Vec::new, |class| vec![CLASSES[class]]);
                let most = (self.place == 3).then_some(2);
                json!({"in": "courses", "classes": classes, "most": most})
            }
        };
        let caps: Vec<_> = self
            .caps
            .iter()
            .enumerate()
            .map(|(n, (kind, amount))| match kind {
                0 => json!({"code": format!("R{at}-{n}"), "per": "item", "most": {"is": "credits", "credits": halves(*amount)}}),
                1 => json!({"code": format!("R{at}-{n}"), "per": "item", "most": {"is": "source"}}),
                2 => json!({"code": format!("R{at}-{n}"), "per": "item", "most": {"is": "courses", "count": amount}}),
                3 => wide_cap(&format!("R{at}-{n}"), (0, 0, *amount)),
                _ => wide_cap(&format!("R{at}-{n}"), (1, 1, *amount)),
            })
            .collect();
        json!({
            "code": format!("R{at}"), "title": format!("规则{at}"), "sources": sources, "value": value,
            "target": {"place": place, "never": ["politics"], "direction": {"target_at_most_source": self.at_most_source}},
            "exclusivity": {"scope": "programme", "highest_only": self.highest_only}, "caps": caps,
            "draws": if self.draws % 2 == 1 { "full" } else { "none" },
            "remainder": (["lost", "kept", "public_electives"])[self.draws % 3],
        })
    }
}

/// A cap over a whole programme: what it is over (0 everything, 1 class core, 2 online, 3 courses, else the open module)
/// and how it counts (0 credits, 1 courses, 2 achievements, else a share).
fn wide_cap(code: &str, (over, counts, amount): (usize, usize, i64)) -> serde_json::Value {
    let over = match over {
        0 => json!({}),
        1 => json!({"classes": ["core"]}),
        2 => json!({"deliveries": ["online"]}),
        3 => json!({"kinds": ["course"]}),
        _ => json!({"modules": ["OPEN"]}),
    };
    let most = match counts {
        0 => json!({"is": "credits", "credits": halves(amount)}),
        1 => json!({"is": "courses", "count": amount / 3}),
        2 => json!({"is": "achievements", "count": amount / 4}),
        _ => json!({"is": "share", "share": CreditAmount::from_thousandths(amount * 25).to_string()}),
    };
    json!({"code": code, "over": over, "per": "programme", "most": most})
}
